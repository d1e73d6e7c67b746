//! The evaluation of a case: each rule of the chain is called with the facts that its type declares, and the answers
//! are composed within the bounds. Stage 6 of a decision.

use std::sync::Arc;

use ordinance_domain::answer::{Answer, Determination, FailureCode, Finding, Grant, RuleError};
use ordinance_domain::compose::{ComposedOutcome, Composition, InheritedGrant};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Evaluation, LayerStatus};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::minimise::{MinimisedFacts, UnknownFacts, UnknownFactsError, minimise, unknown_options};
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::Argument;
use ordinance_domain::value::{Record, Value, field};
use ordinance_sandbox::{Arguments, CallOutcome};

use crate::distinct_names::DistinctNames;
use crate::law::ApplicableLaw;
use crate::law_plan::Level;
use crate::observer::{Observer, RuleCall};
use crate::privacy::{AdmittedFacts, FactForms};
use crate::rulebook::{BoundEligibilityRule, RuleState};

/// Calls the rules of the chain, top first, and composes their answers. Where facts are missing, the outcome names
/// every one that a rule lacks.
#[must_use]
pub fn evaluate(law: &ApplicableLaw<'_>, facts: &AdmittedFacts<'_>, observer: &mut impl Observer) -> Evaluation {
    evaluate_with(law, facts.forms(), &mut |call| {
        observer.rule_begins();
        let report = call_rule(law, &call, observer.counts_branches());
        observer.rule_ended(RuleCall {
            jurisdiction: &call.level.place,
            applicant: call.applicant.record(),
            parameters: &call.level.parameters,
            inherited: call.inherited,
            report: &report,
        });
        report.result
    })
}

/// A rule that is to be called, with all that it may see.
#[derive(Clone, Copy)]
pub(crate) struct PreparedCall<'c> {
    /// The index of the level in the chain.
    pub(crate) index: usize,
    pub(crate) level: &'c Level,
    pub(crate) rule: &'c BoundEligibilityRule,
    pub(crate) applicant: &'c MinimisedFacts,
    pub(crate) inherited: Option<&'c Grant>,
}

/// Answers the prepared call of a rule.
pub(crate) type AnswerCall<'f> = dyn FnMut(PreparedCall<'_>) -> Result<Answer, RuleError> + 'f;

/// Evaluates with `answer` in the place of the sandbox, so that a search can keep answers that it had before.
pub(crate) fn evaluate_with(law: &ApplicableLaw<'_>, forms: &FactForms<'_>, answer: &mut AnswerCall<'_>) -> Evaluation {
    let mut composition = Composition::new(law.contract(), law.query.day());
    let mut used = DistinctNames::with_capacity(law.plan.declared_facts().count());
    for (index, level) in law.levels().iter().enumerate() {
        let prepared = Evaluated { law, index, level, forms, inherited: composition.inherited() };
        let status = run_level(prepared, &mut used, answer);
        let rule = level.rule.as_ref().map(|rule| Arc::clone(&rule.head));
        composition.add(level.place.clone(), rule, status, level.for_lower.as_deref());
    }
    let ComposedOutcome { outcome, layers, deciding } = composition.finish();
    Evaluation {
        query: law.query.clone(),
        contract: Arc::clone(law.contract()),
        place: law.place().clone(),
        outcome,
        layers,
        deciding_layers: deciding,
        used: used.into_names(),
    }
}

/// A level that is to be evaluated.
#[derive(Clone, Copy)]
struct Evaluated<'e> {
    law: &'e ApplicableLaw<'e>,
    /// The index of the level in the chain.
    index: usize,
    level: &'e Level,
    forms: &'e FactForms<'e>,
    inherited: InheritedGrant<'e>,
}

