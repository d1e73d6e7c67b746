//! Tests: a case or a request for facts, each with its author's expectation.

use std::collections::BTreeMap;

use ordinance_engine::untyped_value::UntypedValue;
use serde::Deserialize;

use crate::render::plain;

/// One entry of a case file.
#[derive(Debug, Clone)]
pub enum Test {
    /// A case that eligibility rules decide.
    Decision(DecisionTest),
    /// A request for facts that privacy rules rule on.
    Disclosure(DisclosureTest),
}

impl Test {
    /// The test's name, as its author wrote it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Decision(test) => &test.name,
            Self::Disclosure(test) => &test.name,
        }
    }

    /// The facts by name, each with the text of its value; empty for a request for facts.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, String)> {
        match self {
            Self::Decision(DecisionTest { facts: UntypedValue::Object(facts), .. }) => {
                facts.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
            }
            Self::Decision(_) | Self::Disclosure(_) => Vec::new(),
        }
    }

    /// The expected outcome, and the expected grant by field, each with the text of its value; `None` for a request for
    /// facts.
    #[must_use]
    pub fn expected(&self) -> Option<(&str, Vec<(String, String)>)> {
        let Self::Decision(DecisionTest { expect, .. }) = self else { return None };
        let grant = match &expect.grant {
            Some(UntypedValue::Object(fields)) => {
                fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
            }
            Some(_) | None => Vec::new(),
        };
        Some((&expect.outcome, grant))
    }

    /// The line of the file on which the test begins, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Self::Decision(test) => test.line,
            Self::Disclosure(test) => test.line,
        }
    }
}

/// A case and its expected decision.
#[derive(Debug, Clone)]
pub struct DecisionTest {
    /// The test's name, as its author wrote it.
    pub name: String,
    /// The line of the file on which the test begins, from 1.
    pub line: usize,
    /// The code of the place whose law decides.
    pub jurisdiction: String,
    /// The service's id.
    pub service: String,
    /// The day for which the case is decided (valid time), as YYYY-MM-DD.
    pub as_of: String,
    /// The day whose published law counts (transaction time), as YYYY-MM-DD. `None` for the law as it is published now.
    pub known_at: Option<String>,
    /// The facts of the case, an object.
    pub facts: UntypedValue,
    /// The expected decision.
    pub expect: DecisionExpectation,
    /// The largest difference allowed in a number of the grant, as a decimal. `None` means 0.
    pub tolerance: Option<UntypedValue>,
    /// The recipient, the legal basis, the data subject and the day of processing.
    pub processing: ProcessingInput,
    /// What else is told of the person, by which people are grouped and weighed: the texts of columns by their names.
    pub columns: Box<BTreeMap<String, String>>,
}

/// The processing context of a case. Defaults: the service's legal basis, a portal that acts for the person as
/// recipient, an unknown data subject, and the present day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessingInput {
    /// The recipient of the decision, an object.
    pub recipient: Option<UntypedValue>,
    /// The legal basis, a name or an object.
    pub basis: Option<UntypedValue>,
    /// The data subject, an object.
    pub subject: Option<UntypedValue>,
    /// What is known of other people, a list of objects.
    pub people: Option<UntypedValue>,
    /// The day on which the facts are processed, as YYYY-MM-DD.
    pub processed_on: Option<String>,
}

/// The text of a case file for a grant field that no level sets, or an intermediate value that isn't known; in JSON it
/// is `null`.
pub(crate) const UNSET: &str = "unset";

/// The expected decision. A member that is missing isn't compared.
#[derive(Debug, Clone, Default)]
pub struct DecisionExpectation {
    /// `eligible`, `ineligible` or `undetermined`.
    pub outcome: String,
    /// The final grant, field by field; a field that no level sets is written `unset`.
    pub grant: Option<UntypedValue>,
    /// Of an outcome that is eligible while the grant isn't final: what no lower level can take away, field by field;
    /// a field without a least value is written `unset`. `None` expects a final grant.
    pub at_least: Option<UntypedValue>,
    /// All facts that the decision reports as missing, in any order.
    pub missing: Option<Vec<String>>,
    /// Findings by criterion, in any layer.
    pub findings: Option<BTreeMap<String, bool>>,
    /// Intermediate values by name, in the lowest layer that tells them; one that isn't known is written `unset`.
    pub intermediates: Option<Box<UntypedValue>>,
    /// Every violation, as `CODE outcome` or `CODE grant FIELD`. `None` expects no violation.
    pub violations: Option<Vec<String>>,
    /// All facts that privacy law withholds from the rules, in any order.
    pub withheld: Option<Vec<String>>,
}

/// A request for facts and its expected rulings.
#[derive(Debug, Clone)]
pub struct DisclosureTest {
    /// The test's name, as its author wrote it.
    pub name: String,
    /// The line of the file on which the test begins, from 1.
    pub line: usize,
    /// The code of the place whose law rules.
    pub jurisdiction: String,
    /// The day of processing, as YYYY-MM-DD. `None` for the present day.
    pub on: Option<String>,
    /// The activity: `decide`, `explain` or `disclose`.
    pub activity: String,
    /// The recipient, an object.
    pub recipient: UntypedValue,
    /// The purpose, a term of the Data Privacy Vocabulary.
    pub purpose: UntypedValue,
    /// The legal basis, a name or an object.
    pub basis: UntypedValue,
    /// Who of a case the data subject is: `applicant` or `other`. `None` for the applicant.
    pub party: Option<String>,
    /// The data subject, an object.
    pub subject: Option<UntypedValue>,
    /// The names of the requested facts, a list.
    pub facts: UntypedValue,
    /// The expected rulings.
    pub expect: RulingsExpectation,
}

/// The expected rulings. A member that is missing isn't compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulingsExpectation {
    /// The verdict by fact: `permit`, `withhold`, or a mask such as `mask year-only`.
    pub rulings: BTreeMap<String, String>,
    /// By fact, the criterion of a deciding rule, or a reason such as `no-ruling`.
    #[serde(default)]
    pub criteria: BTreeMap<String, String>,
    /// By fact, all obligations, in any order.
    #[serde(default)]
    pub obligations: BTreeMap<String, Vec<String>>,
}
