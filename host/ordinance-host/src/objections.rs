//! Objections to decisions: what a person who holds the receipt objects with is sealed to the authority that reviews
//! the decision, and kept in a folder of its own until that authority has answered and the time of retention is over.
//! The decision log has their hashes alone.

pub(crate) mod recipients;
pub(crate) mod recording;
pub(crate) mod reviewed;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod terms;
pub(crate) mod upkeep;
