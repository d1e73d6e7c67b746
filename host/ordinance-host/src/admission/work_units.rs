//! The units of a long request: the places of a comparison, the evaluations of a set. Each costs a token of the
//! caller's rate limit, and between two of them the request gives its turn back, so that one large request takes no
//! more from the others than many small ones.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::admission::caller_quota::{CallerQuota, QuotaError};
use crate::admission::concurrency_limit::{ConcurrencyLimit, QueueFullError};
use crate::admission::turn_queue::Turn;

/// How long a request may wait for the tokens of its units, all in all, while its caller sends others.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// The units of one request, and its turn.
pub(crate) struct WorkUnits<'a> {
    limit: &'a ConcurrencyLimit,
    quota: &'a Arc<CallerQuota>,
    /// How many follow.
    left: usize,
    /// For how many of these the tokens are taken.
    paid: usize,
    turn: Option<Turn>,
    has_begun: bool,
    until: Instant,
}

/// Why a request ends before its last unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnitsError {
    #[error(transparent)]
    Quota(QuotaError),
    #[error(transparent)]
    QueueFull(QueueFullError),
}

impl<'a> WorkUnits<'a> {
    /// Begins a request of so many units. The token of the request has paid for the first.
    ///
    /// # Errors
    /// If the caller's rate limit can't give their tokens in time.
    pub(crate) fn begin(
        limit: &'a ConcurrencyLimit,
        quota: &'a Arc<CallerQuota>,
        units: usize,
    ) -> Result<Self, UnitsError> {
        quota.check_cost(units).map_err(UnitsError::Quota)?;
        let until = Instant::now() + WAIT_MAX;
        Ok(Self { limit, quota, left: units, paid: 1, turn: None, has_begun: false, until })
    }

    /// The first unit begins in a turn that the request has already.
    pub(crate) fn in_turn(self, turn: Turn) -> Self {
        Self { turn: Some(turn), has_begun: true, ..self }
    }

    /// Waits for the token and the turn of the next unit.
    ///
    /// # Errors
    /// If the caller's other requests take the tokens for too long, or before the first unit if the queue is full.
    pub(crate) async fn next(&mut self) -> Result<&mut Turn, UnitsError> {
        if self.paid == 0 {
            self.pay().await.map_err(UnitsError::Quota)?;
        }
        self.paid = self.paid.saturating_sub(1);
        self.left = self.left.saturating_sub(1);
        let turn = match self.turn.take() {
            Some(mut turn) => {
                turn.pass_on().await;
                turn
            }
            None if self.has_begun => {
                self.limit.acquire_again(&self.quota.load).await.map_err(UnitsError::QueueFull)?
            }
            None => self.limit.acquire(&self.quota.load).await.map_err(UnitsError::QueueFull)?,
        };
        self.has_begun = true;
        Ok(self.turn.insert(turn))
    }

    /// Gives the turn back while the request waits for something else.
    pub(crate) fn rest(&mut self) {
        self.turn = None;
    }

    /// Takes the tokens of the next units.
    async fn pay(&mut self) -> Result<(), QuotaError> {
        let units = self.left.min(self.quota.batch_burst()).max(1);
        while let Err(retry_after) = self.quota.try_take_tokens(units, Instant::now()) {
            self.turn = None;
            if Instant::now() + retry_after > self.until {
                return Err(QuotaError::Rate { retry_after });
            }
            tokio::time::sleep(retry_after).await;
        }
        self.paid = units;
        Ok(())
    }
}
