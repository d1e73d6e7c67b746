//! The languages that a caller wants, from `Accept-Language` (RFC 9110, section 12.5.4).

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use ordinance_domain::fact::Fact;
use ordinance_domain::guidance::FactGuidance;
use ordinance_domain::titles::Titles;
use ordinance_engine::rulebook::BoundRule;
use ordinance_engine::{Rule, RuleState, Rulebook};

const LANGUAGES_MAX: usize = 16;

/// How many of the wanted languages a public answer respects, so that few answers are to be kept.
const NEGOTIATED_MAX: usize = 2;

/// The title in the first of the wanted languages that there is.
pub(crate) fn best(titles: &Titles, languages: &[String]) -> Option<String> {
    titles.best(languages).map(str::to_owned)
}

/// The wanted languages, the most wanted first.
pub(crate) fn wanted_languages(headers: &HeaderMap) -> Vec<String> {
    let Some(header) = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else { return Vec::new() };
    let mut wanted: Vec<(String, u16)> = header.split(',').take(LANGUAGES_MAX).filter_map(read_range).collect();
    wanted.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    wanted.into_iter().map(|(language, _)| language).collect()
}

/// The first of the wanted languages that are served.
pub(crate) fn negotiate(wanted: &[String], served: &BTreeSet<String>) -> Vec<String> {
    let mut found = tags_served(wanted, served);
    found.truncate(NEGOTIATED_MAX);
    found
}

/// The wanted languages that are served, each by the longest tag that is (`zh-Hans-CN` is served by `zh`), and once.
/// Every title is best for these as for the wanted ones.
pub(crate) fn tags_served(wanted: &[String], served: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for tag in wanted.iter().filter_map(|language| served_tag(&language.to_ascii_lowercase(), served)) {
        if !found.contains(&tag) {
            found.push(tag);
        }
    }
    found
}

fn served_tag(language: &str, served: &BTreeSet<String>) -> Option<String> {
    let mut tag = language;
    while !served.contains(tag) {
        tag = tag.rsplit_once('-')?.0;
    }
    Some(tag.to_owned())
}

/// The languages in which a rulebook has titles.
pub(crate) fn served_languages(rulebook: &Rulebook) -> BTreeSet<String> {
    let mut served = BTreeSet::new();
    let mut add = |titles: &Titles| served.extend(titles.iter().map(|(language, _)| language.to_owned()));
    rulebook.jurisdictions().periods().for_each(|place| add(&place.names));
    for contract in rulebook.contracts() {
        add(&contract.titles);
        add(&contract.description);
        contract
            .application_points
            .iter()
            .for_each(|point| [&point.office, &point.address].into_iter().for_each(&mut add));
        contract.grant.iter().for_each(|field| add(&field.titles));
    }
    for fact in rulebook.facts().flat_map(Fact::with_parts) {
        add(&fact.titles);
        let FactGuidance { question, hint, evidence, choices, is_changeable: _ } = &fact.guidance;
        [question, hint, evidence].into_iter().chain(choices.values()).for_each(&mut add);
    }
    rulebook.rules().chain(rulebook.shadows()).for_each(|rule| titles_of_rule(rule).into_iter().for_each(&mut add));
    rulebook.privacy_rules().for_each(|rule| titles_of_rule(rule).into_iter().for_each(&mut add));
    served
}

fn titles_of_rule<Type>(rule: &Rule<BoundRule<Type>>) -> Vec<&Titles> {
    let mut titles = vec![&rule.head.titles];
    if let RuleState::Ready(ready) = &rule.state {
        titles.extend(ready.manifest().criteria.iter().map(|criterion| &criterion.titles));
        titles.extend(ready.manifest().parameters.iter().map(|parameter| &parameter.titles));
        titles.extend(ready.manifest().intermediates.iter().map(|told| &told.titles));
    }
    titles
}

/// One range and its weight in thousandths.
fn read_range(range: &str) -> Option<(String, u16)> {
    let (language, parameter) = range.split_once(';').unwrap_or((range, "q=1"));
    let language = language.trim();
    let weight: f32 = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse().ok())?;
    let usable = !language.is_empty() && language != "*" && weight > 0.0;
    usable.then(|| (language.to_owned(), (weight.min(1.0) * 1000.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wanted_few_languages_are_served() {
        let served: BTreeSet<String> = ["en", "zh", "zh-hant", "mn"].map(str::to_owned).into();
        let negotiated = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|language| (*language).to_owned()).collect();
            negotiate(&wanted, &served).join(",")
        };
        assert_eq!(negotiated(&["fr", "zh-Hans-CN", "zh", "xx-1", "mn", "en"]), "zh,mn");
        assert_eq!(negotiated(&["ZH-Hant-TW"]), "zh-hant");
        assert_eq!(negotiated(&["fr", "a-b-c"]), "");
    }

    #[test]
    fn languages_come_by_weight() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "en;q=0.5, zh-CN, fr;q=0, *;q=0.1, mn;q=x".parse().unwrap());
        assert_eq!(wanted_languages(&headers), ["zh-CN", "en"]);
        assert!(wanted_languages(&HeaderMap::new()).is_empty());
    }
}
