//! Writes the folder of a rulebook: first the rules and their pages, each named by the rule's digest, and last,
//! atomically, the index, which puts them into effect.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_engine::RulebookFolder;
use ordinance_engine::definitions::DefinitionFiles;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{
    CASES_FILE, FORMAT, HexDigest, INDEX_FILE, Index, IndexedRule, PAGES_FOLDER, PageKind, RULES_FOLDER, page_path,
    rule_path,
};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;

use super::page_files::is_result_of;
use crate::case_files::CaseFileTexts;
use crate::exit::CommandError;
use crate::source::io_error;

/// A rulebook that is being written.
pub(super) struct RulebookWriter {
    folder: PathBuf,
    rules: Vec<IndexedRule>,
    digests: BTreeSet<String>,
}

impl RulebookWriter {
    pub(super) fn begin(folder: &Path) -> Result<Self, CommandError> {
        check_folder(folder)?;
        let made = fs::create_dir_all(folder).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => ErrorKind::NotADirectory.into(),
            _ => error,
        });
        made.map_err(|source| io_error("made", folder, source))?;
        let writer = Self { folder: folder.to_owned(), rules: Vec::new(), digests: BTreeSet::new() };
        make_folder(&writer.folder, RULES_FOLDER)?;
        make_folder(&writer.folder, PAGES_FOLDER)?;
        Ok(writer)
    }

    /// Adds the component of a rule, and gives its digest.
    pub(super) fn add_component(&mut self, component: &[u8]) -> Result<Digest, CommandError> {
        let digest = sha256(component);
        self.keep_or_replace(&rule_path(digest), component)?;
        self.digests.insert(digest.hex());
        Ok(digest)
    }

    /// Adds what is told of a rule.
    pub(super) fn add_page(&self, rule: Digest, page: &[u8]) -> Result<(), CommandError> {
        self.keep_or_replace(&page_path(rule, PageKind::Text), page)
    }

    pub(super) fn add_rule(&mut self, rule: IndexedRule) {
        self.rules.push(rule);
    }

    pub(super) fn finish(mut self, definitions: &DefinitionFiles, cases: &CaseFileTexts) -> Result<(), CommandError> {
        self.rules.sort_by(|a, b| {
            let key =
                |rule: &'_ IndexedRule| (rule.jurisdiction.clone(), rule.service.clone(), rule.id.clone(), rule.from);
            key(a).cmp(&key(b)).then_with(|| a.version.cmp(&b.version))
        });
        for (name, text) in definitions {
            self.replace(name, text.as_bytes())?;
        }
        let cases = serde_json::to_vec_pretty(cases).unwrap_or_default();
        self.replace(CASES_FILE, &cases)?;
        let index = Index {
            format: FORMAT,
            cases: HexDigest(sha256(&cases)),
            definitions: definitions
                .iter()
                .map(|(name, text)| (name.clone(), HexDigest(sha256(text.as_bytes()))))
                .collect(),
            rules: std::mem::take(&mut self.rules),
        };
        let mut text = serde_json::to_vec_pretty(&index).unwrap_or_default();
        text.push(b'\n');
        self.replace(INDEX_FILE, &text)?;
        self.remove_unused_rules()?;
        self.remove_unused_pages(sha256(&text))
    }

    /// Writes a file that is named by a digest, unless it is there already: most rules stay from one build to the next.
    fn keep_or_replace(&self, name: &str, content: &[u8]) -> Result<(), CommandError> {
        let path = self.folder.join(name);
        let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
        if is_file && fs::read(&path).is_ok_and(|known| known == content) {
            return Ok(());
        }
        self.replace(name, content)
    }

    fn replace(&self, name: &str, content: &[u8]) -> Result<(), CommandError> {
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        if let Some((inside, _)) = name.rsplit_once('/') {
            make_folder(&self.folder, inside)?;
        }
        write_atomically(folder, &path, content)
    }

    /// Removes rules that the new index doesn't name.
    fn remove_unused_rules(&self) -> Result<(), CommandError> {
        let rules = self.folder.join(RULES_FOLDER);
        for entry in fs::read_dir(&rules).map_err(|source| io_error("read", &rules, source))? {
            let path = entry.map_err(|source| io_error("read", &rules, source))?.path();
            let digest = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let is_rule = path.extension().is_some_and(|end| end == "wasm");
            if is_rule && !self.digests.contains(digest) {
                fs::remove_file(&path).map_err(|source| io_error("removed", &path, source))?;
            }
        }
        Ok(())
    }

    /// Removes the pages of rules that the new index doesn't name, and results that are about another rulebook.
    fn remove_unused_pages(&self, rulebook: Digest) -> Result<(), CommandError> {
        let pages = self.folder.join(PAGES_FOLDER);
        let reader = RulebookFolder::open(&self.folder).map_err(|source| io_error("read", &self.folder, source))?;
        for entry in fs::read_dir(&pages).map_err(|source| io_error("read", &pages, source))? {
            let path = entry.map_err(|source| io_error("read", &pages, source))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some((digest, kind)) = PageKind::of_file(name) else { continue };
            let is_kept = match kind {
                PageKind::Text | PageKind::Type => true,
                PageKind::Coverage | PageKind::Impact => {
                    let read = reader.read(&format!("{PAGES_FOLDER}/{name}"), FILE_BYTES_MAX);
                    read.is_ok_and(|bytes| is_result_of(&bytes, rulebook))
                }
            };
            if !(self.digests.contains(digest) && is_kept) {
                fs::remove_file(&path).map_err(|source| io_error("removed", &path, source))?;
            }
        }
        Ok(())
    }
}

