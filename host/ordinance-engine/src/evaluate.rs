//! The evaluation of a case: each rule of the chain is called with the facts that its type declares, and the answers
//! are composed within the bounds. Stage 6 of a decision.

use std::sync::Arc;

use ordinance_domain::answer::{Answer, Determination, FailureCode, Finding, Grant, RuleError};
use ordinance_domain::calendar::Date;
use ordinance_domain::compose::{ComposedOutcome, Composition, InheritedGrant};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Evaluation, LayerStatus};
use ordinance_domain::facts::Facts;
use ordinance_domain::minimise::{MinimisedFacts, MissingFactsError, minimise, missing_options};
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::Argument;
use ordinance_domain::value::Record;
use ordinance_sandbox::{Arguments, CallOutcome};

use crate::law::{ApplicableLaw, Level};
use crate::observer::{Observer, RuleCall};
use crate::privacy::{AdmittedFacts, FactForms};
use crate::rulebook::{BoundEligibilityRule, RuleState};

/// Calls the rules of the chain, top first, and composes their answers. Where facts are missing, the outcome names
/// every one that a rule lacks.
#[must_use]
pub fn evaluate(law: &ApplicableLaw<'_>, facts: &AdmittedFacts, observer: &mut impl Observer) -> Evaluation {
    evaluate_with(law, facts.forms(), &mut |call| {
        observer.rule_begins();
        let parameters = call.rule.parameters_on(law.query.as_of);
        let report = call_rule(law, &call, &parameters, observer.counts_branches());
        observer.rule_ended(RuleCall {
            jurisdiction: &call.level.place,
            applicant: call.applicant.record(),
            parameters: &parameters,
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
    pub(crate) level: &'c Level<'c>,
    pub(crate) rule: &'c BoundEligibilityRule,
    pub(crate) applicant: &'c MinimisedFacts,
    pub(crate) inherited: Option<&'c Grant>,
}

/// Answers the prepared call of a rule.
pub(crate) type AnswerCall<'f> = dyn FnMut(PreparedCall<'_>) -> Result<Answer, RuleError> + 'f;

/// Evaluates with `answer` in the place of the sandbox, so that a search can keep answers that it had before.
pub(crate) fn evaluate_with(law: &ApplicableLaw<'_>, forms: &FactForms, answer: &mut AnswerCall<'_>) -> Evaluation {
    let mut composition = Composition::new(law.contract, law.query.as_of);
    let mut used: Vec<FieldName> = Vec::new();
    for (index, level) in law.levels.iter().enumerate() {
        let run = run_level(law, index, forms, composition.inherited(), answer);
        for name in run.used {
            if !used.contains(&name) {
                used.push(name);
            }
        }
        let rule = level.rule.map(|rule| Arc::clone(&rule.head));
        let for_lower = law.rulebook().bounds(&level.place, &law.query.service);
        composition.add(level.place.clone(), rule, run.status, for_lower);
    }
    let ComposedOutcome { outcome, layers, deciding } = composition.finish();
    Evaluation {
        query: law.query.clone(),
        contract: Arc::clone(law.contract),
        place: law.place().clone(),
        outcome,
        layers,
        deciding_layers: deciding,
        used,
    }
}

/// What came of one level, and the facts that reached its rule.
struct LevelRun {
    status: LayerStatus,
    used: Vec<FieldName>,
}

impl LevelRun {
    fn without_call(status: LayerStatus) -> Self {
        Self { status, used: Vec::new() }
    }

    /// Fails a rule that determines nothing without a reason: else a level could leave a case open for good whatever
    /// upper law grants.
    fn checked(self, rule: &BoundEligibilityRule, day: Date) -> Self {
        let is_unfounded = match &self.status {
            LayerStatus::Applied { answer, missing } => {
                answer.determination == Determination::Undetermined && missing.is_empty() && !rule.lacks_number_on(day)
            }
            LayerStatus::Silent { .. }
            | LayerStatus::MissingFacts(_)
            | LayerStatus::Waiting
            | LayerStatus::Failed(_) => false,
        };
        if !is_unfounded {
            return self;
        }
        let detail = "it answers undetermined, though it has every fact that it takes and no number of rule.toml is \
                      pending; let it answer eligible or ineligible, or take the fact on which that depends";
        let status = LayerStatus::Failed(RuleError::new(FailureCode::UnfoundedUndetermined, detail));
        Self { status, ..self }
    }
}

fn run_level(
    law: &ApplicableLaw<'_>,
    index: usize,
    forms: &FactForms,
    inherited: InheritedGrant<'_>,
    answer: &mut AnswerCall<'_>,
) -> LevelRun {
    let Some(level) = law.levels.get(index) else { return LevelRun::without_call(LayerStatus::Waiting) };
    match level.rule.map(|rule| &rule.state) {
        Some(RuleState::Ready(rule)) => {
            let facts = forms.facts_for(law, index, rule);
            let run = run_rule(rule, &facts, inherited, |applicant, inherited| {
                answer(PreparedCall { index, level, rule, applicant, inherited })
            });
            run.checked(rule, law.query.as_of)
        }
        Some(RuleState::Broken(error)) => {
            LevelRun::without_call(LayerStatus::Failed(RuleError::new(FailureCode::NotLoaded, error.to_string())))
        }
        None => LevelRun::without_call(LayerStatus::Silent { gap: level.gap }),
    }
}

fn run_rule(
    rule: &BoundEligibilityRule,
    facts: &Facts,
    inherited: InheritedGrant<'_>,
    call: impl FnOnce(&MinimisedFacts, Option<&Grant>) -> Result<Answer, RuleError>,
) -> LevelRun {
    let rule_type = rule.compiled.rule_type();
    let applicant = match minimise(rule_type, facts) {
        Ok(applicant) => applicant,
        Err(MissingFactsError(missing)) => return LevelRun::without_call(LayerStatus::MissingFacts(missing)),
    };
    let inherited = match inherited {
        InheritedGrant::Unknown if rule_type.arguments.contains(&Argument::Inherited) => {
            return LevelRun::without_call(LayerStatus::Waiting);
        }
        InheritedGrant::Unknown | InheritedGrant::Nothing => None,
        InheritedGrant::Grant(grant) => Some(grant),
    };
    let used = applicant.record().iter().map(|(name, _)| name.clone()).collect();
    let status = match call(&applicant, inherited) {
        Ok(answer) => LayerStatus::Applied { answer, missing: missing_options(rule_type, facts) },
        Err(failure) => LayerStatus::Failed(failure),
    };
    LevelRun { status, used }
}

/// Calls one rule in the sandbox and checks what its type can't express.
pub(crate) fn call_rule(
    law: &ApplicableLaw<'_>,
    call: &PreparedCall<'_>,
    parameters: &Record,
    counts_branches: bool,
) -> CallOutcome {
    let arguments = Arguments {
        as_of: law.query.as_of,
        applicant: call.applicant,
        parameters,
        inherited: call.inherited,
        jurisdiction: law.place(),
    };
    let outcome = call.rule.compiled.call_and_count(&arguments, counts_branches);
    outcome.and_then(|answer| check_answer(law.contract, call.rule, answer))
}

/// Checks what the rule's type can't express: its manifest declares each criterion, its grant is within the contract's
/// range.
fn check_answer(contract: &Contract, rule: &BoundEligibilityRule, answer: Answer) -> Result<Answer, RuleError> {
    let declared = |finding: &Finding| rule.manifest().criterion(finding.criterion.as_str()).is_some();
    if let Some(index) = answer.findings.iter().position(|finding| !declared(finding)) {
        // The id itself is the guest's text, which could be anything, a fact too.
        let detail = format!(
            "its manifest doesn't declare the criterion of finding {}; compare the ids in src/lib.rs with rule.toml",
            index + 1
        );
        return Err(RuleError::new(FailureCode::UndeclaredCriterion, detail));
    }
    if let Determination::Eligible(grant) = &answer.determination {
        for field in &contract.grant {
            if grant.get(&field.name).is_some_and(|value| !field.fact_type.admits(value)) {
                let detail = format!("the grant's `{}` is not {}", field.name, field.fact_type);
                return Err(RuleError::new(FailureCode::GrantOutOfRange, detail));
            }
        }
    }
    Ok(answer)
}
