//! The reviewers' harness: runs rules against cases in the same engine as the server.
//!
//! It owns the forms in which cases are written (TOML beside a rule; NDJSON, JSON and CSV for a whole rulebook), the
//! comparison of what was expected with what was decided, and what the cases of a law meet of it. It must never decide anything itself.
#![forbid(unsafe_code)]

mod boundary;
mod branches;
mod case_file;
mod case_table;
mod comes;
mod compare;
mod constants;
mod coverage;
mod difference;
mod disclosure_case;
mod fact_sets;
mod impact;
mod mutate;
mod numbers;
mod parallel;
mod property;
mod report;
mod search;
mod search_privacy;
mod study;
mod synth;
mod trace;
mod tracer;
mod words;

pub use boundary::{Pair, boundaries};
pub use branches::{Branches, Lines, SourceLine, Taken, Way, branches};
pub use case_file::{CaseFault, Test, TestCase, parse_json_array, parse_json_line, parse_person_line, parse_toml};
pub use case_table::{Columns, Defaults};
pub use compare::{run_case, run_case_on};
pub use constants::constants;
pub use coverage::{Coverage, NumberCoverage, RuleCoverage, percent};
pub use difference::{CaseResult, Difference, Failure, Reason, in_word};
pub use disclosure_case::{DisclosureTest, run_disclosure};
pub use impact::{Change, Compared, CriterionChange, Group, Impact, Side, Total, article_of, compare, in_size};
pub use mutate::{Code, Fate, Mutant, mutate};
pub use parallel::in_order;
pub use property::{Holds, Property, PropertyFault, Sought, Violation, parse_properties, seek};
pub use report::{At, Fault, People, Report, Reported, Review, ShownCase, html, impact_html, junit, review_html};
pub use search::{Breach, Finding, Searched, search};
pub use search_privacy::{PrivacyFinding, PrivacySearched, search_privacy};
pub use study::Study;
pub use synth::{Distributions, Synth, parse_distributions};
pub use trace::{Cost, Traced, bench, dearest, trace, trace_with};
pub use words::{case_toml, decided_case_toml, plain, record_toml};
