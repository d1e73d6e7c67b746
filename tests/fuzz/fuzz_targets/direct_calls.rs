//! Bytes as a rule of some type, its arguments and its answer.
#![no_main]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a promise that doesn't hold ends the run")]

#[allow(dead_code, reason = "each takes one of them")]
#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::any_rule::both_ways_agree(bytes));
