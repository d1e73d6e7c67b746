//! Finds places by what a person types: a name in any language, its pinyin or the initials of it, or its code.

use ordinance_domain::calendar::LawDay;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_engine::Rulebook;
use ordinance_engine::spelling::nearest;
use pinyin::ToPinyinMulti;

use ordinance_dialogue::parts::{SOUGHT_MAX, chain_of};

/// The most places that a search shows.
pub(crate) const FOUND_MAX: usize = 30;

/// The longest text in which the names of two places are looked for, in characters: each way to part it is tried.
const JOINED_MAX: usize = 12;

/// How well a place fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SearchFit {
    /// It is the name or the code.
    Whole,
    /// A name or the code begins with it.
    Beginning,
    /// The pinyin of a name, or its initials, begin with it.
    Pinyin,
    /// A name holds it.
    Within,
    /// It may be a name or the code of one that is no more, or be misspelt.
    Nearly,
}

/// Which places are looked among.
pub(crate) type SeenPlaces<'s> = &'s dyn Fn(&Jurisdiction) -> bool;

/// The places that a text names, the best first, and whether there are more of those that are looked among.
pub(crate) fn find_places<'a>(
    rulebook: &'a Rulebook,
    day: LawDay,
    sought: &str,
    seen: SeenPlaces<'_>,
) -> (Vec<&'a Jurisdiction>, bool) {
    let sought = normalised(&sought.chars().take(SOUGHT_MAX).collect::<String>());
    if sought.is_empty() {
        return (Vec::new(), false);
    }
    let mut found = fitting(rulebook, day, seen, |place| fit(place, &sought));
    if found.is_empty() && sought.chars().count() <= JOINED_MAX {
        // The name of a place above before that of the place, as in 烟台芝罘.
        let places = rulebook.jurisdictions_at(day.known_at);
        let is_above = |place: &Jurisdiction, upper: &str| {
            let chain = chain_of(rulebook, &place.code, day);
            let above = chain.iter().filter(|code| **code != place.code).filter_map(|code| places.on(code, day.as_of));
            above.into_iter().any(|place| fit(place, upper).is_some_and(|fit| fit <= SearchFit::Beginning))
        };
        let splits: Vec<(&str, &str)> = sought.char_indices().skip(1).map(|(at, _)| sought.split_at(at)).collect();
        found = fitting(rulebook, day, seen, |place| {
            let of = |(upper, own): &(&str, &str)| {
                fit(place, own).filter(|fit| *fit <= SearchFit::Beginning).filter(|_| is_above(place, upper))
            };
            splits.iter().filter_map(of).min()
        });
    }
    if found.is_empty() {
        found = nearly_fitting(rulebook, day, seen, &sought);
    }
    // Of places that fit alike, the larger comes first: its code is shorter.
    found.sort_by(|a, b| (a.0, a.1, &a.2.code).cmp(&(b.0, b.1, &b.2.code)));
    let has_more = found.len() > FOUND_MAX;
    (found.into_iter().take(FOUND_MAX).map(|(_, _, place)| place).collect(), has_more)
}

/// The places that fit, each with how well and how long its code is.
fn fitting<'a>(
    rulebook: &'a Rulebook,
    day: LawDay,
    seen: SeenPlaces<'_>,
    fit: impl Fn(&Jurisdiction) -> Option<SearchFit>,
) -> Vec<(SearchFit, usize, &'a Jurisdiction)> {
    let places = rulebook.jurisdictions_at(day.known_at).all_on(day.as_of);
    let found = places.filter_map(|place| Some((fit(place)?, place.code.as_str().len(), place)));
    found.filter(|(.., place)| seen(place)).collect()
}

