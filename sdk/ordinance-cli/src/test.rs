//! `ordinance test`: runs tests, lists the results, and reports the coverage of the law.

mod branches;
mod listing;

use ordinance_engine::{Engine, RuleState, Rulebook};
use ordinance_harness::{
    CaseLocation, Coverage, TestRecord, TestReport, TestResult, junit_xml, par_map_ordered, test_report_html,
};

use crate::arguments::{ReportArgument, TestArguments};
use crate::case_files::{CaseEntry, entries_beside_rules, entries_in_rulebook, entries_of_file};
use crate::exit::{CommandError, Exit};
use crate::failed_rules::FailedRules;
use crate::faults::Faults;
use crate::page_results::write_coverage;
use crate::progress::Progress;
use crate::project::Project;
use crate::rulebook;
use crate::source::{Folder, Source, io_error, kind_of, write_file};
use crate::terminal;
use crate::terminal::print_status;
use crate::test_run::{NotRun, TestRun, empty_report, run_entry, without_broken};
use crate::watch::on_change;

pub(crate) fn run(arguments: &TestArguments) -> Result<Exit, CommandError> {
    if !arguments.watch {
        return run_once(arguments);
    }
    let folder = arguments.folder.path();
    let folder = folder.canonicalize().map_err(|source| io_error("read", folder, source))?;
    let repeated = arguments.clone();
    on_change(folder, move |_| run_and_wait(&repeated));
    run_and_wait(arguments);
    loop {
        std::thread::park();
    }
}

fn run_and_wait(arguments: &TestArguments) {
    if let Err(error) = run_once(arguments) {
        terminal::print_command_error(&error);
    }
    print_status!("waiting for a change");
}

fn run_once(arguments: &TestArguments) -> Result<Exit, CommandError> {
    let kind = kind_of(arguments.folder.path())?;
    let loaded = rulebook::load(arguments.folder.path(), arguments.trust.trust())?;
    let engine = &loaded.engine;
    let rulebook = engine.rulebook();
    if loaded.broken > 0 && rulebook.rules().all(|rule| matches!(rule.state, RuleState::Broken(_))) {
        terminal::print_error("no case was run, since no rule can run", Some("mend the errors above first"));
        return Ok(Exit::Findings);
    }
    let source = match kind {
        Folder::Source => Some(Source::read(arguments.folder.path(), arguments.trust.trust())?),
        Folder::Built => None,
    };
    let mut session = TestSession::new(arguments, rulebook, source.as_ref());
    match (&arguments.cases, &source) {
        (Some(file), _) => session.run(engine, entries_of_file(file)?)?,
        (None, Some(source)) => {
            let (entries, not_run) = without_broken(entries_beside_rules(source)?, source, rulebook, &session.filter);
            session.run(engine, entries.into_iter().map(Ok))?;
            session.not_run = not_run;
        }
        (None, None) => {
            let entries = entries_in_rulebook(arguments.folder.path(), rulebook).map_err(|error| {
                CommandError::bad_use(error.to_string(), "build the rulebook again, or give --cases FILE.ndjson")
            })?;
            session.run(engine, entries.into_iter().map(Ok))?;
        }
    }
    let is_whole = arguments.cases.is_none() && arguments.filter.is_none() && source.is_some();
    if let Some(coverage) = session.coverage.as_ref().filter(|_| is_whole) {
        write_coverage(&loaded, coverage)?;
    }
    let is_covered = session.finish(arguments)?;
    if arguments.branches {
        let project = Project::read(arguments.folder.path(), arguments.trust.trust())?;
        branches::print(&project, arguments.filter.as_deref().unwrap_or_default(), arguments.json)?;
    }
    if session.passed + session.failed == 0 && session.not_run.is_empty() {
        let or_filter = if arguments.filter.is_some() { ", or give another --filter" } else { "" };
        let help = match &arguments.cases {
            Some(file) => format!("write one case per line in {}{or_filter}", file.display()),
            None => format!("write cases in CODE/SERVICE/cases/*.toml{or_filter}"),
        };
        terminal::print_error("no case was run", Some(&help));
    }
    let is_good = session.failed == 0 && session.passed > 0 && loaded.broken == 0 && is_covered;
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

/// The settings and the results so far of one run.
struct TestSession<'s> {
    filter: String,
    json: bool,
    passed: u64,
    failed: u64,
    /// The cases beside rules that can't run.
    not_run: Vec<NotRun>,
    coverage: Option<Coverage>,
    report: TestReport,
    keeps_records: bool,
    /// The path of the file of cases; empty for the cases beside the rules.
    file: String,
    /// The faults of the rows of that file.
    faults: Faults,
    /// Where rules failed; `None` if there are no sources.
    failed_rules: Option<FailedRules<'s>>,
}

