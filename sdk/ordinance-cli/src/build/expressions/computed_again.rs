//! What a rule as expressions does in a case, computed again from its expressions: why it fails, with the values on the
//! way to that, and which conditions turn from one case to another.

use std::fmt;

use ordinance_domain::calendar::Date;
use ordinance_engine::trace::CallTrace;
use ordinance_feel::days_of_change;
use ordinance_feel::evaluate::{
    CaseInputs, FailedAt, Failure, Value, evaluate, failure_in_words, input_values, turned_conditions, value_in_words,
};
use ordinance_feel::source_text::{Origin, Place};
use ordinance_feel::tree::Program;

use super::rule_texts::{RuleTexts, cell_name};

/// Why a rule as expressions fails in a case.
#[derive(Debug)]
pub(crate) struct RuleFailure {
    /// The name of the failure.
    pub(crate) words: &'static str,
    pub(crate) is_overflow: bool,
    /// The line of the manifest or the cell of the sheet, such as `rule.toml:20` or `band.xlsx, sheet 1, C7`.
    pub(crate) place: String,
    /// The expression that failed.
    pub(crate) expression: String,
    /// Each value with a name, in the order in which they are computed.
    pub(crate) values: Vec<(String, String)>,
}

impl fmt::Display for RuleFailure {
    /// Why it failed, where, and the expression.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: `{}`", self.words, self.place, self.expression)
    }
}

/// A rule as expressions that is computed again: its texts and what they were checked to be.
pub(crate) struct RecomputedRule(RuleTexts, Program);

impl RecomputedRule {
    pub(super) fn new(texts: RuleTexts, program: Program) -> Self {
        Self(texts, program)
    }

    /// Why the rule fails in a call. `None` if the expressions don't fail for what the rule was given.
    pub(crate) fn failure(&self, call: &CallTrace, as_of: Date) -> Option<RuleFailure> {
        let Self(texts, program) = self;
        let evaluation = evaluate(program, &inputs_of(program, call, as_of));
        let FailedAt { failure, place } = evaluation.failed_at?;
        let values = evaluation.definitions.iter().map(|named| (named.name.clone(), value_in_words(&named.value)));
        Some(RuleFailure {
            words: failure_in_words(failure),
            is_overflow: failure == Failure::NumberTooLarge,
            place: place_name(texts, place)?,
            expression: expression_at(texts, place)?,
            values: values.collect(),
        })
    }

    /// The days with which the expressions compare the day of a case.
    pub(crate) fn days_of_change(&self) -> Vec<Date> {
        days_of_change(&self.1).into_iter().collect()
    }

    /// The names of the numbers that are known in a call, whether an answer has room for them or not.
    pub(crate) fn known_numbers(&self, call: &CallTrace, as_of: Date) -> Vec<String> {
        let Self(_, program) = self;
        let definitions = evaluate(program, &inputs_of(program, call, as_of)).definitions.into_iter();
        definitions.filter(|named| matches!(named.value, Value::Number(_))).map(|named| named.name).collect()
    }

    /// The conditions that come out otherwise in one call than in another, each with its line or cell, such as
    /// ``rule.toml:13, `age >= 80` ``.
    pub(crate) fn turned_conditions(&self, calls: [&CallTrace; 2], as_of: Date) -> Vec<String> {
        let Self(texts, program) = self;
        let [one, other] = calls.map(|call| inputs_of(program, call, as_of));
        let turned = turned_conditions(program, &one, &other).into_iter().take(TURNED_MAX);
        let told = |place| Some(format!("{}, `{}`", place_name(texts, place)?, expression_at(texts, place)?));
        turned.filter_map(told).collect()
    }
}

/// The conditions that are told of a boundary.
const TURNED_MAX: usize = 4;

fn inputs_of(program: &Program, call: &CallTrace, as_of: Date) -> Vec<Value> {
    let case = CaseInputs {
        facts: &call.applicant,
        parameters: &call.parameters,
        inherited: call.inherited.as_ref().map(|grant| &grant.0),
        as_of,
        jurisdiction: call.jurisdiction.as_str(),
    };
    input_values(program, &case)
}

/// The expression at a place, on one line.
fn expression_at(texts: &RuleTexts, place: Place) -> Option<String> {
    let expression = texts.text.texts.0.get(place.text.0)?.text.get(place.span.start..place.span.end)?;
    Some(expression.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn place_name(texts: &RuleTexts, place: Place) -> Option<String> {
    let text = texts.text.texts.0.get(place.text.0)?;
    Some(match &text.origin {
        Origin::Text { lines, .. } => format!("{}:{}", text.file, lines.get(place.span.start)?),
        Origin::Cell { sheet, row, column } => cell_name(&text.file, sheet, *row, *column),
    })
}
