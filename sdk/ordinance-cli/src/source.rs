//! Reads the sources of a rulebook: definition files, and a folder `CODE/SERVICE` for each rule.

mod extend;
mod rule_source;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::Manifest;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::RulebookFolder;
use ordinance_engine::definitions::{DefinitionFiles, RULEBOOK_FILE, read_definition_files};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::index::INDEX_FILE;
use ordinance_engine::manifest::expressions::parse_expressions;
use ordinance_engine::rulebook::embedded_text;
use ordinance_engine::rulebook_folder::{EntryKind, FILE_BYTES_MAX};

use self::extend::{extend_all, extends_another, has_expressions};
use self::rule_source::read_manifest;
pub(crate) use self::rule_source::{COMPONENT_FILE, MANIFEST_FILE, RuleCode, RuleSource};
use crate::exit::CommandError;
use crate::source_trust::SourceTrust;

/// The manifest of a package or a workspace of cargo.
pub(crate) const CARGO_MANIFEST_FILE: &str = "Cargo.toml";
/// The folder of the SDK in a rulebook, beside the `CODE/SERVICE` folders.
pub(crate) const SDK_FOLDER: &str = ".ordinance";

/// The sources of a rulebook.
pub(crate) struct Source {
    pub(crate) folder: PathBuf,
    /// Reads the files of the folder.
    pub(crate) reader: RulebookFolder,
    pub(crate) definition_files: DefinitionFiles,
    /// Whether a build may run code of the sources.
    pub(crate) trust: SourceTrust,
    pub(crate) rules: Vec<RuleSource>,
}

impl Source {
    /// The sources with a rule's code: its own, or those of the rule that it extends.
    pub(crate) fn with_code<'s>(&'s self, rule: &'s RuleSource) -> &'s RuleSource {
        rule.extends.and_then(|base| self.rules.get(base)).unwrap_or(rule)
    }

    /// The sources of a version of a rule.
    pub(crate) fn version(&self, head: &RuleHead) -> Option<&RuleSource> {
        self.rules.iter().find(|rule| rule.is_version(head))
    }

    /// The manifest of a rule as its author wrote it, and behind it that which it extends.
    pub(crate) fn author_texts<'s>(&'s self, rule: &'s RuleSource) -> Vec<&'s str> {
        let base = rule.extends.or(rule.expressions_of).and_then(|base| self.rules.get(base));
        std::iter::once(rule).chain(base).map(|rule| rule.author_text.as_str()).collect()
    }
}

/// The kind of a folder on the command line.
pub(crate) enum Folder {
    Source,
    Built,
}

/// Whether a folder has the sources of a rulebook, or was made by `ordinance build`.
pub(crate) fn kind_of(folder: &Path) -> Result<Folder, CommandError> {
    let no_rulebook = || {
        CommandError::bad_use(
            format!("there is no rulebook in `{}`", folder.display()),
            format!(
                "name with --dir a folder with {RULEBOOK_FILE}, or one that `ordinance build` wrote; `ordinance new CODE/SERVICE` creates a rulebook"
            ),
        )
    };
    let Ok(reader) = RulebookFolder::open(folder) else { return Err(no_rulebook()) };
    if has_file(&reader, INDEX_FILE)? {
        Ok(Folder::Built)
    } else if has_file(&reader, RULEBOOK_FILE)? {
        Ok(Folder::Source)
    } else {
        Err(no_rulebook())
    }
}

/// Opens a folder of sources to read its files.
pub(crate) fn open(folder: &Path) -> Result<RulebookFolder, CommandError> {
    RulebookFolder::open(folder).map_err(|source| io_error("read", folder, source))
}

/// Whether a folder has a regular file of this name.
pub(crate) fn has_file(folder: &RulebookFolder, name: &str) -> Result<bool, CommandError> {
    folder.has_file(name).map_err(|source| io_error("read", &folder.path().join(name), source))
}

