//! The result of a test: the differences between expectation and decision, and the findings with their articles.

use ordinance_domain::decision::Decision;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{RulingReason, Rulings};
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;

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
}

/// One difference between the expectation and the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part that differs, such as `outcome` or `` grant `amount` ``.
    pub what: String,
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
    /// The criterion's title, in English or else in the first language that it has.
    pub title: Option<String>,
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
            title: criterion.and_then(|criterion| criterion.titles.best(&[])).map(str::to_owned),
            provision: criterion.map(|criterion| criterion.provision.clone()),
        }
    }
}

impl Difference {
    pub(crate) fn new(what: impl Into<String>, expected: impl Into<String>, decided: impl Into<String>) -> Self {
        Self { what: what.into(), expected: expected.into(), decided: decided.into() }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, decided {}", self.what, self.expected, self.decided)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.jurisdiction, self.status, self.title.as_deref().unwrap_or(&self.criterion))?;
        if let Some(item) = &self.item {
            write!(f, ", {item}")?;
        }
        match &self.provision {
            Some(provision) => write!(f, " ({provision})"),
            None => Ok(()),
        }
    }
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

/// The criteria that rulings name, each once.
pub(crate) fn ruling_reasons(rulings: &Rulings) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for reason in rulings.facts().iter().flat_map(|ruled| &ruled.reasons) {
        let RulingReason::Ruled { layer, criterion } = reason else { continue };
        let Some(layer) = rulings.layers().get(*layer) else { continue };
        let reason = Reason::of(&layer.jurisdiction, &layer.rule, criterion, reason.as_str());
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
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
