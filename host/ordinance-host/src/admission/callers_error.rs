//! Why the callers of `host.toml` can't be used.

use std::net::SocketAddr;
use std::path::PathBuf;

use ordinance_domain::jurisdiction::CodeError;
use ordinance_domain::name::NameError;
use ordinance_domain::privacy::{BasisKind, PurposeError, RecipientIdError, RecipientKind, RecipientPatternError};

/// Why no host can start with the callers of `host.toml`.
#[derive(Debug, thiserror::Error)]
pub enum CallersError {
    #[error("caller `{id}`: {error}")]
    Caller { id: String, error: CallerError },
    #[error("[portal]: {error}")]
    Portal { error: CallerError },
    #[error(
        "nobody could call this host: add [[callers]] to host.toml (`ordinance key` makes a key), or let everybody on this machine in with --open-door"
    )]
    NoCallers,
    #[error("--open-door lets everybody in without asking, so it takes only an address of this machine, not {address}")]
    OpenDoorToOthers { address: SocketAddr },
    #[error("the keys of tokens `{}` can't be used: {error}", path.display())]
    Tokens { path: PathBuf, error: TokenKeysError },
}

/// What is wrong with a `[[callers]]` table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    #[error("`{kind}` is no kind; write one of {}", RecipientKind::words())]
    UnknownKind { kind: String },
    #[error("its `id` is no id: {0}")]
    Id(#[from] RecipientIdError),
    #[error("its `recipients`: {0}")]
    Recipients(#[from] RecipientPatternError),
    #[error("its `bases`: `{word}` is no legal basis; write some of {}, or \"*\" for all", BasisKind::words())]
    UnknownBasis { word: String },
    #[error("its `residence-facts`: {0}")]
    ResidenceFact(NameError),
    #[error(transparent)]
    Service(#[from] NameError),
    #[error(transparent)]
    Purpose(#[from] PurposeError),
    #[error(transparent)]
    Jurisdiction(#[from] CodeError),
    #[error("`key-sha256` is no SHA-256 in 64 hexadecimal digits; `ordinance key` makes one")]
    MalformedKeyHash,
    #[error("it has a `jwt-subject`, and there are no settings [jwt] to check tokens by")]
    NoTokenSettings,
    #[error("it has a `tls-subject`, and [tls] client-roots isn't set to check certificates by")]
    NoClientRoots,
    #[error("it can't prove who it is; give it a `key-sha256`, a `jwt-subject` or a `tls-subject`")]
    NoProof,
    #[error("its `{setting}` is that of `{other}` too")]
    SharedProof { setting: &'static str, other: String },
}

/// Why tokens can't be checked.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeysError {
    #[error("`issuer` and `audience` say whose tokens are taken, and must not be empty")]
    NoIssuerOrAudience,
    #[error("it can't be read: {0}")]
    Unreadable(std::io::Error),
    #[error("it is no JWKS (RFC 7517): {0}")]
    NoJwks(serde_json::Error),
    #[error("it holds no public key for signatures (RSA, P-256, P-384 or Ed25519)")]
    NoUsableKey,
}
