//! What another rulebook would change for people: who gains, who loses, by how much, and which criteria make the difference.

use std::collections::BTreeMap;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::{Rulebook, decide};
use serde::Serialize;

use crate::case_binding::bind_case;
use crate::test_case::DecisionTest;
use crate::test_result::in_word;

/// How a case comes out under the other rulebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeChange {
    /// Eligible where it wasn't, or granted more.
    Gains,
    /// No longer eligible, or granted less.
    Loses,
    /// Granted more of one thing and less of another, or something that can't be measured.
    Otherwise,
    /// It can no longer be said.
    BecomesUndetermined,
    /// It could not be said before.
    BecomesDetermined,
    /// As before.
    Same,
}

impl OutcomeChange {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Gains, Self::Loses, Self::Otherwise, Self::BecomesUndetermined, Self::BecomesDetermined, Self::Same];

    /// In words.
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

/// One case under both rulebooks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseDiff {
    /// Its name.
    pub name: String,
    /// The place.
    pub jurisdiction: String,
    /// How it changes.
    pub change: OutcomeChange,
    /// What it came to.
    pub old: CaseOutcome,
    /// What it comes to.
    pub new: CaseOutcome,
    /// The values of the facts that it is grouped by.
    pub by: BTreeMap<String, String>,
    /// The criteria whose finding changes.
    pub criteria: Vec<CriterionChange>,
}

/// What a case comes to under one rulebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseOutcome {
    /// The outcome.
    pub outcome: &'static str,
    /// What is granted, as it is written; numbers alone count in totals.
    pub grant: BTreeMap<String, String>,
    #[serde(skip)]
    pub(crate) amounts: BTreeMap<String, Decimal>,
}

/// A criterion whose finding changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CriterionChange {
    /// Whose rule.
    pub jurisdiction: String,
    /// The criterion.
    pub criterion: String,
    /// What was found, in a word.
    pub old: &'static str,
    /// What is found.
    pub new: &'static str,
}

/// Decides one case under both rulebooks. `by` names facts to group by.
///
/// # Errors
/// Why the case can't be put to one of them.
pub fn compare(
    old: &Rulebook,
    new: &Rulebook,
    case: &DecisionTest,
    by: &[FieldName],
    today: Date,
) -> Result<CaseDiff, String> {
    let decided = |rulebook: &Rulebook, which: &str| {
        let read = bind_case(rulebook, case, today);
        let said = |why: String| format!("under the {which} rulebook: {why}");
        let read = read.map_err(said)?;
        Ok::<_, String>((decide(rulebook, &read).map_err(|error| said(error.to_string()))?, read))
    };
    let ((before, read), (after, _)) = (decided(old, "old")?, decided(new, "new")?);
    let group = |name: &FieldName| {
        let value = field(&read.facts.0, name).map_or_else(|| "not known".to_owned(), Value::to_plain);
        (name.to_string(), value)
    };
    let side =
        |decision: &Decision, rulebook: &Rulebook| CaseOutcome::of(decision, rulebook.contract(&decision.service));
    let (from, to) = (side(&before, old), side(&after, new));
    Ok(CaseDiff {
        name: case.name.clone(),
        jurisdiction: case.jurisdiction.clone(),
        change: change(&from, &to),
        criteria: changed_criteria(&before, &after),
        by: by.iter().map(group).collect(),
        old: from,
        new: to,
    })
}

impl CaseOutcome {
    fn of(decision: &Decision, contract: Option<&Contract>) -> Self {
        let mut side = Self { outcome: decision.outcome.as_str(), grant: BTreeMap::new(), amounts: BTreeMap::new() };
        if let Outcome::Eligible(grant) = &decision.outcome {
            for (name, value) in &grant.0 {
                let amount = match value {
                    Value::Decimal(number) => Some(in_full(*number, contract, name)),
                    Value::Integer(number) => Some((*number).into()),
                    _ => None,
                };
                let plain = amount.map_or_else(|| value.to_plain(), |amount| amount.to_string());
                side.grant.insert(name.to_string(), plain);
                side.amounts.extend(amount.map(|amount| (name.to_string(), amount)));
            }
        }
        side
    }
}

/// A number with the digits of its field.
fn in_full(mut number: Decimal, contract: Option<&Contract>, name: &FieldName) -> Decimal {
    if let Some(FactType::Decimal { scale, .. }) =
        contract.and_then(|contract| contract.grant_field(name)).map(|field| &field.fact_type)
    {
        number.rescale(*scale);
    }
    number
}

fn change(old: &CaseOutcome, new: &CaseOutcome) -> OutcomeChange {
    match (old.outcome, new.outcome) {
        ("undetermined", "undetermined") => OutcomeChange::Same,
        ("undetermined", _) => OutcomeChange::BecomesDetermined,
        (_, "undetermined") => OutcomeChange::BecomesUndetermined,
        ("ineligible", "eligible") => OutcomeChange::Gains,
        ("eligible", "ineligible") => OutcomeChange::Loses,
        (_, _) if old.grant == new.grant => OutcomeChange::Same,
        (_, _) => {
            let amount = |side: &CaseOutcome, name: &String| side.amounts.get(name).copied().unwrap_or_default();
            let names: Vec<&String> = old.amounts.keys().chain(new.amounts.keys()).collect();
            let is_more = names.iter().any(|name| amount(new, name) > amount(old, name));
            let is_less = names.iter().any(|name| amount(new, name) < amount(old, name));
            match (is_more, is_less) {
                (true, false) => OutcomeChange::Gains,
                (false, true) => OutcomeChange::Loses,
                (true, true) | (false, false) => OutcomeChange::Otherwise,
            }
        }
    }
}

fn changed_criteria(old: &Decision, new: &Decision) -> Vec<CriterionChange> {
    let (before, after) = (findings_of(old), findings_of(new));
    let names: std::collections::BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
    let word = |findings: &BTreeMap<(String, String), &'static str>, name: &(String, String)| {
        findings.get(name).copied().unwrap_or("no finding")
    };
    let changed = names.into_iter().filter(|name| word(&before, name) != word(&after, name));
    changed
        .map(|name| CriterionChange {
            jurisdiction: name.0.clone(),
            criterion: name.1.clone(),
            old: word(&before, name),
            new: word(&after, name),
        })
        .collect()
}

fn findings_of(decision: &Decision) -> BTreeMap<(String, String), &'static str> {
    let mut findings = BTreeMap::new();
    for layer in &decision.layers {
        let Some(answer) = layer.status.answer() else { continue };
        for finding in &answer.findings {
            let name = (layer.jurisdiction.to_string(), finding.criterion.to_string());
            findings.insert(name, in_word(finding.satisfied));
        }
    }
    findings
}

/// The title and the article of a criterion in a rulebook, if a rule of the place has it.
#[must_use]
pub fn criterion_article(rulebook: &Rulebook, change: &CriterionChange) -> Option<(String, Provision)> {
    let rules = rulebook.rules().filter(|rule| rule.head.jurisdiction.as_str() == change.jurisdiction);
    let mut criteria = rules.flat_map(|rule| &rule.head.criteria);
    let criterion = criteria.find(|criterion| criterion.id.as_str() == change.criterion)?;
    Some((criterion.title().to_owned(), criterion.provision.clone()))
}
