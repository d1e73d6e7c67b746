//! Numbers as they are written.

use ordinance_feel_runtime::Decimal;

use super::mend::miswritten;
use crate::source_text::Span;
use crate::syntax::character::{fold, is_word_part};
use crate::syntax::error::SyntaxError;
use crate::syntax::token::{Token, TokenKind};

/// The number at an offset, where a digit stands, or a point before one: `12`, `12.5`, `.5`, `1.5e-3`.
pub(super) fn number(text: &str, start: usize) -> Token {
    let mut end = digits(text, start);
    if let Some('.') = char_at(text, end)
        && is_digit(text, after(text, end))
    {
        end = digits(text, after(text, end));
    }
    let span = Span { start, end: with_exponent(text, end) };
    let written: String = text.get(span.start..span.end).unwrap_or_default().chars().map(fold).collect();
    let mut faults: Vec<SyntaxError> = miswritten(text, span, &written).into_iter().collect();
    let number = Decimal::parse(&written).unwrap_or_else(|_| {
        let message = "this number is beyond what FEEL can hold";
        faults.push(SyntaxError::new(span, message, "write a number of at most 6,144 digits"));
        Decimal::ZERO
    });
    Token { kind: TokenKind::Number(number), span, faults, last: false }
}

fn raw_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The ASCII form of the character at an offset.
fn char_at(text: &str, at: usize) -> Option<char> {
    raw_at(text, at).map(fold)
}

/// The offset after the character at an offset.
fn after(text: &str, at: usize) -> usize {
    at + raw_at(text, at).map_or(0, char::len_utf8)
}

fn is_digit(text: &str, at: usize) -> bool {
    char_at(text, at).is_some_and(|character| character.is_ascii_digit())
}

/// The offset after the digits that stand at an offset.
fn digits(text: &str, mut at: usize) -> usize {
    while is_digit(text, at) {
        at = after(text, at);
    }
    at
}

/// The offset after an exponent, if one stands at an offset; else that offset.
fn with_exponent(text: &str, at: usize) -> usize {
    if !matches!(char_at(text, at), Some('e' | 'E')) {
        return at;
    }
    let sign = after(text, at);
    let first = if matches!(char_at(text, sign), Some('+' | '-')) { after(text, sign) } else { sign };
    let end = digits(text, first);
    let is_exponent = end > first && !char_at(text, end).is_some_and(is_word_part);
    if is_exponent { end } else { at }
}
