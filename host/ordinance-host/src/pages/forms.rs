//! The forms of the pages, as the host accepts them.

use axum::body::Body;
use axum::http::HeaderMap;
use ordinance_dialogue::form_fields::FormFields;
use ordinance_dialogue::step::UnreadableFormError;

use crate::api::extract::{BodyKind, accept_within};
use crate::api::problem::RequestError;
use crate::app::App;

/// The most bytes of a form with a case: that of a large household has a tenth.
pub(crate) const CASE_BYTES_MAX: usize = 256 << 10;

/// Accepts the body of a form of no more than so many bytes.
///
/// # Errors
/// If it is no form, is too large or too slow, or has too many fields.
pub(crate) async fn accept_form(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<FormFields, RequestError> {
    let body = accept_within(app, headers, body, (BodyKind::Form, bytes_max)).await?;
    FormFields::read(&body).ok_or_else(unreadable)
}

/// The refusal of what no page of the portal sends.
pub(crate) fn unreadable() -> RequestError {
    RequestError::InvalidRequest(Vec::new())
}

impl From<UnreadableFormError> for RequestError {
    fn from(UnreadableFormError: UnreadableFormError) -> Self {
        unreadable()
    }
}

/// Whether a browser says that another site sent the form.
pub(crate) fn is_from_another_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin")
}