/// What comes of one level. The facts that reach its rule are added to `used`.
fn run_level(evaluated: Evaluated<'_>, used: &mut DistinctNames, answer: &mut AnswerCall<'_>) -> LayerStatus {
    let level = evaluated.level;
    match level.rule.as_ref().map(|rule| &rule.state) {
        Some(RuleState::Ready(_)) if level.lacks_required_number => {
            // As a rule answers that waits for a pending number.
            let answer = Answer {
                determination: Determination::Undetermined,
                findings: Vec::new(),
                intermediates: Record::new(),
            };
            LayerStatus::Applied { answer, unknown: UnknownFacts::default() }
        }
        Some(RuleState::Ready(rule)) => run_rule(evaluated, rule, used, answer),
        Some(RuleState::Broken(error)) => {
            LayerStatus::Failed(RuleError::new(FailureCode::NotLoaded, error.to_string()))
        }
        None => LayerStatus::Silent { gap: level.gap },
    }
}

fn run_rule(
    evaluated: Evaluated<'_>,
    rule: &BoundEligibilityRule,
    used: &mut DistinctNames,
    answer: &mut AnswerCall<'_>,
) -> LayerStatus {
    let Evaluated { law, index, level, forms, inherited } = evaluated;
    let rule_type = rule.compiled.rule_type();
    let facts = forms.facts_for(law, index, rule);
    let applicant = match minimise(rule_type, &facts) {
        Ok(applicant) => applicant,
        Err(UnknownFactsError(unknown)) => return LayerStatus::MissingFacts(unknown),
    };
    let inherited = match inherited {
        InheritedGrant::Unknown if rule_type.arguments.contains(&Argument::Inherited) => return LayerStatus::Waiting,
        InheritedGrant::Unknown | InheritedGrant::Nothing => None,
        InheritedGrant::Grant(grant) => Some(grant),
    };
    add_used(used, &applicant, rule, law.contract());
    match answer(PreparedCall { index, level, rule, applicant: &applicant, inherited }) {
        Ok(answer) => checked(answer, unknown_options(rule_type, &facts), level),
        Err(failure) => LayerStatus::Failed(failure),
    }
}

/// Adds the facts that reach a rule, and the parts on which privacy law rules by themselves.
fn add_used(used: &mut DistinctNames, applicant: &MinimisedFacts, rule: &BoundEligibilityRule, contract: &Contract) {
    let mut add = |name: FieldName| used.add(name);
    for (name, value) in applicant.record() {
        add(name.clone());
        if let Some(fact) = contract.fact(name.as_str()).filter(|_| !rule.parts().is_empty()) {
            add_used_parts(fact, name, value, rule.parts(), &mut add);
        }
    }
}

/// Adds those of `parts` that a value holds, each under its name in the case; `name` is that of the value.
fn add_used_parts(whole: &Fact, name: &FieldName, value: &Value, parts: &[FieldName], add: &mut impl FnMut(FieldName)) {
    let mut add_fields = |name: &FieldName, record: &Record| {
        for (field, value) in record {
            let Some(known) = whole.fact_type.fields().iter().find(|known| known.name == *field) else { continue };
            let part = name.part(field);
            if parts.contains(&known.part.name) {
                add(part.clone());
            }
            add_used_parts(&known.part, &part, value, parts, add);
        }
    };
    match value {
        Value::Record(record) => add_fields(name, record),
        Value::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| add_fields(&name.item(index), item));
        }
        Value::Bool(_)
        | Value::Integer(_)
        | Value::Decimal(_)
        | Value::Date(_)
        | Value::Text(_)
        | Value::Choice(_)
        | Value::Decimals(_) => {}
    }
}

/// Fails a rule that determines nothing without a reason: else a level could leave a case open for good whatever upper
/// law grants.
fn checked(answer: Answer, unknown: UnknownFacts, level: &Level) -> LayerStatus {
    let is_undetermined = answer.determination == Determination::Undetermined;
    if !is_undetermined || !unknown.is_empty() || level.lacks_number {
        return LayerStatus::Applied { answer, unknown };
    }
    let detail = "it answers undetermined, though it has every fact that it takes and no number of rule.toml is \
                  pending; let it answer eligible or ineligible, or take the fact on which that depends";
    LayerStatus::Failed(RuleError::new(FailureCode::UnfoundedUndetermined, detail))
}

