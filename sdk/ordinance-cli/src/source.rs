//! Reads the sources of a rulebook: definition files, and a folder `CODE/SERVICE` for each rule.

mod extend;

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::Manifest;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::definitions::{DefinitionFiles, RULEBOOK_FILE, read_definition_files};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::index::INDEX_FILE;
use ordinance_engine::manifest::parse_manifest;

use crate::exit::CommandError;

/// The file of a rule's manifest.
pub(crate) const MANIFEST_FILE: &str = "rule.toml";
/// The file of a prebuilt component or core module, in the folder of a rule without a Cargo.toml.
pub(crate) const COMPONENT_FILE: &str = "rule.wasm";

/// The sources of a rulebook.
pub(crate) struct Source {
    pub(crate) folder: PathBuf,
    pub(crate) definition_files: DefinitionFiles,
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
    pub(crate) manifest: Result<Manifest, Diagnostic>,
    /// The index of the rule that it extends, whose code it shares.
    pub(crate) extends: Option<usize>,
}

impl RuleSource {
    /// Whether the folder has code: sources or a prebuilt component.
    fn has_code(&self) -> bool {
        self.folder.join("Cargo.toml").is_file() || self.folder.join(COMPONENT_FILE).is_file()
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
    if folder.join(INDEX_FILE).is_file() {
        Ok(Folder::Built)
    } else if folder.join(RULEBOOK_FILE).is_file() {
        Ok(Folder::Source)
    } else {
        Err(CommandError::bad_use(
            format!("there is no rulebook in `{}`", folder.display()),
            format!(
                "name a folder with {RULEBOOK_FILE}, or one that `ordinance build` wrote; `ordinance new CODE/SERVICE` creates a rulebook"
            ),
        ))
    }
}

impl Source {
    /// Reads a folder. A rule whose manifest is invalid is included with its diagnostic.
    pub(crate) fn read(folder: &Path) -> Result<Self, CommandError> {
        if !folder.join(RULEBOOK_FILE).is_file() {
            return Err(CommandError::bad_use(
                format!("there is no {RULEBOOK_FILE} in `{}`", folder.display()),
                "name the folder of the rulebook, or create one with `ordinance new CODE/SERVICE`",
            ));
        }
        if folder.join(INDEX_FILE).is_file() {
            return Err(CommandError::bad_use(
                format!("`{}` is already a built rulebook", folder.display()),
                format!("name the folder of its sources; if this is that folder, remove {INDEX_FILE} from it"),
            ));
        }
        let folder = folder.canonicalize().map_err(|source| io_error("read", folder, source))?;
        let definition_files = read_definition_files(&folder)?;
        let mut rules = Vec::new();
        find_rules(&folder, &folder, 0, &mut rules)?;
        rules.sort_by(|a, b| a.place.cmp(&b.place));
        extend_all(&mut rules);
        Ok(Self { folder, definition_files, rules })
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

/// Whether a folder is that of a rule: it has a manifest, or it is below the folder of a place and has code without a
/// manifest.
fn is_rule(root: &Path, folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    let first = folder.strip_prefix(root).ok().and_then(|path| path.components().next());
    let code = first.and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
    has(MANIFEST_FILE) || (JurisdictionCode::new(code).is_ok() && (has("Cargo.toml") || has(COMPONENT_FILE)))
}

fn find_rules(root: &Path, folder: &Path, depth: usize, rules: &mut Vec<RuleSource>) -> Result<(), CommandError> {
    // The folder of a rule may hold further versions, each in its own folder.
    if depth > 0 && is_rule(root, folder) {
        rules.push(read_rule(root, folder));
    }
    if depth == DEPTH_MAX {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(|source| io_error("read", folder, source))? {
        let path = entry.map_err(|source| io_error("read", folder, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            find_rules(root, &path, depth + 1, rules)?;
        }
    }
    Ok(())
}

/// Reads a rule's folder. If the manifest is missing or unreadable, the rule is broken; it is never left out.
fn read_rule(root: &Path, folder: &Path) -> RuleSource {
    let place = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().replace('\\', "/");
    let name = format!("{place}/{MANIFEST_FILE}");
    let bytes = fs::read(folder.join(MANIFEST_FILE)).map_err(|error| error.to_string());
    let text = bytes
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "the file is not UTF-8; save it as UTF-8".to_owned()));
    match text {
        Ok(manifest_text) => {
            let manifest = read_manifest(&place, &manifest_text);
            RuleSource { place, folder: folder.to_owned(), manifest_text, manifest, extends: None }
        }
        Err(reason) => {
            let diagnostic = Diagnostic::whole_file(&name, format!("the manifest can't be read: {reason}"));
            RuleSource {
                place,
                folder: folder.to_owned(),
                manifest_text: String::new(),
                manifest: Err(diagnostic),
                extends: None,
            }
        }
    }
}

fn read_manifest(place: &str, text: &str) -> Result<Manifest, Diagnostic> {
    let name = format!("{place}/{MANIFEST_FILE}");
    parse_manifest(&name, text).and_then(|manifest| check_place(place, &name, text, manifest))
}

/// Completes each manifest that extends another, and records the rule whose code it shares.
fn extend_all(rules: &mut [RuleSource]) {
    for index in 0..rules.len() {
        let Some(rule) = rules.get(index) else { continue };
        let Some(wanted) = extend::extends_of(&rule.manifest_text) else { continue };
        match base_of(rules, rule, &wanted).and_then(|base| Some((base, rules.get(base)?))) {
            Some((base, found)) => {
                let manifest_text = extend::completed(&rule.manifest_text, &found.manifest_text);
                let manifest = read_manifest(&rule.place, &manifest_text);
                if let Some(rule) = rules.get_mut(index) {
                    *rule = RuleSource {
                        place: rule.place.clone(),
                        folder: rule.folder.clone(),
                        manifest_text,
                        manifest,
                        extends: Some(base),
                    };
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
        file: format!("{}/{MANIFEST_FILE}", rule.place),
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
