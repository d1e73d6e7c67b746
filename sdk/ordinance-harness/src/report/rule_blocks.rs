//! The rules of a report one by one: those that fail are open, those that pass are folded.

use maud::{Markup, html};
use ordinance_pages::charts::{BarFill, BarRow, BarSeries, StackedBarChart};
use ordinance_pages::{day, fill};

use super::failures::failures_of;
use super::naming::Naming;
use super::rule_results::RuleResults;
use super::tables::{bullets, heading, number_column, table, table_below_heading, text_column};
use crate::coverage::RuleCoverage;

/// The largest number of bars of one chart.
const BARS_MAX: usize = 20;

/// The rules that fail, each open, with all that fails.
pub(super) fn failing_rules(naming: &Naming<'_>, all: &[RuleResults<'_>]) -> Markup {
    html! {
        @for results in all.iter().filter(|results| results.failures() > 0) {
            details class="govuk-details app-folded" open data-rule=(results.path) {
                summary class="govuk-details__summary" {
                    span class="govuk-details__summary-text" { (summary_line(naming, results)) }
                }
                (failures_of(naming, results))
                details class="govuk-details app-folded" {
                    summary class="govuk-details__summary" {
                        span class="govuk-details__summary-text" { (naming.words.more_of_rule) }
                    }
                    (what_else(naming, results))
                }
            }
        }
    }
}

/// The rules that pass, each folded.
pub(super) fn passing_rules(naming: &Naming<'_>, all: &[RuleResults<'_>]) -> Markup {
    let words = naming.words;
    let passing: Vec<&RuleResults<'_>> = all.iter().filter(|results| results.failures() == 0).collect();
    html! {
        (heading("holds", words.what_holds))
        @if passing.is_empty() { p class="govuk-body" { (words.no_rule_passes) } }
        @else { p class="govuk-body" { (words.unfold) } }
        @for results in passing {
            details class="govuk-details app-folded" data-rule=(results.path) {
                summary class="govuk-details__summary" {
                    span class="govuk-details__summary-text" { (summary_line(naming, results)) }
                }
                (what_else(naming, results))
            }
        }
    }
}

/// A rule in one line: what it is, how many fail, how many cases pass, how much is covered.
fn summary_line(naming: &Naming<'_>, results: &RuleResults<'_>) -> String {
    let words = naming.words;
    let mut parts = Vec::new();
    let passed = results.passed();
    if results.failures() > 0 {
        parts.push(fill(words.fails_of_rule, &[&results.failures().to_string()]));
    }
    if passed.whole > 0 {
        parts.push(fill(words.cases_of_rule, &[&passed.part.to_string(), &passed.whole.to_string()]));
    }
    if let Some(covered) = results.covered() {
        parts.push(fill(words.covered, &[&covered.percent().to_string()]));
    }
    let rule = naming.rule(&results.path);
    if parts.is_empty() { rule } else { naming.language.bracketed(&rule, &naming.language.listed(&parts)) }
}

/// What holds of a rule, and what its cases cover.
fn what_else(naming: &Naming<'_>, results: &RuleResults<'_>) -> Markup {
    let words = naming.words;
    let held: Vec<Markup> = results.held.iter().map(|held| html! { (name_of(held)) }).collect();
    html! {
        p class="govuk-body" { code { (results.path) } }
        @if !held.is_empty() {
            h3 class="govuk-heading-s" { (words.holds) }
            (bullets(&held))
        }
        @for coverage in &results.coverage { (coverage_markup(naming, coverage)) }
    }
}

/// The name of a property of `CODE/SERVICE VERSION: NAME`.
fn name_of(held: &str) -> &str {
    held.split_once(": ").map_or(held, |(_, name)| name)
}

/// What the cases cover of one version of a rule.
fn coverage_markup(naming: &Naming<'_>, rule: &RuleCoverage) -> Markup {
    let words = naming.words;
    let covered = rule.covered();
    let [version, part, whole] = [rule.head.version.clone(), covered.part.to_string(), covered.whole.to_string()];
    let [eligible, ineligible, undetermined] = rule.answers.map(|count| count.to_string());
    html! {
        h3 class="govuk-heading-s" { (fill(words.version, &[&version, &part, &whole])) }
        p class="govuk-body" { (words.coverage_lead) }
        p class="govuk-body" { (fill(words.answers_of_rule, &[&eligible, &ineligible, &undetermined])) }
        (criteria_table(naming, rule))
        (numbers_table(naming, rule))
    }
}

