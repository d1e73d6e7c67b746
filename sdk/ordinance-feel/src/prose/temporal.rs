//! Days and durations in words.

use super::catalogue::Language;
use super::phrase::Phrase;

/// A literal such as `2026-01-31` or `P18Y` in words; any other as it is written.
pub(super) fn temporal(text: &str, language: Language) -> String {
    day(text, language).or_else(|| duration(text, language)).unwrap_or_else(|| text.to_owned())
}

fn day(text: &str, language: Language) -> Option<String> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let day: u8 = day.parse().ok()?;
    let month = language.month(month.parse().ok()?)?;
    year.parse::<u16>().ok()?;
    Some(language.say(Phrase::Date, &[year, month, &day.to_string()]))
}

fn duration(text: &str, language: Language) -> Option<String> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let rest = rest.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut words = Vec::new();
    for (part, units) in [(date, "YMD"), (time, "HMS")] {
        let mut digits = String::new();
        for character in part.chars() {
            if character.is_ascii_digit() || character == '.' {
                digits.push(character);
                continue;
            }
            if digits.is_empty() || !units.contains(character) {
                return None;
            }
            words.push(language.say(unit(character, units == "YMD", digits == "1"), &[&digits]));
            digits.clear();
        }
        if !digits.is_empty() {
            return None;
        }
    }
    let joined = words.into_iter().reduce(|all, word| language.say(Phrase::LastAnd, &[&all, &word]))?;
    Some(if negative { format!("−{joined}") } else { joined })
}

fn unit(letter: char, of_date: bool, one: bool) -> Phrase {
    match (letter, of_date, one) {
        ('Y', _, true) => Phrase::OneYear,
        ('Y', _, false) => Phrase::Years,
        ('M', true, true) => Phrase::OneMonth,
        ('M', true, false) => Phrase::Months,
        ('D', _, true) => Phrase::OneDay,
        ('D', _, false) => Phrase::Days,
        ('H', _, _) => Phrase::Hours,
        ('M', false, _) => Phrase::Minutes,
        _ => Phrase::Seconds,
    }
}