impl Source {
    /// Reads a folder. A rule whose manifest is invalid is included with its diagnostic.
    pub(crate) fn read(folder: &Path, trust: SourceTrust) -> Result<Self, CommandError> {
        let reader = RulebookFolder::open(folder).ok();
        let is_source = reader.as_ref().map(|reader| has_file(reader, RULEBOOK_FILE)).transpose()?;
        let (Some(reader), Some(true)) = (reader, is_source) else {
            return Err(CommandError::bad_use(
                format!("there is no {RULEBOOK_FILE} in `{}`", folder.display()),
                "name the folder of the rulebook with --dir, or create one with `ordinance new CODE/SERVICE`",
            ));
        };
        if has_file(&reader, INDEX_FILE)? {
            return Err(CommandError::bad_use(
                format!("`{}` is already a built rulebook", folder.display()),
                format!("name the folder of its sources; if this is that folder, remove {INDEX_FILE} from it"),
            ));
        }
        let folder = folder.canonicalize().map_err(|source| io_error("read", folder, source))?;
        check_files(&reader)?;
        let definition_files = read_definition_files(&reader)?;
        let mut rules = Vec::new();
        find_rules(&reader, &folder, "", 0, &mut rules)?;
        rules.sort_by(|a, b| a.place.cmp(&b.place));
        extend_all(&mut rules);
        Ok(Self { folder, reader, definition_files, trust, rules })
    }
}

/// Checks that the sources hold only regular files and folders. Whatever reads them later, such as the compiler, then
/// reads no file elsewhere, and none without an end. The folder of cargo's output and hidden folders, which hold no
/// sources, are left out.
fn check_files(reader: &RulebookFolder) -> Result<(), CommandError> {
    let is_entered = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_top = name == path;
        name != ".git" && !(is_top && (name == "target" || name.starts_with('.') && name != SDK_FOLDER))
    };
    match reader.files_beneath("", &is_entered) {
        Ok(_) => Ok(()),
        Err((path, source)) => Err(io_error("read", &path, source)),
    }
}

/// Writes a file. It replaces an existing one.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), CommandError> {
    fs::write(path, text).map_err(|source| io_error("written", path, source))
}

/// Makes the folder in which a file is to be, with those above it.
pub(crate) fn make_parent(path: &Path) -> Result<(), CommandError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    fs::create_dir_all(parent).map_err(|source| io_error("made", parent, source))
}

pub(crate) fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> CommandError {
    CommandError::Io { action, path: path.to_owned(), source }
}

/// The most bytes of a file that an argument names: no receipt, root or component has as many.
const NAMED_FILE_BYTES_MAX: u64 = 64 << 20;

/// The bytes of a file that an argument names. A pipe or a device, which may have no end, is refused.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, CommandError> {
    let read_error = |source| io_error("read", path, source);
    // Asked before it is opened: a pipe that nobody writes into would never open.
    if !fs::metadata(path).map_err(read_error)?.is_file() {
        let message = format!("`{}` is no regular file", path.display());
        return Err(CommandError::bad_use(message, "name a file, and no folder, pipe or device"));
    }
    read_bounded(fs::File::open(path).map_err(read_error)?, path)
}

/// The bytes of what `path` names, as far as they are no more than those of a file may be.
pub(crate) fn read_bounded(source: impl io::Read, path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    let read = source.take(NAMED_FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|source| io_error("read", path, source))?;
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= NAMED_FILE_BYTES_MAX) {
        true => Ok(bytes),
        false => {
            let message = format!("`{}` has more than {} MiB", path.display(), NAMED_FILE_BYTES_MAX >> 20);
            Err(CommandError::bad_use(message, "name a smaller file"))
        }
    }
}

/// The depth of the deepest folder of a rule: `CODE/SERVICE/VERSION`.
const DEPTH_MAX: usize = 3;

/// The code of a folder, if the folder is that of a rule: it has a manifest, or it is below the folder of a place and
/// has code without a manifest.
fn code_of_rule(reader: &RulebookFolder, place: &str) -> Result<Option<RuleCode>, CommandError> {
    let has = |name: &str| has_file(reader, &format!("{place}/{name}"));
    let code = if has(CARGO_MANIFEST_FILE)? {
        RuleCode::Rust
    } else if has(COMPONENT_FILE)? {
        RuleCode::Prebuilt
    } else {
        RuleCode::None
    };
    let first = place.split('/').next().unwrap_or_default();
    let is_rule = has(MANIFEST_FILE)? || (code != RuleCode::None && JurisdictionCode::new(first).is_ok());
    Ok(is_rule.then_some(code))
}

