//! The receipt of a decision: what was asked and answered, the record of it in the host's log, and who published the
//! law. Whoever has the receipt and the pinned root of the top authority can check it without a network, and without
//! trust in the host.
//!
//! What is hashed stands as text in the receipt, so that no two programs write it differently:
//!
//! ```text
//! commitment = SHA-256(salt (32 bytes) · SHA-256(request) · SHA-256(answer))     a member of the leaf
//! leaf hash  = SHA-256(00 · leaf)                                                RFC 6962
//! ```
//!
//! The salt is in the receipt alone. Without it nobody can find the request by trying likely ones.
//!
//! [`ReadableReceipt`] says in the words of a person what a receipt that holds says.
//!
//! The receipt is also what a person objects with: [`objection`] has the files of an objection, and the token by which
//! its holder asks how it stands.
#![forbid(unsafe_code)]

mod commitment;
mod decided_case;
mod difference;
mod error;
mod law_index;
mod level_law;
pub mod objection;
mod page;
mod reading;
mod receipt;
mod record;
mod record_time;
mod recorded_days;
mod reply;
mod spelling;
mod verify;

pub use commitment::{Salt, commitment, hash_text};
pub use decided_case::DecidedCase;
pub use difference::{AnswerDifference, differences};
pub use error::ReceiptError;
pub use page::{PageError, receipt_markup, receipt_page};
pub use reading::{CheckedBy, ReadableBlock, ReadableLine, ReadableReceipt, ReadableSection};
pub use receipt::{DecisionReceipt, FORMAT, LogProof, PublicationProof, ReceiptFormatError};
pub use record::RecordedDecision;
pub use record_time::{RECORD_DELAY_MAX_MS, made_at_ms};
pub use reply::{AlteredReplyError, ReceivedReceipt, ReceivedReceiptError};
pub use verify::{LayerPublisher, VerifiedReceipt};
