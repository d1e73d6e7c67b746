//! The outcome of a case in plain words: what the law gives, from which level and why, what was and what wasn't asked,
//! and who was allowed to see what.

mod answers;
mod levels;
mod privacy;

use maud::{Markup, html};
use ordinance_domain::decision::Outcome;
use ordinance_domain::guidance::application_point;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::ApplicableLaw;
use ordinance_pages::{CodeKind, code_words, fill, written_day};

use self::answers::{answers, not_asked, papers_to_bring};
use self::levels::levels;
use self::privacy::privacy;
use crate::case_page::CasePage;
use crate::elsewhere_page::neighbours;
use crate::login_forms::{sign_in_form, sign_out_form};
use crate::parts::{chain_of, place_name, titled_or};
use crate::place_and_service::{objecting, where_to_apply};
use crate::verdict::{grant_lines, granted, verdict_words};

/// Whether a person can have the case decided officially.
pub enum OfficialOffer<'a> {
    /// This host signs nobody in.
    None,
    /// After signing in.
    SignIn,
    /// At once. The ticket is good for one decision, so that one press of a button makes one.
    Decide { form_token: &'a str, ticket: String },
    /// The form that asked for it was sent twice: it was decided.
    Again { form_token: &'a str, ticket: String },
}

/// The page of an outcome, which is made of what its recipient may see alone.
pub fn outcome_page(
    shown: &CasePage<'_>,
    law: &ApplicableLaw<'_>,
    decision: &RedactedDecision<'_>,
    offer: &OfficialOffer<'_>,
) -> String {
    let (words, address) = (shown.words(), shown.asked.address());
    let verdict = verdict_words(decision.contract(), decision.outcome(), shown.language());
    let is_open = decision.outcome().open().is_some();
    let amounts = granted(decision).map(|grant| grant_lines(decision.contract(), grant, shown.language()));
    let title = format!("{verdict} {}", amounts.unwrap_or_default().join(" "));
    // A browser has the law of one place.
    let has_neighbours = !shown.is_try_out
        && !neighbours(shown.rulebook, &shown.asked.contract.service, &shown.asked.code, shown.asked.day).is_empty();
    shown.page(
        title.trim(),
        &html! {
            (panel(shown, decision, verdict))
            @if !shown.is_try_out {
                p class="govuk-body app-simulation" { strong { (words.simulation) } " " (words.simulation_text) }
            }
            (open_words(shown, decision))
            div class="govuk-button-group app-no-print" {
                @if !is_open { (shown.step_button("what-if", words.what_if)) }
                @if has_neighbours { (shown.step_button("elsewhere", words.elsewhere)) }
            }
            h2 class="govuk-heading-m" { (words.why_so) }
            (levels(shown, decision))
            (answers(shown))
            (not_asked(shown, law, decision))
            (privacy(shown, decision))
            (papers_to_bring(shown, decision))
            @if !is_open { (official(shown, offer)) }
            (next_steps(shown))
            ul class="govuk-list app-no-print" {
                li { a class="govuk-link" href=(address) { (words.begin_again) } }
                li { a class="govuk-link" href={ "/places/" (shown.asked.code) } { (words.other_services) } }
            }
        },
    )
}

fn panel(shown: &CasePage<'_>, decision: &RedactedDecision<'_>, verdict: &str) -> Markup {
    let language = shown.language();
    let class = match decision.outcome() {
        Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. } => "app-panel",
        Outcome::Ineligible => "app-panel app-panel--refused",
        Outcome::Undetermined(_) => "app-panel app-panel--open",
    };
    let contract = decision.contract();
    html! {
        div class={ "govuk-panel " (class) } {
            h1 class="govuk-panel__title" { (verdict) }
            div class="govuk-panel__body" {
                @for text in granted(decision).map(|grant| grant_lines(contract, grant, language)).unwrap_or_default() {
                    p class="app-panel__grant" { (text) }
                }
                p class="app-panel__service" {
                    (titled_or(&contract.titles, language, contract.service.as_str()))
                    " · " (place_name(shown.rulebook, decision.place(), shown.asked.day, language))
                    " · " (written_day(language, decision.query().as_of))
                }
            }
        }
    }
}

/// Why the outcome, or a part of it, is open.
fn open_words(shown: &CasePage<'_>, decision: &RedactedDecision<'_>) -> Markup {
    let words = shown.words();
    let Some(reason) = decision.outcome().open() else { return html! {} };
    let reason = code_words(shown.language(), CodeKind::Reason, reason.as_str());
    let missing: Vec<FieldName> =
        decision.outcome().missing_facts().iter().filter_map(|path| FieldName::path(path).ok()).collect();
    html! {
        div class="govuk-inset-text" {
            p class="govuk-body" { (fill(words.open_because, &[reason])) }
            @if !missing.is_empty() { p class="govuk-body" { (words.still_missing) } }
            @if !missing.is_empty() {
                ul class="govuk-list govuk-list--bullet" {
                    @for path in &missing {
                        li {
                            (shown.path_title(path)) " "
                            @if shown.fact_at(path).is_some() { (shown.ask_again(path, words.answer_this)) }
                        }
                    }
                }
            }
        }
    }
}

/// How the case is decided officially, if this host can.
fn official(shown: &CasePage<'_>, offer: &OfficialOffer<'_>) -> Markup {
    let (words, address, case) = (shown.words(), shown.asked.address(), shown.form.to_text());
    let decide = |form_token: &str, ticket: &str, text: &str| {
        html! {
            p class="govuk-body" { (text) }
            form method="post" action=(address) {
                input type="hidden" name="case" value=(case);
                input type="hidden" name="form_token" value=(form_token);
                input type="hidden" name="ticket" value=(ticket);
                button class="govuk-button" type="submit" name="action" value="official" { (words.decide_officially) }
            }
            (sign_out_form(form_token, words))
        }
    };
    let offered = match offer {
        OfficialOffer::None => return html! {},
        OfficialOffer::SignIn => html! {
            p class="govuk-body" { (words.official_sign_in) }
            (sign_in_form(&address, &case, words))
        },
        OfficialOffer::Decide { form_token, ticket } => decide(form_token, ticket, words.official_text),
        OfficialOffer::Again { form_token, ticket } => decide(form_token, ticket, words.decided_already),
    };
    html! {
        section class="app-no-print" {
            h2 class="govuk-heading-m" { (words.official) }
            (offered)
        }
    }
}

fn next_steps(shown: &CasePage<'_>) -> Markup {
    let (language, day, contract) = (shown.language(), shown.asked.day, &shown.asked.contract);
    let chain = chain_of(shown.rulebook, &shown.asked.code, day);
    html! {
        @if let Some(point) = application_point(&contract.application_points, &chain) {
            (where_to_apply(point, contract, language))
        }
        (objecting(shown.rulebook, contract, day, language))
    }
}
