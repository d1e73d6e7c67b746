//! Writes a copy of the workspace without the rules that cargo can't read. Cargo rejects all members if the manifest of
//! one is invalid, and the mistake of one place must not stop the rules of the others.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::exit::CommandError;
use crate::source::{RuleSource, io_error, write_file};

/// The folder of the copy, within the folder of artifacts.
const PARTIAL_FOLDER: &str = "partial";

/// The rules whose folders occur in cargo's `stderr` on `workspace`, which is `folder` or a copy of a part of it.
pub(super) fn rules_named_in<'r>(
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

/// Writes the workspace of `folder` without the code of the rules in `left_out`. It links all other files.
pub(super) fn write_partial(
    folder: &Path,
    target: &Path,
    left_out: &HashMap<PathBuf, String>,
) -> Result<PathBuf, CommandError> {
    let partial = target.join(PARTIAL_FOLDER);
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
    let manifest = folder.join("Cargo.toml");
    let lock = folder.join("Cargo.lock");
    let text = fs::read_to_string(&manifest).map_err(|source| io_error("read", &manifest, source))?;
    let copy = partial.join("Cargo.toml");
    write_file(&copy, &partial_manifest(&text, folder, left_out))?;
    if lock.is_file() {
        // Copy the lock file, since cargo removes the packages that are left out.
        fs::copy(&lock, partial.join("Cargo.lock")).map_err(|source| io_error("read", &lock, source))?;
    }
    Ok(partial)
}

/// Links the files and folders in a folder. A subfolder in which something is left out becomes a new folder with links.
fn link_all(
    from: &Path,
    to: &Path,
    is_kept: &dyn Fn(&Path) -> bool,
    left_out: &HashMap<PathBuf, String>,
) -> Result<(), CommandError> {
    fs::create_dir_all(to).map_err(|source| io_error("made", to, source))?;
    for entry in fs::read_dir(from).map_err(|source| io_error("read", from, source))? {
        let path = entry.map_err(|source| io_error("read", from, source))?.path();
        let Some(name) = path.file_name().filter(|_| is_kept(&path)) else { continue };
        let link = to.join(name);
        if left_out.keys().any(|folder| folder.starts_with(&path)) {
            link_all(&path, &link, is_kept, left_out)?;
        } else {
            symlink(&path, &link).map_err(|source| io_error("made", &link, source))?;
        }
    }
    Ok(())
}

/// The manifest of the copied workspace: its paths are absolute, and it doesn't list members that are left out.
fn partial_manifest(manifest: &str, folder: &Path, left_out: &HashMap<PathBuf, String>) -> String {
    // Cargo reports what is wrong with a manifest that can't be parsed.
    let Ok(mut table) = manifest.parse::<Table>() else { return manifest.to_owned() };
    make_paths_absolute(&mut table, folder);
    let members = table.get_mut("workspace").and_then(|workspace| workspace.get_mut("members"));
    if let Some(members) = members.and_then(Value::as_array_mut) {
        members.retain(|member| member.as_str().is_none_or(|member| !left_out.contains_key(&folder.join(member))));
    }
    table.to_string()
}

fn make_paths_absolute(table: &mut Table, folder: &Path) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(path) if key == "path" => *path = folder.join(&path).to_string_lossy().into_owned(),
            Value::Table(inner) => make_paths_absolute(inner, folder),
            _ => {}
        }
    }
}
