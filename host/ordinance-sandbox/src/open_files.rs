//! The limit on open files: each component whose code is mapped from the code cache keeps one open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Lets the process open as many files as the system allows it (`ulimit -Hn`), since the usual limit of 1024 is soon
/// reached by connections and mapped code. Returns how many that are.
#[must_use]
pub fn raise_open_files() -> i32 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { raised.current } else { limit.current };
    now.and_then(|files| i32::try_from(files).ok()).unwrap_or(i32::MAX)
}
