//! Where in its source a rule traps, and whether a number was too large there. A published component has no names and
//! no lines, so the rule is built again with debug information.

use std::fmt;

use ordinance_domain::calendar::Date;
use ordinance_engine::Rule;
use ordinance_engine::trace::CallTrace;
use ordinance_harness::{LineTable, Study};
use ordinance_sandbox::Sandbox;

use crate::build::expressions::{RuleFailure, recomputed};
use crate::build::{DebugBuild, build_unoptimised};
use crate::exit::CommandError;
use crate::project::Project;
use crate::sandbox::backtrace_sandbox;

/// Where a rule traps.
#[derive(Debug)]
pub(crate) struct Trap {
    /// The line of source, as `src/lib.rs:12`, if it is known.
    line: Option<String>,
    reason: TrapReason,
    /// Of a rule as expressions, the expression that failed.
    failure: Option<RuleFailure>,
}

/// Why a rule traps, as far as the functions of the SDK tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TrapReason {
    Overflow,
    /// A table has two rows of one size.
    TwoRows,
    Unknown,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failure) = &self.failure {
            return write!(f, "{failure}");
        }
        let at = self.line.as_ref().map(|line| format!(" at {line}")).unwrap_or_default();
        match self.reason {
            TrapReason::Overflow => write!(f, "overflow{at}: a number becomes too large"),
            TrapReason::TwoRows => write!(f, "a trap{at}: a table in rule.toml has two rows of one size"),
            TrapReason::Unknown => write!(f, "a trap{at}"),
        }
    }
}

impl Trap {
    /// The line of source, if it is known.
    pub(crate) fn line(&self) -> Option<&str> {
        self.failure.as_ref().map(|failure| failure.place.as_str()).or(self.line.as_deref())
    }

    /// Each value with a name on the way to the failure of an expression; nothing for a rule in another language.
    pub(crate) fn values(&self) -> &[(String, String)] {
        self.failure.as_ref().map(|failure| failure.values.as_slice()).unwrap_or_default()
    }

    pub(crate) fn is_overflow(&self) -> bool {
        self.reason == TrapReason::Overflow || self.failure.as_ref().is_some_and(|failure| failure.is_overflow)
    }
}

/// Finds where rules of a project trap. It builds them with debug information for the first one that does.
pub(crate) struct TrapFinder<'p> {
    project: &'p Project,
    debug: Option<DebugRules>,
}

struct DebugRules {
    builds: Vec<Option<DebugBuild>>,
    /// A sandbox that records where a rule traps.
    sandbox: Sandbox,
}

impl<'p> TrapFinder<'p> {
    pub(crate) fn new(project: &'p Project) -> Self {
        Self { project, debug: None }
    }

    /// Where the rule traps in a case that `call` decides with the debug build of the rule. `None` if it doesn't trap,
    /// there is no source, or neither line nor reason is known.
    ///
    /// # Errors
    /// If the debug builds can't be made.
    pub(crate) fn find(
        &mut self,
        study: Study<'_>,
        as_of: Date,
        call: impl FnOnce(&Rule) -> Option<CallTrace>,
    ) -> Result<Option<Trap>, CommandError> {
        if !self.project.is_built_here() {
            return Ok(None);
        }
        let debug = match &mut self.debug {
            Some(debug) => debug,
            None => {
                // An optimised build folds functions that end a rule into one, and calls them from other lines.
                let builds = build_unoptimised(&self.project.source)?;
                self.debug.insert(DebugRules { builds, sandbox: backtrace_sandbox()? })
            }
        };
        let build = self.project.debug_build_of(study.rule, &debug.builds);
        let failure = |call: &CallTrace| recomputed(&self.project.source, &study.rule.head)?.failure(call, as_of);
        Ok(build.and_then(|build| trap_of(study, build, &debug.sandbox, call, failure)))
    }
}

/// Whether a function ends a rule whose numbers are too large: that of the SDK, or one of those of Rust's own
/// arithmetic, such as `core::panicking::panic_const::panic_const_add_overflow`. An author's function may have the word
/// in its name too. `name` is mangled or, where the table has no other, plain.
fn is_overflow_function(name: &str, is_own_file: bool) -> bool {
    let of_rust = name.split_once("panic_const_").is_some_and(|(_, operation)| operation.contains("_overflow"));
    let of_sdk = name == "overflow" || name.contains("13ordinance_sdk8rounding8overflow");
    !is_own_file && (of_rust || of_sdk)
}

/// Whether a function of the SDK ends a rule whose table has two rows of one size.
fn is_two_rows_function(name: &str, is_own_file: bool) -> bool {
    !is_own_file && (name == "two_rows_of_one_size" || name.contains("8optional20two_rows_of_one_size"))
}

fn trap_of(
    study: Study<'_>,
    build: &DebugBuild,
    sandbox: &Sandbox,
    call: impl FnOnce(&Rule) -> Option<CallTrace>,
    failure: impl FnOnce(&CallTrace) -> Option<RuleFailure>,
) -> Option<Trap> {
    let rule = study.rulebook().validate_rule(&mut sandbox.loader(), &build.component).ok()?;
    let call = call(&rule)?;
    if let Some(failure) = failure(&call) {
        return Some(Trap { line: None, reason: TrapReason::Unknown, failure: Some(failure) });
    }
    let frames = call.trap_frames;
    let line_table = LineTable::parse(&build.module)?;
    let frames: Vec<(usize, usize)> =
        frames.iter().filter_map(|(function, offset)| Some((usize::try_from(*function).ok()?, *offset))).collect();
    let line = frames.iter().find_map(|(function, offset)| {
        let line = line_table.line_at(*function, *offset, |file| build.is_own(file))?;
        Some(format!("{}:{}", build.path_in_folder(&line.file), line.line))
    });
    let passes = |is_it: &dyn Fn(&str, bool) -> bool| {
        frames.iter().any(|(function, offset)| {
            line_table.is_in_function(*function, *offset, |name, file| is_it(name, build.is_own(file)))
        })
    };
    let reason = if passes(&is_overflow_function) {
        TrapReason::Overflow
    } else if passes(&is_two_rows_function) {
        TrapReason::TwoRows
    } else {
        TrapReason::Unknown
    };
    (line.is_some() || reason != TrapReason::Unknown).then_some(Trap { line, reason, failure: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_functions_of_arithmetic_mean_overflow() {
        for name in [
            "overflow",
            "panic_const_sub_overflow",
            "_ZN13ordinance_sdk8rounding8overflow17h8d1e2a5c9b7f6043E",
            "_RNvNtCs8Fq_13ordinance_sdk8rounding8overflow",
            "_ZN4core9panicking11panic_const24panic_const_add_overflow17h0c3e4d5f6a7b8c9dE",
            "_RNvNtNtCs1_4core9panicking11panic_const24panic_const_mul_overflow",
        ] {
            assert!(is_overflow_function(name, false), "{name}");
            assert!(!is_overflow_function(name, true), "an author's function {name}");
        }
        for other in [
            "_ZN7benefit15overflow_credit17h8d1e2a5c9b7f6043E",
            "_ZN4core9panicking11panic_const23panic_const_div_by_zero17h0c3e4d5f6a7b8c9dE",
            "_ZN13ordinance_sdk8rounding11rounds_down17h8d1e2a5c9b7f6043E",
        ] {
            assert!(!is_overflow_function(other, false), "{other}");
        }
    }
}
