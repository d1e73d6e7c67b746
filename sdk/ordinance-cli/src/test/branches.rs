//! Prints which branches of the rules' code the cases beside the rules take. The rules are built again with debug
//! information, so that each branch that no case takes has a line of source.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_harness::{Branch, BranchCoverage, DecisionTest, LineTable, Share, Study, measure_branch_coverage};
use ordinance_sandbox::Loader;
use serde_json::json;

use crate::build::{DebugBuild, build_with_debug_info};
use crate::exit::CommandError;
use crate::project::Project;
use crate::sandbox::sandbox;
use crate::terminal::{print_line, print_note};

/// Prints the branch coverage of each rule by the cases whose group or name contains `filter`.
pub(super) fn print(project: &Project, filter: &str, as_json: bool) -> Result<(), CommandError> {
    let debug_builds = build_with_debug_info(&project.source)?;
    let sandbox = sandbox()?;
    let mut loader = sandbox.loader();
    project.for_each_rule(None, |study| {
        let Some(debug_build) = project.debug_build_of(study.rule, &debug_builds) else { return Ok(()) };
        let group = study.rule.head.source_path();
        let is_wanted = |case: &&DecisionTest| format!("{group}: {}", case.name).contains(filter);
        let cases: Vec<DecisionTest> = study.cases.iter().filter(is_wanted).cloned().collect();
        if cases.is_empty() && !group.contains(filter) {
            return Ok(());
        }
        print_rule(Study { cases: &cases, ..study }, debug_build, &mut loader, as_json);
        Ok(())
    })?;
    Ok(())
}

fn print_rule(study: Study<'_>, debug_build: &DebugBuild, loader: &mut Loader<'_>, as_json: bool) {
    let place = study.rule.head.place_and_version();
    if study.cases.is_empty() {
        print_note(&format!("warning: {place} has no cases, so none of its branches is taken"));
        return;
    }
    let coverage = match measure_branch_coverage(study, &debug_build.component, loader) {
        Ok(coverage) => coverage,
        Err(error) => {
            print_note(&format!("warning: the branch coverage of {place} is unknown: {error}"));
            return;
        }
    };
    if coverage.failed_cases > 0 {
        let failed = coverage.failed_cases;
        print_note(&format!(
            "warning: {failed} of the cases of {place} trapped and are left out of its branch coverage"
        ));
    }
    let SourceBranches { taken, untaken } = SourceBranches::new(debug_build, &coverage);
    if as_json {
        let untaken: Vec<_> = untaken.iter().map(|(line, branch)| json!({"at": line, "way": branch})).collect();
        let rule = json!({"rule": place, "taken": taken.part, "ways": taken.whole, "untaken": untaken});
        print_line(&rule.to_string());
        return;
    }
    let percent = taken.percent();
    print_line(&format!("\n{place}: {} of {} branch directions taken ({percent} %)", taken.part, taken.whole));
    untaken.iter().for_each(|(line, branch)| print_line(&format!("     {line}: {branch}")));
}

/// The branches in the author's own code, or all branches if there is no debug information.
struct SourceBranches {
    /// The branch directions that a case takes.
    taken: Share,
    /// The line and the direction of each branch that no case takes.
    untaken: BTreeSet<(String, String)>,
}

impl SourceBranches {
    fn new(debug_build: &DebugBuild, coverage: &BranchCoverage) -> Self {
        let line_table = LineTable::parse(&debug_build.module);
        // The compiler may turn one branch of the source into several. It counts as taken if one of them is taken.
        let mut is_taken_at: BTreeMap<(String, String), bool> = BTreeMap::new();
        for (Branch { function, offset, direction }, is_taken) in &coverage.branches {
            let Some(line) = debug_build.locate(line_table.as_ref(), *function, *offset) else { continue };
            *is_taken_at.entry((line, direction.to_string())).or_default() |= is_taken;
        }
        let taken = is_taken_at.values().map(|is_taken| Share { part: usize::from(*is_taken), whole: 1 }).sum();
        let untaken = is_taken_at.into_iter().filter(|(_, is_taken)| !is_taken).map(|(branch, _)| branch).collect();
        Self { taken, untaken }
    }
}
