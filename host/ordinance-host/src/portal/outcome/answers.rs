//! What the person answered, what nobody asked and why, and the papers that prove the answers.

use maud::{Markup, html};
use ordinance_domain::contract::EligibleMeaning;
use ordinance_domain::decision::Outcome;
use ordinance_domain::fact::Fact;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::ApplicableLaw;
use serde_json::Value;

use super::super::case_page::CasePage;
use super::super::values::answer_text;
use crate::pages::parts::{folded, row, titled, titled_or};

/// What was asked, in its order.
fn asked(shown: &CasePage<'_>) -> Vec<FieldName> {
    shown.form.asked.iter().filter_map(|path| FieldName::path(path).ok()).collect()
}

/// What the person answered, each with a button to change it.
pub(super) fn answers(shown: &CasePage<'_>) -> Markup {
    let (words, language) = (shown.words(), shown.language());
    let asked = asked(shown);
    if asked.is_empty() {
        return html! {};
    }
    html! {
        h2 class="govuk-heading-m" { (words.your_answers) }
        dl class="govuk-summary-list" {
            @for path in &asked {
                div class="govuk-summary-list__row" {
                    dt class="govuk-summary-list__key" { (shown.path_title(path)) }
                    dd class="govuk-summary-list__value" {
                        @match shown.fact_at(path).zip(shown.form.answer(path)) {
                            Some((fact, value)) => (answer_text(fact, value, language)),
                            None => (words.left_open),
                        }
                    }
                    dd class="govuk-summary-list__actions" { (shown.ask_again(path, words.change)) }
                }
            }
        }
    }
}

/// The facts of the service that nobody was asked for, with the reason.
pub(super) fn not_asked(shown: &CasePage<'_>, law: &ApplicableLaw<'_>, decision: &RedactedDecision<'_>) -> Markup {
    let (words, language) = (shown.words(), shown.language());
    let read = law.facts_read();
    let withheld: Vec<&FieldName> = decision.withheld().map(|ruled| &ruled.fact).collect();
    let asked = asked(shown);
    let open = decision.outcome().missing_facts();
    let reason = |fact: &Fact| match () {
        () if asked.iter().any(|path| path.fact_name() == fact.name.as_str()) => None,
        () if !read.iter().any(|read| read.name == fact.name) => Some(words.not_read_here),
        () if withheld.contains(&&fact.name) => Some(words.not_allowed),
        // What is still open stands above.
        () if open.iter().any(|path| fact.name.is(path)) => None,
        () => Some(words.cannot_change),
    };
    let facts: Vec<(&Fact, &str)> =
        shown.asked.contract.facts.iter().filter_map(|fact| Some((fact, reason(fact)?))).collect();
    let list = html! {
        dl class="govuk-summary-list" {
            @for (fact, reason) in &facts {
                (row(&titled_or(&fact.titles, language, fact.name.as_str()), &html! { (reason) }))
            }
        }
    };
    if facts.is_empty() {
        html! {}
    } else {
        folded(words.not_asked, &list)
    }
}

/// The papers that prove what was answered, each once: of what holds, and where there is something to prove it for.
pub(super) fn papers_to_bring(shown: &CasePage<'_>, decision: &RedactedDecision<'_>) -> Markup {
    if *decision.outcome() == Outcome::Ineligible {
        return html! {};
    }
    let words = shown.words();
    let is_liability = decision.contract().eligible == EligibleMeaning::Liability;
    let heading = if is_liability { words.papers_kept } else { words.papers_to_bring };
    let holds = |path: &&FieldName| shown.form.answer(path).is_some_and(|value| *value != Value::Bool(false));
    let mut papers = Vec::new();
    for path in asked(shown).iter().filter(holds) {
        let evidence = shown.fact_at(path).map(|fact| &fact.guidance.evidence);
        papers.extend(evidence.filter(|evidence| !evidence.is_empty() && !papers.contains(evidence)));
    }
    html! {
        @if !papers.is_empty() {
            h2 class="govuk-heading-m" { (heading) }
            ul class="govuk-list govuk-list--bullet" {
                @for paper in papers { li { (titled(paper, shown.language()).unwrap_or_default()) } }
            }
        }
    }
}
