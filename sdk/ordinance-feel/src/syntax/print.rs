//! Trees as texts, with the brackets that they need and no others.

mod operators;
mod parts;

use super::ast::{Expr, Test, TypeName};

/// An expression as a text that is read as the same tree.
#[must_use]
pub fn print_expression(expression: &Expr) -> String {
    let mut text = String::new();
    operators::write(expression, operators::Strength::Any, &mut text);
    text
}

/// The unary tests of a cell as a text that is read as the same tests.
#[must_use]
pub fn print_tests(tests: &[Test]) -> String {
    let mut text = String::new();
    operators::write_tests(tests, &mut text);
    text
}

/// The name of a type.
#[must_use]
pub fn print_type_name(of: &TypeName) -> String {
    let mut text = String::new();
    parts::write_type(of, &mut text);
    text
}

/// A text as a literal of FEEL.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut literal = String::new();
    parts::write_text(text, &mut literal);
    literal
}

#[cfg(test)]
mod tests;
