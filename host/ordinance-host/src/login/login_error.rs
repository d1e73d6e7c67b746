//! Why a person isn't signed in. The operator's log says it; the person reads that it failed.

use crate::admission::callers_error::TokenKeysError;
use crate::admission::token_error::TokenError;

/// Why a person isn't signed in. No text shows any part of a code or a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    #[error("the identity provider can't be asked at `{address}`: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("the identity provider couldn't be asked some seconds ago")]
    FailedBefore,
    #[error("the identity provider answered {status} at `{address}`")]
    Refused { address: String, status: u16 },
    #[error("the answer of the identity provider at `{0}` can't be read")]
    Unreadable(String),
    #[error("the identity provider says that it is another issuer than portal.login.issuer")]
    OtherIssuer,
    #[error("the identity provider names `{0}`, which is neither over TLS nor on this machine")]
    UnsafeEndpoint(String),
    #[error("the keys of the identity provider can't be used: {0}")]
    Keys(TokenKeysError),
    #[error("its ID token is refused: {0}")]
    IdToken(TokenError),
    #[error("its ID token has another `nonce`: it is of another attempt to sign in")]
    WrongNonce,
    #[error("nobody here was on the way to the identity provider, or too long ago, or in another browser")]
    NoAttempt,
    #[error("the `state` is that of another attempt to sign in")]
    WrongState,
    #[error("the identity provider sent the person back without a code: `{0}`")]
    NoCode(String),
    #[error("what must be kept on the way to the identity provider is too long for a cookie")]
    CookieTooLarge,
    #[error("the system gives no random numbers")]
    NoRandomness,
    #[error("the thread that asks the identity provider ended early")]
    Interrupted,
}

impl LoginError {
    pub(super) fn unreachable(address: &str, error: &ureq::Error) -> Self {
        Self::Unreachable { address: address.to_owned(), reason: error.to_string() }
    }
}
