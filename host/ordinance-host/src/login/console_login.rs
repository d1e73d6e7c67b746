//! Signing in at the console: a caller of `host.toml` shows its key once, and the browser then has a sealed cookie that
//! stands for the key. It holds no key, ends by itself, and is worth nothing once the host has started again.

use aws_lc_rs::rand::fill;
use axum::http::{HeaderMap, HeaderValue, header};
use ordinance_engine::digest::sha256;
use serde::{Deserialize, Serialize};

use super::sealed_cookie::{CookieSealer, CookieUse, KEY_BYTES};
use super::session::ExpiringIds;
use crate::clock::now;
use crate::error::HostError;

/// How long a caller stays signed in, in seconds.
const SESSION_S: i64 = 8 * 60 * 60;

/// Signs callers in at the console.
pub(crate) struct ConsoleLogin {
    sealer: CookieSealer,
    /// The origin of the console's own pages.
    origin: String,
    /// The sessions that were ended before their time.
    ended: ExpiringIds,
}

/// A caller that has signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsoleSession {
    /// Random; no other session has it.
    id: String,
    /// The SHA-256 of the caller's key, as `host.toml` has it. It tells two callers of one id apart.
    pub(crate) key_sha256: String,
    /// What a form of this session has, so that no other site can send one.
    pub(crate) form_token: String,
    /// Until when it holds, in seconds since 1970.
    until: i64,
}

impl ConsoleLogin {
    /// Signs callers in with a key of cookies of this process. `base` is the URL by which they reach the host: over TLS
    /// the cookie goes nowhere else.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub(crate) fn new(base: &str) -> Result<Self, HostError> {
        let mut key = [0; KEY_BYTES];
        let refused = || HostError::Runtime(std::io::Error::other("the system gives no random numbers"));
        fill(&mut key).map_err(|_| refused())?;
        let sealer = CookieSealer::new(&key, base.starts_with("https://")).ok_or_else(refused)?;
        Ok(Self { sealer, origin: origin_of(base), ended: ExpiringIds::default() })
    }

    /// Whether a form comes from a page of this host, as its browser says. One that doesn't tell the site names the
    /// origin, and what names neither isn't trusted.
    pub(crate) fn is_own_form(&self, headers: &HeaderMap) -> bool {
        if let Some(site) = headers.get("sec-fetch-site") {
            return site == "same-origin";
        }
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        origin.is_some_and(|origin| origin.eq_ignore_ascii_case(&self.origin))
    }

    /// The cookie of a caller that has shown its key; `None` if the system gives no random numbers.
    pub(crate) fn begin(&self, key: &str) -> Option<HeaderValue> {
        let moment = now().as_second();
        let session = ConsoleSession {
            id: random_hex()?,
            key_sha256: sha256(key.as_bytes()).hex(),
            form_token: random_hex()?,
            until: moment.saturating_add(SESSION_S),
        };
        self.sealer.seal(CookieUse::Console, &session, (moment, session.until))
    }

    /// The session of a request, if it has one that holds.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<ConsoleSession> {
        let session = self.sealer.open::<ConsoleSession>(CookieUse::Console, headers, now().as_second())?;
        (!self.ended.has(&session.id)).then_some(session)
    }

    /// Ends a session, and gives the header that removes its cookie.
    pub(crate) fn end(&self, session: &ConsoleSession) -> Option<HeaderValue> {
        self.ended.insert(&session.id, session.until, now().as_second());
        self.sealer.remove(CookieUse::Console)
    }
}

/// The origin of a URL (RFC 6454): without a path and without the port that its scheme implies.
fn origin_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let implied = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    format!("{scheme}://{}", host.strip_suffix(implied).unwrap_or(host))
}

fn random_hex() -> Option<String> {
    let mut bytes = [0; 32];
    fill(&mut bytes).ok()?;
    Some(sha256(&bytes).hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(pair).unwrap())])
    }

    #[test]
    fn a_session_stands_for_a_key_without_holding_it_until_it_is_ended() {
        let login = ConsoleLogin::new("http://127.0.0.1:8080").unwrap();
        let cookie = login.begin("the key").unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.contains("; Max-Age=28800; HttpOnly; SameSite=Strict"), "{text}");
        let session = login.session(&sent(&cookie)).unwrap();
        assert_eq!(session.key_sha256, sha256(b"the key").hex());
        assert!(login.end(&session).is_some());
        assert!(login.session(&sent(&cookie)).is_none());
    }

    #[test]
    fn a_form_comes_from_the_origin_of_the_host() {
        let login = ConsoleLogin::new("https://host.example:443/console").unwrap();
        let is_own = |name: &'static str, value: &'static str| {
            login.is_own_form(&HeaderMap::from_iter([(
                header::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]))
        };
        for (name, value) in [("origin", "https://host.example"), ("sec-fetch-site", "same-origin")] {
            assert!(is_own(name, value), "{name}: {value}");
        }
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://host.example"),
            ("sec-fetch-site", "same-site"),
            ("referer", "https://host.example/console"),
        ] {
            assert!(!is_own(name, value), "{name}: {value}");
        }
    }

    #[test]
    fn a_cookie_of_another_process_or_of_the_portal_opens_no_console() {
        let login = ConsoleLogin::new("https://host.example").unwrap();
        let other = ConsoleLogin::new("https://host.example").unwrap();
        assert!(other.session(&sent(&login.begin("the key").unwrap())).is_none());
        let session = login.session(&sent(&login.begin("the key").unwrap())).unwrap();
        let of_portal = login.sealer.seal(CookieUse::Session, &session, (0, i64::MAX)).unwrap();
        let renamed = of_portal.to_str().unwrap().replace("ordinance-session", "ordinance-console");
        assert!(login.session(&sent(&HeaderValue::try_from(renamed).unwrap())).is_none());
    }
}
