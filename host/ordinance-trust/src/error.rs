//! Why a repository isn't trusted.

use std::io;

use jiff::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;

/// Why a file of a repository can't be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The server or the disk doesn't give it.
    #[error("`{file}` can't be read: {reason}")]
    Unreadable {
        /// Its path or address.
        file: String,
        /// The reason of the server or of the operating system.
        reason: String,
    },
    /// It is too large.
    #[error("`{file}` has more than {bytes_max} bytes")]
    TooLarge {
        /// Its path or address.
        file: String,
        /// The most bytes that are read.
        bytes_max: u64,
    },
    /// The time for the repository is over.
    #[error(
        "`{0}` wasn't read: the time for this repository was over; what was read is kept and the rest comes next time"
    )]
    Late(String),
    /// The address of a repository isn't one.
    #[error("`{0}` is no address of a repository: name a folder, or a URL that begins with https:// or http://")]
    Address(String),
}

/// Why a repository isn't trusted.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// A file can't be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file that the metadata name isn't there.
    #[error("`{0}` is missing; copy the whole repository, the metadata last")]
    Missing(String),
    /// A file isn't what it must be.
    #[error("`{file}` can't be used: {reason}")]
    Malformed {
        /// Its name.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// Too few of the keys that may sign a role signed it.
    #[error("`{file}` isn't signed by enough keys of the role `{role}`: {reason}")]
    NotSigned {
        /// Its name.
        file: String,
        /// The role.
        role: String,
        /// The number of signatures found and needed.
        reason: String,
    },
    /// Its time is over: nobody signed it again, or somebody holds back what is newer.
    #[error(
        "`{file}` expired on {expired}; the authority must sign it again (`ordinance trust refresh`), or the server holds back what is newer"
    )]
    Expired {
        /// Its name.
        file: String,
        /// When its time was over.
        expired: Timestamp,
    },
    /// It is older than what was trusted before.
    #[error("`{file}` has version {found}, but version {known} was seen before: somebody offers an older state")]
    RolledBack {
        /// Its name.
        file: String,
        /// The version offered.
        found: u64,
        /// The version seen before.
        known: u64,
    },
    /// Files of several states are mixed.
    #[error("`{file}` isn't the one that `{named_by}` names: {reason}")]
    Mixed {
        /// Its name.
        file: String,
        /// The file that names it.
        named_by: String,
        /// What differs.
        reason: String,
    },
    /// The repository is of another authority.
    #[error("the repository is of {found}, not of {expected}")]
    OtherAuthority {
        /// Whose it is.
        found: JurisdictionCode,
        /// Whose it should be.
        expected: JurisdictionCode,
    },
    /// A role offers what its delegation doesn't cover.
    #[error("the role `{role}` lists `{target}`, which is beyond what it may list")]
    BeyondDelegation {
        /// The role.
        role: String,
        /// The file.
        target: String,
    },
    /// A key that must sign isn't among those given.
    #[error(
        "the role `{role}` needs the signatures of {needed} of its keys, and the given keys make {given}; its keys are {keys}"
    )]
    KeysNeeded {
        /// The role.
        role: String,
        /// How many.
        needed: u64,
        /// How many of the given keys are the role's.
        given: u64,
        /// The names of its keys.
        keys: String,
    },
    /// A file of the repository can't be written.
    #[error("`{file}` can't be written")]
    Unwritable {
        /// Its path.
        file: String,
        /// The reason of the operating system.
        #[source]
        source: io::Error,
    },
    /// What is asked for contradicts what the repository has.
    #[error("{0}")]
    Refused(String),
}
