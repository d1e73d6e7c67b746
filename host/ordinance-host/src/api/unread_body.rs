//! Bodies that were answered before their end: a request that is rejected by its head, or whose body is too large.
//! HTTP/1 can't go on with another request while a part of the body is unread. The host reads and drops a short rest;
//! for a longer one it tells the client that the connection ends.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Request, Version, header};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::connection::unread::UnreadSignal;
use crate::mutex::lock;

/// The longest rest of a body that the host drops before it answers, in bytes.
const REST_BYTES_MAX: u64 = 64 << 10;
/// How long it waits for that rest: a client sends it with the head, or right after it.
const REST_TIME: Duration = Duration::from_millis(50);

/// The body of a request, which knows whether it was read to its end.
pub(crate) struct RequestBody {
    incoming: Incoming,
    has_ended: bool,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming) -> Self {
        Self { incoming, has_ended: false }
    }

    /// Reads and drops the rest; `false` if it is too long.
    async fn drop_rest(&mut self) -> bool {
        let mut left = REST_BYTES_MAX;
        while let Some(Ok(frame)) = self.frame().await {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(u64::try_from(bytes).unwrap_or(u64::MAX)) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        true
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.incoming).poll_frame(context);
        // After an error nothing more comes.
        self.has_ended |= matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// A body in the hands of a handler. If the handler drops it, what it left unread goes back.
pub(crate) struct LentBody {
    /// `None` once it was dropped.
    body: Option<RequestBody>,
    lender: BodyLender,
}

/// Where a lent body goes back to.
#[derive(Clone, Default)]
pub(crate) struct BodyLender(Arc<Mutex<Option<RequestBody>>>);

impl BodyLender {
    pub(crate) fn lend(&self, incoming: Incoming) -> LentBody {
        LentBody { body: Some(RequestBody::new(incoming)), lender: self.clone() }
    }

    /// The body that came back; `None` while a handler still reads it.
    pub(crate) fn take(&self) -> Option<RequestBody> {
        let Self(body) = self;
        lock(body).take()
    }
}

impl Drop for LentBody {
    fn drop(&mut self) {
        let BodyLender(lender) = &self.lender;
        *lock(lender) = self.body.take();
    }
}

impl Body for LentBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

/// How the body of a request is sent, as its head says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyTransfer {
    /// Whether other requests may follow on the connection only after the whole body, as before HTTP/2.
    must_be_read: bool,
    /// Whether the client sends the body only when it is asked to.
    awaits_continue: bool,
}

impl BodyTransfer {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self {
            must_be_read: request.version() < Version::HTTP_2,
            awaits_continue: request.headers().contains_key(header::EXPECT),
        }
    }

    /// Prepares a response for what was left of the body: drops a short rest, or else announces the end of the
    /// connection.
    pub(crate) async fn settle(self, body: Option<RequestBody>, unread: &UnreadSignal, response: &mut Response) {
        let Some(mut body) = body.filter(|body| self.must_be_read && !body.is_end_stream()) else { return };
        // To read it would ask the client for it.
        let may_be_read = !self.awaits_continue && body.size_hint().lower() <= REST_BYTES_MAX;
        if may_be_read && matches!(tokio::time::timeout(REST_TIME, body.drop_rest()).await, Ok(true)) {
            return;
        }
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        unread.set();
    }
}
