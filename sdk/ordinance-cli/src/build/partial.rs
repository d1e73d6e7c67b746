//! A workspace without the rules that cargo can't read: cargo refuses all members where the manifest of one is faulty,
//! and one place's mistake must not keep the others from their rules.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::exit::CommandError;
use crate::source::{RuleSource, io_error, write_file};

/// Where it is written, in the folder of the rulebook.
pub(super) const PARTIAL_FOLDER: &str = "target/partial";

/// The rules whose folder cargo names in what it says of `workspace`, which is `folder` or a part of it.
pub(super) fn named_in<'r>(
    stderr: &str,
    workspace: &Path,
    folder: &Path,
    rules: &[&'r RuleSource],
) -> Vec<&'r RuleSource> {
    let is_named = |rule: &&&RuleSource| {
        let Ok(inside) = rule.folder.strip_prefix(folder) else { return false };
        let place = workspace.join(inside).to_string_lossy().into_owned();
        let mut after = stderr.match_indices(&place).filter_map(|(at, found)| stderr.get(at + found.len()..));
        after.any(|rest| {
            let ends = rest.chars().next().is_none_or(|next| !(next == '/' || next == '-' || next.is_alphanumeric()));
            ends || rest.starts_with("/Cargo.toml") || rest.starts_with("/src")
        })
    };
    rules.iter().filter(is_named).copied().collect()
}

/// Writes the workspace of `folder` without the code of the rules in `left_out`. What stays is linked, not copied.
pub(super) fn write_partial(folder: &Path, left_out: &HashMap<PathBuf, String>) -> Result<PathBuf, CommandError> {
    let partial = folder.join(PARTIAL_FOLDER);
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(|source| io_error("removed", &partial, source))?;
    }
    link_all(
        folder,
        &partial,
        &|path| {
            let parent = path.parent().unwrap_or(path);
            let is_written =
                parent == folder && ["target", "Cargo.toml", "Cargo.lock"].iter().any(|name| path.ends_with(name));
            let is_code = left_out.contains_key(parent) && (path.is_file() || path.ends_with("src"));
            !is_written && !is_code
        },
        left_out,
    )?;
    let (manifest, lock) = (folder.join("Cargo.toml"), folder.join("Cargo.lock"));
    let text = fs::read_to_string(&manifest).map_err(|source| io_error("read", &manifest, source))?;
    let copy = partial.join("Cargo.toml");
    write_file(&copy, &adapted(&text, folder, left_out))?;
    if lock.is_file() {
        // A copy: cargo takes what is left out from it.
        fs::copy(&lock, partial.join("Cargo.lock")).map_err(|source| io_error("read", &lock, source))?;
    }
    Ok(partial)
}

/// Links what is in a folder; one in which something is left out is made anew, with links in it.
fn link_all(
    from: &Path,
    to: &Path,
    stays: &dyn Fn(&Path) -> bool,
    left_out: &HashMap<PathBuf, String>,
) -> Result<(), CommandError> {
    fs::create_dir_all(to).map_err(|source| io_error("made", to, source))?;
    for entry in fs::read_dir(from).map_err(|source| io_error("read", from, source))? {
        let path = entry.map_err(|source| io_error("read", from, source))?.path();
        let Some(name) = path.file_name().filter(|_| stays(&path)) else { continue };
        let link = to.join(name);
        if left_out.keys().any(|folder| folder.starts_with(&path)) {
            link_all(&path, &link, stays, left_out)?;
        } else {
            symlink(&path, &link).map_err(|source| io_error("made", &link, source))?;
        }
    }
    Ok(())
}

/// The workspace's manifest where it stands elsewhere: paths are whole, and members that are left out aren't named.
fn adapted(manifest: &str, folder: &Path, left_out: &HashMap<PathBuf, String>) -> String {
    // Cargo itself says what is wrong with a manifest that can't be read.
    let Ok(mut table) = manifest.parse::<Table>() else { return manifest.to_owned() };
    make_paths_whole(&mut table, folder);
    let members = table.get_mut("workspace").and_then(|workspace| workspace.get_mut("members"));
    if let Some(members) = members.and_then(Value::as_array_mut) {
        members.retain(|member| member.as_str().is_none_or(|member| !left_out.contains_key(&folder.join(member))));
    }
    table.to_string()
}

fn make_paths_whole(table: &mut Table, folder: &Path) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(path) if key == "path" => *path = folder.join(&path).to_string_lossy().into_owned(),
            Value::Table(inner) => make_paths_whole(inner, folder),
            _ => {}
        }
    }
}
