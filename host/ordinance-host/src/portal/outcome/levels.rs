//! What each level of the place says, the highest first: its decision, its conditions with their articles, and where a
//! bound of upper law acted.

use maud::{Markup, html};
use ordinance_domain::answer::Determination;
use ordinance_domain::decision::{BoundSubject, LayerStatus, Violation};
use ordinance_domain::manifest::IntermediateValue;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::value::{Value, field};
use ordinance_pages::fill;
use ordinance_receipt::{CodeKind, code_words};

use super::super::case_page::CasePage;
use super::super::verdict::{code_kind, grant_lines};
use crate::api::replies::finding::{FindingState, VisibleFinding};
use crate::api::replies::visible_findings;
use crate::pages::parts::{bracketed, cited, colon, comma, title_text, titled_or};
use crate::pages::places::place_name;
use crate::pages::values::value_text;

pub(super) fn levels(shown: &CasePage<'_>, decision: &RedactedDecision<'_>) -> Markup {
    html! {
        @for layer in decision.layers() { (level(shown, decision, layer)) }
    }
}

fn level(shown: &CasePage<'_>, decision: &RedactedDecision<'_>, layer: &RedactedLayer<'_>) -> Markup {
    let (words, language) = (shown.words(), shown.language());
    let class = if layer.rule.is_some() { "app-level" } else { "app-level app-level--silent" };
    let has_decided = decision.deciding_layers().any(|deciding| deciding.jurisdiction == layer.jurisdiction);
    let mut findings = visible_findings(layer).peekable();
    html! {
        section class=(class) {
            h3 class="govuk-heading-s" {
                (place_name(shown.rulebook, layer.jurisdiction, shown.asked.day, language))
                @if has_decided { " " strong class="govuk-tag" { (words.has_decided) } }
            }
            @if let Some(rule) = layer.rule {
                p class="govuk-body" { (titled_or(&rule.titles, language, rule.id.as_str())) }
            }
            p class="govuk-body" { (status(shown, decision, layer)) }
            @if findings.peek().is_some() {
                ul class="govuk-list" {
                    @for one in findings { (finding(shown, layer, &one)) }
                }
            }
            (values_on_the_way(shown, layer))
            @for violation in layer.violations { (bounded(shown, decision, violation)) }
        }
    }
}

/// What the level decided, or why it decided nothing.
fn status(shown: &CasePage<'_>, decision: &RedactedDecision<'_>, layer: &RedactedLayer<'_>) -> Markup {
    let (language, contract) = (shown.language(), decision.contract());
    let word = |status: &'static str| html! { (code_words(language, CodeKind::Status, status)) };
    let status = match &layer.status {
        LayerVisibility::Redacted { .. } => return word("hidden"),
        LayerVisibility::Full(status) => status,
    };
    match status {
        LayerStatus::Applied { answer, .. } => {
            let granted = match &answer.determination {
                Determination::Eligible(grant) => grant_lines(contract, grant, language),
                Determination::Ineligible | Determination::Undetermined => Vec::new(),
            };
            html! {
                strong { (code_words(language, code_kind(contract), answer.determination.as_str())) }
                @for text in granted { (comma(language)) (text) }
            }
        }
        LayerStatus::MissingFacts(unknown) => {
            let missing = unknown.missing.iter().filter_map(|path| FieldName::path(path).ok());
            html! {
                (word(status.as_str()))
                @for (index, path) in missing.enumerate() {
                    (if index == 0 { colon(language) } else { language.pick("、", ", ") }) (shown.path_title(&path))
                }
            }
        }
        LayerStatus::Failed(failed) => html! {
            (word(status.as_str())) (colon(language))
            (code_words(language, CodeKind::Failure, failed.code.as_str()))
        },
        LayerStatus::Silent { .. } => html! { (shown.words().level_silent) },
        LayerStatus::Waiting => word(status.as_str()),
    }
}

/// Whether the rule of a level finds the person eligible.
fn grants(layer: &RedactedLayer<'_>) -> bool {
    let LayerVisibility::Full(status) = &layer.status else { return false };
    status.answer().is_some_and(|answer| matches!(answer.determination, Determination::Eligible(_)))
}

/// The values that the rule tells of its computation, so that a person can follow it.
fn values_on_the_way(shown: &CasePage<'_>, layer: &RedactedLayer<'_>) -> Markup {
    let language = shown.language();
    let LayerVisibility::Full(status) = &layer.status else { return html! {} };
    let (Some(rule), Some(answer)) = (layer.rule, status.answer()) else { return html! {} };
    let told: Vec<(&IntermediateValue, &Value)> =
        rule.intermediates.iter().filter_map(|told| Some((told, field(&answer.intermediates, &told.name)?))).collect();
    html! {
        @if !told.is_empty() {
            p class="govuk-body" { (shown.words().value_on_the_way) }
            ul class="govuk-list govuk-list--bullet" {
                @for (value, found) in told {
                    li {
                        (titled_or(&value.titles, language, value.name.as_str())) (colon(language))
                        (value_text(found, None, value.unit.as_ref(), language))
                    }
                }
            }
        }
    }
}

fn finding(shown: &CasePage<'_>, layer: &RedactedLayer<'_>, finding: &VisibleFinding<'_>) -> Markup {
    let (words, language) = (shown.words(), shown.language());
    let (class, word) = match finding.state {
        FindingState::Found(Some(true)) => ("govuk-tag--green", words.holds),
        // A condition of a higher amount, or one of several ways, which wasn't needed.
        FindingState::Found(Some(false)) if grants(layer) => ("govuk-tag--grey", words.is_alternative),
        FindingState::Found(Some(false)) => ("govuk-tag--red", words.does_not_hold),
        FindingState::Found(None) => ("govuk-tag--yellow", words.is_open),
        FindingState::Hidden => ("govuk-tag--grey", words.is_hidden),
    };
    let criterion = layer.rule.and_then(|rule| rule.criterion(finding.criterion));
    let item = finding.item.as_ref().and_then(|item| item.steps().last()?.1);
    let item = item.map(|index| html! { (fill(words.person_number, &[&(index + 1).to_string()])) });
    html! {
        li class="app-finding" {
            span { strong class={ "govuk-tag " (class) } { (word) } }
            span {
                @match criterion {
                    Some(criterion) => {
                        (titled_or(&criterion.titles, language, criterion.id.as_str()))
                        @if let Some(item) = &item { (bracketed(item, language)) }
                        br;
                        span class="app-cited" { (cited(&criterion.provision, language)) }
                    },
                    None => (finding.criterion),
                }
            }
        }
    }
}

/// Where upper law bounded the answer.
fn bounded(shown: &CasePage<'_>, decision: &RedactedDecision<'_>, violation: &Violation) -> Markup {
    let (words, language) = (shown.words(), shown.language());
    let subject = match &violation.subject {
        BoundSubject::Outcome => words.the_outcome.to_owned(),
        BoundSubject::Grant(name) => {
            let field = decision.contract().grant_field(name);
            field.map_or_else(|| name.to_string(), |field| title_text(&field.titles, language, name.as_str()))
        }
    };
    html! {
        p class="govuk-body" {
            strong class="govuk-tag govuk-tag--orange" { (words.bounded) } " "
            (language.labelled(&subject, &violation.bound))
            @if let Some(level) = &violation.set_by { (comma(language)) (shown.level_name(level)) }
            (bracketed(&cited(&violation.provision, language), language))
        }
    }
}
