//! The types of a rulebook's rules beside their pages, for those who can't read them from the components: browsers.

use std::fs;
use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_engine::index::{PAGES_FOLDER, PageKind, page_path};
use ordinance_engine::{RuleState, Rulebook};

use super::write::{make_folder, write_atomically};
use crate::exit::CommandError;

/// Writes the type of each rule that can run.
///
/// # Errors
/// If a file can't be written.
pub(super) fn write_rule_types(folder: &Path, rulebook: &Rulebook) -> Result<(), CommandError> {
    make_folder(folder, PAGES_FOLDER)?;
    for rule in rulebook.rules() {
        if let (Some(digest), RuleState::Ready(ready)) = (rule.head.digest, &rule.state) {
            write_type(folder, digest, &ready.compiled().type_json())?;
        }
    }
    for rule in rulebook.privacy_rules() {
        if let (Some(digest), RuleState::Ready(ready)) = (rule.head.digest, &rule.state) {
            write_type(folder, digest, &ready.compiled().type_json())?;
        }
    }
    Ok(())
}

fn write_type(folder: &Path, rule: Digest, json: &str) -> Result<(), CommandError> {
    let path = folder.join(page_path(rule, PageKind::Type));
    // A component never changes its type under the same digest.
    if path.symlink_metadata().is_ok_and(|found| found.is_file())
        && fs::read(&path).is_ok_and(|known| known == json.as_bytes())
    {
        return Ok(());
    }
    write_atomically(&folder.join(PAGES_FOLDER), &path, json.as_bytes())
}
