//! The end-to-end tests, in one binary: rulebooks built and served as a user does it, hostile guests, and the
//! invariants of the source itself.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected fails"
)]

mod architecture;
mod asking;
mod assertion_tests;
mod assertions;
mod attacks;
mod audit_records;
mod authority_changes;
mod authzen;
mod bad_input;
mod batch_transfer;
mod callers;
mod canary;
mod case_messages;
mod columnar;
mod command_line;
#[allow(dead_code, reason = "shared with the benchmarks")]
#[path = "benches/connection.rs"]
mod connection;
mod console;
mod contract_changes;
mod cookbook;
mod country;
mod dated_rules;
mod days;
mod decisions;
mod deploy;
mod direct_calls;
mod dmn;
mod dmn_imports;
mod explained_rules;
mod expression_cells;
mod expression_changes;
mod expression_faults;
mod expression_rules;
mod expression_sheets;
mod faults;
mod forged_law;
mod forged_receipts;
mod forged_spellings;
#[path = "fuzz/targets.rs"]
mod fuzz_targets;
mod fuzzing;
mod generated_guests;
mod guidance;
mod harness;
mod hidden;
mod hostile_guests;
mod hosts;
mod households;
mod idempotency;
mod impact;
mod impact_runs;
mod interface_versions;
mod intermediates;
mod lapsing_law;
mod load_checks;
mod log_audits;
mod log_faults;
mod log_proofs;
mod many_cases;
mod new_rule;
mod normalised_masks;
mod objection_attacks;
mod objections;
mod openapi;
mod operations;
mod past_publications;
mod plans;
mod planted;
mod populations;
mod portal;
mod prebuilt_rules;
mod privacy;
mod privacy_laws;
mod publishing;
mod real_law;
mod receipt_reading;
mod receipts;
mod reload;
mod replies;
mod reports;
mod restored_sources;
mod review;
mod scenarios;
mod schemas;
mod shadow;
mod signing_in;
mod snapshots;
mod statistics;
mod studies;
mod support;
mod tables;
mod tidy;
mod translations;
mod trust_page;
mod trying_out;
mod twins;
mod units;
mod us_cash_assistance;
mod workbooks;
