//! Functions of texts. Lengths and positions count code points of Unicode.

use alloc::string::String;
use alloc::vec::Vec;

use super::pattern::{Captures, Pattern};
use crate::failure::Failure;
use crate::value::{Value, misfit};

const OUTSIDE: Value = Value::Failed(Failure::NotInDomain);

/// What a text gives that is no regular expression, one that isn't supported, or one for which the function isn't
/// defined. It is no null in models of DMN, since others may know the expression.
const NO_PATTERN: Value = Value::Failed(Failure::TypesDontFit);

/// What a function makes of two texts.
fn of_two(left: &Value, right: &Value, function: impl Fn(&str, &str) -> Value) -> Value {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => function(left, right),
        _ => misfit(&[left, right]),
    }
}

fn of_one(text: &Value, function: impl Fn(&str) -> Value) -> Value {
    match text {
        Value::Text(text) => function(text),
        _ => misfit(&[text]),
    }
}

/// `string length(string)`
#[must_use]
pub fn string_length(text: &Value) -> Value {
    of_one(text, |text| Value::integer(text.chars().count() as i64))
}

/// `upper case(string)`
#[must_use]
pub fn upper_case(text: &Value) -> Value {
    of_one(text, |text| Value::text(&text.chars().flat_map(char::to_uppercase).collect::<String>()))
}

/// `lower case(string)`
#[must_use]
pub fn lower_case(text: &Value) -> Value {
    of_one(text, |text| Value::text(&text.to_lowercase()))
}

/// `contains(string, match)`
#[must_use]
pub fn contains(text: &Value, part: &Value) -> Value {
    of_two(text, part, |text, part| Value::Boolean(position(text, part).is_some()))
}

/// `starts with(string, match)`
#[must_use]
pub fn starts_with(text: &Value, part: &Value) -> Value {
    of_two(text, part, |text, part| Value::Boolean(text.starts_with(part)))
}

/// `ends with(string, match)`
#[must_use]
pub fn ends_with(text: &Value, part: &Value) -> Value {
    of_two(text, part, |text, part| Value::Boolean(text.ends_with(part)))
}

/// The first byte at which a part begins; `str::find` is larger than all else here.
fn position(text: &str, part: &str) -> Option<usize> {
    (0..=text.len()).find(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(part)))
}

/// `substring before(string, match)`; empty if the match isn't in it.
#[must_use]
pub fn substring_before(text: &Value, part: &Value) -> Value {
    of_two(text, part, |text, part| Value::text(position(text, part).and_then(|at| text.get(..at)).unwrap_or("")))
}

/// `substring after(string, match)`; empty if the match isn't in it.
#[must_use]
pub fn substring_after(text: &Value, part: &Value) -> Value {
    of_two(text, part, |text, part| {
        Value::text(position(text, part).and_then(|at| text.get(at + part.len()..)).unwrap_or(""))
    })
}

/// `substring(string, start position, length?)`. The position is from 1, or from the end if it is negative, and within
/// the text; the length is at least 1, and reaches to the end if it is too large or null. What is behind the points of
/// both is cut off.
#[must_use]
pub fn substring(text: &Value, start: &Value, length: Option<&Value>) -> Value {
    let (from, number) = match (text, start) {
        (Value::Text(text), Value::Number(number)) => (text, number.truncated()),
        _ => return length.map_or_else(|| misfit(&[text, start]), |length| misfit(&[text, start, length])),
    };
    let taken = match length {
        None | Some(Value::Null) => Some(i64::MAX),
        Some(Value::Number(length)) => length.truncated().filter(|length| *length > 0),
        Some(other) => return misfit(&[other]),
    };
    let (Some(number), Some(taken)) = (number, taken) else { return OUTSIDE };
    let count = from.chars().count() as i64;
    let first = if number > 0 { number - 1 } else { count.saturating_add(number) };
    if number == 0 || first < 0 || first >= count {
        return OUTSIDE;
    }
    let letters = from.chars().skip(first as usize).take(usize::try_from(taken).unwrap_or(usize::MAX));
    Value::text(&letters.collect::<String>())
}

/// The pattern of an argument with its flags.
enum Given {
    Pattern(Pattern),
    Early(Value),
}

fn pattern(text: &Value, pattern: &Value, flags: Option<&Value>) -> Given {
    let flags = match flags {
        None | Some(Value::Null) => "",
        Some(Value::Text(flags)) => flags,
        Some(other) => return Given::Early(misfit(&[text, pattern, other])),
    };
    let known = |pattern: &Pattern| match text {
        Value::Text(text) => pattern.knows(&text.chars().collect::<Vec<char>>()),
        _ => true,
    };
    match pattern {
        Value::Text(pattern) => {
            let pattern = Pattern::parse(pattern, flags).filter(known);
            pattern.map_or(Given::Early(NO_PATTERN), Given::Pattern)
        }
        _ => Given::Early(misfit(&[text, pattern])),
    }
}

