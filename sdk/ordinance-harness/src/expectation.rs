//! Runs one test and compares the decision with the test's expectation.

mod disclosure;
mod intermediates;

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::decision::{BoundSubject, Decision, Layer, LayerStatus, Outcome, UndeterminedReason};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::listed;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::case::{Case, read_grant_value};
use ordinance_engine::decide::decide_under;
use ordinance_engine::literals::read_decimal;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::observer::Observer;
use ordinance_engine::spelling::nearest;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{ApplicableLaw, Engine, NoObserver, Rule};

use self::intermediates::compare_intermediates;
use crate::case_binding::bind_case;
use crate::test_case::{DecisionExpectation, DecisionTest, UNSET};
use crate::test_error::TestError;
use crate::test_result::{
    Difference, DifferingPart, TestFailure, TestResult, decision_intermediates, decision_reasons, finding_status,
    rules_not_in_force, withholdings,
};
use crate::trace::CaseTrace;
use crate::tracer::branch_tracer;

pub use self::disclosure::run_disclosure_test;

/// Decides the case of a test and compares the decision with the expectation. Also returns the case and its decision,
/// if the case can be decided.
///
/// A shadow rule replaces the rule of its place in force.
#[must_use]
pub fn run_decision_test(
    engine: &Engine,
    shadow: Option<&Rule>,
    test: &DecisionTest,
    now: Timestamp,
) -> (TestResult, Option<(Case, Decision)>) {
    let (case, decision) = match decide_test(engine, shadow, test, now, &mut NoObserver) {
        Ok(decided) => decided,
        Err(error) => return (TestResult::Unusable(error.to_string()), None),
    };
    let Some(contract) = engine.rulebook().contract(&case.query.service) else {
        let error = TestError::UnknownService(case.query.service);
        return (TestResult::Unusable(error.to_string()), None);
    };
    let result = match compare_decision(contract, test, &decision) {
        Ok(differences) if differences.is_empty() => TestResult::Passed,
        Ok(differences) => TestResult::Failed(TestFailure {
            differences,
            reasons: decision_reasons(&decision),
            intermediates: decision_intermediates(&decision),
            withheld: withholdings(&decision),
            not_in_force: rules_not_in_force(engine.rulebook(), &decision),
            failed_rules: Vec::new(),
        }),
        Err(error) => TestResult::Unusable(error.to_string()),
    };
    (result, Some((case, decision)))
}

fn decide_test(
    engine: &Engine,
    shadow: Option<&Rule>,
    test: &DecisionTest,
    now: Timestamp,
    observer: &mut impl Observer,
) -> Result<(Case, Decision), TestError> {
    let case = bind_case(engine.rulebook(), test, now)?;
    let law = ApplicableLaw::select(engine, &case.query)?;
    let law = match shadow {
        None => law,
        Some(shadow) if !shadow.head.in_force.contains(case.query.as_of) => return Err(TestError::ShadowNotInForce),
        Some(shadow) => law.with_shadow(shadow).ok_or(TestError::ShadowElsewhere)?,
    };
    let decision = decide_under(&law, &case, &mut Budget::default(), observer).decision;
    Ok((case, decision))
}

/// Decides a test as [`run_decision_test`] does, and traces each call of a rule.
///
/// # Errors
/// [`TestError`] if the rulebook can't decide the case.
pub fn trace_decision_test(
    engine: &Engine,
    shadow: Option<&Rule>,
    test: &DecisionTest,
    now: Timestamp,
) -> Result<CaseTrace, TestError> {
    let mut tracer = branch_tracer();
    let (case, decision) = decide_test(engine, shadow, test, now, &mut tracer)?;
    Ok(CaseTrace { case, calls: tracer.into_calls(), decision })
}

/// Whether a test passes if the rule `other` replaces the rule `own`. A test that can't be run doesn't pass.
pub(crate) fn passes_with_rule(engine: &Engine, test: &DecisionTest, now: Timestamp, own: &Rule, other: &Rule) -> bool {
    let Ok(case) = bind_case(engine.rulebook(), test, now) else { return false };
    let Ok(law) = ApplicableLaw::select(engine, &case.query) else { return false };
    let Some(contract) = engine.rulebook().contract(&case.query.service) else { return false };
    let law = law.with_rule(own, other);
    let decision = decide_under(&law, &case, &mut Budget::default(), &mut NoObserver).decision;
    compare_decision(contract, test, &decision).is_ok_and(|differences| differences.is_empty())
}

