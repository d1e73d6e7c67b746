//! The reviewers' harness: runs rules against cases in the same engine as the server.
//!
//! It owns the formats of cases (TOML beside a rule; NDJSON, JSON and tables for a whole rulebook), the comparison of
//! expected and actual decisions, and the coverage of the law. It must never decide a case itself.
#![forbid(unsafe_code)]

mod agreeing_facts;
mod boundary;
mod branch_coverage;
mod candidate_values;
mod case_binding;
mod case_error;
mod case_file;
mod case_outcome;
mod case_table;
mod cell_value;
mod code_constants;
mod code_texts;
mod comparable_outcome;
mod coverage;
mod decimal_text;
mod difference_spread;
mod expectation;
mod explanation;
mod explanation_text;
mod fact_form;
mod fact_sets;
mod file_place;
mod generators;
mod grant_budget;
mod group_rows;
mod grouping;
mod impact_group;
mod impact_report;
mod law_under_test;
mod least_number;
mod mutate;
mod outcome_change;
mod pace;
mod parallel;
mod parameter_numbers;
mod people_count;
mod population_impact;
mod printed_case;
mod property;
mod published_impact;
mod render;
mod report;
mod revision_diff;
mod search;
mod search_knowledge;
mod search_privacy;
mod share;
mod short_answer;
mod shrink;
mod study;
mod synth;
mod table;
mod test_case;
mod test_error;
mod test_result;
mod trace;
mod tracer;
mod value_steps;
mod written_date;
mod written_number;

pub use boundary::{BoundaryPair, find_boundaries};
pub use branch_coverage::{
    Branch, BranchCoverage, BranchDirection, InstrumentError, LineTable, SourceLine, measure_branch_coverage,
};
pub use case_binding::bind_case;
pub use case_error::CaseError;
pub use case_file::{json_array_items, parse_json_line, parse_person_line, parse_toml};
pub use case_outcome::{CaseOutcome, OutcomeKind, granted_amount};
pub use case_table::{CaseDefaults, ColumnRole, Columns, TableHeader, is_of_case};
pub use code_constants::code_constants;
pub use code_texts::code_texts;
pub use coverage::{Coverage, NumberCoverage, RuleCoverage};
pub use difference_spread::{DifferenceSpread, Quantile};
pub use expectation::{run_decision_test, run_disclosure_test, trace_decision_test};
pub use explanation::{ExplainedPart, ExplainedProvision, ExplainedSection, ExplainedTable, Explanation, Grid};
pub use explanation_text::TextLine;
pub use fact_form::expected_form;
pub use file_place::{FilePlace, column_letters};
pub use grant_budget::GrantBudget;
pub use group_rows::{GroupRow, group_rows};
pub use grouping::{Comparison, Grouping, NOT_KNOWN, WeightError};
pub use impact_group::{GrantTotal, ImpactGroup};
pub use impact_report::ImpactReport;
pub use mutate::{AuthoredCode, AuthoredLine, Mutant, MutantStatus, MutationTarget, mutate};
pub use outcome_change::OutcomeChange;
pub use pace::Pace;
pub use parallel::par_map_ordered;
pub use people_count::PeopleCount;
pub use population_impact::{PopulationImpact, groups_by_size};
pub use property::{Property, PropertyKind, PropertyReport, PropertyViolation, check_property, parse_properties};
pub use published_impact::{PublishedExtent, PublishedImpact};
pub use render::{plain, record_toml};
pub use report::{
    CaseLocation, CaseView, ComparedPeople, Defect, PopulationComparison, ReviewReport, TestRecord, TestReport,
    explanation_html, impact_html, junit_xml, review_html, test_report_html,
};
pub use revision_diff::{
    CaseDiff, CaseDiffError, ChangeReasons, CriterionChange, NumberChange, WithheldFact, changed_criterion, diff_case,
    withheld_facts,
};
pub use search::{Breach, Counterexample, SearchReport, search};
pub use search_knowledge::{KnowledgeTurn, search_knowledge};
pub use search_privacy::{PrivacyDefect, PrivacySearchReport, search_privacy};
pub use share::Share;
pub use short_answer::{NoSources, RuleSources, ShortAnswer};
pub use study::Study;
pub use synth::{Distributions, PopulationGenerator, SyntheticPerson, parse_distributions};
pub use table::{Cell, TableForm, TableRow, UnusableCellError};
pub use test_case::{DecisionExpectation, DecisionTest, DisclosureTest, ProcessingInput, RulingsExpectation, Test};
pub use test_error::TestError;
pub use test_result::{
    Difference, DifferingPart, Reason, TestFailure, TestResult, ToldValue, Withholding, finding_status,
    rules_not_in_force, withholdings,
};
pub use trace::{CaseCost, CaseTrace, find_costliest, measure_costs, trace_case, trace_case_with, trace_replaced};
pub use written_date::{DateError, day_of_moment, read_day};
