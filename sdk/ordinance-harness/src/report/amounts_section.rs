//! How the changes of amounts are spread over people, what a budget allows, and what isn't published.

use maud::{Markup, html};
use ordinance_domain::value::Decimal;
use ordinance_pages::{fill, grouped};

use super::comparison::{PopulationComparison, ServiceTotal};
use super::naming::Naming;
use super::tables::{number_column, table, text_column};
use crate::difference_spread::Quantile;
use crate::published_impact::PublishedExtent;

/// What is joined, left out or looked for in a sample.
pub(super) fn publication_notes(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Markup {
    let (words, impact) = (naming.words, comparison.impact);
    let rows: u64 = impact.all.people.values().map(|people| people.people).sum();
    let number = |count: u64| grouped(&count.to_string());
    let smallest = comparison.published.filter(|published| published.smallest_cell > 1);
    html! {
        @if rows != impact.all.size() {
            p class="govuk-inset-text" { (fill(words.rows_stand_for, &[&number(rows), &number(impact.all.size())])) }
        }
        @if let Some(published) = smallest {
            p class="govuk-inset-text" {
                (fill(words.small_cells, &[&published.smallest_cell.to_string()]))
                @if published.joins_changes { " " (words.joined_changes) }
            }
        }
        @if impact.is_explained_by_sample() && impact.explained.people > 0 {
            p class="govuk-inset-text" {
                (fill(words.explained_by_sample, &[&number(impact.explained.people), &number(impact.all.changed().people)]))
            }
        }
    }
}

/// In one sentence that fewer people are affected, or aren't, than may be told; `None` if more is told.
pub(super) fn too_few_sentence(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Option<String> {
    let published = comparison.published?;
    let smallest = published.smallest_cell.to_string();
    match published.extent {
        PublishedExtent::All => None,
        PublishedExtent::Totals => Some(fill(naming.words.few_unchanged, &[&smallest])),
        PublishedExtent::Nothing => Some(fill(naming.words.few_changed, &[&smallest])),
    }
}

/// The quantiles of the differences, for each field of which enough people have one.
pub(super) fn spread_table(
    naming: &Naming<'_>,
    comparison: &PopulationComparison<'_>,
    totals: &[ServiceTotal<'_>],
) -> Markup {
    let words = naming.words;
    let smallest_side = comparison.published.map_or(1, |published| published.smallest_cell);
    let mut rows: Vec<Vec<Markup>> = Vec::new();
    for total in totals {
        let quantiles: Vec<Quantile> = total.total.differences.quantiles(smallest_side);
        for quantile in quantiles {
            rows.push(vec![
                html! { (total.title(naming)) },
                html! { (fill(words.percent_at_most, &[&quantile.percent.to_string()])) },
                html! { (total.signed_amount(naming, quantile.value)) },
            ]);
        }
    }
    let columns = [text_column(words.granted), text_column(words.share_of_changed), number_column(words.difference)];
    html! { @if !rows.is_empty() { (table(words.spread_caption, &columns, &rows)) } }
}

/// What of each budget is used, before and after.
pub(super) fn budget_table(
    naming: &Naming<'_>,
    comparison: &PopulationComparison<'_>,
    totals: &[ServiceTotal<'_>],
) -> Markup {
    let words = naming.words;
    let mut rows: Vec<Vec<Markup>> = Vec::new();
    for budget in comparison.budgets {
        // A budget is for all services that grant the field.
        let Some(sum) = comparison.impact.all.totals.get(&budget.field) else { continue };
        let Some(total) = totals.iter().find(|total| total.name == budget.field) else { continue };
        let used = |amount: Decimal| budget.percent_used(amount).map_or_else(String::new, |used| format!("{used} %"));
        rows.push(vec![
            html! { (total.field_title(naming)) },
            html! { (total.amount(naming, budget.amount)) },
            html! { (used(sum.old)) },
            html! { (used(sum.new)) },
            html! { (total.signed_amount(naming, budget.amount.saturating_sub(sum.new))) },
        ]);
    }
    let columns = [
        text_column(words.granted),
        number_column(words.budget),
        number_column(words.before),
        number_column(words.after),
        number_column(words.left_of_budget),
    ];
    html! { @if !rows.is_empty() { (table(words.budget_caption, &columns, &rows)) } }
}
