//! A wrapper of the compiler, for reproducible builds. Cargo derives a crate's identity from its path, and the order of
//! functions in a component follows from the identity: the same sources would give other bytes in another folder. So
//! cargo calls this program, which calls the compiler with an identity derived from the crate's name and version.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use ordinance_engine::digest::sha256;

/// The environment variable that makes this process a wrapper of the compiler.
pub(super) const AS_RUSTC: &str = "ORDINANCE_AS_RUSTC";

/// Calls the compiler if this process is its wrapper; returns its exit code.
pub(crate) fn as_rustc() -> Option<ExitCode> {
    std::env::var_os(AS_RUSTC)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let package = ["CARGO_PKG_NAME", "CARGO_PKG_VERSION"].map(|name| std::env::var(name).unwrap_or_default());
    let identity = sha256(package.join(" ").as_bytes()).hex();
    let with_identity = |argument: OsString| match argument.to_str() {
        Some(text) if text.starts_with("metadata=") => {
            format!("metadata={}", identity.get(..16).unwrap_or_default()).into()
        }
        _ => argument,
    };
    let status = Command::new(&rustc).args(arguments.map(with_identity)).status();
    let code = match status {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        Err(error) => {
            eprintln!("{} can't be started: {error}", rustc.display());
            1
        }
    };
    Some(ExitCode::from(code))
}
