//! The reviewers' harness: runs rules against cases in the same engine as the server.
//!
//! It owns the two forms in which cases are written (TOML beside a rule, NDJSON for a whole rulebook) and the
//! comparison of what was expected with what was decided. It must never decide anything itself.
#![forbid(unsafe_code)]

mod case_file;
mod compare;
mod disclosure_case;
mod search;
mod words;

pub use case_file::{CaseFault, Test, TestCase, parse_json_line, parse_toml};
pub use compare::{Verdict, run_case};
pub use disclosure_case::{DisclosureTest, run_disclosure};
pub use search::{Breach, Finding, Searched, search};
pub use words::case_toml;
