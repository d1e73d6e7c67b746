//! Errors in what a caller sent.

use std::fmt;

/// The largest number of errors in one result. Further errors appear when these are mended.
pub const ERRORS_MAX: usize = 16;

/// An error in what a caller sent. It never shows a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What was expected, if a value of another kind was.
    pub expected: Option<String>,
}

impl InputError {
    /// A fault at a place.
    #[must_use]
    pub fn new(pointer: &str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), message: message.into(), expected: None }
    }

    /// A fault at a place where something else was expected.
    #[must_use]
    pub fn expecting(pointer: &str, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..Self::new(pointer, message) }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "`{}`: ", self.pointer)?;
        }
        f.write_str(&self.message)?;
        match &self.expected {
            Some(expected) => write!(f, "; expected {expected}"),
            None => Ok(()),
        }
    }
}

/// A fact that no `facts.toml` holds, named at this place.
#[must_use]
pub fn unknown_to_rulebook(pointer: &str) -> InputError {
    InputError::expecting(pointer, "the rulebook has no such fact", "a name from the rulebook's catalogue of facts")
}
