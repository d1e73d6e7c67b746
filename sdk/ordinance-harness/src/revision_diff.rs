//! Compares the decisions of two rulebooks on one case: the change of the outcome, and the findings that differ.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::case::Case;
use ordinance_engine::{Engine, NoObserver, Rulebook, decide};
use serde::Serialize;

use crate::case_binding::bind_case;
use crate::test_case::DecisionTest;
use crate::test_error::TestError;
use crate::test_result::finding_status;

/// The change of a person's outcome from the old rulebook to the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeChange {
    /// Eligible instead of ineligible, or granted more.
    Gains,
    /// Ineligible instead of eligible, or granted less.
    Loses,
    /// Granted more of one field and less of another, or another value of a field that isn't a number.
    Otherwise,
    /// Undetermined, or granted an open amount, under the new rulebook only.
    BecomesUndetermined,
    /// Undetermined, or granted an open amount, under the old rulebook only.
    BecomesDetermined,
    /// No change.
    Same,
}

impl OutcomeChange {
    /// Every change, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Gains, Self::Loses, Self::Otherwise, Self::BecomesUndetermined, Self::BecomesDetermined, Self::Same];

    /// The text of reports, such as `becomes undetermined`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gains => "gains",
            Self::Loses => "loses",
            Self::Otherwise => "otherwise",
            Self::BecomesUndetermined => "becomes undetermined",
            Self::BecomesDetermined => "becomes determined",
            Self::Same => "same",
        }
    }
}

/// The decisions of two rulebooks on one case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseDiff {
    /// The case's name.
    pub name: String,
    /// The code of the case's place.
    pub jurisdiction: String,
    /// The change for the person.
    pub change: OutcomeChange,
    /// The outcome under the old rulebook.
    pub old: CaseOutcome,
    /// The outcome under the new rulebook.
    pub new: CaseOutcome,
    /// The values of the facts by which the report groups, by the name of the fact.
    pub by: BTreeMap<String, String>,
    /// The criteria whose findings differ.
    pub criteria: Vec<CriterionChange>,
}

/// The outcome of a case under one rulebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseOutcome {
    /// The outcome without what is granted.
    pub outcome: OutcomeKind,
    /// The grant, each field as text.
    pub grant: BTreeMap<String, String>,
    /// The numbers of the grant.
    #[serde(skip)]
    pub(crate) amounts: BTreeMap<String, Decimal>,
}

/// An outcome without its grant or its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// The person is eligible.
    Eligible,
    /// The person is eligible, and only the least of the grant is certain: facts are missing, or a rule failed.
    EligibleAtLeast,
    /// The person is not eligible.
    Ineligible,
    /// The law can't be applied: facts are missing, or a rule failed.
    Undetermined,
}

/// A criterion whose finding differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CriterionChange {
    /// The code of the rule's place.
    pub jurisdiction: String,
    /// The criterion's id.
    pub criterion: String,
    /// The index of the item of a list that the finding is on.
    pub item: Option<u32>,
    /// The finding under the old rulebook: `satisfied`, `not satisfied`, `unknown` or `no finding`.
    pub old: &'static str,
    /// The finding under the new rulebook.
    pub new: &'static str,
}

/// One of the rulebooks, `old` or `new`, can't decide the case, for this reason.
#[derive(Debug, thiserror::Error)]
#[error("under the {rulebook} rulebook: {reason}")]
pub struct CaseDiffError {
    rulebook: &'static str,
    reason: TestError,
}

/// Decides one case under both rulebooks and compares. `by` names the facts by which the report groups.
///
/// # Errors
/// [`CaseDiffError`] if one of the rulebooks can't decide the case.
pub fn diff_case(
    old: &Engine,
    new: &Engine,
    test: &DecisionTest,
    by: &[FieldName],
    now: Timestamp,
) -> Result<CaseDiff, CaseDiffError> {
    let old_result = bind_and_decide(old, test, now);
    let (case, old_decision) = old_result.map_err(|reason| CaseDiffError { rulebook: "old", reason })?;
    let new_result = bind_and_decide(new, test, now);
    let (_, new_decision) = new_result.map_err(|reason| CaseDiffError { rulebook: "new", reason })?;
    let old_outcome = CaseOutcome::new(&old_decision);
    let new_outcome = CaseOutcome::new(&new_decision);
    Ok(CaseDiff {
        name: test.name.clone(),
        jurisdiction: test.jurisdiction.clone(),
        change: outcome_change(&old_outcome, &new_outcome),
        criteria: criterion_changes(&old_decision, &new_decision),
        by: by.iter().map(|name| (name.to_string(), value_as_text(&case, name))).collect(),
        old: old_outcome,
        new: new_outcome,
    })
}

fn bind_and_decide(engine: &Engine, test: &DecisionTest, now: Timestamp) -> Result<(Case, Decision), TestError> {
    let case = bind_case(engine.rulebook(), test, now)?;
    let decision = decide(engine, &case, &mut NoObserver)?;
    Ok((case, decision))
}

fn value_as_text(case: &Case, name: &FieldName) -> String {
    field(&case.facts.0, name).map_or_else(|| "not known".to_owned(), Value::to_plain)
}

