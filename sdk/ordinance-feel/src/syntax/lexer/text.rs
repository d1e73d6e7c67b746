//! Texts between quotes, with their escapes.

use std::iter::Peekable;
use std::str::CharIndices;

use ordinance_domain::plain_text::is_hidden;

use super::mend::miswritten;
use crate::source_text::Span;
use crate::syntax::character::{closes, ends_line, fold};
use crate::syntax::error::SyntaxError;
use crate::syntax::token::{Token, TokenKind};

/// The text whose quote stands at an offset.
pub(super) fn quoted(text: &str, start: usize) -> Token {
    let read = read(text, start);
    Token {
        kind: TokenKind::Text(read.value),
        span: Span { start, end: read.end },
        faults: read.faults,
        last: read.open,
    }
}

/// `@"..."`, where `@` stands at an offset and takes some bytes.
pub(super) fn temporal(text: &str, start: usize, at_bytes: usize) -> Token {
    let read = read(text, start + at_bytes);
    let mut faults: Vec<SyntaxError> =
        miswritten(text, Span { start, end: start + at_bytes }, "@").into_iter().collect();
    faults.extend(read.faults);
    Token { kind: TokenKind::Temporal(read.value), span: Span { start, end: read.end }, faults, last: read.open }
}

struct ReadText {
    value: String,
    end: usize,
    faults: Vec<SyntaxError>,
    /// Whether the closing quote is missing, so that nobody knows where the text ends.
    open: bool,
}

fn read(text: &str, start: usize) -> ReadText {
    let rest = text.get(start..).unwrap_or_default();
    let open = rest.chars().next().unwrap_or('"');
    let after = start + open.len_utf8();
    let rest = text.get(after..).unwrap_or_default();
    let Some((length, close)) = find_close(rest, open) else {
        let line = rest.find(ends_line).unwrap_or(rest.len());
        return without_end(text, Span { start, end: after }, after + line);
    };
    let inner = rest.get(..length).unwrap_or_default();
    let end = after + length + close.len_utf8();
    let mut faults = wrong_quotes(text, Span { start, end }, (open, close));
    let value = unescape(inner, after, &mut faults);
    ReadText { value, end, faults, open: false }
}

/// The first quote on the line that ends a text, with its offset. After a straight quote it is a straight one, and only
/// if there is none a curly or a wide one.
fn find_close(rest: &str, open: char) -> Option<(usize, char)> {
    let find = |is_close: &dyn Fn(char) -> bool| {
        let mut escaped = false;
        let mut line = rest.char_indices().take_while(|(_, character)| !ends_line(*character));
        line.find(|(_, character)| {
            let found = !escaped && is_close(*character);
            escaped = *character == '\\' && !escaped;
            found
        })
    };
    find(&|character| closes(open, character)).or_else(|| find(&|character| matches!(character, '“' | '”' | '＂')))
}

fn without_end(text: &str, quote: Span, end: usize) -> ReadText {
    let written = text.get(quote.start..quote.end).unwrap_or_default();
    let message = format!("this quote `{written}` isn't closed on its line");
    let fault = SyntaxError::new(quote, message, "type `\"` before and after the text");
    ReadText { value: String::new(), end, faults: vec![fault], open: true }
}

fn wrong_quotes(text: &str, span: Span, quotes: (char, char)) -> Vec<SyntaxError> {
    if quotes == ('"', '"') {
        return Vec::new();
    }
    let written = text.get(span.start..span.end).unwrap_or_default();
    let inner = written.trim_start_matches(quotes.0).trim_end_matches(quotes.1);
    let message = format!("FEEL doesn't have the quotes `{}` and `{}`", quotes.0, quotes.1);
    vec![SyntaxError::new(span, message, format!("type `\"{inner}\"`"))]
}

/// The text without its escapes. `offset` is where `inner` begins.
fn unescape(inner: &str, offset: usize, faults: &mut Vec<SyntaxError>) -> String {
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let start = offset + at;
        if character == '\\' {
            match escape(&mut characters) {
                Ok(escaped) => value.push(escaped),
                Err(EscapeError { length, help }) => {
                    let span = Span { start, end: start + 1 + length };
                    faults.push(SyntaxError::new(span, "FEEL doesn't have this escape", help));
                }
            }
        } else {
            if is_hidden(character) && character != '\t' {
                faults.push(hidden(start, character));
            }
            value.push(character);
        }
    }
    value
}

fn hidden(start: usize, character: char) -> SyntaxError {
    let code = u32::from(character);
    let escape = if code > 0xffff { format!("\\U{code:06X}") } else { format!("\\u{code:04X}") };
    let span = Span { start, end: start + character.len_utf8() };
    SyntaxError::new(
        span,
        format!("the text holds the hidden character U+{code:04X}"),
        format!("delete it, or type `{escape}`"),
    )
}

type Characters<'t> = Peekable<CharIndices<'t>>;

/// An escape that FEEL doesn't have.
struct EscapeError {
    /// How many bytes after the `\` are wrong.
    length: usize,
    /// What to type.
    help: String,
}

/// The character of an escape whose `\` was read.
fn escape(characters: &mut Characters<'_>) -> Result<char, EscapeError> {
    let Some((_, character)) = characters.next() else {
        return Err(EscapeError { length: 0, help: "type `\\\\` for one `\\`".to_owned() });
    };
    match character {
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        '"' | '\'' | '\\' => Ok(character),
        'u' => code_point(characters, 4).ok_or_else(|| wrong_code('u', 4)),
        'U' => code_point(characters, 6).ok_or_else(|| wrong_code('U', 6)),
        other => {
            let length = other.len_utf8();
            let help = if fold(other) == '"' {
                "type `\\\"`".to_owned()
            } else {
                format!("type `\\\\{other}` for a `\\` before `{other}`")
            };
            Err(EscapeError { length, help })
        }
    }
}

fn wrong_code(letter: char, digits: usize) -> EscapeError {
    let help = format!("type the {digits} hexadecimal digits of a character after `\\{letter}`");
    EscapeError { length: 1, help }
}

/// The character of so many hexadecimal digits. Two escapes of UTF-16 surrogates make one character.
fn code_point(characters: &mut Characters<'_>, digits: usize) -> Option<char> {
    let code = hexadecimal(characters, digits)?;
    if !(0xd800..0xdc00).contains(&code) {
        return char::from_u32(code);
    }
    let mut ahead = characters.clone();
    let follows = ahead.next().map(|(_, c)| c) == Some('\\') && ahead.next().map(|(_, c)| c) == Some('u');
    let low = hexadecimal(&mut ahead, 4).filter(|low| follows && (0xdc00..0xe000).contains(low))?;
    *characters = ahead;
    char::from_u32(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00))
}

fn hexadecimal(characters: &mut Characters<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0, |code, _| {
        let digit = characters.peek()?.1.to_digit(16)?;
        characters.next();
        Some(code * 16 + digit)
    })
}
