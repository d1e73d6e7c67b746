//! The functions that rules export.

/// The function of an eligibility rule.
#[cfg(not(target_family = "wasm"))]
pub(crate) const DETERMINE: &str = "determine";
/// The function of a privacy rule.
pub(crate) const RULE_ON: &str = "rule-on";

/// A hint for an author who meant the other kind of rule.
pub(crate) fn kind_hint(function: &str) -> &'static str {
    if function == RULE_ON {
        "; the manifest says kind = \"privacy\": remove that if it is an eligibility rule"
    } else {
        "; for a privacy rule, write kind = \"privacy\" in rule.toml"
    }
}
