//! What sources may not hold if their author isn't trusted: everything by which a build would run code of theirs.
//! Cargo's settings and toolchain files are looked for before any program of Rust is started, since each would read
//! them; build scripts and procedural macros are known after cargo has listed the packages, which runs none of them.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::cargo_command::Workspace;
use super::cargo_command::cargo_home;
use super::input_files::read_if_there;
use super::inputs::{Inputs, Package};
use crate::exit::CommandError;
use crate::source::CARGO_MANIFEST_FILE;

const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];

/// Checks the files that choose programs: cargo's settings and toolchain files, in the folder of the sources and above
/// it. The settings in the user's own cargo home are the user's.
///
/// # Errors
/// The names of all such files.
pub(super) fn check_settings(folder: &Path) -> Result<(), CommandError> {
    let home = cargo_home().and_then(|home| home.canonicalize().ok());
    let mut found = Vec::new();
    for folder in folder.ancestors() {
        let settings = folder.join(".cargo");
        let is_own = settings.canonicalize().ok().is_some_and(|settings| Some(settings) == home);
        for path in ["config.toml", "config"].map(|name| settings.join(name)) {
            if !is_own && path.symlink_metadata().is_ok() {
                found.push(format!("`{}`: settings of cargo, which can name programs to run", path.display()));
            }
        }
        for path in TOOLCHAIN_FILES.map(|name| folder.join(name)) {
            if let Some(bytes) = read_if_there(&path)?
                && !names_released_toolchain(&String::from_utf8_lossy(&bytes))
            {
                found.push(format!("`{}`: a toolchain by its path, whose programs a build runs", path.display()));
            }
        }
    }
    refuse(found)
}

/// Whether a toolchain file names a toolchain that rustup installs, such as `1.95.0`, and not a path.
fn names_released_toolchain(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.chars().all(is_allowed)
    };
    match text.parse::<Table>() {
        Ok(table) => match table.get("toolchain").and_then(Value::as_table) {
            Some(toolchain) => {
                let channel = toolchain.get("channel").map(|channel| channel.as_str().is_some_and(is_name));
                !toolchain.contains_key("path") && channel.unwrap_or(true)
            }
            None => false,
        },
        Err(_) => is_name(text.trim()),
    }
}

/// Checks the packages that a build compiles: no build script, no procedural macro and no unstable feature of cargo,
/// which may name programs too.
///
/// # Errors
/// The names of all such packages.
pub(super) fn check_packages(inputs: &Inputs<'_>, workspace: Workspace<'_>) -> Result<(), CommandError> {
    let mut found = Vec::new();
    for package in inputs.compiled_packages() {
        found.extend(foreign_code(package));
        if package.source.is_none() {
            found.extend(foreign_folder(package, workspace));
            found.extend(unstable_features(&package.manifest_path)?);
        }
    }
    found.extend(unstable_features(&inputs.workspace_root().join(CARGO_MANIFEST_FILE))?);
    refuse(found)
}

/// The SDK, which rules may take from a clone beside them.
const SDK_PACKAGE: &str = "ordinance-sdk";

/// A package outside the sources: the compiler may read its folder, so that a rule could include a file of the user.
fn foreign_folder(package: &Package, workspace: Workspace<'_>) -> Option<String> {
    let folder = workspace.original(package.folder());
    let is_beneath = match (folder.canonicalize(), workspace.folder.canonicalize()) {
        (Ok(folder), Ok(sources)) => folder.starts_with(sources),
        (Err(_), _) | (_, Err(_)) => false,
    };
    (!is_beneath && package.name != SDK_PACKAGE).then(|| {
        format!(
            "`{}` ({}): a package outside the folder of the sources, whose files a build could show",
            package.name,
            package.manifest_path.display()
        )
    })
}

/// What a package runs in a build.
fn foreign_code(package: &Package) -> Option<String> {
    let has = |kind: &str| package.targets.iter().any(|target| target.kind.iter().any(|known| known == kind));
    let what = match (has("custom-build"), has("proc-macro")) {
        (true, _) => "a build script",
        (false, true) => "a procedural macro",
        (false, false) => return None,
    };
    Some(format!("`{}` ({}): {what}, which a build runs", package.name, package.manifest_path.display()))
}

fn unstable_features(manifest: &Path) -> Result<Option<String>, CommandError> {
    let bytes = read_if_there(manifest)?.unwrap_or_default();
    let has_features = match String::from_utf8_lossy(&bytes).parse::<Table>() {
        Ok(table) => table.contains_key("cargo-features"),
        // Cargo has read it, so this program understands it less than cargo does.
        Err(_) => true,
    };
    Ok(has_features.then(|| format!("`{}`: `cargo-features`, which can name programs to run", manifest.display())))
}

fn refuse(mut found: Vec<String>) -> Result<(), CommandError> {
    if found.is_empty() {
        return Ok(());
    }
    found.sort_unstable();
    found.dedup();
    Err(CommandError::bad_use(
        format!(
            "the sources would run code of their author on this machine, or read what isn't theirs:\n  {}",
            found.join("\n  ")
        ),
        "read that code; if you trust it, add --trust-sources, which runs it with all your rights; or let somebody else build, \
         and study the built components: `ordinance review --prebuilt BUILT`",
    ))
}

/// The folders and files that the compiler reads beside the sources: those of packages elsewhere, and the manifests
/// above all packages, which cargo reads to find the workspace.
pub(super) fn folders_read(inputs: &Inputs<'_>) -> Vec<PathBuf> {
    let folders: Vec<&Path> =
        inputs.compiled_packages().filter(|package| package.source.is_none()).map(Package::folder).collect();
    let manifests = folders.iter().flat_map(|folder| folder.ancestors()).map(|above| above.join(CARGO_MANIFEST_FILE));
    let lock = inputs.workspace_root().join("Cargo.lock");
    folders.iter().map(|folder| folder.to_path_buf()).chain(manifests).chain([lock]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_file_names_a_released_toolchain_and_no_path() {
        for named in [
            "1.95.0",
            "nightly-2026-01-01\n",
            "[toolchain]\nchannel = \"stable\"",
            "[toolchain]\nprofile = \"minimal\"",
        ] {
            assert!(names_released_toolchain(named), "{named}");
        }
        for other in
            ["/tmp/evil", "../evil", "[toolchain]\npath = \"evil\"", "[toolchain]\nchannel = \"./evil\"", "", "[other]"]
        {
            assert!(!names_released_toolchain(other), "{other}");
        }
    }
}
