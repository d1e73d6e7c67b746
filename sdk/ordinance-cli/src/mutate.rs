//! `ordinance mutate`: mutation testing of a rule by its cases.

use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_harness::{LineTable, Mutant, MutantStatus, MutationTarget, Share, Study, mutate};
use ordinance_sandbox::Sandbox;
use serde_json::json;

use crate::arguments::MutateArguments;
use crate::case_names::CaseNames;

use crate::build::{DebugBuild, build_unoptimised};
use crate::exit::{CommandError, Exit};
use crate::project::Project;
use crate::sandbox::sandbox;
use crate::study_progress::unreached_text;
use crate::terminal::{print_error, print_line};

/// The number of proposed cases of one rule that are printed in full.
const CASES_SHOWN_MAX: usize = 10;

pub(crate) fn run(arguments: &MutateArguments) -> Result<Exit, CommandError> {
    let project = Project::read_for(&arguments.study)?;
    project.check_wanted(&arguments.rule)?;
    let debug_builds = build_unoptimised(&project.source)?;
    let sandbox = sandbox()?;
    let project = project.with_budget(arguments.budget);
    let threshold = usize::from(arguments.threshold.unwrap_or(100));
    let (mut is_good, mut is_tested) = (true, true);
    project.for_each_rule(Some(&arguments.rule), |study| {
        if let Some(debug_build) = project.debug_build_of(study.rule, &debug_builds) {
            let listing = mutate_rule(study, debug_build, &sandbox, arguments.study.json);
            is_good &= listing.is_good(threshold);
            is_tested &= !listing.is_mostly_untested();
        }
        Ok(())
    })?;
    if !is_good {
        let help = if is_tested {
            "for each mistake above, save the case that it names beside the rule: `ordinance test` then fails for a rule \
             with that mistake. Confirm or correct what the case expects against the law first"
        } else {
            "most mistakes change nothing that was tried: add cases beside the rule in which each number above decides, \
             one on each side of it, and run the command again"
        };
        print_error("the cases miss mistakes", Some(help));
    }
    let unreached = project.pace.unreached();
    if arguments.study.json && !unreached.is_empty() {
        print_line(&json!({"unreached": unreached}).to_string());
    }
    if !arguments.study.json {
        unreached_text(&project.pace).iter().for_each(|text| print_line(&format!("# {text}")));
    }
    Ok(if is_good && unreached.is_empty() && project.is_sound() { Exit::Good } else { Exit::Findings })
}

/// Mutates a rule and prints the mutants that its cases miss. Returns how many there are of each kind.
fn mutate_rule(study: Study<'_>, debug_build: &DebugBuild, sandbox: &Sandbox, as_json: bool) -> MutantListing {
    let line_table = LineTable::parse(&debug_build.module);
    let locate = |function, offset| debug_build.authored_line(line_table.as_ref()?, function, offset);
    let loader = || sandbox.loader();
    let target = MutationTarget { component: &debug_build.component, locate: &locate, loader: &loader };
    let mut listing = MutantListing {
        place: study.rule.head.place_and_version(),
        as_json,
        has_lines: line_table.is_some(),
        ..MutantListing::default()
    };
    mutate(study, target).iter().for_each(|mutant| listing.add(study, mutant));
    listing.print_sum();
    listing
}

/// The counts of a rule's mutants so far.
#[derive(Default)]
struct MutantListing {
    /// `CODE/SERVICE VERSION`.
    place: String,
    as_json: bool,
    /// Whether the component has debug information, without which the author's code can't be told from other code.
    has_lines: bool,
    killed: usize,
    survived: usize,
    possibly_equivalent: usize,
    names: CaseNames,
}

impl MutantListing {
    fn add(&mut self, study: Study<'_>, mutant: &Mutant) {
        let Mutant { change, is_number, status } = mutant;
        match status {
            MutantStatus::Killed => self.killed += 1,
            MutantStatus::PossiblyEquivalent => {
                self.possibly_equivalent += 1;
                // A bound may hide a number, or no code may use it.
                let it = if *is_number { "the number" } else { "it" };
                match self.as_json {
                    true => print_line(&json!({"rule": self.place, "mistake": change, "case": null}).to_string()),
                    false => print_line(&format!(
                        "# {}: nothing that was tried has a different outcome if {change}. If {it} counts, write a case \
                         in which it decides",
                        self.place
                    )),
                }
            }
            MutantStatus::Survived(probe) => {
                self.survived += 1;
                let (facts, evaluation) = &**probe;
                self.print_survivor(study, change, facts, evaluation);
            }
        }
    }

    fn print_survivor(&mut self, study: Study<'_>, change: &str, facts: &Facts, evaluation: &Evaluation) {
        let case = study.decided_case_toml(&self.names.unique(format!("detects that {change}")), facts, evaluation);
        if self.as_json {
            print_line(&json!({"rule": self.place, "mistake": change, "case": case}).to_string());
            return;
        }
        if self.survived <= CASES_SHOWN_MAX {
            print_line(&format!(
                "# {}: no case detects that {change}. This one would; save it once what it expects is the law:",
                self.place
            ));
            print_line(&case);
        } else {
            print_line(&format!("# {}: no case detects that {change}; --json prints the case that would", self.place));
        }
    }

    fn killed(&self) -> Share {
        Share { part: self.killed, whole: self.killed + self.survived }
    }

    /// Whether more mistakes changed nothing that was tried than were detected or missed: then their share says little.
    fn is_mostly_untested(&self) -> bool {
        self.possibly_equivalent > self.killed + self.survived
    }

    /// A case that fails on the rule itself can't kill a mutant. A rule without any killed or surviving mutant is
    /// therefore untested, not good.
    fn is_good(&self, threshold: usize) -> bool {
        let killed = self.killed();
        killed.percent() >= threshold && killed.whole > 0 && !self.is_mostly_untested()
    }

    fn print_sum(&self) {
        let Self { place, killed, survived, possibly_equivalent, .. } = self;
        let percent = (!self.is_mostly_untested()).then(|| self.killed().percent());
        if self.as_json {
            let sum = json!({"rule": place, "noticed": killed, "survived": survived, "percent": percent,
                "without_effect": possibly_equivalent});
            print_line(&sum.to_string());
            return;
        }
        let share = percent.map_or_else(
            || ", which says little, since most changed nothing that was tried".to_owned(),
            |percent| format!(" ({percent} %)"),
        );
        print_line(&format!(
            "# {place}: {killed} of {} mistakes detected{share}; {possibly_equivalent} more have no effect in any case tried",
            killed + survived
        ));
        if !self.has_lines {
            print_line(&format!(
                "# {place}: only its numbers were changed: the component has no debug information, by which its author's \
                 comparisons could be told from others"
            ));
        }
    }
}
