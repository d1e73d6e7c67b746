//! A whole review as a page that needs no network: what a search found, the cases, the properties, and what would change.

use maud::{Markup, html as markup};
use ordinance_engine::Rulebook;

use super::impact_page::impact_section;
use super::page::page;
use super::test_page::cases_section;
use super::test_report::{CaseView, Defect, TestReport};
use crate::population_impact::PopulationImpact;

/// What a review of a rulebook came to.
pub struct ReviewReport<'a> {
    /// Whether nothing stands against it.
    pub is_good: bool,
    /// The cases, with what they meet of the law, and how to get it again.
    pub report: &'a TestReport,
    /// What a search for breaches of upper law and failures found.
    pub faults: &'a [Defect],
    /// The properties that hold in all that was tried.
    pub held: &'a [String],
    /// The properties that don't.
    pub broken: &'a [Defect],
    /// What would change for whom; none where the rulebook can't be loaded.
    pub people: Option<PopulationComparison<'a>>,
}

/// What would change for people.
pub struct PopulationComparison<'a> {
    /// Who they are, in words.
    pub who: &'a str,
    /// What would change.
    pub impact: &'a PopulationImpact,
    /// The rulebook that it is compared with.
    pub old: &'a Rulebook,
    /// The rulebook under review.
    pub new: &'a Rulebook,
}

/// The review as one HTML file.
#[must_use]
pub fn review_html(review: &ReviewReport<'_>) -> String {
    let title =
        if review.is_good { "Nothing stands against these rules" } else { "Something stands against these rules" };
    let report = review.report;
    let body = markup! {
        h1 class=(if review.is_good { "good" } else { "bad" }) { (title) }
        p.quiet {
            "Run on " (report.day) " with " code { (report.command) }
            @if review.people.is_some() { ", on the rulebook " code { (report.rulebook) } }
            @else { ", on a rulebook that can't be read" }
            "."
        }
        h2 { "What a search for breaches of upper law, failures and forgotten criteria found" }
        (faults(review.faults, "Nothing was found. That is no proof."))
        h2 { "What must hold for every case" }
        @if review.people.is_none() { p { "Not known, as the rulebook can't be read." } }
        @else if review.held.is_empty() && review.broken.is_empty() { p { "Nothing that is written beside these rules could be asked." } }
        @if !review.held.is_empty() {
            ul { @for held in review.held { li { (held) ": holds in all that was tried" } } }
        }
        (faults(review.broken, ""))
        (cases_section(report))
        @if let Some(PopulationComparison { who, impact, old, new }) = &review.people {
            h2 { "What would change for " (who) }
            (impact_section(impact, old, new))
        }
    };
    page(title, &body)
}

fn faults(faults: &[Defect], none: &str) -> Markup {
    markup! {
        @if faults.is_empty() { p { (none) } }
        @for fault in faults {
            section.case {
                h3 { (fault.rule) }
                p.bad { (fault.what) }
                @if !fault.shown.is_empty() {
                    (shown(&fault.shown))
                } @else if let Some(case) = &fault.case {
                    pre { (case) }
                }
            }
        }
    }
}

/// Cases side by side, a row for each fact.
fn shown(cases: &[CaseView]) -> Markup {
    let names: Vec<&str> = cases.iter().flat_map(|case| &case.facts).map(|(name, _)| name.as_str()).collect();
    let names = names.iter().enumerate().filter(|(at, name)| names.iter().take(*at).all(|other| other != *name));
    let value = |case: &CaseView, name: &str| {
        case.facts
            .iter()
            .find(|(known, _)| known == name)
            .map_or_else(|| "not known".to_owned(), |(_, value)| value.clone())
    };
    markup! {
        table {
            tr { th { "Fact" } @for case in cases { th { "Case on " (case.as_of) } } }
            @for (_, name) in names { tr { td { (name) } @for case in cases { td { (value(case, name)) } } } }
            tr { th { "Decided" } @for case in cases { th { (case.outcome) } } }
        }
    }
}
