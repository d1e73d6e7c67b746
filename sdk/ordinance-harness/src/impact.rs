//! What another rulebook would change for people: who gains, who loses, by how much, and which criteria make the difference.

use std::collections::BTreeMap;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::{Engine, NoObserver, Rulebook, decide};
use serde::Serialize;

use crate::case_file::TestCase;
use crate::compare::read_case;
use crate::difference::in_word;

/// How a case comes out under the other rulebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
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

impl Change {
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
pub struct Compared {
    /// Its name.
    pub name: String,
    /// The place.
    pub jurisdiction: String,
    /// How it changes.
    pub change: Change,
    /// What it came to.
    pub old: Side,
    /// What it comes to.
    pub new: Side,
    /// The values of the facts that it is grouped by.
    pub by: BTreeMap<String, String>,
    /// The criteria whose finding changes.
    pub criteria: Vec<CriterionChange>,
}

/// What a case comes to under one rulebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The outcome.
    pub outcome: &'static str,
    /// What is granted, as it is written; numbers alone count in totals.
    pub grant: BTreeMap<String, String>,
    #[serde(skip)]
    amounts: BTreeMap<String, Decimal>,
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
pub fn compare(old: &Engine, new: &Engine, case: &TestCase, by: &[FieldName], today: Date) -> Result<Compared, String> {
    let decided = |engine: &Engine, which: &str| {
        let read = read_case(engine.rulebook(), case, today);
        let said = |why: String| format!("under the {which} rulebook: {why}");
        let read = read.map_err(said)?;
        Ok::<_, String>((decide(engine, &read, &mut NoObserver).map_err(|error| said(error.to_string()))?, read))
    };
    let ((before, read), (after, _)) = (decided(old, "old")?, decided(new, "new")?);
    let group = |name: &FieldName| {
        let value = field(&read.facts.0, name).map_or_else(|| "not known".to_owned(), Value::to_plain);
        (name.to_string(), value)
    };
    let side =
        |decision: &Decision, engine: &Engine| Side::of(decision, engine.rulebook().contract(&decision.query.service));
    let (from, to) = (side(&before, old), side(&after, new));
    Ok(Compared {
        name: case.name.clone(),
        jurisdiction: case.jurisdiction.clone(),
        change: change(&from, &to),
        criteria: changed_criteria(&before, &after),
        by: by.iter().map(group).collect(),
        old: from,
        new: to,
    })
}

impl Side {
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

fn change(old: &Side, new: &Side) -> Change {
    match (old.outcome, new.outcome) {
        ("undetermined", "undetermined") => Change::Same,
        ("undetermined", _) => Change::BecomesDetermined,
        (_, "undetermined") => Change::BecomesUndetermined,
        ("ineligible", "eligible") => Change::Gains,
        ("eligible", "ineligible") => Change::Loses,
        (_, _) if old.grant == new.grant => Change::Same,
        (_, _) => {
            let amount = |side: &Side, name: &String| side.amounts.get(name).copied().unwrap_or_default();
            let names: Vec<&String> = old.amounts.keys().chain(new.amounts.keys()).collect();
            let is_more = names.iter().any(|name| amount(new, name) > amount(old, name));
            let is_less = names.iter().any(|name| amount(new, name) < amount(old, name));
            match (is_more, is_less) {
                (true, false) => Change::Gains,
                (false, true) => Change::Loses,
                (true, true) | (false, false) => Change::Otherwise,
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

/// What changes for many people.
#[derive(Debug, Default, Serialize)]
pub struct Impact {
    /// All of them.
    pub all: Group,
    /// By place.
    pub by_jurisdiction: BTreeMap<String, Group>,
    /// By each fact that was asked for, and its value.
    pub by_fact: BTreeMap<String, BTreeMap<String, Group>>,
    /// How often each finding changes.
    #[serde(serialize_with = "by_frequency")]
    criteria: BTreeMap<CriterionChange, u64>,
    /// How many cases can't be put to one of the rulebooks.
    pub unusable: u64,
}

fn by_frequency<S: serde::Serializer>(
    criteria: &BTreeMap<CriterionChange, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    most_frequent_first(criteria).serialize(serializer)
}

fn most_frequent_first(criteria: &BTreeMap<CriterionChange, u64>) -> Vec<(&CriterionChange, u64)> {
    let mut criteria: Vec<(&CriterionChange, u64)> = criteria.iter().map(|(change, count)| (change, *count)).collect();
    criteria.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    criteria
}

/// People and what changes for them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Group {
    /// How many there are of each change.
    pub people: BTreeMap<&'static str, u64>,
    /// The sum of each number that is granted.
    pub totals: BTreeMap<String, Total>,
}

/// The sum of a number that is granted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Under the old rulebook.
    #[serde(serialize_with = "as_text")]
    pub old: Decimal,
    /// Under the new one.
    #[serde(serialize_with = "as_text")]
    pub new: Decimal,
}

fn as_text<S: serde::Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// The most groups of one kind; people of further ones are counted together.
const GROUPS_MAX: usize = 500;
const OTHERS: &str = "(others)";

impl Impact {
    /// Adds a case.
    pub fn add(&mut self, compared: &Compared) {
        self.all.add(compared);
        group(&mut self.by_jurisdiction, &compared.jurisdiction).add(compared);
        for (fact, value) in &compared.by {
            group(self.by_fact.entry(fact.clone()).or_default(), value).add(compared);
        }
        if compared.change != Change::Same {
            for criterion in &compared.criteria {
                *self.criteria.entry(criterion.clone()).or_default() += 1;
            }
        }
    }

    /// The criteria whose findings change, and how often; the most frequent first.
    #[must_use]
    pub fn criteria(&self) -> Vec<(&CriterionChange, u64)> {
        most_frequent_first(&self.criteria)
    }

    /// How many people come out otherwise.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.all.size() - self.all.count(Change::Same)
    }
}

/// The groups of a fact, numbers by their size and before words.
#[must_use]
pub fn in_size(groups: &BTreeMap<String, Group>) -> Vec<(&String, &Group)> {
    let mut sorted: Vec<(&String, &Group)> = groups.iter().collect();
    sorted.sort_by_cached_key(|(name, _)| {
        let number = name.parse::<Decimal>().ok();
        (number.is_none(), number, (*name).clone())
    });
    sorted
}

fn group<'g>(groups: &'g mut BTreeMap<String, Group>, name: &str) -> &'g mut Group {
    let is_full = groups.len() >= GROUPS_MAX && !groups.contains_key(name);
    groups.entry(if is_full { OTHERS } else { name }.to_owned()).or_default()
}

impl Group {
    fn add(&mut self, compared: &Compared) {
        *self.people.entry(compared.change.as_str()).or_default() += 1;
        for (sides, is_new) in [(&compared.old, false), (&compared.new, true)] {
            for (name, amount) in &sides.amounts {
                let total = self.totals.entry(name.clone()).or_default();
                *(if is_new { &mut total.new } else { &mut total.old }) += amount;
            }
        }
    }

    /// How many people there are of a change.
    #[must_use]
    pub fn count(&self, change: Change) -> u64 {
        self.people.get(change.as_str()).copied().unwrap_or_default()
    }

    /// How many people there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.people.values().sum()
    }
}

/// The title and the article of a criterion in a rulebook, if a rule of the place has it.
#[must_use]
pub fn article_of(rulebook: &Rulebook, change: &CriterionChange) -> Option<(String, Provision)> {
    let rules = rulebook.rules().filter(|rule| rule.head.jurisdiction.as_str() == change.jurisdiction);
    let mut criteria = rules.flat_map(|rule| &rule.head.criteria);
    let criterion = criteria.find(|criterion| criterion.id.as_str() == change.criterion)?;
    Some((criterion.title().to_owned(), criterion.provision.clone()))
}
