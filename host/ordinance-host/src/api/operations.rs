//! The operations address, a listener of its own: health, readiness, reload, activation, shadow rules and metrics.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::rulebook::RuleLoadError;
use serde::{Deserialize, Serialize};

use crate::admission::callers::Caller;
use crate::api::operations_access::{OperationsAccess, check_access};
use crate::api::replies::authority::{AuthorityReply, authority_replies};
use crate::api::request_scope::{RequestScope, run_in_scope};
use crate::app::App;
use crate::clock::now;
use crate::objections::state::ObjectionCounts;
use crate::objections::upkeep::day_in;
use crate::observability::caller_metrics::CallerUsage;
use crate::observability::metrics::HostState;
use crate::rulebook::activation::ActivationError;
use crate::rulebook::reload::RulebookLoader;
use crate::rulebook::reload_report::{ReloadOutcome, ReloadReport};
use crate::rulebook::repository::SignedRulebook;
use crate::rulebook::shadow::ShadowReply;

/// The routes.
pub(crate) fn router(app: Arc<App>, access: Arc<OperationsAccess>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/admin/reload", post(reload))
        .route("/admin/activate", post(activate))
        .route("/admin/shadow", get(shadow))
        .route("/metrics", get(metrics))
        .layer(from_fn_with_state(access, check_access))
        .layer(from_fn_with_state(RequestScope::operations(&app), run_in_scope))
        .with_state(app)
}

/// Ready unless the host is draining, can't record decisions, or waits since its start for its rulebook to be
/// activated.
async fn readyz(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    let why_not = if app.draining.is_draining() {
        Some("draining")
    } else if !app.log.healthy().await {
        Some("the decision log can't be written")
    } else if app.loader.as_ref().is_some_and(|loader| loader.waits_since_start()) {
        Some("the rulebook waits to be activated")
    } else {
        None
    };
    let status = if why_not.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    if query.is_some_and(|query| query.split('&').any(|key| key.starts_with("verbose"))) {
        return (status, Json(readiness(&app, why_not))).into_response();
    }
    (status, format!("{}\n", why_not.unwrap_or("ready"))).into_response()
}

/// The reply of `/readyz?verbose`.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<&'static str>,
    /// The digest of the rulebook in use.
    rulebook: String,
    /// The digest of the one that waits to be activated.
    #[serde(skip_serializing_if = "Option::is_none")]
    prepared: Option<String>,
    /// The digests of all revisions, the current one first.
    revisions: Vec<String>,
    broken_rules: Vec<String>,
    /// Rules that failed their own tests when the host started, each with the tests, or why these couldn't be run.
    disproved_at_start: Vec<String>,
    /// Rules that the last reload kept from the rulebook before, each with the reason.
    kept_rules: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reload: Option<ReloadReport>,
    /// The authorities whose repositories the rulebook is made of, and how each stands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorities: Vec<AuthorityReply>,
    /// What was published or delegated by somebody who may not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused_publications: Vec<String>,
    /// Why the repositories couldn't be read the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    repositories_unread: Option<String>,
    /// The objections that are kept, by state; none if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    objections: Option<ObjectionCounts>,
}

fn count_objections(app: &App) -> ObjectionCounts {
    let (rulebook, now) = (app.current.rulebook(), now());
    app.objections.counts(|place| day_in(&rulebook, place, now))
}

fn readiness(app: &App, why_not: Option<&'static str>) -> Readiness {
    let signed = app.loader.as_ref().and_then(|rulebook| rulebook.signed());
    let found = signed.and_then(SignedRulebook::latest);
    let broken = |(head, why): (&RuleHead, &RuleLoadError)| format!("{}: {}", head.place_and_version(), why);
    Readiness {
        ready: why_not.is_none(),
        why_not,
        rulebook: app.current.rulebook().digest().to_string(),
        prepared: app.loader.as_ref().and_then(|loader| loader.prepared()).map(|digest| digest.to_string()),
        revisions: app.current.revisions().iter().map(ToString::to_string).collect(),
        broken_rules: app.current.rulebook().broken_rules().map(broken).collect(),
        disproved_at_start: app.loader.as_ref().map(|loader| failed_self_tests(loader)).unwrap_or_default(),
        kept_rules: app.loader.as_ref().map(|rulebook| rulebook.kept()).unwrap_or_default(),
        last_reload: app.loader.as_ref().and_then(|rulebook| rulebook.last()),
        authorities: found.as_ref().map(|found| authority_replies(found)).unwrap_or_default(),
        refused_publications: found.map(|found| found.rulebook.refused.clone()).unwrap_or_default(),
        repositories_unread: signed.and_then(SignedRulebook::failure),
        objections: Some(count_objections(app)).filter(|counts| counts.total() > 0),
    }
}

