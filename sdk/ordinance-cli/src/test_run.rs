//! Runs tests and collects them in a report.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::decision::Decision;
use ordinance_engine::case::Case;
use ordinance_engine::{Engine, Rule, Rulebook};
use ordinance_harness::{
    CaseError, CaseLocation, CaseTrace, Coverage, DecisionTest, Test, TestRecord, TestReport, TestResult,
    par_map_ordered, run_decision_test, run_disclosure_test, trace_decision_test,
};

use crate::case_files::{CaseEntry, entries_beside_rules};
use crate::count::counted;
use crate::exit::CommandError;
use crate::failed_rules::{FailedRules, has_trapped};
use crate::invocation::{command_line, now, utc_day};
use crate::project::{Project, is_wanted};
use crate::source::{RuleSource, Source};

/// A test that was run.
pub(crate) struct TestRun {
    pub(crate) record: TestRecord,
    /// The case and its decision, for the coverage. `None` if not requested, or if the case can't be decided.
    pub(crate) decided: Option<(Case, Decision)>,
    /// Why it can't be run, fault by fault; empty if it ran.
    pub(crate) faults: Vec<CaseError>,
    /// The calls of the rules, if the test failed and a rule trapped.
    pub(crate) trap_trace: Option<Box<CaseTrace>>,
}

impl TestRun {
    /// Adds to a failed test which expressions of the rules failed.
    pub(crate) fn explain_failures(&mut self, rules: &mut FailedRules<'_>) {
        if let (TestResult::Failed(failure), Some(trace)) = (&mut self.record.result, &self.trap_trace) {
            let failed = rules.of(&trace.decision, &trace.calls);
            failure.failed_rules = failed.iter().map(ToString::to_string).collect();
        }
    }
}

/// A report without tests on a rulebook.
pub(crate) fn empty_report(rulebook: &Rulebook) -> TestReport {
    TestReport { rulebook: rulebook.digest().hex(), ..report_without_rulebook() }
}

/// A report on a rulebook that can't be loaded.
pub(crate) fn report_without_rulebook() -> TestReport {
    TestReport { command: command_line(), day: utc_day().to_string(), ..TestReport::default() }
}

/// The decision tests beside the rules that match `wanted`.
pub(crate) fn decision_tests(project: &Project, wanted: Option<&str>) -> Result<Vec<DecisionTest>, CommandError> {
    let mut tests = Vec::new();
    for entry in wanted_entries(project, wanted)? {
        let (_, _, test) = entry.read(project.loaded.rulebook());
        match test {
            Ok(Test::Decision(test)) => tests.push(test),
            Ok(Test::Disclosure(_)) | Err(_) => {}
        }
    }
    Ok(tests)
}

fn wanted_entries(project: &Project, wanted: Option<&str>) -> Result<Vec<CaseEntry>, CommandError> {
    let mut entries = entries_beside_rules(&project.source)?;
    entries.retain(|entry| is_wanted(entry.group(), wanted));
    Ok(entries)
}

/// Runs the tests beside the rules that match `wanted`. Prints nothing.
pub(crate) fn run_beside_rules(project: &Project, wanted: Option<&str>) -> Result<TestReport, CommandError> {
    let engine = &project.loaded.engine;
    let mut report = empty_report(engine.rulebook());
    let mut coverage = Coverage::default();
    let (entries, not_run) = without_broken(wanted_entries(project, wanted)?, &project.source, engine.rulebook(), "");
    report.cases.extend(not_run.iter().map(NotRun::record));
    let mut failed_rules = FailedRules::new(&project.source);
    par_map_ordered(
        entries.into_iter(),
        |entry| run_entry(engine, entry, "", true),
        |run| {
            let Some(mut run) = run else { return };
            run.explain_failures(&mut failed_rules);
            if let Some((case, decision)) = &run.decided {
                coverage.add(engine, case, decision);
            }
            report.cases.push(run.record);
        },
    );
    coverage.keep(|head| is_wanted(&head.source_path(), wanted));
    report.coverage = Some(coverage);
    Ok(report)
}

/// Cases that weren't run, since their rule can't run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotRun {
    /// The folder of the rule.
    pub(crate) group: String,
    pub(crate) cases: usize,
}

