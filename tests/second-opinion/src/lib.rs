//! Computes an expression of FEEL twice: as a decision of a model, by Ordinance, and by dsntk.

pub mod generate;
mod ours;
mod theirs;

pub use self::ours::ours;
pub use self::theirs::theirs;

/// What an expression came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Computed {
    /// A value, as text.
    Value(String),
    /// Null, with the reason if one is told.
    Null(String),
    /// It isn't taken, for this reason.
    Refused(String),
}

impl Computed {
    /// As a line of the list of expressions says it, without reasons.
    #[must_use]
    pub fn told(&self) -> &str {
        match self {
            Self::Value(text) => text,
            Self::Null(_) => "null",
            Self::Refused(_) => "refused",
        }
    }
}
