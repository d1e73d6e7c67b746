//! The identity provider: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636). What it says of itself
//! and its keys are read once an hour, and again when a token names a key that isn't known.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::Uri;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ordinance_trust::https_agent;
use serde::Deserialize;
use ureq::http::StatusCode;

use crate::admission::token_error::TokenError;
use crate::admission::verification_keys::{ExpectedToken, VerificationKeys};
use crate::config::LoginConfig;
use crate::login::login_error::LoginError;
use crate::mutex::lock;

/// How long what the provider says of itself is used.
const METADATA_FOR: Duration = Duration::from_secs(3_600);
/// How soon its keys are read again because a token names another one.
const KEYS_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How soon a provider that couldn't be asked is asked again.
const AGAIN_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// The longest time of one request to it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of one of its answers.
const ANSWER_BYTES_MAX: u64 = 256 << 10;

/// An identity provider, by the settings.
pub(crate) struct IdentityProvider {
    config: LoginConfig,
    client_secret: Option<String>,
    known: Mutex<Option<Arc<KnownProvider>>>,
    /// Held while the provider is asked, with when that failed last: one asks for all, and not at once again.
    asking: Mutex<Option<Instant>>,
}

/// What a provider says of itself (OpenID Connect Discovery 1.0), with its keys.
struct KnownProvider {
    metadata: ProviderMetadata,
    keys: VerificationKeys,
    read_at: Instant,
}

#[derive(Debug, Deserialize)]
struct ProviderMetadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

/// The claims of an ID token that count here, beside those that the library checks.
#[derive(Debug, Deserialize)]
struct IdClaims {
    sub: String,
    nonce: Option<String>,
    #[serde(rename = "iss")]
    _issuer: String,
    azp: Option<String>,
    aud: Audiences,
}

/// For whom a token is: one, or several (RFC 7519, 4.1.3).
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Several(Vec<String>),
}

/// What a person is sent to the provider with.
pub(crate) struct AuthorizationRequest<'a> {
    /// Where the provider sends the person back to.
    pub(crate) redirect_uri: &'a str,
    pub(crate) state: &'a str,
    pub(crate) nonce: &'a str,
    /// The SHA-256 of the verifier, in base64url.
    pub(crate) code_challenge: &'a str,
    /// The language of the pages.
    pub(crate) language: &'a str,
}

/// What a code is exchanged with.
pub(crate) struct CodeExchange<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) nonce: &'a str,
}

impl IdentityProvider {
    pub(crate) fn new(config: &LoginConfig, client_secret: Option<String>) -> Self {
        Self { config: config.clone(), client_secret, known: Mutex::new(None), asking: Mutex::new(None) }
    }

    /// The address at the provider that asks a person who they are. Blocks while it is read.
    ///
    /// # Errors
    /// If the provider can't be asked, or isn't the one of the settings.
    pub(crate) fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Result<String, LoginError> {
        let endpoint = &self.known()?.metadata.authorization_endpoint;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("scope", "openid")
            .append_pair("state", request.state)
            .append_pair("nonce", request.nonce)
            .append_pair("code_challenge", request.code_challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("ui_locales", request.language);
        let separator = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{separator}{}", query.finish()))
    }

    /// The subject of the person whom the provider has sent back with a code. Blocks while it is asked.
    ///
    /// # Errors
    /// If the provider doesn't take the code, or its ID token can't be trusted.
    pub(crate) fn subject_of(&self, exchange: &CodeExchange<'_>) -> Result<String, LoginError> {
        let known = self.known()?;
        let token = self.id_token(&known.metadata.token_endpoint, exchange)?;
        let claims = match self.claims(known.as_ref(), &token) {
            // The provider may have a new key.
            Err(TokenError::UnknownKey | TokenError::WrongSignature) if known.read_at.elapsed() > KEYS_AGAIN_AFTER => {
                self.claims(self.read_again()?.as_ref(), &token)
            }
            result => result,
        };
        let claims = claims.map_err(LoginError::IdToken)?;
        if claims.nonce.as_deref() != Some(exchange.nonce) {
            return Err(LoginError::WrongNonce);
        }
        // An audience that this host doesn't know isn't trusted (Core, 3.1.3.7).
        let is_own = |party: &String| *party == self.config.client_id;
        let is_for_this = match &claims.aud {
            Audiences::One(party) => is_own(party),
            Audiences::Several(parties) => parties.iter().all(is_own),
        };
        if !is_for_this || claims.azp.as_ref().is_some_and(|party| !is_own(party)) {
            return Err(LoginError::IdToken(TokenError::WrongAudience));
        }
        Ok(claims.sub)
    }

    fn claims(&self, known: &KnownProvider, token: &str) -> Result<IdClaims, TokenError> {
        let expected = ExpectedToken { issuer: &known.metadata.issuer, audience: &self.config.client_id, leeway_s: 60 };
        known.keys.decode(token, &expected)
    }

    fn id_token(&self, endpoint: &str, exchange: &CodeExchange<'_>) -> Result<String, LoginError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", exchange.code),
            ("redirect_uri", exchange.redirect_uri),
            ("code_verifier", exchange.verifier),
        ];
        let mut request = https_agent().post(endpoint).header("accept", "application/json");
        match &self.client_secret {
            Some(secret) => request = request.header("authorization", basic(&self.config.client_id, secret)),
            None => form.push(("client_id", &self.config.client_id)),
        }
        let request = request.config().timeout_global(Some(TIMEOUT)).max_redirects(0).build();
        let answer = request.send_form(form).map_err(|error| LoginError::unreachable(endpoint, &error))?;
        let answer: TokenAnswer = read_json(endpoint, answer)?;
        Ok(answer.id_token)
    }

