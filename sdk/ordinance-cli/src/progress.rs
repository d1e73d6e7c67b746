//! A line on the terminal that shows how far a command is and how long it still takes.

use std::cell::{Cell, RefCell};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use ordinance_domain::plain_text::visible;

/// The time between two drawings: more often, a terminal slows the work.
const INTERVAL: Duration = Duration::from_millis(100);

/// The line. It is hidden where it would disturb: outside a terminal, and among result lines on the same terminal.
pub(crate) struct Progress {
    label: &'static str,
    /// The number of steps. `None` if it isn't known before.
    steps: Option<u64>,
    is_shown: bool,
    begun: Instant,
    done: Cell<u64>,
    drawn: Cell<Option<Instant>>,
    /// What the command does now.
    now: RefCell<String>,
}

impl Progress {
    /// A line for a known number of steps, with an estimate of the remaining time.
    pub(crate) fn new(steps: usize, label: &'static str) -> Self {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        Self::with(label, Some(steps), std::io::stderr().is_terminal())
    }

    /// A counter for an unknown number of steps, with how many there are in a second.
    pub(crate) fn counter(unit: &'static str) -> Self {
        Self::with(unit, None, std::io::stderr().is_terminal() && !std::io::stdout().is_terminal())
    }

    fn with(label: &'static str, steps: Option<u64>, is_shown: bool) -> Self {
        let now = RefCell::default();
        Self { label, steps, is_shown, begun: Instant::now(), done: Cell::new(0), drawn: Cell::new(None), now }
    }

    /// Sets what the command does now.
    pub(crate) fn set_message(&self, now: &str) {
        if self.is_shown {
            *self.now.borrow_mut() = visible(now).into_owned();
            self.draw();
        }
    }

    /// Counts steps that are done.
    pub(crate) fn add(&self, steps: u64) {
        self.done.set(self.done.get().saturating_add(steps));
        if self.is_shown && self.drawn.get().is_none_or(|drawn| drawn.elapsed() >= INTERVAL) {
            self.draw();
        }
    }

    /// Prints other lines in the place of this one, which is drawn again below them.
    pub(crate) fn suspend(&self, print: impl FnOnce()) {
        self.clear();
        print();
        if self.is_shown {
            self.draw();
        }
    }

    /// Removes the line from the terminal.
    pub(crate) fn clear(&self) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    fn draw(&self) {
        self.drawn.set(Some(Instant::now()));
        let text = self.text(self.begun.elapsed());
        // A longer line would wrap, and what wrapped can't be drawn over.
        let text: String = text.chars().take(79).collect();
        let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
    }

    fn text(&self, elapsed: Duration) -> String {
        let done = self.done.get();
        let seconds = elapsed.as_secs_f64();
        let Some(steps) = self.steps else {
            let rate = done as f64 / seconds.max(0.001);
            return format!("{done} {}, {rate:.0} a second", self.label);
        };
        // The first steps say little: what all need is compiled before them.
        let remaining = match (done, steps.saturating_sub(done)) {
            (0, _) | (_, 0) => String::new(),
            (_, left) => format!(", about {:.0} s left", seconds / done as f64 * left as f64),
        };
        format!("{} {done} of {steps}{remaining}  {}", self.label, self.now.borrow())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_the_work_is_and_how_long_it_takes() {
        let progress = Progress::with("building", Some(20), false);
        assert_eq!(progress.text(Duration::ZERO), "building 0 of 20  ");
        progress.add(5);
        assert_eq!(progress.text(Duration::from_secs(10)), "building 5 of 20, about 30 s left  ");
        progress.add(15);
        assert_eq!(progress.text(Duration::from_secs(40)), "building 20 of 20  ");
        let counter = Progress::with("cases", None, false);
        counter.add(300);
        assert_eq!(counter.text(Duration::from_secs(3)), "300 cases, 100 a second");
    }
}
