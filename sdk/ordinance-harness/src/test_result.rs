//! The result of a test: the differences between expectation and decision, and the findings with their articles.

use ordinance_domain::answer::Answer;
use ordinance_domain::decision::{Decision, Layer, LayerStatus};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::IntermediateValue;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{RuledFact, RulingReason, Rulings};
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_domain::value::field;
use ordinance_engine::Rulebook;

use crate::render::value_toml;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestResult {
    /// The decision equals the expectation.
    Passed,
    /// The decision differs from the expectation.
    Failed(TestFailure),
    /// The test can't be run against the rulebook; the reason.
    Unusable(String),
}

/// The differences of a failed test, and the reasons of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFailure {
    /// At least one difference.
    pub differences: Vec<Difference>,
    /// The findings or rulings behind the decision.
    pub reasons: Vec<Reason>,
    /// The intermediate values that the rules tell.
    pub intermediates: Vec<ToldValue>,
    /// The facts that privacy law withholds from the rules.
    pub withheld: Vec<Withholding>,
    /// The rules of the chain that are in force on other days than that of the case, as sentences.
    pub not_in_force: Vec<String>,
    /// The rules that failed, each with the expression that did, as sentences; empty where nobody knows the sources.
    pub failed_rules: Vec<String>,
}

impl TestFailure {
    /// The lines that explain the decision: the rules that failed, those that aren't in force, the facts that the rules
    /// don't get, the findings, the intermediate values.
    pub fn explanation(&self) -> impl Iterator<Item = String> {
        let withheld = self.withheld.iter().map(ToString::to_string);
        let reasons = self.reasons.iter().map(ToString::to_string);
        let told = self.intermediates.iter().map(|told| format!("{} tells {told}", told.jurisdiction));
        self.failed_rules.iter().chain(&self.not_in_force).cloned().chain(withheld).chain(reasons).chain(told)
    }
}

/// An intermediate value that a rule told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldValue {
    /// The code of the rule's place.
    pub jurisdiction: String,
    /// Its name in the rule's manifest.
    pub name: String,
    /// Its titles for people.
    pub titles: Titles,
    /// As it is written in a case file, with its unit; `None` if the rule doesn't know it.
    pub value: Option<String>,
    /// What is said in its place, if the rule knows it and can't tell it.
    pub instead: Option<&'static str>,
}

impl ToldValue {
    /// The intermediate values that a rule declares, with those of an answer.
    #[must_use]
    pub fn of(rule: &RuleHead, answer: &Answer) -> Vec<Self> {
        let told = |declared: &IntermediateValue| {
            let unit = declared.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
            let value = field(&answer.intermediates, &declared.name);
            Self {
                jurisdiction: rule.jurisdiction.to_string(),
                name: declared.name.to_string(),
                titles: declared.titles.clone(),
                value: value.map(|value| format!("{}{unit}", value_toml(value))),
                instead: None,
            }
        };
        rule.intermediates.iter().map(told).collect()
    }

    /// Its title in English, else in the first language that it has, else its name.
    #[must_use]
    pub fn title(&self) -> &str {
        self.titles.best(&[]).unwrap_or(&self.name)
    }
}

impl std::fmt::Display for ToldValue {
    /// `TITLE = VALUE UNIT`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {}", self.title(), self.value.as_deref().or(self.instead).unwrap_or("not known"))
    }
}

/// That privacy law withholds a fact that was sent from the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withholding {
    pub fact: String,
    /// The ruling that withholds it; empty where no privacy rule permits it.
    pub reasons: Vec<Reason>,
}

impl std::fmt::Display for Withholding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "privacy law withholds `{}`", self.fact)?;
        match self.reasons.first() {
            Some(reason) => write!(f, ": {reason}"),
            None => write!(f, ": no privacy rule in force permits it"),
        }
    }
}

/// The part of a decision or of a ruling that a test expects otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferingPart {
    /// The outcome.
    Outcome,
    /// The field of the grant of this name.
    Grant(String),
    /// The facts that are missing.
    Missing,
    /// The finding on the criterion of this id.
    Finding(String),
    /// The intermediate value of this name.
    Intermediate(String),
    /// The facts that privacy law withholds.
    Withheld,
    /// The violations of upper law.
    Violations,
    /// The ruling on the fact of this name.
    Ruling(String),
    /// The criterion that decided on the fact of this name.
    RulingCriterion(String),
    /// The obligations that come with the fact of this name.
    Obligations(String),
}

impl std::fmt::Display for DifferingPart {
    /// Such as `outcome` or `` grant `amount` ``.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outcome => f.write_str("outcome"),
            Self::Grant(field) => write!(f, "grant `{field}`"),
            Self::Missing => f.write_str("missing"),
            Self::Finding(criterion) => write!(f, "finding `{criterion}`"),
            Self::Intermediate(value) => write!(f, "intermediate value `{value}`"),
            Self::Withheld => f.write_str("withheld"),
            Self::Violations => f.write_str("violations of upper law"),
            Self::Ruling(fact) => write!(f, "`{fact}`"),
            Self::RulingCriterion(fact) => write!(f, "criterion for `{fact}`"),
            Self::Obligations(fact) => write!(f, "obligations of `{fact}`"),
        }
    }
}

