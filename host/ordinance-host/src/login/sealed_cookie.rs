//! Cookies that only this host can read and write: sealed with AES-256-GCM, each for one use and until a moment.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cookies::cookie_values;

/// The bytes of the key.
pub(crate) const KEY_BYTES: usize = 32;
/// The most bytes of a sealed cookie with its name; browsers keep 4,096.
const COOKIE_BYTES_MAX: usize = 3_900;
const NONCE_BYTES: usize = 12;

/// What a cookie is for. One that was sealed for another use doesn't open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CookieUse {
    /// Somebody is on the way to the identity provider.
    Login,
    /// Somebody has proved who they are.
    Session,
    /// A caller has signed in at the console.
    Console,
}

/// Seals and opens cookies.
pub(crate) struct CookieSealer {
    key: RandomizedNonceKey,
    /// Whether browsers send them over TLS alone.
    is_secure: bool,
}

/// A value and until when it holds, in seconds since 1970.
#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    until: i64,
    value: T,
}

impl CookieUse {
    fn name(self, is_secure: bool) -> &'static str {
        // Browsers take a `__Host-` cookie of this very host over TLS alone.
        match (self, is_secure) {
            (Self::Login, true) => "__Host-ordinance-login",
            (Self::Login, false) => "ordinance-login",
            (Self::Session, true) => "__Host-ordinance-session",
            (Self::Session, false) => "ordinance-session",
            (Self::Console, true) => "__Host-ordinance-console",
            (Self::Console, false) => "ordinance-console",
        }
    }

    /// From which sites a browser sends it: the way back from the identity provider comes from another one.
    fn same_site(self) -> &'static str {
        match self {
            Self::Login => "Lax",
            Self::Session | Self::Console => "Strict",
        }
    }
}

impl CookieSealer {
    /// A sealer with this key; `None` if the library refuses it.
    pub(crate) fn new(key: &[u8; KEY_BYTES], is_secure: bool) -> Option<Self> {
        Some(Self { key: RandomizedNonceKey::new(&AES_256_GCM, key).ok()?, is_secure })
    }

    /// The header that sets a cookie until a moment; `None` if it would be too large.
    pub(crate) fn seal(
        &self,
        cookie_use: CookieUse,
        value: &impl Serialize,
        (now, until): (i64, i64),
    ) -> Option<HeaderValue> {
        let mut bytes = serde_json::to_vec(&Sealed { until, value }).ok()?;
        let name = cookie_use.name(self.is_secure);
        let nonce = self.key.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut bytes).ok()?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut bytes);
        self.header(cookie_use, &BASE64_URL_SAFE_NO_PAD.encode(sealed), until.saturating_sub(now).max(0))
    }

    /// The header that removes a cookie.
    pub(crate) fn remove(&self, cookie_use: CookieUse) -> Option<HeaderValue> {
        self.header(cookie_use, "", 0)
    }

    /// The value of a cookie that this host sealed for this use and that still holds.
    pub(crate) fn open<T: DeserializeOwned>(&self, cookie_use: CookieUse, headers: &HeaderMap, now: i64) -> Option<T> {
        let name = cookie_use.name(self.is_secure);
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(cookie_of(headers, name)?).ok()?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = sealed.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut bytes).ok()?;
        let Sealed { until, value } = serde_json::from_slice(opened).ok()?;
        (now < until).then_some(value)
    }

    fn header(&self, cookie_use: CookieUse, value: &str, max_age: i64) -> Option<HeaderValue> {
        let (name, same_site) = (cookie_use.name(self.is_secure), cookie_use.same_site());
        let secure = if self.is_secure { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite={same_site}{secure}");
        HeaderValue::try_from(cookie).ok().filter(|cookie| cookie.len() <= COOKIE_BYTES_MAX)
    }
}

/// The value of the cookie of a name. Of several none counts: another site could have set one of them.
fn cookie_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found = cookie_values(headers, name);
    let value = found.next()?;
    found.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn sent(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(pair).unwrap())])
    }

    #[test]
    fn a_cookie_opens_for_its_use_with_its_key_until_its_end() {
        let sealer = CookieSealer::new(&[7; KEY_BYTES], true).unwrap();
        let cookie = sealer.seal(CookieUse::Session, &"somebody", (100, 160)).unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.starts_with("__Host-ordinance-session="), "{text}");
        assert!(text.ends_with("; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"), "{text}");
        assert!(!text.contains("somebody"));
        let headers = sent(&cookie);
        let open = |sealer: &CookieSealer, cookie_use, now| sealer.open::<String>(cookie_use, &headers, now);
        assert_eq!(open(&sealer, CookieUse::Session, 159).as_deref(), Some("somebody"));
        assert_eq!(open(&sealer, CookieUse::Session, 160), None);
        assert_eq!(open(&sealer, CookieUse::Login, 159), None);
        assert_eq!(open(&CookieSealer::new(&[8; KEY_BYTES], true).unwrap(), CookieUse::Session, 159), None);
        // Sealed for another use, under the name of this one.
        let other = sealer.seal(CookieUse::Login, &"somebody", (100, 160)).unwrap();
        let renamed = other.to_str().unwrap().replace("-login", "-session");
        let headers = sent(&HeaderValue::try_from(renamed).unwrap());
        assert_eq!(sealer.open::<String>(CookieUse::Session, &headers, 159), None);
    }

    #[test]
    fn altered_doubled_and_oversized_cookies_are_none() {
        let sealer = CookieSealer::new(&[7; KEY_BYTES], false).unwrap();
        let cookie = sealer.seal(CookieUse::Session, &"somebody", (0, 60)).unwrap();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        let headers = |text: &str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(text).unwrap())]);
        let open = |text: &str| sealer.open::<String>(CookieUse::Session, &headers(text), 1);
        assert_eq!(open(&format!("a=b; {pair}; c")).as_deref(), Some("somebody"));
        assert_eq!(open(&format!("{pair}; {pair}")), None);
        for end in 0..pair.len() {
            assert_eq!(open(&pair[..end]), None, "{end}");
        }
        assert_eq!(open("ordinance-session=AAAA"), None);
        assert!(sealer.seal(CookieUse::Session, &"x".repeat(4_000), (0, 60)).is_none());
    }
}
