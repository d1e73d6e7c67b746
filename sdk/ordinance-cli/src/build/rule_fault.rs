//! Why a rule was not built.

use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::rulebook::RuleLoadError;

/// Why a rule was not built.
#[derive(Debug, Clone)]
pub(super) enum RuleBuildError {
    /// The manifest is faulty.
    Diagnostic(Diagnostic),
    /// The output of the compiler.
    Compiler(String),
    /// The sandbox or the contract refuses the component.
    Rejected(RuleLoadError),
}

/// The error on one line, for the index.
pub(super) fn one_line(fault: &RuleBuildError) -> String {
    match fault {
        RuleBuildError::Diagnostic(fault) => fault.to_string(),
        RuleBuildError::Compiler(text) => {
            let first = text.lines().find(|line| line.starts_with("error")).unwrap_or("it doesn't compile");
            format!("it didn't compile: {first}")
        }
        RuleBuildError::Rejected(why) => why.to_string(),
    }
}
