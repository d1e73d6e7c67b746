//! The rulebook in use: loading it, replacing it, and rules on trial beside it.

pub(crate) mod current;
pub(crate) mod load;
pub(crate) mod reload;
pub(crate) mod shadow;
