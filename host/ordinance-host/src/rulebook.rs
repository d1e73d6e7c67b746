//! The current rulebook: loading it from a folder or from signed repositories, replacing it, and shadow rules beside
//! it.

pub(crate) mod activation;
pub(crate) mod coverage;
pub(crate) mod current;
pub(crate) mod earlier_revision;
pub(crate) mod load;
pub(crate) mod reload;
pub(crate) mod reload_report;
pub(crate) mod repository;
mod rule_folders;
pub(crate) mod shadow;
