//! A project: a folder of sources and the rulebook built from it, whose rules the commands for reviewers study.

use std::cell::Cell;
use std::path::Path;

use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::definitions::parse_definitions;
use ordinance_engine::index::rule_path;
use ordinance_engine::rulebook::embedded_manifest;
use ordinance_engine::rulebook_folder::{FILE_BYTES_MAX, RulebookFolder};
use ordinance_engine::spelling::{nearest, nearest_code};
use ordinance_engine::{Rule, RuleState};
use ordinance_harness::{DecisionTest, Pace, Study, Test, code_constants, code_texts, parse_json_line};

use crate::arguments::StudyArguments;
use crate::build::DebugBuild;
use crate::build::expressions::recomputed;
use crate::case_files::{sheets_beside, tests_beside};
use crate::exit::CommandError;
use crate::invocation::now;
use crate::rulebook::{self, LoadedRulebook};
use crate::source::{RuleSource, Source, io_error};
use crate::source_trust::SourceTrust;
use crate::study_progress::{BudgetArguments, watched};
use crate::terminal::{print_error, print_note};

/// The sources of a rulebook and the rulebook that was built from them.
pub(crate) struct Project {
    pub(crate) source: Source,
    pub(crate) loaded: LoadedRulebook,
    /// Whether every rule that a command has requested so far can run.
    is_sound: Cell<bool>,
    /// Whether the rulebook was built by this command, from the sources.
    is_built_here: bool,
    /// The time of the studies, and how far they are.
    pub(crate) pace: Pace,
}

impl Project {
    /// Reads and builds a folder.
    pub(crate) fn read(dir: &Path, trust: SourceTrust) -> Result<Self, CommandError> {
        let source = Source::read(dir, trust)?;
        let pace = Pace::default();
        let loaded = watched(&pace, &format!("building {}", dir.display()), || rulebook::load(dir, trust))?;
        Ok(Self { source, loaded, is_sound: Cell::new(true), is_built_here: true, pace })
    }

    /// Reads and builds the folder that the flags of a study name.
    pub(crate) fn read_for(arguments: &StudyArguments) -> Result<Self, CommandError> {
        Self::read(&arguments.dir, arguments.trust.trust())
    }

    /// Reads a folder and takes its rules from a rulebook that was built from it. Compiles nothing.
    ///
    /// # Errors
    /// If a definition file or the manifest of a rule differs from that of the built rulebook.
    pub(crate) fn prebuilt(dir: &Path, built: &Path) -> Result<Self, CommandError> {
        let source = Source::read(dir, SourceTrust::Untrusted)?;
        // Definitions that can't be parsed are errors at their lines, which a review reports.
        parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
        let loaded = rulebook::load_built(built.to_owned())?;
        check_same(&source, &loaded)?;
        Ok(Self { source, loaded, is_sound: Cell::new(true), is_built_here: false, pace: Pace::default() })
    }

    /// The same project, whose studies begin now and end with a budget.
    pub(crate) fn with_budget(self, budget: BudgetArguments) -> Self {
        Self { pace: budget.pace(), ..self }
    }

    /// Whether an eligibility rule matches `wanted`.
    pub(crate) fn has_rule(&self, wanted: Option<&str>) -> bool {
        self.loaded.rulebook().rules().any(|rule| is_wanted(&rule.head.source_path(), wanted))
    }

    /// Checks before long work that an eligibility rule matches `wanted`.
    ///
    /// # Errors
    /// If no rule matches.
    pub(crate) fn check_wanted(&self, wanted: &str) -> Result<(), CommandError> {
        if self.has_rule(Some(wanted)) { Ok(()) } else { Err(self.no_rule(Some(wanted))) }
    }

