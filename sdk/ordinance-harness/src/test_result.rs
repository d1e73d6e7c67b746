//! What differs between what a case expects and what was decided, and the findings that led there with their articles.

use ordinance_domain::decision::Decision;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{RulingReason, Rulings};
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestResult {
    /// It came out as was expected.
    Passed,
    /// It didn't.
    Failed(TestFailure),
    /// The case can't be put to the rulebook; why.
    Unusable(String),
}

/// How a case came out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFailure {
    /// What differs, at least one thing.
    pub differences: Vec<Difference>,
    /// What led there.
    pub reasons: Vec<Reason>,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What, such as `outcome` or `` grant `amount` ``.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What came out.
    pub decided: String,
}

/// A finding or a ruling, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Whose rule.
    pub jurisdiction: String,
    /// The criterion's id.
    pub criterion: String,
    /// `satisfied`, `not satisfied`, `unknown`, or the reason of a ruling.
    pub word: &'static str,
    /// The criterion's title, in English or whichever language comes first.
    pub title: Option<String>,
    /// Where it is written.
    pub provision: Option<Provision>,
}

impl Reason {
    fn of(jurisdiction: &JurisdictionCode, rule: &RuleHead, id: &Id, word: &'static str) -> Self {
        let criterion = rule.criterion(id);
        Self {
            jurisdiction: jurisdiction.to_string(),
            criterion: id.to_string(),
            word,
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
        write!(f, "{} {}: {}", self.jurisdiction, self.word, self.title.as_deref().unwrap_or(&self.criterion))?;
        match &self.provision {
            Some(provision) => write!(f, " ({provision})"),
            None => Ok(()),
        }
    }
}

/// The findings of every layer, in order.
pub(crate) fn reasons_of(decision: &Decision) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for layer in &decision.layers {
        let Some((rule, answer)) = layer.rule.as_ref().zip(layer.status.answer()) else { continue };
        for finding in &answer.findings {
            reasons.push(Reason::of(&layer.jurisdiction, rule, &finding.criterion, in_word(finding.satisfied)));
        }
    }
    reasons
}

/// Why the facts are ruled on as they are, each reason once.
pub(crate) fn reasons_of_rulings(rulings: &Rulings) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for because in rulings.facts.iter().flat_map(|ruled| &ruled.because) {
        let RulingReason::Ruled { layer, criterion } = because else { continue };
        let Some(layer) = rulings.layers.get(*layer) else { continue };
        let reason = Reason::of(&layer.jurisdiction, &layer.rule, criterion, because.as_str());
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

/// A finding in a word.
#[must_use]
pub fn in_word(satisfied: Option<bool>) -> &'static str {
    match satisfied {
        Some(true) => "satisfied",
        Some(false) => "not satisfied",
        None => "unknown",
    }
}
