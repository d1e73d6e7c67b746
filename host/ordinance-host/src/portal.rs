//! The portal: the pages on which people learn what the law of their place gives and try it on their own case. It works
//! without scripts, and keeps nothing of a case between two steps: what a person has answered stands in the form.

mod answer_text;
mod assets;
mod case_form;
mod case_page;
mod dialogue;
mod elsewhere_page;
mod error_page;
mod login_page;
mod outcome;
mod page;
mod parts;
mod place_page;
mod place_search;
mod question_page;
mod reader;
mod receipt_page;
mod respond;
mod service_page;
mod start_page;
mod step_notices;
mod values;
mod verdict;
mod what_if_page;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::login::CALLBACK;

/// The routes of the portal.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(start_page::start))
        .route("/places", get(place_page::places))
        .route("/places/{code}", get(place_page::place))
        .route("/places/{code}/services/{id}", get(service_page::service).post(dialogue::step))
        .route("/services/{id}", get(start_page::service))
        .route("/login", post(login_page::leave))
        .route(CALLBACK, get(login_page::come_back))
        .route("/logout", post(login_page::sign_out))
        .route("/assets/{name}", get(assets::asset))
}
