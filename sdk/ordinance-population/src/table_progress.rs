//! How far the work on a table is.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How the work on a table goes on: the rows that are decided, and whether to stop.
#[derive(Debug, Default)]
pub struct TableProgress {
    decided: AtomicUsize,
    stops: AtomicBool,
}

impl TableProgress {
    /// The rows that are decided.
    pub fn decided(&self) -> usize {
        self.decided.load(Ordering::Relaxed)
    }

    /// Lets the work end within some hundred rows, with an error that says so.
    pub fn stop(&self) {
        self.stops.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stops.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, rows: usize) {
        self.decided.fetch_add(rows, Ordering::Relaxed);
    }
}
