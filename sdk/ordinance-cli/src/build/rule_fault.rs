//! The error of a rule that was not built.

use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::rulebook::RuleLoadError;

use crate::count::counted;

/// The error of a rule that was not built.
#[derive(Debug, Clone)]
pub(crate) enum RuleBuildError {
    /// The manifest, its expressions or its tables are invalid, in these places.
    Diagnostics(Vec<Diagnostic>),
    /// The code or its WIT doesn't compile; the output of the compiler.
    Compiler(String),
    /// The sandbox or the contract rejects the component.
    Rejected(RuleLoadError),
}

/// The error on one line, for the index.
pub(super) fn one_line(error: &RuleBuildError) -> String {
    match error {
        RuleBuildError::Diagnostics(diagnostics) => match diagnostics.as_slice() {
            [] => "the rule has faults".to_owned(),
            [only] => only.to_string(),
            [first, rest @ ..] => format!("{first}; and {} more", counted(rest.len(), "fault", "faults")),
        },
        RuleBuildError::Compiler(text) => {
            let first = text.lines().find(|line| line.starts_with("error")).unwrap_or("no error was printed");
            format!("the rule doesn't compile: {first}")
        }
        RuleBuildError::Rejected(error) => error.to_string(),
    }
}
