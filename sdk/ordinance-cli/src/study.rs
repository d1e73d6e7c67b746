//! The rules that a reviewer's command is about, each with the cases beside it.

use std::cell::Cell;
use std::path::Path;

use indicatif::ProgressBar;
use ordinance_engine::index::rule_path;
use ordinance_engine::{Rule, RuleState};
use ordinance_harness::{DecisionTest, Study, Test, constants};

use crate::build::DebugBuild;
use crate::case_files::cases_of;
use crate::exit::CommandError;
use crate::invocation::today;
use crate::rulebook::{self, LoadedRulebook};
use crate::source::{RuleSource, Source, io_error};
use crate::terminal::{fault, progress};

/// A folder of sources that was built, and what was built.
pub(crate) struct Project {
    pub(crate) source: Source,
    pub(crate) loaded: LoadedRulebook,
    /// Whether every rule that was wanted can run.
    is_sound: Cell<bool>,
}

impl Project {
    /// Builds a folder.
    pub(crate) fn read(dir: &Path) -> Result<Self, CommandError> {
        Ok(Self { source: Source::read(dir)?, loaded: rulebook::load(dir)?, is_sound: Cell::new(true) })
    }

    /// Whether a rule of a service is wanted.
    pub(crate) fn has_rule(&self, wanted: Option<&str>) -> bool {
        self.loaded.rulebook.rules().any(|rule| is_wanted(&rule.head.place(), wanted))
    }

    /// Whether there is a rule that is wanted, for who has long work before it comes to the rules.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn check_wanted(&self, wanted: &str) -> Result<(), CommandError> {
        if self.has_rule(Some(wanted)) { Ok(()) } else { Err(no_rule(Some(wanted))) }
    }

    /// Does something with each rule of services that is wanted (all, those of a place or of a service, or the one of both), and
    /// says with how many; one that can't run is told and left out.
    ///
    /// # Errors
    /// If there is none, or the first error of the work.
    pub(crate) fn each(
        &self,
        wanted: Option<&str>,
        mut work: impl FnMut(Study<'_>) -> Result<(), CommandError>,
    ) -> Result<usize, CommandError> {
        let rules: Vec<&Rule> =
            self.loaded.rulebook.rules().filter(|rule| is_wanted(&rule.head.place(), wanted)).collect();
        if rules.is_empty() {
            return Err(no_rule(wanted));
        }
        let bar = if rules.len() > 1 { progress(rules.len(), "rules") } else { ProgressBar::hidden() };
        let mut ran = 0;
        for rule in &rules {
            bar.set_message(rule.head.place());
            if let RuleState::Broken(why) = &rule.state {
                // Nothing can be said of it, and that must not look like nothing to say against it.
                fault(&format!("{} can't run: {}", rule.head.place_and_version(), why.reason), None);
                self.is_sound.set(false);
                continue;
            }
            let cases = self.cases_beside(rule)?;
            let constants = self.component_of(rule)?.map(|component| constants(&component)).unwrap_or_default();
            let rulebook = &self.loaded.rulebook;
            work(Study { rulebook, rule, cases: &cases, constants: &constants, today: today() })?;
            ran += 1;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(ran)
    }

    /// Whether every rule that was wanted so far can run.
    pub(crate) fn is_sound(&self) -> bool {
        self.is_sound.get()
    }

    /// The sources of a rule's versions.
    pub(crate) fn sources_of<'s>(&'s self, rule: &'s Rule) -> impl Iterator<Item = &'s RuleSource> {
        self.source.rules.iter().filter(|source| source.is_of(&rule.head))
    }

    /// The cases that stand beside the rule's versions.
    fn cases_beside(&self, rule: &Rule) -> Result<Vec<DecisionTest>, CommandError> {
        let mut cases = Vec::new();
        for folder in self.sources_of(rule) {
            let Ok(manifest) = &folder.manifest else { continue };
            for (path, read) in cases_of(folder, manifest)? {
                match read {
                    Ok(tests) => cases.extend(tests.into_iter().filter_map(|test| match test {
                        Test::Decision(case) => Some(case),
                        Test::Disclosure(_) => None,
                    })),
                    Err(fault) => warn_left_out(&path.display().to_string(), &fault.to_string()),
                }
            }
        }
        Ok(cases)
    }

    /// The code of a version of a rule with the lines of its source, which may be that of the rule it extends.
    pub(crate) fn code_of<'d>(&self, rule: &Rule, all: &'d [Option<DebugBuild>]) -> Option<&'d DebugBuild> {
        let index = self.source.rules.iter().position(|source| source.is_version(&rule.head))?;
        all.get(index)?.as_ref()
    }

    /// The bytes of a rule's file; none of one that wasn't built.
    fn component_of(&self, rule: &Rule) -> Result<Option<Vec<u8>>, CommandError> {
        let Some(digest) = &rule.head.digest else { return Ok(None) };
        let path = self.loaded.folder.join(rule_path(digest));
        std::fs::read(&path).map(Some).map_err(|error| io_error("read", &path, error))
    }
}

fn no_rule(wanted: Option<&str>) -> CommandError {
    let what = wanted.map_or_else(|| "there is no rule".to_owned(), |wanted| format!("there is no rule `{wanted}`"));
    CommandError::bad_use(what, "name a rule: a place such as CN-37, a service, or both as CN-37/SERVICE")
}

/// A case that can't be read says nothing of a rule; `ordinance test` fails for it.
pub(crate) fn warn_left_out(what: &str, why: &str) {
    eprintln!("warning: {what} is left out of the search: {why}");
}

/// Whether what stands in the folder `CODE/SERVICE`, or below it, is of this place, of this service, or the one of both.
pub(crate) fn is_wanted(folder: &str, wanted: Option<&str>) -> bool {
    let mut parts = folder.split('/');
    let (code, service) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    wanted.is_none_or(|wanted| wanted == code || wanted == service || wanted == format!("{code}/{service}"))
}

/// A place that isn't there on a day of its own law: the rulebook's places contradict its rules.
pub(crate) fn no_place(error: &ordinance_engine::DecideError) -> CommandError {
    CommandError::bad_use(error.to_string(), "mend the rulebook's places and build again")
}
