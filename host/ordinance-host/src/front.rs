//! The front of the routes: while more is asked than the host can do and enough wait already, it answers in their place. That costs a
//! small part of a decision, so that what is sent away takes little from what is given.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, Method, Request, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::callers::PeerSubject;
use crate::http::App;
use crate::problem::RequestError;
use crate::request_id::Identity;

/// Routes, and what stands before them.
#[derive(Clone)]
pub(crate) struct Front {
    /// None for routes that nobody is sent away from.
    app: Option<Arc<App>>,
    routes: TowerToHyperService<Router>,
    /// Who has proved itself on the connection.
    peer: Option<PeerSubject>,
}

/// The path by which nearly all requests come.
const DECISIONS: &str = "/v1/decisions";
/// A body of this size has come with its head, so that the connection goes on without it.
const BODY_BYTES_MAX: u64 = 4 << 10;

impl Front {
    /// Routes from which nobody is sent away.
    pub(crate) fn open(routes: Router) -> Self {
        Self { app: None, routes: TowerToHyperService::new(routes), peer: None }
    }

    /// Routes that decide.
    pub(crate) fn guarded(app: Arc<App>, routes: Router) -> Self {
        Self { app: Some(app), ..Self::open(routes) }
    }

    /// The same for a connection on which somebody has proved who it is.
    pub(crate) fn with_peer(self, peer: Option<PeerSubject>) -> Self {
        Self { peer, ..self }
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        if let Some(peer) = &self.peer {
            request.extensions_mut().insert(peer.clone());
        }
        match &self.app {
            Some(app) if wants_decision(&request) && app.lane.sends_away_at_once() => {
                Box::pin(ready(Ok(sent_away(app, request.headers()))))
            }
            Some(_) | None => Box::pin(self.routes.call(request)),
        }
    }
}

fn wants_decision<B>(request: &Request<B>) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    request.method() == Method::POST
        && request.uri().path() == DECISIONS
        && length.is_some_and(|bytes| bytes <= BODY_BYTES_MAX)
}

fn sent_away(app: &App, headers: &HeaderMap) -> Response {
    let identity = Identity::of(headers, app.traces.as_ref());
    let mut response = app.problem(RequestError::Overloaded);
    identity.stamp(response.headers_mut());
    response
}
