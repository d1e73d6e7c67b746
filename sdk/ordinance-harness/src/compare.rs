//! Runs one case and compares what was decided with what was expected.

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::decision::{BoundSubject, Decision, LayerStatus, Outcome, Undetermined};
use ordinance_domain::fact::FactType;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{Disclosure, Recipient, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::case::{Case, read_facts, read_grant_value};
use ordinance_engine::claims::{ProcessingContext, disclosure_of, read_basis, read_recipient, read_subject};
use ordinance_engine::decide::decide_under;
use ordinance_engine::input_error::InputError;
use ordinance_engine::literals::{read_date, read_decimal};
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{ApplicableLaw, Engine, NoObserver, Rule, Rulebook};

use crate::case_file::{Expect, TestCase};
use crate::difference::{CaseResult, Difference, Failure, in_word, reasons_of};

/// What a grant field is written as that no level sets; in JSON `null` says the same.
const UNSET: &str = "unset";

/// Decides one case and compares; the case and its decision come along if there is one.
#[must_use]
pub fn run_case(engine: &Engine, test: &TestCase, today: Date) -> (CaseResult, Option<(Case, Decision)>) {
    run_case_on(engine, None, test, today)
}

/// The same with a rule on trial in the place of the one in force.
#[must_use]
pub fn run_case_on(
    engine: &Engine,
    shadow: Option<&Rule>,
    test: &TestCase,
    today: Date,
) -> (CaseResult, Option<(Case, Decision)>) {
    let decided = |case: Case| {
        let law = ApplicableLaw::select(engine, &case.query).map_err(|error| error.to_string())?;
        let law = match shadow {
            None => law,
            Some(shadow) if !shadow.head.in_force.contains(case.query.as_of) => {
                return Err("the rule on trial wouldn't be in force on that day".to_owned());
            }
            Some(shadow) => law.with_shadow(shadow).ok_or("the rule on trial is no law of this place")?,
        };
        let decision = decide_under(&law, &case, &mut Budget::default(), &mut NoObserver).decision;
        Ok((decision, case))
    };
    let rulebook = engine.rulebook();
    let decided = read_case(rulebook, test, today).and_then(decided);
    let (decision, case) = match decided {
        Ok(decided) => decided,
        Err(why) => return (CaseResult::Unusable(why), None),
    };
    let Some(contract) = rulebook.contract(&case.query.service) else {
        return (CaseResult::Unusable(format!("unknown service `{}`", case.query.service)), None);
    };
    let result = match differences(contract, test, &decision) {
        Ok(differences) if differences.is_empty() => CaseResult::Passed,
        Ok(differences) => CaseResult::Failed(Failure { differences, reasons: reasons_of(&decision) }),
        Err(why) => CaseResult::Unusable(why),
    };
    (result, Some((case, decision)))
}

/// Whether a case comes out as it expects with another rule in the place of one.
pub(crate) fn passes_with(engine: &Engine, test: &TestCase, today: Date, own: &Rule, other: &Rule) -> bool {
    let rulebook = engine.rulebook();
    let decided = || {
        let case = read_case(rulebook, test, today).ok()?;
        let law = ApplicableLaw::select(engine, &case.query).ok()?.with_rule(own, other);
        let decision = decide_under(&law, &case, &mut Budget::default(), &mut NoObserver).decision;
        let contract = rulebook.contract(&case.query.service)?;
        Some(differences(contract, test, &decision).is_ok_and(|differences| differences.is_empty()))
    };
    decided().unwrap_or(false)
}

/// Who decides a case of a case file, unless the case says otherwise: a portal that asks for the person.
pub(crate) fn reviewer() -> Recipient {
    Recipient { kind: RecipientKind::Portal, id: "review".to_owned() }
}

pub(crate) fn read_case(rulebook: &Rulebook, test: &TestCase, today: Date) -> Result<Case, String> {
    let jurisdiction = JurisdictionCode::new(&test.jurisdiction).map_err(|error| error.to_string())?;
    let service = Id::new(&test.service).map_err(|error| error.to_string())?;
    let contract = rulebook.contract(&service).ok_or_else(|| format!("unknown service `{service}`"))?;
    let day = |key: &str, text: &str| read_date(text).ok_or(format!("`{key}` is no date as YYYY-MM-DD that exists"));
    let as_of = day("as_of", &test.as_of)?;
    let known_at = test.known_at.as_ref().map(|text| day("known_at", text)).transpose()?;
    let facts = read_facts(contract, &test.facts, "/facts").map_err(|faults| in_words(&faults))?;
    let processed_on = test.claims.processed_on.as_ref().map(|text| day("processed_on", text)).transpose()?;
    let disclosure = read_claims(rulebook, contract, test, &facts, processed_on.unwrap_or(today))
        .map_err(|faults| in_words(&faults))?;
    Ok(Case { query: CaseQuery { jurisdiction, service, as_of, known_at }, facts, disclosure })
}

fn read_claims(
    rulebook: &Rulebook,
    contract: &Contract,
    test: &TestCase,
    facts: &Facts,
    on: Date,
) -> Result<Disclosure, Vec<InputError>> {
    let claims = &test.claims;
    let recipient = claims.recipient.as_ref().map(|tree| read_recipient(tree, "/recipient")).transpose()?;
    let subject = claims.subject.as_ref().map(|tree| read_subject(tree, "/subject")).transpose()?;
    let has_fact = |name: &str| rulebook.fact(name).is_some();
    let basis =
        claims.basis.as_ref().map(|tree| read_basis(tree, "/basis", &contract.purpose, has_fact)).transpose()?;
    let context = ProcessingContext {
        recipient: recipient.unwrap_or_else(reviewer),
        basis: (basis, "/basis"),
        subject: (subject.unwrap_or_default(), "/subject"),
        on,
    };
    disclosure_of(contract, context, facts)
}

pub(crate) fn in_words(faults: &[InputError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn differences(contract: &Contract, test: &TestCase, decision: &Decision) -> Result<Vec<Difference>, String> {
    let Expect { outcome, grant: _, missing, findings, violations, withheld } = &test.expect;
    if !["eligible", "ineligible", "undetermined"].contains(&outcome.as_str()) {
        return Err(format!("`{outcome}` is no outcome; write eligible, ineligible or undetermined"));
    }
    let grant = expected_grant(contract, test)?;
    let tolerance = tolerance(test)?;
    let mut found = Vec::new();
    if outcome != decision.outcome.as_str() {
        found.push(Difference::new("outcome", outcome, outcome_in_words(&decision.outcome, &decision.layers)));
    }
    if let Outcome::Eligible(decided) = &decision.outcome {
        found.extend(grant.iter().filter_map(|(field, expected)| {
            grant_difference(field, expected.as_ref(), decided.get(&field.name), tolerance)
        }));
    }
    if let Some(missing) = missing {
        found.extend(set_difference("missing", missing, &missing_of(decision)));
    }
    for (criterion, expected) in findings.iter().flatten() {
        let decided = finding_of(decision, criterion);
        if decided != Some(Some(*expected)) {
            let decided = decided.map_or("no finding", in_word);
            found.push(Difference::new(format!("finding `{criterion}`"), in_word(Some(*expected)), decided));
        }
    }
    if let Some(withheld) = withheld {
        found.extend(set_difference("withheld", withheld, &withheld_of(decision)));
    }
    let expected = violations.as_deref().unwrap_or_default();
    found.extend(set_difference("violations of upper law", expected, &violations_of(decision)));
    Ok(found)
}

fn tolerance(test: &TestCase) -> Result<Decimal, String> {
    match &test.tolerance {
        None | Some(UntypedValue::Null) => Ok(Decimal::ZERO),
        Some(UntypedValue::Text(text) | UntypedValue::Number(text)) => match read_decimal(text) {
            Some(number) if number.is_sign_negative() => {
                Err("`tolerance` is below zero; write how far a number of the grant may be off".to_owned())
            }
            Some(number) => Ok(number),
            None => Err("`tolerance` is no decimal number".to_owned()),
        },
        Some(_) => Err("`tolerance` is no decimal number".to_owned()),
    }
}

/// The grant that a case expects, field by field; none in a field that no level is to set.
fn expected_grant<'c>(contract: &'c Contract, test: &TestCase) -> Result<Vec<(&'c GrantField, Option<Value>)>, String> {
    let entries = match &test.expect.grant {
        None | Some(UntypedValue::Null) => return Ok(Vec::new()),
        Some(UntypedValue::Object(entries)) => entries,
        Some(_) => return Err("the expected grant is no table of fields".to_owned()),
    };
    if test.expect.outcome != "eligible" {
        return Err(format!("the case expects a grant and the outcome {}, which grants nothing", test.expect.outcome));
    }
    let field = |(name, expected): &(String, UntypedValue)| {
        let field = contract.grant.iter().find(|field| field.name.as_str() == name);
        let field = field.ok_or_else(|| format!("the service's grant has no field `{name}`"))?;
        match expected {
            UntypedValue::Null => Ok((field, None)),
            UntypedValue::Text(word) if word == UNSET => Ok((field, None)),
            value => Ok((field, Some(read_grant_value(field, value).map_err(|faults| in_words(&faults))?))),
        }
    };
    entries.iter().map(field).collect()
}

fn grant_difference(
    field: &GrantField,
    expected: Option<&Value>,
    decided: Option<&Value>,
    tolerance: Decimal,
) -> Option<Difference> {
    let shown = |value| shown(value, &field.fact_type);
    (!close_enough(expected, decided, tolerance))
        .then(|| Difference::new(format!("grant `{}`", field.name), shown(expected), shown(decided)))
}

fn close_enough(expected: Option<&Value>, decided: Option<&Value>, tolerance: Decimal) -> bool {
    match (expected, decided) {
        (Some(Value::Decimal(expected)), Some(Value::Decimal(decided))) => (expected - decided).abs() <= tolerance,
        (Some(Value::Integer(expected)), Some(Value::Integer(decided))) => {
            Decimal::from(expected.abs_diff(*decided)) <= tolerance
        }
        (expected, decided) => expected == decided,
    }
}

fn shown(value: Option<&Value>, fact_type: &FactType) -> String {
    match value {
        None => UNSET.to_owned(),
        Some(Value::Decimal(number)) => match fact_type {
            FactType::Decimal { scale, .. } => format!("{number:.0$}", *scale as usize),
            _ => number.to_string(),
        },
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Bool(yes)) => yes.to_string(),
        Some(Value::Date(day)) => day.to_string(),
        Some(Value::Text(text) | Value::Choice(text)) => text.clone(),
        Some(Value::Record(_) | Value::List(_)) => "another record".to_owned(),
    }
}

fn outcome_in_words(outcome: &Outcome, layers: &[ordinance_domain::decision::Layer]) -> String {
    match outcome {
        Outcome::Eligible(_) | Outcome::Ineligible => outcome.as_str().to_owned(),
        Outcome::Undetermined(Undetermined::MissingFacts(facts)) => {
            format!("undetermined for want of {}", facts.join(", "))
        }
        Outcome::Undetermined(why) => {
            let failed = layers.iter().filter_map(|layer| match &layer.status {
                LayerStatus::Failed(failed) => {
                    Some(format!("; {} {}: {}", layer.jurisdiction, failed.code.as_str(), failed.detail))
                }
                LayerStatus::Silent { .. }
                | LayerStatus::Applied { .. }
                | LayerStatus::MissingFacts(_)
                | LayerStatus::Waiting => None,
            });
            format!("undetermined ({}{})", why.as_str(), failed.collect::<String>())
        }
    }
}

fn missing_of(decision: &Decision) -> Vec<String> {
    match &decision.outcome {
        Outcome::Undetermined(Undetermined::MissingFacts(facts)) => facts.clone(),
        Outcome::Undetermined(_) | Outcome::Eligible(_) | Outcome::Ineligible => Vec::new(),
    }
}

fn withheld_of(decision: &Decision) -> Vec<String> {
    decision.rulings.for_rules.withheld().map(|ruled| ruled.fact.to_string()).collect()
}

fn violations_of(decision: &Decision) -> Vec<String> {
    let in_layer = |layer: &ordinance_domain::decision::Layer| {
        let code = layer.jurisdiction.clone();
        let text = move |violation: &ordinance_domain::decision::Violation| match &violation.subject {
            BoundSubject::Outcome => format!("{code} outcome"),
            BoundSubject::Grant(field) => format!("{code} grant {field}"),
        };
        layer.violations.iter().map(text).collect::<Vec<_>>()
    };
    decision.layers.iter().flat_map(in_layer).collect()
}

fn set_difference(what: &str, expected: &[String], decided: &[String]) -> Option<Difference> {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    (sorted(expected) != sorted(decided))
        .then(|| Difference::new(what, format!("[{}]", expected.join(", ")), format!("[{}]", decided.join(", "))))
}

fn finding_of(decision: &Decision, criterion: &str) -> Option<Option<bool>> {
    decision.layers.iter().rev().find_map(|layer| {
        let mut findings = layer.status.answer()?.findings.iter();
        findings.find(|finding| finding.criterion.as_str() == criterion).map(|finding| finding.satisfied)
    })
}
