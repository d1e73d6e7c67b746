//! What is decided while facts are missing is what every value of them gives: random programs, of whose facts some are
//! first missing and then known.

use std::rc::Rc;

use ordinance_feel_runtime::{Context, Value};

use super::differential::{inputs, number_of, told_evaluation, value};
use super::open_programs::rule_text;
use crate::check::check_rule;
use crate::check::tests::random::Random;
use crate::check::tests::{contract, manifest, rule_of};
use crate::evaluate::{Evaluation, Outcome, evaluate};
use crate::types::{Type, TypeKind};

/// A value of this type that is what is known of another one.
fn completed(random: &mut Random, found: &Value, ty: &Type) -> Value {
    match (found, &ty.kind) {
        (Value::Unknown, _) => value(random, &ty.clone().not_null(), 0),
        (Value::List(items), TypeKind::List { item, .. }) => {
            Value::list(items.iter().map(|found| completed(random, found, item)).collect())
        }
        (Value::Context(context), TypeKind::Context(fields)) => {
            let entries = context.0.iter().zip(fields.iter());
            let entries = entries.map(|((name, found), (_, ty))| (name.clone(), completed(random, found, ty)));
            Value::Context(Rc::new(Context(entries.collect())))
        }
        (found, _) => found.clone(),
    }
}

/// Where a known outcome or finding of the open case differs in one whose facts are known. A rule that fails for some
/// values of a missing fact is its author's mistake, and isn't foreseen.
fn contradiction(open: &Evaluation, whole: &Evaluation) -> bool {
    if matches!(whole.outcome, Outcome::Failed(_)) {
        return false;
    }
    let is_decided = matches!(open.outcome, Outcome::Eligible | Outcome::Ineligible);
    let differs = |(open, whole): (&Value, &Value)| matches!(open, Value::Boolean(_)) && open != whole;
    let findings = open.findings.iter().zip(&whole.findings).map(|(open, whole)| (&open.value, &whole.value));
    (is_decided && open.outcome != whole.outcome) || findings.into_iter().any(differs)
}

#[test]
fn what_is_decided_without_a_fact_is_what_every_value_of_it_gives() {
    let (programs, cases) = (number_of("FEEL_PROGRAMS", 300) * 4, number_of("FEEL_CASES", 50));
    let mut random = Random(number_of("FEEL_SEED", 11) as u64);
    let (contract, manifest) = (contract(), manifest());
    let (mut compared, mut decided) = (0, 0);
    let mut wrong = Vec::new();
    while compared < programs {
        let text = rule_text(&mut random);
        // These ask what is known.
        if text.contains("first known") || text.contains("is given") {
            continue;
        }
        let Ok(program) = check_rule(&rule_of(&text), &contract, &manifest) else { continue };
        compared += 1;
        for _ in 0..cases {
            let values = inputs(&mut random, &program, 2);
            let open = evaluate(&program, &values);
            if matches!(open.outcome, Outcome::Failed(_)) {
                continue;
            }
            let known = values.iter().zip(&program.inputs);
            let known: Vec<Value> = known.map(|(found, input)| completed(&mut random, found, &input.ty)).collect();
            let whole = evaluate(&program, &known);
            decided += usize::from(matches!(open.outcome, Outcome::Eligible | Outcome::Ineligible));
            if contradiction(&open, &whole) {
                let both = format!("  open  {}\n  whole {}", told_evaluation(&open), told_evaluation(&whole));
                wrong.push(format!("{text}\n  {values:?}\n  {known:?}\n{both}\n"));
                break;
            }
        }
    }
    let count = wrong.len();
    wrong.truncate(8);
    assert!(wrong.is_empty(), "{count} of {compared} programs decide too early:\n{}", wrong.join("\n"));
    assert!(decided > compared, "{decided} cases were decided");
}
