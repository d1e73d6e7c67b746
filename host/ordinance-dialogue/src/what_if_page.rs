//! What would change it: for each answer that a person can change, the nearest one that turns the outcome.

use maud::{Markup, html};
use ordinance_domain::decision::Outcome;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::counterfactuals::{Counterfactual, Counterfactuals};

use crate::case_page::CasePage;
use crate::values::{answer_text, assumed_text};
use crate::verdict::{grant_lines, granted_by, verdict_words};

/// The page of what would change an outcome.
pub fn what_if_page(shown: &CasePage<'_>, decision: &RedactedDecision<'_>, found: &Counterfactuals) -> String {
    let words = shown.words();
    let text = match &found.found[..] {
        _ if decision.is_redacted() => words.what_if_withheld,
        _ if decision.outcome().open().is_some() => words.what_if_open,
        [] if found.is_incomplete => words.what_if_unfinished,
        [] => words.what_if_nothing,
        _ => words.what_if_text,
    };
    shown.page(
        words.what_if,
        &html! {
            h1 class="govuk-heading-l" { (words.what_if) }
            p class="govuk-body" { (text) }
            @if !found.found.is_empty() {
                ul class="govuk-list govuk-list--spaced" {
                    @for one in &found.found { li { (sentence(shown, one)) } }
                }
                p class="govuk-body" { (words.what_if_one_by_one) }
                @if found.is_incomplete { p class="govuk-body" { (words.what_if_cut_short) } }
            }
        },
    )
}

/// `If “Income” were 599.99 yuan a month (now: 700.00 yuan a month): you get 300.00 yuan a month`
fn sentence(shown: &CasePage<'_>, found: &Counterfactual) -> Markup {
    let (words, language, contract) = (shown.words(), shown.language(), &shown.asked.contract);
    let now = shown.fact_at(&found.path).zip(shown.form.answer(&found.path));
    html! {
        strong { (shown.path_title(&found.path)) }
        br;
        @if let Some((fact, value)) = now {
            (words.what_if_now) (answer_text(fact, value, language)) br;
            (words.what_if_then) (assumed_text(fact, &found.value, language)) br;
        }
        @match &found.outcome {
            Outcome::Undetermined(_) => (words.what_if_depends),
            outcome => (verdict_words(contract, outcome, language)),
        }
        @for text in granted_by(&found.outcome).map(|grant| grant_lines(contract, grant, language)).unwrap_or_default() {
            " " strong { (text) }
        }
    }
}
