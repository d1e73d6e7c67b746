//! Reads tests: those beside the rules, those that a built rulebook carries, or a file of cases, which is read as a
//! stream.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::manifest::{Manifest, RuleScope};
use ordinance_domain::name::Id;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{CASES_FILE, INDEX_FILE, Index};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use ordinance_engine::{Rulebook, RulebookFolder};
use ordinance_harness::{CaseError, CaseLocation, FilePlace, Test, parse_json_line, parse_toml};

use crate::case_sheet::{CarriedSheet, defaults, sheet_entries};
use crate::entries::{Entry, RowsOf, entries, is_table};
use crate::exit::CommandError;
use crate::source::{MANIFEST_FILE, RuleSource, Source, io_error};

/// The folder of case files beside a rule.
const CASES_FOLDER: &str = "cases";

/// A test from a file: parsed, not yet parsed, or unreadable.
#[derive(Clone)]
pub(crate) enum CaseEntry {
    /// A parsed test. The group is the folder of its rule, or empty.
    Parsed { group: String, path: Arc<Path>, test: Box<Test> },
    /// A line of a file of cases, or a row of a sheet beside a rule, which is parsed when it is run. The group is that
    /// of a parsed test.
    Line { group: String, path: Arc<Path>, entry: Entry },
    /// A test or a file of tests that can't be read, and the reason.
    Unreadable { group: String, location: CaseLocation, error: CaseError },
}

impl CaseEntry {
    fn parsed(group: &str, path: &Arc<Path>, test: Test) -> Self {
        Self::Parsed { group: group.to_owned(), path: Arc::clone(path), test: Box::new(test) }
    }

    /// The folder of the test's rule; empty for a test of a file of cases.
    pub(crate) fn group(&self) -> &str {
        match self {
            Self::Parsed { group, .. } | Self::Line { group, .. } | Self::Unreadable { group, .. } => group,
        }
    }

    /// The name of the test, as far as it is read.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Parsed { test, .. } => test.name(),
            Self::Line { .. } | Self::Unreadable { .. } => "",
        }
    }

    /// The group, the location, and the test or each of its faults.
    pub(crate) fn read(self, rulebook: &Rulebook) -> (String, CaseLocation, Result<Test, Vec<CaseError>>) {
        match self {
            Self::Parsed { group, path, test } => (group, location(&path, test.line()), Ok(*test)),
            Self::Line { group, path, entry } => {
                let location = location(&path, entry.place.line);
                (group, location, entry.read(rulebook, parse_json_line))
            }
            Self::Unreadable { group, location, error } => (group, location, Err(vec![error])),
        }
    }

    /// Where a test of a file of cases stands; of a test beside a rule, its line.
    pub(crate) fn place(&self) -> FilePlace {
        let of_line = |line: usize| FilePlace { form: None, line, column: None };
        match self {
            Self::Parsed { test, .. } => of_line(test.line()),
            Self::Line { entry, .. } => entry.place,
            Self::Unreadable { location, .. } => of_line(location.line),
        }
    }
}

fn location(path: &Path, line: usize) -> CaseLocation {
    CaseLocation { file: path.display().to_string(), line }
}

/// A stream of entries. It ends at the first error of the disk.
type CaseEntries = Box<dyn Iterator<Item = Result<CaseEntry, CommandError>>>;

/// The entries of a file, whose format follows from its ending. A case that can't be read is an entry of its own.
pub(crate) fn entries_of_file(path: &Path) -> Result<CaseEntries, CommandError> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
        return Err(CommandError::bad_use(
            format!(
                "`{}`: a case file in TOML must be in the folder of a rule, which gives the place and the service",
                path.display()
            ),
            "move it to CODE/SERVICE/cases, or write the cases as NDJSON, JSON or a table (.csv, .xlsx, .ods, .parquet)",
        ));
    }
    let lines = entries(path, RowsOf::Cases)?;
    let path: Arc<Path> = path.into();
    Ok(Box::new(
        lines.map(move |entry| Ok(CaseEntry::Line { group: String::new(), path: Arc::clone(&path), entry: entry? })),
    ))
}

