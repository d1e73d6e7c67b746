//! Where cases stand: beside the rules, or in a file of many, which is read as it goes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::manifest::Manifest;
use ordinance_engine::Registry;
use ordinance_harness::{CaseFault, Columns, Test, parse_json_array, parse_json_line, parse_toml};

use crate::exit::CommandError;
use crate::source::{RuleSource, Source, io_error};

/// A case as it is written.
pub(crate) enum Written {
    /// One that was read, of a rule or of no group.
    Read { group: String, test: Box<Test> },
    /// A line of NDJSON.
    Line { path: Arc<Path>, number: usize, text: String },
    /// A line of a table.
    Row { path: Arc<Path>, columns: Arc<Columns>, row: csv::StringRecord },
    /// One that can't be read.
    Unreadable { group: String, name: String, why: String },
}

impl Written {
    /// The case with its group, or its name and what is wrong with it.
    pub(super) fn read(self, registry: &Registry) -> (String, Result<Test, (String, String)>) {
        let of_file = |path: &Path, line: usize, read: Result<Test, CaseFault>| {
            let fault = |fault: CaseFault| (format!("{}:{line}", path.display()), fault.to_string());
            (String::new(), read.map_err(fault))
        };
        match self {
            Self::Read { group, test } => (group, Ok(*test)),
            Self::Line { path, number, text } => of_file(&path, number, parse_json_line(&text, number)),
            Self::Row { path, columns, row } => {
                let line = row.position().map_or(0, csv::Position::line);
                of_file(&path, usize::try_from(line).unwrap_or(usize::MAX), columns.case(&row, registry))
            }
            Self::Unreadable { group, name, why } => (group, Err((name, why))),
        }
    }
}

/// A source of cases.
type Cases = Box<dyn Iterator<Item = Result<Written, CommandError>>>;

/// The cases of a file, by its ending. A case that can't be read is a failure with its line; the rest go on.
pub(super) fn of_file(path: &Path) -> Result<Cases, CommandError> {
    let open = || File::open(path).map_err(|source| io_error("read", path, source));
    let shared: Arc<Path> = path.into();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending {
        "json" => {
            let text = fs::read_to_string(path).map_err(|source| io_error("read", path, source))?;
            let cases = parse_json_array(&text).map_err(|fault| bad_file(path, &fault))?;
            let written = move |read: Result<Test, CaseFault>| match read {
                Ok(test) => Written::Read { group: String::new(), test: Box::new(test) },
                Err(fault) => {
                    let name = format!("{}:{}", shared.display(), fault.line);
                    Written::Unreadable { group: String::new(), name, why: fault.to_string() }
                }
            };
            Ok(Box::new(cases.into_iter().map(written).map(Ok)))
        }
        "csv" => {
            let mut reader = csv::ReaderBuilder::new().from_reader(open()?);
            let unreadable =
                |error: csv::Error| CommandError::bad_use(format!("`{}`: {error}", path.display()), CSV_HELP);
            let columns =
                Columns::of_cases(reader.headers().map_err(unreadable)?).map_err(|fault| bad_file(path, &fault))?;
            let columns = Arc::new(columns);
            let written = move |row: Result<csv::StringRecord, csv::Error>| match row {
                Ok(row) => Written::Row { path: Arc::clone(&shared), columns: Arc::clone(&columns), row },
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    let name = format!("{}:{line}", shared.display());
                    Written::Unreadable { group: String::new(), name, why: error.to_string() }
                }
            };
            Ok(Box::new(reader.into_records().map(written).map(Ok)))
        }
        _ => {
            let lines = (1..).zip(BufReader::new(open()?).lines());
            Ok(Box::new(lines.filter_map(move |(number, line)| match line {
                Ok(text) if text.trim().is_empty() => None,
                Ok(text) => Some(Ok(Written::Line { path: Arc::clone(&shared), number, text })),
                Err(source) => Some(Err(io_error("read", &shared, source))),
            })))
        }
    }
}

const CSV_HELP: &str = "a table has the columns jurisdiction, service, as_of and outcome, and one for each fact; see ordinance test --help";

fn bad_file(path: &Path, fault: &CaseFault) -> CommandError {
    CommandError::bad_use(format!("`{}`:{fault}", path.display()), CSV_HELP)
}

/// The cases beside the rules of a folder.
pub(super) fn beside_rules(source: &Source) -> Result<Vec<Written>, CommandError> {
    let mut all = Vec::new();
    for rule in &source.rules {
        let group = rule.place.clone();
        let Ok(manifest) = &rule.manifest else {
            let (name, why) = ("rule.toml".to_owned(), "its rule.toml can't be read".to_owned());
            all.push(Written::Unreadable { group, name, why });
            continue;
        };
        for (path, read) in cases_of(rule, manifest)? {
            match read {
                Ok(tests) => all
                    .extend(tests.into_iter().map(|test| Written::Read { group: group.clone(), test: Box::new(test) })),
                Err(fault) => {
                    let (group, name) = (group.clone(), path.display().to_string());
                    all.push(Written::Unreadable { group, name, why: fault.to_string() });
                }
            }
        }
    }
    Ok(all)
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
