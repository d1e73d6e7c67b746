//! Words for people who are asked for facts and who apply for a service: authors own them, programs only show them.

use std::collections::BTreeMap;

use crate::jurisdiction::JurisdictionCode;
use crate::titles::Titles;

/// How a person is asked for a fact, and whether she can change it. Each text may be missing; a program then shows the
/// fact's title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactGuidance {
    /// The question by language, such as "How old are you?".
    pub question: Titles,
    /// What helps to answer it.
    pub hint: Titles,
    /// The paper that proves the answer, such as "your identity card".
    pub evidence: Titles,
    /// What each choice is called; a choice that isn't here shows its word.
    pub choices: BTreeMap<String, Titles>,
    /// Whether a person can change it, such as her income, and not her age.
    pub is_changeable: bool,
}

/// Where people apply for a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplicationPoint {
    /// The place that it is for, with those below; `None` for all.
    pub place: Option<JurisdictionCode>,
    /// The office that takes the application.
    pub office: Titles,
    /// Its address.
    pub address: Titles,
    /// Where to apply on the web: a URL that begins with `https://`.
    pub link: Option<String>,
}

/// The point of a list that is for a place: the one that is named for the nearest level of its chain, else the one for
/// all places.
#[must_use]
pub fn application_point<'a>(
    points: &'a [ApplicationPoint],
    chain: &[JurisdictionCode],
) -> Option<&'a ApplicationPoint> {
    let of = |level: Option<&JurisdictionCode>| points.iter().find(|point| point.place.as_ref() == level);
    chain.iter().rev().find_map(|level| of(Some(level))).or_else(|| of(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_level_says_where_to_apply() {
        let code = |text: &str| JurisdictionCode::new(text).unwrap();
        let point = |place: Option<&str>| ApplicationPoint { place: place.map(code), ..ApplicationPoint::default() };
        let points = [point(None), point(Some("CN-37")), point(Some("CN-3706"))];
        let chain = ["CN", "CN-37", "CN-3706", "CN-370602"].map(code);
        assert_eq!(application_point(&points, &chain), Some(&points[2]));
        assert_eq!(application_point(&points, &chain[..2]), Some(&points[1]));
        assert_eq!(application_point(&points, &chain[..1]), Some(&points[0]));
        assert_eq!(application_point(&points[1..], &chain[..1]), None);
    }
}