/// The entries beside the rules of a folder.
pub(crate) fn entries_beside_rules(source: &Source) -> Result<Vec<CaseEntry>, CommandError> {
    let mut entries = Vec::new();
    for rule in &source.rules {
        let group = rule.place.clone();
        let manifest = match &rule.manifest {
            Ok(manifest) => manifest,
            Err(diagnostic) => {
                let (line, _) = diagnostic.line_and_column();
                let location = location(&rule.folder.join(MANIFEST_FILE), line);
                let error = CaseError::in_text(line, 1, format!("the cases of the rule can't run: {diagnostic}"));
                entries.push(CaseEntry::Unreadable { group, location, error });
                continue;
            }
        };
        for (path, tests) in tests_beside(source, rule, manifest)? {
            entries.extend(entries_in(&group, &path.into(), tests));
        }
        for (name, sheet) in sheets_beside(source, rule, manifest)? {
            entries.extend(entries_in_sheet(&group, &source.folder.join(name).into(), sheet));
        }
    }
    Ok(entries)
}

/// A sheet of cases beside a rule, by its path in the sources, with its rows.
pub(crate) type SheetFile = (String, Result<Vec<Entry>, CaseError>);

/// The sheets of cases beside a rule, each with its rows or its error.
pub(crate) fn sheets_beside(
    source: &Source,
    rule: &RuleSource,
    manifest: &Manifest,
) -> Result<Vec<SheetFile>, CommandError> {
    let mut sheets = Vec::new();
    for name in names_in_cases(source, rule)?.into_iter().filter(|name| is_sheet(name)) {
        let sheet = match source.reader.read(&name, FILE_BYTES_MAX) {
            // By its path in the sources: a rulebook carries what is told of it, and is the same in every folder.
            Ok(bytes) => sheet_entries(Path::new(&name), bytes, manifest),
            Err(error) => Err(CaseError::in_text(1, 1, format!("the file can't be read: {error}"))),
        };
        sheets.push((name, sheet));
    }
    Ok(sheets)
}

/// The entries of a sheet; one unreadable entry if it can't be read.
fn entries_in_sheet(group: &str, path: &Arc<Path>, sheet: Result<Vec<Entry>, CaseError>) -> Vec<CaseEntry> {
    let line = |entry| CaseEntry::Line { group: group.to_owned(), path: Arc::clone(path), entry };
    match sheet {
        Ok(entries) => entries.into_iter().map(line).collect(),
        Err(error) => entries_in(group, path, Err(error)),
    }
}

fn is_sheet(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let file = lower.rsplit('/').next().unwrap_or_default();
    !is_of_editor(file) && file.rsplit_once('.').is_some_and(|(_, ending)| is_table(ending))
}

/// Whether an editor left the file, such as the lock of a spreadsheet program.
fn is_of_editor(file: &str) -> bool {
    file.starts_with(['.', '~', '#']) || file.ends_with('~')
}

/// A case file beside a rule, with its tests.
pub(crate) type CaseFile = (PathBuf, Result<Vec<Test>, CaseError>);

/// The case files beside a rule, each with its tests or its error.
pub(crate) fn tests_beside(
    source: &Source,
    rule: &RuleSource,
    manifest: &Manifest,
) -> Result<Vec<CaseFile>, CommandError> {
    let mut files = Vec::new();
    for name in names_of_case_files(source, rule)? {
        let text = read_text(source, &name)?;
        let tests = parse_toml(&text, manifest.jurisdiction.as_str(), &manifest.scope);
        files.push((source.folder.join(name), tests));
    }
    Ok(files)
}

/// The text of a file of the sources.
pub(crate) fn read_text(source: &Source, name: &str) -> Result<String, CommandError> {
    source.reader.read_text(name).map_err(|error| io_error("read", &source.folder.join(name), error))
}

/// The text of each case file, by its path in the rulebook; of a sheet its cells, as [`CarriedSheet`] writes them.
pub(crate) type CaseFileTexts = BTreeMap<String, String>;

/// The texts of the case files beside the rules of a folder, which the built rulebook carries.
pub(crate) fn case_file_texts(source: &Source) -> Result<CaseFileTexts, CommandError> {
    let mut texts = CaseFileTexts::new();
    for rule in &source.rules {
        for name in names_of_case_files(source, rule)? {
            let text = read_text(source, &name)?;
            texts.insert(name, text);
        }
        let Ok(manifest) = &rule.manifest else { continue };
        for (name, sheet) in sheets_beside(source, rule, manifest)? {
            let text = serde_json::to_string(&CarriedSheet::new(sheet)).unwrap_or_default();
            texts.insert(name, text);
        }
    }
    Ok(texts)
}

