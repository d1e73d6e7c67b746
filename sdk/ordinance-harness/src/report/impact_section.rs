//! Who gains and who loses, in total and by group, as charts and tables, and which numbers and conditions of the law do
//! it.

use std::collections::BTreeMap;

use maud::{Markup, html};
use ordinance_domain::provision::Provision;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::Decimal;
use ordinance_pages::charts::{BarFill, BarRow, BarSeries, StackedBarChart};
use ordinance_pages::{fill, grouped, quantity};

use super::amounts_section::{budget_table, publication_notes, spread_table, too_few_sentence};
use super::comparison::{ComparedPeople, PopulationComparison, ServiceTotal, service_totals};
use super::naming::Naming;
use super::tables::{ROWS_MAX, heading, number_column, table, table_below_heading, text_column};
use crate::impact_group::ImpactGroup;
use crate::outcome_change::OutcomeChange;
use crate::population_impact::groups_by_size;
use crate::revision_diff::{CriterionChange, NumberChange, changed_criterion, changed_parameter, value_of};

/// The largest number of bars of one chart. The table beside it has all groups.
const BARS_MAX: usize = 20;

/// The word for a change.
pub(super) fn change_word(naming: &Naming<'_>, change: OutcomeChange) -> &'static str {
    let words = naming.words;
    match change {
        OutcomeChange::Gains => words.gain,
        OutcomeChange::Loses => words.lose,
        OutcomeChange::Otherwise => words.otherwise,
        OutcomeChange::BecomesUndetermined => words.become_open,
        OutcomeChange::BecomesDetermined => words.become_decided,
        OutcomeChange::Same => words.unchanged,
    }
}

/// Who gains and who loses, in total and by group.
pub(super) fn gains_section(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Markup {
    let (words, impact) = (naming.words, comparison.impact);
    let by_service = named(&impact.by_service, |id| naming.service(id));
    let by_place = named(&impact.by_jurisdiction, |code| naming.place(code));
    html! {
        @if impact.unusable > 0 {
            p class="govuk-inset-text" { (fill(words.unusable, &[&impact.unusable.to_string()])) }
        }
        @if impact.open_by_privacy.people > 0 {
            p class="govuk-inset-text" {
                (fill(words.open_by_privacy, &[&impact.open_by_privacy.represented().to_string()]))
            }
        }
        (publication_notes(naming, comparison))
        @match too_few_sentence(naming, comparison) {
            Some(sentence) => p class="govuk-body" { (sentence) },
            None => (all_changes(naming, comparison)),
        }
        @if comparison.people == ComparedPeople::OfFile {
            @let totals = service_totals(comparison);
            (totals_table(naming, &totals))
            (spread_table(naming, comparison, &totals))
            (budget_table(naming, comparison, &totals))
        }
        @if by_service.len() > 1 { (groups(naming, comparison, "by-service", words.by_service, &by_service)) }
        @if !by_place.is_empty() { (groups(naming, comparison, "by-place", words.by_place, &by_place)) }
        @for (at, (fact, by_value)) in impact.by_column.iter().filter(|(_, groups)| !groups.is_empty()).enumerate() {
            @let by_value = named(by_value, |value| naming.fact_value(fact, value));
            (groups(naming, comparison, &format!("by-fact-{at}"), &naming.fact(fact), &by_value))
        }
    }
}

/// Groups with their names in words, in the order of reports.
fn named(groups: &BTreeMap<String, ImpactGroup>, name: impl Fn(&str) -> String) -> Vec<(String, &ImpactGroup)> {
    groups_by_size(groups).into_iter().map(|(key, group)| (name(key), group)).collect()
}

/// The people by the change of their outcome.
fn all_changes(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Markup {
    let (words, all) = (naming.words, &comparison.impact.all);
    let counted = comparison.counted(naming);
    let changes = OutcomeChange::ALL.map(|change| (change, all.count(change)));
    let changed = changes.iter().filter(|(change, count)| *change != OutcomeChange::Same && *count > 0);
    let bar = |(change, count): &(OutcomeChange, u64)| BarRow {
        label: change_word(naming, *change).to_owned(),
        numbers: grouped(&count.to_string()),
        counts: vec![*count],
    };
    let rows: Vec<BarRow> = changed.map(bar).collect();
    let series = [BarSeries { name: counted, fill: BarFill::Solid, is_against: false }];
    let chart = StackedBarChart {
        id: "by-change",
        title: words.chart_of_all,
        description: words.chart_all_description,
        series: &series,
        rows: &rows,
    };
    let row = |(change, count): &(OutcomeChange, u64)| {
        vec![html! { (change_word(naming, *change)) }, html! { (grouped(&count.to_string())) }]
    };
    let rows_of_table: Vec<Vec<Markup>> = changes.iter().map(row).collect();
    html! {
        h3 class="govuk-heading-s" { (words.chart_of_all) }
        @if !rows.is_empty() { (chart.svg()) }
        (table_below_heading(words.chart_of_all, &[text_column(words.change), number_column(counted)], &rows_of_table))
    }
}

fn totals_table(naming: &Naming<'_>, totals: &[ServiceTotal<'_>]) -> Markup {
    let words = naming.words;
    let columns = [
        text_column(words.granted),
        number_column(words.before),
        number_column(words.after),
        number_column(words.difference),
    ];
    let row = |total: &ServiceTotal<'_>| {
        vec![
            html! { (total.title(naming)) },
            html! { (total.amount(naming, total.total.old)) },
            html! { (total.amount(naming, total.total.new)) },
            html! { (total.difference(naming)) },
        ]
    };
    let rows: Vec<Vec<Markup>> = totals.iter().map(row).collect();
    html! { @if !rows.is_empty() { (table(words.totals_caption, &columns, &rows)) } }
}

/// The gains and losses of groups, as a chart and as a table.
fn groups(
    naming: &Naming<'_>,
    comparison: &PopulationComparison<'_>,
    id: &str,
    by: &str,
    groups: &[(String, &ImpactGroup)],
) -> Markup {
    let words = naming.words;
    let title = fill(words.chart_of_group, &[by]);
    let series = [
        BarSeries { name: words.gain, fill: BarFill::Solid, is_against: false },
        BarSeries { name: words.lose, fill: BarFill::Striped, is_against: true },
    ];
    let rows: Vec<BarRow> = charted(groups).into_iter().map(|(name, group)| group_bar(naming, name, group)).collect();
    let chart =
        StackedBarChart { id, title: &title, description: words.chart_description, series: &series, rows: &rows };
    let columns = [
        text_column(words.group),
        number_column(comparison.counted(naming)),
        number_column(words.gain),
        number_column(words.lose),
        number_column(words.otherwise),
        number_column(words.unchanged),
    ];
    let row = |(name, group): &(String, &ImpactGroup)| {
        let [gain, lose, same] =
            [OutcomeChange::Gains, OutcomeChange::Loses, OutcomeChange::Same].map(|of| group.count(of));
        let counts = [group.size(), gain, lose, group.size() - gain - lose - same, same];
        let counts = counts.map(|count| html! { (grouped(&count.to_string())) });
        std::iter::once(html! { (name) }).chain(counts).collect::<Vec<_>>()
    };
    let shown: Vec<Vec<Markup>> = groups.iter().take(ROWS_MAX).map(row).collect();
    html! {
        h3 class="govuk-heading-s" { (title) }
        @if !rows.is_empty() { (chart.svg()) }
        (table_below_heading(&title, &columns, &shown))
        (left_out(naming, groups.len()))
    }
}

fn group_bar(naming: &Naming<'_>, name: &str, group: &ImpactGroup) -> BarRow {
    let counts = [OutcomeChange::Gains, OutcomeChange::Loses].map(|change| group.count(change));
    let [gain, lose] = counts.map(|count| grouped(&count.to_string()));
    let numbers = fill(naming.words.bar_counts, &[&gain, &lose]);
    BarRow { label: name.to_owned(), numbers, counts: counts.to_vec() }
}

/// The groups that a chart shows: those in which somebody gains or loses, and of many those in which most do.
fn charted<'g>(groups: &'g [(String, &'g ImpactGroup)]) -> Vec<(&'g str, &'g ImpactGroup)> {
    let changed = |group: &ImpactGroup| group.count(OutcomeChange::Gains) + group.count(OutcomeChange::Loses);
    let mut counts: Vec<u64> = groups.iter().map(|(_, group)| changed(group)).collect();
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    let least = counts.get(BARS_MAX - 1).copied().unwrap_or_default().max(1);
    let shown = groups.iter().filter(|(_, group)| changed(group) >= least);
    shown.take(BARS_MAX).map(|(name, group)| (name.as_str(), *group)).collect()
}

fn left_out(naming: &Naming<'_>, rows: usize) -> Markup {
    let left_out = rows.saturating_sub(ROWS_MAX);
    html! {
        @if left_out > 0 { p class="govuk-body" { (fill(naming.words.more_rows, &[&left_out.to_string()])) } }
    }
}

/// A number of the law that changes outcomes, in words.
pub(super) struct ToldNumber<'a> {
    pub(super) title: Markup,
    pub(super) was: String,
    pub(super) is: String,
    pub(super) provision: Option<&'a Provision>,
}

impl<'a> ToldNumber<'a> {
    pub(super) fn of(naming: &Naming<'_>, comparison: &PopulationComparison<'a>, change: &NumberChange) -> Self {
        let parameter = changed_parameter(comparison.new, change).or_else(|| changed_parameter(comparison.old, change));
        let unit = parameter.and_then(|parameter| parameter.unit.as_ref());
        let [was, is] = [&change.old, &change.new].map(|text| amount_text(naming, text, unit));
        let dated = parameter.and_then(|parameter| value_of(parameter, &change.new).or(parameter.values.last()));
        Self {
            title: match parameter {
                Some(parameter) => naming.titled(&parameter.titles, &change.parameter),
                None => html! { (change.parameter) },
            },
            was,
            is,
            provision: dated.and_then(|dated| dated.provision.as_ref()),
        }
    }
}

/// A number with its unit; another text as it is.
pub(super) fn amount_text(naming: &Naming<'_>, text: &str, unit: Option<&Unit>) -> String {
    match text.parse::<Decimal>() {
        Ok(_) => quantity(naming.language, &grouped(text), unit, false),
        Err(_) => text.to_owned(),
    }
}

/// Which numbers and conditions of the law change outcomes.
pub(super) fn reasons_section(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Markup {
    let (numbers, criteria) = (comparison.impact.numbers(), comparison.impact.criteria());
    html! {
        @if !(numbers.is_empty() && criteria.is_empty()) {
            (heading("reasons", naming.words.reasons))
            @if !numbers.is_empty() { (numbers_table(naming, comparison, &numbers)) }
            @if !criteria.is_empty() { (criteria_table(naming, comparison, &criteria)) }
        }
    }
}

fn numbers_table(
    naming: &Naming<'_>,
    comparison: &PopulationComparison<'_>,
    numbers: &[(&NumberChange, u64)],
) -> Markup {
    let words = naming.words;
    let columns = [
        text_column(words.number),
        text_column(words.rule),
        text_column(words.article),
        text_column(words.was),
        text_column(words.is),
        number_column(comparison.counted(naming)),
    ];
    let row = |(change, count): &(&NumberChange, u64)| {
        let told = ToldNumber::of(naming, comparison, change);
        vec![
            told.title,
            html! { (naming.rule(&format!("{}/{}", change.jurisdiction, change.service))) },
            cited(naming, told.provision),
            html! { (told.was) },
            html! { (told.is) },
            html! { (grouped(&count.to_string())) },
        ]
    };
    let rows: Vec<Vec<Markup>> = numbers.iter().take(ROWS_MAX).map(row).collect();
    html! { (table(words.numbers_caption, &columns, &rows)) (left_out(naming, numbers.len())) }
}

fn criteria_table(
    naming: &Naming<'_>,
    comparison: &PopulationComparison<'_>,
    criteria: &[(&CriterionChange, u64)],
) -> Markup {
    let words = naming.words;
    let columns = [
        text_column(words.criterion),
        text_column(words.rule),
        text_column(words.article),
        text_column(words.was),
        text_column(words.is),
        number_column(comparison.counted(naming)),
    ];
    let row = |(change, count): &(&CriterionChange, u64)| {
        let known = changed_criterion(comparison.new, change).or_else(|| changed_criterion(comparison.old, change));
        vec![
            known.map_or_else(|| html! { (change.criterion) }, |known| naming.titled(&known.titles, &change.criterion)),
            html! { (naming.rule(&format!("{}/{}", change.jurisdiction, change.service))) },
            cited(naming, known.map(|known| &known.provision)),
            naming.case_word(&change.old),
            naming.case_word(&change.new),
            html! { (grouped(&count.to_string())) },
        ]
    };
    let rows: Vec<Vec<Markup>> = criteria.iter().take(ROWS_MAX).map(row).collect();
    html! { (table(words.criteria_caption, &columns, &rows)) (left_out(naming, criteria.len())) }
}

/// An article, or that there is none.
pub(super) fn cited(naming: &Naming<'_>, provision: Option<&Provision>) -> Markup {
    provision.map_or_else(|| html! { (naming.words.none) }, |provision| naming.provision(provision))
}
