//! Why a token is refused. The operator's log says it, never the caller: an answer would tell which guess came nearest.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::errors::{Error, ErrorKind};

/// Why a token is refused. No text shows any part of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub(super) enum TokenError {
    #[error("it is longer than 8 KiB")]
    TooLong,
    #[error("it is no JWT")]
    Malformed,
    #[error("its header has `crit`, which this host doesn't understand")]
    CriticalHeader,
    #[error("its `kid` is that of none of the keys in jwt.keys")]
    UnknownKey,
    #[error("its `alg` is not that of the key")]
    WrongAlgorithm,
    #[error("none of the keys in jwt.keys signed it")]
    WrongSignature,
    #[error("it has expired")]
    Expired,
    #[error("its `nbf` is still to come")]
    NotYetValid,
    #[error("its `iss` is not jwt.issuer")]
    WrongIssuer,
    #[error("its `aud` is not jwt.audience")]
    WrongAudience,
    #[error("it lacks `exp`, `iss`, `aud` or `sub`")]
    MissingClaim,
    #[error("neither its `scope` nor its `scp` has all of jwt.scope")]
    MissingScope,
    #[error("its `sub` is the jwt-subject of no caller")]
    UnknownSubject,
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidSignature => Self::WrongSignature,
            ErrorKind::ExpiredSignature => Self::Expired,
            ErrorKind::ImmatureSignature => Self::NotYetValid,
            ErrorKind::InvalidIssuer => Self::WrongIssuer,
            ErrorKind::InvalidAudience => Self::WrongAudience,
            ErrorKind::MissingRequiredClaim(_) => Self::MissingClaim,
            ErrorKind::InvalidAlgorithm => Self::WrongAlgorithm,
            _ => Self::Malformed,
        }
    }
}

/// How often the log gives one reason, whoever sends tokens.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// When the log last gave each reason.
#[derive(Default)]
pub(super) struct RefusalLog(Mutex<HashMap<TokenError, Instant>>);

impl RefusalLog {
    /// Logs a refusal, unless the log gave the same reason within the last minute.
    pub(super) fn report(&self, error: TokenError) {
        let now = Instant::now();
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = reported.get(&error);
        if last.is_none_or(|last| now.duration_since(*last) >= REPORT_EVERY) {
            reported.insert(error, now);
            tracing::warn!(reason = %error, "a token is refused (each reason is said once a minute)");
        }
    }
}
