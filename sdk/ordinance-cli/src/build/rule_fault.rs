//! The error of a rule that was not built.

use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::rulebook::RuleLoadError;

/// The error of a rule that was not built.
#[derive(Debug, Clone)]
pub(super) enum RuleBuildError {
    /// The manifest is invalid.
    Diagnostic(Diagnostic),
    /// The code or its WIT doesn't compile; the output of the compiler.
    Compiler(String),
    /// The sandbox or the contract rejects the component.
    Rejected(RuleLoadError),
}

/// The error on one line, for the index.
pub(super) fn one_line(error: &RuleBuildError) -> String {
    match error {
        RuleBuildError::Diagnostic(diagnostic) => diagnostic.to_string(),
        RuleBuildError::Compiler(text) => {
            let first = text.lines().find(|line| line.starts_with("error")).unwrap_or("no error was printed");
            format!("the rule doesn't compile: {first}")
        }
        RuleBuildError::Rejected(error) => error.to_string(),
    }
}
