//! Why a receipt doesn't hold.

use ordinance_log::{CheckpointError, KeyError, ProofError};
use ordinance_trust::EvidenceError;

/// Why a receipt doesn't hold.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The leaf is no record of a decision with a commitment.
    #[error("its leaf is no record of a decision with a commitment: {0}")]
    Leaf(serde_json::Error),
    /// A part contradicts another.
    #[error("its {part} contradicts its leaf in `{member}`: one of them was altered")]
    Contradiction {
        /// The part.
        part: &'static str,
        /// The member.
        member: &'static str,
    },
    /// A part isn't JSON that every program reads alike.
    #[error("its {part} is no JSON that every program reads alike: {error}")]
    Json {
        /// The part.
        part: &'static str,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// A part is written in another way than receipts are.
    #[error("its {0} isn't written in the one way in which receipts write it: another program could read it otherwise")]
    Spelling(&'static str),
    /// It is of a simulation.
    #[error("it is of the mode `{0}`, and only an official decision binds: this is no decision")]
    NoDecision(String),
    /// A day doesn't fit the time of the record.
    #[error("its leaf has a day in `{0}` that doesn't fit its `time`")]
    Days(&'static str),
    /// The request or the answer isn't a JSON object.
    #[error("its {0} is no JSON object")]
    NoObject(&'static str),
    /// The salt isn't one.
    #[error("its salt hasn't 32 bytes in base64")]
    Salt,
    /// The record commits to another request or answer.
    #[error("the record commits to another request or another answer: one of them, or the salt, was altered")]
    Commitment,
    /// The key of the log isn't one.
    #[error("its log key can't be read: {0}")]
    LogKey(#[from] KeyError),
    /// The log isn't the one that the checker trusts.
    #[error("it is of the log `{found}`, not of `{expected}`")]
    OtherLog {
        /// The log of the receipt.
        found: String,
        /// The log that is trusted.
        expected: String,
    },
    /// No authority lists the log.
    #[error("no authority of the place or above it lists the log `{0}`: `ordinance trust log` does")]
    UnlistedLog(String),
    /// The checkpoint isn't signed by the log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log doesn't hold the record.
    #[error("its record isn't in the log: {0}")]
    Proof(#[from] ProofError),
    /// A hash of the proof isn't one.
    #[error("a hash of its proof hasn't 32 bytes in base64")]
    Hash,
    /// Nobody signed the rulebook, and the checker asks for a publication.
    #[error("nobody signed the law that it rests on: it was decided on a rulebook without signatures")]
    Unpublished,
    /// The index isn't that of the rulebook.
    #[error("its index isn't that of the rulebook {0}")]
    Index(String),
    /// The index has a form that this program doesn't read.
    #[error("its index has format {0}, which this program doesn't read")]
    IndexFormat(u32),
    /// The record doesn't name the rule that the index has for a level.
    #[error(
        "its record doesn't say of {place} what its index does: the rule in force with its name and digest, a failure \
         where that can't be used, and silence only where there is none"
    )]
    LevelRule {
        /// The place.
        place: String,
    },
    /// The metadata of the authority that makes a level's law are missing, and the level hasn't failed.
    #[error(
        "the metadata of the authority that makes the law of {place} are missing, so that level can only have failed"
    )]
    NoMetadata {
        /// The place.
        place: String,
    },
    /// The rulebook lacks bounds that a level sets.
    #[error("its index lacks the bounds `{0}`, which the authority of that place publishes")]
    BoundsLeftOut(String),
    /// A definition file that the decision rests on is missing, or isn't that of the rulebook.
    #[error("its definition file `{0}` isn't that of the rulebook, or is missing")]
    Definition(String),
    /// The record has other levels than the place has above it.
    #[error("the levels of its record are {found}, and those of {place} are {expected}")]
    Levels {
        /// The place.
        place: String,
        /// The codes of the record.
        found: String,
        /// The codes by the places of the rulebook.
        expected: String,
    },
    /// The rulebook has other rules of a place than its authority published.
    #[error("its index doesn't have the law of {place} as the authority of that place publishes it: `{rule}` differs")]
    OtherLaw {
        /// The place.
        place: String,
        /// A rule that only one of them has so, as `id@version`.
        rule: String,
    },
    /// A rule lacks an approval that upper law reserves.
    #[error("{rule} needs the approval of {authority} ({provision}), and the metadata don't show it")]
    NeedsApproval {
        /// The rule.
        rule: String,
        /// The authority.
        authority: String,
        /// The provision.
        provision: String,
    },
    /// The metadata don't show who published the law.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The record names another publisher than the metadata show.
    #[error("the record says that {said} published {rule}, and the metadata show that {found} did")]
    OtherPublisher {
        /// The rule.
        rule: String,
        /// The publisher in the record.
        said: String,
        /// The publisher by the metadata.
        found: String,
    },
    /// The record names an approval that the metadata don't show.
    #[error("the record says that {authority} approved {rule}, and the metadata don't show it")]
    Unapproved {
        /// The rule.
        rule: String,
        /// The authority.
        authority: String,
    },
}
