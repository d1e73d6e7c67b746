//! What a new decision refers to that is made after an objection.

use uuid::Uuid;

/// The objection after which a decision is made again, and the decision that it was against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReviewedDecision {
    pub(crate) objection: Uuid,
    pub(crate) replaces: Uuid,
}
