//! A stream with a write timeout and a preface timeout. It protects against clients that never read or never send
//! (slowloris), which could hold connections and memory for ever.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::connection::unread::{LingeringClose, UnreadSignal};

/// The preface of an HTTP/2 client. While the bytes read so far could still become it, hyper waits without a timer of
/// its own.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose writes, and whose first bytes, may wait only for a limited time.
pub(crate) struct TimeoutStream<S> {
    stream: S,
    write_timeout: Duration,
    /// Runs while a write is pending.
    timer: Pin<Box<Sleep>>,
    is_write_pending: bool,
    /// The bytes of the preface that were read, and the deadline of the next; `None` once the version of HTTP is known.
    preface: Option<(usize, Pin<Box<Sleep>>)>,
    unread: UnreadSignal,
    /// Begins once the host has ended its side, if the client may still send.
    lingering_close: Option<LingeringClose>,
}

impl<S> TimeoutStream<S> {
    /// `unread` says whether the client may still send when the stream is shut down.
    pub(crate) fn new(stream: S, write_timeout: Duration, preface_timeout: Duration, unread: UnreadSignal) -> Self {
        Self {
            stream,
            write_timeout,
            timer: Box::pin(tokio::time::sleep(write_timeout)),
            is_write_pending: false,
            preface: Some((0, Box::pin(tokio::time::sleep(preface_timeout)))),
            unread,
            lingering_close: None,
        }
    }

    /// Counts the bytes of the preface, and stops its timer once the version of HTTP is known.
    fn note_preface(&mut self, read: &[u8]) {
        let Some((seen, _)) = &mut self.preface else { return };
        let rest = PREFACE.get(*seen..).unwrap_or_default();
        *seen += read.len();
        if read.is_empty() || !rest.starts_with(read) || rest.len() == read.len() {
            self.preface = None;
        }
    }

    /// The result of a write; one that is pending for too long is an error.
    fn timed<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.is_write_pending = false;
            return written;
        }
        if !self.is_write_pending {
            self.is_write_pending = true;
            self.timer.as_mut().reset(Instant::now() + self.write_timeout);
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
            self.note_preface(buffer.filled().get(before..).unwrap_or_default());
            return read;
        }
        let is_late = |(_, timer): &mut (usize, Pin<Box<Sleep>>)| timer.as_mut().poll(context).is_ready();
        if self.preface.as_mut().is_some_and(is_late) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer doesn't send")));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
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
        let Self { stream, lingering_close, .. } = &mut *self;
        if let Some(lingering_close) = lingering_close {
            return lingering_close.poll(Pin::new(stream), context).map(Ok);
        }
        let shut = Pin::new(stream).poll_shutdown(context);
        ready!(self.timed(shut, context))?;
        if !self.unread.is_set() {
            return Poll::Ready(Ok(()));
        }
        self.lingering_close = Some(LingeringClose::new());
        self.poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_peer_that_reads_gets_everything_and_one_that_does_not_is_disconnected() {
        let (mut reader, writer) = tokio::io::duplex(16);
        let mut stream =
            TimeoutStream::new(writer, Duration::from_millis(20), Duration::from_secs(9), UnreadSignal::default());
        let read = tokio::spawn(async move {
            let mut bytes = [0; 64];
            reader.read_exact(&mut bytes).await.unwrap();
            reader
        });
        stream.write_all(&[7; 64]).await.unwrap();
        let _reader = read.await.unwrap();
        let error = stream.write_all(&[7; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_peer_that_sends_nothing_is_disconnected_and_one_that_has_begun_is_not() {
        for (said, is_left) in [("", true), ("P", true), ("PRI * HTTP/2.0\r\n", true), ("GET ", false), ("POST", false)]
        {
            let (mut client, server) = tokio::io::duplex(64);
            let mut stream =
                TimeoutStream::new(server, Duration::from_secs(9), Duration::from_millis(20), UnreadSignal::default());
            client.write_all(said.as_bytes()).await.unwrap();
            let mut bytes = vec![0; said.len()];
            stream.read_exact(&mut bytes).await.unwrap();
            let more = tokio::time::timeout(Duration::from_millis(200), stream.read_u8()).await;
            let left = matches!(more, Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut);
            assert_eq!(left, is_left, "{said:?}");
        }
    }
}
