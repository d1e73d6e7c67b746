//! What is told of texts that the grammar doesn't take: `faults.txt` has each text with its faults. `UPDATE=1` renews
//! it.

use std::path::Path;

use super::{scope, shape, shapes};
use crate::syntax::{SyntaxError, parse_expression, parse_tests};

/// Each fault as `text it is at: message | help`, one a line.
fn told(text: &str, errors: &[SyntaxError]) -> String {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| {
            let at = text.get(error.span.start..error.span.end).expect("the span is within the text");
            format!("  {at}: {} | {}", error.message, error.help.as_deref().unwrap_or_default())
        })
        .collect();
    lines.join("\n")
}

/// What is told of a line of the file, such as `expression a b`.
fn answer(line: &str) -> String {
    let (kind, written) = line.split_once(' ').unwrap_or((line, ""));
    let text = written.replace("\\n", "\n").replace("\\u{202e}", "\u{202e}").replace("\\u{a0}", "\u{a0}");
    match kind {
        "expression" => match parse_expression(&text, &scope()) {
            Ok(tree) => format!("  {}", shape(&tree)),
            Err(errors) => told(&text, &errors),
        },
        _ => match parse_tests(&text, &scope()) {
            Ok(tests) => format!("  {}", shapes(&tests)),
            Err(errors) => told(&text, &errors),
        },
    }
}

#[test]
fn every_fault_is_told_with_what_to_type() {
    let recorded = include_str!("faults.txt");
    let texts: Vec<&str> = recorded.lines().filter(|line| !line.starts_with("  ") && !line.is_empty()).collect();
    assert!(texts.len() > 150, "{} texts", texts.len());
    let found: Vec<String> = texts.iter().map(|text| format!("{text}\n{}\n", answer(text))).collect();
    let found = found.join("\n");
    if std::env::var_os("UPDATE").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/syntax/parser/tests/faults.txt");
        std::fs::write(file, &found).expect("the file can be written");
        return;
    }
    assert_eq!(found, recorded);
}
