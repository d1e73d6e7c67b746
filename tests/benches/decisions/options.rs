//! What the command line of the benchmark says, and the other engines that it names.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::Process;

pub(crate) struct Options {
    pub(crate) time: Duration,
    pub(crate) rounds: usize,
    /// Another build of the command.
    pub(crate) beside: Option<PathBuf>,
    /// A part of the names of the lanes that are measured beside the bare server's.
    pub(crate) only: String,
    /// The program `dsntk`.
    pub(crate) dsntk: Option<PathBuf>,
    /// A folder where `@gorules/zen-engine` is installed.
    pub(crate) zen: Option<PathBuf>,
}

impl Options {
    pub(crate) fn read() -> Self {
        let time = Duration::from_secs(2);
        let mut options = Self { time, rounds: 5, beside: None, only: String::new(), dsntk: None, zen: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(flag) = arguments.next() {
            // Cargo says it to every benchmark.
            if flag == "--bench" {
                continue;
            }
            let value = arguments.next().unwrap_or_else(|| panic!("`{flag}` needs a value"));
            match flag.as_str() {
                "--seconds" => options.time = Duration::from_secs_f64(value.parse().unwrap()),
                "--rounds" => options.rounds = value.parse().unwrap(),
                "--beside" => options.beside = Some(value.into()),
                "--only" => options.only = value,
                "--dsntk" => options.dsntk = Some(value.into()),
                "--zen" => options.zen = Some(value.into()),
                _ => panic!("there is no `{flag}`: --seconds, --rounds, --beside, --only, --dsntk, --zen"),
            }
        }
        options
    }
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// Starts dsntk with the benefits as a DMN model, on a port that is free.
pub(crate) fn start_dsntk(program: &Path) -> (Process, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut command = Command::new(program);
    command.args(["srv", "--host", "127.0.0.1", "--port", &port, "--color", "never", "-D"]).arg(peers());
    Process::start_with_prefix(&mut command, "dsntk ")
}

pub(crate) fn start_zen(folder: &Path) -> (Process, String) {
    Process::start(Command::new("node").arg(peers().join("zen.mjs")).current_dir(folder))
}
