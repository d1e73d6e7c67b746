//! The front of the routes: while more is asked than the host can do, it answers in their place whom the lane would send away. That
//! costs a small part of a decision, so that what is sent away takes little from what is given.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Method, Request, header};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::admission::callers::PeerSubject;
use crate::api::DECISIONS;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::observability::request_id::Identity;

/// Routes, and what stands before them.
#[derive(Clone)]
pub(crate) struct LoadShed {
    /// None for routes that nobody is sent away from.
    app: Option<Arc<App>>,
    routes: TowerToHyperService<Router>,
    /// Who has proved itself on the connection.
    peer: Option<PeerSubject>,
}

/// The most of a body that is read for nothing.
const BODY_BYTES_MAX: u64 = 4 << 10;

impl LoadShed {
    /// Routes from which nobody is sent away.
    pub(crate) fn open(routes: Router) -> Self {
        Self { app: None, routes: TowerToHyperService::new(routes), peer: None }
    }

    /// Routes that decide.
    pub(crate) fn guarded(app: Arc<App>, routes: Router) -> Self {
        Self { app: Some(app), ..Self::open(routes) }
    }

    /// Whether the host is overloaded and whoever sent this has no place in the lane. Who can't be told without checking a signature
    /// goes on, and is perhaps sent away there.
    fn is_sent_away(&self, app: &App, headers: &HeaderMap) -> bool {
        app.lane.is_overloaded()
            && app
                .callers
                .identify_cheaply(headers, self.peer.as_ref())
                .is_some_and(|caller| app.lane.sends_away(&caller.quota.load))
    }

    /// The same for a connection on which somebody has proved who it is.
    pub(crate) fn with_peer(self, peer: Option<PeerSubject>) -> Self {
        Self { peer, ..self }
    }
}

impl Service<Request<Incoming>> for LoadShed {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        match &self.app {
            Some(app) if wants_decision(&request) && self.is_sent_away(app, request.headers()) => {
                let app = Arc::clone(app);
                Box::pin(async move { Ok(sent_away(&app, request).await) })
            }
            Some(_) | None => {
                if let Some(peer) = &self.peer {
                    request.extensions_mut().insert(peer.clone());
                }
                Box::pin(self.routes.call(request))
            }
        }
    }
}

fn wants_decision(request: &Request<Incoming>) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    request.method() == Method::POST
        && request.uri().path() == DECISIONS
        && length.is_some_and(|bytes| bytes <= BODY_BYTES_MAX)
}

/// Answers who is sent away once its body has come, for a connection with a part of a body on it would have to be closed.
async fn sent_away(app: &App, request: Request<Incoming>) -> Response {
    let (head, body) = request.into_parts();
    let identity = Identity::of(&head.headers, app.traces.as_ref());
    // What becomes of the body is all the same.
    let _ = tokio::time::timeout(Duration::from_millis(app.config.http.body_ms), body.collect()).await;
    let mut response = app.problem(RequestError::Overloaded);
    identity.stamp(response.headers_mut());
    app.draining.say(&mut response, head.version);
    response
}