/// Finds the rules in a folder of the sources: `place` is its path in them, `folder` its whole path.
fn find_rules(
    reader: &RulebookFolder,
    folder: &Path,
    place: &str,
    depth: usize,
    rules: &mut Vec<RuleSource>,
) -> Result<(), CommandError> {
    // The folder of a rule may hold further versions, each in its own folder.
    if depth > 0
        && let Some(code) = code_of_rule(reader, place)?
    {
        rules.push(read_rule(reader, folder, place, code));
    }
    if depth == DEPTH_MAX {
        return Ok(());
    }
    for entry in reader.entries(place).map_err(|source| io_error("read", folder, source))? {
        let name = entry.name.as_str();
        if entry.kind == EntryKind::Folder && name != "target" && !name.starts_with('.') {
            let inside = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
            find_rules(reader, &folder.join(name), &inside, depth + 1, rules)?;
        }
    }
    Ok(())
}

/// Reads a rule's folder. If the manifest is missing or unreadable, the rule is broken; it is never left out.
fn read_rule(reader: &RulebookFolder, folder: &Path, place: &str, code: RuleCode) -> RuleSource {
    let name = format!("{place}/{MANIFEST_FILE}");
    let is_alone = code == RuleCode::Prebuilt && reader.has_file(&name).is_ok_and(|has_manifest| !has_manifest);
    let (manifest_text, manifest) = match reader.read_text(&name) {
        Ok(text) => {
            let manifest = read_manifest(place, MANIFEST_FILE, &text);
            (text, manifest)
        }
        Err(_) if is_alone => read_embedded(reader, place),
        Err(reason) => {
            let diagnostic = Diagnostic::whole_file(&name, format!("the manifest can't be read: {reason}"));
            (String::new(), Err(diagnostic))
        }
    };
    let mut rule = RuleSource {
        place: place.to_owned(),
        folder: folder.to_owned(),
        author_text: manifest_text.clone(),
        is_built: is_alone || (code == RuleCode::Prebuilt && is_embedded(reader, place, &manifest_text)),
        manifest_file: if is_alone { COMPONENT_FILE } else { MANIFEST_FILE },
        manifest_text,
        manifest,
        code,
        extends: None,
        expressions_of: None,
    };
    // What a built rule took from the one that it extends depends on the numbers of that too.
    let is_built_extension = rule.is_built && extends_another(&rule.author_text);
    if !is_alone && !is_built_extension && has_expressions(&rule.author_text) {
        take_expressions(&mut rule);
    }
    rule
}

/// The expressions of a manifest are the rule's code, unless it has other code already. A component beside them has to
/// be what they give.
fn take_expressions(rule: &mut RuleSource) {
    match rule.code {
        RuleCode::Rust => {
            // Neither is compiled, and cargo isn't run for it.
            rule.code = RuleCode::None;
            let path = rule.manifest_path();
            let parsed = parse_expressions(&path, &rule.author_text);
            rule.manifest = Err(parsed.map_or_else(
                |diagnostic| diagnostic,
                |expressions| Diagnostic {
                    is_cell: false,
                    file: path,
                    text: rule.author_text.as_str().into(),
                    span: expressions.first().unwrap_or(0..0),
                    message: format!("the rule has expressions, and also code in Rust ({CARGO_MANIFEST_FILE})"),
                    help: Some(format!("remove the expressions, or {CARGO_MANIFEST_FILE}, src and wit")),
                },
            ));
        }
        RuleCode::Prebuilt | RuleCode::None => rule.code = RuleCode::Expressions,
        RuleCode::Expressions => {}
    }
}

/// Whether `rule.wasm` carries this very manifest: then it is a built rule, and its manifest is complete even if it
/// extends another.
fn is_embedded(reader: &RulebookFolder, place: &str, manifest: &str) -> bool {
    let component = reader.read(&format!("{place}/{COMPONENT_FILE}"), FILE_BYTES_MAX);
    component.is_ok_and(|component| embedded_text(&component).is_ok_and(|embedded| embedded == manifest))
}

/// The manifest inside `rule.wasm`, of a rule that was built already.
fn read_embedded(reader: &RulebookFolder, place: &str) -> (String, Result<Manifest, Diagnostic>) {
    let name = format!("{place}/{COMPONENT_FILE}");
    let fault = |reason: &dyn std::fmt::Display| {
        let message = format!("there is no {MANIFEST_FILE}, and {COMPONENT_FILE} gives no manifest: {reason}");
        (String::new(), Err(Diagnostic::whole_file(&name, message)))
    };
    let component = match reader.read(&name, FILE_BYTES_MAX) {
        Ok(component) => component,
        Err(error) => return fault(&error),
    };
    match embedded_text(&component) {
        Ok(text) => (text.to_owned(), read_manifest(place, COMPONENT_FILE, text)),
        Err(error) => fault(&error),
    }
}
