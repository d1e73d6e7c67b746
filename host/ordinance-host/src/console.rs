//! The console: pages on which supervisors see whose law is in force, who is behind, and what it does. They are for
//! callers of `host.toml` with `console = true` alone, within the places that those may ask about; without such a
//! caller the host has no console.

mod access;
mod activity_page;
mod activity_table;
mod addresses;
mod amounts;
mod bounds_words;
mod csv;
mod day_form;
mod decision_page;
mod decision_record;
mod decision_view;
mod error_page;
mod law_over_time;
mod law_state;
mod law_tree;
mod live_tables;
mod page;
mod parts;
mod place_page;
mod published_tables;
mod revision_difference;
mod revision_page;
mod rule_impact;
mod rule_page;
mod rule_story;
mod search_page;
mod seen_facts;
mod sign_in_page;
mod tree_page;
mod tree_view;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The routes of the console.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(addresses::CONSOLE, get(tree_page::tree))
        .route("/console/places/{code}", get(place_page::place))
        .route("/console/rules/{name}", get(rule_page::rule))
        .route(decision_page::DECISIONS, get(decision_page::by_id).post(decision_page::by_receipt))
        .route("/console/activity", get(activity_page::activity))
        .route("/console/activity/{file}", get(activity_page::file))
        .route("/console/revisions", get(revision_page::revisions))
        .route("/console/search", get(search_page::search))
        .route(addresses::SIGN_IN, get(sign_in_page::ask).post(sign_in_page::sign_in))
        .route(addresses::SIGN_OUT, post(sign_in_page::sign_out))
}
