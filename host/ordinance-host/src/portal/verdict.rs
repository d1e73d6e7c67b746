//! An outcome in a few words: whether a person gets something or owes something, and how much.

use maud::{Markup, html};
use ordinance_domain::answer::Grant;
use ordinance_domain::contract::{Contract, EligibleMeaning};
use ordinance_domain::decision::Outcome;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_pages::ReadingLanguage;
use ordinance_receipt::{CodeKind, code_words};

use super::words::PortalWords;
use crate::pages::parts::{colon, comma, title_text};
use crate::pages::values::grant_text;

/// The outcome as a sentence to the person.
pub(super) fn verdict_words(contract: &Contract, outcome: &Outcome, language: ReadingLanguage) -> &'static str {
    let words = PortalWords::of(language);
    let is_liability = contract.eligible == EligibleMeaning::Liability;
    let grants_nothing = contract.grant.is_empty() && !is_liability;
    let has_amount = granted_by(outcome).is_some_and(|grant| !grant.0.is_empty());
    match (outcome, is_liability) {
        (Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. }, _) if grants_nothing => words.you_are_eligible,
        (Outcome::Ineligible, _) if grants_nothing => words.you_are_not,
        (Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. }, false) if !has_amount => words.get_open_amount,
        (Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. }, true) if !has_amount => words.owe_open_amount,
        (Outcome::Eligible(_), false) => words.you_would_get,
        (Outcome::Eligible(_), true) => words.you_would_owe,
        (Outcome::EligibleAtLeast { .. }, false) => words.you_would_get_at_least,
        (Outcome::EligibleAtLeast { .. }, true) => words.you_would_owe_at_least,
        (Outcome::Ineligible, false) => words.you_would_not_get,
        (Outcome::Ineligible, true) => words.you_would_not_owe,
        (Outcome::Undetermined(_), _) => words.not_determined,
    }
}

/// The outcome in a word or two and what is granted, on one line.
pub(super) fn verdict_line(decision: &RedactedDecision<'_>, language: ReadingLanguage) -> Markup {
    let contract = decision.contract();
    let outcome = decision.outcome();
    html! {
        strong { (code_words(language, code_kind(contract), outcome.as_str())) }
        @for text in granted(decision).map(|grant| grant_lines(contract, grant, language)).unwrap_or_default() {
            (comma(language))
            @if let Outcome::EligibleAtLeast { .. } = outcome { (PortalWords::of(language).at_least) " " }
            (text)
        }
        @if let Outcome::Undetermined(reason) = outcome {
            (colon(language)) (code_words(language, CodeKind::Reason, reason.as_str()))
        }
    }
}

/// The kind of words that outcomes of a service have.
pub(super) fn code_kind(contract: &Contract) -> CodeKind {
    match contract.eligible {
        EligibleMeaning::Liability => CodeKind::Liability,
        EligibleMeaning::Benefit => CodeKind::Outcome,
    }
}

/// What is granted, or certain of it; `None` if that is nothing, or hidden.
pub(super) fn granted<'a>(decision: &'a RedactedDecision<'_>) -> Option<&'a Grant> {
    Some(decision.outcome()).filter(|_| !decision.is_redacted()).and_then(granted_by)
}

/// What an outcome grants, or what is certain of it.
pub(super) fn granted_by(outcome: &Outcome) -> Option<&Grant> {
    match outcome {
        Outcome::Eligible(grant) | Outcome::EligibleAtLeast { least: grant, .. } => Some(grant),
        Outcome::Ineligible | Outcome::Undetermined(_) => None,
    }
}

/// Each field of a grant that is set: the amount alone if the service has one field, else with its title.
pub(super) fn grant_lines(contract: &Contract, grant: &Grant, language: ReadingLanguage) -> Vec<String> {
    let fields = contract.grant.iter().filter_map(|field| Some((field, grant.get(&field.name)?)));
    let line = |(field, value)| {
        let text = grant_text(field, value, language);
        match contract.grant.len() {
            1 => text,
            _ => language.labelled(&title_text(&field.titles, language, field.name.as_str()), &text),
        }
    };
    fields.map(line).collect()
}