    /// What is known of the provider, read if it is too old.
    fn known(&self) -> Result<Arc<KnownProvider>, LoginError> {
        let known = lock(&self.known).clone();
        match known.filter(|known| known.read_at.elapsed() < METADATA_FOR) {
            Some(known) => Ok(known),
            None => self.read_again(),
        }
    }

    /// Reads what the provider says of itself, unless another request has just done so.
    fn read_again(&self) -> Result<Arc<KnownProvider>, LoginError> {
        let mut failed_at = lock(&self.asking);
        if let Some(known) = lock(&self.known).clone().filter(|known| known.read_at.elapsed() < KEYS_AGAIN_AFTER) {
            return Ok(known);
        }
        if failed_at.is_some_and(|failed_at| failed_at.elapsed() < AGAIN_AFTER_FAILURE) {
            return Err(LoginError::FailedBefore);
        }
        let read = self.read();
        *failed_at = read.is_err().then(Instant::now);
        read
    }

    fn read(&self) -> Result<Arc<KnownProvider>, LoginError> {
        let issuer = &self.config.issuer;
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: ProviderMetadata = get_json(&address)?;
        // A provider speaks for itself alone (Discovery, section 4.3).
        if metadata.issuer != *issuer {
            return Err(LoginError::OtherIssuer);
        }
        let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if let Some(plain) = endpoints.into_iter().find(|endpoint| !is_safe_address(endpoint)) {
            return Err(LoginError::UnsafeEndpoint(plain.clone()));
        }
        let keys: serde_json::Value = get_json(&metadata.jwks_uri)?;
        let keys = VerificationKeys::parse(keys.to_string().as_bytes()).map_err(LoginError::Keys)?;
        let known = Arc::new(KnownProvider { metadata, keys, read_at: Instant::now() });
        *lock(&self.known) = Some(Arc::clone(&known));
        Ok(known)
    }
}

/// The credential of a client (RFC 6749, 2.3.1): both parts are written as in a form first.
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

/// Whether an address is one over TLS, or on this machine.
pub(crate) fn is_safe_address(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    // What stands before an @ can look like a host.
    let is_plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    let is_local = ["127.0.0.1", "localhost", "[::1]"].contains(&authority.host());
    is_plain && (scheme == "https" || (scheme == "http" && is_local))
}

/// The SHA-256 of a text in base64url, as the provider compares it with that of the verifier.
pub(crate) fn code_challenge(verifier: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

fn get_json<T: serde::de::DeserializeOwned>(address: &str) -> Result<T, LoginError> {
    let request = https_agent().get(address).config().timeout_global(Some(TIMEOUT)).max_redirects(0).build();
    read_json(address, request.call().map_err(|error| LoginError::unreachable(address, &error))?)
}

fn read_json<T: serde::de::DeserializeOwned>(
    address: &str,
    mut answer: ureq::http::Response<ureq::Body>,
) -> Result<T, LoginError> {
    if answer.status() != StatusCode::OK {
        return Err(LoginError::Refused { address: address.to_owned(), status: answer.status().as_u16() });
    }
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
    let body = body.map_err(|error| LoginError::unreachable(address, &error))?;
    serde_json::from_slice(&body).map_err(|_| LoginError::Unreadable(address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_over_tls_or_of_this_machine_are_asked() {
        for safe in ["https://id.example/x", "http://127.0.0.1:3000/x", "http://localhost/", "http://[::1]:1/"] {
            assert!(is_safe_address(safe), "{safe}");
        }
        for unsafe_one in [
            "http://id.example/",
            "https:///x",
            "https://",
            "http://127.0.0.1.evil.example/",
            "ftp://x",
            "http://localhost:1@evil.example/",
        ] {
            assert!(!is_safe_address(unsafe_one), "{unsafe_one}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let challenge = code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
