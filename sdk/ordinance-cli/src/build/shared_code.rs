//! The code of a rule, which may be that of the rule it extends.

use ordinance_engine::rulebook::RuleLoadError;

use super::cargo::Code;
use super::rule_fault::RuleBuildError;
use crate::source::{RuleSource, Source};

/// The compiler's output for a rule, or for the rule that it extends.
pub(super) fn code_of<'a>(
    source: &Source,
    rule: &RuleSource,
    own: &'a Result<Code, RuleBuildError>,
    compiled: &'a [Result<Code, RuleBuildError>],
) -> Result<&'a Code, RuleBuildError> {
    let Some(base) = rule.extends else { return own.as_ref().map_err(Clone::clone) };
    match compiled.get(base) {
        Some(Ok(code)) => Ok(code),
        Some(Err(_)) | None => {
            let place = source.rules.get(base).map_or("", |base| base.place.as_str());
            Err(RuleBuildError::Rejected(RuleLoadError::NotBuilt(format!(
                "it extends `{place}`, which was not built; mend that rule first"
            ))))
        }
    }
}
