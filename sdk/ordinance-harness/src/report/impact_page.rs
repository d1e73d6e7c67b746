//! The page of the impact of a new rulebook on people.

use std::collections::BTreeMap;

use maud::{Markup, html as markup};
use ordinance_engine::Rulebook;

use super::page::page;
use crate::population_impact::{ImpactGroup, PopulationImpact, groups_by_size};
use crate::revision_diff::{OutcomeChange, criterion_article};

/// The largest number of rows of one table.
const ROWS_MAX: usize = 200;

/// The impact as one HTML file, which needs no network. The page shows `command`, which makes it again. Articles of
/// criteria come from the new rulebook or, if it lacks the criterion, from the old one.
#[must_use]
pub fn impact_html(impact: &PopulationImpact, command: &str, old: &Rulebook, new: &Rulebook) -> String {
    let title = format!("What would change for {} people", impact.all.size());
    let body = markup! {
        h1 { (impact.changed()) " of " (impact.all.size()) " people have a different outcome" }
        p.quiet { "From the rulebook " code { (old.digest().hex()) } " to " code { (new.digest().hex()) } ", by " code { (command) } "." }
        (impact_section(impact, old, new))
    };
    page(&title, &body)
}

/// The people who gain or lose, in total and by group, and the criteria whose findings change.
pub(super) fn impact_section(impact: &PopulationImpact, old: &Rulebook, new: &Rulebook) -> Markup {
    markup! {
        @if impact.unusable > 0 {
            p.bad { (impact.unusable) " cases can't be decided by one of the rulebooks. No number includes them." }
        }
        table {
            tr { th { "Change" } th { "People" } th {} }
            @for change in OutcomeChange::ALL {
                tr { td { (change.as_str()) } td { (impact.all.count(change)) } td { (bar(change, &impact.all)) } }
            }
        }
        (totals(&impact.all))
        (criteria(impact, old, new))
        (numbers(impact))
        (groups("By place", &impact.by_jurisdiction))
        @for (fact, by_value) in &impact.by_fact { (groups(&format!("By {fact}"), by_value)) }
    }
}

fn totals(group: &ImpactGroup) -> Markup {
    markup! {
        @if !group.totals.is_empty() {
            table {
                tr { th { "Granted in all" } th { "Old" } th { "New" } th { "Difference" } }
                @for (name, total) in &group.totals {
                    tr { td { code { (name) } } td { (total.old) } td { (total.new) } td { (total.new - total.old) } }
                }
            }
        }
    }
}

fn numbers(impact: &PopulationImpact) -> Markup {
    let numbers = impact.numbers();
    markup! {
        @if !numbers.is_empty() {
            h2 { "The numbers that change the outcomes" }
            table {
                tr { th { "Place" } th { "Number" } th { "Was" } th { "Is" } th { "People" } }
                @for (number, count) in numbers.into_iter().take(ROWS_MAX) {
                    tr {
                        td { (number.jurisdiction) }
                        td { code { (number.parameter) } }
                        td { (number.old) }
                        td { (number.new) }
                        td { (count) }
                    }
                }
            }
        }
    }
}

fn criteria(impact: &PopulationImpact, old: &Rulebook, new: &Rulebook) -> Markup {
    let criteria = impact.criteria();
    markup! {
        @if !criteria.is_empty() {
            h2 { "The criteria that change the outcomes" }
            table {
                tr { th { "Place" } th { "Criterion" } th { "Article" } th { "Was" } th { "Is" } th { "People" } }
                @for (change, count) in criteria.into_iter().take(ROWS_MAX) {
                    @let article = criterion_article(new, change).or_else(|| criterion_article(old, change));
                    tr {
                        td { (change.jurisdiction) }
                        td { (article.as_ref().map_or(change.criterion.as_str(), |(title, _)| title.as_str())) }
                        td { @if let Some((_, at)) = &article { (at) } }
                        td { (change.old) }
                        td { (change.new) }
                        td { (count) }
                    }
                }
            }
        }
    }
}

fn groups(title: &str, groups: &BTreeMap<String, ImpactGroup>) -> Markup {
    let left_out = groups.len().saturating_sub(ROWS_MAX);
    markup! {
        h2 { (title) }
        table {
            tr { th {} th { "People" } th { "Gain" } th { "Lose" } th {} th { "Granted: old" } th { "New" } }
            @for (name, group) in groups_by_size(groups).into_iter().take(ROWS_MAX) {
                tr {
                    td { (name) }
                    td { (group.size()) }
                    td { (group.count(OutcomeChange::Gains)) }
                    td { (group.count(OutcomeChange::Loses)) }
                    td { (stack(group)) }
                    td { @for total in group.totals.values() { (total.old) " " } }
                    td { @for total in group.totals.values() { (total.new) " " } }
                }
            }
        }
        @if left_out > 0 { p.quiet { (left_out) " more rows are in the output of `--json`." } }
    }
}

fn color(change: OutcomeChange) -> &'static str {
    match change {
        OutcomeChange::Gains => "#2a7",
        OutcomeChange::Loses => "#c33",
        OutcomeChange::Otherwise => "#96c",
        OutcomeChange::BecomesUndetermined => "#b80",
        OutcomeChange::BecomesDetermined => "#48c",
        OutcomeChange::Same => "#ccc",
    }
}

/// A share in thousandths of a whole.
fn share(part: u64, whole: u64) -> u64 {
    (part * 1000).checked_div(whole).unwrap_or_default()
}

fn bar(change: OutcomeChange, group: &ImpactGroup) -> Markup {
    let width = share(group.count(change), group.size());
    markup! { svg width="200" height="12" viewBox="0 0 1000 12" preserveAspectRatio="none" { rect width=(width) height="12" fill=(color(change)) {} } }
}

/// A stacked bar of all changes of a group.
fn stack(group: &ImpactGroup) -> Markup {
    let mut from = 0;
    let mut parts = Vec::new();
    for change in OutcomeChange::ALL {
        let width = share(group.count(change), group.size());
        parts.push((from, width, color(change)));
        from += width;
    }
    markup! {
        svg width="200" height="12" viewBox="0 0 1000 12" preserveAspectRatio="none" {
            @for (from, width, color) in parts { rect x=(from) width=(width) height="12" fill=(color) {} }
        }
    }
}
