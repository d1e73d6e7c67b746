//! Texts as trees of the grammar of DMN 1.5, chapter 10. A text takes time proportional to its length: nothing is read
//! twice. How deep a tree may be is bounded, so that whoever walks one needs no more stack than is there.

mod binding;
mod brackets;
mod calls;
mod control;
mod cursor;
mod expression;
mod missing;
mod operand;
mod types;
mod unary;

use self::cursor::Parser;
use super::ast::{Expr, Test, TypeName};
use super::error::{ReportedError, SyntaxError};
use super::names::Scope;
use crate::source_text::Span;

/// The longest text that is read, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Reads an expression.
///
/// # Errors
/// What is wrong in the text, first things first: at least one fault, and none that only follows from another.
pub fn parse_expression(text: &str, scope: &Scope) -> Result<Expr, Vec<SyntaxError>> {
    parse(text, scope, Parser::whole_expression)
}

/// Reads the unary tests of a cell of a decision table; an empty text is `-`.
///
/// # Errors
/// As those of [`parse_expression`].
pub fn parse_tests(text: &str, scope: &Scope) -> Result<Vec<Test>, Vec<SyntaxError>> {
    parse(text, scope, Parser::whole_tests)
}

/// Reads the name of a type.
///
/// # Errors
/// As those of [`parse_expression`].
pub fn parse_type_name(text: &str, scope: &Scope) -> Result<TypeName, Vec<SyntaxError>> {
    parse(text, scope, Parser::whole_type_name)
}

fn parse<'t, T>(
    text: &'t str,
    scope: &'t Scope,
    read: impl FnOnce(&mut Parser<'t>) -> Result<T, ReportedError>,
) -> Result<T, Vec<SyntaxError>> {
    if text.len() > TEXT_BYTES_MAX {
        let span = Span { start: 0, end: text.chars().next().map_or(0, char::len_utf8) };
        let message = format!("the expression has {} bytes; at most {TEXT_BYTES_MAX} are read", text.len());
        return Err(vec![SyntaxError::new(span, message, "give parts of it names of their own")]);
    }
    let mut parser = Parser::new(text, scope);
    let read = read(&mut parser);
    let errors = parser.into_errors();
    match read {
        Ok(tree) if errors.is_empty() => Ok(tree),
        Ok(_) | Err(ReportedError) => Err(errors),
    }
}

#[cfg(test)]
mod tests;