    /// Calls `work` for each eligibility rule that matches `wanted`, with the cases beside it. Returns the number of
    /// calls. A rule that can't run is printed as an error and left out.
    ///
    /// # Errors
    /// If no rule matches, or the first error of `work`.
    pub(crate) fn for_each_rule(
        &self,
        wanted: Option<&str>,
        work: impl FnMut(Study<'_>) -> Result<(), CommandError>,
    ) -> Result<usize, CommandError> {
        self.for_each_rule_in_time(wanted, work, |rule| {
            self.pace.leave_out(rule.head.place_and_version());
            Ok(())
        })
    }

    /// The same. Calls `left_out` for each rule that the time of the studies doesn't reach.
    ///
    /// # Errors
    /// The same, and the first error of `left_out`.
    pub(crate) fn for_each_rule_in_time(
        &self,
        wanted: Option<&str>,
        mut work: impl FnMut(Study<'_>) -> Result<(), CommandError>,
        mut left_out: impl FnMut(&Rule) -> Result<(), CommandError>,
    ) -> Result<usize, CommandError> {
        let rules: Vec<&Rule> =
            self.loaded.rulebook().rules().filter(|rule| is_wanted(&rule.head.source_path(), wanted)).collect();
        if rules.is_empty() {
            return Err(self.no_rule(wanted));
        }
        let mut calls = 0;
        for (number, rule) in (1..).zip(&rules) {
            if let RuleState::Broken(error) = &rule.state {
                // The exit code must not present an unexamined rule as a rule without defects.
                print_error(&format!("{} can't run: {error}", rule.head.place_and_version()), None);
                self.is_sound.set(false);
                continue;
            }
            let pace = &self.pace;
            if pace.is_over() {
                left_out(rule)?;
                continue;
            }
            let cases = self.tests_beside_versions(rule)?;
            let component = self.component_of(rule)?;
            let constants = component.as_deref().map(code_constants).unwrap_or_default();
            let texts = component.as_deref().map(code_texts).unwrap_or_default();
            let days =
                recomputed(&self.source, &rule.head).map(|recomputed| recomputed.days_of_change()).unwrap_or_default();
            let study = Study {
                engine: &self.loaded.engine,
                rule,
                cases: &cases,
                constants: &constants,
                texts: &texts,
                days_in_code: &days,
                now: now(),
                pace,
            };
            let what = match rules.len() {
                1 => rule.head.source_path(),
                rules => format!("rule {number} of {rules}, {}", rule.head.source_path()),
            };
            watched(pace, &what, || work(study))?;
            calls += 1;
        }
        Ok(calls)
    }

    /// Whether the rulebook was built by this command, from the sources.
    pub(crate) fn is_built_here(&self) -> bool {
        self.is_built_here
    }

    /// Whether every rule that a command has requested so far can run.
    pub(crate) fn is_sound(&self) -> bool {
        self.is_sound.get()
    }

    fn no_rule(&self, wanted: Option<&str>) -> CommandError {
        match wanted {
            Some(wanted) => no_such_rule(wanted, self.source.rules.iter().map(|rule| rule.place.as_str())),
            None => CommandError::bad_use("there is no rule".to_owned(), "`ordinance new CODE/SERVICE` writes one"),
        }
    }

    /// The sources of a rule's versions.
    pub(crate) fn sources_of<'s>(&'s self, rule: &'s Rule) -> impl Iterator<Item = &'s RuleSource> {
        self.source.rules.iter().filter(|source| source.is_of(&rule.head))
    }

    /// The decision tests beside the rule's versions.
    fn tests_beside_versions(&self, rule: &Rule) -> Result<Vec<DecisionTest>, CommandError> {
        let mut cases = Vec::new();
        let rulebook = self.loaded.rulebook();
        for source in self.sources_of(rule) {
            let Ok(manifest) = &source.manifest else { continue };
            for (path, result) in tests_beside(&self.source, source, manifest)? {
                match result {
                    Ok(tests) => cases.extend(tests.into_iter().filter_map(|test| match test {
                        Test::Decision(case) => Some(case),
                        Test::Disclosure(_) => None,
                    })),
                    Err(error) => warn_left_out(&path.display().to_string(), &error.to_string()),
                }
            }
            for (name, sheet) in sheets_beside(&self.source, source, manifest)? {
                let rows = sheet
                    .map_err(|error| vec![error])
                    .map(|rows| rows.into_iter().map(|row| row.read(rulebook, parse_json_line)).collect::<Vec<_>>());
                for row in rows.unwrap_or_else(|errors| vec![Err(errors)]) {
                    match row {
                        Ok(Test::Decision(case)) => cases.push(case),
                        Ok(Test::Disclosure(_)) => {}
                        Err(errors) => errors.iter().for_each(|error| warn_left_out(&name, &error.to_string())),
                    }
                }
            }
        }
        Ok(cases)
    }

    /// The debug build of a version of a rule, among those of all rules.
    pub(crate) fn debug_build_of<'d>(&self, rule: &Rule, all: &'d [Option<DebugBuild>]) -> Option<&'d DebugBuild> {
        let index = self.source.rules.iter().position(|source| source.is_version(&rule.head))?;
        all.get(index)?.as_ref()
    }

    /// The bytes of a rule's component. `None` for a rule that wasn't built.
    fn component_of(&self, rule: &Rule) -> Result<Option<Vec<u8>>, CommandError> {
        let Some(digest) = &rule.head.digest else { return Ok(None) };
        let folder = &self.loaded.folder;
        let name = rule_path(*digest);
        let bytes = RulebookFolder::open(folder).and_then(|reader| reader.read(&name, FILE_BYTES_MAX));
        bytes.map(Some).map_err(|error| io_error("read", &folder.join(name), error))
    }
}

