//! Shows how far studies are while they run: one line on a terminal, or a plain line every few seconds elsewhere. And
//! tells what a study didn't reach in the time that `--budget` gives it.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use ordinance_domain::plain_text::visible;
use ordinance_harness::Pace;

/// The time between two drawings on a terminal.
const DRAWN_EVERY: Duration = Duration::from_millis(100);
/// The time between two lines elsewhere.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// The longest line on a terminal: what wraps can't be drawn over.
const LINE_CHARS_MAX: usize = 79;

/// The flag of commands that study rules for a long time.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct BudgetArguments {
    /// End after this many seconds of study, report what was finished, and name what wasn't reached. Building doesn't
    /// count. What wasn't reached is a finding: the exit code is 1
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) budget: Option<u64>,
}

impl BudgetArguments {
    /// The pace of the studies of a command, which begin now.
    pub(crate) fn pace(self) -> Pace {
        Pace::until(self.budget.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds))))
    }
}

/// What wasn't reached, as a sentence; `None` if everything was.
pub(crate) fn unreached_text(pace: &Pace) -> Option<String> {
    let unreached = pace.unreached();
    (!unreached.is_empty()).then(|| format!("not reached: {}", unreached.join("; ")))
}

/// Whether a line of progress is on the terminal.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);

/// Removes the line of progress from the terminal, before something else is printed there.
pub(crate) fn clear_line() {
    if IS_DRAWN.swap(false, Ordering::Relaxed) {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

/// Runs a study and shows how far it is. `what` names it.
pub(crate) fn watched<T>(pace: &Pace, what: &str, study: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let (running, ended) = channel::<()>();
        scope.spawn(move || show(pace, what, &ended));
        pace.begin_part(String::new(), 0);
        let result = study();
        // The watcher ends with its sender.
        drop(running);
        result
    })
}

fn show(pace: &Pace, what: &str, ended: &Receiver<()>) {
    let is_terminal = std::io::stderr().is_terminal();
    let begun = Instant::now();
    while ended.recv_timeout(if is_terminal { DRAWN_EVERY } else { TOLD_EVERY }) == Err(RecvTimeoutError::Timeout) {
        let text = line(what, &pace.progress(), begun.elapsed());
        if is_terminal {
            let text: String = text.chars().take(LINE_CHARS_MAX).collect();
            IS_DRAWN.store(true, Ordering::Relaxed);
            let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
        } else {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
    clear_line();
}

fn line(what: &str, (part, done, steps): &(String, u64, u64), elapsed: Duration) -> String {
    let part = if part.is_empty() { String::new() } else { format!(", {part}") };
    let how_far = if *steps == 0 { String::new() } else { format!(", {done} of {steps}") };
    visible(&format!("{what}: {} s{part}{how_far}", elapsed.as_secs())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_runs_how_long_and_how_far() {
        let part = ("facts of cases on 2026-01-01".to_owned(), 3, 9);
        assert_eq!(line("CN/x", &part, Duration::from_secs(4)), "CN/x: 4 s, facts of cases on 2026-01-01, 3 of 9");
        assert_eq!(line("CN/x", &(String::new(), 0, 0), Duration::from_secs(4)), "CN/x: 4 s");
    }

    #[test]
    fn what_was_not_reached_is_told_in_one_sentence() {
        let pace = Pace::default();
        assert_eq!(unreached_text(&pace), None);
        pace.leave_out("CN/x on 2026-01-01".to_owned());
        assert_eq!(unreached_text(&pace).unwrap(), "not reached: CN/x on 2026-01-01");
    }
}
