//! Why a token is refused. The operator's log says it, never the caller: an answer would tell which guess came nearest.

use jsonwebtoken::errors::{Error, ErrorKind};

use crate::observability::report_interval::ReportInterval;

/// Why a token is refused. No text shows any part of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("it is longer than 8 KiB")]
    TooLong,
    #[error("it is no JWT")]
    Malformed,
    #[error("its header has `crit`, which this host doesn't understand")]
    CriticalHeader,
    #[error("its `kid` is that of none of the keys")]
    UnknownKey,
    #[error("its `alg` is not that of the key")]
    WrongAlgorithm,
    #[error("none of the keys signed it")]
    WrongSignature,
    #[error("it has expired")]
    Expired,
    #[error("its `nbf` is still to come")]
    NotYetValid,
    #[error("its `iss` is not the issuer of the settings")]
    WrongIssuer,
    #[error("its `aud` is not the audience of the settings")]
    WrongAudience,
    #[error("it lacks `exp`, `iss`, `aud` or `sub`")]
    MissingClaim,
    #[error(
        "a claim of it has a type that RFC 7519 doesn't give it: `iss` and `sub` are each one text, `exp` is a number"
    )]
    ClaimType,
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
            // The signature is good by then.
            ErrorKind::Json(_) => Self::ClaimType,
            _ => Self::Malformed,
        }
    }
}

/// The reasons that the log has given.
#[derive(Default)]
pub(crate) struct RefusalLog(ReportInterval<TokenError>);

impl RefusalLog {
    /// Logs a refusal, unless the log gave the same reason within the last minute.
    pub(crate) fn report(&self, error: TokenError) {
        if self.0.is_due(error) {
            tracing::warn!(reason = %error, "a token is refused (each reason is said once a minute)");
        }
    }
}
