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
        Some(Err(_)) | None => Err(base_not_built(source.rules.get(base).unwrap_or(rule))),
    }
}

/// The error of a rule that extends one that has faults of its own.
pub(super) fn base_not_built(base: &RuleSource) -> RuleBuildError {
    let message = format!("it extends `{}`, which was not built; mend that rule first", base.place);
    RuleBuildError::Rejected(RuleLoadError::NotBuilt(message))
}
