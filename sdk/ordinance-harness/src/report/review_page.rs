//! The page of a review: the defects found by searches, the properties, the tests, and the impact on people.

use maud::{Markup, html as markup};
use ordinance_engine::Rulebook;

use super::impact_page::impact_section;
use super::page::page;
use super::test_page::cases_section;
use super::test_report::{CaseView, Defect, TestReport};
use crate::population_impact::PopulationImpact;

/// The result of a review of a rulebook.
pub struct ReviewReport<'a> {
    /// Whether the review found nothing wrong.
    pub is_good: bool,
    /// The tests beside the rules and their coverage.
    pub report: &'a TestReport,
    /// The defects that the search for breaches of upper law and failures found.
    pub defects: &'a [Defect],
    /// Remarks on rules that are no defects, each with the rule.
    pub notes: &'a [String],
    /// The properties that hold in every case tried.
    pub held: &'a [String],
    /// The properties that are violated.
    pub broken: &'a [Defect],
    /// The properties that the time of the review didn't reach, or reached in part without a violation.
    pub unreached_properties: &'a [String],
    /// What else the time of the review didn't reach.
    pub unreached: &'a [String],
    /// Whether the rulebook could be read.
    pub is_read: bool,
    /// The impact on people. `None` if the rulebook can't be read, or is the first.
    pub population: Option<PopulationComparison<'a>>,
}

/// The impact of a rulebook on people.
pub struct PopulationComparison<'a> {
    /// A description of the people.
    pub population: &'a str,
    /// The changes of their outcomes.
    pub impact: &'a PopulationImpact,
    /// The rulebook in force.
    pub old: &'a Rulebook,
    /// The rulebook under review.
    pub new: &'a Rulebook,
}

/// The review as one HTML file, which needs no network.
#[must_use]
pub fn review_html(review: &ReviewReport<'_>) -> String {
    let report = review.report;
    let is_short = !(review.unreached.is_empty() && review.unreached_properties.is_empty());
    let has_found = !(review.defects.is_empty() && review.broken.is_empty());
    let title = match review.is_good {
        true => "The review found no defects",
        false if is_short && !has_found => "The review isn't complete: its time ended before all was tried",
        false => "The review found defects",
    };
    let body = markup! {
        h1 class=(if review.is_good { "good" } else { "bad" }) { (title) }
        p.quiet {
            "Run on " (report.day) " with " code { (report.command) }
            @if review.is_read { ", on the rulebook " code { (report.rulebook) } }
            @else { ", on a rulebook that can't be read" }
            "."
        }
        @if !review.unreached.is_empty() {
            h2 { "Not reached within the time of the review" }
            ul { @for unreached in review.unreached { li { (unreached) } } }
        }
        h2 { "Breaches of upper law, failures and unused criteria" }
        (defects(review.defects, "The search found none. This is no proof that there are none."))
        @if !review.notes.is_empty() {
            h2 { "Rulings without effect" }
            ul { @for note in review.notes { li { (note) } } }
        }
        h2 { "Properties that must hold for every case" }
        @if !review.is_read { p { "Unknown, because the rulebook can't be read." } }
        @else if [review.held.len(), review.broken.len(), review.unreached_properties.len()] == [0; 3] { p { "These rules have no properties." } }
        @if !review.held.is_empty() {
            ul { @for held in review.held { li { (held) ": holds in every case tried" } } }
        }
        @if !review.unreached_properties.is_empty() {
            p { "The time of the review ended before all cases of these were tried:" }
            ul { @for unreached in review.unreached_properties { li { (unreached) } } }
        }
        (defects(review.broken, ""))
        (cases_section(report))
        @if let Some(PopulationComparison { population, impact, old, new }) = &review.population {
            h2 { "What would change for " (population) }
            (impact_section(impact, old, new))
        } @else if review.is_read {
            h2 { "What would change" }
            p { "Everything is new: there is no rulebook in force to compare with." }
        }
    };
    page(title, &body)
}

fn defects(defects: &[Defect], none: &str) -> Markup {
    markup! {
        @if defects.is_empty() { p { (none) } }
        @for defect in defects {
            section.case {
                h3 { (defect.rule) }
                p.bad { (defect.what) }
                @if !defect.views.is_empty() {
                    (case_views(&defect.views))
                } @else if let Some(case) = &defect.case_file {
                    pre { (case) }
                }
            }
        }
    }
}

/// A table of cases side by side, with a row for each fact.
fn case_views(cases: &[CaseView]) -> Markup {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in cases.iter().flat_map(|case| &case.facts) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    markup! {
        table {
            tr { th { "Fact" } @for case in cases { th { "Case on " (case.as_of) } } }
            @for name in names { tr { td { (name) } @for case in cases { td { (value_of(case, name)) } } } }
            tr { th { "Decided" } @for case in cases { th { (case.outcome) } } }
        }
    }
}

fn value_of<'c>(case: &'c CaseView, name: &str) -> &'c str {
    let value = case.facts.iter().find(|(known, _)| known == name);
    value.map_or("not known", |(_, value)| value.as_str())
}
