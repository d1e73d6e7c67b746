//! The commands of cargo that a build runs, with the flags that make the same sources give the same bytes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::rustc::{AS_RUSTC, FILES_READ};

/// What rules are compiled for.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// The stack of a rule. What a rule computes is shallow; a large stack costs page faults at every call.
const STACK_BYTES: usize = 16 << 10;

/// What the compiler is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// What is published.
    Release,
    /// The same code with the lines of its source.
    WithLines,
}

impl Profile {
    /// The settings of cargo that differ from those of the author's manifest.
    pub(super) fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Release => &[],
            Self::WithLines => {
                &[("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"), ("CARGO_PROFILE_RELEASE_STRIP", "none")]
            }
        }
    }
}

/// What cargo is run on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workspace<'a> {
    /// The folder of the author.
    pub(super) folder: &'a Path,
    /// That folder, or a part of it with links.
    pub(super) path: &'a Path,
    pub(super) profile: Profile,
}

impl Workspace<'_> {
    /// Where cargo puts what it makes.
    pub(super) fn target(&self) -> PathBuf {
        target_of(self.folder, self.profile)
    }

    /// Where lists of the files that the compiler read are kept.
    pub(super) fn files_read(&self) -> PathBuf {
        self.target().join("ordinance-files-read")
    }

    /// Compiles all members.
    pub(super) fn build(&self) -> Command {
        self.cargo(&["build", "--workspace", "--release", "--keep-going", "--message-format=json", "--target", TARGET])
    }

    /// Lists the packages that go into rules. Packages for other platforms are left out: they may not be downloaded.
    pub(super) fn metadata(&self, host: &str) -> Command {
        let platforms = ["--filter-platform", TARGET, "--filter-platform", host];
        self.cargo(&[&["metadata", "--format-version", "1"], &platforms[..]].concat())
    }

    /// Removes what was made of these packages.
    pub(super) fn clean(&self, packages: &[String]) -> Command {
        let mut command = self.cargo(&["clean", "--release", "--target", TARGET]);
        command.args(packages.iter().flat_map(|id| ["--package", id]));
        command
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments)
            // Rules go beside their sources whatever the caller's own target folder is.
            .env("CARGO_TARGET_DIR", self.target())
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags().join("\u{1f}"))
            .env_remove("RUSTFLAGS")
            .envs(own_compiler())
            .env(FILES_READ, self.files_read())
            .envs(self.profile.settings().iter().copied())
            .current_dir(self.path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn flags(&self) -> Vec<String> {
        let mut flags = vec![stack_flag(), remap(self.folder.parent().unwrap_or(self.folder), "/rulebook")];
        if self.path != self.folder {
            let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
            flags.push(remap(self.path, &format!("/rulebook/{name}")));
        }
        flags.extend(cargo_home().map(|home| remap(&home, "/cargo")));
        flags
    }
}

/// The target folder of a profile in the folder of an author.
pub(super) fn target_of(folder: &Path, profile: Profile) -> PathBuf {
    let target = folder.join("target");
    match profile {
        Profile::Release => target,
        Profile::WithLines => target.join("with-lines"),
    }
}

/// The flag of the compiler that is the same wherever the sources stand.
pub(super) fn stack_flag() -> String {
    format!("-Clink-arg=-zstack-size={STACK_BYTES}")
}

/// Where cargo keeps registries and its own configuration.
pub(super) fn cargo_home() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
}

/// What makes cargo call this program for the compiler; nothing where it isn't known where it is.
fn own_compiler() -> Vec<(&'static str, OsString)> {
    let own = std::env::current_exe().map(|own| vec![("RUSTC_WRAPPER", own.into_os_string()), (AS_RUSTC, "1".into())]);
    own.unwrap_or_default()
}

fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}
