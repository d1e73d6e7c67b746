//! The rulebook and the decision.
//!
//! This crate reads a rulebook (TOML, CSV and components) into a [`Rulebook`], reads a case against a service's
//! contract, and decides it in the stages of [`decide`](decide::decide). It is synchronous; server, command line and
//! harness all call it, so there is one engine. It must never use HTTP, a clock or a log, and its errors never
//! show a fact's value.
#![forbid(unsafe_code)]

pub mod boundary_values;
pub mod case;
pub mod claims;
pub mod counterfactuals;

pub mod decide;
pub mod definitions;
pub mod derived_facts;
pub mod diagnostic;
pub mod digest;
// A browser has the facts of its user alone, and discloses none.
#[cfg(not(target_family = "wasm"))]
pub mod disclose;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod index;
pub mod input_error;
pub mod json_path;
pub mod law;
pub mod literals;
pub mod manifest;
pub mod missing_facts;
pub mod observer;
pub mod privacy;
pub mod processing;
pub mod pseudonyms;
pub mod questions;
pub mod rulebook;
pub mod rulebook_files;
// A browser has no folders.
#[cfg(not(target_family = "wasm"))]
pub mod rulebook_folder;
// A browser calls rules through its page.
#[cfg(not(target_family = "wasm"))]
pub mod simulation;
pub mod spelling;
pub mod study;
pub mod table_text;
pub mod trace;
pub mod type_text;
pub mod unambiguous_json;
pub mod untyped_value;
pub mod value_json;

mod distinct_names;
mod law_plan;
mod plan_cache;
mod ruling_cache;
mod toml_help;
mod toml_text;

pub use case::{Case, read_facts};
pub use decide::decide;
#[cfg(not(target_family = "wasm"))]
pub use disclose::{DisclosureCase, disclose};
pub use engine::Engine;
pub use error::DecideError;
pub use input_error::InputError;
pub use law::ApplicableLaw;
pub use observer::NoObserver;
pub use ordinance_sandbox::Loader;
pub use pseudonyms::Pseudonymiser;
pub use rulebook::{LoadError, Rule, RuleState, Rulebook};
#[cfg(not(target_family = "wasm"))]
pub use rulebook_folder::RulebookFolder;