/// `matches(input, pattern, flags?)`: whether a part of the text is as a regular expression of XPath.
#[must_use]
pub fn matches(text: &Value, expression: &Value, flags: Option<&Value>) -> Value {
    let letters = match text {
        Value::Text(text) => text.chars().collect::<Vec<char>>(),
        _ => return misfit(&[text, expression]),
    };
    match pattern(text, expression, flags) {
        Given::Early(early) => early,
        Given::Pattern(pattern) => match pattern.find(&letters, 0) {
            Ok(found) => Value::Boolean(found.is_some()),
            Err(_) => NO_PATTERN,
        },
    }
}

/// The parts of a text that a pattern is, each with what is before it. `None` if one is empty or the search takes too
/// long.
fn parts(pattern: &Pattern, letters: &[char]) -> Option<Vec<Captures>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(captures) = pattern.find(letters, at).ok()? {
        if captures.end == captures.start {
            return None;
        }
        at = captures.end;
        found.push(captures);
    }
    Some(found)
}

fn between(letters: &[char], start: usize, end: usize) -> impl Iterator<Item = &char> {
    letters.iter().take(end).skip(start)
}

/// `split(string, delimiter)`, where the delimiter is a regular expression.
#[must_use]
pub fn split(text: &Value, delimiter: &Value) -> Value {
    let letters = match text {
        Value::Text(text) => text.chars().collect::<Vec<char>>(),
        _ => return misfit(&[text, delimiter]),
    };
    let pattern = match pattern(text, delimiter, None) {
        Given::Early(early) => return early,
        Given::Pattern(pattern) => pattern,
    };
    let Some(found) = parts(&pattern, &letters) else { return NO_PATTERN };
    let mut items = Vec::with_capacity(found.len() + 1);
    let mut at = 0;
    for captures in &found {
        items.push(Value::text(&between(&letters, at, captures.start).collect::<String>()));
        at = captures.end;
    }
    items.push(Value::text(&between(&letters, at, letters.len()).collect::<String>()));
    Value::list(items)
}

/// `replace(input, pattern, replacement, flags?)`. In the replacement `$1` is the first group, `\$` a dollar sign and
/// `\\` a backslash.
#[must_use]
pub fn replace(text: &Value, expression: &Value, replacement: &Value, flags: Option<&Value>) -> Value {
    let (letters, replacement) = match (text, replacement) {
        (Value::Text(text), Value::Text(replacement)) => (text.chars().collect::<Vec<char>>(), replacement),
        _ => return misfit(&[text, expression, replacement]),
    };
    let pattern = match pattern(text, expression, flags) {
        Given::Early(early) => return early,
        Given::Pattern(pattern) => pattern,
    };
    let Some(found) = parts(&pattern, &letters) else { return NO_PATTERN };
    let mut result = String::new();
    let mut at = 0;
    for captures in &found {
        result.extend(between(&letters, at, captures.start));
        let done = if pattern.is_literal() {
            result.push_str(replacement);
            Some(())
        } else {
            write_replacement(&mut result, replacement, captures, &letters)
        };
        if done.is_none() {
            return NO_PATTERN;
        }
        at = captures.end;
    }
    result.extend(between(&letters, at, letters.len()));
    Value::text(&result)
}

/// Adds a replacement; `None` if it is wrong.
fn write_replacement(result: &mut String, replacement: &str, captures: &Captures, letters: &[char]) -> Option<()> {
    let mut left = replacement.chars().peekable();
    while let Some(letter) = left.next() {
        match letter {
            '\\' => result.push(left.next().filter(|letter| matches!(letter, '\\' | '$'))?),
            '$' => {
                let mut number = left.next()?.to_digit(10)? as usize;
                // As many digits as there are groups for.
                while let Some(digit) = left.peek().and_then(|letter| letter.to_digit(10)) {
                    let longer = number * 10 + digit as usize;
                    if longer > captures.groups.len() {
                        break;
                    }
                    number = longer;
                    left.next();
                }
                let group = match number.checked_sub(1) {
                    None => Some((captures.start, captures.end)),
                    Some(index) => captures.groups.get(index).copied().flatten(),
                };
                if let Some((start, end)) = group {
                    result.extend(between(letters, start, end));
                }
            }
            letter => result.push(letter),
        }
    }
    Some(())
}