/// Whether a finding is on the whole case, or on an item that the list of its criterion has.
fn is_on_known_item(rule: &BoundEligibilityRule, applicant: &MinimisedFacts, finding: &Finding) -> bool {
    let Some(index) = finding.item.and_then(|index| usize::try_from(index).ok()) else { return true };
    let list = rule.manifest().criterion(&finding.criterion).and_then(|criterion| criterion.each.as_ref());
    let items = list.and_then(|list| field(applicant.record(), list));
    matches!(items, Some(Value::List(items)) if index < items.len())
}

/// Calls one rule in the sandbox and checks what its type can't express.
pub(crate) fn call_rule(law: &ApplicableLaw<'_>, call: &PreparedCall<'_>, counts_branches: bool) -> CallOutcome {
    let outcome = call.rule.compiled.call_and_count(&arguments_of(law, call), counts_branches);
    outcome.and_then(|answer| check_answer(law.contract(), call.rule, call.applicant, answer))
}

/// All that a rule sees in a call.
pub(crate) fn arguments_of<'a>(law: &'a ApplicableLaw<'_>, call: &PreparedCall<'a>) -> Arguments<'a> {
    Arguments {
        as_of: law.query.as_of,
        applicant: call.applicant,
        parameters: &call.level.parameters,
        inherited: call.inherited,
        jurisdiction: law.place(),
    }
}

/// How a value of a grant misses its type, and the mend. Without the value, which may tell facts.
fn misfit_of_grant(fact_type: &FactType, value: &Value) -> String {
    match (fact_type, value) {
        (FactType::Decimal { min, .. }, Value::Decimal(number)) if number < min => {
            format!("is below {min}, the least that the service allows")
        }
        (FactType::Decimal { max, .. }, Value::Decimal(number)) if number > max => {
            format!("is above {max}, the most that the service allows")
        }
        (FactType::Decimal { scale, .. }, Value::Decimal(_)) => {
            let digits = if *scale == 1 { "digit" } else { "digits" };
            format!(
                "has more than {scale} {digits} after the point; round it as the law says, such as by `.round({scale}, \
                 Rounding::HalfUp)`"
            )
        }
        (FactType::Integer { min, .. }, Value::Integer(number)) if number < min => {
            format!("is below {min}, the least that the service allows")
        }
        (FactType::Integer { max, .. }, Value::Integer(_)) => {
            format!("is above {max}, the most that the service allows")
        }
        (other, _) => format!("is not {other}"),
    }
}

/// Checks what the rule's type can't express: its manifest declares each criterion, its grant is within the contract's
/// range.
pub(crate) fn check_answer(
    contract: &Contract,
    rule: &BoundEligibilityRule,
    applicant: &MinimisedFacts,
    answer: Answer,
) -> Result<Answer, RuleError> {
    let declared = |finding: &Finding| rule.manifest().criterion(&finding.criterion).is_some();
    if let Some(index) = answer.findings.iter().position(|finding| !declared(finding)) {
        // The id itself is the guest's text, which could be anything, a fact too.
        let detail = format!(
            "its manifest doesn't declare the criterion of finding {}; compare the ids in src/lib.rs with rule.toml",
            index + 1
        );
        return Err(RuleError::new(FailureCode::UndeclaredCriterion, detail));
    }
    if let Some(index) = answer.findings.iter().position(|finding| !is_on_known_item(rule, applicant, finding)) {
        let detail = format!(
            "finding {} is on an item of a list; its criterion must name that list by `each` in rule.toml, and the list \
             must have the item, counted from 0",
            index + 1
        );
        return Err(RuleError::new(FailureCode::MalformedOutput, detail));
    }
    if let Determination::Eligible(grant) = &answer.determination {
        for field in &contract.grant {
            if let Some(value) = grant.get(&field.name).filter(|value| !field.fact_type.admits(value)) {
                let detail = format!("the grant's `{}` {}", field.name, misfit_of_grant(&field.fact_type, value));
                return Err(RuleError::new(FailureCode::GrantOutOfRange, detail));
            }
        }
    }
    Ok(answer)
}