/// An error of the cases that a built rulebook carries.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CarriedCasesError {
    #[error("`{}` can't be read: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("`{}` can't be read: {error}", path.display())]
    Json { path: PathBuf, error: serde_json::Error },
    #[error("`{}` was changed after the rulebook was built", .0.display())]
    Changed(PathBuf),
}

/// The entries that a built rulebook carries.
///
/// # Errors
/// [`CarriedCasesError`] if a file can't be read, or its digest isn't that of the index.
pub(crate) fn entries_in_rulebook(folder: &Path, rulebook: &Rulebook) -> Result<Vec<CaseEntry>, CarriedCasesError> {
    let index_path = folder.join(INDEX_FILE);
    let index: Index = parse_json(&index_path, &read_file(folder, INDEX_FILE)?)?;
    let cases_path = folder.join(CASES_FILE);
    let bytes = read_file(folder, CASES_FILE)?;
    if sha256(&bytes) != index.cases.0 {
        return Err(CarriedCasesError::Changed(cases_path));
    }
    let texts: CaseFileTexts = parse_json(&cases_path, &bytes)?;
    let mut entries = Vec::new();
    for (name, text) in texts {
        let group = name.split_once(&format!("/{CASES_FOLDER}/")).map_or("", |(group, _)| group).to_owned();
        let mut parts = group.split('/');
        let place = parts.next().unwrap_or_default();
        let folder = parts.next().unwrap_or_default();
        if is_sheet(&name) {
            let sheet: CarriedSheet = parse_json(&cases_path, text.as_bytes())?;
            let sheet = sheet.entries(defaults(place, folder));
            entries.extend(entries_in_sheet(&group, &Path::new(&name).into(), sheet));
            continue;
        }
        // If no service has the folder's name, the folder is that of a privacy rule.
        let service = Id::new(folder).ok().filter(|id| rulebook.contract(id).is_some());
        let scope = service.map_or(RuleScope::Privacy, RuleScope::Service);
        let tests = parse_toml(&text, place, &scope);
        entries.extend(entries_in(&group, &Path::new(&name).into(), tests));
    }
    Ok(entries)
}

fn read_file(folder: &Path, name: &str) -> Result<Vec<u8>, CarriedCasesError> {
    RulebookFolder::open(folder)
        .and_then(|reader| reader.read(name, FILE_BYTES_MAX))
        .map_err(|error| CarriedCasesError::Io { path: folder.join(name), error })
}

fn parse_json<T: serde::de::DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, CarriedCasesError> {
    serde_json::from_slice(bytes).map_err(|error| CarriedCasesError::Json { path: path.to_owned(), error })
}

/// The entries of a case file; one unreadable entry if the file can't be read.
fn entries_in(group: &str, path: &Arc<Path>, tests: Result<Vec<Test>, CaseError>) -> Vec<CaseEntry> {
    match tests {
        Ok(tests) => tests.into_iter().map(|test| CaseEntry::parsed(group, path, test)).collect(),
        Err(error) => {
            let location = location(path, error.place.line);
            vec![CaseEntry::Unreadable { group: group.to_owned(), location, error }]
        }
    }
}

/// The case files beside a rule, by their paths in the sources.
fn names_of_case_files(source: &Source, rule: &RuleSource) -> Result<Vec<String>, CommandError> {
    Ok(names_in_cases(source, rule)?.into_iter().filter(|name| name.ends_with(".toml")).collect())
}

/// The files and folders in the folder of cases of a rule that no command reads, by their paths in the sources. Texts
/// that explain the cases (`.md`, `.txt`) and what editors leave aren't among them.
pub(crate) fn unread_case_files(source: &Source, rule: &RuleSource) -> Result<Vec<String>, CommandError> {
    let is_unread = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or_default();
        !is_of_editor(name) && !is_sheet(name) && ![".toml", ".md", ".txt"].iter().any(|ending| name.ends_with(ending))
    };
    Ok(names_in_cases(source, rule)?.into_iter().filter(is_unread).collect())
}

fn names_in_cases(source: &Source, rule: &RuleSource) -> Result<Vec<String>, CommandError> {
    let folder = rule.path_of(CASES_FOLDER);
    let fault = |error| io_error("read", &source.folder.join(&folder), error);
    if !source.reader.has_folder(&folder).map_err(fault)? {
        return Ok(Vec::new());
    }
    let names = source.reader.entries(&folder).map_err(fault)?.into_iter().map(|entry| entry.name);
    Ok(names.map(|name| format!("{folder}/{name}")).collect())
}
