//! Reads what a person typed or chose as a value of a fact, and says in their words what is wrong with it.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::value::Decimal;
use ordinance_engine::literals::read_date;
use ordinance_pages::fill;
use serde_json::{Map, Value};

use super::words::PortalWords;
use crate::pages::form_fields::FormFields;

/// The field with the answer. A day has three, with an ending each.
pub(super) const ANSWER: &str = "answer";

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AnswerError {
    /// Nothing was chosen.
    NotChosen,
    /// Nothing was typed.
    Empty,
    NoNumber,
    /// It is a number with a point, where only whole ones are.
    NotWhole,
    /// It lies outside what there can be.
    OutOfRange {
        min: String,
        max: String,
    },
    /// It has more digits after the point than the fact.
    TooPrecise {
        digits: u32,
    },
    /// There is no such day.
    NoDay,
    TooLong,
}

impl AnswerError {
    /// What is wrong, and what to write.
    pub(super) fn text(&self, words: &PortalWords) -> String {
        match self {
            Self::NotChosen => words.choose_one.to_owned(),
            Self::Empty => words.write_something.to_owned(),
            Self::NoNumber => words.write_number.to_owned(),
            Self::NotWhole => words.write_whole_number.to_owned(),
            Self::OutOfRange { min, max } => fill(words.write_within, &[min, max]),
            Self::TooPrecise { digits } => fill(words.write_fewer_digits, &[&digits.to_string()]),
            Self::NoDay => words.write_day.to_owned(),
            Self::TooLong => words.write_less.to_owned(),
        }
    }
}

/// The most whole numbers of a type that are offered one by one, such as grades.
const OFFERED_MAX: i64 = 7;

/// Whether a type has so few whole numbers that each is offered by itself.
pub(super) fn is_short_range(fact_type: &FactType) -> bool {
    matches!(fact_type, FactType::Integer { min, max } if max.saturating_sub(*min) < OFFERED_MAX)
}

/// The answer to a question about a fact, as a request for a decision has it. `before` is the answer so far: a list
/// keeps its items, of which only the number is asked.
pub(super) fn read_answer(fact: &Fact, fields: &FormFields, before: Option<&Value>) -> Result<Value, AnswerError> {
    let text = fields.get(ANSWER).trim();
    match &fact.fact_type {
        FactType::Bool => match text {
            "yes" => Ok(Value::Bool(true)),
            "no" => Ok(Value::Bool(false)),
            _ => Err(AnswerError::NotChosen),
        },
        FactType::Choice(choices) => match choices.iter().any(|choice| choice == text) {
            true => Ok(Value::String(text.to_owned())),
            false => Err(AnswerError::NotChosen),
        },
        FactType::Integer { .. } if is_short_range(&fact.fact_type) && text.is_empty() => Err(AnswerError::NotChosen),
        FactType::Integer { min, max } => whole_number(text, *min, *max).map(Value::from),
        FactType::Decimal { min, max, scale } => decimal(text, (*min, *max), *scale).map(Value::String),
        FactType::Date => day(fields).map(Value::String),
        FactType::Text { .. } if text.is_empty() => Err(AnswerError::Empty),
        FactType::Text { bytes_max } if text.len() > *bytes_max => Err(AnswerError::TooLong),
        FactType::Text { .. } => Ok(Value::String(text.to_owned())),
        FactType::List { items_max, .. } => {
            let max = i64::try_from(*items_max).unwrap_or(i64::MAX);
            let items = usize::try_from(whole_number(text, 0, max)?).unwrap_or_default();
            let mut list = before.and_then(Value::as_array).cloned().unwrap_or_default();
            list.resize(items, Value::Object(Map::new()));
            Ok(Value::Array(list))
        }
        // Its parts are asked one by one.
        FactType::Record(_) => Ok(Value::Object(Map::new())),
    }
}

/// A character as a keyboard of another script writes it, in the form that all programs read.
fn half_width(character: char) -> char {
    match character {
        '０'..='９' | '．' | '，' | '－' => {
            u32::from(character).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(character)
        }
        '。' => '.',
        other => other,
    }
}

/// The digits of a number: without the sign of a currency and without commas between thousands.
fn digits(text: &str) -> Result<String, AnswerError> {
    let text: String = text.chars().map(half_width).filter(|character| !character.is_whitespace()).collect();
    let text = text.trim_start_matches(['¥', '￥', '$', '€', '£']).trim_end_matches(['元', '%']);
    if text.is_empty() {
        return Err(AnswerError::Empty);
    }
    let (whole, after_point) = text.split_once('.').unwrap_or((text, ""));
    // In some countries the comma is the point: what it means must not be guessed.
    if after_point.contains([',', '.']) {
        return Err(AnswerError::NoNumber);
    }
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    if whole.contains(',') && !is_grouped {
        return Err(AnswerError::NoNumber);
    }
    let plain = text.replace(',', "");
    let is_number = plain
        .chars()
        .enumerate()
        .all(|(at, character)| character.is_ascii_digit() || character == '.' || (character == '-' && at == 0));
    if is_number { Ok(plain) } else { Err(AnswerError::NoNumber) }
}

