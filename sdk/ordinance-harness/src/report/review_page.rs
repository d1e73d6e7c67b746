//! The page of a review: the defects that searches found, the tests, the properties, and the impact on people.

use maud::{Markup, html as markup};
use ordinance_engine::Rulebook;

use super::impact_page::impact_section;
use super::page::page;
use super::test_page::cases_section;
use super::test_report::{CaseView, Defect, TestReport};
use crate::population_impact::PopulationImpact;

/// The result of a review of a rulebook.
pub struct ReviewReport<'a> {
    /// Whether no defect was found.
    pub is_good: bool,
    /// The tests beside the rules and their coverage.
    pub report: &'a TestReport,
    /// The defects that the search for breaches of upper law and failures found.
    pub defects: &'a [Defect],
    /// The properties that hold in every case that was tried.
    pub held: &'a [String],
    /// The properties that are violated.
    pub broken: &'a [Defect],
    /// The impact on people; none where the rulebook can't be loaded.
    pub population: Option<PopulationComparison<'a>>,
}

/// The impact of a rulebook on people.
pub struct PopulationComparison<'a> {
    /// The people, in words.
    pub population: &'a str,
    /// The impact.
    pub impact: &'a PopulationImpact,
    /// The rulebook in force.
    pub old: &'a Rulebook,
    /// The rulebook under review.
    pub new: &'a Rulebook,
}

/// The review as one HTML file, which needs no network.
#[must_use]
pub fn review_html(review: &ReviewReport<'_>) -> String {
    let title =
        if review.is_good { "Nothing stands against these rules" } else { "Something stands against these rules" };
    let report = review.report;
    let body = markup! {
        h1 class=(if review.is_good { "good" } else { "bad" }) { (title) }
        p.quiet {
            "Run on " (report.day) " with " code { (report.command) }
            @if review.population.is_some() { ", on the rulebook " code { (report.rulebook) } }
            @else { ", on a rulebook that can't be read" }
            "."
        }
        h2 { "What a search for breaches of upper law, failures and forgotten criteria found" }
        (defects(review.defects, "Nothing was found. That is no proof."))
        h2 { "What must hold for every case" }
        @if review.population.is_none() { p { "Not known, as the rulebook can't be read." } }
        @else if review.held.is_empty() && review.broken.is_empty() { p { "Nothing that is written beside these rules could be asked." } }
        @if !review.held.is_empty() {
            ul { @for held in review.held { li { (held) ": holds in all that was tried" } } }
        }
        (defects(review.broken, ""))
        (cases_section(report))
        @if let Some(PopulationComparison { population, impact, old, new }) = &review.population {
            h2 { "What would change for " (population) }
            (impact_section(impact, old, new))
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
