//! What fails: where it is, what was expected, and how to mend it.

use maud::{Markup, html};
use ordinance_pages::{day, fill};

use super::impact_section::amount_text;
use super::naming::Naming;
use super::rule_results::RuleResults;
use super::tables::{summary_list, table, text_column};
use super::test_report::{CaseView, Defect, TestRecord};
use crate::test_result::{DifferingPart, Reason, TestFailure, TestResult};

/// The word in a case for an outcome that only the law can give.
const UNKNOWN_OUTCOME: &str = "REPLACE";

/// All that fails of one rule.
pub(super) fn failures_of(naming: &Naming<'_>, results: &RuleResults<'_>) -> Markup {
    html! {
        @for case in results.failed_cases() { (failed_case(naming, results, case)) }
        @for (number, defect) in (1..).zip(&results.defects) { (defect_markup(naming, results, defect, number)) }
        @for defect in &results.broken { (broken_property(naming, defect)) }
    }
}

/// One failure: its title, where it is and what else is said of it, and what shows it.
pub(super) fn failure(title: &Markup, said: &[(&str, Markup)], shown: &Markup) -> Markup {
    html! {
        div class="app-failed" {
            h3 class="govuk-heading-s" { (title) }
            (summary_list(said))
            (shown)
        }
    }
}

fn failed_case(naming: &Naming<'_>, results: &RuleResults<'_>, case: &TestRecord) -> Markup {
    let words = naming.words;
    let place = (words.where_it_is, html! { code { (case.location) } });
    let title = html! { (case.name) };
    let facts = facts_table(naming, &case.facts);
    match &case.result {
        TestResult::Passed => html! {},
        TestResult::Unusable(reason) => {
            let said = [
                place,
                (words.problem, naming.in_english(reason)),
                (words.what_was_expected, html! { (words.expect_decided_case) }),
                (words.how_to_mend, html! { (words.mend_unusable) }),
            ];
            failure(&title, &said, &facts)
        }
        TestResult::Failed(failed) => {
            let rule = if naming.has_rule(&results.path) { &results.path } else { "CODE/SERVICE" };
            let command = format!("ordinance trace {rule} --case {}", shell_word(&case.name));
            let said = [
                place,
                (words.what_was_expected, expected(naming, results, failed)),
                (words.how_to_mend, html! { (words.mend_case) " " code { (command) } }),
            ];
            let shown = html! {
                (differences_table(naming, results, failed))
                (reasons_table(naming, failed))
                (told_values(naming, failed))
                (facts)
            };
            failure(&title, &said, &shown)
        }
    }
}

/// What a case expected, in one line.
fn expected(naming: &Naming<'_>, results: &RuleResults<'_>, failed: &TestFailure) -> Markup {
    html! {
        @for (at, difference) in failed.differences.iter().enumerate() {
            @if at > 0 { (naming.language.pick("；", "; ")) }
            (part_word(naming, &results.path, &difference.part)) (naming.language.pick("：", ": "))
            (told(naming, &results.path, &difference.part, &difference.expected))
        }
    }
}

/// The value of a part in words: an amount with its unit.
fn told(naming: &Naming<'_>, rule: &str, part: &DifferingPart, value: &str) -> Markup {
    match part {
        DifferingPart::Grant(field) => {
            let unit = naming.grant_field(rule, field).and_then(|field| field.unit.as_ref());
            naming.case_word(&amount_text(naming, value, unit))
        }
        DifferingPart::Outcome
        | DifferingPart::Missing
        | DifferingPart::Finding(_)
        | DifferingPart::Intermediate(_)
        | DifferingPart::Withheld
        | DifferingPart::Violations
        | DifferingPart::Ruling(_)
        | DifferingPart::RulingCriterion(_)
        | DifferingPart::Obligations(_) => naming.case_word(value),
    }
}

fn part_word(naming: &Naming<'_>, rule: &str, part: &DifferingPart) -> String {
    let words = naming.words;
    match part {
        DifferingPart::Outcome => words.outcome.to_owned(),
        DifferingPart::Grant(name) => {
            let field = naming.grant_field(rule, name);
            field.map_or_else(|| fill(words.grant_of, &[name]), |field| naming.plain(&field.titles, name))
        }
        DifferingPart::Missing => words.missing_facts.to_owned(),
        DifferingPart::Finding(criterion) => fill(words.finding_on, &[&naming.criterion(rule, criterion)]),
        DifferingPart::Intermediate(value) => fill(words.intermediate_of, &[value]),
        DifferingPart::Withheld => words.withheld_facts.to_owned(),
        DifferingPart::Violations => words.violations.to_owned(),
        DifferingPart::Ruling(fact) => fill(words.ruling_on, &[&naming.fact(fact)]),
        DifferingPart::RulingCriterion(fact) => fill(words.ruling_criterion, &[&naming.fact(fact)]),
        DifferingPart::Obligations(fact) => fill(words.obligations_of, &[&naming.fact(fact)]),
    }
}

fn differences_table(naming: &Naming<'_>, results: &RuleResults<'_>, failed: &TestFailure) -> Markup {
    let words = naming.words;
    let columns = [text_column(words.part), text_column(words.expected), text_column(words.decided)];
    let rows = failed.differences.iter().map(|difference| {
        vec![
            html! { (part_word(naming, &results.path, &difference.part)) },
            told(naming, &results.path, &difference.part, &difference.expected),
            html! { strong { (told(naming, &results.path, &difference.part, &difference.decided)) } },
        ]
    });
    table(words.differences_caption, &columns, &rows.collect::<Vec<_>>())
}

