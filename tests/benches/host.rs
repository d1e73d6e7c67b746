//! The rulebook of `plugins/` and a host in a process of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::Process;

/// The command that the benchmark was built with.
pub(crate) const ORDINANCE: &str = env!("CARGO_BIN_EXE_ordinance-under-test");

/// Builds `plugins/` into a folder.
pub(crate) fn build_plugins(folder: &Path) {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("plugins");
    let mut build = Command::new(ORDINANCE);
    let built = build.arg("build").arg(plugins).arg("--out").arg(folder).arg("--trust-sources").status();
    assert!(built.unwrap().success());
}

/// Serves a rulebook by a build of the command, with these settings. Its decision log, which is synced, lies beside
/// `config`, where the settings are written. Also returns the host's `host:port`.
pub(crate) fn start_host(program: &Path, rulebook: &Path, config: &Path, settings: &str) -> (Process, String) {
    let log = config.with_extension("ndjson");
    fs::write(config, format!("{settings}[decision-log]\npath = {log:?}\n")).unwrap();
    Process::start(
        Command::new(program)
            .args(["serve", rulebook.to_str().unwrap(), "--config", config.to_str().unwrap(), "--open-door"])
            .args(["--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"])
            .stderr(Stdio::null()),
    )
}
