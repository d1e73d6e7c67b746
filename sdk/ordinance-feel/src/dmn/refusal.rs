//! Why a model, or an element of one, isn't taken.

use std::fmt;

/// An element of a model that isn't taken, with its place and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if the fault is in no line, such as of a file that is too large.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The path to the element, such as `decision "Fee", decisionTable, rule 3`.
    pub element: String,
    /// Why it isn't taken.
    pub reason: String,
    /// How to mend it, if there is one way.
    pub help: Option<String>,
}

impl fmt::Display for RefusalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}:{}", self.line, self.column)?;
        }
        if !self.element.is_empty() {
            write!(formatter, ": {}", self.element)?;
        }
        write!(formatter, ": {}", self.reason)?;
        match &self.help {
            Some(help) => write!(formatter, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RefusalError {}
