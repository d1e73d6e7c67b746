//! The service of a connection: load shedding, and requests for decisions, in front of the router. During an
//! overload of its caller it rejects a request before routing if the concurrency limit would reject it anyway; this
//! costs a small part of a decision.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, header};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::admission::address_block::AddressBlock;
use crate::admission::callers::PeerSubject;
use crate::admission::overload::ClientLoad;
use crate::api::DECISIONS;
use crate::api::handlers::decisions::{DirectRequest, RequestHead, decide_directly};
use crate::api::problem::RequestError;
use crate::api::public_answers::visitor::PeerAddress;
use crate::api::request_scope::BegunRequest;
use crate::api::rulebook_header::{check_pinned, name_revision};
use crate::api::unread_body::{BodyLender, BodyTransfer, RequestBody};
use crate::app::App;
use crate::connection::connection_limit::{ConnectionHandle, ConnectionRequest};
use crate::connection::unread::UnreadSignal;
use crate::observability::request_id::Identity;

/// A router with load shedding in front of it.
#[derive(Clone)]
pub(crate) struct LoadShed {
    /// `None` for routes without load shedding.
    app: Option<Arc<App>>,
    routes: TowerToHyperService<Router>,
    /// The connection and the address of its client; `None` before there is a connection.
    connection: Option<(ConnectionHandle, PeerAddress)>,
    /// The subject of the connection's client certificate.
    peer: Option<PeerSubject>,
    /// Set if the connection ends with a body that wasn't read.
    unread: UnreadSignal,
}

/// The route of decisions in a span.
const DECISION_ROUTE: &str = "POST /v1/decisions";

/// The largest body of a request that is shed; the connection of a larger one may be closed instead.
const BODY_BYTES_MAX: u64 = 4 << 10;

impl LoadShed {
    /// A router without load shedding.
    pub(crate) fn disabled(routes: Router) -> Self {
        Self {
            app: None,
            routes: TowerToHyperService::new(routes),
            connection: None,
            peer: None,
            unread: UnreadSignal::default(),
        }
    }

    /// A router with load shedding for decisions.
    pub(crate) fn enabled(app: Arc<App>, routes: Router) -> Self {
        Self { app: Some(app), ..Self::disabled(routes) }
    }

    /// The sender, if it is overloaded and its queue is full. A request with a token goes on, since
    /// its signature would have to be checked; the concurrency limit may still reject it.
    fn sender_to_shed(&self, app: &App, request: &Request<Incoming>) -> Option<Arc<ClientLoad>> {
        if !app.concurrency_limit.is_overloaded() || !has_small_body(request.headers()) {
            return None;
        }
        let load = &app.callers.identify_cheaply(request.headers(), self.peer.as_ref())?.quota.load;
        (load.is_overloaded() && app.concurrency_limit.should_shed(load)).then(|| Arc::clone(load))
    }

    /// The same for the connection of a client.
    pub(crate) fn with_connection(self, handle: ConnectionHandle, address: AddressBlock, unread: UnreadSignal) -> Self {
        Self { connection: Some((handle, PeerAddress(address))), unread, ..self }
    }

    /// What says that the connection ends with a body that wasn't read.
    pub(crate) fn unread(&self) -> UnreadSignal {
        self.unread.clone()
    }

    /// The same for a connection with a client certificate.
    pub(crate) fn with_peer(self, peer: Option<PeerSubject>) -> Self {
        Self { peer, ..self }
    }
}

impl Service<Request<Incoming>> for LoadShed {
    type Response = Response<SentBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<SentBody>, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let under_way = self.connection.as_ref().map(|(connection, _)| connection.begin_request());
        if let Some(app) = self.app.as_ref().filter(|_| is_decision(&request)) {
            let app = Arc::clone(app);
            let address =
                self.connection.as_ref().map_or_else(PeerAddress::unknown, |(_, PeerAddress(address))| *address);
            let peer = self.peer.clone();
            let sender = self.sender_to_shed(&app, &request);
            let unread = self.unread();
            return Box::pin(async move {
                let transfer = BodyTransfer::of(&request);
                let (head, incoming) = request.into_parts();
                let mut body = RequestBody::new(incoming);
                let mut response = match sender {
                    Some(sender) => reject(&app, &sender, &head, &mut body).await,
                    None => decide(&app, peer, address, &head, &mut body).await,
                };
                transfer.settle(Some(body), &unread, &mut response).await;
                Ok(until_sent(response, under_way))
            });
        }
        if let Some((_, address)) = &self.connection {
            request.extensions_mut().insert(*address);
        }
        if let Some(peer) = &self.peer {
            request.extensions_mut().insert(peer.clone());
        }
        let (transfer, lender, unread) = (BodyTransfer::of(&request), BodyLender::default(), self.unread());
        let response = self.routes.call(request.map(|incoming| lender.lend(incoming)));
        Box::pin(async move {
            let mut response = response.await?;
            transfer.settle(lender.take(), &unread, &mut response).await;
            Ok(until_sent(response, under_way))
        })
    }
}

/// Answers a request for a decision in one future, as the routes would in several.
async fn decide(
    app: &Arc<App>,
    peer: Option<PeerSubject>,
    address: AddressBlock,
    head: &Parts,
    body: &mut RequestBody,
) -> Response {
    let begun = BegunRequest::new(app, &head.headers, head.version, true);
    if let Err(error) = check_pinned(&begun.engine, &head.headers) {
        return begun.answer(app, DECISION_ROUTE, pin!(async { app.problem(error) })).await;
    }
    let (engine, sampled) = (Arc::clone(&begun.engine), begun.sampled.clone());
    let head =
        RequestHead { engine: &engine, headers: &head.headers, query: head.uri.query(), sampled: sampled.as_ref() };
    let direct = DirectRequest { head, peer: peer.as_ref(), address };
    begun.answer(app, DECISION_ROUTE, pin!(decide_directly(app, direct, body))).await
}

/// The body of a response. Its request is under way until it is sent.
pub(crate) struct SentBody {
    body: Body,
    _under_way: Option<ConnectionRequest>,
}

/// Keeps a request under way until its response is sent.
fn until_sent(response: Response, under_way: Option<ConnectionRequest>) -> Response<SentBody> {
    response.map(|body| SentBody { body, _under_way: under_way })
}

impl hyper::body::Body for SentBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn is_decision(request: &Request<Incoming>) -> bool {
    request.method() == Method::POST && request.uri().path() == DECISIONS
}

fn has_small_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|bytes| bytes <= BODY_BYTES_MAX)
}

/// Sends the rejection after reading the body; otherwise the connection might have to be closed.
async fn reject(app: &App, sender: &ClientLoad, head: &Parts, body: &mut RequestBody) -> Response {
    let identity = Identity::of(&head.headers, app.traces.as_ref());
    // The result is ignored: the body is discarded.
    let _ = tokio::time::timeout(Duration::from_millis(app.config.http.body_ms), body.collect()).await;
    sender.pace_rejection().await;
    let mut response = app.problem(RequestError::Overloaded);
    name_revision(&app.current.engine(), response.headers_mut());
    identity.stamp(response.headers_mut());
    app.draining.set_connection_close(&mut response, head.version);
    response
}
