//! Runs the cases that a built rulebook carries, before it is served.

use std::collections::BTreeMap;
use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_engine::rulebook::RuleFolder;
use ordinance_harness::{TestRecord, TestResult, in_order};
use ordinance_host::SelfTestFailure;

use crate::case_files::{CaseEntry, in_rulebook};
use crate::count::counted;
use crate::test_run::{TestRun, on_trial, run_one};

/// How often a case is run that comes out otherwise on a busy host.
const TRIES: usize = 3;

/// The rules of a built rulebook whose own cases come out otherwise.
///
/// # Errors
/// Why the cases can't be read.
pub(crate) fn disproved(rulebook: &Rulebook, folder: &Path) -> Result<Vec<SelfTestFailure>, String> {
    let written = in_rulebook(folder, rulebook)?;
    let mut failed: BTreeMap<RuleFolder, Vec<String>> = BTreeMap::new();
    let passes = |written: CaseEntry| {
        // A deadline may pass while others want the processor; what a rule gets wrong it gets wrong each time.
        let run =
            || run_one(rulebook, written.clone(), "", false).filter(|ran| ran.reported.result != TestResult::Passed);
        (0..TRIES).map(|_| run()).collect::<Option<Vec<TestRun>>>().and_then(|tries| tries.into_iter().next_back())
    };
    in_order(written.into_iter(), passes, |ran: Option<TestRun>| {
        let Some(TestRecord { group, name, result, .. }) = ran.map(|ran| ran.reported) else { return };
        // What is no law yet is no ground against the rulebook.
        let Some(folder) = folder_of(&group).filter(|_| on_trial(rulebook, &group).is_none()) else { return };
        let why = match result {
            TestResult::Passed => return,
            TestResult::Failed(failure) => failure.differences.first().map(ToString::to_string).unwrap_or_default(),
            TestResult::Unusable(why) => why,
        };
        failed.entry(folder).or_default().push(format!("`{name}`: {why}"));
    });
    let disproved = |(folder, cases): (RuleFolder, Vec<String>)| {
        let first = cases.first().cloned().unwrap_or_default();
        let count = counted(cases.len(), "of its cases comes", "of its cases come");
        SelfTestFailure { folder, reason: format!("{count} out otherwise, first {first}") }
    };
    Ok(failed.into_iter().map(disproved).collect())
}

/// `CODE/SERVICE`, of which a version may stand in a folder below.
fn folder_of(group: &str) -> Option<RuleFolder> {
    let mut parts = group.split('/');
    let (place, folder) = (JurisdictionCode::new(parts.next()?).ok()?, Id::new(parts.next()?).ok()?);
    Some(RuleFolder { place, folder })
}
