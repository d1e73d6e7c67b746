//! The layer around every handler. It takes the rulebook that answers the request, gives the response its revision
//! and the request's id and trace, gives the lines of the log the same ids, and turns a defect of the host, a panic
//! included, into a 500 that names the id.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ordinance_engine::Engine;

use crate::api::problem::{InternalError, RequestError, internal_error_response};
use crate::api::rulebook_header::{check_pinned, name_revision};
use crate::app::{App, RequestEngine};
use crate::observability::request_id::{Identity, LogIdentity, REQUEST_ID, RequestId};
use crate::observability::traces::SampledRequest;

/// What the layer of a listener works with.
#[derive(Clone)]
pub(crate) struct RequestScope {
    app: Arc<App>,
    is_public: bool,
}

impl RequestScope {
    /// The scope of requests from portals: they are traced, and learn when the host is draining.
    pub(crate) fn public(app: &Arc<App>) -> Self {
        Self { app: Arc::clone(app), is_public: true }
    }

    /// The scope of requests on the operations address.
    pub(crate) fn operations(app: &Arc<App>) -> Self {
        Self { app: Arc::clone(app), is_public: false }
    }
}

/// Runs the handler of a request in its scope.
pub(crate) async fn run_in_scope(State(scope): State<RequestScope>, mut request: Request, next: Next) -> Response {
    let RequestScope { app, is_public } = scope;
    let begun = BegunRequest::new(&app, request.headers(), request.version(), is_public);
    if let Err(error) = check_pinned(&begun.engine, request.headers()) {
        let route = route_of(&request);
        return begun.answer(&app, &route, pin!(async { app.problem(error) })).await;
    }
    request.extensions_mut().insert(RequestEngine(Arc::clone(&begun.engine)));
    if let Some(sampled) = &begun.sampled {
        request.extensions_mut().insert(sampled.clone());
    }
    let route = begun.sampled.as_ref().map(|_| route_of(&request));
    begun.answer(&app, route.as_deref().unwrap_or_default(), pin!(next.run(request))).await
}

/// A request from its head to its answer.
pub(crate) struct BegunRequest {
    identity: Identity,
    version: Version,
    is_public: bool,
    /// What answers it.
    pub(crate) engine: Arc<Engine>,
    /// If its spans go to the collector.
    pub(crate) sampled: Option<SampledRequest>,
    /// When it began, if so.
    begun: Option<SystemTime>,
}

impl BegunRequest {
    pub(crate) fn new(app: &App, headers: &HeaderMap, version: Version, is_public: bool) -> Self {
        let traces = app.traces.as_ref().filter(|_| is_public);
        let identity = Identity::of(headers, traces);
        let context = identity.trace;
        let sampled = traces.filter(|_| context.is_sampled);
        let sampled = sampled.map(|traces| SampledRequest { traces: traces.clone(), context });
        let begun = sampled.as_ref().map(|_| SystemTime::now());
        Self { identity, version, is_public, engine: app.current.engine(), sampled, begun }
    }

    /// Runs the handler. `route` is the method and the declared path, for the span. The handler is pinned by the
    /// caller: its future has some kilobytes, which a function that took it by value would copy. A handler that is
    /// cancelled is dropped outside of its ids.
    pub(crate) async fn answer(
        self,
        app: &App,
        route: &str,
        mut handler: Pin<&mut impl Future<Output = Response>>,
    ) -> Response {
        let Self { identity, version, is_public, engine, sampled, begun } = self;
        let handled = poll_fn(|context| LogIdentity::run(&identity, || poll_caught(handler.as_mut(), context)));
        let response = match handled.await {
            Some(response) => response,
            None => LogIdentity::run(&identity, || app.problem(RequestError::Internal(InternalError::HandlerPanicked))),
        };
        let mut response = name_request(response, &identity.id);
        if let (Some(SampledRequest { traces, context }), Some(begun)) = (sampled, begun) {
            traces.request(&context, route, response.status().as_u16(), begun);
        }
        if is_public {
            app.draining.set_connection_close(&mut response, version);
        }
        name_revision(&engine, response.headers_mut());
        identity.stamp(response.headers_mut());
        response
    }
}

/// Polls a handler; its output is `None` if it panics. What handlers share stands behind locks that take a poisoned
/// value as it is, and each value is replaced as a whole, so a panic leaves none half-changed. The panic hook has
/// logged the place.
fn poll_caught<T>(handler: Pin<&mut impl Future<Output = T>>, context: &mut Context<'_>) -> Poll<Option<T>> {
    match catch_unwind(AssertUnwindSafe(|| handler.poll(context))) {
        Ok(polled) => polled.map(Some),
        Err(_) => Poll::Ready(None),
    }
}

/// Names the request's id in the body of a response to a defect of the host. The headers that the handler set stay.
fn name_request(mut response: Response, request_id: &RequestId) -> Response {
    if response.extensions_mut().remove::<InternalError>().is_none() {
        return response;
    }
    let mut named = internal_error_response(&request_id.to_string()).into_response();
    if let Some(echoed) = response.headers_mut().remove(REQUEST_ID) {
        named.headers_mut().insert(REQUEST_ID, echoed);
    }
    named
}

/// The method by its name, if the routes know it; any other is text of the client.
fn method_of(request: &Request) -> &'static str {
    match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "OTHER",
    }
}

/// The method and the route as it is declared. The path itself is text of the client.
fn route_of(request: &Request) -> String {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    format!("{} {route}", method_of(request))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_gives_nothing_and_another_gives_its_output() {
        async fn run<T>(handler: impl Future<Output = T>) -> Option<T> {
            let mut handler = pin!(handler);
            poll_fn(|context| poll_caught(handler.as_mut(), context)).await
        }
        assert_eq!(run(async { 7 }).await, Some(7));
        let panics = async {
            tokio::task::yield_now().await;
            panic!("of a defect")
        };
        assert_eq!(run::<u8>(panics).await, None);
    }

    #[tokio::test]
    async fn a_defect_is_answered_with_the_id_of_the_request_and_without_its_cause() {
        let reason = "key must be a string".to_owned();
        let error = RequestError::Internal(InternalError::UnwritableReply { reason });
        let id = Uuid::from_u128(0x01a2_0c04);
        let response = name_request(error.into_response(), &RequestId::New(id));
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["type"], "/problems/internal-error");
        assert_eq!(problem["detail"], format!("the host failed; give its operator the request's id `{}`", id.simple()));
    }

    #[tokio::test]
    async fn another_response_stays_as_it_is() {
        let response = name_request(RequestError::NotFound.into_response(), &RequestId::New(Uuid::nil()));
        assert_eq!(response.status(), 404);
    }
}
