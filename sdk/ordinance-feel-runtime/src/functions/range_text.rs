//! Reading ranges whose ends are constants: `[1..3]`, `(2026-01-01..]` with `@"..."` or `date("...")`, `["a".."z"]`.

use super::temporals;
use crate::decimal::Decimal;
use crate::operators;
use crate::temporal::{Date, DateTime, DaysDuration, MonthsDuration, Time};
use crate::value::Value;

/// The range; `None` if the text is none.
pub(super) fn parse(text: &str) -> Option<Value> {
    let (low_included, rest) = match text.trim().strip_prefix('[') {
        Some(rest) => (true, rest),
        None => (false, text.trim().strip_prefix(['(', ']'])?),
    };
    let (high_included, rest) = match rest.strip_suffix(']') {
        Some(rest) => (true, rest),
        None => (false, rest.strip_suffix([')', '['])?),
    };
    let (low, high) = split(rest)?;
    let (low, high) = (end(low)?, end(high)?);
    let fits = match (&low, &high) {
        (None, None) => false,
        (Some(low), Some(high)) => operators::is_less_or_equal(low, high) == Value::Boolean(true),
        (Some(_), None) => !high_included,
        (None, Some(_)) => !low_included,
    };
    fits.then(|| operators::range(low.as_ref(), low_included, high.as_ref(), high_included))
}

/// The texts before and behind the two points that stand outside of quotes.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        if letter == '"' {
            quoted = !quoted;
        }
        if !quoted && before == '.' && letter == '.' {
            return Some((text.get(..at - 1)?, text.get(at + 1..)?));
        }
        before = letter;
    }
    None
}

/// The constant that an end is: the inner `None` if it is empty.
fn end(text: &str) -> Option<Option<Value>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    if let Some(quoted) = text.strip_prefix('@') {
        return temporal(unquoted(quoted)?).map(Some);
    }
    if text.starts_with('"') {
        return Some(Some(Value::text(unquoted(text)?)));
    }
    if let Some((name, argument)) = text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let argument = Value::text(unquoted(argument.trim())?);
        let value = match name.trim() {
            "date" => temporals::date(&argument, None, None),
            "time" => temporals::time(&argument, None, None, None),
            "date and time" => temporals::date_and_time(&argument, None),
            "duration" => temporals::duration(&argument),
            _ => return None,
        };
        return (!matches!(value, Value::Failed(_))).then_some(Some(value));
    }
    Decimal::parse(text).ok().map(|number| Some(Value::Number(number)))
}

fn unquoted(text: &str) -> Option<&str> {
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('"')).then_some(text)
}

/// What stands behind `@`.
fn temporal(text: &str) -> Option<Value> {
    let date = || Date::parse(text).map(Value::Date);
    let point = || DateTime::parse(text).map(Value::DateTime);
    let time = || Time::parse(text).map(Value::Time);
    let months = || MonthsDuration::parse(text).map(Value::Months);
    let days = || DaysDuration::parse(text).map(Value::Days);
    date().or_else(point).or_else(time).or_else(months).or_else(days)
}
