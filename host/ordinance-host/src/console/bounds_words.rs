//! Bounds in words: what upper law lets the law of a place change.

use maud::{Markup, html};
use ordinance_domain::bounds::{Bound, GrantBound, LevelBounds, Limit, OutcomeBound};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::unit::Unit;
use ordinance_pages::{ReadingLanguage, fill};

use super::parts::ShownLaw;
use super::words::ConsoleWords;
use ordinance_dialogue::parts::{cited, title_text, titled_or};
use ordinance_dialogue::values::value_text;

/// A bound that holds in a place.
pub(super) struct BindingLaw<'a> {
    /// Whose law it is; `None` of the contract of the service.
    pub(super) of: Option<&'a JurisdictionCode>,
    /// What it is on.
    pub(super) on: Markup,
    /// What it lets lower law do.
    pub(super) words: String,
    pub(super) provision: &'a Provision,
}

fn outcome_words(bound: OutcomeBound, words: &ConsoleWords) -> &'static str {
    match bound {
        OutcomeBound::Floor => words.outcome_floor,
        OutcomeBound::Ceiling => words.outcome_ceiling,
        OutcomeBound::Both => words.outcome_both,
        OutcomeBound::Delegated => words.bound_delegated,
        OutcomeBound::Fixed => words.bound_fixed,
    }
}

/// What a bound is on, by the name that a record and a metric have of it: `outcome` or `grant.FIELD`.
pub(super) fn bound_subject(subject: &str, contract: Option<&Contract>, language: ReadingLanguage) -> String {
    let Some(field) = subject.strip_prefix("grant.") else {
        let is_outcome = subject == "outcome";
        return if is_outcome { ConsoleWords::of(language).on_outcome.to_owned() } else { subject.to_owned() };
    };
    grant_title(field, contract, language)
}

/// The title of a field of the grant; its name where the contract doesn't know it.
pub(super) fn grant_title(field: &str, contract: Option<&Contract>, language: ReadingLanguage) -> String {
    let known = contract.zip(FieldName::new(field).ok()).and_then(|(contract, name)| contract.grant_field(&name));
    known.map_or_else(|| field.to_owned(), |known| title_text(&known.titles, language, field))
}

/// A bound on a number with its limits as they are on the day.
fn number_words(bound: &GrantBound, unit: Option<&Unit>, shown: &ShownLaw<'_>) -> String {
    let words = shown.words();
    let limit = |limit: &Limit| match limit {
        Limit::Inherited => words.limit_inherited.to_owned(),
        Limit::Value(value) => value_text(value, None, unit, shown.language),
        Limit::Parameter { name, values } => match values.on(shown.day) {
            Some(value) => value_text(value, None, unit, shown.language),
            None => fill(words.limit_without_value, &[name.as_str()]),
        },
    };
    match bound {
        GrantBound::Within { least: Some(least), most: Some(most) } => {
            fill(words.bound_between, &[&limit(least), &limit(most)])
        }
        GrantBound::Within { least: Some(least), most: None } => fill(words.bound_at_least, &[&limit(least)]),
        GrantBound::Within { least: None, most: Some(most) } => fill(words.bound_at_most, &[&limit(most)]),
        GrantBound::Within { least: None, most: None } | GrantBound::Delegated => words.bound_delegated.to_owned(),
        GrantBound::Sum => words.bound_sum.to_owned(),
        GrantBound::Fixed => words.bound_fixed.to_owned(),
    }
}

/// The bounds of a contract on a day.
pub(super) fn of_contract<'a>(contract: &'a Contract, shown: &ShownLaw<'_>) -> Vec<BindingLaw<'a>> {
    let words = shown.words();
    let day: LawDay = shown.day;
    let outcome = contract.outcome.on(day).map(|bound| BindingLaw {
        of: None,
        on: html! { (words.on_outcome) },
        words: outcome_words(bound.kind, words).to_owned(),
        provision: &bound.provision,
    });
    let fields = contract.grant.iter().filter_map(|field| {
        let Bound { kind, provision } = field.bound.on(day)?;
        Some(BindingLaw {
            of: None,
            on: titled_or(&field.titles, shown.language, field.name.as_str()),
            words: number_words(kind, field.unit.as_ref(), shown),
            provision,
        })
    });
    outcome.into_iter().chain(fields).collect()
}

/// The bounds that a level sets for those below it on a day.
pub(super) fn of_level<'a>(level: &'a LevelBounds, contract: &Contract, shown: &ShownLaw<'_>) -> Vec<BindingLaw<'a>> {
    let words = shown.words();
    let of = Some(&level.jurisdiction);
    let outcome = level.outcome.on(shown.day).map(|bound| BindingLaw {
        of,
        on: html! { (words.on_outcome) },
        words: outcome_words(bound.kind, words).to_owned(),
        provision: &bound.provision,
    });
    let fields = level.grant.iter().filter_map(|(name, bounds)| {
        let Bound { kind, provision } = bounds.on(shown.day)?;
        let field = contract.grant_field(name);
        let on =
            field.map_or_else(|| html! { (name) }, |field| titled_or(&field.titles, shown.language, name.as_str()));
        let unit = field.and_then(|field| field.unit.as_ref());
        Some(BindingLaw { of, on, words: number_words(kind, unit, shown), provision })
    });
    let parameters = level.parameters.iter().filter_map(|(name, bounds)| {
        let Bound { kind, provision } = bounds.on(shown.day)?;
        let on = html! { (fill(words.on_number, &[name.as_str()])) };
        Some(BindingLaw { of, on, words: number_words(kind, None, shown), provision })
    });
    outcome.into_iter().chain(fields).chain(parameters).collect()
}

/// A row of a table of bounds.
pub(super) fn row(service: Markup, bound: &BindingLaw<'_>, shown: &ShownLaw<'_>) -> Vec<Markup> {
    let of = bound.of.map_or_else(|| html! { (shown.words().contract_of_service) }, |code| shown.place(code));
    vec![service, of, bound.on.clone(), html! { (bound.words) }, cited(bound.provision, shown.language)]
}
