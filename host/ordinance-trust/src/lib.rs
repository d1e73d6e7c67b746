//! Who may make which law. Each authority publishes its rules in a repository of its own, in the formats of TUF (The
//! Update Framework, version 1.0). The root of the nation's repository is pinned; the root of each other repository
//! is a signed target of the authority above it. Whoever has the pinned root can check all of them, and trusts
//! neither the servers that hold them nor the network.
//!
//! ```text
//! CN/metadata/1.root.json          keys of each role, signed by the keys of the root
//! CN/metadata/timestamp.json       names the snapshot
//! CN/metadata/4.snapshot.json      names the version and the digest of all other metadata
//! CN/metadata/4.targets.json       names every file by its digest
//! CN/metadata/2.approved-CN-3706.json  the digests of lower rules that this authority approves
//! CN/targets/index.<sha256>.json   what this authority publishes
//! CN/targets/rules/CN/<sha256>.wasm, CN/targets/authorities/CN-37/<sha256>.root.json, ...
//! ```
//!
//! A client reads one repository with [`verify`], all of them with [`TrustedAuthorities::update`], and makes one
//! rulebook of them with [`assemble`]. An authority writes its repository with [`RepositoryEditor`].
#![forbid(unsafe_code)]

mod approvals;
mod approving;
mod assemble;
mod authority;
mod delegation;
mod editor;
mod error;
mod evidence;
#[cfg(test)]
mod evidence_tests;
mod history;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod hostile_tests;
mod http_source;
mod kept_copy;
mod key;
mod listed_period;
mod maker;
mod metadata;
mod metadata_spelling;
mod objections_key;
mod overview;
mod past_approvals;
mod past_publication;
mod past_repository;
mod pending;
mod published_pages;
mod published_part;
mod report;
mod repository_source;
mod restore;
mod revocation;
mod root_change;
mod rotation;
mod rule_reference;
mod rule_standing;
mod rulebook_part;
mod signing;
mod source;
#[cfg(test)]
mod tests;
mod trusted_authorities;
#[cfg(test)]
mod update_tests;
mod verified_evidence;
mod verify;
mod withdrawal;

pub use approving::{ApprovalChanges, ApprovalState};
pub use assemble::{AssembledRulebook, assemble};
pub use authority::Authority;
pub use editor::{RepositoryEditor, RepositoryPlan};
pub use error::{RepositoryError, SourceError};
pub use evidence::Evidence;
pub use history::{HistoryGap, PastDelegation, PublicationHistory};
pub use http_source::https_agent;
pub use key::{PublicKey, SealedKeyError, SigningKey};
pub use metadata::default_address;
pub use objections_key::{NoRecipientError, ObjectionsKey, ObjectionsRecipient, UnsealError};
pub use overview::{
    ApprovalList, ApproversOverview, KeySet, RepositoryOverview, RootOverview, first_root, is_approved,
};
pub use past_publication::{EndedWord, PastPublication};
pub use pending::{PendingRoot, RootState};
pub use report::{Authorities, AuthorityReport, AuthorityState, RefusedDelegation};
pub use repository_source::RepositorySource;
pub use restore::restore_rulebook;
pub use revocation::RevokedAuthority;
pub use root_change::KeyChange;
pub use rule_reference::RuleReference;
pub use rulebook_part::{LeftOut, NeededApproval, PublishedChanges, RulebookPart, definitions_of_rulebook};
pub use signing::Validity;
pub use source::{FolderSource, MemorySource, open_source};
pub use trusted_authorities::TrustedAuthorities;
pub use verified_evidence::{EvidenceError, VerifiedEvidence, bounds_path};
pub use verify::{KnownVersions, VerifiedRepository, verify};
pub use withdrawal::{PublishedRule, Withdrawals};
