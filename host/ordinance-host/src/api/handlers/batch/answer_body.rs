//! The body of a batch's response: it ends cleanly only after the last line, and else breaks the transfer off.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::{mpsc, oneshot};

use crate::observability::request_id::LogIdentity;

/// Why a batch ends before its last line is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BatchError {
    #[error("the client closed the connection")]
    ClientGone,
    #[error("the client did not read its answers for the time that `batch.idle-ms` sets")]
    ClientStalled,
    #[error("the host ends")]
    HostEnds,
    #[error("a worker thread panicked")]
    WorkerPanicked,
    #[error("a reply can't be written as JSON")]
    UnwritableReply,
}

/// The body of the response while the batch runs. It ends cleanly only by [`AnswerBody::end`]. If it is dropped before,
/// by an early return or a panic, the transfer breaks off, so that no client takes a part of the answers for all of
/// them.
pub(super) struct AnswerBody {
    groups: mpsc::Sender<Bytes>,
    /// Tells the body that nothing is missing. It is dropped with the rest where something is.
    whole: Option<oneshot::Sender<()>>,
}

/// What the server sends of the answers. It decides how the transfer ends only after the last group: a body that
/// watches both at once could take the end for the last group.
pub(super) struct AnswerChannel {
    groups: mpsc::Receiver<Bytes>,
    whole: oneshot::Receiver<()>,
}

/// The error by which a body breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the batch was aborted")]
pub(super) struct BatchAbortedError;

impl AnswerBody {
    /// A body that holds at most `groups` groups of lines that the client has not read yet.
    pub(super) fn new(groups: usize) -> (Self, AnswerChannel) {
        let (sender, receiver) = mpsc::channel(groups);
        let (whole, is_whole) = oneshot::channel();
        (Self { groups: sender, whole: Some(whole) }, AnswerChannel { groups: receiver, whole: is_whole })
    }

    /// Sends the answers to a group of lines, and waits at most `idle` until the client reads.
    pub(super) async fn send(&mut self, lines: Bytes, idle: Duration) -> Result<(), BatchError> {
        match tokio::time::timeout(idle, self.groups.send(lines)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(BatchError::ClientGone),
            Err(_) => Err(BatchError::ClientStalled),
        }
    }

    /// Ends the body as a whole.
    pub(super) fn end(mut self) {
        if let Some(whole) = self.whole.take() {
            // A client that has gone needs no end.
            let _ = whole.send(());
        }
    }
}

impl Body for AnswerChannel {
    type Data = Bytes;
    type Error = BatchAbortedError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BatchAbortedError>>> {
        match ready!(self.groups.poll_recv(context)) {
            Some(lines) => Poll::Ready(Some(Ok(Frame::data(lines)))),
            // The sender told before it closed the groups, or it never will.
            None => Poll::Ready(match self.whole.try_recv() {
                Ok(()) => None,
                Err(_) => Some(Err(BatchAbortedError)),
            }),
        }
    }
}

/// Runs `work` on a thread for blocking work.
pub(super) async fn on_worker<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, BatchError> {
    tokio::task::spawn_blocking(LogIdentity::carry_to_thread(work)).await.map_err(|_| BatchError::WorkerPanicked)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::response::Response;
    use http_body_util::BodyExt;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What a client reads of a response whose body `write` writes.
    async fn transfer<F: Future<Output = ()> + Send + 'static>(write: impl Fn(AnswerBody) -> F) -> String {
        let (mut client, server) = tokio::io::duplex(1 << 16);
        let respond = service_fn(|_| {
            let (answer, channel) = AnswerBody::new(2);
            tokio::spawn(write(answer));
            async { Ok::<_, Infallible>(Response::new(axum::body::Body::new(channel))) }
        });
        let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), respond);
        let reading = async {
            client.write_all(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut text = String::new();
            client.read_to_string(&mut text).await.unwrap();
            text
        };
        let (_, text) = tokio::join!(serving, reading);
        text
    }

    const LAST_CHUNK: &str = "\r\n0\r\n\r\n";

    #[tokio::test]
    async fn a_batch_whose_worker_panics_breaks_the_transfer_off() {
        let text = transfer(async |mut answer| {
            answer.send(Bytes::from_static(b"line 1"), Duration::from_secs(9)).await.unwrap();
            let work = || -> Bytes { panic!("of a defect") };
            let failed: Result<Bytes, BatchError> = on_worker(work).await;
            assert_eq!(failed, Err(BatchError::WorkerPanicked));
        });
        let text = text.await;
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(!text.ends_with(LAST_CHUNK), "{text}");
    }

    #[tokio::test]
    async fn a_batch_that_panics_itself_breaks_the_transfer_off() {
        let text = transfer(async |_answer| panic!("of a defect")).await;
        assert!(!text.ends_with(LAST_CHUNK), "{text}");
    }

    #[tokio::test]
    async fn a_batch_that_ends_is_a_whole_transfer() {
        let text = transfer(async |mut answer| {
            answer.send(Bytes::from_static(b"line 1"), Duration::from_secs(9)).await.unwrap();
            answer.end();
        });
        let text = text.await;
        assert!(text.ends_with(LAST_CHUNK), "{text}");
        assert!(text.contains("line 1"), "{text}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_batch_that_ends_right_after_its_last_lines_loses_none() {
        for _ in 0..20_000 {
            let (mut answer, channel) = AnswerBody::new(2);
            tokio::spawn(async move {
                answer.send(Bytes::from_static(b"line 1"), Duration::from_secs(9)).await.unwrap();
                answer.end();
            });
            assert_eq!(channel.collect().await.unwrap().to_bytes(), "line 1");
        }
    }
}
