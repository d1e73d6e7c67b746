//! The decision log: what is recorded of decisions and disclosures, and the file.

pub(crate) mod mode;
pub(crate) mod record;
pub(crate) mod recording;
pub(crate) mod writer;