fn whole_number(text: &str, min: i64, max: i64) -> Result<i64, AnswerError> {
    let digits = digits(text)?;
    // 4.0 is a whole number too.
    let whole = match digits.split_once('.') {
        // 1.000 may be a thousand.
        Some((whole, rest)) if rest.len() < 3 && rest.bytes().all(|digit| digit == b'0') => whole,
        Some(_) => return Err(AnswerError::NotWhole),
        None => &digits,
    };
    let out_of_range = || AnswerError::OutOfRange { min: min.to_string(), max: max.to_string() };
    match whole.parse::<i64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        Ok(_) => Err(out_of_range()),
        Err(_) if whole.bytes().any(|digit| digit.is_ascii_digit()) => Err(out_of_range()),
        Err(_) => Err(AnswerError::NoNumber),
    }
}

fn decimal(text: &str, (min, max): (Decimal, Decimal), scale: u32) -> Result<String, AnswerError> {
    let number: Decimal = digits(text)?.parse().map_err(|_| AnswerError::NoNumber)?;
    if number < min || number > max {
        return Err(AnswerError::OutOfRange { min: min.normalize().to_string(), max: max.normalize().to_string() });
    }
    // Zeros count: 1.200 may be twelve hundred.
    if number.scale() > scale {
        return Err(AnswerError::TooPrecise { digits: scale });
    }
    Ok(number.normalize().to_string())
}

fn day(fields: &FormFields) -> Result<String, AnswerError> {
    let part =
        |ending: &str| fields.get(&format!("{ANSWER}-{ending}")).trim().chars().map(half_width).collect::<String>();
    let [year, month, day] = ["year", "month", "day"].map(part);
    if year.is_empty() && month.is_empty() && day.is_empty() {
        return Err(AnswerError::Empty);
    }
    let text = format!("{year}-{month:0>2}-{day:0>2}");
    let has_year = year.len() == 4 && !month.is_empty() && !day.is_empty();
    if has_year && read_date(&text).is_some() { Ok(text) } else { Err(AnswerError::NoDay) }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

    use super::*;

    fn fields(body: &str) -> FormFields {
        FormFields::read(&Bytes::from(body.to_owned())).unwrap()
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let money = |text: &str| decimal(text, (Decimal::ZERO, Decimal::from(1_000_000)), 2);
        for (text, read) in
            [("1200", "1200"), (" 1,200.50 ", "1200.5"), ("¥８００．５", "800.5"), ("300 元", "300"), ("0", "0")]
        {
            assert_eq!(money(text).as_deref(), Ok(read), "{text}");
        }
        for unclear in ["12,00", "1.200,00", "1.234.567", "3.200,5"] {
            assert_eq!(money(unclear), Err(AnswerError::NoNumber), "{unclear}");
        }
        assert_eq!(money("abc"), Err(AnswerError::NoNumber));
        assert_eq!(money("1e9"), Err(AnswerError::NoNumber));
        for thousands in ["1.234", "1.200", "1.000"] {
            assert_eq!(money(thousands), Err(AnswerError::TooPrecise { digits: 2 }), "{thousands}");
        }
        assert_eq!(whole_number("1.000", 0, 5_000), Err(AnswerError::NotWhole));
        assert!(matches!(money("-1"), Err(AnswerError::OutOfRange { .. })));
        assert_eq!(money(""), Err(AnswerError::Empty));
        assert_eq!(whole_number("80", 0, 150), Ok(80));
        assert_eq!(whole_number("80.0", 0, 150), Ok(80));
        assert_eq!(whole_number("80.5", 0, 150), Err(AnswerError::NotWhole));
        assert!(matches!(whole_number("99999999999999999999", 0, 150), Err(AnswerError::OutOfRange { .. })));
        assert_eq!(whole_number("--4", 0, 150), Err(AnswerError::NoNumber));
        assert_eq!(whole_number("-", 0, 150), Err(AnswerError::NoNumber));
    }

    #[test]
    fn a_day_is_read_of_its_three_parts() {
        let read = |body: &str| day(&fields(body));
        assert_eq!(read("answer-year=1951&answer-month=2&answer-day=03").as_deref(), Ok("1951-02-03"));
        assert_eq!(read("answer-year=1951&answer-month=2&answer-day=30"), Err(AnswerError::NoDay));
        assert_eq!(read("answer-year=&answer-month=2&answer-day=3"), Err(AnswerError::NoDay));
        assert_eq!(read("answer=4"), Err(AnswerError::Empty));
    }
}
