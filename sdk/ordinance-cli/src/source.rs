//! Reads the sources of a rulebook: definition files, and a folder `CODE/SERVICE` for each rule.

mod extend;

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::Manifest;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::RulebookFolder;
use ordinance_engine::definitions::{DefinitionFiles, RULEBOOK_FILE, read_definition_files};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::index::INDEX_FILE;
use ordinance_engine::manifest::parse_manifest;
use ordinance_engine::rulebook::embedded_text;
use ordinance_engine::rulebook_folder::{EntryKind, FILE_BYTES_MAX};

use crate::exit::CommandError;
use crate::trust::SourceTrust;

/// The file of a rule's manifest.
pub(crate) const MANIFEST_FILE: &str = "rule.toml";
/// The file of a rule that is built already, or of a component or core module in another language. Beside the sources
/// of a rule in Rust, it must be what they give.
pub(crate) const COMPONENT_FILE: &str = "rule.wasm";
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
}

/// The sources of one version of a rule.
pub(crate) struct RuleSource {
    /// `CODE/SERVICE`, or deeper.
    pub(crate) place: String,
    pub(crate) folder: PathBuf,
    pub(crate) manifest_text: String,
    /// The length of the author's own text, which the text from the manifest that it extends follows, in bytes.
    pub(crate) own_bytes: usize,
    pub(crate) manifest: Result<Manifest, Diagnostic>,
    pub(crate) code: RuleCode,
    /// Whether the manifest is that inside a built rule, which is complete.
    is_built: bool,
    /// The file that holds the manifest.
    manifest_file: &'static str,
    /// The index of the rule that it extends, whose code it shares.
    pub(crate) extends: Option<usize>,
}

/// The code in the folder of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleCode {
    /// A package of cargo.
    Rust,
    /// A component or core module that another tool built.
    Prebuilt,
    /// None: the rule extends another.
    None,
}

impl RuleSource {
    /// Whether the folder has code: sources or a prebuilt component.
    fn has_code(&self) -> bool {
        match self.code {
            RuleCode::Rust | RuleCode::Prebuilt => true,
            RuleCode::None => false,
        }
    }

    /// The path of the file that holds the manifest, in the folder of the sources.
    pub(crate) fn manifest_path(&self) -> String {
        self.path_of(self.manifest_file)
    }

    /// The path of a file of the rule, in the folder of the sources.
    pub(crate) fn path_of(&self, file: &str) -> String {
        format!("{}/{file}", self.place)
    }

    /// Whether these are the sources of a version of a rule.
    pub(crate) fn is_of(&self, head: &RuleHead) -> bool {
        self.manifest.as_ref().is_ok_and(|manifest| {
            (&manifest.jurisdiction, &manifest.scope, manifest.folder())
                == (&head.jurisdiction, &head.scope, head.folder())
        })
    }

    /// Whether these are the sources of this version.
    pub(crate) fn is_version(&self, head: &RuleHead) -> bool {
        let has_version =
            |manifest: &Manifest| (&manifest.version, manifest.in_force) == (&head.version, head.in_force);
        self.is_of(head) && self.manifest.as_ref().is_ok_and(has_version)
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

pub(crate) fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> CommandError {
    CommandError::Io { action, path: path.to_owned(), source }
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
    RuleSource {
        place: place.to_owned(),
        folder: folder.to_owned(),
        own_bytes: manifest_text.len(),
        is_built: is_alone || (code == RuleCode::Prebuilt && is_embedded(reader, place, &manifest_text)),
        manifest_file: if is_alone { COMPONENT_FILE } else { MANIFEST_FILE },
        manifest_text,
        manifest,
        code,
        extends: None,
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

/// Parses the manifest that `file` of the rule's folder holds.
fn read_manifest(place: &str, file: &str, text: &str) -> Result<Manifest, Diagnostic> {
    let name = format!("{place}/{file}");
    parse_manifest(&name, text).and_then(|manifest| check_place(place, &name, text, manifest))
}

/// Completes each manifest that extends another, and records the rule whose code it shares.
fn extend_all(rules: &mut [RuleSource]) {
    for index in 0..rules.len() {
        let Some(rule) = rules.get(index).filter(|rule| !rule.is_built) else { continue };
        let Some(wanted) = extend::extends_of(&rule.manifest_text) else { continue };
        match base_of(rules, rule, &wanted).and_then(|base| Some((base, rules.get(base)?))) {
            Some((base, found)) => {
                let manifest_text = extend::completed(&rule.manifest_text, &found.manifest_text);
                let manifest = read_manifest(&rule.place, MANIFEST_FILE, &manifest_text);
                if let Some(rule) = rules.get_mut(index) {
                    rule.manifest_text = manifest_text;
                    rule.manifest = manifest;
                    rule.extends = Some(base);
                }
            }
            None => {
                let diagnostic = base_diagnostic(rule, &wanted);
                if let Some(rule) = rules.get_mut(index) {
                    rule.manifest = Err(diagnostic);
                }
            }
        }
    }
}

/// The index of the only rule with code that `CODE` or `CODE@VERSION` names, of the same service or the same privacy
/// id.
fn base_of(rules: &[RuleSource], rule: &RuleSource, wanted: &str) -> Option<usize> {
    let (code, version) = wanted.split_once('@').map_or((wanted, None), |(code, version)| (code, Some(version)));
    let folder = rule.place.split('/').nth(1)?;
    let is_base = |other: &RuleSource| {
        other.has_code()
            && other.manifest.as_ref().is_ok_and(|base| {
                base.jurisdiction.as_str() == code
                    && base.folder().as_str() == folder
                    && version.is_none_or(|version| base.version == version)
            })
    };
    let mut found = rules.iter().enumerate().filter(|(_, other)| is_base(other)).map(|(index, _)| index);
    let first = found.next().filter(|_| !rule.has_code());
    if found.next().is_some() { None } else { first }
}

fn base_diagnostic(rule: &RuleSource, wanted: &str) -> Diagnostic {
    let text = &rule.manifest_text;
    let start = text.find("extends").unwrap_or(0);
    let length = text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(0);
    let (message, help) = if rule.has_code() {
        ("the rule has code and also `extends` another rule".to_owned(), "remove the code or the key `extends`")
    } else {
        (
            format!("`{wanted}` must name exactly one rule of this service that has code"),
            "write the place whose folder has the code, such as extends = \"EU\"; if it has several versions, extends = \"EU@1.0.0\"",
        )
    };
    Diagnostic {
        file: rule.manifest_path(),
        text: text.as_str().into(),
        span: start..start + length,
        message,
        help: Some(help.to_owned()),
    }
}

/// Checks that the manifest and the folder name the same place and service.
fn check_place(place: &str, name: &str, text: &str, manifest: Manifest) -> Result<Manifest, Diagnostic> {
    let mut parts = place.split('/');
    let code = parts.next().unwrap_or_default();
    let folder = parts.next().unwrap_or_default();
    let key = if manifest.scope.service().is_some() { "service" } else { "id" };
    let expected = [("jurisdiction", code, manifest.jurisdiction.as_str()), (key, folder, manifest.folder().as_str())];
    for (key, folder, written) in expected {
        if folder != written {
            let start = text.find(&format!("{key} =")).unwrap_or(0);
            let length = text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(0);
            return Err(Diagnostic {
                file: name.to_owned(),
                text: text.into(),
                span: start..start + length,
                message: format!("the {key} is `{written}`, but the rule is in the folder `{folder}`"),
                help: Some(format!("write {key} = \"{folder}\", or move the folder")),
            });
        }
    }
    Ok(manifest)
}
