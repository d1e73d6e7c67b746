//! Where cases stand: beside the rules, or in a file of many, which is read as it goes.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::manifest::{About, Manifest};
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{CASES_FILE, INDEX_FILE, Index};
use ordinance_harness::{CaseError, CaseLocation, Columns, Test, parse_json_array, parse_json_line, parse_toml};

use crate::entries::{Content, Entry, objects, rows};
use crate::exit::CommandError;
use crate::source::{MANIFEST_FILE, RuleSource, Source, io_error};

/// The folder of cases beside a rule.
const CASES_FOLDER: &str = "cases";

/// A case as it is written.
#[derive(Clone)]
pub(crate) enum CaseEntry {
    /// One that was read, of a rule or of no group.
    Read { group: String, path: Arc<Path>, test: Box<Test> },
    /// A line of a file of many.
    Line { path: Arc<Path>, entry: Entry },
    /// One that can't be read.
    Unreadable { group: String, at: CaseLocation, why: String },
}

impl CaseEntry {
    /// The rule beside which it stands; empty for a case of a file of many.
    pub(crate) fn group(&self) -> &str {
        match self {
            Self::Read { group, .. } | Self::Unreadable { group, .. } => group,
            Self::Line { .. } => "",
        }
    }

    /// The group and the place of the case, and the case, or what is wrong with it.
    pub(crate) fn read(self, rulebook: &Rulebook) -> (String, CaseLocation, Result<Test, String>) {
        match self {
            Self::Read { group, path, test } => (group, at(&path, test.line()), Ok(*test)),
            Self::Line { path, entry } => {
                let at = at(&path, entry.line);
                (String::new(), at, entry.read(rulebook, parse_json_line).map_err(|fault| fault.to_string()))
            }
            Self::Unreadable { group, at, why } => (group, at, Err(why)),
        }
    }
}

fn at(path: &Path, line: usize) -> CaseLocation {
    CaseLocation { file: path.display().to_string(), line }
}

/// A source of cases.
type Cases = Box<dyn Iterator<Item = Result<CaseEntry, CommandError>>>;

/// The cases of a file, by its ending. A case that can't be read is a failure with its line; the rest go on.
pub(crate) fn of_file(path: &Path) -> Result<Cases, CommandError> {
    let shared: Arc<Path> = path.into();
    let unreadable =
        |path: &Path, line: usize, why: String| CaseEntry::Unreadable { group: String::new(), at: at(path, line), why };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let entries = match ending {
        "json" => {
            let text = fs::read_to_string(path).map_err(|source| io_error("read", path, source))?;
            let cases = parse_json_array(&text).map_err(|fault| bad_file(path, &fault))?;
            let written = move |read: Result<Test, CaseError>| match read {
                Ok(test) => CaseEntry::Read { group: String::new(), path: Arc::clone(&shared), test: Box::new(test) },
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
            entry => CaseEntry::Line { path: Arc::clone(&shared), entry },
        })
    })))
}

const CSV_HELP: &str = "a table has the columns jurisdiction, service, as_of and outcome, and one for each fact; see ordinance test --help";

fn bad_file(path: &Path, fault: &CaseError) -> CommandError {
    CommandError::bad_use(format!("`{}`:{fault}", path.display()), CSV_HELP)
}

/// The cases beside the rules of a folder.
pub(crate) fn beside_rules(source: &Source) -> Result<Vec<CaseEntry>, CommandError> {
    let mut all = Vec::new();
    for rule in &source.rules {
        let group = rule.place.clone();
        let manifest = match &rule.manifest {
            Ok(manifest) => manifest,
            Err(fault) => {
                let at = at(&rule.folder.join(MANIFEST_FILE), fault.line_and_column().0);
                all.push(CaseEntry::Unreadable { group, at, why: format!("its cases can't be put to it: {fault}") });
                continue;
            }
        };
        for (path, read) in cases_of(rule, manifest)? {
            all.extend(written_in(&group, &path.into(), read));
        }
    }
    Ok(all)
}

/// The case files beside a rule, each with its cases or its fault.
pub(crate) fn cases_of(rule: &RuleSource, manifest: &Manifest) -> Result<Vec<CaseFile>, CommandError> {
    let mut files = Vec::new();
    for path in case_files(&rule.folder.join(CASES_FOLDER))? {
        let text = fs::read_to_string(&path).map_err(|source| io_error("read", &path, source))?;
        let read = parse_toml(&text, manifest.jurisdiction.as_str(), &manifest.about);
        files.push((path, read));
    }
    Ok(files)
}

/// The text of each case file, by its path in the rulebook.
pub(crate) type CaseFiles = BTreeMap<String, String>;

/// The case files beside the rules of a folder, to be carried by the built rulebook.
pub(crate) fn case_files_of(source: &Source) -> Result<CaseFiles, CommandError> {
    let mut files = CaseFiles::new();
    for rule in &source.rules {
        for path in case_files(&rule.folder.join(CASES_FOLDER))? {
            let text = fs::read_to_string(&path).map_err(|source| io_error("read", &path, source))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            files.insert(format!("{}/{CASES_FOLDER}/{name}", rule.place), text);
        }
    }
    Ok(files)
}

fn read_fault(path: &Path, error: &dyn Display) -> String {
    format!("`{}` can't be read: {error}", path.display())
}

/// The cases that a built rulebook carries.
///
/// # Errors
/// Why they can't be read.
pub(crate) fn in_rulebook(folder: &Path, rulebook: &Rulebook) -> Result<Vec<CaseEntry>, String> {
    let path = folder.join(INDEX_FILE);
    let index = fs::read(&path).map_err(|error| read_fault(&path, &error))?;
    let index: Index = serde_json::from_slice(&index).map_err(|error| read_fault(&path, &error))?;
    let path = folder.join(CASES_FILE);
    let bytes = fs::read(&path).map_err(|error| read_fault(&path, &error))?;
    if sha256(&bytes) != index.cases {
        return Err(format!("`{}` was changed after the rulebook was built", path.display()));
    }
    let files: CaseFiles = serde_json::from_slice(&bytes).map_err(|error| read_fault(&path, &error))?;
    let mut all = Vec::new();
    for (name, text) in files {
        let group = name.split_once(&format!("/{CASES_FOLDER}/")).map_or("", |(group, _)| group).to_owned();
        let mut parts = group.split('/');
        let (place, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        // A folder that is named like no service is that of a privacy rule.
        let service = Id::new(folder).ok().filter(|id| rulebook.contract(id).is_some());
        let about = service.map_or(About::Privacy, About::Service);
        let path: Arc<Path> = Path::new(&name).into();
        let read = parse_toml(&text, place, &about);
        all.extend(written_in(&group, &path, read));
    }
    Ok(all)
}

/// The cases of a file, or its fault.
fn written_in(group: &str, path: &Arc<Path>, read: Result<Vec<Test>, CaseError>) -> Vec<CaseEntry> {
    match read {
        Ok(tests) => {
            let written =
                |test| CaseEntry::Read { group: group.to_owned(), path: Arc::clone(path), test: Box::new(test) };
            tests.into_iter().map(written).collect()
        }
        Err(fault) => {
            let at = at(path, fault.line);
            vec![CaseEntry::Unreadable { group: group.to_owned(), at, why: fault.to_string() }]
        }
    }
}

/// A case file and what is in it.
pub(crate) type CaseFile = (PathBuf, Result<Vec<Test>, CaseError>);

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
