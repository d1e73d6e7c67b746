//! The limit on batches. Those that are open take turns at deciding a group of lines, fairly by caller, so that the
//! batch of one caller neither locks out another's nor waits for all of its lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::admission::overload::ClientLoad;
use crate::admission::turn_queue::{Turn, TurnQueue};

/// The limit on batches.
pub(crate) struct BatchLimit {
    turns: Arc<TurnQueue>,
    /// The most batches of one caller that are open.
    open_max: usize,
    open: Arc<AtomicUsize>,
}

/// A batch that is open; dropping it ends it.
#[derive(Debug)]
pub(crate) struct OpenBatch {
    caller: Arc<ClientLoad>,
    turns: Arc<TurnQueue>,
    open: Arc<AtomicUsize>,
}

/// The caller has as many batches open as it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the caller has as many batches open as it may have")]
pub(crate) struct TooManyBatchesError;

impl BatchLimit {
    /// So many batches decide at the same time, and so many may each caller have open.
    pub(crate) fn new(concurrency: usize) -> Self {
        Self { turns: TurnQueue::new(concurrency), open_max: concurrency, open: Arc::new(AtomicUsize::new(0)) }
    }

    /// Opens a batch of a caller.
    pub(crate) fn open(&self, caller: &Arc<ClientLoad>) -> Result<OpenBatch, TooManyBatchesError> {
        self.open.fetch_add(1, Ordering::Relaxed);
        let before = caller.open_batches.fetch_add(1, Ordering::Relaxed);
        let (turns, open) = (Arc::clone(&self.turns), Arc::clone(&self.open));
        let batch = OpenBatch { caller: Arc::clone(caller), turns, open };
        // One too many is counted until it is dropped here.
        if before < self.open_max { Ok(batch) } else { Err(TooManyBatchesError) }
    }

    /// How many are open.
    pub(crate) fn open_batches(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

impl OpenBatch {
    /// Waits for the batch's turn. `None` only if the host ends.
    pub(crate) async fn turn(&self) -> Option<Turn> {
        self.turns.enqueue(self.caller.turn_client()).wait().await
    }
}

impl Drop for OpenBatch {
    fn drop(&mut self) {
        self.caller.open_batches.fetch_sub(1, Ordering::Relaxed);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_caller_with_its_batches_open_takes_none_from_another() {
        let limit = BatchLimit::new(1);
        let [greedy, modest] = [(); 2].map(|()| Arc::new(ClientLoad::new(Instant::now())));
        let first = limit.open(&greedy).unwrap();
        assert_eq!(limit.open(&greedy).unwrap_err(), TooManyBatchesError);
        assert!(limit.open(&modest).is_ok());
        assert_eq!(limit.open_batches(), 1);
        drop(first);
        assert!(limit.open(&greedy).is_ok());
    }
}
