//! A rulebook at one revision: its definitions and its rules, loaded, checked and compiled.

mod checks;
mod intervals;
mod load;
mod notice;
mod notices;
mod revision;
mod rule;
mod rule_load_error;
mod units;

pub use self::load::{IndexError, LoadError, UnusableRules};
pub use self::notice::Notice;
pub use self::revision::Rulebook;
pub use self::rule::{
    BoundEligibilityRule, BoundPrivacyRule, BoundRule, PrivacyRule, Rule, RuleFolder, RuleState, check_rule,
    embedded_manifest, embedded_text,
};
pub use self::rule_load_error::{ManifestError, ParameterOutOfBounds, RuleLoadError};
