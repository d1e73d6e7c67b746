//! Why a rule was not built.

use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::rulebook::RuleRejection;

/// Why one rule was not built.
#[derive(Debug, Clone)]
pub(super) enum RuleBuildError {
    /// A fault in its manifest.
    Diagnostic(Diagnostic),
    /// What the compiler said.
    Compiler(String),
    /// What the sandbox or the contract says.
    Rejected(RuleRejection),
}

/// The fault on one line, as the index keeps it.
pub(super) fn in_short(fault: &RuleBuildError) -> String {
    match fault {
        RuleBuildError::Diagnostic(fault) => fault.to_string(),
        RuleBuildError::Compiler(text) => {
            let first = text.lines().find(|line| line.starts_with("error")).unwrap_or("it doesn't compile");
            format!("it didn't compile: {first}")
        }
        RuleBuildError::Rejected(why) => why.to_string(),
    }
}
