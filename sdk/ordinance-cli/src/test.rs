//! `ordinance test`: cases in, a listing of what passed and what didn't, and what of the law no case meets.

mod branches;
mod files;
mod told;

use std::collections::BTreeMap;
use std::path::Path;

use ordinance_domain::decision::Decision;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::case::Case;
use ordinance_engine::rulebook::RuleFolder;
use ordinance_engine::{Engine, Rule, Rulebook};
use ordinance_harness::{
    CaseResult, Coverage, Report, Reported, Test, TestCase, html, in_order, junit, percent, run_case_on, run_disclosure,
};
use ordinance_host::SelfTestFailure;

use crate::arguments::{ReportArgument, TestArguments};
use crate::command_line;
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::{Folder, Source, io_error, kind_of, write_file};
use crate::study::{Studied, is_wanted};
use crate::terminal;
use crate::today;
use crate::watch::on_change;

pub(crate) use self::files::{CaseFiles, case_files_of, cases_of};
use self::files::{Written, beside_rules, in_rulebook, of_file};

pub(crate) fn run(arguments: &TestArguments) -> Result<Exit, CommandError> {
    if !arguments.watch {
        return run_once(arguments);
    }
    let (again, folder) = (arguments.clone(), arguments.path.clone());
    let folder = folder.canonicalize().map_err(|source| io_error("read", &folder, source))?;
    on_change(folder, move || say_what_came_of(run_once(&again)));
    say_what_came_of(run_once(arguments));
    loop {
        std::thread::park();
    }
}

fn say_what_came_of(ran: Result<Exit, CommandError>) {
    if let Err(error) = ran {
        terminal::error(&error);
    }
    eprintln!("waiting for a change");
}

