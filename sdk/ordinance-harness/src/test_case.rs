//! A test: a case or a request for facts, and what is expected of the law.

use std::collections::BTreeMap;

use ordinance_engine::untyped_value::UntypedValue;
use serde::Deserialize;

use crate::render::plain;

/// A case and what is expected of it.
#[derive(Debug, Clone)]
pub struct DecisionTest {
    /// Its name.
    pub name: String,
    /// The line of its file on which it stands, from 1.
    pub line: usize,
    /// The place it is about.
    pub jurisdiction: String,
    /// The service.
    pub service: String,
    /// The day, as YYYY-MM-DD.
    pub as_of: String,
    /// The day whose knowledge counts, as YYYY-MM-DD; none for all that is known now.
    pub known_at: Option<String>,
    /// What is known.
    pub facts: UntypedValue,
    /// What is expected.
    pub expect: DecisionExpectation,
    /// The largest difference allowed in a number of the grant, as a decimal; none means none.
    pub tolerance: Option<UntypedValue>,
    /// For whom and on which basis it is decided, where that is said.
    pub claims: ProcessingContext,
}

/// For whom and on which basis a case is decided. What isn't said is as in the service's contract, for a portal that asks
/// for the person, today.
#[derive(Debug, Clone, Default)]
pub struct ProcessingContext {
    /// Who asks.
    pub recipient: Option<UntypedValue>,
    /// On which basis.
    pub basis: Option<UntypedValue>,
    /// What is known of the person.
    pub subject: Option<UntypedValue>,
    /// The day on which the facts are processed, as YYYY-MM-DD.
    pub processed_on: Option<String>,
}

/// One entry of a case file.
#[derive(Debug, Clone)]
pub enum Test {
    /// A case to decide.
    Decision(DecisionTest),
    /// A request for facts to rule on.
    Disclosure(DisclosureTest),
}

impl Test {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Decision(test) => &test.name,
            Self::Disclosure(test) => &test.name,
        }
    }

    /// What is known in it, as it is written; a request for facts knows none.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, String)> {
        match self {
            Self::Decision(DecisionTest { facts: UntypedValue::Object(facts), .. }) => {
                facts.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
            }
            Self::Decision(_) | Self::Disclosure(_) => Vec::new(),
        }
    }

    /// The line of its file on which it stands, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Self::Decision(test) => test.line,
            Self::Disclosure(test) => test.line,
        }
    }
}

/// What is expected of a decision. What isn't written isn't compared.
#[derive(Debug, Clone, Default)]
pub struct DecisionExpectation {
    /// `eligible`, `ineligible` or `undetermined`.
    pub outcome: String,
    /// The grant, field by field; a field that no level sets is written `unset`.
    pub grant: Option<UntypedValue>,
    /// The facts that are asked for, all of them, in any order.
    pub missing: Option<Vec<String>>,
    /// Findings by criterion, in any layer.
    pub findings: Option<BTreeMap<String, bool>>,
    /// Every violation, as `CODE outcome` or `CODE grant FIELD`; not written, none is expected.
    pub violations: Option<Vec<String>>,
    /// The facts that privacy law withholds from the rules, all of them, in any order.
    pub withheld: Option<Vec<String>>,
}

/// A request for facts and what is expected of the law.
#[derive(Debug, Clone)]
pub struct DisclosureTest {
    /// Its name.
    pub name: String,
    /// The line of its file on which it stands, from 1.
    pub line: usize,
    /// The place whose law rules.
    pub jurisdiction: String,
    /// The day of processing, as YYYY-MM-DD; none for today.
    pub on: Option<String>,
    /// What is to be done with the facts: `decide`, `explain` or `disclose`.
    pub activity: String,
    /// Who asks.
    pub recipient: UntypedValue,
    /// What for.
    pub purpose: UntypedValue,
    /// On which basis.
    pub basis: UntypedValue,
    /// What is known of the person.
    pub subject: Option<UntypedValue>,
    /// Which facts.
    pub facts: UntypedValue,
    /// What is expected.
    pub expect: RulingsExpectation,
}

/// What is expected of the rulings. What isn't written isn't compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulingsExpectation {
    /// By fact: `permit`, `withhold`, or a mask such as `mask year-only`.
    pub rulings: BTreeMap<String, String>,
    /// By fact: a criterion that decided it, or a word such as `no-ruling`.
    #[serde(default)]
    pub criteria: BTreeMap<String, String>,
    /// By fact: all obligations, in any order.
    #[serde(default)]
    pub obligations: BTreeMap<String, Vec<String>>,
}
