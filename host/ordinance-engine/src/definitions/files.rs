//! The definition files of a rulebook.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;

/// The file that names the rulebook and its places.
pub const RULEBOOK_FILE: &str = "rulebook.toml";
/// The file of facts.
pub const FACTS_FILE: &str = "facts.toml";
/// The folder of services, one file each.
pub const SERVICES_FOLDER: &str = "services";

/// The definition files of a rulebook, by their path in it, with `/` between folders.
pub type DefinitionFiles = BTreeMap<String, String>;

/// The text of a file, or the diagnostic that it is missing.
pub(super) fn text_of<'a>(files: &'a DefinitionFiles, name: &str) -> Result<&'a str, Diagnostic> {
    files
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| Diagnostic::whole_file(name, "this file is missing from the rulebook"))
}
