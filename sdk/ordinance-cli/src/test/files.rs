//! Where cases stand: beside the rules, or in a file of many, which is read as it goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::manifest::Manifest;
use ordinance_engine::Registry;
use ordinance_harness::{At, CaseFault, Columns, Test, parse_json_array, parse_json_line, parse_toml};

use crate::entries::{Content, Entry, objects, rows};
use crate::exit::CommandError;
use crate::source::{MANIFEST_FILE, RuleSource, Source, io_error};

/// A case as it is written.
pub(crate) enum Written {
    /// One that was read, of a rule or of no group.
    Read { group: String, path: Arc<Path>, test: Box<Test> },
    /// A line of a file of many.
    Line { path: Arc<Path>, entry: Entry },
    /// One that can't be read.
    Unreadable { group: String, at: At, why: String },
}

impl Written {
    /// The rule beside which it stands; empty for a case of a file of many.
    pub(super) fn group(&self) -> &str {
        match self {
            Self::Read { group, .. } | Self::Unreadable { group, .. } => group,
            Self::Line { .. } => "",
        }
    }

    /// The group and the place of the case, and the case, or what is wrong with it.
    pub(super) fn read(self, registry: &Registry) -> (String, At, Result<Test, String>) {
        match self {
            Self::Read { group, path, test } => (group, at(&path, test.line()), Ok(*test)),
            Self::Line { path, entry } => {
                let at = at(&path, entry.line);
                (String::new(), at, entry.read(registry, parse_json_line).map_err(|fault| fault.to_string()))
            }
            Self::Unreadable { group, at, why } => (group, at, Err(why)),
        }
    }
}

fn at(path: &Path, line: usize) -> At {
    At { file: path.display().to_string(), line }
}

/// A source of cases.
type Cases = Box<dyn Iterator<Item = Result<Written, CommandError>>>;

/// The cases of a file, by its ending. A case that can't be read is a failure with its line; the rest go on.
pub(super) fn of_file(path: &Path) -> Result<Cases, CommandError> {
    let shared: Arc<Path> = path.into();
    let unreadable =
        |path: &Path, line: usize, why: String| Written::Unreadable { group: String::new(), at: at(path, line), why };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let entries = match ending {
        "json" => {
            let text = fs::read_to_string(path).map_err(|source| io_error("read", path, source))?;
            let cases = parse_json_array(&text).map_err(|fault| bad_file(path, &fault))?;
            let written = move |read: Result<Test, CaseFault>| match read {
                Ok(test) => Written::Read { group: String::new(), path: Arc::clone(&shared), test: Box::new(test) },
                Err(fault) => unreadable(&shared, fault.line, fault.to_string()),
            };
            return Ok(Box::new(cases.into_iter().map(written).map(Ok)));
        }
        "toml" => {
            return Err(CommandError::bad_use(
                format!("`{}`: cases in TOML stand beside a rule, which says what they are about", path.display()),
                "put it into CODE/SERVICE/cases, or write the cases as NDJSON, JSON or CSV",
            ));
        }
        "csv" | "parquet" => {
            rows(path, CSV_HELP, |names| Columns::of_cases(names).map_err(|fault| bad_file(path, &fault)))?
        }
        _ => objects(path)?,
    };
    Ok(Box::new(entries.map(move |entry| {
        Ok(match entry? {
            Entry { line, content: Content::Unreadable(why) } => unreadable(&shared, line, why),
            entry => Written::Line { path: Arc::clone(&shared), entry },
        })
    })))
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
        let manifest = match &rule.manifest {
            Ok(manifest) => manifest,
            Err(fault) => {
                let at = at(&rule.folder.join(MANIFEST_FILE), fault.line_and_column().0);
                all.push(Written::Unreadable { group, at, why: format!("its cases can't be put to it: {fault}") });
                continue;
            }
        };
        for (path, read) in cases_of(rule, manifest)? {
            match read {
                Ok(tests) => {
                    let path: Arc<Path> = path.into();
                    let written = |test| {
                        let (group, path, test) = (group.clone(), Arc::clone(&path), Box::new(test));
                        Written::Read { group, path, test }
                    };
                    all.extend(tests.into_iter().map(written));
                }
                Err(fault) => {
                    let (group, at) = (group.clone(), at(&path, fault.line));
                    all.push(Written::Unreadable { group, at, why: fault.to_string() });
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
