//! A server in a process of its own, and the CPU time that it used.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A process that is killed when it is dropped.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts a server; also returns its `host:port`, which is the first URL that it prints.
    pub(crate) fn start(command: &mut Command) -> (Self, String) {
        Self::start_with_prefix(command, "http://")
    }

    /// The same for a server that prints something else before its address.
    pub(crate) fn start_with_prefix(command: &mut Command, prefix: &str) -> (Self, String) {
        let mut process = Self(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let (_, rest) = line.split_once(prefix)?;
            Some(rest.split(|end: char| end.is_whitespace() || end == '/').next()?.to_owned())
        });
        let address = address.unwrap_or_else(|| panic!("{command:?} ended without saying where it serves"));
        thread::spawn(move || lines.for_each(drop));
        (process, address)
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

/// Ticks in a second, in what Linux tells programs on every architecture that hosts run on.
const TICKS_PER_SECOND: u64 = 100;

/// User and system time of a process with all its threads so far, to a hundredth of a second.
pub(crate) fn cpu_time(process: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The kernel writes the program's name in parentheses; the name itself may contain spaces and parentheses.
    let fields: Vec<&str> = text.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u64 = [11, 12].map(|at: usize| fields[at].parse::<u64>().unwrap()).iter().sum();
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}
