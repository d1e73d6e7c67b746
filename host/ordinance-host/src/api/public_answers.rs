//! The answers that everybody may have: the law itself, in forms, lists and documents. Each is computed once for a
//! revision of the rulebook, a request and the languages, in the lane of public answers, and kept.

pub(crate) mod kept;
pub(crate) mod visitor;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ordinance_engine::Engine;

use self::kept::{PublicAnswer, PublicRequest};
use self::visitor::Visitor;
use crate::admission::public_lane::LaneError;
use crate::api::problem::{InternalError, RequestError};
use crate::app::App;

/// Answers a visitor: with the answer that is kept, else with a new one. `compute` gets the languages in which the
/// rulebook has titles, of those that the visitor wants.
pub(crate) async fn respond_publicly(
    app: &App,
    engine: Arc<Engine>,
    visitor: &Visitor,
    request: PublicRequest,
    compute: impl FnOnce(&Engine, &[String]) -> Result<Vec<u8>, RequestError> + Send + 'static,
) -> Response {
    if let Err(error) = app.stranger_rate.pace(visitor.address).await {
        return app.problem(error.into());
    }
    let media_type = request.media_type;
    let found = app.public_answers.find(&engine, &visitor.languages, request);
    let made = async {
        let languages = found.languages.clone();
        let made = app.public_lane.run(visitor.address, move || compute(&engine, &languages)).await;
        Ok(PublicAnswer::new(made.map_err(RequestError::from)??))
    };
    let answer = match found.answer.get_or_try_init(|| made).await {
        Ok(answer) => answer.clone(),
        Err(error) => {
            app.public_answers.drop_unanswered(&found);
            return app.problem(error);
        }
    };
    app.public_answers.keep(&found, answer.body.len());
    response(visitor, media_type, answer)
}

fn response(visitor: &Visitor, media_type: &'static str, answer: PublicAnswer) -> Response {
    let mut response = if visitor.has(&answer.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], Body::from(answer.body)).into_response()
    };
    response.headers_mut().insert(header::ETAG, answer.tag);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language, ordinance-rulebook"));
    response
}

impl From<LaneError> for RequestError {
    fn from(error: LaneError) -> Self {
        match error {
            LaneError::Full => Self::Overloaded,
            LaneError::Panicked => Self::Internal(InternalError::HandlerPanicked),
        }
    }
}