fn compare_decision(
    contract: &Contract,
    test: &DecisionTest,
    decision: &Decision,
) -> Result<Vec<Difference>, TestError> {
    let DecisionExpectation { outcome, grant: _, at_least, missing, findings, intermediates, violations, withheld } =
        &test.expect;
    if !["eligible", "ineligible", "undetermined"].contains(&outcome.as_str()) {
        return Err(TestError::UnknownOutcome(outcome.clone()));
    }
    let expected_grant = expected_grant(contract, test)?;
    let tolerance = parse_tolerance(test)?;
    let mut differences = Vec::new();
    let is_open = matches!(decision.outcome, Outcome::EligibleAtLeast { .. });
    if outcome != decision.outcome.as_str() || is_open != at_least.is_some() {
        let expected = if at_least.is_some() { format!("{outcome}, at least") } else { outcome.clone() };
        let decided = render_outcome(contract, &decision.outcome, &decision.layers);
        differences.push(Difference::new(DifferingPart::Outcome, expected, decided));
    } else if let Outcome::Eligible(granted) | Outcome::EligibleAtLeast { least: granted, .. } = &decision.outcome {
        for (field, expected) in &expected_grant {
            let decided = granted.get(&field.name);
            differences.extend(compare_grant_field(field, expected.as_ref(), decided, tolerance));
        }
    }
    if let Some(missing) = missing {
        differences.extend(compare_sets(DifferingPart::Missing, missing, decision.outcome.missing_facts()));
    }
    for (criterion, expected) in findings.iter().flatten() {
        let decided = finding_on(decision, criterion);
        if decided != Some(Some(*expected)) {
            let decided =
                decided.map_or_else(|| no_finding(decision, criterion), |found| finding_status(found).to_owned());
            let part = DifferingPart::Finding(criterion.clone());
            differences.push(Difference::new(part, finding_status(Some(*expected)), decided));
        }
    }
    if let Some(expected) = intermediates {
        differences.extend(compare_intermediates(expected, decision)?);
    }
    if let Some(withheld) = withheld {
        differences.extend(compare_sets(DifferingPart::Withheld, withheld, &withheld_names(decision)));
    }
    let expected = violations.as_deref().unwrap_or_default();
    differences.extend(compare_sets(DifferingPart::Violations, expected, &violations_in(decision)));
    Ok(differences)
}

fn parse_tolerance(test: &DecisionTest) -> Result<Decimal, TestError> {
    match &test.tolerance {
        None | Some(UntypedValue::Null) => Ok(Decimal::ZERO),
        Some(UntypedValue::Text(text) | UntypedValue::Number(text)) => match read_decimal(text) {
            Some(number) if number.is_sign_negative() => Err(TestError::NegativeTolerance),
            Some(number) => Ok(number),
            None => Err(TestError::NotATolerance),
        },
        Some(_) => Err(TestError::NotATolerance),
    }
}

/// The expected grant, field by field. `None` for a field that no level may set.
type ExpectedGrant<'c> = Vec<(&'c GrantField, Option<Value>)>;

fn expected_grant<'c>(contract: &'c Contract, test: &DecisionTest) -> Result<ExpectedGrant<'c>, TestError> {
    let expected = match (&test.expect.grant, &test.expect.at_least) {
        (Some(_), Some(_)) => return Err(TestError::GrantAndAtLeast),
        (grant, at_least) => grant.as_ref().or(at_least.as_ref()),
    };
    let entries = match expected {
        None | Some(UntypedValue::Null) => return Ok(Vec::new()),
        Some(UntypedValue::Object(entries)) => entries,
        Some(_) => return Err(TestError::GrantNotATable),
    };
    if test.expect.outcome != "eligible" {
        return Err(TestError::GrantWithoutEligibility(test.expect.outcome.clone()));
    }
    let mut grant = Vec::with_capacity(entries.len());
    for (name, expected) in entries {
        let field = contract.grant.iter().find(|field| field.name.as_str() == name);
        let field = field.ok_or_else(|| TestError::UnknownGrantField(name.clone()))?;
        let value = match expected {
            UntypedValue::Null => None,
            UntypedValue::Text(text) if text == UNSET => None,
            value => Some(read_grant_value(field, value)?),
        };
        grant.push((field, value));
    }
    Ok(grant)
}

fn compare_grant_field(
    field: &GrantField,
    expected: Option<&Value>,
    decided: Option<&Value>,
    tolerance: Decimal,
) -> Option<Difference> {
    if is_within(expected, decided, tolerance) {
        return None;
    }
    let expected = render_amount(expected, &field.fact_type);
    let part = DifferingPart::Grant(field.name.to_string());
    Some(Difference::new(part, expected, render_amount(decided, &field.fact_type)))
}

fn is_within(expected: Option<&Value>, decided: Option<&Value>, tolerance: Decimal) -> bool {
    match (expected, decided) {
        (Some(Value::Decimal(expected)), Some(Value::Decimal(decided))) => (expected - decided).abs() <= tolerance,
        (Some(Value::Integer(expected)), Some(Value::Integer(decided))) => {
            Decimal::from(expected.abs_diff(*decided)) <= tolerance
        }
        (expected, decided) => expected == decided,
    }
}

fn render_amount(value: Option<&Value>, fact_type: &FactType) -> String {
    match value {
        None => UNSET.to_owned(),
        Some(Value::Decimal(number)) => fact_type.scaled(*number).to_string(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Bool(yes)) => yes.to_string(),
        Some(Value::Date(day)) => day.to_string(),
        Some(Value::Text(text) | Value::Choice(text)) => text.clone(),
        Some(Value::Record(_) | Value::List(_) | Value::Decimals(_)) => "another record".to_owned(),
    }
}

