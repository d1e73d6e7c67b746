//! The commands of cargo that a build runs, with the flags for reproducible builds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::confine::{Confinement, confined};
use super::rustc::{AS_RUSTC, FILES_READ};
use super::toolchain::{TARGET, Toolchain};
use crate::exit::CommandError;
use crate::source::io_error;
use crate::source_trust::SourceTrust;

/// The stack of a rule, in bytes. Rules compute little; a large stack would cost page faults in every call.
const STACK_BYTES: usize = 16 << 10;
/// The stack of a rule that isn't optimised, in bytes: nothing is kept in registers.
const UNOPTIMISED_STACK_BYTES: usize = 256 << 10;

/// The kind of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// The code that is published.
    Release,
    /// The same code with line tables.
    WithLines,
    /// With debug information and nothing optimised, so that each comparison stands at the line of its author.
    Unoptimised,
}

impl Profile {
    /// The environment variables that override the profile in the author's manifest.
    pub(super) fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Release => &[],
            Self::WithLines => {
                &[("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"), ("CARGO_PROFILE_RELEASE_STRIP", "none")]
            }
            Self::Unoptimised => &[
                ("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"),
                ("CARGO_PROFILE_RELEASE_STRIP", "none"),
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
            ],
        }
    }
}

/// The workspace on which cargo runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workspace<'a> {
    /// The author's folder.
    pub(super) folder: &'a Path,
    /// The author's folder, or a folder with links to a part of it.
    pub(super) path: &'a Path,
    /// The folder of the artifacts.
    pub(super) target: &'a Path,
    pub(super) profile: Profile,
    /// Whether cargo may run code of the sources.
    pub(super) trust: SourceTrust,
}

impl Workspace<'_> {
    /// A folder of the author, if the path names it in the folder of links.
    pub(super) fn original(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.path).map_or_else(|_| path.to_owned(), |inside| self.folder.join(inside))
    }

    /// The folder for the lists of the files that the compiler read.
    pub(super) fn files_read(&self) -> PathBuf {
        self.target.join("ordinance-files-read")
    }

    /// The command that compiles all members.
    pub(super) fn build(&self) -> Command {
        self.cargo(&["build", "--release", "--keep-going", "--message-format=json", "--target", TARGET, "--workspace"])
    }

    /// The same, confined: cargo and the compiler are those of the toolchain, and everything is downloaded already.
    ///
    /// # Errors
    /// If the folder for temporary files can't be made.
    pub(super) fn confined_build(
        &self,
        toolchain: &Toolchain,
        confinement: &Confinement,
    ) -> Result<Command, CommandError> {
        let temporary = self.target.join("tmp");
        std::fs::create_dir_all(&temporary).map_err(|source| io_error("made", &temporary, source))?;
        let mut command = self.build();
        command.arg("--frozen").env("TMPDIR", temporary).env("RUSTC", &toolchain.rustc);
        let mut confined = confined(&command, toolchain.cargo.as_deref(), confinement)
            .map_err(|source| io_error("run", Path::new("cargo"), source))?;
        confined.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(confined)
    }

    /// What a confined build opens: it reads the sources, the toolchain, cargo's registry and the packages elsewhere.
    pub(super) fn confinement(&self, toolchain: &Toolchain, elsewhere: Vec<PathBuf>) -> Confinement {
        let mut read = elsewhere;
        read.push(self.folder.to_owned());
        read.push(toolchain.sysroot.clone());
        read.extend(toolchain.rustc.parent().map(Path::to_owned));
        let home = cargo_home().into_iter();
        let parts = ["registry", "git", "config", "config.toml", ".package-cache", ".package-cache-mutate"];
        read.extend(home.flat_map(|home| parts.map(|part| home.join(part))));
        Confinement { written: vec![self.target.to_owned()], read }
    }

    /// The command that lists the packages of rules. It leaves out packages for other platforms, which may not be
    /// downloaded.
    pub(super) fn metadata(&self, host: &str) -> Command {
        let platforms = ["--filter-platform", TARGET, "--filter-platform", host];
        self.cargo(&[&["metadata", "--format-version", "1"], &platforms[..]].concat())
    }

    /// The command that removes the artifacts of these packages.
    pub(super) fn clean(&self, packages: &[String]) -> Command {
        let mut command = self.cargo(&["clean", "--release", "--target", TARGET]);
        command.args(packages.iter().flat_map(|id| ["--package", id]));
        command
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments)
            // Artifacts stay beside the sources, whatever CARGO_TARGET_DIR the caller has set.
            .env("CARGO_TARGET_DIR", self.target)
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags().join("\u{1f}"))
            .env_remove("RUSTFLAGS")
            .envs(wrapper_variables())
            .env(FILES_READ, self.files_read())
            .envs(self.profile.settings().iter().copied())
            .current_dir(self.path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn flags(&self) -> Vec<String> {
        let mut flags = vec![stack_flag(self.profile), remap(self.folder.parent().unwrap_or(self.folder), "/rulebook")];
        if self.path != self.folder {
            let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
            flags.push(remap(self.path, &format!("/rulebook/{name}")));
        }
        if !self.target.starts_with(self.folder) {
            let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
            flags.push(remap(self.target, &format!("/rulebook/{name}/target")));
        }
        flags.extend(cargo_home().map(|home| remap(&home, "/cargo")));
        flags
    }
}

/// The folder of a profile's artifacts within that of all artifacts.
pub(super) fn target_of(target: &Path, profile: Profile) -> PathBuf {
    match profile {
        Profile::Release => target.to_owned(),
        Profile::WithLines => target.join("with-lines"),
        Profile::Unoptimised => target.join("unoptimised"),
    }
}

/// The flag of the compiler that doesn't depend on a path.
pub(super) fn stack_flag(profile: Profile) -> String {
    let bytes = match profile {
        Profile::Release | Profile::WithLines => STACK_BYTES,
        Profile::Unoptimised => UNOPTIMISED_STACK_BYTES,
    };
    format!("-Clink-arg=-zstack-size={bytes}")
}

/// The folder in which cargo keeps registries and its configuration. `None` if the user has no home folder.
pub(super) fn cargo_home() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
}

/// The environment variables that make cargo call this program as a wrapper of the compiler; empty if the program's
/// path is unknown.
fn wrapper_variables() -> Vec<(&'static str, OsString)> {
    match std::env::current_exe() {
        Ok(program) => vec![("RUSTC_WRAPPER", program.into_os_string()), (AS_RUSTC, "1".into())],
        Err(_) => Vec::new(),
    }
}

/// The flag of the compiler that replaces a prefix of paths in its output.
fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}