/// The place whose name a text may misspell, and those that had it for a code before.
fn nearly_fitting<'a>(
    rulebook: &'a Rulebook,
    day: LawDay,
    seen: SeenPlaces<'_>,
    sought: &str,
) -> Vec<(SearchFit, usize, &'a Jurisdiction)> {
    let places = rulebook.jurisdictions_at(day.known_at);
    let is_code = |code: &JurisdictionCode| {
        let text = normalised(code.as_str());
        text == sought || normalised(code.as_str().rsplit('-').next().unwrap_or_default()) == sought
    };
    let former = places.codes().filter(|code| is_code(code)).filter_map(|code| places.latest(code));
    let former = former.filter(|place| seen(place));
    let mut found: Vec<_> = former.map(|place| (SearchFit::Nearly, place.code.as_str().len(), place)).collect();
    let names: Vec<String> = places
        .all_on(day.as_of)
        .flat_map(|place| place.names.iter().map(|(_, name)| normalised(name)).collect::<Vec<_>>())
        .collect();
    if let Some(name) = nearest(sought, names.iter().map(String::as_str)) {
        found.extend(fitting(rulebook, day, seen, |place| {
            place.names.iter().any(|(_, own)| normalised(own) == name).then_some(SearchFit::Nearly)
        }));
    }
    found
}

/// A text without what people write in more than one way.
pub(crate) fn normalised(text: &str) -> String {
    let is_kept = |character: &char| character.is_alphanumeric();
    text.chars().flat_map(char::to_lowercase).filter(is_kept).collect()
}

fn fit(place: &Jurisdiction, sought: &str) -> Option<SearchFit> {
    let code = normalised(place.code.as_str());
    // The last part of a code by itself, such as 370602 for CN-370602.
    let last = place.code.as_str().rsplit('-').next().unwrap_or_default();
    // A few digits within a code say nothing.
    let of_code = [code.as_str(), last].into_iter().filter_map(|code| of_text(code, sought)).min();
    let of_code = of_code.filter(|fit| *fit != SearchFit::Within);
    let of_name = |name: &str| {
        let written = of_text(&normalised(name), sought);
        written.or_else(|| has_pinyin(name, sought).then_some(SearchFit::Pinyin))
    };
    place.names.iter().filter_map(|(_, name)| of_name(name)).chain(of_code).min()
}

fn of_text(text: &str, sought: &str) -> Option<SearchFit> {
    match text {
        _ if text == sought => Some(SearchFit::Whole),
        _ if text.starts_with(sought) => Some(SearchFit::Beginning),
        _ if text.contains(sought) => Some(SearchFit::Within),
        _ => None,
    }
}

/// Whether a text is the beginning of the pinyin of a Chinese name, each syllable whole or by its initial: `zhifu`,
/// `zf` and `zhifuq` for 芝罘区. A character that is read in several ways fits by each.
fn has_pinyin(name: &str, sought: &str) -> bool {
    if !sought.is_ascii() {
        return false;
    }
    // Where in the text the next syllable may begin.
    let mut ends = vec![0];
    for readings in name.to_pinyin_multi() {
        let Some(readings) = readings else { return false };
        let mut next = Vec::new();
        for rest in ends.iter().filter_map(|end| sought.get(*end..)) {
            for reading in readings {
                let syllable = reading.plain();
                if syllable.starts_with(rest) {
                    return true;
                }
                let parts = [syllable, syllable.get(..1).unwrap_or_default()];
                let end = sought.len() - rest.len();
                next.extend(parts.iter().filter(|part| rest.starts_with(**part)).map(|part| end + part.len()));
            }
        }
        next.sort_unstable();
        next.dedup();
        if next.contains(&sought.len()) {
            return true;
        }
        ends = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinyin_fits_by_syllables_and_initials_in_every_reading() {
        for sought in ["zhifu", "zf", "zhifuq", "zfqu", "zhif", "z", "zhi"] {
            assert!(has_pinyin("芝罘区", sought), "{sought}");
        }
        for sought in ["fz", "zhifuz", "hifu", "区", "zfqx"] {
            assert!(!has_pinyin("芝罘区", sought), "{sought}");
        }
        // 重 is read chong in this name, and zhong in others.
        assert!(has_pinyin("重庆市", "cq"));
        assert!(has_pinyin("重庆市", "chongqing"));
        assert!(!has_pinyin("Yantai", "yt"));
    }

    #[test]
    fn a_text_is_normalised_alike_however_it_is_written() {
        assert_eq!(normalised(" CN-37 06 "), "cn3706");
        assert_eq!(normalised("Zhīfú"), "zhīfú");
        assert_eq!(normalised("国发〔2015〕52号"), "国发201552号");
    }
}
