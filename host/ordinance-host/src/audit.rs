//! The decision log: what the host records of decisions and disclosures, in which schema, and the file.

pub(crate) mod evaluations_record;
mod json_line;
pub(crate) mod kept_replies;
pub(crate) mod line_writer;
pub(crate) mod mode;
pub(crate) mod objection_record;
pub(crate) mod publisher_record;
pub(crate) mod record;
pub(crate) mod record_ids;
pub(crate) mod record_proof;
pub(crate) mod record_tree;
pub(crate) mod reply_permit;
pub(crate) mod write_quota;
pub(crate) mod writer;