impl CaseOutcome {
    fn new(decision: &Decision) -> Self {
        let (kind, grant) = match &decision.outcome {
            Outcome::Eligible(grant) => (OutcomeKind::Eligible, grant),
            Outcome::EligibleAtLeast { least, .. } => (OutcomeKind::EligibleAtLeast, least),
            Outcome::Ineligible => return Self::without_grant(OutcomeKind::Ineligible),
            Outcome::Undetermined(_) => return Self::without_grant(OutcomeKind::Undetermined),
        };
        let mut outcome = Self::without_grant(kind);
        for (name, value) in &grant.0 {
            let amount = match value {
                Value::Decimal(number) => Some(rescaled(*number, &decision.contract, name)),
                Value::Integer(number) => Some((*number).into()),
                Value::Bool(_)
                | Value::Date(_)
                | Value::Text(_)
                | Value::Choice(_)
                | Value::Record(_)
                | Value::List(_) => None,
            };
            let text = amount.map_or_else(|| value.to_plain(), |amount| amount.to_string());
            outcome.grant.insert(name.to_string(), text);
            if let Some(amount) = amount {
                outcome.amounts.insert(name.to_string(), amount);
            }
        }
        outcome
    }

    fn without_grant(outcome: OutcomeKind) -> Self {
        Self { outcome, grant: BTreeMap::new(), amounts: BTreeMap::new() }
    }

    /// The amount of a field, or 0 if nothing is granted.
    fn amount(&self, name: &str) -> Decimal {
        self.amounts.get(name).copied().unwrap_or_default()
    }
}

/// A number with the scale of its field.
fn rescaled(mut number: Decimal, contract: &Contract, name: &FieldName) -> Decimal {
    if let Some(FactType::Decimal { scale, .. }) = contract.grant_field(name).map(|field| &field.fact_type) {
        number.rescale(*scale);
    }
    number
}

fn outcome_change(old: &CaseOutcome, new: &CaseOutcome) -> OutcomeChange {
    use OutcomeKind::{Eligible, EligibleAtLeast, Ineligible, Undetermined};
    match (old.outcome, new.outcome) {
        (Undetermined, Undetermined) | (Ineligible, Ineligible) => OutcomeChange::Same,
        (Undetermined | EligibleAtLeast, Eligible) | (Undetermined, Ineligible) => OutcomeChange::BecomesDetermined,
        (Eligible, Undetermined | EligibleAtLeast) | (Ineligible, Undetermined) => OutcomeChange::BecomesUndetermined,
        (Ineligible | Undetermined, EligibleAtLeast) | (Ineligible, Eligible) => OutcomeChange::Gains,
        (Eligible | EligibleAtLeast, Ineligible) | (EligibleAtLeast, Undetermined) => OutcomeChange::Loses,
        (Eligible, Eligible) | (EligibleAtLeast, EligibleAtLeast) => grant_change(old, new),
    }
}

fn grant_change(old: &CaseOutcome, new: &CaseOutcome) -> OutcomeChange {
    if old.grant == new.grant {
        return OutcomeChange::Same;
    }
    let names: BTreeSet<&String> = old.amounts.keys().chain(new.amounts.keys()).collect();
    let is_more = names.iter().any(|name| new.amount(name) > old.amount(name));
    let is_less = names.iter().any(|name| new.amount(name) < old.amount(name));
    match (is_more, is_less) {
        (true, false) => OutcomeChange::Gains,
        (false, true) => OutcomeChange::Loses,
        (true, true) | (false, false) => OutcomeChange::Otherwise,
    }
}

fn criterion_changes(old: &Decision, new: &Decision) -> Vec<CriterionChange> {
    let old = findings_of(old);
    let new = findings_of(new);
    let keys: BTreeSet<&CriterionKey> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    for key in keys {
        let before = old.get(key).copied().unwrap_or("no finding");
        let after = new.get(key).copied().unwrap_or("no finding");
        if before != after {
            let (jurisdiction, criterion, item) = key.clone();
            changes.push(CriterionChange { jurisdiction, criterion, item, old: before, new: after });
        }
    }
    changes
}

/// The code of a place, the id of a criterion of its rule, and the index of the item that a finding is on.
type CriterionKey = (String, String, Option<u32>);

fn findings_of(decision: &Decision) -> BTreeMap<CriterionKey, &'static str> {
    let mut findings = BTreeMap::new();
    for layer in &decision.layers {
        let Some(answer) = layer.status.answer() else { continue };
        for finding in &answer.findings {
            let key = (layer.jurisdiction.to_string(), finding.criterion.to_string(), finding.item);
            findings.insert(key, finding_status(finding.satisfied));
        }
    }
    findings
}

/// The title and the article of a criterion, if a rule of its place in this rulebook declares it.
#[must_use]
pub fn criterion_article(rulebook: &Rulebook, change: &CriterionChange) -> Option<(String, Provision)> {
    let rules = rulebook.rules().filter(|rule| rule.head.jurisdiction.as_str() == change.jurisdiction);
    let mut criteria = rules.flat_map(|rule| &rule.head.criteria);
    let criterion = criteria.find(|criterion| criterion.id.as_str() == change.criterion)?;
    Some((criterion.title().to_owned(), criterion.provision.clone()))
}
