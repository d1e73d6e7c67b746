//! Quotes of a table in text that don't end where their cell does. A reader of CSV takes what follows, up to whole
//! rows, into the cell, and tells nothing.

/// A cell whose quote doesn't close where the cell ends. A cell in quotes may go over several lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QuoteError {
    /// No quote closes it up to the end of the file.
    #[error("the quote that opens in this cell isn't closed, so that all rows after it would belong to the cell")]
    Open(QuotedCell),
    /// More text stands between the quote that closes it and the end of the cell.
    #[error("the quote that opens in this cell is closed in line {line}, and `{text}` stands after it")]
    TextAfter {
        /// Where the quote opens.
        cell: QuotedCell,
        /// The line of the closing quote, from 1.
        line: usize,
        /// The beginning of what stands after it.
        text: String,
    },
}

impl QuoteError {
    /// Where the quote opens.
    pub(crate) fn cell(&self) -> &QuotedCell {
        match self {
            Self::Open(cell) | Self::TextAfter { cell, .. } => cell,
        }
    }
}

/// The place of a cell in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuotedCell {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// Its column, from 1.
    pub(crate) column: usize,
    /// What is written from its quote on, up to the end of the line.
    pub(crate) written: String,
}

/// The most characters that an error shows of a text.
const SHOWN_MAX: usize = 40;

/// Checks the quotes of a table from its header on. `lines_before` stand above.
///
/// # Errors
/// The first quote that doesn't close where its cell ends.
pub(super) fn check_quotes(text: &str, separator: u8, lines_before: usize) -> Result<(), QuoteError> {
    let ends_cell = |byte: u8| byte == separator || matches!(byte, b'\n' | b'\r');
    let bytes = text.as_bytes();
    let (mut at, mut line, mut column) = (0, lines_before + 1, 1);
    loop {
        if bytes.get(at) == Some(&b'"') {
            let cell = QuotedCell { line, column, written: shown(text, at) };
            let Some(close) = closing(bytes, at + 1) else { return Err(QuoteError::Open(cell)) };
            line += bytes.get(at..close).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
            at = close + 1;
            let after = text.get(at..).unwrap_or_default();
            let after = after.split(|letter| u8::try_from(letter).is_ok_and(ends_cell)).next().unwrap_or_default();
            if !after.trim().is_empty() {
                let text = after.trim().chars().take(SHOWN_MAX).collect();
                return Err(QuoteError::TextAfter { cell, line, text });
            }
            at += after.len();
        } else {
            let rest = bytes.get(at..).unwrap_or_default();
            at += rest.iter().position(|byte| ends_cell(*byte)).unwrap_or(rest.len());
        }
        match bytes.get(at) {
            None => return Ok(()),
            Some(b'\n') => (line, column) = (line + 1, 1),
            Some(b'\r') => column = 1,
            Some(_) => column += 1,
        }
        at += 1;
    }
}

/// Where the quote stands that closes a cell; two beside one another belong to the text.
fn closing(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'"')?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

fn shown(text: &str, at: usize) -> String {
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    line.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match check_quotes(text, b',', 0) {
            Ok(()) => String::new(),
            Err(error) => {
                let QuotedCell { line, column, written } = error.cell();
                let kind = match &error {
                    QuoteError::Open(_) => "open".to_owned(),
                    QuoteError::TextAfter { line, text, .. } => format!("{text} in {line}"),
                };
                format!("{line}:{column} {written} {kind}")
            }
        }
    }

    #[test]
    fn a_quote_that_does_not_close_where_its_cell_ends_is_found_where_it_opens() {
        assert_eq!(check("a,b\n1,\"see order\n5,9\n"), "2:2 \"see order open");
        assert_eq!(check("a,b\n1,\"the \"new"), "2:2 \"the \"new new in 2");
        assert_eq!(check("a,b\n\"x\n1,\"2\",3\n"), "2:1 \"x 2\" in 3");
        assert_eq!(check("\""), "1:1 \" open");
        assert_eq!(check("a\r\n\"b\r\n\"c\r\n"), "2:1 \"b c in 3");
    }

    #[test]
    fn quotes_that_close_and_quotes_within_cells_are_right() {
        for text in [
            "",
            "a,b\n",
            "\"a\",\"b\"\r\n\"1\",\"2\"\r\n",
            "\"over\ntwo, lines\",1\n",
            "\"a \"\"new\"\" one\",1\n",
            "\"\"\"\",1",
            "\"a\" ,1",
            "x = \"a\",1\n",
            "\"\"",
        ] {
            assert_eq!(check(text), "", "{text:?}");
        }
    }
}
