//! The forms of the pages, as browsers send them; whoever sends one may have written anything.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;

use crate::api::extract::{BodyKind, accept_within};
use crate::api::problem::RequestError;
use crate::app::App;

/// The most fields of a form; a page has fewer than ten.
const FIELDS_MAX: usize = 32;
/// The most bytes of a form with a case: that of a large household has a tenth.
pub(crate) const CASE_BYTES_MAX: usize = 256 << 10;

/// The fields of a form, as they were sent.
#[derive(Debug)]
pub(crate) struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// Accepts the body of a form of no more than so many bytes.
    ///
    /// # Errors
    /// If it is no form, is too large or too slow, or has too many fields.
    pub(crate) async fn accept(
        app: &App,
        headers: &HeaderMap,
        body: Body,
        bytes_max: usize,
    ) -> Result<Self, RequestError> {
        let body = accept_within(app, headers, body, (BodyKind::Form, bytes_max)).await?;
        Self::read(&body).ok_or_else(unreadable)
    }

    /// The fields of a body; `None` if it has too many.
    pub(crate) fn read(body: &Bytes) -> Option<Self> {
        let fields = form_urlencoded::parse(body).take(FIELDS_MAX + 1);
        let fields: Vec<(String, String)> =
            fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        (fields.len() <= FIELDS_MAX).then_some(Self(fields))
    }

    /// All of them, in their order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The field of a name, empty if there is none; of several the last one, as a button that was pressed comes after
    /// what is hidden.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().rfind(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// The refusal of what no page of the portal sends.
pub(crate) fn unreadable() -> RequestError {
    RequestError::InvalidRequest(Vec::new())
}

/// Whether a browser says that another site sent the form.
pub(crate) fn is_from_another_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_bounded_and_the_last_of_a_name_counts() {
        let fields = FormFields::read(&Bytes::from_static(b"a=1&action=start&action=next&b=%E8%8A%9D+%26")).unwrap();
        assert_eq!(fields.get("action"), "next");
        assert_eq!(fields.get("b"), "芝 &");
        assert_eq!(fields.get("c"), "");
        assert!(FormFields::read(&Bytes::from("a=1&".repeat(FIELDS_MAX + 1))).is_none());
    }
}
