//! `ordinance mutate`: mutation testing of a rule by its cases.

use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_harness::{LineTable, Mutant, MutantStatus, MutationTarget, Share, Study, mutate};
use ordinance_sandbox::Loader;
use serde_json::json;

use crate::arguments::MutateArguments;
use crate::build::{DebugBuild, build_with_debug_info};
use crate::exit::{CommandError, Exit};
use crate::project::Project;
use crate::sandbox::sandbox;
use crate::terminal::{print_error, print_line};

/// The number of proposed cases of one rule that are printed in full.
const CASES_SHOWN_MAX: usize = 10;

pub(crate) fn run(arguments: &MutateArguments) -> Result<Exit, CommandError> {
    let project = Project::read(&arguments.dir, arguments.trust.trust())?;
    project.check_wanted(&arguments.rule)?;
    let debug_builds = build_with_debug_info(&project.source)?;
    let sandbox = sandbox()?;
    let mut loader = sandbox.loader();
    let threshold = usize::from(arguments.threshold.unwrap_or(100));
    let mut is_good = true;
    project.for_each_rule(Some(&arguments.rule), |study| {
        if let Some(debug_build) = project.debug_build_of(study.rule, &debug_builds) {
            let killed = mutate_rule(study, debug_build, &mut loader, arguments.json);
            // A case that fails on the rule itself can't kill a mutant. A rule without any killed or surviving mutant
            // is therefore untested, not good.
            is_good &= killed.percent() >= threshold && killed.whole > 0;
        }
        Ok(())
    })?;
    if !is_good {
        print_error(
            "the cases miss mistakes",
            Some("confirm or correct the cases above and save them beside the rule"),
        );
    }
    Ok(if is_good && project.is_sound() { Exit::Good } else { Exit::Findings })
}

/// Mutates a rule and prints the mutants that its cases miss. Returns the share of mutants with an effect that are
/// killed.
fn mutate_rule(study: Study<'_>, debug_build: &DebugBuild, loader: &mut Loader<'_>, as_json: bool) -> Share {
    let line_table = LineTable::parse(&debug_build.module);
    let locate = |function, offset| debug_build.locate(line_table.as_ref(), function, offset);
    let target = MutationTarget { component: &debug_build.component, locate: &locate };
    let mut listing = MutantListing { place: study.rule.head.place_and_version(), as_json, ..MutantListing::default() };
    mutate(study, target, loader, |mutant| listing.add(study, &mutant));
    listing.print_sum();
    listing.killed()
}

/// The counts of a rule's mutants so far.
#[derive(Default)]
struct MutantListing {
    /// `CODE/SERVICE VERSION`.
    place: String,
    as_json: bool,
    killed: usize,
    survived: usize,
    possibly_equivalent: usize,
}

impl MutantListing {
    fn add(&mut self, study: Study<'_>, mutant: &Mutant) {
        let Mutant { change, is_number, status } = mutant;
        match status {
            MutantStatus::Killed => self.killed += 1,
            MutantStatus::PossiblyEquivalent => {
                self.possibly_equivalent += 1;
                // A bound may hide the number, or no code may use it.
                if *is_number && !self.as_json {
                    print_line(&format!("# {}: no case tried has a different outcome if {change}", self.place));
                }
            }
            MutantStatus::Survived(probe) => {
                self.survived += 1;
                let (facts, evaluation) = &**probe;
                self.print_survivor(study, change, facts, evaluation);
            }
        }
    }

    fn print_survivor(&self, study: Study<'_>, change: &str, facts: &Facts, evaluation: &Evaluation) {
        let case = study.decided_case_toml(&format!("detects that {change}"), facts, evaluation);
        if self.as_json {
            print_line(&json!({"rule": self.place, "mistake": change, "case": case}).to_string());
            return;
        }
        print_line(&format!("# {}: no case detects that {change}. This case does:", self.place));
        if self.survived <= CASES_SHOWN_MAX {
            print_line(&case);
        }
    }

    fn killed(&self) -> Share {
        Share { part: self.killed, whole: self.killed + self.survived }
    }

    fn print_sum(&self) {
        let Self { place, killed, survived, possibly_equivalent, .. } = self;
        let percent = self.killed().percent();
        if self.as_json {
            let sum = json!({"rule": place, "noticed": killed, "survived": survived, "percent": percent,
                "without_effect": possibly_equivalent});
            print_line(&sum.to_string());
            return;
        }
        print_line(&format!(
            "# {place}: {killed} of {} mistakes detected ({percent} %); {possibly_equivalent} more have no effect in any case tried",
            killed + survived
        ));
    }
}
