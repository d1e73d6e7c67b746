//! `ordinance test`: runs tests, lists the results, and reports the coverage of the law.

mod branches;
mod listing;

use ordinance_engine::spelling::nearest;
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
use crate::project::{Project, near_rule};
use crate::rulebook;
use crate::source::{Folder, Source, io_error, kind_of, write_file};
use crate::terminal;
use crate::terminal::print_status;
use crate::test_run::{NotRun, TestRun, empty_report, run_entry, without_broken};
use crate::watch::{Watch, print_unwatched};

pub(crate) fn run(arguments: &TestArguments) -> Result<Exit, CommandError> {
    if !arguments.watch {
        return run_once(arguments);
    }
    let folder = arguments.folder.path();
    let folder = folder.canonicalize().map_err(|source| io_error("read", folder, source))?;
    let repeated = arguments.clone();
    match Watch::begin(folder) {
        Ok(watch) => watch.on_change(move |_| run_and_wait(&repeated)),
        Err(error) => print_unwatched(&error),
    }
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
            let entries = entries_beside_rules(source)?;
            session.names = names_of(&entries);
            let (entries, not_run) = without_broken(entries, source, rulebook, &session.filter);
            session.run(engine, entries.into_iter().map(Ok))?;
            session.not_run = not_run;
        }
        (None, None) => {
            let entries = entries_in_rulebook(arguments.folder.path(), rulebook).map_err(|error| {
                CommandError::bad_use(error.to_string(), "build the rulebook again, or give --cases FILE.ndjson")
            })?;
            session.names = names_of(&entries);
            session.run(engine, entries.into_iter().map(Ok))?;
        }
    }
    let is_whole = arguments.cases.is_none() && arguments.filter.is_none() && source.is_some();
    if let Some(coverage) = session.coverage.as_ref().filter(|_| is_whole) {
        write_coverage(&loaded, coverage)?;
    }
    let is_covered = session.finish(arguments, rulebook)?;
    if arguments.branches {
        let project = Project::read(arguments.folder.path(), arguments.trust.trust())?;
        branches::print(&project, arguments.filter.as_deref().unwrap_or_default(), arguments.json)?;
    }
    if session.passed + session.failed == 0 && session.not_run.is_empty() {
        print_no_case(arguments, &session.names);
    }
    let is_good = session.failed == 0 && session.passed > 0 && loaded.broken == 0 && is_covered;
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

/// The names by which `--filter` selects tests, each behind the folder of its rule.
fn names_of(entries: &[CaseEntry]) -> Vec<String> {
    entries.iter().map(|entry| format!("{}: {}", entry.group(), entry.name())).collect()
}

/// Says that no case was run, and what a filter may misspell. `names` are those of the cases beside the rules.
fn print_no_case(arguments: &TestArguments, names: &[String]) {
    let help = match (&arguments.cases, &arguments.filter) {
        (Some(file), None) => format!("write one case per line in {}", file.display()),
        (Some(file), Some(_)) => format!("write one case per line in {}, or give another --filter", file.display()),
        (None, None) => "write cases in CODE/SERVICE/cases, as TOML or in a table".to_owned(),
        (None, Some(filter)) => match meant_filter(filter, names) {
            Some(meant) => format!("did you mean --filter {}?", quoted(&meant)),
            None => "write cases in CODE/SERVICE/cases, as TOML or in a table, or give another --filter".to_owned(),
        },
    };
    let which = arguments.filter.as_ref().map(|filter| format!(": none has `{filter}` in its name or folder"));
    terminal::print_error(&format!("no case was run{}", which.unwrap_or_default()), Some(&help));
}

/// The filter that was meant: the same in other case, or the place, service, rule or name that it may misspell.
fn meant_filter(filter: &str, names: &[String]) -> Option<String> {
    let parts = |name: &String| name.split_once(": ").map(|(group, name)| (group.to_owned(), name.to_owned()));
    let (groups, names_alone): (Vec<String>, Vec<String>) = names.iter().filter_map(parts).unzip();
    names.iter().find_map(|name| same_in_other_case(filter, name)).or_else(|| {
        let groups = groups.iter().map(String::as_str);
        near_rule(filter, groups).or_else(|| nearest(filter, names_alone.iter().map(String::as_str)).map(str::to_owned))
    })
}

/// The part of a name that is the text but for upper and lower case.
fn same_in_other_case(text: &str, name: &str) -> Option<String> {
    let wanted = text.to_lowercase();
    let count = text.chars().count();
    let starts = name.char_indices().map(|(start, _)| start);
    let mut parts = starts.map(|start| name.get(start..).unwrap_or_default().chars().take(count).collect::<String>());
    parts.find(|part| part.to_lowercase() == wanted)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_/.".contains(letter);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
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
    /// The names of the cases beside the rules.
    names: Vec<String>,
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
            names: Vec::new(),
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
    fn finish(&mut self, arguments: &TestArguments, rulebook: &Rulebook) -> Result<bool, CommandError> {
        let percent = self.coverage.as_ref().map(|coverage| coverage.covered().percent());
        if let Some(coverage) = &self.coverage
            && (arguments.coverage || arguments.threshold.is_some())
        {
            listing::print_coverage(coverage, self.json);
        }
        listing::print_totals(self.passed, self.failed, &self.not_run, self.json);
        self.report.coverage = self.coverage.take();
        self.report.cases.extend(self.not_run.iter().map(NotRun::record));
        for report in &arguments.report {
            match report {
                ReportArgument::Html(path) => {
                    write_file(path, &test_report_html(&self.report, Some(rulebook), arguments.language.into()))?
                }
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
