//! Models of DMN (Decision Model and Notation, OMG, versions 1.2 to 1.5): read from XML, turned into what the checker
//! takes, and into rules and back.
//!
//! `read` makes a [`model::Model`] of a file; nothing else here knows XML of models. What a model holds that isn't
//! taken is refused with its element, its line and the reason, never passed over.

pub mod cases;
mod compose;
mod elaborate;
mod evaluated;
pub mod export;
mod expression;
mod filled;
pub mod folder;
pub mod import;
pub mod model;
mod parse;
mod place;
mod read;
pub mod refusal;
mod resolve;
pub mod tck;
mod twice;
mod types;
pub mod values;
mod xml;

pub use self::compose::{Composed, ModelInput, Target, compose};
pub use self::elaborate::elaborate;
pub use self::evaluated::Evaluated;
pub use self::read::{Source, open_model, read_model};
pub use self::twice::{ComputedTwice, RunError, RunModule};