/// Makes a folder of a rulebook. A link in its place would lead what is written to another folder.
pub(super) fn make_folder(rulebook: &Path, inside: &str) -> Result<(), CommandError> {
    let mut path = rulebook.to_owned();
    for part in inside.split('/') {
        path.push(part);
        match fs::create_dir(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => require_folder(&path)?,
            Err(source) => return Err(io_error("made", &path, source)),
        }
    }
    Ok(())
}

/// Writes a file beside its place and renames it, so that no reader sees half a file and no link is followed.
pub(crate) fn write_atomically(folder: &Path, path: &Path, content: &[u8]) -> Result<(), CommandError> {
    let write = || {
        let mut file = tempfile::Builder::new().permissions(mode(0o644)).tempfile_in(folder)?;
        file.write_all(content)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| io_error("written", path, source))
}

/// Checks that a path names a folder and no link to one.
pub(super) fn require_folder(path: &Path) -> Result<(), CommandError> {
    let found = fs::symlink_metadata(path).map_err(|source| io_error("read", path, source))?;
    if found.is_dir() {
        return Ok(());
    }
    Err(CommandError::bad_use(
        format!("`{}` is no folder, so nothing is written there", path.display()),
        "remove it and build again; a link would lead what the build writes to another folder",
    ))
}

/// Rejects a folder with other files than a built rulebook, so that a build never deletes them.
fn check_folder(folder: &Path) -> Result<(), CommandError> {
    let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    let index = RulebookFolder::open(folder).and_then(|folder| folder.read(INDEX_FILE, FILE_BYTES_MAX)).ok();
    let is_rulebook = index.is_some_and(|bytes| serde_json::from_slice::<AnyIndex>(&bytes).is_ok());
    if is_empty || is_rulebook {
        return Ok(());
    }
    Err(CommandError::bad_use(
        format!("`{}` holds other files than a built rulebook", folder.display()),
        "name a new or empty folder with --out, or that of an earlier build",
    ))
}

/// An index of any format.
#[derive(serde::Deserialize)]
struct AnyIndex {
    #[serde(rename = "format")]
    _format: u32,
    #[serde(rename = "rules")]
    _rules: Vec<serde::de::IgnoredAny>,
}

fn mode(bits: u32) -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(bits)
}
