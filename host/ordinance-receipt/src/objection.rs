//! The files of an objection to a decision, which a host keeps for the authority that reviews it:
//!
//! ```text
//! ID.age          the receipt, the reason and the contact, sealed to the authority's key (age)
//! ID.json         what is known without the key: the decision, the service, the place, the days, the record in the log
//! ID.answer.json  the authority's answer
//! ```
//!
//! The token of an objection is `base64url(SHA-256("objection" · salt))`, without padding, where the salt is the 32
//! bytes of the receipt. So whoever holds the receipt can compute it, and nobody else.

mod answer;
mod content;
mod folder;
mod notice;
mod token;

pub use answer::{ANSWER_LETTERS_MAX, AnswerOutcome, ObjectionAnswer};
pub use content::{CONTACT_LETTERS_MAX, ObjectionContent, OpenError, REASON_LETTERS_MAX};
pub use folder::{FolderError, ObjectionFolder};
pub use notice::{ObjectionNotice, RecordedAnswer};
pub use token::{ObjectionToken, fingerprint};
