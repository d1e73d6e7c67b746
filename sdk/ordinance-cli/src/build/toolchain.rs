//! The compiler of a folder: which it is, and the target that it may lack.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo_command::TARGET;
use crate::exit::CommandError;

/// The compiler that cargo calls in a folder.
pub(super) struct Toolchain {
    /// What it says of its version, without the machine that it runs on: it compiles the same on each.
    pub(super) version: String,
    /// The platform of that machine.
    pub(super) host: String,
}

impl Toolchain {
    /// Asks the compiler of a folder.
    ///
    /// # Errors
    /// If it can't be started.
    pub(super) fn of(folder: &Path) -> Result<Self, CommandError> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).arg("-vV").current_dir(folder).output().map_err(|error| {
            CommandError::Cargo(format!("rustc can't be started ({error}); rules in Rust need it: install rustup"))
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            return Err(CommandError::Cargo(format!("rustc doesn't say its version:\n{said}")));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let (host, version): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("host:"));
        let host = host.first().map_or("", |line| line.trim_start_matches("host:").trim()).to_owned();
        Ok(Self { version: version.join("\n"), host })
    }
}

/// Rules are compiled for a target that a toolchain may lack; rustup fetches it.
pub(super) fn ensure_target(folder: &Path) -> Result<(), CommandError> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).current_dir(folder).output();
    let Some(sysroot) = sysroot.ok().filter(|output| output.status.success()) else { return Ok(()) };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    eprintln!("fetching the target {TARGET}, for which rules are compiled: rustup target add {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).status();
    if added.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(CommandError::Cargo(format!(
        "the toolchain can't compile for {TARGET}; run `rustup target add {TARGET}`, or install the target as your system does"
    )))
}
