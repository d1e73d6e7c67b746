//! One file for each resource of the interface.

pub(crate) mod authzen;
pub(crate) mod batch;
pub(crate) mod comparisons;
pub(crate) mod coverage;
pub(crate) mod decisions;
pub(crate) mod disclosures;
pub(crate) mod form;
pub(crate) mod jurisdictions;
pub(crate) mod objections;
pub(crate) mod questions;
pub(crate) mod receipts;
pub(crate) mod records;
pub(crate) mod rules;
pub(crate) mod services;
pub(crate) mod statistics;
