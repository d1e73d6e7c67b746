//! Which branches of a rule's code its cases take, for any source language: a bit is set on each way out of every branch of
//! the component, and where there is debug information, a way that is never taken is told by its source line.

mod instrument;
mod lines;

use ordinance_engine::{Loader, Rule};

use crate::case_file::TestCase;
use crate::study::Study;
use crate::trace::trace_with;

use self::instrument::instrument;
pub use self::lines::{Lines, SourceLine};

/// A way out of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Which function of the module, by its place in the code section.
    pub function: usize,
    /// Where in the function's body the branch stands, in bytes.
    pub offset: usize,
    /// Which way.
    pub taken: Taken,
}

/// Which way out of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The condition held.
    Yes,
    /// It didn't.
    No,
    /// The branch of this number of several.
    Case(usize),
    /// None of those with a number.
    Otherwise,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Yes => f.write_str("its condition never holds"),
            Self::No => f.write_str("its condition always holds"),
            Self::Case(number) => write!(f, "of the several ways on from here, number {} is never taken", number + 1),
            Self::Otherwise => f.write_str("of the several ways on from here, the last is never taken"),
        }
    }
}

/// What cases take of the branches of a component.
#[derive(Debug)]
pub struct Branches {
    /// Every way, and whether some case took it.
    pub ways: Vec<(Way, bool)>,
    /// Cases that tell nothing: they trapped, or ran out of fuel.
    pub lost: usize,
}

/// Runs the cases of a rule on its component with a bit on each way out of a branch.
///
/// # Errors
/// Why the component can't be instrumented.
pub fn branches(study: Study<'_>, component: &[u8], loader: &mut Loader<'_>) -> Result<Branches, String> {
    let (counting, ways) = instrument(component)?;
    let rule = study.rulebook().validate_rule(loader, &counting).map_err(|rejection| rejection.to_string())?;
    let (mut seen, mut lost) = (Vec::new(), 0);
    for case in study.cases {
        let Some(bits) = bits_of(study, &rule, case) else { continue };
        lost += usize::from(bits.is_empty());
        seen.resize(seen.len().max(bits.len()), 0);
        seen.iter_mut().zip(bits).for_each(|(seen, bits): (&mut u64, u64)| *seen |= bits);
    }
    let is_taken = |bit: usize| seen.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1);
    Ok(Branches { ways: ways.into_iter().map(|(bit, way)| (way, is_taken(bit))).collect(), lost })
}

/// The bits that a case sets; none if the rule isn't called.
fn bits_of(study: Study<'_>, counting: &Rule, case: &TestCase) -> Option<Vec<u64>> {
    let traced = trace_with(study.engine, case, study.today, Some((study.rule, counting))).ok()?;
    Some(study.own_call(&traced.calls)?.branches.clone())
}
