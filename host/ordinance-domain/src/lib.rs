//! The domain: the types of the law, and the pure functions on them.
//!
//! This crate owns the terms (jurisdiction, fact, service contract, rule, bound, decision, disclosure) and four
//! functions that decide: [`minimise`](minimise::minimise) decides what a rule may see,
//! [`Composition`](compose::Composition) decides what follows from the answers of several levels,
//! [`compose_rulings`](privacy::compose_rulings) decides what follows from their rulings on each fact, and
//! [`RedactedDecision`](redaction::RedactedDecision) decides what the recipient may see.
//!
//! It must never do I/O, know a clock, a wire format, an async runtime or WebAssembly.

pub mod answer;
pub mod bounds;
pub mod built_ranges;
pub mod calendar;
pub mod category;
pub mod compose;
pub mod contract;
pub mod decision;
pub mod derivation;
pub mod digest;
pub mod fact;
pub mod facts;
pub mod guidance;
pub mod jurisdiction;
pub mod manifest;
pub mod mask;
pub mod minimise;
pub mod name;
pub mod normalisation;
pub mod number_range;
pub mod parameters;
pub mod place_history;
pub mod plain_text;
pub mod privacy;
pub mod provision;
pub mod query;
pub mod redaction;
pub mod rule_head;
pub mod rule_type;
pub mod sharing;
pub mod titles;
pub mod type_check;
pub mod unit;
pub mod value;
pub mod value_misfit;
pub mod visible_finding;

mod short_text;
mod word_enum;