/// Checks that a rulebook has the definitions and the manifests of the sources. Whether its code was compiled from them
/// only a build can tell.
fn check_same(source: &Source, loaded: &LoadedRulebook) -> Result<(), CommandError> {
    let fault = |what: String| {
        CommandError::bad_use(
            format!("`{}` wasn't built from these sources: {what}", loaded.folder.display()),
            "let the author build again, and name the rulebook that was built",
        )
    };
    let read = |name: &str| -> Result<Vec<u8>, CommandError> {
        let bytes = RulebookFolder::open(&loaded.folder).and_then(|folder| folder.read(name, FILE_BYTES_MAX));
        bytes.map_err(|error| io_error("read", &loaded.folder.join(name), error))
    };
    for (name, text) in &source.definition_files {
        if read(name)? != text.as_bytes() {
            return Err(fault(format!("`{name}` differs")));
        }
    }
    let rulebook = loaded.rulebook();
    let heads: Vec<&RuleHead> = rulebook.rules().map(|rule| &*rule.head).collect();
    let privacy = rulebook.privacy_rules().map(|rule| &*rule.head);
    let shadows = rulebook.shadows().map(|rule| &*rule.head);
    let heads: Vec<&RuleHead> = heads.into_iter().chain(privacy).chain(shadows).collect();
    if heads.len() != source.rules.len() {
        return Err(fault(format!("it has {} rules, and the sources have {}", heads.len(), source.rules.len())));
    }
    for rule in &source.rules {
        let Ok(manifest) = &rule.manifest else { continue };
        let found = heads.iter().find(|head| rule.is_version(head)).and_then(|head| head.digest);
        let embedded = found.map(|digest| read(&rule_path(digest))).transpose()?;
        let is_same =
            embedded.is_some_and(|bytes| embedded_manifest(&bytes).is_ok_and(|embedded| embedded == *manifest));
        if !is_same {
            return Err(fault(format!("the rule `{}` or its rule.toml differs", rule.place)));
        }
    }
    Ok(())
}

/// The error for a word that names no rule among those of `places`, with the name that it may misspell.
pub(crate) fn no_such_rule<'p>(wanted: &str, places: impl Iterator<Item = &'p str> + Clone) -> CommandError {
    let help = match near_rule(wanted, places) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a rule: a place such as CN-37, a service, or both as CN-37/SERVICE".to_owned(),
    };
    CommandError::bad_use(format!("there is no rule `{wanted}`"), help)
}

/// The place, the service or the rule, as `CODE/SERVICE`, that a word may misspell. `places` are the folders of rules.
pub(crate) fn near_rule<'p>(wanted: &str, places: impl Iterator<Item = &'p str> + Clone) -> Option<String> {
    let parts = |place: &'p str| place.split('/').take(2);
    let Some((code, service)) = wanted.split_once('/') else {
        return nearest_code(wanted, places.flat_map(parts)).map(str::to_owned);
    };
    let meant = |word: &str, number: usize| {
        let known = places.clone().filter_map(|place| place.split('/').nth(number));
        let is_known = known.clone().any(|known| known == word);
        if is_known { Some(word.to_owned()) } else { nearest_code(word, known).map(str::to_owned) }
    };
    let pair = meant(code, 0).zip(meant(service, 1)).map(|(code, service)| format!("{code}/{service}"));
    let is_there = |pair: &String| places.clone().any(|place| is_wanted(place, Some(pair)));
    // Where the two words mean no rule together, the whole may be one letter from a rule.
    pair.filter(is_there).or_else(|| nearest(wanted, places).map(str::to_owned))
}

/// Warns of a case that a search can't use. `ordinance test` reports the case as failed.
pub(crate) fn warn_left_out(what: &str, reason: &str) {
    print_note(&format!("warning: {what} is left out of the search: {reason}"));
}

/// Whether a folder `CODE/SERVICE`, or one below it, matches `wanted`: a place, a service or `CODE/SERVICE`. `None`
/// matches every folder.
pub(crate) fn is_wanted(folder: &str, wanted: Option<&str>) -> bool {
    let mut parts = folder.split('/');
    let code = parts.next().unwrap_or_default();
    let service = parts.next().unwrap_or_default();
    wanted.is_none_or(|wanted| wanted == code || wanted == service || wanted == format!("{code}/{service}"))
}

/// The error for a place that doesn't exist on a day on which its own law is in force.
pub(crate) fn place_error(error: &ordinance_engine::DecideError) -> CommandError {
    CommandError::bad_use(
        error.to_string(),
        "make the rulebook's places agree with the dates of its rules, and build again",
    )
}
