//! What a study found of each rule, put together by the rule's path.

use super::naming::Naming;
use super::test_report::{Defect, TestRecord, TestReport};
use crate::coverage::RuleCoverage;
use crate::share::Share;
use crate::test_result::TestResult;

/// What was found of one rule in all its versions, or of one file that is no rule's.
pub(super) struct RuleResults<'a> {
    /// `CODE/SERVICE`, or the file.
    pub(super) path: String,
    pub(super) cases: Vec<&'a TestRecord>,
    pub(super) defects: Vec<&'a Defect>,
    /// The properties that are violated.
    pub(super) broken: Vec<&'a Defect>,
    /// The properties that hold in every case tried.
    pub(super) held: Vec<&'a str>,
    /// The coverage of each version.
    pub(super) coverage: Vec<&'a RuleCoverage>,
}

impl<'a> RuleResults<'a> {
    /// The results of all rules of a report, in the order in which they were studied.
    pub(super) fn of_report(
        naming: &Naming<'_>,
        report: &'a TestReport,
        defects: &'a [Defect],
        broken: &'a [Defect],
        held: &'a [String],
    ) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for case in &report.cases {
            at(&mut all, path_of(naming, &case.group)).cases.push(case);
        }
        for coverage in report.coverage.iter().flat_map(|coverage| coverage.rules()) {
            at(&mut all, coverage.head.source_path()).coverage.push(coverage);
        }
        for defect in defects {
            at(&mut all, path_of(naming, before_blank(&defect.rule))).defects.push(defect);
        }
        for defect in broken {
            at(&mut all, path_of(naming, before_blank(&defect.rule))).broken.push(defect);
        }
        for held in held {
            at(&mut all, path_of(naming, before_blank(held))).held.push(held);
        }
        all
    }

    /// The cases that don't pass.
    pub(super) fn failed_cases(&self) -> impl Iterator<Item = &'a TestRecord> {
        self.cases.iter().copied().filter(|case| case.result != TestResult::Passed)
    }

    /// The cases that pass, of all.
    pub(super) fn passed(&self) -> Share {
        Share { part: self.cases.len() - self.failed_cases().count(), whole: self.cases.len() }
    }

    /// The number of what fails.
    pub(super) fn failures(&self) -> usize {
        self.failed_cases().count() + self.defects.len() + self.broken.len()
    }

    /// The covered points of all versions; `None` if no case reached one.
    pub(super) fn covered(&self) -> Option<Share> {
        (!self.coverage.is_empty()).then(|| self.coverage.iter().map(|rule| rule.covered()).sum())
    }
}

/// The results of this path, which are new if there are none yet.
fn at<'r, 'a>(all: &'r mut Vec<RuleResults<'a>>, path: String) -> &'r mut RuleResults<'a> {
    let known = all.iter().position(|results| results.path == path);
    let index = known.unwrap_or(all.len());
    if known.is_none() {
        let (cases, defects, broken, held, coverage) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        all.push(RuleResults { path, cases, defects, broken, held, coverage });
    }
    #[expect(clippy::indexing_slicing, reason = "the index is that of a known element, or of the one just added")]
    &mut all[index]
}

/// The path of the rule that a folder or a file belongs to; the text itself if it is none of a rule.
fn path_of(naming: &Naming<'_>, text: &str) -> String {
    let mut parts = text.splitn(3, '/');
    let rule = parts.next().zip(parts.next()).map(|(code, folder)| format!("{code}/{folder}"));
    rule.filter(|path| naming.has_rule(path)).unwrap_or_else(|| text.to_owned())
}

/// `CODE/SERVICE` of `CODE/SERVICE VERSION…`.
fn before_blank(text: &str) -> &str {
    text.split(' ').next().unwrap_or(text)
}
