//! The definitions that a rulebook was built with, against those that the upper levels publish now: a host reads the
//! rules by those, whatever they were built with.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::{DefinitionFiles, place_of_definition};
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{CASES_FILE, HexDigest, INDEX_FILE, Index, RULES_FOLDER};
use ordinance_trust::{RepositoryError, RulebookPart, open_source};
use tempfile::TempDir;

use crate::arguments::PublishArguments;
use crate::exit::CommandError;
use crate::pinned_root::read_pinned_root;
use crate::rulebook::{LoadedRulebook, load_built};
use crate::source::{io_error, make_parent, read_file};
use crate::terminal::{print_error, print_note, with_causes};
use crate::upper_definitions::{FetchedDefinitions, UpperDefinitions, read_upper_definitions};

/// The rulebook with the definitions that are published now.
pub(super) struct ReadByHosts {
    _folder: TempDir,
    pub(super) loaded: LoadedRulebook,
}

/// The rulebook as hosts read it; `None` if its definitions are those that are published, or it isn't known where they
/// are.
pub(super) fn read_by_hosts(
    arguments: &PublishArguments,
    part: &RulebookPart,
    built: &Path,
) -> Result<Option<ReadByHosts>, CommandError> {
    let Some(upper) = upper_definitions(arguments, part.jurisdiction())? else { return Ok(None) };
    let index = read_index(built)?;
    let differences = differences(&index, &upper);
    if differences.is_empty() {
        return Ok(None);
    }
    for line in &differences {
        print_note(&format!("  {line}"));
    }
    print_note(&format!(
        "warning: the rulebook's definitions aren't those that {} publishes now; hosts read its rules by those, so they are \
         checked with them. `ordinance trust fetch` takes them over",
        upper.top
    ));
    replaced(built, &index, &upper, part).map(Some)
}

/// Says which rules hosts can't use. Whether there is none.
pub(super) fn check_readable(read: &ReadByHosts, part: &RulebookPart) -> bool {
    let own: BTreeSet<(&str, &str)> =
        part.rules().iter().map(|rule| (rule.jurisdiction.as_str(), rule.version.as_str())).collect();
    let mut is_sound = true;
    for (head, error) in read.loaded.rulebook().broken_rules() {
        if own.contains(&(head.jurisdiction.as_str(), head.version.as_str())) {
            is_sound = false;
            let name = head.place_and_version();
            print_error(
                &format!("with the definitions that are published now {name} can't be used: {}", with_causes(error)),
                None,
            );
        }
    }
    is_sound
}

/// The definitions of the upper levels, by the arguments, or by what the folder of sources took over.
fn upper_definitions(
    arguments: &PublishArguments,
    own: &JurisdictionCode,
) -> Result<Option<UpperDefinitions>, CommandError> {
    if let (Some(address), Some(root)) = (&arguments.definitions_of, &arguments.pinned) {
        let source = open_source(address).map_err(RepositoryError::from)?;
        let root = read_pinned_root(root, source.as_ref())?;
        return read_upper_definitions(address, root, own).map(Some);
    }
    let Some(fetched) = FetchedDefinitions::read(&arguments.dir)? else { return Ok(None) };
    match read_upper_definitions(&fetched.from, fetched.root.into_bytes(), own) {
        Ok(upper) => Ok(Some(upper)),
        Err(error) => {
            print_note(&format!(
                "warning: whether the definitions are those that are published now isn't known: {}",
                with_causes(&error)
            ));
            Ok(None)
        }
    }
}

fn read_index(built: &Path) -> Result<Index, CommandError> {
    let path = built.join(INDEX_FILE);
    serde_json::from_slice(&read_file(&path)?)
        .map_err(|error| CommandError::bad_use(format!("`{}`: {error}", path.display()), "build the rulebook again"))
}

/// What differs of the definitions that aren't the authority's own.
fn differences(index: &Index, upper: &UpperDefinitions) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, text) in &upper.files {
        match index.definitions.get(path) {
            Some(HexDigest(digest)) if *digest == sha256(text.as_bytes()) => {}
            Some(_) => lines.push(format!("{path} differs from what is published")),
            None => lines.push(format!("{path} is published, and the rulebook hasn't it")),
        }
    }
    // Of other places there may be bounds that its own authority publishes.
    let is_shared = |path: &str| place_of_definition(path).is_none();
    let more = index.definitions.keys().filter(|path| !upper.files.contains_key(*path) && is_shared(path));
    lines.extend(more.map(|path| format!("{path} isn't published by an upper level")));
    lines
}

/// The rulebook with the definitions of the upper levels in place of those that it was built with.
fn replaced(
    built: &Path,
    index: &Index,
    upper: &UpperDefinitions,
    part: &RulebookPart,
) -> Result<ReadByHosts, CommandError> {
    let folder = tempfile::tempdir().map_err(|source| io_error("made", &std::env::temp_dir(), source))?;
    let mut files: DefinitionFiles = upper.files.clone();
    files.extend(part.definitions().iter().map(|(path, text)| (path.clone(), text.clone())));
    let digests = files.iter().map(|(path, text)| (path.clone(), HexDigest(sha256(text.as_bytes())))).collect();
    let index = Index { definitions: digests, ..index.clone() };
    for (path, text) in &files {
        write(folder.path(), path, text.as_bytes())?;
    }
    write(folder.path(), CASES_FILE, &read_file(&built.join(CASES_FILE))?)?;
    let rules = built.join(RULES_FOLDER);
    for entry in fs::read_dir(&rules).map_err(|source| io_error("read", &rules, source))?.flatten() {
        let name = format!("{RULES_FOLDER}/{}", entry.file_name().to_string_lossy());
        write(folder.path(), &name, &read_file(&entry.path())?)?;
    }
    write(folder.path(), INDEX_FILE, &serde_json::to_vec_pretty(&index).unwrap_or_default())?;
    let loaded = load_built(folder.path().to_owned())?;
    Ok(ReadByHosts { _folder: folder, loaded })
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), CommandError> {
    let path = folder.join(name);
    make_parent(&path)?;
    fs::write(&path, bytes).map_err(|source| io_error("written", &path, source))
}
