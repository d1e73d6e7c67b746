//! The data of reports: a run of tests, and the defects of rules.

use std::fmt;

use ordinance_domain::decision::{Evaluation, Outcome};
use ordinance_domain::facts::Facts;

use crate::coverage::Coverage;
use crate::share::Share;
use crate::test_result::TestResult;

/// A run of tests.
#[derive(Debug, Default)]
pub struct TestReport {
    /// The command that runs the tests again.
    pub command: String,
    /// The day of the run, as YYYY-MM-DD.
    pub day: String,
    /// The digest of the rulebook.
    pub rulebook: String,
    /// The tests in the order in which they were run.
    pub cases: Vec<TestRecord>,
    /// The coverage of the law by the tests, if it was measured.
    pub coverage: Option<Coverage>,
}

/// A test and its result.
#[derive(Debug)]
pub struct TestRecord {
    /// The folder of the test's rule, or the file that contains the test.
    pub group: String,
    /// The test's name.
    pub name: String,
    /// The file and the line of the test.
    pub location: CaseLocation,
    /// The facts by name, each with the text of its value.
    pub facts: Vec<(String, String)>,
    /// Whether the test passed, and the reasons if it didn't.
    pub result: TestResult,
}

/// A defect of a rule, or a file of a rule that can't be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defect {
    /// The rule, as `CODE/SERVICE VERSION`.
    pub rule: String,
    /// The description of the defect.
    pub what: String,
    /// The text of a case file that reproduces the defect. `None` if no case does.
    pub case_file: Option<String>,
    /// The cases of that file, for an HTML page.
    pub views: Vec<CaseView>,
}

/// A case and its decision, for an HTML page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    /// The day for which the case is decided, as YYYY-MM-DD.
    pub as_of: String,
    /// The facts by name, each as text.
    pub facts: Vec<(String, String)>,
    /// The outcome with the grant.
    pub outcome: String,
}

impl CaseView {
    /// The view of a case.
    #[must_use]
    pub fn new(facts: &Facts, evaluation: &Evaluation) -> Self {
        let mut outcome = evaluation.outcome.as_str().to_owned();
        let (prefix, grant) = match &evaluation.outcome {
            Outcome::Eligible(grant) => ("", Some(grant)),
            Outcome::EligibleAtLeast { least, .. } => ("at least ", Some(least)),
            Outcome::Ineligible | Outcome::Undetermined(_) => ("", None),
        };
        if let Some(grant) = grant {
            for (name, value) in &grant.0 {
                outcome.push_str(&format!(", {prefix}{name} {}", value.to_plain()));
            }
        }
        let facts = facts.0.iter().map(|(name, value)| (name.to_string(), value.to_plain())).collect();
        Self { as_of: evaluation.query.as_of.to_string(), facts, outcome }
    }
}

/// A line of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseLocation {
    /// The path of the file.
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
    /// The tests that passed.
    #[must_use]
    pub fn passed(&self) -> Share {
        passed(self.cases.iter())
    }

    /// The groups in the order in which they first occur, each with its tests.
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

pub(super) fn passed<'a>(cases: impl Iterator<Item = &'a TestRecord>) -> Share {
    cases.map(|case| Share { part: usize::from(case.result == TestResult::Passed), whole: 1 }).sum()
}
