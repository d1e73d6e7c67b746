//! Which branches of a rule's code its cases take, for any source language: a bit is set on each way out of every branch of
//! the component, and where there is debug information, a way that is never taken is told by its source line.

mod branch;
mod instrument;
mod line_table;

use ordinance_engine::{Loader, Rule};

use crate::study::Study;
use crate::test_case::DecisionTest;
use crate::trace::trace_case_with;

pub use self::branch::{Branch, BranchDirection};
use self::instrument::instrument;
pub use self::line_table::{LineTable, SourceLine};

/// What cases take of the branches of a component.
#[derive(Debug)]
pub struct BranchCoverage {
    /// Every way, and whether some case took it.
    pub ways: Vec<(Branch, bool)>,
    /// Cases that tell nothing: they trapped, or ran out of fuel.
    pub lost: usize,
}

/// Runs the cases of a rule on its component with a bit on each way out of a branch.
///
/// # Errors
/// Why the component can't be instrumented.
pub fn branches(study: Study<'_>, component: &[u8], loader: &mut Loader<'_>) -> Result<BranchCoverage, String> {
    let (counting, ways) = instrument(component)?;
    let rule = study.rulebook.check(loader, &counting).map_err(|refused| refused.reason)?;
    let (mut seen, mut lost) = (Vec::new(), 0);
    for case in study.cases {
        let Some(bits) = bits_of(study, &rule, case) else { continue };
        lost += usize::from(bits.is_empty());
        seen.resize(seen.len().max(bits.len()), 0);
        seen.iter_mut().zip(bits).for_each(|(seen, bits): (&mut u64, u64)| *seen |= bits);
    }
    let is_taken = |bit: usize| seen.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1);
    Ok(BranchCoverage { ways: ways.into_iter().map(|(bit, way)| (way, is_taken(bit))).collect(), lost })
}

/// The bits that a case sets; none if the rule isn't called.
fn bits_of(study: Study<'_>, counting: &Rule, case: &DecisionTest) -> Option<Vec<u64>> {
    let traced = trace_case_with(study.rulebook, case, study.today, Some((study.rule, counting))).ok()?;
    Some(study.own_step(&traced.steps)?.branches.clone())
}
