//! Places as pages name them on a day, and the chain that each is in.

use maud::{Markup, html};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_engine::Rulebook;
use ordinance_pages::ReadingLanguage;

use crate::clock::now;
use crate::pages::parts::{title_text, titled_or};

/// The longest text that is looked for, in characters; the rest is left out.
pub(crate) const SOUGHT_MAX: usize = 60;

/// A place as it is on a day, or as it was or will be.
pub(crate) fn place_on<'a>(rulebook: &'a Rulebook, code: &JurisdictionCode, day: LawDay) -> Option<&'a Jurisdiction> {
    let places = rulebook.jurisdictions_at(day.known_at);
    places.on(code, day.as_of).or_else(|| places.latest(code))
}

/// The name of a place.
pub(crate) fn place_name(
    rulebook: &Rulebook,
    code: &JurisdictionCode,
    day: LawDay,
    language: ReadingLanguage,
) -> Markup {
    match place_on(rulebook, code, day) {
        Some(place) => titled_or(&place.names, language, code.as_str()),
        None => html! { (code) },
    }
}

/// The same as text.
pub(crate) fn place_name_text(
    rulebook: &Rulebook,
    code: &JurisdictionCode,
    day: LawDay,
    language: ReadingLanguage,
) -> String {
    place_on(rulebook, code, day)
        .map_or_else(|| code.to_string(), |place| title_text(&place.names, language, code.as_str()))
}

/// The chain of a place, the highest first; empty where the place isn't there on the day.
pub(crate) fn chain_of(rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay) -> Vec<JurisdictionCode> {
    let chain = rulebook.jurisdictions_at(day.known_at).chain(code, day.as_of);
    chain.map(|chain| chain.iter().cloned().collect()).unwrap_or_default()
}

/// The day in UTC now, for what is about no one place.
pub(crate) fn utc_today(rulebook: &Rulebook) -> LawDay {
    let now = now();
    let today = rulebook.jurisdictions_now(now).local_days(now).utc();
    LawDay { as_of: today, known_at: today }
}
