//! Texts, numbers, keys and types.

use std::fmt::Write as _;

use ordinance_domain::plain_text::is_hidden;
use ordinance_feel_runtime::Decimal;

use crate::syntax::ast::{Name, TypeName, TypeNameKind};
use crate::syntax::character::{ends_line, is_word_part, is_word_start};
use crate::syntax::keywords::is_keyword;

/// The most zeros that a number is written with; one of more is written with an exponent.
const ZEROS_MAX: i16 = 40;

pub(super) fn write_number(number: Decimal, text: &mut String) {
    let short = number.normalised();
    if (-ZEROS_MAX..ZEROS_MAX).contains(&short.exponent) {
        short.write(text);
    } else {
        text.push_str(&format!("{}e{}", short.coefficient, short.exponent));
    }
}

/// A text in quotes, with escapes for what may not stand in one or wouldn't be seen.
pub(super) fn write_text(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            _ if ends_line(character) || is_hidden(character) => {
                // Writing to a text doesn't fail.
                let _ = write!(text, "\\U{:06X}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// A key of a context: a word as it is, anything else in quotes.
pub(super) fn write_key(key: &Name, text: &mut String) {
    let mut characters = key.text.chars();
    let is_word = characters.next().is_some_and(is_word_start) && characters.all(is_word_part);
    if is_word && !is_keyword(&key.text) {
        text.push_str(&key.text);
    } else {
        write_text(&key.text, text);
    }
}

pub(super) fn write_type(of: &TypeName, text: &mut String) {
    match &of.kind {
        TypeNameKind::Named(name) => text.push_str(name),
        TypeNameKind::List(item) => write_generic("list", &[item], text),
        TypeNameKind::Range(end) => write_generic("range", &[end], text),
        TypeNameKind::Context(fields) => {
            text.push_str("context<");
            separated(fields, ", ", text, |(name, of), text| {
                text.push_str(&name.text);
                text.push_str(": ");
                write_type(of, text);
            });
            text.push('>');
        }
        TypeNameKind::Function(parameters, result) => {
            write_generic("function", &parameters.iter().collect::<Vec<_>>(), text);
            text.push_str(" -> ");
            write_type(result, text);
        }
    }
}

fn write_generic(name: &str, parts: &[&TypeName], text: &mut String) {
    text.push_str(name);
    text.push('<');
    separated(parts, ", ", text, |of, text| write_type(of, text));
    text.push('>');
}

/// Writes items with something between them.
pub(super) fn separated<T>(items: &[T], between: &str, text: &mut String, write: impl Fn(&T, &mut String)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        write(item, text);
    }
}
