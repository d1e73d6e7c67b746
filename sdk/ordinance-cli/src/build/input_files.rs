//! The source files of a package.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_engine::RulebookFolder;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use toml::{Table, Value};

use crate::exit::CommandError;
use crate::source::{CARGO_MANIFEST_FILE, MANIFEST_FILE, has_file, io_error, open};

/// A source file of a package.
pub(super) struct InputFile {
    /// Its path within the folder of the package, or another name for a file elsewhere.
    pub(super) name: String,
    /// Its canonical path.
    pub(super) path: PathBuf,
    /// The SHA-256 of its content; of a Cargo.toml, see [`manifest_digest`].
    pub(super) digest: Digest,
}

/// The files of a rule that aren't compiled. The build embeds the manifest; cases and properties are for tests.
const BESIDE_CODE: [&str; 3] = [MANIFEST_FILE, "properties.toml", "cases"];

/// The files of a package, ordered by name: all files of its folder except hidden files, those of a package or rule in
/// a subfolder, those that cargo wrote, and those of a rule that aren't compiled. The manifest of another workspace
/// from which the package inherits is included. Further files that the compiler reads are known only after it has run.
///
/// # Errors
/// If a file can't be read, or if the folder holds a link or a special file.
pub(super) fn files_of_package(folder: &Path, workspace: &Path) -> Result<Vec<InputFile>, CommandError> {
    let reader = open(folder)?;
    let is_rule = has_file(&reader, MANIFEST_FILE)?;
    let is_of_package = |path: &str| {
        let top = path.split('/').next().unwrap_or(path);
        let is_left_out = ["target", "Cargo.lock"].contains(&top) || is_rule && BESIDE_CODE.contains(&top);
        !is_left_out && path.split('/').all(|part| !part.starts_with('.'))
    };
    let is_entered = |path: &str| {
        let has = |name: &str| reader.has_file(&format!("{path}/{name}")).unwrap_or(false);
        is_of_package(path) && ![CARGO_MANIFEST_FILE, MANIFEST_FILE].into_iter().any(has)
    };
    let names = reader.files_beneath("", &is_entered).map_err(|(path, source)| io_error("read", &path, source))?;
    let canonical = folder.canonicalize().map_err(|source| io_error("read", folder, source))?;
    let mut files = Vec::new();
    for name in names.into_iter().filter(|name| is_of_package(name)) {
        let path = canonical.join(&name);
        let bytes = reader.read(&name, FILE_BYTES_MAX).map_err(|source| io_error("read", &path, source))?;
        files.push(InputFile { digest: digest_of(&path, &bytes), path, name });
    }
    files.extend(inherited_manifest(folder, workspace)?);
    files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// A file with its digest. `None` if it doesn't exist.
pub(super) fn input_file(path: &Path, name: String) -> Result<Option<InputFile>, CommandError> {
    let Some(bytes) = read_if_there(path)? else { return Ok(None) };
    let digest = digest_of(path, &bytes);
    let path = path.canonicalize().map_err(|source| io_error("read", path, source))?;
    Ok(Some(InputFile { name, path, digest }))
}

fn digest_of(path: &Path, bytes: &[u8]) -> Digest {
    let is_manifest = path.file_name().is_some_and(|name| name == CARGO_MANIFEST_FILE);
    if is_manifest { manifest_digest(bytes) } else { sha256(bytes) }
}

/// The bytes of a file, which a link may name. `None` if it doesn't exist. A pipe or a device is an error.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, CommandError> {
    let read = || {
        let canonical = path.canonicalize()?;
        let name = canonical.file_name().and_then(OsStr::to_str).ok_or(ErrorKind::InvalidInput)?;
        RulebookFolder::open(canonical.parent().unwrap_or(&canonical))?.read(name, FILE_BYTES_MAX)
    };
    match read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error("read", path, source)),
    }
}

/// The manifest of the workspace from which the package's manifest inherits values. `None` if it inherits none.
fn inherited_manifest(folder: &Path, workspace: &Path) -> Result<Option<InputFile>, CommandError> {
    let Some(own) = read_if_there(&folder.join(CARGO_MANIFEST_FILE))? else { return Ok(None) };
    if !table_of(&own).is_some_and(|own| inherits(&own)) {
        return Ok(None);
    }
    let is_root = |folder: &&Path| {
        let manifest = read_if_there(&folder.join(CARGO_MANIFEST_FILE)).ok().flatten();
        manifest.and_then(|bytes| table_of(&bytes)).is_some_and(|table| table.contains_key("workspace"))
    };
    match folder.ancestors().skip(1).find(is_root).filter(|root| *root != workspace) {
        Some(root) => input_file(&root.join(CARGO_MANIFEST_FILE), "of the workspace".to_owned()),
        None => Ok(None),
    }
}

fn table_of(manifest: &[u8]) -> Option<Table> {
    String::from_utf8_lossy(manifest).parse().ok()
}

/// Whether a table, or one in it, has `workspace = true`.
fn inherits(table: &Table) -> bool {
    table.iter().any(|(key, value)| match value {
        Value::Table(inner) => inherits(inner),
        Value::Boolean(yes) => *yes && key == "workspace",
        _ => false,
    })
}

/// The digest of a manifest without the paths of dependencies and the list of members. Cargo's metadata gives both, and
/// the same sources may have other paths.
pub(super) fn manifest_digest(bytes: &[u8]) -> Digest {
    let Ok(mut table) = String::from_utf8_lossy(bytes).parse::<Table>() else { return sha256(bytes) };
    remove_places(&mut table);
    if let Some(workspace) = table.get_mut("workspace").and_then(Value::as_table_mut) {
        workspace.retain(|key, _| !["members", "default-members", "exclude"].contains(&key));
    }
    sha256(table.to_string().as_bytes())
}

fn remove_places(table: &mut Table) {
    for (key, value) in table.iter_mut() {
        let Some(inner) = value.as_table_mut() else { continue };
        if key.ends_with("dependencies") || key == "patch" || key == "replace" {
            remove_paths(inner);
        } else {
            remove_places(inner);
        }
    }
}

fn remove_paths(dependencies: &mut Table) {
    dependencies.retain(|key, value| key != "path" || !value.is_str());
    dependencies.iter_mut().filter_map(|(_, value)| value.as_table_mut()).for_each(remove_paths);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_counts_without_the_places_of_dependencies_and_members() {
        let digest = |text: &str| manifest_digest(text.as_bytes());
        let here = "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nsdk = { path = \"a/sdk\" }\n";
        assert_eq!(digest(here), digest(&here.replace("\"a\"", "\"b\"").replace("a/sdk", "/other/sdk")));
        assert_ne!(digest(here), digest(&here.replace("sdk\" }", "sdk\", features = [\"f\"] }")));
        let library = "[lib]\npath = \"src/lib.rs\"\n";
        assert_ne!(digest(library), digest(&library.replace("lib.rs", "other.rs")));
    }
}
