//! Who reads the console: a caller that has signed in, or one that proves itself with each request as for decisions.
//! Each page counts for the quota of the caller.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_engine::Rulebook;

use super::addresses::{CONSOLE, SIGN_IN, SIGN_OUT};
use super::error_page::{failed_page, failed_page_in};
use super::page::ConsolePage;
use crate::admission::callers::scope::{CallerScope, ForbiddenError};
use crate::admission::callers::{PeerSubject, UnauthorizedError, has_secret};
use crate::api::extract::turn_of;
use crate::api::problem::RequestError;
use crate::app::{App, IdentifiedCaller};
use crate::login::ConsoleSession;
use crate::pages::reader::PageReader;

/// The longest path that a caller comes back to after signing in, in bytes.
const PATH_BYTES_MAX: usize = 1_024;

/// A caller that may read the console, with its request begun.
pub(super) struct ConsoleReader {
    pub(super) reader: PageReader,
    caller: IdentifiedCaller,
    /// `None` of a caller that proves itself with each request.
    pub(super) session: Option<ConsoleSession>,
}

/// Why a request isn't let in.
enum NotLetInError {
    /// It proves nothing: the browser is sent to the page where a caller signs in.
    SignedOut,
    Refused(RequestError),
}

impl From<RequestError> for NotLetInError {
    fn from(error: RequestError) -> Self {
        Self::Refused(error)
    }
}

impl FromRequestParts<Arc<App>> for ConsoleReader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Ok(reader) = PageReader::from_request_parts(parts, app).await;
        match identify(app, parts, &reader).await {
            Ok((caller, session)) => Ok(Self { reader, caller, session }),
            Err(NotLetInError::SignedOut) => Err(to_sign_in(parts)),
            Err(NotLetInError::Refused(error)) => Err(failed_page(app, &reader, error)),
        }
    }
}

async fn identify(
    app: &App,
    parts: &Parts,
    reader: &PageReader,
) -> Result<(IdentifiedCaller, Option<ConsoleSession>), NotLetInError> {
    let address = reader.visitor.address;
    let peer = parts.extensions.get::<PeerSubject>();
    if has_secret(&parts.headers) {
        let caller = IdentifiedCaller::begin(app, &parts.headers, peer, address).await?;
        return match caller.0.may_use_console {
            true => Ok((caller, None)),
            false => Err(RequestError::Forbidden(ForbiddenError::Console).into()),
        };
    }
    let session = app.console.as_ref().and_then(|login| login.session(&parts.headers));
    if let Some(session) = session
        && let Some(caller) = app.callers.with_key_hash(&session.key_sha256).filter(|caller| caller.may_use_console)
    {
        return Ok((IdentifiedCaller::of_known(caller).await?, Some(session)));
    }
    // A certificate proves a caller without a header.
    match app.callers.identify(&parts.headers, peer) {
        Ok(caller) if caller.may_use_console => Ok((IdentifiedCaller::of_known(&caller).await?, None)),
        Ok(_) | Err(UnauthorizedError::UnknownCaller | UnauthorizedError::SeveralCredentials) => {
            app.stranger_rate.pace(address).await.map_err(RequestError::from)?;
            Err(NotLetInError::SignedOut)
        }
    }
}

/// Sends a browser to the page where a caller signs in, and from there back here.
fn to_sign_in(parts: &Parts) -> Response {
    let wanted = parts.uri.path_and_query().map_or(CONSOLE, |path| path.as_str());
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", wanted).finish();
    redirect(&format!("{SIGN_IN}?{query}"))
}

/// Sends a browser to a path of this host with a further GET.
pub(super) fn redirect(path: &str) -> Response {
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static(CONSOLE));
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The page of the console to which a caller goes on: nobody is sent elsewhere.
pub(super) fn page_of_console(path: &str) -> &str {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_within = path.strip_prefix(CONSOLE).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_page = is_within && !path.starts_with(SIGN_IN) && !path.starts_with(SIGN_OUT);
    if is_plain && is_page && path.len() <= PATH_BYTES_MAX { path } else { CONSOLE }
}

impl ConsoleReader {
    /// A page for this caller.
    pub(super) fn page<'a>(&'a self, title: &'a str, address: &'a str) -> ConsolePage<'a> {
        let form_token = self.session.as_ref().map(|session| session.form_token.as_str());
        ConsolePage::signed_out(&self.reader, title, address).let_in(form_token)
    }

    /// The page of a request of this caller that failed, with the way to the parts of the console.
    pub(super) fn failed(&self, app: &App, error: RequestError) -> Response {
        failed_page_in(app, &self.reader, error, |title| self.page(title, CONSOLE))
    }

    pub(super) fn scope(&self) -> &CallerScope {
        &self.caller.0.scope
    }

    /// The caller as the recipient of what a page shows.
    pub(super) fn recipient(&self) -> &ordinance_domain::privacy::Recipient {
        &self.caller.0.recipient
    }

    /// Whether the caller may see a place.
    pub(super) fn sees(&self, chain: &Chain) -> bool {
        self.scope().covers(chain.iter())
    }

    /// Whether the caller may see a place by its code: as it is on a day, or as it was or will be.
    pub(super) fn sees_code(&self, rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay) -> bool {
        if self.scope().covers_everything() {
            return true;
        }
        let places = rulebook.jurisdictions_at(day.known_at);
        let on = places.latest(code).map_or(day.as_of, |place| place.period.nearest(day.as_of));
        match places.chain(code, day.as_of).or_else(|_| places.chain(code, on)) {
            Ok(chain) => self.sees(&chain),
            Err(_) => self.scope().covers([code].into_iter()),
        }
    }

    /// Computes a page in the caller's turn, off the other requests of this thread.
    pub(super) async fn compute<T>(
        &self,
        app: &App,
        compute: impl FnOnce() -> Result<T, RequestError>,
    ) -> Result<T, RequestError> {
        let _turn = turn_of(app, &self.caller.0).await?;
        app.concurrency_limit.run(u64::MAX, compute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site_or_to_what_signs_in() {
        assert_eq!(
            page_of_console("/console/places/CN?on=2026-01-01&lang=zh"),
            "/console/places/CN?on=2026-01-01&lang=zh"
        );
        assert_eq!(page_of_console("/console?service=a"), "/console?service=a");
        for path in [
            "",
            "/",
            "//evil.example/console",
            "https://evil.example/console",
            "/consoles",
            "/console\\@evil.example",
            "/console/sign-out",
            "/console/sign-in?to=/console",
            "/console/ x",
            "/console/\r\nset-cookie: a=b",
        ] {
            assert_eq!(page_of_console(path), CONSOLE, "{path}");
        }
    }
}
