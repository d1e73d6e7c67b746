//! What is told of a token that is written in another way than FEEL's.

use crate::source_text::Span;
use crate::syntax::character::is_wide;
use crate::syntax::error::SyntaxError;

/// The fault of a piece of text that should be written in another way.
pub(super) fn miswritten(text: &str, span: Span, right: &str) -> Option<SyntaxError> {
    let written = text.get(span.start..span.end).unwrap_or_default();
    if written == right {
        return None;
    }
    let message = if written.chars().any(is_wide) {
        format!("`{written}` is written in characters of full width")
    } else {
        format!("FEEL doesn't have `{written}`")
    };
    Some(SyntaxError::new(span, message, format!("type `{right}`")))
}
