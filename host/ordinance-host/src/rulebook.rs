//! The current rulebook: loading it, replacing it, and shadow rules beside it.

pub(crate) mod current;
pub(crate) mod earlier_revision;
pub(crate) mod load;
pub(crate) mod reload;
pub(crate) mod shadow;
