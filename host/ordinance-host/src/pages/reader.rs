//! Who reads a page: from which address, and in which language.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use ordinance_dialogue::page::LANGUAGE;
use ordinance_pages::ReadingLanguage;

use crate::api::public_answers::visitor::Visitor;
use crate::cookies::cookie_values;

/// For how many seconds a browser keeps the language that its user chose: a year.
const KEPT_S: u32 = 31_536_000;

/// The reader of a page.
#[derive(Debug, Clone)]
pub(crate) struct PageReader {
    pub(crate) visitor: Visitor,
    pub(crate) language: ReadingLanguage,
    /// Whether the address of the page names the language, so that the browser keeps it.
    is_chosen: bool,
}

impl PageReader {
    /// The cookie that keeps the language, if the reader has just chosen it. It holds nothing else.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        let tag = self.language.tag();
        let cookie = format!("{LANGUAGE}={tag}; Path=/; Max-Age={KEPT_S}; SameSite=Lax; HttpOnly");
        self.is_chosen.then(|| HeaderValue::try_from(cookie).ok()).flatten()
    }
}

impl<State: Sync> FromRequestParts<State> for PageReader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let chosen = chosen_language(&parts.uri);
        let language = chosen
            .or_else(|| kept_language(&parts.headers))
            .unwrap_or_else(|| ReadingLanguage::of_wanted(&visitor.languages));
        let visitor = visitor.wanting(language.tag().to_owned());
        Ok(Self { visitor, language, is_chosen: chosen.is_some() })
    }
}

fn chosen_language(uri: &Uri) -> Option<ReadingLanguage> {
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.filter(|(name, _)| name == LANGUAGE).find_map(|(_, tag)| ReadingLanguage::of_tag(&tag))
}

fn kept_language(headers: &HeaderMap) -> Option<ReadingLanguage> {
    cookie_values(headers, LANGUAGE).next().and_then(ReadingLanguage::of_tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn language_of(uri: &str, cookie: &str, accept: &str) -> (ReadingLanguage, bool) {
        let request = axum::http::Request::builder().uri(uri).header("cookie", cookie);
        let (mut parts, ()) = request.header("accept-language", accept).body(()).unwrap().into_parts();
        let Ok(reader) = PageReader::from_request_parts(&mut parts, &()).await;
        (reader.language, reader.cookie().is_some())
    }

    #[tokio::test]
    async fn the_chosen_language_counts_then_the_kept_one_then_that_of_the_browser() {
        assert_eq!(language_of("/?q=a&lang=zh", "lang=en", "en").await, (ReadingLanguage::Zh, true));
        assert_eq!(language_of("/?lang=xx", "a=b; lang=zh", "en").await, (ReadingLanguage::Zh, false));
        assert_eq!(language_of("/", "lang=\"en\"", "zh-Hans-CN, en;q=0.5").await, (ReadingLanguage::Zh, false));
        assert_eq!(language_of("/", "", "fr").await, (ReadingLanguage::En, false));
    }
}