fn failed_self_tests(loader: &RulebookLoader) -> Vec<String> {
    match loader.failures_at_start() {
        Ok(failures) => failures.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// The counts of shadow rules.
async fn shadow(State(app): State<Arc<App>>) -> Json<ShadowReply> {
    Json(app.shadow.reply())
}

/// Reloads the rulebook: 200 if it is current then, 409 if it is rejected, 403 for a page in a browser.
async fn reload(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let rulebook = match loader_for(&app, &headers) {
        Ok(loader) => loader,
        Err(refusal) => return refusal.into_response(),
    };
    let current = Arc::clone(&app.current);
    match tokio::task::spawn_blocking(move || rulebook.try_reload(&current)).await {
        Ok(None) => (StatusCode::CONFLICT, "a reload is under way\n").into_response(),
        Ok(Some(report)) => {
            let is_rejected = report.outcome == ReloadOutcome::Rejected;
            (if is_rejected { StatusCode::CONFLICT } else { StatusCode::OK }, Json(report)).into_response()
        }
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the reload broke off; see the log\n").into_response(),
    }
}

/// The loader of the host, for a request that doesn't come from a page.
fn loader_for(app: &App, headers: &HeaderMap) -> Result<Arc<RulebookLoader>, (StatusCode, &'static str)> {
    // A page in a browser on this machine could send such a request, too; browsers send `Origin`.
    if headers.contains_key(header::ORIGIN) {
        return Err((StatusCode::FORBIDDEN, "a page in a browser may not change the rulebook\n"));
    }
    app.loader.clone().ok_or((StatusCode::NOT_FOUND, "this host builds its rulebook itself when a file changes\n"))
}

/// Which rulebook is to be activated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivationQuery {
    rulebook: String,
}

/// Activates the rulebook that the query names: 200 if it is in use then, 409 if it is neither prepared nor in use,
/// 503 while a reload is under way.
async fn activate(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Result<Query<ActivationQuery>, QueryRejection>,
) -> Response {
    let loader = match loader_for(&app, &headers) {
        Ok(loader) => loader,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(digest) = query.ok().and_then(|Query(query)| query.rulebook.parse().ok()) else {
        let expected = "say which: ?rulebook=sha256:..., as `prepared` of /readyz?verbose has it\n";
        return (StatusCode::BAD_REQUEST, expected).into_response();
    };
    match loader.activate_prepared(&app.current, digest) {
        Ok(report) => Json(report).into_response(),
        Err(error @ ActivationError::NotPrepared { .. }) => {
            (StatusCode::CONFLICT, format!("{error}\n")).into_response()
        }
        Err(error @ ActivationError::ReloadUnderWay) => {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], format!("{error}\n")).into_response()
        }
    }
}

fn usage_of(caller: &Caller) -> CallerUsage {
    let (quota, replies) = (&caller.write_quota, &caller.kept_replies);
    CallerUsage {
        caller: caller.recipient.id.to_string(),
        bytes: quota.written(),
        refused: quota.refused(),
        replayed: replies.replayed(),
        replies_dropped: replies.dropped(),
        reply_bytes: replies.bytes(),
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = metrics_text(&app);
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

/// All metrics in the text form.
pub(crate) fn metrics_text(app: &App) -> String {
    app.metrics.text(HostState {
        queued: app.concurrency_limit.queued(),
        is_overloaded: app.concurrency_limit.is_overloaded(),
        batches: app.batches.open_batches(),
        broken: app.current.rulebook().broken_rules().count(),
        revisions: app.current.revisions().len(),
        kept: app.loader.as_ref().map(|rulebook| rulebook.kept().len()).unwrap_or_default(),
        sandbox: app.loader.as_ref().map(|loader| loader.usage()).unwrap_or_default(),
        shadow: app.shadow.counts(),
        spans_dropped: app.traces.as_ref().map(|traces| traces.dropped()).unwrap_or_default(),
        reloads: app.loader.as_ref().map(|rulebook| rulebook.counts()).unwrap_or_default(),
        authorities: app.loader.as_ref().and_then(|rulebook| rulebook.signed()?.latest()),
        callers: app.callers.all().map(|caller| usage_of(caller)).collect(),
        objections: count_objections(app),
    })
}
