//! The requests as they travel. Each goes the same way: `parse` reads the body once and collects all its faults,
//! `authorise` holds it against what the caller may do and gives a [`permit`], `bind` takes the permit and makes the
//! case of the engine. The type of a body is its schema in `/openapi.json` too.

pub(crate) mod comparison;
pub(crate) mod decision;
pub(crate) mod disclosure;
pub(crate) mod evaluation;
pub(crate) mod member;
pub(crate) mod objection;
pub(crate) mod permit;
pub(crate) mod questions;
pub(crate) mod sent_receipt;
pub(crate) mod terms;

mod body;
mod faults;
