//! What is wrong in a file that somebody wrote: the file, the place, the message and the mend.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A fault in a text file, pointing at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, relative to the rulebook; for a cell of a sheet also its name, such as `bands.xlsx, sheet 1, C7`.
    pub file: String,
    /// The whole text of the file, or of the cell.
    pub text: Arc<str>,
    /// Whether it is about a cell, in which no line counts.
    pub is_cell: bool,
    /// The bytes that the fault is about; empty at the start if it is about the whole file.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A fault in a file that can't even be read as text.
    #[must_use]
    pub fn whole_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), text: "".into(), is_cell: false, span: 0..0, message: message.into(), help: None }
    }

    /// The line and column of the place, both from 1.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        line_and_column(&self.text, self.span.start)
    }
}

/// The line and column of a byte in a text, both from 1; columns count characters.
#[must_use]
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_cell {
            write!(f, "{}: {}", self.file, self.message)?;
        } else {
            let (line, column) = self.line_and_column();
            write!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
        }
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}
