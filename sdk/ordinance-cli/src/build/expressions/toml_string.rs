//! Where in a file of TOML each byte of a text stands, in every form in which TOML writes texts.

use std::ops::Range;

/// For each byte of `text`, and for its end, the offset in `file`; `span` is the value in the file, with its quotes.
/// What isn't written byte by byte, such as a day, has the offset of the whole value.
pub(super) fn offsets(file: &str, span: &Range<usize>, text: &str) -> Vec<usize> {
    let source = file.get(span.clone()).unwrap_or_default();
    match decoded(source) {
        Some((decoded, offsets)) if decoded == text => offsets.into_iter().map(|offset| span.start + offset).collect(),
        Some(_) | None => vec![span.start; text.len() + 1],
    }
}

/// The text of a value, and the offsets of its bytes and of its end in the value.
fn decoded(source: &str) -> Option<(String, Vec<usize>)> {
    let form = StringForm::of(source);
    let inner = form.inner(source)?;
    let mut found = Decoded::default();
    let mut at = inner.start;
    while at < inner.end {
        let rest = source.get(at..inner.end)?;
        at += match (form.has_escapes(), rest.strip_prefix('\\')) {
            (true, Some(escape)) => found.push_escape(at, escape)?,
            _ => found.push(at, rest.chars().next()?),
        };
    }
    found.offsets.push(inner.end);
    Some((found.text, found.offsets))
}

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StringForm {
    /// Without quotes, such as a number.
    Bare,
    /// `"text"`, with escapes
    Basic,
    /// `'text'`
    Literal,
    /// `"""text"""`, with escapes
    BasicLines,
    /// `'''text'''`
    LiteralLines,
}

impl StringForm {
    fn of(source: &str) -> Self {
        match source {
            _ if source.starts_with("\"\"\"") => Self::BasicLines,
            _ if source.starts_with("'''") => Self::LiteralLines,
            _ if source.starts_with('"') => Self::Basic,
            _ if source.starts_with('\'') => Self::Literal,
            _ => Self::Bare,
        }
    }

    fn has_escapes(self) -> bool {
        match self {
            Self::Basic | Self::BasicLines => true,
            Self::Bare | Self::Literal | Self::LiteralLines => false,
        }
    }

    /// What is between the quotes. A line break right behind the opening ones doesn't belong to the text.
    fn inner(self, source: &str) -> Option<Range<usize>> {
        let quotes = match self {
            Self::Bare => 0,
            Self::Basic | Self::Literal => 1,
            Self::BasicLines | Self::LiteralLines => 3,
        };
        let end = source.len().checked_sub(quotes).filter(|end| *end >= quotes)?;
        let first = if quotes == 3 { source.get(quotes..end)? } else { "" };
        let skipped = if first.starts_with("\r\n") { 2 } else { usize::from(first.starts_with('\n')) };
        Some(quotes + skipped..end)
    }
}

#[derive(Default)]
struct Decoded {
    text: String,
    offsets: Vec<usize>,
}

impl Decoded {
    /// Adds a character that stands at an offset. Returns its length.
    fn push(&mut self, at: usize, character: char) -> usize {
        self.text.push(character);
        self.offsets.extend(at..at + character.len_utf8());
        character.len_utf8()
    }

    /// Adds what an escape stands for, given what follows the backslash. Returns the length of the escape.
    fn push_escape(&mut self, at: usize, escape: &str) -> Option<usize> {
        let kind = escape.chars().next()?;
        let (character, length) = match kind {
            'b' => ('\u{8}', 2),
            't' => ('\t', 2),
            'n' => ('\n', 2),
            'f' => ('\u{c}', 2),
            'r' => ('\r', 2),
            'e' => ('\u{1b}', 2),
            '"' | '\\' => (kind, 2),
            'x' => (hexadecimal(escape.get(1..3)?)?, 4),
            'u' => (hexadecimal(escape.get(1..5)?)?, 6),
            'U' => (hexadecimal(escape.get(1..9)?)?, 10),
            // A backslash at the end of a line joins it with the next text.
            _ => {
                let blanks = escape.len() - escape.trim_start_matches([' ', '\t', '\r', '\n']).len();
                return escape.get(..blanks)?.contains('\n').then_some(1 + blanks);
            }
        };
        self.text.push(character);
        self.offsets.extend(std::iter::repeat_n(at, character.len_utf8()));
        Some(length)
    }
}

fn hexadecimal(digits: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that each character of the text of `source`, as TOML reads it, stands where the offsets say.
    fn check(source: &str, stands_at: &[&str]) {
        let file = format!("key = {source}\n");
        let table: toml::Table = file.parse().unwrap();
        let text = table["key"].as_str().unwrap();
        let span = 6..6 + source.len();
        let offsets = offsets(&file, &span, text);
        assert_eq!(offsets.len(), text.len() + 1);
        let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
        let written: Vec<&str> = text
            .char_indices()
            .zip(ends)
            .map(|((at, _), end)| &file[offsets[at]..offsets[end].max(offsets[at])])
            .collect();
        assert_eq!(written, stands_at, "{source}");
    }

    #[test]
    fn each_character_is_found_in_every_form_of_text() {
        check(r#""a = b""#, &["a", " ", "=", " ", "b"]);
        check(r"'a\b'", &["a", "\\", "b"]);
        check(r#""年\"\u5E74\U00005e74\\\tx""#, &["年", "\\\"", "\\u5E74", "\\U00005e74", "\\\\", "\\t", "x"]);
        check("\"\"\"\na\nb\"\"\"", &["a", "\n", "b"]);
        check("\"\"\"a \\\n    b\"c\"\"\"", &["a", " \\\n    ", "b", "\"", "c"]);
        check("'''\n\"a\"'''", &["\"", "a", "\""]);
        check("\"\"", &[]);
    }

    #[test]
    fn what_is_not_written_byte_by_byte_stands_where_the_value_does() {
        assert_eq!(offsets("a = 12", &(4..6), "12"), [4, 5, 6]);
        assert_eq!(offsets("a = 2026-01-01", &(4..14), "@\"x\""), [4; 5]);
    }
}