fn render_outcome(contract: &Contract, outcome: &Outcome, layers: &[Layer]) -> String {
    match outcome {
        Outcome::Eligible(_) | Outcome::Ineligible => outcome.as_str().to_owned(),
        Outcome::EligibleAtLeast { least, open } => {
            let amounts: String = contract
                .grant
                .iter()
                .map(|field| format!(" {} {}", field.name, render_amount(least.get(&field.name), &field.fact_type)))
                .collect();
            format!("eligible, at least{amounts}; open: {}", render_reason(open, layers))
        }
        Outcome::Undetermined(reason) => format!("undetermined, {}", render_reason(reason, layers)),
    }
}

fn render_reason(reason: &UndeterminedReason, layers: &[Layer]) -> String {
    match reason {
        UndeterminedReason::MissingFacts(facts) => format!("missing {}", facts.join(", ")),
        UndeterminedReason::UnrecognisedValue => {
            let unrecognised: Vec<String> = layers.iter().filter_map(render_unrecognised).collect();
            [reason.as_str().to_owned()].into_iter().chain(unrecognised).collect::<Vec<_>>().join("; ")
        }
        UndeterminedReason::FailedRule | UndeterminedReason::NoRuleInForce | UndeterminedReason::RuleUndetermined => {
            let failures: Vec<String> = layers.iter().filter_map(render_failure).collect();
            [reason.as_str().to_owned()].into_iter().chain(failures).collect::<Vec<_>>().join("; ")
        }
    }
}

fn render_unrecognised(layer: &Layer) -> Option<String> {
    let facts = &layer.status.unknown_facts()?.unrecognised;
    let names = facts.join(", ");
    (!facts.is_empty())
        .then(|| format!("{} was made before the catalogue had the value of {names}", layer.jurisdiction))
}

fn render_failure(layer: &Layer) -> Option<String> {
    match &layer.status {
        LayerStatus::Failed(failed) => {
            Some(format!("{} {}: {}", layer.jurisdiction, failed.code.as_str(), failed.detail))
        }
        LayerStatus::Silent { .. }
        | LayerStatus::Applied { .. }
        | LayerStatus::MissingFacts(_)
        | LayerStatus::Waiting => None,
    }
}

fn withheld_names(decision: &Decision) -> Vec<String> {
    decision.rulings.for_rules().withheld().map(|ruled| ruled.fact.to_string()).collect()
}

/// Every violation, as `CODE outcome` or `CODE grant FIELD`.
fn violations_in(decision: &Decision) -> Vec<String> {
    let mut violations = Vec::new();
    for layer in &decision.layers {
        for violation in &layer.violations {
            violations.push(match &violation.subject {
                BoundSubject::Outcome => format!("{} outcome", layer.jurisdiction),
                BoundSubject::Grant(field) => format!("{} grant {field}", layer.jurisdiction),
            });
        }
    }
    violations
}

/// Compares two lists without regard to their order.
fn compare_sets(part: DifferingPart, expected: &[String], decided: &[String]) -> Option<Difference> {
    if sorted(expected) == sorted(decided) {
        return None;
    }
    Some(Difference::new(part, format!("[{}]", expected.join(", ")), format!("[{}]", decided.join(", "))))
}

fn sorted(list: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = list.iter().collect();
    sorted.sort_unstable();
    sorted
}

/// What to say of a criterion without a finding: the criteria that the rules do have, if none has it.
fn no_finding(decision: &Decision, named: &str) -> String {
    let named = named.split_once('[').map_or(named, |(criterion, _)| criterion);
    let rules = decision.layers.iter().rev().filter_map(|layer| layer.rule.as_ref());
    let known: Vec<&str> = rules.flat_map(|rule| &rule.criteria).map(|criterion| criterion.id.as_str()).collect();
    if known.contains(&named) {
        return "no finding".to_owned();
    }
    let advice = nearest(named, known.iter().copied())
        .map_or_else(|| format!("the criteria are {}", listed(known.iter())), |near| format!("did you mean `{near}`?"));
    format!("no finding, since no rule that was applied has this criterion; {advice}")
}

/// The finding on a criterion in the lowest layer that has one; `ID[1]` names that on an item of its list.
fn finding_on(decision: &Decision, named: &str) -> Option<Option<bool>> {
    let (criterion, item) = match named.strip_suffix(']').and_then(|named| named.split_once('[')) {
        Some((criterion, index)) => (criterion, Some(index.parse().ok()?)),
        None => (named, None),
    };
    decision.layers.iter().rev().find_map(|layer| {
        let mut findings = layer.status.answer()?.findings.iter();
        let found = findings.find(|finding| finding.criterion.as_str() == criterion && finding.item == item);
        found.map(|finding| finding.satisfied)
    })
}
