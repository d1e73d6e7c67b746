//! The Rust toolchain of a folder, and the installation of its target.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::exit::CommandError;
use crate::terminal::print_status;

/// The target for which rules are compiled.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// The compiler that cargo calls in a folder.
pub(super) struct Toolchain {
    /// The output of `rustc -vV` without the host platform, which doesn't affect components.
    pub(super) version: String,
    /// The host platform.
    pub(super) host: String,
    /// The compiler itself, which no proxy chooses.
    pub(super) rustc: PathBuf,
    /// The cargo beside it. `None` if the toolchain has none of its own.
    pub(super) cargo: Option<PathBuf>,
    /// The folder of its libraries.
    pub(super) sysroot: PathBuf,
}

impl Toolchain {
    /// Runs `rustc -vV` in a folder.
    ///
    /// # Errors
    /// If the compiler can't be started or fails.
    pub(super) fn of(folder: &Path) -> Result<Self, CommandError> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(&rustc).arg("-vV").current_dir(folder).output().map_err(|error| {
            CommandError::Cargo(format!("rustc can't be started ({error}); rules in Rust need it, so install rustup"))
        })?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            return Err(CommandError::Cargo(format!("`rustc -vV` failed:\n{stderr}")));
        }
        let stdout = String::from_utf8_lossy(&output.stdout);
        let (host, version): (Vec<&str>, Vec<&str>) = stdout.lines().partition(|line| line.starts_with("host:"));
        let host = host.first().map_or("", |line| line.trim_start_matches("host:").trim()).to_owned();
        let sysroot = sysroot_of(&rustc, folder).unwrap_or_default();
        let own = sysroot.join("bin/rustc");
        let rustc = if own.is_file() { own } else { PathBuf::from(rustc) };
        let cargo = Some(sysroot.join("bin/cargo")).filter(|cargo| cargo.is_file());
        Ok(Self { version: version.join("\n"), host, rustc, cargo, sysroot })
    }
}

/// The folder of a compiler's libraries; `None` if it can't be started.
fn sysroot_of(rustc: &OsStr, folder: &Path) -> Option<PathBuf> {
    let output = Command::new(rustc).args(["--print", "sysroot"]).current_dir(folder).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Installs the target of rules with rustup if the toolchain lacks it.
pub(super) fn ensure_target(folder: &Path) -> Result<(), CommandError> {
    let Some(sysroot) = sysroot_of(OsStr::new("rustc"), folder) else { return Ok(()) };
    if sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    print_status!("fetching the target {TARGET}, for which rules are compiled: rustup target add {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).status();
    if added.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(CommandError::Cargo(format!(
        "the toolchain can't compile for {TARGET}; run `rustup target add {TARGET}`, or install the target with the package manager of your system"
    )))
}
