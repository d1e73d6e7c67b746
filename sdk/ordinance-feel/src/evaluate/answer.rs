//! What a program answers.

use ordinance_domain::fact::FactType;
use ordinance_feel_runtime::operators::Truth;
use ordinance_feel_runtime::{Decimal, Failure, Value};

use super::evaluator::{Evaluator, FailedAt};
use crate::tree::{Answer, Determination, Program};

/// A value by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedValue {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// What a program comes to in one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The value of every definition, in the order of the program.
    pub definitions: Vec<NamedValue>,
    /// The finding on each criterion, by its id: true, false or unknown, a list of these for a criterion on each item
    /// of a list, or a failure. Empty for a model of DMN.
    pub findings: Vec<NamedValue>,
    /// What is determined.
    pub outcome: Outcome,
    /// What is granted to who is eligible, by the names of the contract: unknown if it isn't known, null if the rule
    /// leaves it to other levels. Computed whether or not the person is eligible.
    pub grant: Vec<NamedValue>,
    /// The intermediate values that the rule tells.
    pub intermediates: Vec<NamedValue>,
    /// Where the failure of the outcome began, if it has failed.
    pub failed_at: Option<FailedAt>,
}

/// What a rule determines.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The person isn't eligible.
    Ineligible,
    /// Facts are missing on which the answer depends.
    Undetermined,
    /// The person is eligible, and the grant is known.
    Eligible,
    /// The answer depends on a computation that failed.
    Failed(Failure),
    /// The value of a model of DMN.
    Value(Value),
}

/// Computes the definitions in their order, then the answer.
pub(super) fn answer_of(program: &Program, evaluator: &mut Evaluator) -> Evaluation {
    let mut definitions = Vec::with_capacity(program.definitions.len());
    for definition in &program.definitions {
        let value = evaluator.define(definition.local, &definition.value);
        definitions.push(NamedValue { name: definition.name.clone(), value });
    }
    match &program.answer {
        Answer::Value(expr) => {
            let (value, failed_at) = evaluator.value_with_origin(expr);
            Evaluation {
                definitions,
                findings: Vec::new(),
                outcome: Outcome::Value(value),
                grant: Vec::new(),
                intermediates: Vec::new(),
                failed_at,
            }
        }
        Answer::Determination(determination) => determine(determination, evaluator, definitions),
    }
}

fn determine(determination: &Determination, evaluator: &mut Evaluator, definitions: Vec<NamedValue>) -> Evaluation {
    let findings: Vec<NamedValue> = determination
        .findings
        .iter()
        .map(|finding| NamedValue { name: finding.criterion.clone(), value: evaluator.local(finding.local) })
        .collect();
    let of_findings = determination.findings.iter().find_map(|finding| evaluator.origin(finding.local));
    let (eligible, of_eligible) = evaluator.value_with_origin(&determination.eligible);
    let eligible = Truth::of(&eligible);
    let null_at = FailedAt { failure: Failure::NoValue, place: determination.eligible.place };
    let mut of_grant = None;
    let grant = determination
        .grant
        .iter()
        .map(|field| {
            let computed = field.value.as_ref().map(|expr| (evaluator.value_with_origin(expr), expr.place));
            let ((value, origin), place) = computed.unwrap_or(((Value::Null, None), null_at.place));
            let value = fitting(value, &field.fact_type);
            let here = value.failure_within().map(|failure| FailedAt { failure, place });
            of_grant = of_grant.or(origin).or(here);
            NamedValue { name: field.name.clone(), value }
        })
        .collect::<Vec<_>>();
    let intermediates = determination
        .intermediates
        .iter()
        .map(|intermediate| NamedValue { name: intermediate.name.clone(), value: evaluator.local(intermediate.local) })
        .collect();
    let outcome = outcome_of(&findings, eligible, &grant);
    let failed_at = match outcome {
        Outcome::Failed(_) if eligible == Truth::Null => of_findings.or(Some(null_at)),
        Outcome::Failed(_) => of_findings.or(of_eligible).or(of_grant),
        Outcome::Ineligible | Outcome::Undetermined | Outcome::Eligible | Outcome::Value(_) => None,
    };
    Evaluation { definitions, findings, outcome, grant, intermediates, failed_at }
}

/// The outcome: a failure of a finding, of the condition or, for who is eligible, of the grant is that of the rule.
fn outcome_of(findings: &[NamedValue], eligible: Truth, grant: &[NamedValue]) -> Outcome {
    let failed = findings.iter().find_map(|finding| finding.value.failure_within());
    match (failed, eligible) {
        (Some(failure), _) | (None, Truth::Failed(failure)) => Outcome::Failed(failure),
        (None, Truth::Null) => Outcome::Failed(Failure::NoValue),
        (None, Truth::False) => Outcome::Ineligible,
        (None, Truth::Unknown) => Outcome::Undetermined,
        (None, Truth::True) => match grant.iter().find_map(|field| field.value.failure_within()) {
            Some(failure) => Outcome::Failed(failure),
            None if grant.iter().any(|field| field.value.is_unknown()) => Outcome::Undetermined,
            None => Outcome::Eligible,
        },
    }
}

/// A value of a grant, if the contract's field holds it: a number that has more digits fails.
fn fitting(value: Value, fact_type: &FactType) -> Value {
    let scale = match fact_type {
        FactType::Decimal { scale, .. } => *scale,
        _ => 0,
    };
    let fits = |number: &Decimal| u8::try_from(scale).is_ok_and(|scale| number.to_units(scale).is_some());
    match value {
        Value::Number(number) if !fits(&number) => Value::Failed(Failure::NotInDomain),
        value => value,
    }
}
