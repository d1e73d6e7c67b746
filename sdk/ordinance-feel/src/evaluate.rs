//! Computes a program with what is known of a case: every named value, the findings, the outcome and the grant.
//!
//! Facts that aren't known are [`Value::Unknown`]; what doesn't depend on them
//! is computed all the same. The compiler means the same by a program: the tests hold them together.

mod answer;
mod case_inputs;
mod evaluator;
mod in_words;
mod iteration;
pub(crate) mod prepare;
mod table;

pub use ordinance_feel_runtime::{Failure, Value};

pub use self::answer::{Evaluation, NamedValue, Outcome};
pub use self::case_inputs::{CaseInputs, input_values};
use self::evaluator::Evaluator;
pub use self::evaluator::FailedAt;
pub use self::in_words::{failure_in_words, value_in_words};
use crate::source_text::{Place, Span, TextId};
use crate::tree::Program;

/// Computes a program. `inputs` are the values of [`Program::inputs`] in their order; one that is left out isn't known.
#[must_use]
pub fn evaluate(program: &Program, inputs: &[Value]) -> Evaluation {
    answer::answer_of(program, &mut Evaluator::new(program, inputs))
}

/// The conditions, each made of no others, that come out otherwise in one case than in another, in the order of their
/// places.
#[must_use]
pub fn turned_conditions(program: &Program, one: &[Value], other: &[Value]) -> Vec<Place> {
    let conditions = |inputs: &[Value]| {
        let mut evaluator = Evaluator::new(program, inputs).with_conditions();
        let _ = answer::answer_of(program, &mut evaluator);
        evaluator.into_conditions()
    };
    let (one, other) = (conditions(one), conditions(other));
    let both = one.iter().filter(|(condition, counts)| other.get(condition).is_some_and(|others| others != *counts));
    let place = |&(text, start, end): &(TextId, usize, usize)| Place { text, span: Span { start, end } };
    both.map(|(condition, _)| place(condition)).collect()
}
