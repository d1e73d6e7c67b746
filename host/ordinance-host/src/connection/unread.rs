//! The end of a connection on which the client still sends. If the host closed it at once, the system would reset it,
//! and the client could lose the answer that it hasn't read yet. So the host ends its own side, then reads and drops
//! what comes, within bounds (lingering close).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Sleep;

/// The most that the host drops, in bytes.
const BYTES_MAX: usize = 8 << 20;
/// How long it drops.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Says that a connection ends with a body that the host didn't read.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnreadSignal(Arc<AtomicBool>);

impl UnreadSignal {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The end of a connection whose client still sends: what comes is read and dropped.
pub(crate) struct LingeringClose {
    left: usize,
    timer: Pin<Box<Sleep>>,
}

impl LingeringClose {
    pub(crate) fn new() -> Self {
        Self { left: BYTES_MAX, timer: Box::pin(tokio::time::sleep(TIME_MAX)) }
    }

    /// Drops what comes until the client ends its side, or one of the bounds is reached.
    pub(crate) fn poll(&mut self, mut stream: Pin<&mut impl AsyncRead>, context: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 8 << 10];
        while self.left > 0 && self.timer.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut bytes);
            match stream.as_mut().poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.left = self.left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}
