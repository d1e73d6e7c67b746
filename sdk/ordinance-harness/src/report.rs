//! What a run of cases came to, to be read later: by people as a page, by machines as JUnit XML.

mod html;
mod impact;
mod junit;
mod page;
mod review;

use std::fmt;

use ordinance_domain::decision::{Evaluation, Outcome};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;

use crate::coverage::Coverage;
use crate::difference::CaseResult;

pub use self::html::html;
pub use self::impact::impact_html;
pub use self::junit::junit;
pub use self::review::{People, Review, review_html};

/// A run of cases.
#[derive(Debug, Default)]
pub struct Report {
    /// The command that gives it again.
    pub command: String,
    /// The day on which it was run, as YYYY-MM-DD.
    pub day: String,
    /// The digest of the rulebook.
    pub rulebook: String,
    /// The cases in the order in which they were run.
    pub cases: Vec<Reported>,
    /// What they meet of the law, if that was asked for.
    pub coverage: Option<Coverage>,
}

/// A case and what came of it.
#[derive(Debug)]
pub struct Reported {
    /// The rule beside which it stands, or the file that holds it.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The file and the line on which it stands.
    pub at: At,
    /// What is known in it, as it is written.
    pub facts: Vec<(String, String)>,
    /// What came of it.
    pub result: CaseResult,
}

/// Something that was found against a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// The rule, as `CODE/SERVICE VERSION`.
    pub rule: String,
    /// What it is.
    pub what: String,
    /// Cases that show it, as a case file.
    pub case: Option<String>,
    /// The same to look at.
    pub shown: Vec<ShownCase>,
}

/// A case and what is decided, to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCase {
    /// The day, as YYYY-MM-DD.
    pub as_of: String,
    /// The facts by name, as they are written.
    pub facts: Vec<(String, String)>,
    /// The outcome, with what is granted.
    pub outcome: String,
}

impl ShownCase {
    /// Shows a case.
    #[must_use]
    pub fn of(facts: &Facts, evaluation: &Evaluation) -> Self {
        let plain = |record: &[(FieldName, Value)]| -> Vec<(String, String)> {
            record.iter().map(|(name, value)| (name.to_string(), value.to_plain())).collect()
        };
        let granted = match &evaluation.outcome {
            Outcome::Eligible(grant) => plain(&grant.0),
            Outcome::Ineligible | Outcome::Undetermined(_) => Vec::new(),
        };
        let outcome = granted
            .iter()
            .fold(evaluation.outcome.as_str().to_owned(), |text, (name, value)| format!("{text}, {name} {value}"));
        Self { as_of: evaluation.query.as_of.to_string(), facts: plain(&facts.0), outcome }
    }
}

/// A line of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct At {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for At {
    /// `FILE:LINE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Report {
    /// How many cases passed, and how many there were.
    #[must_use]
    pub fn passed(&self) -> (usize, usize) {
        passed(self.cases.iter())
    }

    /// The groups in the order in which they come first, each with its cases.
    fn groups(&self) -> Vec<(&str, Vec<&Reported>)> {
        let mut groups: Vec<(&str, Vec<&Reported>)> = Vec::new();
        for case in &self.cases {
            match groups.iter_mut().rfind(|(group, _)| *group == case.group) {
                Some((_, cases)) => cases.push(case),
                None => groups.push((&case.group, vec![case])),
            }
        }
        groups
    }
}

fn passed<'a>(cases: impl Iterator<Item = &'a Reported>) -> (usize, usize) {
    cases.fold((0, 0), |(passed, all), case| (passed + usize::from(case.result == CaseResult::Passed), all + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difference::{Difference, Failure, Reason};

    fn report() -> Report {
        let reason = Reason {
            jurisdiction: "N".to_owned(),
            criterion: "old-enough".to_owned(),
            word: "not satisfied",
            title: Some("Is 60 or older".to_owned()),
            provision: None,
        };
        let failure = Failure {
            differences: vec![Difference::new("outcome", "eligible", "ineligible & \"<so>\"")],
            reasons: vec![reason],
        };
        let at = At { file: "N/benefit/cases/a.toml".to_owned(), line: 7 };
        let case = |name: &str, result| Reported {
            group: "N/benefit".to_owned(),
            name: name.to_owned(),
            at: at.clone(),
            facts: vec![("age".to_owned(), "59 & some".to_owned())],
            result,
        };
        Report {
            command: "ordinance test rules".to_owned(),
            day: "2026-01-01".to_owned(),
            cases: vec![
                case("one", CaseResult::Passed),
                case("two <of> many", CaseResult::Failed(failure)),
                case("three", CaseResult::Unusable("no such fact".to_owned())),
            ],
            ..Report::default()
        }
    }

    #[test]
    fn the_page_shows_each_failure_with_its_article_and_reaches_no_network() {
        let page = html(&report());
        for words in [
            "1 of 3 cases passed",
            "two &lt;of&gt; many",
            "59 &amp; some",
            "ineligible &amp; &quot;&lt;so&gt;&quot;",
            "Is 60 or older",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains("http"), "{page}");
    }

    #[test]
    fn junit_counts_failures_and_errors_and_escapes_what_cases_say() {
        let xml = junit(&report()).unwrap();
        assert!(xml.contains(r#"<testsuite name="N/benefit" tests="3" failures="1" errors="1">"#), "{xml}");
        assert!(xml.contains(r#"name="two &lt;of&gt; many""#) && xml.contains("no such fact"), "{xml}");
    }
}
