//! The HTML page of a test report.

use maud::{Markup, html as markup};

use super::page::page;
use super::test_report::{TestRecord, TestReport, passed};
use crate::coverage::{Coverage, RuleCoverage};
use crate::share::Share;
use crate::test_result::{TestFailure, TestResult};

/// The report as one HTML file, which needs no network.
#[must_use]
pub fn test_report_html(report: &TestReport) -> String {
    let Share { part: good, whole: all } = report.passed();
    let body = markup! {
        h1 { (good) " of " (all) " cases passed" }
        p.quiet { "Run on " (report.day) " with " code { (report.command) } ", on the rulebook " code { (report.rulebook) } "." }
        (cases_section(report))
    };
    page(&format!("Cases: {good} of {all} passed"), &body)
}

/// The tests by rule, the failed tests in full, and the coverage of the law.
pub(super) fn cases_section(report: &TestReport) -> Markup {
    let failed: Vec<&TestRecord> = report.cases.iter().filter(|case| case.result != TestResult::Passed).collect();
    markup! {
        h2 { "Cases by rule" }
        table {
            tr { th { "Rule or file" } th { "Cases" } th { "Passed" } }
            @for (group, cases) in report.groups() {
                @let Share { part: good, whole: all } = passed(cases.into_iter());
                tr { td { (group) } td { (all) } td class=(if good == all { "good" } else { "bad" }) { (good) } }
            }
        }
        @if !failed.is_empty() {
            h2 { "Failed cases" }
            @for case in failed { (failed_case(case)) }
        }
        @if let Some(coverage) = &report.coverage { (coverage_section(coverage)) }
    }
}

fn failed_case(case: &TestRecord) -> Markup {
    markup! {
        section.case {
            h3 { (case.group) ": " (case.name) }
            p.at { (case.location) }
            @if !case.facts.is_empty() { (facts_table(&case.facts)) }
            @match &case.result {
                TestResult::Passed => {}
                TestResult::Unusable(reason) => p.bad { "The case can't be decided: " (reason) }
                TestResult::Failed(failure) => (differences(failure))
            }
        }
    }
}

fn facts_table(facts: &[(String, String)]) -> Markup {
    markup! {
        table {
            tr { th { "Fact" } th { "Value" } }
            @for (name, value) in facts { tr { td { (name) } td { (value) } } }
        }
    }
}

fn differences(failure: &TestFailure) -> Markup {
    markup! {
        table {
            tr { th { "What" } th { "Expected" } th { "Decided" } }
            @for difference in &failure.differences {
                tr { td { (difference.what) } td { (difference.expected) } td.bad { (difference.decided) } }
            }
        }
        @if !failure.reasons.is_empty() {
            table {
                tr { th { "Place" } th { "Criterion" } th { "Found" } th { "Article" } }
                @for reason in &failure.reasons {
                    tr {
                        td { (reason.jurisdiction) }
                        td { (reason.title.as_deref().unwrap_or(&reason.criterion)) }
                        td { (reason.status) }
                        td { @if let Some(provision) = &reason.provision { (provision) } }
                    }
                }
            }
        }
        (told_values(failure))
    }
}

/// What else explains the decision.
fn told_values(failure: &TestFailure) -> Markup {
    markup! {
        @for rule in &failure.failed_rules { p { (rule) } }
        @for fact in &failure.withheld { p { (fact) } }
        @if !failure.intermediates.is_empty() {
            table {
                tr { th { "Place" } th { "Intermediate value" } th { "Value" } }
                @for told in &failure.intermediates {
                    tr {
                        td { (told.jurisdiction) }
                        td { (told.title) }
                        td { (told.value.as_deref().unwrap_or("not known")) }
                    }
                }
            }
        }
    }
}

fn coverage_section(coverage: &Coverage) -> Markup {
    let covered = coverage.covered();
    markup! {
        h2 { "Coverage of the law: " (covered.percent()) " %" }
        p {
            "The cases should find each criterion satisfied, not satisfied and unknown, get the answers eligible and ineligible from "
            "each rule, and cover each number from both sides: with the number one step lower, and one step higher, the outcome of "
            "at least one case must change."
        }
        @for rule in coverage.rules() { (rule_coverage(rule)) }
    }
}

fn rule_coverage(rule: &RuleCoverage) -> Markup {
    let covered = rule.covered();
    let head = &rule.head;
    let [eligible, ineligible, undetermined] = rule.answers;
    markup! {
        h3 { (head.place_and_version()) ": " (covered.part) " of " (covered.whole) }
        p.quiet { "Its answers: eligible " (eligible) ", ineligible " (ineligible) ", undetermined " (undetermined) "." }
        table {
            tr { th { "Criterion" } th { "Article" } th { "Satisfied" } th { "Not" } th { "Unknown" } }
            @for (criterion, findings) in rule.criteria() {
                tr {
                    td { (criterion.title()) }
                    td { (criterion.provision) }
                    @for count in findings { td class=(if *count == 0 { "bad" } else { "" }) { (count) } }
                }
            }
        }
        @if rule.numbers().next().is_some() {
            table {
                tr { th { "Number" } th { "Value" } th { "From" } th { "Covered from below" } th { "Covered from above" } }
                @for number in rule.numbers() {
                    tr {
                        td { code { (number.name) } }
                        td { (number.value) }
                        td { (number.from) }
                        @for is_covered in [number.from_below, number.from_above] {
                            td class=(if is_covered { "good" } else { "bad" }) { (if is_covered { "yes" } else { "no" }) }
                        }
                    }
                }
            }
        }
    }
}
