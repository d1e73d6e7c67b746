//! A connection that is closed when its peer doesn't read, or doesn't begin to speak: an answer may wait so long to be
//! taken and no longer, and so may a beginning; or who asks and never reads, or connects and never asks, could hold
//! connections and memory for ever.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What a client of HTTP/2 begins with. While what was read could still become this, the server waits to know which
/// HTTP it is, with no timer of its own.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream with a limit on how long a write, and a beginning, may wait.
pub(crate) struct TimeoutStream<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write waits.
    timer: Pin<Box<Sleep>>,
    waiting: bool,
    /// How much of the preface was read, and until when more of it may wait; none once it is known which HTTP it is.
    beginning: Option<(usize, Pin<Box<Sleep>>)>,
}

impl<S> TimeoutStream<S> {
    pub(crate) fn new(stream: S, patience: Duration, beginning: Duration) -> Self {
        Self {
            stream,
            patience,
            timer: Box::pin(tokio::time::sleep(patience)),
            waiting: false,
            beginning: Some((0, Box::pin(tokio::time::sleep(beginning)))),
        }
    }

    /// Takes note of what was read while it isn't known which HTTP it is.
    fn note_beginning(&mut self, read: &[u8]) {
        let Some((seen, _)) = &mut self.beginning else { return };
        let rest = PREFACE.get(*seen..).unwrap_or_default();
        *seen += read.len();
        if read.is_empty() || !rest.starts_with(read) || rest.len() == read.len() {
            self.beginning = None;
        }
    }

    /// What came of a write: one that waits too long is an error.
    fn timed<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = false;
            return written;
        }
        if !self.waiting {
            self.waiting = true;
            self.timer.as_mut().reset(Instant::now() + self.patience);
        }
        match self.timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer doesn't read"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.note_beginning(buffer.filled().get(before..).unwrap_or_default());
            return read;
        }
        let is_late = |(_, timer): &mut (usize, Pin<Box<Sleep>>)| timer.as_mut().poll(context).is_ready();
        if self.beginning.as_mut().is_some_and(is_late) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer doesn't begin to speak")));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.timed(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.timed(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.timed(shut, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn who_reads_gets_everything_and_who_does_not_is_left() {
        let (mut reader, writer) = tokio::io::duplex(16);
        let mut patient = TimeoutStream::new(writer, Duration::from_millis(20), Duration::from_secs(9));
        let read = tokio::spawn(async move {
            let mut bytes = [0; 64];
            reader.read_exact(&mut bytes).await.unwrap();
            reader
        });
        patient.write_all(&[7; 64]).await.unwrap();
        let _reader = read.await.unwrap();
        let error = patient.write_all(&[7; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_does_not_begin_is_left_and_who_has_begun_may_think() {
        for (said, is_left) in [("", true), ("P", true), ("PRI * HTTP/2.0\r\n", true), ("GET ", false), ("POST", false)]
        {
            let (mut client, server) = tokio::io::duplex(64);
            let mut patient = TimeoutStream::new(server, Duration::from_secs(9), Duration::from_millis(20));
            client.write_all(said.as_bytes()).await.unwrap();
            let mut bytes = vec![0; said.len()];
            patient.read_exact(&mut bytes).await.unwrap();
            let more = tokio::time::timeout(Duration::from_millis(200), patient.read_u8()).await;
            let left = matches!(more, Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut);
            assert_eq!(left, is_left, "{said:?}");
        }
    }
}
