//! Tokens: the host accepts a JWT (RFC 7519) if a key of the operator's JWKS file signed it and its issuer, audience,
//! expiry and scope are those of the settings. It reads the file again when it changes.

use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;

use crate::admission::callers_error::TokenKeysError;
use crate::admission::token_error::TokenError;
use crate::admission::verification_keys::{ExpectedToken, VerificationKeys};
use crate::config::JwtConfig;

/// Verifies tokens by the settings `[jwt]`.
pub(super) struct TokenReader {
    config: JwtConfig,
    keys: RwLock<KeyFile>,
}

/// The keys of the file, as it was last read.
struct KeyFile {
    keys: VerificationKeys,
    modified: Option<SystemTime>,
    checked_at: Instant,
}

/// How often the host looks whether the file has changed.
const RECHECK_EVERY: Duration = Duration::from_secs(1);

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
        self.reread_if_changed();
        let JwtConfig { issuer, audience, leeway_s, scope, .. } = &self.config;
        let file = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let claims: Claims = file.keys.decode(token, &ExpectedToken { issuer, audience, leeway_s: *leeway_s })?;
        let has = |wanted: &str| claims.scope.has(wanted) || claims.scp.has(wanted);
        if scope.split_whitespace().all(has) { Ok(claims.sub) } else { Err(TokenError::MissingScope) }
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

fn modified_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

fn read(path: &Path) -> Result<KeyFile, TokenKeysError> {
    let modified = modified_at(path);
    let text = std::fs::read(path).map_err(TokenKeysError::Unreadable)?;
    Ok(KeyFile { keys: VerificationKeys::parse(&text)?, modified, checked_at: Instant::now() })
}
