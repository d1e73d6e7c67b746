//! Tokens: the host accepts a JWT (RFC 7519) if a key of the operator's JWKS file signed it and its issuer, audience,
//! expiry and scope are those of the settings. It reads the file again when it changes.

use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use super::token_error::TokenError;
use crate::admission::callers_error::TokenKeysError;
use crate::config::JwtConfig;

/// Verifies tokens by the settings `[jwt]`.
pub(super) struct TokenReader {
    config: JwtConfig,
    keys: RwLock<Keys>,
}

/// The keys of the file that check signatures, as it was last read.
struct Keys {
    set: JwkSet,
    modified: Option<SystemTime>,
    checked_at: Instant,
}

/// How often the host looks whether the file has changed.
const RECHECK_EVERY: Duration = Duration::from_secs(1);

/// The longest token that the host verifies, in bytes.
const TOKEN_BYTES_MAX: usize = 8 << 10;

/// The most keys that a token without `kid` is tried with.
const KEYS_TRIED_MAX: usize = 16;

/// The claims that the host reads beside those that the library checks. Identity providers write scopes as `scope`
/// (RFC 8693, 4.2) or as `scp`, as a text with spaces between them or as an array.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// One text; the library checks what it is, and would take a list that has the issuer in it.
    #[serde(rename = "iss")]
    _issuer: String,
    #[serde(default)]
    scope: Scopes,
    #[serde(default)]
    scp: Scopes,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scopes {
    Text(String),
    List(Vec<String>),
}

impl Default for Scopes {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Scopes {
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::Text(text) => text.split(' ').any(|scope| scope == wanted),
            Self::List(list) => list.iter().any(|scope| scope == wanted),
        }
    }
}

impl TokenReader {
    pub(super) fn new(config: &JwtConfig) -> Result<Self, TokenKeysError> {
        if config.issuer.is_empty() || config.audience.is_empty() {
            return Err(TokenKeysError::NoIssuerOrAudience);
        }
        let keys = read(&config.keys)?;
        Ok(Self { config: config.clone(), keys: RwLock::new(keys) })
    }

    /// The subject of a token that can be trusted.
    ///
    /// # Errors
    /// Why it can't.
    pub(super) fn subject_of(&self, token: &str) -> Result<String, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong);
        }
        self.reread_if_changed();
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        // What must be understood and isn't makes a token that can't be trusted (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return Err(TokenError::CriticalHeader);
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let Some(kid) = &header.kid else {
            // The algorithm is the key's: a token can't choose a weaker one.
            let of_algorithm = keys.set.keys.iter().filter(|key| algorithm_of(key) == Some(header.alg));
            return self.subject_by_any(token, of_algorithm);
        };
        let key = keys.set.find(kid).ok_or(TokenError::UnknownKey)?;
        if algorithm_of(key) != Some(header.alg) {
            return Err(TokenError::WrongAlgorithm);
        }
        self.subject_by(token, key, header.alg)
    }

    /// The subject of a token that doesn't name its key: the signature shows which of these it is.
    fn subject_by_any<'k>(&self, token: &str, keys: impl Iterator<Item = &'k Jwk>) -> Result<String, TokenError> {
        let mut refused = TokenError::WrongAlgorithm;
        for key in keys.take(KEYS_TRIED_MAX) {
            let Some(algorithm) = algorithm_of(key) else { continue };
            match self.subject_by(token, key, algorithm) {
                Err(error @ TokenError::WrongSignature) => refused = error,
                result => return result,
            }
        }
        Err(refused)
    }

    fn subject_by(&self, token: &str, key: &Jwk, algorithm: Algorithm) -> Result<String, TokenError> {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&[&self.config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = self.config.leeway_s;
        let key = DecodingKey::from_jwk(key)?;
        let claims = decode::<Claims>(token, &key, &validation)?.claims;
        let has = |wanted: &str| claims.scope.has(wanted) || claims.scp.has(wanted);
        let has_all = self.config.scope.split_whitespace().all(has);
        if has_all { Ok(claims.sub) } else { Err(TokenError::MissingScope) }
    }

    /// Reads the file again if it has changed. A file that can't be read leaves the keys as they are.
    fn reread_if_changed(&self) {
        let modified = {
            let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            if keys.checked_at.elapsed() < RECHECK_EVERY {
                return;
            }
            keys.modified
        };
        let changed = modified_at(&self.config.keys) != modified;
        let fresh = if changed { Some(read(&self.config.keys)) } else { None };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.checked_at = Instant::now();
        match fresh {
            Some(Ok(fresh)) => {
                tracing::info!("the keys of tokens were read again");
                *keys = fresh;
            }
            Some(Err(error)) => tracing::error!(%error, "the keys of tokens can't be read again; the last ones stay"),
            None => {}
        }
    }
}

/// Whether a key may check signatures, by its `use` and its `key_ops` (RFC 7517, 4.2 and 4.3). A key without either is
/// for any use.
fn is_for_signatures(key: &Jwk) -> bool {
    let by_use = key.common.public_key_use.as_ref().is_none_or(|named| *named == PublicKeyUse::Signature);
    let by_operations = key.common.key_operations.as_ref();
    by_use && by_operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// The one algorithm that a key signs with; none if it is no key for signatures that are taken here.
fn algorithm_of(key: &Jwk) -> Option<Algorithm> {
    if !is_for_signatures(key) {
        return None;
    }
    let of_type = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => Some(Algorithm::ES256),
            EllipticCurve::P384 => Some(Algorithm::ES384),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(_) => Some(Algorithm::EdDSA),
        // With a shared secret, a program that checks tokens could also make them.
        _ => None,
    }?;
    match key.common.key_algorithm {
        None => Some(of_type),
        Some(named) => {
            let named: Algorithm = named.to_string().parse().ok()?;
            let is_rsa = matches!(of_type, Algorithm::RS256)
                && matches!(
                    named,
                    Algorithm::RS256
                        | Algorithm::RS384
                        | Algorithm::RS512
                        | Algorithm::PS256
                        | Algorithm::PS384
                        | Algorithm::PS512
                );
            (is_rsa || named == of_type).then_some(named)
        }
    }
}

fn modified_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

fn read(path: &Path) -> Result<Keys, TokenKeysError> {
    let modified = modified_at(path);
    let text = std::fs::read(path).map_err(TokenKeysError::Unreadable)?;
    let mut set: JwkSet = serde_json::from_slice(&text).map_err(TokenKeysError::NoJwks)?;
    set.keys.retain(|key| algorithm_of(key).is_some());
    if set.keys.is_empty() {
        return Err(TokenKeysError::NoUsableKey);
    }
    Ok(Keys { set, modified, checked_at: Instant::now() })
}
