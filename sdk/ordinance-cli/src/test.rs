//! `ordinance test`: cases in, a listing of what passed and what didn't, and what of the law no case meets.

mod branches;
mod output;

use ordinance_engine::Rulebook;
use ordinance_harness::{Coverage, TestRecord, TestReport, TestResult, html, in_order, junit, percent};

use crate::arguments::{ReportArgument, TestArguments};
use crate::case_files::{CaseEntry, beside_rules, in_rulebook, of_file};
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::{Folder, Source, io_error, kind_of, write_file};
use crate::study::Project;
use crate::terminal;
use crate::test_run::{TestRun, begin_report, run_one};
use crate::watch::on_change;

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
    let rulebook = &loaded.rulebook;
    let mut tally = Tally::new(arguments, rulebook);
    match (&arguments.cases, kind) {
        (Some(file), _) => tally.run(rulebook, of_file(file)?)?,
        (None, Folder::Source) => {
            let source = Source::read(&arguments.path)?;
            tally.run(rulebook, beside_rules(&source)?.into_iter().map(Ok))?;
        }
        (None, Folder::Built) => {
            let written = in_rulebook(&arguments.path, rulebook)
                .map_err(|why| CommandError::bad_use(why, "build the rulebook again, or give --cases FILE.ndjson"))?;
            tally.run(rulebook, written.into_iter().map(Ok))?;
        }
    }
    let is_met = tally.end(arguments)?;
    if arguments.branches {
        let studied = Project::read(&arguments.path)?;
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

/// What came of the cases so far.
struct Tally {
    filter: String,
    json: bool,
    passed: u64,
    failed: u64,
    coverage: Option<Coverage>,
    report: TestReport,
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
        rulebook: &Rulebook,
        written: impl Iterator<Item = Result<CaseEntry, CommandError>>,
    ) -> Result<(), CommandError> {
        let (filter, with_decision) = (self.filter.clone(), self.coverage.is_some());
        let mut broke_off = None;
        let readable = written.map_while(|written| written.map_err(|error| broke_off = Some(error)).ok());
        let work = |written: CaseEntry| run_one(rulebook, written, &filter, with_decision);
        let bar = terminal::counter("cases");
        in_order(readable, work, |ran| {
            bar.inc(1);
            if let Some(ran) = ran {
                self.note(rulebook, ran);
            }
        });
        bar.finish_and_clear();
        broke_off.map_or(Ok(()), Err)
    }

    fn note(&mut self, rulebook: &Rulebook, ran: TestRun) {
        match ran.reported.result {
            TestResult::Passed => self.passed += 1,
            TestResult::Failed(_) | TestResult::Unusable(_) => self.failed += 1,
        }
        if let (Some(coverage), Some((case, decision))) = (&mut self.coverage, &ran.decided) {
            coverage.add(rulebook, case, decision);
        }
        output::case(&ran.reported, self.json);
        if self.keeps_cases {
            let group = if ran.reported.group.is_empty() { self.file.clone() } else { ran.reported.group };
            self.report.cases.push(TestRecord { group, ..ran.reported });
        }
    }

    /// Says the sum and writes the reports. Whether as much of the law is met as was asked for.
    fn end(&mut self, arguments: &TestArguments) -> Result<bool, CommandError> {
        let share = self.coverage.as_ref().map(|coverage| percent(coverage.met()));
        if let Some(coverage) = self.coverage.as_ref().filter(|_| arguments.coverage || arguments.threshold.is_some()) {
            output::coverage(coverage, self.json);
        }
        output::sum(self.passed, self.failed, self.json);
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