fn run_once(arguments: &TestArguments) -> Result<Exit, CommandError> {
    let kind = kind_of(&arguments.path)?;
    let loaded = rulebook::load(&arguments.path)?;
    let engine = &loaded.engine;
    let rulebook = engine.rulebook();
    let mut tally = Tally::new(arguments, rulebook);
    match (&arguments.cases, kind) {
        (Some(file), _) => tally.run(engine, of_file(file)?)?,
        (None, Folder::Source) => {
            let source = Source::read(&arguments.path)?;
            tally.run(engine, beside_rules(&source)?.into_iter().map(Ok))?;
        }
        (None, Folder::Built) => {
            let written = in_rulebook(&arguments.path, rulebook)
                .map_err(|why| CommandError::bad_use(why, "build the rulebook again, or give --cases FILE.ndjson"))?;
            tally.run(engine, written.into_iter().map(Ok))?;
        }
    }
    let is_met = tally.end(arguments)?;
    if arguments.branches {
        let studied = Studied::read(&arguments.path)?;
        branches::tell(&studied, arguments.filter.as_deref().unwrap_or_default(), arguments.json)?;
    }
    let (passed, all) = (tally.passed, tally.passed + tally.failed);
    if all == 0 {
        let help = match &arguments.cases {
            Some(file) => format!("write a case a line in {}, or give another --filter", file.display()),
            None => "write cases in CODE/SERVICE/cases/*.toml, or give another --filter".to_owned(),
        };
        terminal::fault("no case was run", Some(&help));
    }
    let is_good = passed == all && all > 0 && loaded.broken == 0 && is_met;
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

/// A case that was run; none if the filter leaves it out.
struct Ran {
    reported: Reported,
    decided: Option<(Case, Decision)>,
}

/// A report without cases yet.
fn begin_report(rulebook: &Rulebook) -> Report {
    Report { rulebook: rulebook.digest().to_owned(), ..unread_report() }
}

/// A report of a rulebook that isn't read yet.
pub(crate) fn unread_report() -> Report {
    Report { command: command_line(), day: today().to_string(), ..Report::default() }
}

/// What came of the cases so far.
struct Tally {
    filter: String,
    json: bool,
    passed: u64,
    failed: u64,
    coverage: Option<Coverage>,
    report: Report,
    keeps_cases: bool,
    /// The file of cases, if it isn't those beside the rules.
    file: String,
}

impl Tally {
    fn new(arguments: &TestArguments, rulebook: &Rulebook) -> Self {
        let wants_coverage = arguments.coverage || arguments.threshold.is_some() || !arguments.report.is_empty();
        Self {
            filter: arguments.filter.clone().unwrap_or_default(),
            json: arguments.json,
            passed: 0,
            failed: 0,
            coverage: wants_coverage.then(Coverage::default),
            report: begin_report(rulebook),
            keeps_cases: !arguments.report.is_empty(),
            file: arguments.cases.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
        }
    }

    /// Runs cases on all cores; the first that can't even be read from its file ends it.
    fn run(
        &mut self,
        engine: &Engine,
        written: impl Iterator<Item = Result<Written, CommandError>>,
    ) -> Result<(), CommandError> {
        let (filter, with_decision) = (self.filter.clone(), self.coverage.is_some());
        let mut broke_off = None;
        let readable = written.map_while(|written| written.map_err(|error| broke_off = Some(error)).ok());
        let work = |written: Written| run_one(engine, written, &filter, with_decision);
        let bar = terminal::counter("cases");
        in_order(readable, work, |ran| {
            bar.inc(1);
            if let Some(ran) = ran {
                self.note(engine, ran);
            }
        });
        bar.finish_and_clear();
        broke_off.map_or(Ok(()), Err)
    }

    fn note(&mut self, engine: &Engine, ran: Ran) {
        match ran.reported.result {
            CaseResult::Passed => self.passed += 1,
            CaseResult::Failed(_) | CaseResult::Unusable(_) => self.failed += 1,
        }
        if let (Some(coverage), Some((case, decision))) = (&mut self.coverage, &ran.decided) {
            coverage.add(engine, case, decision);
        }
        told::case(&ran.reported, self.json);
        if self.keeps_cases {
            let group = if ran.reported.group.is_empty() { self.file.clone() } else { ran.reported.group };
            self.report.cases.push(Reported { group, ..ran.reported });
        }
    }

    /// Says the sum and writes the reports. Whether as much of the law is met as was asked for.
    fn end(&mut self, arguments: &TestArguments) -> Result<bool, CommandError> {
        let share = self.coverage.as_ref().map(|coverage| percent(coverage.met()));
        if let Some(coverage) = self.coverage.as_ref().filter(|_| arguments.coverage || arguments.threshold.is_some()) {
            told::coverage(coverage, self.json);
        }
        told::sum(self.passed, self.failed, self.json);
        self.report.coverage = self.coverage.take();
        for report in &arguments.report {
            let (path, text) = match report {
                ReportArgument::Html(path) => (path, html(&self.report)),
                ReportArgument::Junit(path) => {
                    (path, junit(&self.report).map_err(|error| io_error("written", path, error))?)
                }
            };
            write_file(path, &text)?;
        }
        match (arguments.threshold, share) {
            (Some(least), Some(share)) if share < usize::from(least) => {
                let help = "write cases for what is listed above; `--report html=FILE` shows it beside the articles";
                terminal::fault(
                    &format!("the cases meet {share} % of the law, less than the {least} % asked for"),
                    Some(help),
                );
                Ok(false)
            }
            (Some(_) | None, _) => Ok(true),
        }
    }
}

/// The cases of services beside the rules that are wanted.
pub(crate) fn decision_cases(studied: &Studied, wanted: Option<&str>) -> Result<Vec<TestCase>, CommandError> {
    let case = |written: Written| match written.read(studied.loaded.rulebook()).2 {
        Ok(Test::Decision(case)) => Some(case),
        Ok(Test::Disclosure(_)) | Err(_) => None,
    };
    Ok(wanted_beside(studied, wanted)?.filter_map(case).collect())
}

fn wanted_beside(
    studied: &Studied,
    wanted: Option<&str>,
) -> Result<impl Iterator<Item = Written> + use<>, CommandError> {
    let wanted = wanted.map(str::to_owned);
    let is_it = move |written: &Written| is_wanted(written.group(), wanted.as_deref());
    Ok(beside_rules(&studied.source)?.into_iter().filter(is_it))
}

/// Runs the cases beside the rules that are wanted, and says nothing of them yet.
pub(crate) fn report_on(studied: &Studied, wanted: Option<&str>) -> Result<Report, CommandError> {
    let engine = &studied.loaded.engine;
    let mut report = begin_report(engine.rulebook());
    let mut coverage = Coverage::default();
    let written = wanted_beside(studied, wanted)?;
    in_order(
        written,
        |written| run_one(engine, written, "", true),
        |ran| {
            let Some(ran) = ran else { return };
            if let Some((case, decision)) = &ran.decided {
                coverage.add(engine, case, decision);
            }
            report.cases.push(ran.reported);
        },
    );
    coverage.keep(|head| is_wanted(&head.place(), wanted));
    report.coverage = Some(coverage);
    Ok(report)
}

/// How often a case is run that comes out otherwise on a busy host.
const TRIES: usize = 3;

/// The rules of a built rulebook whose own cases come out otherwise.
///
/// # Errors
/// Why the cases can't be read.
pub(crate) fn disproved(engine: &Engine, folder: &Path) -> Result<Vec<SelfTestFailure>, String> {
    let written = in_rulebook(folder, engine.rulebook())?;
    let mut failed: BTreeMap<RuleFolder, Vec<String>> = BTreeMap::new();
    let passes = |written: Written| {
        // A deadline may pass while others want the processor; what a rule gets wrong it gets wrong each time.
        let run =
            || run_one(engine, written.clone(), "", false).filter(|ran| ran.reported.result != CaseResult::Passed);
        (0..TRIES).map(|_| run()).collect::<Option<Vec<Ran>>>().and_then(|tries| tries.into_iter().next_back())
    };
    in_order(written.into_iter(), passes, |ran: Option<Ran>| {
        let Some(Reported { group, name, result, .. }) = ran.map(|ran| ran.reported) else { return };
        // What is no law yet is no ground against the rulebook.
        let Some(folder) = folder_of(&group).filter(|_| on_trial(engine.rulebook(), &group).is_none()) else { return };
        let why = match result {
            CaseResult::Passed => return,
            CaseResult::Failed(failure) => failure.differences.first().map(ToString::to_string).unwrap_or_default(),
            CaseResult::Unusable(why) => why,
        };
        failed.entry(folder).or_default().push(format!("`{name}`: {why}"));
    });
    let disproved = |(folder, cases): (RuleFolder, Vec<String>)| {
        let first = cases.first().cloned().unwrap_or_default();
        let count = terminal::counted(cases.len(), "of its cases comes", "of its cases come");
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

/// The rule on trial beside which cases stand: that of the version that the folder is named by.
fn on_trial<'r>(rulebook: &'r Rulebook, group: &str) -> Option<&'r Rule> {
    rulebook.shadows().find(|rule| format!("{}/{}", rule.head.place(), rule.head.version) == group)
}

/// Reads and runs one case.
fn run_one(engine: &Engine, written: Written, filter: &str, with_decision: bool) -> Option<Ran> {
    let (group, at, read) = written.read(engine.rulebook());
    let test = match read {
        Ok(test) => test,
        Err(why) => {
            let (name, facts, result) = (at.to_string(), Vec::new(), CaseResult::Unusable(why));
            let reported = Reported { group, name, at, facts, result };
            return Some(Ran { reported, decided: None });
        }
    };
    let name = test.name().to_owned();
    if !format!("{group}: {name}").contains(filter) {
        return None;
    }
    let (result, decided) = match &test {
        Test::Decision(test) => run_case_on(engine, on_trial(engine.rulebook(), &group), test, today()),
        Test::Disclosure(test) => (run_disclosure(engine, test, today()), None),
    };
    let facts = if result == CaseResult::Passed { Vec::new() } else { test.facts() };
    let reported = Reported { group, name, at, facts, result };
    Some(Ran { reported, decided: decided.filter(|_| with_decision) })
}