fn reasons_table(naming: &Naming<'_>, failed: &TestFailure) -> Markup {
    let words = naming.words;
    let columns =
        [text_column(words.criterion), text_column(words.status), text_column(words.article), text_column(words.place)];
    let row = |reason: &Reason| {
        vec![
            html! {
                (naming.titled(&reason.titles, &reason.criterion))
                @if let Some(item) = &reason.item { (naming.language.bracketed("", item)) }
            },
            naming.case_word(reason.status),
            html! { @if let Some(provision) = &reason.provision { (naming.provision(provision)) } },
            html! { (naming.place(&reason.jurisdiction)) },
        ]
    };
    let rows: Vec<Vec<Markup>> = failed.reasons.iter().map(row).collect();
    html! { @if !rows.is_empty() { (table(words.why_so, &columns, &rows)) } }
}

/// What else explains the decision.
fn told_values(naming: &Naming<'_>, failed: &TestFailure) -> Markup {
    let words = naming.words;
    let columns = [text_column(words.part), text_column(words.value), text_column(words.place)];
    let rows = failed.intermediates.iter().map(|told| {
        let value = told.value.as_deref().or(told.instead);
        vec![
            naming.titled(&told.titles, &told.name),
            value.map_or_else(|| html! { (words.not_known) }, |value| naming.case_word(value)),
            html! { (naming.place(&told.jurisdiction)) },
        ]
    });
    let rows: Vec<Vec<Markup>> = rows.collect();
    let sentences = failed.failed_rules.iter().chain(&failed.not_in_force).cloned();
    let sentences = sentences.chain(failed.withheld.iter().map(ToString::to_string));
    html! {
        @for sentence in sentences { p class="govuk-body" { (naming.in_english(&sentence)) } }
        @if !rows.is_empty() { (table(words.intermediates_caption, &columns, &rows)) }
    }
}

fn facts_table(naming: &Naming<'_>, facts: &[(String, String)]) -> Markup {
    let words = naming.words;
    let row = |(name, value): &(String, String)| {
        vec![html! { (naming.fact(name)) }, html! { (naming.fact_value(name, value)) }]
    };
    let rows: Vec<Vec<Markup>> = facts.iter().map(row).collect();
    let columns = [text_column(words.fact), text_column(words.value)];
    html! { @if !rows.is_empty() { (table(words.facts_of_case, &columns, &rows)) } }
}

fn defect_markup(naming: &Naming<'_>, results: &RuleResults<'_>, defect: &Defect, number: u32) -> Markup {
    let words = naming.words;
    let mend = match defect.case_file {
        Some(_) => {
            let file = format!("{}/cases/found-{number}.toml", results.path);
            fill(words.mend_search, &[&file, UNKNOWN_OUTCOME])
        }
        None => words.mend_unusable.to_owned(),
    };
    defect_failure(naming, defect, words.expect_sound, &mend)
}

fn broken_property(naming: &Naming<'_>, defect: &Defect) -> Markup {
    defect_failure(naming, defect, naming.words.expect_property, naming.words.mend_property)
}

fn defect_failure(naming: &Naming<'_>, defect: &Defect, expected: &str, mend: &str) -> Markup {
    let words = naming.words;
    let said = [
        (words.where_it_is, html! { code { (defect.rule) } }),
        (words.problem, naming.in_english(&defect.what)),
        (words.what_was_expected, html! { (expected) }),
        (words.how_to_mend, html! { (mend) }),
    ];
    let title = match defect.rule.split_once(' ') {
        Some((path, version)) => naming.language.bracketed(&naming.rule(path), version),
        None => naming.rule(&defect.rule),
    };
    failure(
        &html! { (title) },
        &said,
        &html! {
            (case_views(naming, &defect.views))
            @if let Some(case) = &defect.case_file {
                details class="govuk-details" {
                    summary class="govuk-details__summary" {
                        span class="govuk-details__summary-text" { (words.case_file) }
                    }
                    pre class="app-code" tabindex="0" lang="en" { (case) }
                }
            }
        },
    )
}

/// Cases side by side, with a row for each fact.
fn case_views(naming: &Naming<'_>, cases: &[CaseView]) -> Markup {
    let words = naming.words;
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in cases.iter().flat_map(|case| &case.facts) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let headings: Vec<String> =
        cases.iter().map(|case| fill(words.case_on, &[&day(naming.language, &case.as_of)])).collect();
    let columns: Vec<_> =
        std::iter::once(text_column(words.fact)).chain(headings.iter().map(|heading| text_column(heading))).collect();
    let row = |name: &&str| {
        let values = cases.iter().map(|case| html! { (value_of(naming, case, name)) });
        std::iter::once(html! { (naming.fact(name)) }).chain(values).collect::<Vec<Markup>>()
    };
    let mut rows: Vec<Vec<Markup>> = names.iter().map(row).collect();
    let outcomes = cases.iter().map(|case| html! { strong { (naming.case_word(&case.outcome)) } });
    rows.push(std::iter::once(html! { strong { (words.decided) } }).chain(outcomes).collect());
    html! { @if !cases.is_empty() { (table(words.cases_caption, &columns, &rows)) } }
}

fn value_of(naming: &Naming<'_>, case: &CaseView, name: &str) -> String {
    let value = case.facts.iter().find(|(known, _)| known == name);
    value.map_or_else(|| naming.words.not_known.to_owned(), |(_, value)| naming.fact_value(name, value))
}

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_/.".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_a_shell() {
        for (name, word) in
            [("grade-1", "grade-1"), ("two words", "'two words'"), ("it's; rm", "'it'\\''s; rm'"), ("", "''")]
        {
            assert_eq!(shell_word(name), word);
        }
    }
}
