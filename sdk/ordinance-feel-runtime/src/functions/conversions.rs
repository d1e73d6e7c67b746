//! Numbers from texts, and texts of all values.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal::Decimal;
use crate::failure::Failure;
use crate::value::{Range, Value, misfit};

const OUTSIDE: Value = Value::Failed(Failure::NotInDomain);

/// A text that some read as a number, and others don't.
const UNCERTAIN: Value = Value::Failed(Failure::TypesDontFit);

/// The separator of an argument: none, or one of these letters.
enum Separator {
    Letter(Option<char>),
    Wrong(Value),
}

fn separator(given: Option<&Value>, allowed: &str) -> Separator {
    match given {
        None | Some(Value::Null) => Separator::Letter(None),
        Some(Value::Text(text)) => {
            let mut letters = text.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) if allowed.contains(letter) => Separator::Letter(Some(letter)),
                _ => Separator::Wrong(OUTSIDE),
            }
        }
        Some(other) => Separator::Wrong(misfit(&[other])),
    }
}

/// `number(from, grouping separator?, decimal separator?)`. Groups may be separated by a blank, a comma or a point, the
/// fraction by a point or a comma.
#[must_use]
pub fn number(from: &Value, grouping: Option<&Value>, point: Option<&Value>) -> Value {
    let text = match from {
        Value::Text(text) => text,
        Value::Number(_) if grouping.is_none() && point.is_none() => return from.clone(),
        _ => return misfit(&[from]),
    };
    let has_point = !matches!(point, None | Some(Value::Null));
    let (grouping, point) = match (separator(grouping, " ,."), separator(point, ".,")) {
        (Separator::Wrong(early), _) | (_, Separator::Wrong(early)) => return early,
        (Separator::Letter(grouping), Separator::Letter(point)) => (grouping, point.unwrap_or('.')),
    };
    if grouping == Some(point) {
        return if has_point { OUTSIDE } else { UNCERTAIN };
    }
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| Some(*letter) != grouping) {
        match letter {
            letter if letter == point => plain.push('.'),
            // A point that separates nothing.
            '.' => return OUTSIDE,
            letter => plain.push(letter),
        }
    }
    if plain.ends_with('.') || plain.trim().len() < plain.len() {
        return UNCERTAIN;
    }
    Value::from(Decimal::parse(&plain))
}

/// `string(from)`: a text is itself, and stands in quotes within a list or a context.
#[must_use]
pub fn string(from: &Value) -> Value {
    if let Value::Text(_) = from {
        return from.clone();
    }
    match from {
        Value::Failed(_) | Value::Null | Value::Unknown | Value::Between(..) | Value::Perhaps(_) => misfit(&[from]),
        _ => written(from),
    }
}

/// What is left to write, the next one last.
enum Part<'a> {
    Value(&'a Value),
    Text(&'a str),
    Name(&'a str),
}

/// The text of a value, without recursion, so that the depth of lists doesn't matter.
fn written(value: &Value) -> Value {
    let mut text = String::new();
    let mut parts = Vec::from([Part::Value(value)]);
    while let Some(part) = parts.pop() {
        match part {
            Part::Text(part) => text.push_str(part),
            // A name that would be read as something else stands in quotes.
            Part::Name(name) if name.chars().any(|letter| "{}:,\"".contains(letter)) => write_quoted(&mut text, name),
            Part::Name(name) => text.push_str(name),
            Part::Value(value) => match value {
                Value::Failed(_) => return value.clone(),
                Value::Unknown | Value::Between(..) | Value::Perhaps(_) => return Value::Unknown,
                Value::List(items) => {
                    parts.push(Part::Text("]"));
                    push_separated(&mut parts, items.iter().map(|item| (None, item)));
                    parts.push(Part::Text("["));
                }
                Value::Context(context) => {
                    parts.push(Part::Text("}"));
                    push_separated(&mut parts, context.0.iter().map(|(name, value)| (Some(&**name), value)));
                    parts.push(Part::Text("{"));
                }
                Value::Range(range) => push_range(&mut parts, range),
                value => write_scalar(&mut text, value),
            },
        }
    }
    Value::text(&text)
}

/// Puts values on the parts that are left, with commas between them and names before them.
fn push_separated<'a>(
    parts: &mut Vec<Part<'a>>,
    values: impl DoubleEndedIterator<Item = (Option<&'a str>, &'a Value)>,
) {
    let mut is_last = true;
    for (name, value) in values.rev() {
        if !is_last {
            parts.push(Part::Text(", "));
        }
        is_last = false;
        parts.push(Part::Value(value));
        if let Some(name) = name {
            parts.push(Part::Text(": "));
            parts.push(Part::Name(name));
        }
    }
}

fn push_range<'a>(parts: &mut Vec<Part<'a>>, range: &'a Range) {
    parts.push(Part::Text(if range.high_included { "]" } else { ")" }));
    parts.extend(range.high.as_ref().map(Part::Value));
    parts.push(Part::Text(".."));
    parts.extend(range.low.as_ref().map(Part::Value));
    parts.push(Part::Text(if range.low_included { "[" } else { "(" }));
}

/// Writes a text in quotes.
fn write_quoted(text: &mut String, part: &str) {
    text.push('"');
    for letter in part.chars() {
        if letter == '"' {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
}

fn write_scalar(text: &mut String, value: &Value) {
    match value {
        Value::Boolean(true) => text.push_str("true"),
        Value::Boolean(false) => text.push_str("false"),
        Value::Number(number) => number.write(text),
        Value::Text(part) => write_quoted(text, part),
        Value::Date(date) => date.write(text),
        Value::Time(time) => time.write(text),
        Value::DateTime(point) => point.write(text),
        Value::Days(duration) => duration.write(text),
        Value::Months(duration) => duration.write(text),
        _ => text.push_str("null"),
    }
}
