//! Who was allowed to see what: for each fact that was sent, what privacy law rules, by which criterion and article.

use maud::{Markup, html};
use ordinance_domain::privacy::{RuledFact, RulingReason, Rulings, Verdict};
use ordinance_domain::redaction::RedactedDecision;
use ordinance_pages::fill;

use super::super::case_page::CasePage;
use crate::pages::parts::{bracketed, cited, colon, folded, row, titled_or};

pub(super) fn privacy(shown: &CasePage<'_>, decision: &RedactedDecision<'_>) -> Markup {
    let words = shown.words();
    let rulings = decision.explained_rulings();
    let is_sent = |ruled: &&RuledFact| shown.form.facts.contains_key(ruled.fact.fact_name());
    let used: Vec<&RuledFact> = rulings.for_rules().facts().iter().filter(is_sent).collect();
    let hidden: Vec<&RuledFact> = decision.hidden().filter(is_sent).collect();
    let said = html! {
        p class="govuk-body" { (words.who_saw_what_text) }
        (ruled_facts(shown, &used, rulings.for_rules()))
        @if !hidden.is_empty() {
            p class="govuk-body" { (words.hidden_from_portal) }
            (ruled_facts(shown, &hidden, rulings.for_recipient()))
        }
    };
    if used.is_empty() {
        html! {}
    } else {
        folded(words.who_saw_what, &said)
    }
}

fn ruled_facts(shown: &CasePage<'_>, facts: &[&RuledFact], rulings: &Rulings) -> Markup {
    let words = shown.words();
    let verdict = |verdict: Verdict| match verdict {
        Verdict::Permit => words.shown_plain.to_owned(),
        Verdict::Mask(mask) => fill(words.shown_masked, &[&mask.to_string()]),
        Verdict::Withhold => words.not_shown.to_owned(),
    };
    let said = |ruled: &RuledFact| {
        html! {
            (verdict(ruled.verdict))
            @for reason in &ruled.reasons { br; span class="app-cited" { (reason_words(shown, reason, rulings)) } }
        }
    };
    html! {
        dl class="govuk-summary-list" {
            @for ruled in facts { (row(&shown.path_title(&ruled.fact), &said(ruled))) }
        }
    }
}

fn reason_words(shown: &CasePage<'_>, reason: &RulingReason, rulings: &Rulings) -> Markup {
    let (words, language) = (shown.words(), shown.language());
    let level = |layer: &usize| {
        let layer = rulings.layers().get(*layer);
        html! { @if let Some(layer) = layer { (shown.level_name(&layer.jurisdiction)) (colon(language)) } }
    };
    match reason {
        RulingReason::Ruled { layer, criterion } => {
            let declared = rulings.layers().get(*layer).and_then(|layer| layer.rule.criterion(criterion));
            html! {
                (level(layer))
                @match declared {
                    Some(declared) => {
                        (titled_or(&declared.titles, language, criterion.as_str()))
                        (bracketed(&cited(&declared.provision, language), language))
                    },
                    None => (criterion),
                }
            }
        }
        RulingReason::Silent { layer } => html! { (level(layer)) (words.privacy_silent) },
        RulingReason::Failed { layer } => html! { (level(layer)) (words.privacy_failed) },
        RulingReason::Catalogue(provision) => cited(provision, language),
        RulingReason::NoLaw => html! { (words.no_privacy_law) },
        RulingReason::Ungoverned => html! { (words.ungoverned) },
    }
}
