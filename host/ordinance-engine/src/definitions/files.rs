//! The definition files of a rulebook.

use std::collections::BTreeMap;

use ordinance_domain::jurisdiction::JurisdictionCode;

use crate::diagnostic::Diagnostic;

/// The file that names the rulebook and its places.
pub const RULEBOOK_FILE: &str = "rulebook.toml";
/// The file of facts.
pub const FACTS_FILE: &str = "facts.toml";
/// The folder of services, one file each.
pub const SERVICES_FOLDER: &str = "services";

/// The definition files of a rulebook, by their path in it, with `/` between folders.
pub type DefinitionFiles = BTreeMap<String, String>;

/// The place whose bounds a definition file sets, by the folder in which it is; `None` of a file that all places share.
#[must_use]
pub fn place_of_definition(path: &str) -> Option<JurisdictionCode> {
    let (folder, _) = path.split_once('/')?;
    JurisdictionCode::new(folder).ok()
}

/// The text of a file, or the diagnostic that it is missing.
pub(super) fn text_of<'a>(files: &'a DefinitionFiles, name: &str) -> Result<&'a str, Diagnostic> {
    files
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| Diagnostic::whole_file(name, "this file is missing from the rulebook"))
}
