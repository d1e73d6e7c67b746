//! The result of a review, and the judgement on it.

use ordinance_engine::Rulebook;
use ordinance_pages::ReadingLanguage;

use super::comparison::PopulationComparison;
use super::test_report::{Defect, TestReport};

/// The result of a review of a rulebook.
pub struct ReviewReport<'a> {
    /// The language of its page.
    pub language: ReadingLanguage,
    /// The tests beside the rules and their coverage.
    pub report: &'a TestReport,
    /// The defects that the search for breaches of upper law and failures found.
    pub defects: &'a [Defect],
    /// Remarks on rules that are no defects, each with the rule.
    pub notes: &'a [String],
    /// The properties that hold in every case tried, each as `CODE/SERVICE VERSION: NAME`.
    pub held: &'a [String],
    /// The properties that are violated.
    pub broken: &'a [Defect],
    /// The properties that the time of the review didn't reach, or reached in part without a violation.
    pub unreached_properties: &'a [String],
    /// What else the time of the review didn't reach.
    pub unreached: &'a [String],
    /// The number of rules that were searched for breaches.
    pub searched_rules: usize,
    /// The number of cases of the searches.
    pub searched_cases: usize,
    /// The least coverage of the law in percent, if one is asked for.
    pub threshold: Option<u8>,
    /// The rulebook under review. `None` if it can't be read.
    pub rulebook: Option<&'a Rulebook>,
    /// The impact on people. `None` if the rulebook can't be read, or is the first.
    pub population: Option<PopulationComparison<'a>>,
}

impl ReviewReport<'_> {
    /// The number of checks that fail: each defect, each broken property, each case that doesn't pass; that there is no
    /// case to pass, and that the cases cover too little.
    #[must_use]
    pub fn failures(&self) -> usize {
        let passed = self.report.passed();
        let others = [self.has_no_case(), !self.is_covered()].into_iter().filter(|fails| *fails).count();
        self.defects.len() + self.broken.len() + (passed.whole - passed.part) + others
    }

    /// Whether the time of the review ended before all was studied.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !(self.unreached.is_empty() && self.unreached_properties.is_empty())
    }

    /// Whether nothing fails and all was studied.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failures() == 0 && !self.is_incomplete()
    }

    /// Whether the coverage reaches the threshold.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        let percent = self.covered_percent();
        self.threshold.is_none_or(|least| percent.is_some_and(|percent| percent >= usize::from(least)))
    }

    /// The coverage of the law in percent. `None` if no test was run.
    #[must_use]
    pub fn covered_percent(&self) -> Option<usize> {
        let covered = self.report.coverage.as_ref()?.covered();
        (covered.whole > 0).then(|| covered.percent())
    }

    /// Whether a rulebook that can be read has no case.
    pub(super) fn has_no_case(&self) -> bool {
        self.rulebook.is_some() && self.report.cases.is_empty()
    }
}
