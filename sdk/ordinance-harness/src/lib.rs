//! The reviewers' harness: runs rules against cases in the same engine as the server.
//!
//! It owns the forms in which cases are written (TOML beside a rule; NDJSON, JSON and CSV for a whole rulebook), the
//! comparison of what was expected with what was decided, and what the cases of a law meet of it. It must never decide anything itself.
#![forbid(unsafe_code)]

mod boundary;
mod branch_coverage;
mod candidate_values;
mod case_binding;
mod case_error;
mod case_file;
mod case_table;
mod code_constants;
mod comparable_outcome;
mod coverage;
mod expectation;
mod fact_sets;
mod generate;
mod law_under_test;
mod mutate;
mod parallel;
mod parameter_numbers;
mod population_impact;
mod property;
mod render;
mod report;
mod revision_diff;
mod search;
mod search_privacy;
mod study;
mod synth;
mod test_case;
mod test_result;
mod trace;
mod value_steps;

pub use boundary::{Pair, boundaries};
pub use branch_coverage::{Branches, Lines, SourceLine, Taken, Way, branches};
pub use case_error::CaseFault;
pub use case_file::{parse_json_array, parse_json_line, parse_person_line, parse_toml};
pub use case_table::{Columns, Defaults};
pub use code_constants::constants;
pub use coverage::{Coverage, NumberCoverage, RuleCoverage, percent};
pub use expectation::{run_case, run_case_on, run_disclosure};
pub use mutate::{Code, Fate, Mutant, mutate};
pub use parallel::in_order;
pub use population_impact::{Group, Impact, Total, in_size};
pub use property::{Holds, Property, PropertyFault, Sought, Violation, parse_properties, seek};
pub use render::{case_toml, decided_case_toml, plain, record_toml};
pub use report::{At, Fault, People, Report, Reported, Review, ShownCase, html, impact_html, junit, review_html};
pub use revision_diff::{Change, Compared, CriterionChange, Side, article_of, compare};
pub use search::{Breach, Finding, Searched, search};
pub use search_privacy::{PrivacyFinding, PrivacySearched, search_privacy};
pub use study::Study;
pub use synth::{Distributions, Synth, parse_distributions};
pub use test_case::{DisclosureTest, Expect, RulingsExpected, Test, TestCase};
pub use test_result::{CaseResult, Difference, Failure, Reason, in_word};
pub use trace::{Cost, Traced, bench, dearest, trace, trace_with};
