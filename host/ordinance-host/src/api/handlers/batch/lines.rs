//! The lines of a batch's request, put together from the parts of its body.

use crate::api::problem::RequestError;

/// A line of the request, or what is wrong with it before it is read.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: Result<Vec<u8>, RequestError>,
}

/// The lines of a body that comes in parts.
pub(super) struct Lines {
    pub(super) ready: Vec<Line>,
    pub(super) number: u64,
    /// How many lines were not empty.
    pub(super) taken: u64,
    open: Vec<u8>,
    /// The line is longer than a line may be; what is left of it is passed over.
    too_long: bool,
    bytes_max: usize,
}

impl Lines {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { ready: Vec::new(), number: 0, taken: 0, open: Vec::new(), too_long: false, bytes_max }
    }

    /// Adds a part that holds at most one end of a line, at its own end.
    pub(super) fn add(&mut self, piece: &[u8]) {
        let (text, ends) = match piece.strip_suffix(b"\n") {
            Some(text) => (text, true),
            None => (piece, false),
        };
        if self.open.len() + text.len() > self.bytes_max {
            self.too_long = true;
            self.open.clear();
        } else if !self.too_long {
            self.open.extend_from_slice(text);
        }
        if ends {
            self.close();
        }
    }

    pub(super) fn close(&mut self) {
        self.number += 1;
        let text = std::mem::take(&mut self.open);
        let too_long = std::mem::take(&mut self.too_long);
        let text = if too_long { Err(RequestError::BodyTooLarge { bytes_max: self.bytes_max }) } else { Ok(text) };
        if !text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty()) {
            self.taken += 1;
            self.ready.push(Line { number: self.number, text });
        }
    }

    /// Ends the last line; one more line says why the body ended early, if it did.
    pub(super) fn end(&mut self, error: Option<RequestError>) {
        match error {
            None if self.open.is_empty() && !self.too_long => {}
            None => self.close(),
            Some(error) => {
                self.number += 1;
                self.ready.push(Line { number: self.number, text: Err(error) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as `NUMBER:TEXT`, `!` for one that is too long.
    fn check(parts: &[&str], expect: &[&str]) {
        let mut lines = Lines::new(4);
        for part in parts {
            part.as_bytes().split_inclusive(|byte| *byte == b'\n').for_each(|piece| lines.add(piece));
        }
        lines.end(None);
        let shown = |line: &Line| match &line.text {
            Ok(text) => format!("{}:{}", line.number, String::from_utf8_lossy(text)),
            Err(_) => format!("{}!", line.number),
        };
        assert_eq!(lines.ready.iter().map(shown).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn lines_are_put_together_from_parts() {
        check(&["a", "b\nc", "\n", "d"], &["1:ab", "2:c", "3:d"]);
        check(&["a\n\n  \nb\n"], &["1:a", "4:b"]);
        check(&[], &[]);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_fault_and_the_next_is_read() {
        check(&["abc", "def", "ghi\nok\n"], &["1!", "2:ok"]);
        check(&["abcd\nabcde\nx"], &["1:abcd", "2!", "3:x"]);
    }
}
