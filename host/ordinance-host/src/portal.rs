//! The portal: the pages on which people learn what the law of their place gives and try it on their own case. It works
//! without scripts, and keeps nothing of a case between two steps: what a person has answered stands in the form.

mod dialogue;
mod error_page;
mod login_page;
mod place_page;
mod receipt_page;
mod respond;
mod service_page;
mod start_page;
mod try_out;
mod try_out_files;
mod verify_page;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{any, get, post};

use self::respond::failed_page;
use crate::api::Pages;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::login::CALLBACK;
use crate::pages::reader::PageReader;

/// The pages of the portal.
pub(crate) fn pages() -> Pages {
    let routes = Router::new()
        .route("/", get(start_page::start))
        .route("/places", get(place_page::places))
        .route("/places/{code}", get(place_page::place))
        .route("/places/{code}/services/{id}", get(service_page::service).post(dialogue::step))
        .route("/places/{code}/services/{id}/try-out", get(try_out::page))
        .route("/try-out/{folder}/{name}", get(try_out_files::file))
        .route("/services/{id}", get(start_page::service))
        .route(login_page::VERIFY, get(verify_page::ask).post(verify_page::check))
        .route("/login", post(login_page::leave))
        .route(CALLBACK, get(login_page::come_back))
        .route("/logout", post(login_page::sign_out));
    Pages { routes, not_found: any(not_found) }
}

/// What answers a request for a path that there isn't: a page for a browser, a problem for a program.
async fn not_found(State(app): State<Arc<App>>, reader: PageReader, headers: HeaderMap) -> Response {
    let accepts_pages = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    match accepts_pages.is_some_and(|types| types.contains("text/html")) {
        true => failed_page(&app, &reader, RequestError::NotFound),
        false => app.problem(RequestError::NotFound),
    }
}
