//! Branch coverage of a rule's component by its cases, for any source language: the component is instrumented with one
//! bit for each branch. Debug information, if present, gives the line of source of each branch.

mod branch;
mod instrument;
mod instrument_error;
mod instrument_module;
mod line_table;
mod module_layout;

use ordinance_engine::{Loader, Rule};

use crate::study::Study;
use crate::test_case::DecisionTest;
use crate::trace::trace_case_with;

pub use self::branch::{Branch, BranchDirection};
use self::instrument::instrument;
pub use self::instrument_error::InstrumentError;
pub use self::line_table::{LineTable, SourceLine};

/// The branches of a component that cases take.
#[derive(Debug)]
pub struct BranchCoverage {
    /// Every branch, and whether a case took it.
    pub branches: Vec<(Branch, bool)>,
    /// The number of cases without a result, because the rule trapped or ran out of fuel.
    pub failed_cases: usize,
}

/// Runs the cases of a rule on its instrumented component.
///
/// # Errors
/// [`InstrumentError`] if the component can't be instrumented.
pub fn measure_branch_coverage(
    study: Study<'_>,
    component: &[u8],
    loader: &mut Loader<'_>,
) -> Result<BranchCoverage, InstrumentError> {
    let (instrumented, numbered_branches) = instrument(component)?;
    let rule = study.rulebook().validate_rule(loader, &instrumented);
    let rule = rule.map_err(|error| InstrumentError::Rejected(error.to_string()))?;
    let mut taken: Vec<u64> = Vec::new();
    let mut failed_cases = 0;
    for case in study.cases {
        let Some(words) = taken_by(study, &rule, case) else { continue };
        failed_cases += usize::from(words.is_empty());
        taken.resize(taken.len().max(words.len()), 0);
        for (sum, word) in taken.iter_mut().zip(words) {
            *sum |= word;
        }
    }
    let is_taken = |bit: usize| taken.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1);
    let branches = numbered_branches.into_iter().map(|(bit, branch)| (branch, is_taken(bit))).collect();
    Ok(BranchCoverage { branches, failed_cases })
}

/// The words of bits that a case sets. `None` if the rule isn't called.
fn taken_by(study: Study<'_>, instrumented: &Rule, case: &DecisionTest) -> Option<Vec<u64>> {
    let trace = trace_case_with(study.engine, case, study.now, Some((study.rule, instrumented))).ok()?;
    Some(study.own_call(&trace.calls)?.branches.clone())
}
