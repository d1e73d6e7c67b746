//! Compares the decisions of two rulebooks on one case: the change of the outcome, and the findings that differ.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::contract::{Better, Contract, EligibleMeaning};
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::manifest::Criterion;
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::privacy::{PrivacyLayer, RuledFact, RulingReason};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::{Decimal, Value, field, value_at};
use ordinance_engine::case::Case;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Engine, NoObserver, RuleState, Rulebook, decide};
use serde::Serialize;

use crate::case_binding::bind_case;
use crate::test_case::DecisionTest;
use crate::test_error::TestError;
use crate::test_result::finding_status;

/// The change of a person's outcome from the old rulebook to the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeChange {
    /// Eligible instead of ineligible, or granted more; where the service says that this is worse, the opposite.
    Gains,
    /// Ineligible instead of eligible, or granted less; where the service says that this is better, the opposite.
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
    /// The id of the case's service.
    pub service: String,
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
    /// The facts that were sent, that privacy law withholds from the rules, and for want of which the outcome is open
    /// under one of the rulebooks.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub withheld: BTreeSet<WithheldFact>,
    /// The numbers of the law that explain the change: those that alone lead from the old outcome to the new one; if
    /// there is none, those that alone change the old one; if there is none either, all that differ.
    pub numbers: Vec<NumberChange>,
}

/// A fact that privacy law withholds from rules that need it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct WithheldFact {
    /// The fact or the part, as the catalogue names it.
    pub fact: String,
    /// The law that withholds it, such as `CN/personal-information`.
    pub law: String,
}

/// A number of a rule that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NumberChange {
    /// The code of the rule's place.
    pub jurisdiction: String,
    /// The id of the rule's service.
    pub service: String,
    /// The name of the parameter.
    pub parameter: String,
    /// Its value under the old rulebook.
    pub old: String,
    /// Its value under the new rulebook.
    pub new: String,
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
    /// The id of the rule's service.
    pub service: String,
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
    let change = outcome_change(&old_outcome, &new_outcome, &new_decision.contract);
    let numbers = match change {
        OutcomeChange::Same => Vec::new(),
        _ => changed_numbers([old, new], &case, [&old_decision, &new_decision])?,
    };
    Ok(CaseDiff {
        name: test.name.clone(),
        jurisdiction: test.jurisdiction.clone(),
        service: test.service.clone(),
        change,
        numbers,
        withheld: [&old_decision, &new_decision]
            .into_iter()
            .flat_map(|decision| withheld_from(decision, &case))
            .collect(),
        criteria: criterion_changes(&old_decision, &new_decision),
        by: by.iter().map(|name| (name.to_string(), value_as_text(&case, name))).collect(),
        old: old_outcome,
        new: new_outcome,
    })
}

/// The numbers of the rules in force for a case that differ, and of these the ones that explain the change best.
fn changed_numbers(
    [old, new]: [&Engine; 2],
    case: &Case,
    [old_decision, new_decision]: [&Decision; 2],
) -> Result<Vec<NumberChange>, CaseDiffError> {
    let error = |rulebook| move |reason| CaseDiffError { rulebook, reason: TestError::from(reason) };
    let day = case.query.day();
    let new_law = ApplicableLaw::select(new, &case.query).map_err(error("new"))?;
    let old_law = ApplicableLaw::select(old, &case.query).map_err(error("old"))?;
    let (mut leading, mut changing, mut differing) = (Vec::new(), Vec::new(), Vec::new());
    for own in old_law.rules_in_force() {
        let place = &own.head.jurisdiction;
        let Some(other) = new_law.rules_in_force().find(|rule| rule.head.jurisdiction == *place) else { continue };
        let (RuleState::Ready(before), RuleState::Ready(after)) = (&own.state, &other.state) else { continue };
        let values = after.parameters_on(day);
        for (name, value) in before.parameters_on(day) {
            let Some(now) = field(&values, &name).filter(|now| **now != value) else { continue };
            let number = NumberChange {
                jurisdiction: place.to_string(),
                service: case.query.service.to_string(),
                parameter: name.to_string(),
                old: value.to_plain(),
                new: now.to_plain(),
            };
            if let Some(changed) = own.with_parameter(&name, day, now.clone()) {
                let law = ApplicableLaw::select(old, &case.query).map_err(error("old"))?.with_rule(own, &changed);
                let with_number = decide_under(&law, case, &mut Budget::default(), &mut NoObserver).decision;
                if with_number.outcome == new_decision.outcome {
                    leading.push(number.clone());
                } else if with_number.outcome != old_decision.outcome {
                    changing.push(number.clone());
                }
            }
            differing.push(number);
        }
    }
    let explaining = [leading, changing, differing].into_iter().find(|numbers| !numbers.is_empty());
    Ok(explaining.unwrap_or_default())
}

