//! `ordinance test`: cases in, a listing of what passed and what didn't.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use ordinance_domain::manifest::Manifest;
use ordinance_engine::Registry;
use ordinance_harness::{CaseFault, Test, Verdict, parse_json_line, parse_toml, run_case, run_disclosure};

use crate::arguments::TestArguments;
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::{Folder, RuleSource, Source, io_error, kind_of};
use crate::terminal;
use crate::today;

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    fn failed(&mut self, what: &str, why: &[String]) {
        self.failed += 1;
        terminal::say(&format!("FAIL {what}"));
        for line in why {
            terminal::say(&format!("     {line}"));
        }
    }

    fn run(&mut self, registry: &Registry, test: &Test, what: &str) {
        let verdict = match test {
            Test::Decision(test) => run_case(registry, test, today()),
            Test::Disclosure(test) => run_disclosure(registry, test, today()),
        };
        match verdict {
            Verdict::Passed => {
                self.passed += 1;
                terminal::say(&format!("pass {what}"));
            }
            Verdict::Failed(differences) => self.failed(what, &differences),
            Verdict::Unusable(why) => self.failed(what, &[why]),
        }
    }
}

pub(crate) fn run(arguments: &TestArguments) -> Result<Exit, CommandError> {
    let kind = kind_of(&arguments.path)?;
    let loaded = rulebook::load(&arguments.path)?;
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let mut tally = Tally::default();
    match (&arguments.cases, kind) {
        (Some(cases), _) => run_lines(cases, &loaded.registry, filter, &mut tally)?,
        (None, Folder::Source) => {
            for rule in &Source::read(&arguments.path)?.rules {
                run_rule(rule, &loaded.registry, filter, &mut tally)?;
            }
        }
        (None, Folder::Built) => {
            return Err(CommandError::bad_use(
                "a built rulebook carries no cases",
                "name the folder of its sources, or give --cases FILE.ndjson",
            ));
        }
    }
    terminal::say(&format!("\n{} passed, {} failed", tally.passed, tally.failed));
    if tally.passed + tally.failed == 0 {
        let help = match &arguments.cases {
            Some(file) => format!("write a case a line in {}, or give another --filter", file.display()),
            None => "write cases in CODE/SERVICE/cases/*.toml, or give another --filter".to_owned(),
        };
        terminal::fault("no case was run", Some(&help));
    }
    let good = tally.failed == 0 && tally.passed > 0 && loaded.broken == 0;
    Ok(if good { Exit::Good } else { Exit::Findings })
}

/// Runs a file of one case a line. A line that can't be read is a failure with its number; the rest go on.
fn run_lines(path: &Path, registry: &Registry, filter: &str, tally: &mut Tally) -> Result<(), CommandError> {
    let file = File::open(path).map_err(|source| io_error("read", path, source))?;
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.map_err(|source| io_error("read", path, source))?;
        if line.trim().is_empty() {
            continue;
        }
        match parse_json_line(&line, number) {
            Ok(test) if test.name().contains(filter) => tally.run(registry, &test, test.name()),
            Ok(_) => {}
            Err(fault) => tally.failed(&format!("{}:{number}", path.display()), &[fault.to_string()]),
        }
    }
    Ok(())
}

fn run_rule(rule: &RuleSource, registry: &Registry, filter: &str, tally: &mut Tally) -> Result<(), CommandError> {
    let Ok(manifest) = &rule.manifest else {
        tally.failed(&rule.place, &["its rule.toml can't be read".to_owned()]);
        return Ok(());
    };
    for (path, read) in cases_of(rule, manifest)? {
        match read {
            Ok(cases) => {
                for test in cases {
                    let what = format!("{}: {}", rule.place, test.name());
                    if what.contains(filter) {
                        tally.run(registry, &test, &what);
                    }
                }
            }
            Err(fault) => tally.failed(&rule.place, &[format!("{}:{fault}", path.display())]),
        }
    }
    Ok(())
}

/// The case files beside a rule, each with its cases or its fault.
pub(crate) fn cases_of(rule: &RuleSource, manifest: &Manifest) -> Result<Vec<CaseFile>, CommandError> {
    let mut files = Vec::new();
    for path in case_files(&rule.folder.join("cases"))? {
        let text = fs::read_to_string(&path).map_err(|source| io_error("read", &path, source))?;
        let read = parse_toml(&text, manifest.jurisdiction.as_str(), &manifest.about);
        files.push((path, read));
    }
    Ok(files)
}

/// A case file and what is in it.
pub(crate) type CaseFile = (PathBuf, Result<Vec<Test>, CaseFault>);

fn case_files(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| io_error("read", folder, source))? {
        let path = entry.map_err(|source| io_error("read", folder, source))?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}