impl<'s> TestSession<'s> {
    fn new(arguments: &TestArguments, rulebook: &Rulebook, source: Option<&'s Source>) -> Self {
        let wants_coverage = arguments.coverage || arguments.threshold.is_some() || !arguments.report.is_empty();
        Self {
            filter: arguments.filter.clone().unwrap_or_default(),
            json: arguments.json,
            passed: 0,
            failed: 0,
            not_run: Vec::new(),
            coverage: wants_coverage.then(Coverage::default),
            report: empty_report(rulebook),
            keeps_records: !arguments.report.is_empty(),
            file: arguments.cases.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
            faults: Faults::default(),
            failed_rules: source.map(FailedRules::new),
        }
    }

    /// Runs tests on all cores.
    ///
    /// # Errors
    /// The first error of the disk; later entries are not run.
    fn run(
        &mut self,
        engine: &Engine,
        entries: impl Iterator<Item = Result<CaseEntry, CommandError>>,
    ) -> Result<(), CommandError> {
        let filter = self.filter.clone();
        let with_decision = self.coverage.is_some();
        let mut disk_error = None;
        let readable = entries.map_while(|entry| entry.map_err(|error| disk_error = Some(error)).ok());
        let work = |entry: CaseEntry| run_entry(engine, entry, &filter, with_decision);
        let bar = Progress::counter("cases");
        par_map_ordered(readable, work, |run| {
            bar.add(1);
            if let Some(run) = run {
                self.add(engine, run);
            }
        });
        bar.clear();
        self.tell_faults();
        disk_error.map_or(Ok(()), Err)
    }

    fn add(&mut self, engine: &Engine, mut run: TestRun) {
        if let Some(failed_rules) = &mut self.failed_rules {
            run.explain_failures(failed_rules);
        }
        match run.record.result {
            TestResult::Passed => self.passed += 1,
            TestResult::Failed(_) | TestResult::Unusable(_) => self.failed += 1,
        }
        if let (Some(coverage), Some((case, decision))) = (&mut self.coverage, &run.decided) {
            coverage.add(engine, case, decision);
        }
        // A file may have a fault in each of a million rows; it is told once, when all are known.
        if !run.faults.is_empty() && !self.file.is_empty() {
            run.faults.iter().for_each(|fault| self.faults.add(fault.place, &run.record.name, &fault.message));
            return;
        }
        self.tell(run.record);
    }

    fn tell(&mut self, record: TestRecord) {
        listing::print_record(&record, self.json, !self.file.is_empty());
        if self.keeps_records {
            let group = if record.group.is_empty() { self.file.clone() } else { record.group };
            self.report.cases.push(TestRecord { group, ..record });
        }
    }

    /// Tells each fault of a file of cases, at the first row that has it.
    fn tell_faults(&mut self) {
        let faults = std::mem::take(&mut self.faults);
        for fault in faults.iter() {
            let location = CaseLocation { file: self.file.clone(), line: fault.place.line };
            let result = TestResult::Unusable(format!("{}: {}", fault.place, fault.told()));
            self.tell(TestRecord {
                group: String::new(),
                name: fault.case.clone(),
                location,
                facts: Vec::new(),
                result,
            });
        }
        if let Some(others) = faults.others() {
            terminal::print_error(&others, Some("mend those above first"));
        }
    }

    /// Prints the totals and writes the reports. Returns whether the coverage reaches the threshold.
    fn finish(&mut self, arguments: &TestArguments) -> Result<bool, CommandError> {
        let percent = self.coverage.as_ref().map(|coverage| coverage.covered().percent());
        if let Some(coverage) = &self.coverage
            && (arguments.coverage || arguments.threshold.is_some())
        {
            listing::print_coverage(coverage, self.json);
        }
        listing::print_totals(self.passed, self.failed, &self.not_run, self.json);
        self.report.coverage = self.coverage.take();
        for report in &arguments.report {
            match report {
                ReportArgument::Html(path) => write_file(path, &test_report_html(&self.report))?,
                ReportArgument::Junit(path) => {
                    let xml = junit_xml(&self.report).map_err(|error| io_error("written", path, error))?;
                    write_file(path, &xml)?;
                }
            }
        }
        match (arguments.threshold, percent) {
            (Some(least), Some(percent)) if percent < usize::from(least) => {
                let help = "write cases for the gaps listed above; `--report html=FILE` shows them beside the articles";
                terminal::print_error(
                    &format!("the cases cover {percent} % of the law, less than the threshold of {least} %"),
                    Some(help),
                );
                Ok(false)
            }
            (Some(_) | None, _) => Ok(true),
        }
    }
}