/// One difference between the expectation and the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part that differs.
    pub part: DifferingPart,
    /// The expected value, as text.
    pub expected: String,
    /// The decided value, as text.
    pub decided: String,
}

/// A finding or the reason of a ruling, with its provision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The code of the rule's place.
    pub jurisdiction: String,
    /// The criterion's id.
    pub criterion: String,
    /// The item of a list that the finding is on, such as `members[1]`.
    pub item: Option<String>,
    /// `satisfied`, `not satisfied`, `unknown`, or the reason of a ruling.
    pub status: &'static str,
    /// The criterion's titles for people; none if the rule doesn't declare the criterion.
    pub titles: Titles,
    /// The provision of the criterion, if the rule declares the criterion.
    pub provision: Option<Provision>,
}

impl Reason {
    fn of(jurisdiction: &JurisdictionCode, rule: &RuleHead, id: &Id, status: &'static str) -> Self {
        let criterion = rule.criterion(id);
        Self {
            jurisdiction: jurisdiction.to_string(),
            criterion: id.to_string(),
            item: None,
            status,
            titles: criterion.map(|criterion| criterion.titles.clone()).unwrap_or_default(),
            provision: criterion.map(|criterion| criterion.provision.clone()),
        }
    }

    /// The criterion's title in English, or else in the first language that it has.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.titles.best(&[])
    }
}

impl Difference {
    pub(crate) fn new(part: DifferingPart, expected: impl Into<String>, decided: impl Into<String>) -> Self {
        Self { part, expected: expected.into(), decided: decided.into() }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, decided {}", self.part, self.expected, self.decided)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.jurisdiction, self.status, self.title().unwrap_or(&self.criterion))?;
        if let Some(item) = &self.item {
            write!(f, ", {item}")?;
        }
        match &self.provision {
            Some(provision) => write!(f, " ({provision})"),
            None => Ok(()),
        }
    }
}

/// The rules of the levels that have none in force on the day of a decision, with the days on which they are.
#[must_use]
pub fn rules_not_in_force(rulebook: &Rulebook, decision: &Decision) -> Vec<String> {
    let (service, day) = (&decision.query.service, decision.query.as_of);
    let is_silent = |layer: &&Layer| matches!(layer.status, LayerStatus::Silent { .. });
    let silent = decision.layers.iter().filter(is_silent);
    let mut told = Vec::new();
    for layer in silent {
        let is_its = |head: &RuleHead| head.jurisdiction == layer.jurisdiction && head.scope.service() == Some(service);
        for rule in rulebook.rules().filter(|rule| is_its(&rule.head)) {
            let (head, days) = (&rule.head, &rule.head.in_force);
            let but = if days.contains(day) { "but was not known then".to_owned() } else { format!("not on {day}") };
            told.push(format!("{} is in force {days}, {but}", head.place_and_version()));
        }
    }
    told
}

/// The findings of every layer, from the top.
pub(crate) fn decision_reasons(decision: &Decision) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for layer in &decision.layers {
        let Some((rule, answer)) = layer.rule.as_ref().zip(layer.status.answer()) else { continue };
        for finding in &answer.findings {
            let item = rule.criterion(&finding.criterion).and_then(|criterion| criterion.item_of(finding));
            reasons.push(Reason {
                item: item.map(|item| item.to_string()),
                ..Reason::of(&layer.jurisdiction, rule, &finding.criterion, finding_status(finding.satisfied))
            });
        }
    }
    reasons
}

/// The intermediate values of every layer, from the top.
pub(crate) fn decision_intermediates(decision: &Decision) -> Vec<ToldValue> {
    let answered = decision.layers.iter().filter_map(|layer| layer.rule.as_ref().zip(layer.status.answer()));
    answered.flat_map(|(rule, answer)| ToldValue::of(rule, answer)).collect()
}

/// The facts that privacy law withholds from the rules of a decision, with the rulings that do.
#[must_use]
pub fn withholdings(decision: &Decision) -> Vec<Withholding> {
    let rulings = decision.rulings.for_rules();
    let withheld = |ruled: &RuledFact| {
        let reasons = ruled.reasons.iter().filter_map(|reason| ruling_reason(reason, rulings)).collect();
        Withholding { fact: ruled.fact.to_string(), reasons }
    };
    rulings.withheld().map(withheld).collect()
}

/// The criteria that rulings name, each once.
pub(crate) fn ruling_reasons(rulings: &Rulings) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for reason in rulings.facts().iter().flat_map(|ruled| &ruled.reasons) {
        reasons.extend(ruling_reason(reason, rulings).filter(|reason| !reasons.contains(reason)));
    }
    reasons
}

fn ruling_reason(reason: &RulingReason, rulings: &Rulings) -> Option<Reason> {
    let RulingReason::Ruled { layer, criterion } = reason else { return None };
    let layer = rulings.layers().get(*layer)?;
    Some(Reason::of(&layer.jurisdiction, &layer.rule, criterion, reason.as_str()))
}

/// `satisfied`, `not satisfied` or `unknown`.
#[must_use]
pub fn finding_status(satisfied: Option<bool>) -> &'static str {
    match satisfied {
        Some(true) => "satisfied",
        Some(false) => "not satisfied",
        None => "unknown",
    }
}
