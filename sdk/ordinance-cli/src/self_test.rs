//! Runs the tests that a built rulebook carries, before a host serves it.

use std::collections::BTreeMap;
use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Engine;
use ordinance_engine::rulebook::RuleFolder;
use ordinance_harness::{TestRecord, TestResult, par_map_ordered};
use ordinance_host::{SelfTestError, SelfTestFailure};

use crate::case_files::{CaseEntry, entries_in_rulebook};
use crate::count::counted;
use crate::test_run::{TestRun, run_entry, shadow_of};

/// The number of runs of a failing test. A sound rule may exceed its deadline while other processes hold the processor;
/// a wrong rule fails in every run.
const ATTEMPTS: usize = 3;

/// The eligibility and privacy rules in a built rulebook whose own tests fail, shadow rules excepted.
///
/// # Errors
/// [`SelfTestError`] if the tests can't be read.
pub(crate) fn failing_rules(engine: &Engine, folder: &Path) -> Result<Vec<SelfTestFailure>, SelfTestError> {
    let entries =
        entries_in_rulebook(folder, engine.rulebook()).map_err(|error| SelfTestError { reason: error.to_string() })?;
    let mut failures: BTreeMap<RuleFolder, Vec<String>> = BTreeMap::new();
    let work = |entry: CaseEntry| last_failure(engine, &entry);
    par_map_ordered(entries.into_iter(), work, |run: Option<TestRun>| {
        let Some(TestRecord { group, name, result, .. }) = run.map(|run| run.record) else { return };
        // A shadow rule isn't law yet, so its failures don't count.
        if shadow_of(engine.rulebook(), &group).is_some() {
            return;
        }
        let Some(folder) = parse_folder(&group) else { return };
        let reason = match result {
            TestResult::Passed => return,
            TestResult::Failed(failure) => failure.differences.first().map(ToString::to_string).unwrap_or_default(),
            TestResult::Unusable(reason) => reason,
        };
        failures.entry(folder).or_default().push(format!("`{name}`: {reason}"));
    });
    Ok(failures.into_iter().map(|(folder, tests)| self_test_failure(folder, &tests)).collect())
}

/// The last of [`ATTEMPTS`] runs of a test. `None` if one of them passes.
fn last_failure(engine: &Engine, entry: &CaseEntry) -> Option<TestRun> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let run = run_entry(engine, entry.clone(), "", false)?;
        if run.record.result == TestResult::Passed {
            return None;
        }
        last = Some(run);
    }
    last
}

fn self_test_failure(folder: RuleFolder, tests: &[String]) -> SelfTestFailure {
    let first = tests.first().cloned().unwrap_or_default();
    let count = counted(tests.len(), "of its cases fails", "of its cases fail");
    SelfTestFailure { folder, reason: format!("{count}, first {first}") }
}

/// The folder of a rule from `CODE/SERVICE`, or from the folder of a version below that.
fn parse_folder(group: &str) -> Option<RuleFolder> {
    let mut parts = group.split('/');
    let place = JurisdictionCode::new(parts.next()?).ok()?;
    let folder = Id::new(parts.next()?).ok()?;
    Some(RuleFolder { place, folder })
}
