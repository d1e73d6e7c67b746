//! What is wrong in the text of an expression.

use crate::source_text::Span;

/// A fault of spelling or of grammar. The message names what stands there, the help what to type instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where it is: within the text, on boundaries of characters.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl SyntaxError {
    pub(crate) fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: Some(help.into()) }
    }
}

/// An error that was reported already: what is read cannot go on here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReportedError;
