//! Bounds: what the law of an upper level lets a lower one change. It owns the words; [`compose`](crate::compose)
//! applies them.

use crate::text::Provision;

/// A bound and the provision that sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound<Kind> {
    /// What a lower level may do.
    pub kind: Kind,
    /// Where that is written.
    pub provision: Provision,
}

/// What a lower level may do to the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeBound {
    /// It may grant to more people, never deny whom the upper level grants.
    Floor,
    /// It may not change the outcome.
    Fixed,
}

/// What a lower level may do to one grant field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantBound {
    /// It may give more than it inherits, never less.
    AtLeastInherited,
    /// What it gives is added to what it inherits.
    Sum,
    /// It may not change a value that an upper level has set.
    Fixed,
}

impl OutcomeBound {
    /// The word in TOML and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Fixed => "fixed",
        }
    }
}

impl GrantBound {
    /// The words in TOML and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtLeastInherited => "at-least inherited",
            Self::Sum => "sum",
            Self::Fixed => "fixed",
        }
    }
}
