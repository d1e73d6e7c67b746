//! A run of cases, and what was found against rules.

use std::fmt;

use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;

use crate::coverage::Coverage;
use crate::test_result::TestResult;

/// A run of cases.
#[derive(Debug, Default)]
pub struct TestReport {
    /// The command that gives it again.
    pub command: String,
    /// The day on which it was run, as YYYY-MM-DD.
    pub day: String,
    /// The digest of the rulebook.
    pub rulebook: String,
    /// The cases in the order in which they were run.
    pub cases: Vec<TestRecord>,
    /// What they meet of the law, if that was asked for.
    pub coverage: Option<Coverage>,
}

/// A case and what came of it.
#[derive(Debug)]
pub struct TestRecord {
    /// The rule beside which it stands, or the file that holds it.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The file and the line on which it stands.
    pub at: CaseLocation,
    /// What is known in it, as it is written.
    pub facts: Vec<(String, String)>,
    /// What came of it.
    pub result: TestResult,
}

/// Something that was found against a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defect {
    /// The rule, as `CODE/SERVICE VERSION`.
    pub rule: String,
    /// What it is.
    pub what: String,
    /// Cases that show it, as a case file.
    pub case: Option<String>,
    /// The same to look at.
    pub shown: Vec<CaseView>,
}

/// A case and what is decided, to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    /// The day, as YYYY-MM-DD.
    pub as_of: String,
    /// The facts by name, as they are written.
    pub facts: Vec<(String, String)>,
    /// The outcome, with what is granted.
    pub outcome: String,
}

impl CaseView {
    /// Shows a case.
    #[must_use]
    pub fn of(facts: &Facts, decision: &Decision) -> Self {
        let plain = |record: &[(FieldName, Value)]| -> Vec<(String, String)> {
            record.iter().map(|(name, value)| (name.to_string(), value.to_plain())).collect()
        };
        let granted = match &decision.outcome {
            Outcome::Eligible(grant) => plain(&grant.0),
            Outcome::Ineligible | Outcome::Undetermined(_) => Vec::new(),
        };
        let outcome = granted
            .iter()
            .fold(decision.outcome.as_str().to_owned(), |text, (name, value)| format!("{text}, {name} {value}"));
        Self { as_of: decision.as_of.to_string(), facts: plain(&facts.0), outcome }
    }
}

/// A line of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseLocation {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for CaseLocation {
    /// `FILE:LINE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl TestReport {
    /// How many cases passed, and how many there were.
    #[must_use]
    pub fn passed(&self) -> (usize, usize) {
        passed(self.cases.iter())
    }

    /// The groups in the order in which they come first, each with its cases.
    pub(super) fn groups(&self) -> Vec<(&str, Vec<&TestRecord>)> {
        let mut groups: Vec<(&str, Vec<&TestRecord>)> = Vec::new();
        for case in &self.cases {
            match groups.iter_mut().rfind(|(group, _)| *group == case.group) {
                Some((_, cases)) => cases.push(case),
                None => groups.push((&case.group, vec![case])),
            }
        }
        groups
    }
}

pub(super) fn passed<'a>(cases: impl Iterator<Item = &'a TestRecord>) -> (usize, usize) {
    cases.fold((0, 0), |(passed, all), case| (passed + usize::from(case.result == TestResult::Passed), all + 1))
}
