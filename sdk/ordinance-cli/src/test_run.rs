//! Runs cases as they are written, beside rules or in a file, and reports on them.

use ordinance_domain::decision::Decision;
use ordinance_engine::case::Case;
use ordinance_engine::{Rule, Rulebook};
use ordinance_harness::{
    Coverage, DecisionTest, Test, TestRecord, TestReport, TestResult, in_order, run_decision_test, run_disclosure_test,
};

use crate::case_files::{CaseEntry, beside_rules};
use crate::exit::CommandError;
use crate::invocation::{command_line, today};
use crate::study::{Project, is_wanted};

/// A case that was run; none if the filter leaves it out.
pub(crate) struct TestRun {
    pub(crate) reported: TestRecord,
    pub(crate) decided: Option<(Case, Decision)>,
}

/// A report without cases yet.
pub(crate) fn begin_report(rulebook: &Rulebook) -> TestReport {
    TestReport { rulebook: rulebook.digest().to_owned(), ..unread_report() }
}

/// A report of a rulebook that isn't read yet.
pub(crate) fn unread_report() -> TestReport {
    TestReport { command: command_line(), day: today().to_string(), ..TestReport::default() }
}

/// The cases of services beside the rules that are wanted.
pub(crate) fn decision_cases(studied: &Project, wanted: Option<&str>) -> Result<Vec<DecisionTest>, CommandError> {
    let case = |written: CaseEntry| match written.read(&studied.loaded.rulebook).2 {
        Ok(Test::Decision(case)) => Some(case),
        Ok(Test::Disclosure(_)) | Err(_) => None,
    };
    Ok(wanted_beside(studied, wanted)?.filter_map(case).collect())
}

fn wanted_beside(
    studied: &Project,
    wanted: Option<&str>,
) -> Result<impl Iterator<Item = CaseEntry> + use<>, CommandError> {
    let wanted = wanted.map(str::to_owned);
    let is_it = move |written: &CaseEntry| is_wanted(written.group(), wanted.as_deref());
    Ok(beside_rules(&studied.source)?.into_iter().filter(is_it))
}

/// Runs the cases beside the rules that are wanted, and says nothing of them yet.
pub(crate) fn report_on(studied: &Project, wanted: Option<&str>) -> Result<TestReport, CommandError> {
    let rulebook = &studied.loaded.rulebook;
    let mut report = begin_report(rulebook);
    let mut coverage = Coverage::default();
    let written = wanted_beside(studied, wanted)?;
    in_order(
        written,
        |written| run_one(rulebook, written, "", true),
        |ran| {
            let Some(ran) = ran else { return };
            if let Some((case, decision)) = &ran.decided {
                coverage.add(rulebook, case, decision);
            }
            report.cases.push(ran.reported);
        },
    );
    coverage.keep(|head| is_wanted(&head.place(), wanted));
    report.coverage = Some(coverage);
    Ok(report)
}

/// The rule on trial beside which cases stand: that of the version that the folder is named by.
pub(crate) fn on_trial<'r>(rulebook: &'r Rulebook, group: &str) -> Option<&'r Rule> {
    rulebook.shadows().find(|rule| format!("{}/{}", rule.head.place(), rule.head.version) == group)
}

/// Reads and runs one case.
pub(crate) fn run_one(rulebook: &Rulebook, written: CaseEntry, filter: &str, with_decision: bool) -> Option<TestRun> {
    let (group, at, read) = written.read(rulebook);
    let test = match read {
        Ok(test) => test,
        Err(why) => {
            let (name, facts, result) = (at.to_string(), Vec::new(), TestResult::Unusable(why));
            let reported = TestRecord { group, name, at, facts, result };
            return Some(TestRun { reported, decided: None });
        }
    };
    let name = test.name().to_owned();
    if !format!("{group}: {name}").contains(filter) {
        return None;
    }
    let (result, decided) = match &test {
        Test::Decision(test) => run_decision_test(rulebook, on_trial(rulebook, &group), test, today()),
        Test::Disclosure(test) => (run_disclosure_test(rulebook, test, today()), None),
    };
    let facts = if result == TestResult::Passed { Vec::new() } else { test.facts() };
    let reported = TestRecord { group, name, at, facts, result };
    Some(TestRun { reported, decided: decided.filter(|_| with_decision) })
}