fn criteria_table(naming: &Naming<'_>, rule: &RuleCoverage) -> Markup {
    let words = naming.words;
    let columns = [
        text_column(words.criterion),
        text_column(words.article),
        number_column(words.satisfied),
        number_column(words.not_satisfied),
        number_column(words.unknown),
    ];
    let rows = rule.criteria().map(|(criterion, counts)| {
        let counts = counts.map(|count| match count {
            0 => html! { strong { (words.not_covered) } },
            count => html! { (count) },
        });
        let criterion =
            [naming.titled(&criterion.titles, criterion.id.as_str()), naming.provision(&criterion.provision)];
        criterion.into_iter().chain(counts).collect()
    });
    let rows: Vec<Vec<Markup>> = rows.collect();
    html! { @if !rows.is_empty() { (table(words.criteria_coverage, &columns, &rows)) } }
}

fn numbers_table(naming: &Naming<'_>, rule: &RuleCoverage) -> Markup {
    let words = naming.words;
    let columns = [
        text_column(words.number),
        text_column(words.value),
        text_column(words.from_day),
        text_column(words.below),
        text_column(words.above),
    ];
    let rows = rule.numbers().map(|number| {
        let sides = [number.from_below, number.from_above].map(|is_covered| match is_covered {
            true => html! { (words.yes) },
            false => html! { strong { (words.not_covered) } },
        });
        let parameters = &rule.head.parameters;
        let parameter =
            parameters.iter().find(|parameter| number.name.split('.').next() == Some(parameter.name.as_str()));
        let title =
            parameter.map_or_else(|| html! { (number.name) }, |known| naming.titled(&known.titles, &number.name));
        let title = html! { (title) @if number.name.contains('.') { (naming.language.bracketed("", &number.name)) } };
        let from = day(naming.language, &number.from.to_string());
        [title, html! { (number.value) }, html! { (from) }].into_iter().chain(sides).collect()
    });
    let rows: Vec<Vec<Markup>> = rows.collect();
    html! { @if !rows.is_empty() { (table(words.numbers_coverage, &columns, &rows)) } }
}

/// The cases that pass and fail of each rule, as a chart and as a table.
pub(super) fn cases_section(naming: &Naming<'_>, all: &[RuleResults<'_>]) -> Markup {
    let words = naming.words;
    let mut tested: Vec<&RuleResults<'_>> = all.iter().filter(|results| !results.cases.is_empty()).collect();
    // The rules with the most cases that fail come first.
    tested.sort_by_key(|results| std::cmp::Reverse(results.failed_cases().count()));
    let counts = |results: &RuleResults<'_>| [results.passed().part, results.failed_cases().count()];
    let row = |results: &&RuleResults<'_>| {
        let [passed, failed] = counts(results);
        BarRow {
            label: naming.rule(&results.path),
            numbers: fill(words.pass_counts, &[&passed.to_string(), &failed.to_string()]),
            counts: [passed, failed].map(|count| count as u64).to_vec(),
        }
    };
    let bars: Vec<BarRow> = tested.iter().take(BARS_MAX).map(row).collect();
    let series = [
        BarSeries { name: words.passed, fill: BarFill::Solid, is_against: false },
        BarSeries { name: words.failed, fill: BarFill::Striped, is_against: false },
    ];
    let chart = StackedBarChart {
        id: "cases-by-rule",
        title: words.chart_of_cases,
        description: words.chart_cases_description,
        series: &series,
        rows: &bars,
    };
    let columns =
        [text_column(words.rule), number_column(words.cases), number_column(words.passed), number_column(words.failed)];
    let rows = tested.iter().map(|results| {
        let [passed, failed] = counts(results);
        let numbers = [passed + failed, passed, failed].map(|count| html! { (count) });
        std::iter::once(html! { (naming.rule(&results.path)) }).chain(numbers).collect()
    });
    let rows: Vec<Vec<Markup>> = rows.collect();
    html! {
        @if !rows.is_empty() {
            (heading("cases", words.by_rule))
            (chart.svg())
            (table_below_heading(words.by_rule, &columns, &rows))
        }
    }
}