impl NotRun {
    /// What to say of them.
    pub(crate) fn text(&self) -> String {
        format!("{} of {} not run, since the rule can't run", counted(self.cases, "case", "cases"), self.group)
    }

    /// The same as one test that can't be run.
    pub(crate) fn record(&self) -> TestRecord {
        TestRecord {
            group: self.group.clone(),
            name: counted(self.cases, "case", "cases"),
            location: CaseLocation { file: format!("{}/rule.toml", self.group), line: 1 },
            facts: Vec::new(),
            result: TestResult::Unusable("not run, since the rule can't run".to_owned()),
        }
    }
}

/// The entries without those beside rules that can't run, and the number of those whose group or name contains
/// `filter`: each would fail in its own words, and bury the one error that the build told.
pub(crate) fn without_broken(
    entries: Vec<CaseEntry>,
    source: &Source,
    rulebook: &Rulebook,
    filter: &str,
) -> (Vec<CaseEntry>, Vec<NotRun>) {
    let heads = || rulebook.broken_rules().chain(rulebook.broken_shadows()).map(|(head, _)| head);
    let is_broken = |rule: &&RuleSource| heads().any(|head| rule.is_version(head));
    let broken: BTreeSet<&str> = source.rules.iter().filter(is_broken).map(|rule| rule.place.as_str()).collect();
    let (left_out, entries): (Vec<CaseEntry>, Vec<CaseEntry>) =
        entries.into_iter().partition(|entry| broken.contains(entry.group()));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let is_meant = |entry: &&CaseEntry| format!("{}: {}", entry.group(), entry.name()).contains(filter);
    left_out.iter().filter(is_meant).for_each(|entry| *counts.entry(entry.group().to_owned()).or_default() += 1);
    (entries, counts.into_iter().map(|(group, cases)| NotRun { group, cases }).collect())
}

/// The shadow rule of a group of tests. The folder of a shadow rule has the name of its version.
pub(crate) fn shadow_of<'r>(rulebook: &'r Rulebook, group: &str) -> Option<&'r Rule> {
    rulebook.shadows().find(|rule| format!("{}/{}", rule.head.source_path(), rule.head.version) == group)
}

/// Reads and runs one test. `None` if neither its group nor its name contains `filter`.
pub(crate) fn run_entry(engine: &Engine, entry: CaseEntry, filter: &str, with_decision: bool) -> Option<TestRun> {
    let place = entry.place();
    let (group, location, test) = entry.read(engine.rulebook());
    let test = match test {
        Ok(test) => test,
        Err(faults) => {
            let name = location.to_string();
            let reasons: Vec<String> = faults.iter().map(ToString::to_string).collect();
            let result = TestResult::Unusable(reasons.join("; "));
            let record = TestRecord { group, name, location, facts: Vec::new(), result };
            return Some(TestRun { record, decided: None, faults, trap_trace: None });
        }
    };
    let name = test.name().to_owned();
    if !format!("{group}: {name}").contains(filter) {
        return None;
    }
    let shadow = shadow_of(engine.rulebook(), &group);
    let (result, decided) = match &test {
        Test::Decision(test) => run_decision_test(engine, shadow, test, now()),
        Test::Disclosure(test) => (run_disclosure_test(engine, test, now()), None),
    };
    let is_trapped =
        matches!(result, TestResult::Failed(_)) && decided.as_ref().is_some_and(|(_, decision)| has_trapped(decision));
    let trap_trace = match &test {
        Test::Decision(test) if is_trapped => trace_decision_test(engine, shadow, test, now()).ok().map(Box::new),
        Test::Decision(_) | Test::Disclosure(_) => None,
    };
    let facts = if result == TestResult::Passed { Vec::new() } else { test.facts() };
    let faults = match &result {
        TestResult::Unusable(reason) => vec![CaseError { place, message: reason.clone() }],
        TestResult::Passed | TestResult::Failed(_) => Vec::new(),
    };
    let record = TestRecord { group, name, location, facts, result };
    Some(TestRun { record, decided: decided.filter(|_| with_decision), faults, trap_trace })
}
