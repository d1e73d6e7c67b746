//! Computes a program with what is known of a case: every named value, the findings, the outcome and the grant.
//!
//! Facts that aren't known are [`Value::Unknown`]; what doesn't depend on them
//! is computed all the same. The compiler means the same by a program: the tests hold them together.

mod answer;
mod evaluator;
mod iteration;
pub(crate) mod prepare;
mod table;

use ordinance_feel_runtime::Value;

pub use self::answer::{Evaluation, NamedValue, Outcome};
use self::evaluator::Evaluator;
use crate::tree::Program;

/// Computes a program. `inputs` are the values of [`Program::inputs`] in their order; one that is left out isn't known.
#[must_use]
pub fn evaluate(program: &Program, inputs: &[Value]) -> Evaluation {
    answer::answer_of(program, Evaluator::new(program, inputs))
}
