//! The rulebook and the decision.
//!
//! This crate reads a rulebook (TOML, CSV and components) into a [`Rulebook`], reads a case against a service's
//! contract, lets its facts past the privacy law, and decides it. It is synchronous; server, command line and harness
//! all call it, so there is one engine. It must never know HTTP, a clock or a log, and no error of its own shows a fact's value.
#![forbid(unsafe_code)]

pub mod ask;
pub mod case;
pub mod claims;
pub mod decide;
pub mod definitions;
pub mod diagnostic;
pub mod digest;
pub mod index;
pub mod manifest;
pub mod privacy;
pub mod rulebook;
pub mod samples;
pub mod spelling;
pub mod trace;
pub mod untyped_value;

mod fields;
mod toml_text;

pub use case::{Case, InputError, read_facts};
pub use decide::{ApplicableLaw, Asked, DecideError, decide};
pub use ordinance_sandbox::Loader;
pub use privacy::{DisclosureCase, Pseudonymiser, disclose};
pub use rulebook::{LoadError, Rule, RuleState, Rulebook};
