//! The lane of public answers: whatever a stranger may ask is computed here, one answer at a time, on a thread that
//! gives way to decisions. The addresses take turns, so that one that asks for much makes only itself wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::admission::address_block::AddressBlock;
use crate::admission::thread_priority::give_way;
use crate::admission::turn_queue::{TurnClient, TurnQueue};

/// The most answers that wait, and the most of them that one address waits for.
const WAITING_MAX: usize = 256;
const WAITING_OF_ADDRESS_MAX: usize = 8;
/// The longest time in the queue.
const QUEUE_TIME: Duration = Duration::from_secs(5);
/// How much the thread gives way to others, from 0 to 19. On a busy core it has about a tenth of the time.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// The lane of public answers.
pub(crate) struct PublicLane {
    turns: Arc<TurnQueue>,
    /// The way to the thread. A job holds the only turn, so at most one is on its way.
    jobs: Sender<Job>,
}

/// Why an answer wasn't computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LaneError {
    #[error("too many public answers are waited for, or by this address")]
    Full,
    #[error("the computation panicked")]
    Panicked,
}

impl PublicLane {
    /// Starts the thread, which ends when this is dropped.
    ///
    /// # Errors
    /// If the system starts no further thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        thread::Builder::new().name("public".to_owned()).spawn(move || run_jobs(&queue))?;
        Ok(Self { turns: TurnQueue::new(1), jobs })
    }

    /// Computes an answer for an address in its turn. One that nobody waits for any more is left out.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        address: AddressBlock,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, LaneError> {
        let client = TurnClient::Address(address);
        let (all, own) = self.turns.waiting(client);
        if all >= WAITING_MAX || own >= WAITING_OF_ADDRESS_MAX {
            return Err(LaneError::Full);
        }
        let queued = self.turns.enqueue(client).wait();
        let turn = tokio::time::timeout(QUEUE_TIME, queued).await.ok().flatten().ok_or(LaneError::Full)?;
        let (answer, answered) = oneshot::channel();
        let job = move || {
            // The turn ends with the job, also where nobody waits for it.
            let _turn = turn;
            if !answer.is_closed() {
                drop(answer.send(compute()));
            }
        };
        // The thread lives as long as this.
        drop(self.jobs.send(Box::new(job)));
        answered.await.map_err(|_| LaneError::Panicked)
    }
}

fn run_jobs(queue: &Receiver<Job>) {
    give_way(NICENESS);
    while let Ok(job) = queue.recv() {
        // The panic hook has logged it; what the job shares with others is only read.
        drop(catch_unwind(AssertUnwindSafe(job)));
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn address(last: u8) -> AddressBlock {
        AddressBlock::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    #[tokio::test]
    async fn an_address_that_waits_for_much_is_refused_and_another_is_not() {
        let lane = Arc::new(PublicLane::start().unwrap());
        let (release, released) = channel::<()>();
        let ask = |from: AddressBlock| {
            let lane = Arc::clone(&lane);
            tokio::spawn(async move { lane.run(from, || ()).await })
        };
        let held = Arc::clone(&lane);
        let held = tokio::spawn(async move { held.run(address(1), move || released.recv().is_ok()).await });
        while lane.turns.free() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting: Vec<_> = (0..WAITING_OF_ADDRESS_MAX).map(|_| ask(address(1))).collect();
        while lane.turns.waiting(TurnClient::Address(address(1))).1 < WAITING_OF_ADDRESS_MAX {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(address(1)).await.unwrap(), Err(LaneError::Full));
        let other = ask(address(2));
        release.send(()).unwrap();
        assert_eq!(other.await.unwrap(), Ok(()));
        assert_eq!(held.await.unwrap(), Ok(true));
        for one in waiting {
            assert_eq!(one.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn a_computation_that_panics_ends_alone() {
        let lane = PublicLane::start().unwrap();
        let failed: Result<u8, LaneError> = lane.run(address(1), || panic!("of a defect")).await;
        assert_eq!(failed, Err(LaneError::Panicked));
        assert_eq!(lane.run(address(1), || 7).await, Ok(7));
    }
}