fn bind_and_decide(engine: &Engine, test: &DecisionTest, now: Timestamp) -> Result<(Case, Decision), TestError> {
    let case = bind_case(engine.rulebook(), test, now)?;
    let decision = decide(engine, &case, &mut NoObserver)?;
    Ok((case, decision))
}

/// The facts of a case for which a decision waits since privacy law withholds them, each with each law that does.
fn withheld_from(decision: &Decision, case: &Case) -> Vec<WithheldFact> {
    let rulings = decision.rulings.for_rules();
    let missing = decision.outcome.missing_facts().iter().filter_map(|path| FieldName::path(path).ok());
    let sent = missing.filter(|path| value_at(&case.facts.0, path).is_some());
    let ruled = sent.filter_map(|path| rulings.ruling_on(&path).or_else(|| rulings.ruling_on(&path.without_items())));
    let withheld = |ruled: &RuledFact| {
        let fact = ruled.fact.without_items().to_string();
        let law = |reason: &RulingReason| law_of(reason, rulings.layers());
        ruled.reasons.iter().map(|reason| WithheldFact { fact: fact.clone(), law: law(reason) }).collect::<Vec<_>>()
    };
    ruled.flat_map(withheld).collect()
}

/// The law that is the reason of a ruling.
fn law_of(reason: &RulingReason, layers: &[PrivacyLayer]) -> String {
    match reason {
        RulingReason::Ruled { layer, .. } | RulingReason::Silent { layer } | RulingReason::Failed { layer } => {
            layers.get(*layer).map_or_else(String::new, |layer| layer.rule.source_path())
        }
        RulingReason::Catalogue(provision) => format!("the catalogue of facts ({provision})"),
        RulingReason::NoLaw | RulingReason::Ungoverned => "the rulebook, since no level has privacy law".to_owned(),
    }
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
            let amount = value.number().map(|number| scaled(number, &decision.contract, name));
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
fn scaled(number: Decimal, contract: &Contract, name: &FieldName) -> Decimal {
    contract.grant_field(name).map_or(number, |field| field.fact_type.scaled(number))
}

impl OutcomeChange {
    /// The change as it is for the person: where it is a liability to be eligible, who becomes so loses.
    fn for_person(self, contract: &Contract) -> Self {
        match (contract.eligible, self) {
            (EligibleMeaning::Liability, Self::Gains) => Self::Loses,
            (EligibleMeaning::Liability, Self::Loses) => Self::Gains,
            (EligibleMeaning::Benefit | EligibleMeaning::Liability, change) => change,
        }
    }
}

fn outcome_change(old: &CaseOutcome, new: &CaseOutcome, contract: &Contract) -> OutcomeChange {
    use OutcomeKind::{Eligible, EligibleAtLeast, Ineligible, Undetermined};
    match (old.outcome, new.outcome) {
        (Undetermined, Undetermined) | (Ineligible, Ineligible) => OutcomeChange::Same,
        (Undetermined | EligibleAtLeast, Eligible) | (Undetermined, Ineligible) => OutcomeChange::BecomesDetermined,
        (Eligible, Undetermined | EligibleAtLeast) | (Ineligible, Undetermined) => OutcomeChange::BecomesUndetermined,
        (Ineligible | Undetermined, EligibleAtLeast) | (Ineligible, Eligible) => {
            OutcomeChange::Gains.for_person(contract)
        }
        (Eligible | EligibleAtLeast, Ineligible) | (EligibleAtLeast, Undetermined) => {
            OutcomeChange::Loses.for_person(contract)
        }
        (Eligible, Eligible) | (EligibleAtLeast, EligibleAtLeast) => grant_change(old, new, contract),
    }
}

fn grant_change(old: &CaseOutcome, new: &CaseOutcome, contract: &Contract) -> OutcomeChange {
    if old.grant == new.grant {
        return OutcomeChange::Same;
    }
    let names: BTreeSet<&String> = old.amounts.keys().chain(new.amounts.keys()).collect();
    let is_better = |name: &str, more: bool| {
        let field = contract.grant.iter().find(|field| field.name.is(name));
        match field.map_or(Better::More, |field| field.better) {
            Better::More => more,
            Better::Less => !more,
            Better::Neither => false,
        }
    };
    let gains = names
        .iter()
        .any(|name| new.amount(name) != old.amount(name) && is_better(name, new.amount(name) > old.amount(name)));
    let loses = names
        .iter()
        .any(|name| new.amount(name) != old.amount(name) && is_better(name, new.amount(name) < old.amount(name)));
    match (gains, loses) {
        (true, false) => OutcomeChange::Gains,
        (false, true) => OutcomeChange::Loses,
        (true, true) | (false, false) => OutcomeChange::Otherwise,
    }
}

fn criterion_changes(old: &Decision, new: &Decision) -> Vec<CriterionChange> {
    let service = new.query.service.to_string();
    let old = findings_of(old);
    let new = findings_of(new);
    let keys: BTreeSet<&CriterionKey> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    for key in keys {
        let before = old.get(key).copied().unwrap_or("no finding");
        let after = new.get(key).copied().unwrap_or("no finding");
        if before != after {
            let (jurisdiction, criterion, item) = key.clone();
            let service = service.clone();
            changes.push(CriterionChange { jurisdiction, service, criterion, item, old: before, new: after });
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

/// The criterion whose finding differs, if a rule of its place for its service declares it in this rulebook.
#[must_use]
pub fn changed_criterion<'r>(rulebook: &'r Rulebook, change: &CriterionChange) -> Option<&'r Criterion> {
    let mut criteria = heads_of(rulebook, &change.jurisdiction, &change.service).flat_map(|head| &head.criteria);
    criteria.find(|criterion| criterion.id.as_str() == change.criterion)
}

/// The parameter that differs, if a rule of its place for its service declares it in this rulebook.
pub(crate) fn changed_parameter<'r>(rulebook: &'r Rulebook, change: &NumberChange) -> Option<&'r Parameter> {
    let parameters = heads_of(rulebook, &change.jurisdiction, &change.service).flat_map(|head| &head.parameters);
    let mut named = parameters.filter(|parameter| parameter.name.is(&change.parameter));
    // Of several versions of a rule the one that has the value.
    let last = named.clone().last();
    named.find(|parameter| value_of(parameter, &change.new).is_some()).or(last)
}

/// The dated value of a parameter that reads so.
pub(crate) fn value_of<'p>(parameter: &'p Parameter, text: &str) -> Option<&'p DatedValue> {
    parameter.values.iter().find(|dated| dated.value.to_plain() == text)
}

fn heads_of<'r>(rulebook: &'r Rulebook, place: &str, service: &str) -> impl Iterator<Item = &'r RuleHead> + Clone {
    let is_its = move |head: &&RuleHead| {
        head.jurisdiction.as_str() == place && head.scope.service().is_some_and(|known| known.as_str() == service)
    };
    let heads: Vec<&RuleHead> = rulebook.rules().map(|rule| &*rule.head).filter(is_its).collect();
    heads.into_iter()
}
