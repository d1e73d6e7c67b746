//! Compares the decisions of two rulebooks on one case: the change of the outcome, and the findings that differ.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::decision::Decision;
use ordinance_domain::manifest::Criterion;
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::privacy::{PrivacyLayer, RuledFact, RulingReason};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::{Decimal, field, value_at};
use ordinance_engine::case::Case;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Engine, NoObserver, RuleState, Rulebook, decide};
use serde::{Deserialize, Serialize};

use crate::case_binding::bind_case;
use crate::case_outcome::CaseOutcome;
use crate::grouping::{Comparison, WeightError};
use crate::outcome_change::OutcomeChange;
use crate::test_case::DecisionTest;
use crate::test_error::TestError;
use crate::test_result::finding_status;

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
    /// The group of each grouping, by the name of the fact or column by which the report groups.
    pub by: BTreeMap<String, String>,
    /// How many people this one stands for.
    #[serde(skip_serializing_if = "is_one", serialize_with = "crate::decimal_text::serialize")]
    pub weight: Decimal,
    /// Why it changes.
    #[serde(flatten)]
    pub reasons: ChangeReasons,
    /// The facts that were sent, that privacy law withholds from the rules, and for want of which the outcome is open
    /// under one of the rulebooks.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub withheld: BTreeSet<WithheldFact>,
}

/// Why the outcome of a case changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeReasons {
    /// The criteria whose findings differ.
    pub criteria: Vec<CriterionChange>,
    /// The numbers of the law that explain the change: those that alone lead from the old outcome to the new one; if
    /// there is none, those that alone change the old one; if there is none either, all that differ.
    pub numbers: Vec<NumberChange>,
}

fn is_one(weight: &Decimal) -> bool {
    *weight == Decimal::ONE
}

/// A fact that privacy law withholds from rules that need it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WithheldFact {
    /// The fact or the part, as the catalogue names it.
    pub fact: String,
    /// The law that withholds it, such as `CN/personal-information`.
    pub law: String,
}

/// A number of a rule that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// A criterion whose finding differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    pub old: Cow<'static, str>,
    /// The finding under the new rulebook.
    pub new: Cow<'static, str>,
}

/// Why a case isn't compared.
#[derive(Debug, thiserror::Error)]
pub enum CaseDiffError {
    /// One of the rulebooks, `old` or `new`, can't decide it.
    #[error("under the {rulebook} rulebook: {reason}")]
    Undecided {
        /// Which one.
        rulebook: &'static str,
        /// Why.
        reason: TestError,
    },
    /// Its weight can't be counted.
    #[error(transparent)]
    Weight(#[from] WeightError),
}

/// Decides one case under both rulebooks and compares.
///
/// # Errors
/// [`CaseDiffError`] if one of the rulebooks can't decide the case, or its weight can't be counted.
pub fn diff_case(
    [old, new]: [&Engine; 2],
    test: &DecisionTest,
    comparison: &Comparison,
) -> Result<CaseDiff, CaseDiffError> {
    let weight = comparison.weight_of(test)?;
    let old_result = bind_and_decide(old, test, comparison.now);
    let (case, old_decision) = old_result.map_err(|reason| CaseDiffError::Undecided { rulebook: "old", reason })?;
    let new_result = bind_and_decide(new, test, comparison.now);
    let (_, new_decision) = new_result.map_err(|reason| CaseDiffError::Undecided { rulebook: "new", reason })?;
    let old_outcome = CaseOutcome::of(&old_decision);
    let new_outcome = CaseOutcome::of(&new_decision);
    let change = OutcomeChange::between(&old_outcome, &new_outcome, &new_decision.contract);
    let numbers = match change {
        OutcomeChange::Same => Vec::new(),
        _ => changed_numbers([old, new], &case, [&old_decision, &new_decision])?,
    };
    Ok(CaseDiff {
        name: test.name.clone(),
        jurisdiction: test.jurisdiction.clone(),
        service: test.service.clone(),
        change,
        reasons: ChangeReasons { criteria: criterion_changes(&old_decision, &new_decision), numbers },
        withheld: [&old_decision, &new_decision]
            .into_iter()
            .flat_map(|decision| withheld_facts(decision, &case))
            .collect(),
        by: comparison.by.iter().map(|by| (by.name().to_owned(), by.group_of(&case, test))).collect(),
        weight,
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
    let error = |rulebook| move |reason| CaseDiffError::Undecided { rulebook, reason: TestError::from(reason) };
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
#[must_use]
pub fn withheld_facts(decision: &Decision, case: &Case) -> Vec<WithheldFact> {
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
            changes.push(CriterionChange {
                jurisdiction,
                service,
                criterion,
                item,
                old: before.into(),
                new: after.into(),
            });
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
