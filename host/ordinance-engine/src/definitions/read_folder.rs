//! Reads the definition files of a folder of sources.

use std::io;
use std::path::PathBuf;

use ordinance_domain::jurisdiction::JurisdictionCode;

use super::files::{DefinitionFiles, FACTS_FILE, RULEBOOK_FILE, SERVICES_FOLDER};
use super::levels::BOUNDS_FILE;
use super::places::RulebookToml;
use crate::diagnostic::Diagnostic;
use crate::rulebook_folder::{EntryKind, RulebookFolder, is_inside};
use crate::toml_text::TextFile;

/// Definitions that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// A file can't be read.
    #[error("`{}` can't be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is wrong.
    #[error(transparent)]
    Diagnostic(#[from] Box<Diagnostic>),
}

impl DefinitionError {
    /// What is wrong, with its reason, in one line.
    fn with_reason(&self) -> String {
        match self {
            Self::Io { path, source } => format!("`{}` can't be read: {source}", path.display()),
            Self::Diagnostic(diagnostic) => diagnostic.to_string(),
        }
    }
}

/// Reads the definition files of a folder: `rulebook.toml`, the tables it names, `facts.toml`, `services/*.toml`,
/// and each `CODE/SERVICE/bounds.toml`.
///
/// # Errors
/// A file that can't be read, or a `rulebook.toml` that can't be parsed.
pub fn read_definition_files(folder: &RulebookFolder) -> Result<DefinitionFiles, DefinitionError> {
    let mut files = DefinitionFiles::new();
    let rulebook = read(folder, RULEBOOK_FILE)?;
    let file = TextFile::new(RULEBOOK_FILE, &rulebook);
    for table in file.parse::<RulebookToml>().map_err(Box::new)?.jurisdiction_tables {
        let name = table.file.get_ref();
        if !is_inside(name) {
            let diagnostic = file.diagnostic_with_help(
                table.file.span(),
                format!("`{name}` is outside the rulebook"),
                "name a file of this folder",
            );
            return Err(Box::new(diagnostic).into());
        }
        let text = read(folder, name).map_err(|error| {
            let help = "write the table, or remove it from [[jurisdiction-tables]]";
            Box::new(file.diagnostic_with_help(table.file.span(), error.with_reason(), help))
        })?;
        files.insert(name.clone(), text);
    }
    files.insert(RULEBOOK_FILE.to_owned(), rulebook);
    files.insert(FACTS_FILE.to_owned(), read(folder, FACTS_FILE)?);
    check_no_stray_bounds(folder)?;
    for name in service_files(folder)?.into_iter().chain(bounds_files(folder)?) {
        let text = read(folder, &name)?;
        files.insert(name, text);
    }
    Ok(files)
}

fn read(folder: &RulebookFolder, name: &str) -> Result<String, DefinitionError> {
    folder.read_text(name).map_err(|source| io_error(folder, name, source))
}

fn io_error(folder: &RulebookFolder, name: &str, source: io::Error) -> DefinitionError {
    DefinitionError::Io { path: folder.path().join(name), source }
}

fn has_file(folder: &RulebookFolder, name: &str) -> Result<bool, DefinitionError> {
    folder.has_file(name).map_err(|source| io_error(folder, name, source))
}

fn service_files(folder: &RulebookFolder) -> Result<Vec<String>, DefinitionError> {
    let entries = folder.entries(SERVICES_FOLDER).map_err(|source| io_error(folder, SERVICES_FOLDER, source))?;
    let names = entries.into_iter().map(|entry| entry.name).filter(|name| name.ends_with(".toml"));
    Ok(names.map(|name| format!("{SERVICES_FOLDER}/{name}")).collect())
}

/// `CODE/SERVICE/bounds.toml` of every place and service.
fn bounds_files(folder: &RulebookFolder) -> Result<Vec<String>, DefinitionError> {
    let mut names = Vec::new();
    for code in folders_in(folder, "")?.into_iter().filter(|name| JurisdictionCode::new(name).is_ok()) {
        for service in folders_in(folder, &code)? {
            let name = format!("{code}/{service}/{BOUNDS_FILE}");
            if has_file(folder, &name)? {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Checks that every `bounds.toml` is where it is read. Elsewhere it would have no effect, without any notice.
fn check_no_stray_bounds(folder: &RulebookFolder) -> Result<(), DefinitionError> {
    let mut strays = vec![BOUNDS_FILE.to_owned()];
    for code in folders_in(folder, "")?.into_iter().filter(|name| JurisdictionCode::new(name).is_ok()) {
        strays.push(format!("{code}/{BOUNDS_FILE}"));
        for service in folders_in(folder, &code)? {
            let versions = folders_in(folder, &format!("{code}/{service}"))?;
            strays.extend(versions.iter().map(|version| format!("{code}/{service}/{version}/{BOUNDS_FILE}")));
        }
    }
    for name in strays {
        if has_file(folder, &name)? {
            let message = format!("nothing reads `{name}`; move it to CODE/SERVICE/{BOUNDS_FILE}");
            return Err(Box::new(Diagnostic::whole_file(&name, message)).into());
        }
    }
    Ok(())
}

fn folders_in(folder: &RulebookFolder, name: &str) -> Result<Vec<String>, DefinitionError> {
    let entries = folder.entries(name).map_err(|source| io_error(folder, name, source))?;
    Ok(entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder).map(|entry| entry.name).collect())
}
