//! Texts that nobody wrote: whatever they are, they are read or told, with spans that are within the text.

use proptest::prelude::*;

use super::scope;
use crate::source_text::Span;
use crate::syntax::{SyntaxError, parse_expression, parse_tests, parse_type_name, print_expression};

/// Pieces of which texts are made.
const PIECES: &[&str] = &[
    "if ",
    " then ",
    " else ",
    "for ",
    " in ",
    " return ",
    "some ",
    "every ",
    " satisfies ",
    "function(",
    "not(",
    " and ",
    " or ",
    " between ",
    " instance of ",
    "list<",
    "range<",
    "context<a:",
    ">",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "+",
    "-",
    "*",
    "**",
    "/",
    "=",
    "!=",
    "<",
    "<=",
    ">=",
    "->",
    "1",
    "2.5",
    ".5",
    "1e3",
    "\"a\"",
    "\"",
    "@\"2026-01-01\"",
    "'",
    "x",
    "y",
    "年龄",
    "Monthly Salary",
    "a-b",
    "?",
    "null",
    "true",
    " ",
    "\n",
    "//",
    "/*",
    "*/",
    "＞",
    "（",
    "，",
    "“",
    "”",
    "。",
    "80岁",
    "%",
    "\\",
    "\u{202e}",
    "\u{a0}",
    "==",
    "&&",
    "!",
    "elseif ",
    "AND",
    "date and time(",
    "external",
    "€",
    "😀",
];

fn check_span(text: &str, span: Span) -> Result<(), TestCaseError> {
    prop_assert!(text.get(span.start..span.end).is_some(), "{:?} isn't in {:?}", span, text);
    Ok(())
}

fn check_errors(text: &str, errors: &[SyntaxError]) -> Result<(), TestCaseError> {
    prop_assert!((1..=10).contains(&errors.len()), "{} faults of {:?}", errors.len(), text);
    for error in errors {
        check_span(text, error.span)?;
        prop_assert!(!error.message.is_empty(), "{:?}", error);
        prop_assert!(error.help.is_some(), "{:?}", error);
    }
    Ok(())
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match parse_expression(text, &scope()) {
        Ok(tree) => {
            check_span(text, tree.span)?;
            let _ = print_expression(&tree);
        }
        Err(errors) => check_errors(text, &errors)?,
    }
    match parse_tests(text, &scope()) {
        Ok(tests) => tests.iter().try_for_each(|test| check_span(text, test.span))?,
        Err(errors) => check_errors(text, &errors)?,
    }
    match parse_type_name(text, &scope()) {
        Ok(of) => check_span(text, of.span),
        Err(errors) => check_errors(text, &errors),
    }
}

/// The texts of the recorded faults, which are almost expressions.
fn recorded() -> Vec<String> {
    let lines = include_str!("faults.txt").lines().filter(|line| !line.starts_with("  "));
    lines.filter_map(|line| line.split_once(' ').map(|(_, text)| text.to_owned())).collect()
}

/// A text with some characters taken out and a piece put in.
fn mutated(text: &str, at: usize, taken: usize, piece: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at.min(characters.len());
    let end = (at + taken).min(characters.len());
    characters[..at].iter().copied().chain(piece.chars()).chain(characters[end..].iter().copied()).collect()
}

proptest! {
    #[test]
    fn any_characters_are_read_or_told(text in ".{0,60}") {
        check(&text)?;
    }

    #[test]
    fn any_pieces_are_read_or_told(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn mutated_expressions_are_read_or_told(
        text in prop::sample::select(recorded()),
        at in 0..40_usize,
        taken in 0..4_usize,
        piece in prop::sample::select(PIECES),
    ) {
        check(&mutated(&text, at, taken, piece))?;
    }
}
