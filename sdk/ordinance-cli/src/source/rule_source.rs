//! The sources of one version of a rule.

use std::path::PathBuf;

use ordinance_domain::manifest::Manifest;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::manifest::parse_manifest;

/// The file of a rule's manifest.
pub(crate) const MANIFEST_FILE: &str = "rule.toml";
/// The file of a rule that is built already, or of a component or core module in another language. Beside the sources
/// of a rule in Rust, or beside expressions, it must be what they give.
pub(crate) const COMPONENT_FILE: &str = "rule.wasm";

/// The sources of one version of a rule.
pub(crate) struct RuleSource {
    /// `CODE/SERVICE`, or deeper.
    pub(crate) place: String,
    pub(crate) folder: PathBuf,
    /// The manifest as its author wrote it.
    pub(crate) author_text: String,
    /// The whole manifest: the author's, and what it takes from that which it extends.
    pub(crate) manifest_text: String,
    pub(crate) manifest: Result<Manifest, Diagnostic>,
    pub(crate) code: RuleCode,
    /// Whether the manifest is that inside a built rule, which is complete.
    pub(super) is_built: bool,
    /// The file that holds the manifest.
    pub(super) manifest_file: &'static str,
    /// The index of the rule that it extends, whose code it shares.
    pub(crate) extends: Option<usize>,
    /// The index of the rule that it extends, whose expressions it takes where it has none of its own.
    pub(crate) expressions_of: Option<usize>,
}

/// The code in the folder of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleCode {
    /// A package of cargo.
    Rust,
    /// The expressions of the manifest, or of the rule that it extends.
    Expressions,
    /// A component or core module that another tool built.
    Prebuilt,
    /// None: the rule extends another.
    None,
}

impl RuleSource {
    /// Whether the folder has code: sources, expressions or a prebuilt component.
    pub(super) fn has_code(&self) -> bool {
        match self.code {
            RuleCode::Rust | RuleCode::Expressions | RuleCode::Prebuilt => true,
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

    /// Whether a byte of the whole manifest is one of the author's own text, at the same place.
    pub(crate) fn is_own(&self, byte: usize) -> bool {
        byte < self.author_text.len() && self.manifest_text.starts_with(self.author_text.trim_end())
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

/// Parses the manifest that `file` of the rule's folder holds.
pub(super) fn read_manifest(place: &str, file: &str, text: &str) -> Result<Manifest, Diagnostic> {
    let name = format!("{place}/{file}");
    parse_manifest(&name, text).and_then(|manifest| check_place(place, &name, text, manifest))
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
                is_cell: false,
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
