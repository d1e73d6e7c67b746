//! What no line of a source may have: comments wider than the page, and assertions that don't say which half failed.

use super::tokens::{Token, closing, tokens};
use super::{name_of_file, sources};

const COLUMNS_MAX: usize = 120;

#[test]
fn no_comment_is_wider_than_the_page() {
    let mut wide = Vec::new();
    for (path, text) in sources() {
        for (at, line) in text.lines().enumerate() {
            let is_wide = line.chars().count() > COLUMNS_MAX;
            if is_wide && line.trim_start().starts_with("//") {
                wide.push(format!("{}:{}", name_of_file(&path), at + 1));
            }
        }
    }
    assert!(wide.is_empty(), "comments wider than {COLUMNS_MAX} columns:\n{}", wide.join("\n"));
}

/// The lines of the assertions that hold only if two conditions do, and of those that compare tuples.
fn joined_assertions(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut lines = Vec::new();
    for (at, window) in tokens.windows(4).enumerate() {
        let [name, sign, open, first] = window else { continue };
        if sign.text != "!" || open.text != "(" {
            continue;
        }
        let is_joined = match name.text {
            "assert" | "debug_assert" => joins(&tokens[at + 3..closing(tokens, at + 2)]),
            "assert_eq" | "assert_ne" => first.text == "(",
            _ => false,
        };
        if is_joined {
            lines.push(name.line);
        }
    }
    lines
}

/// Whether `&&` stands between two operands: behind a name, a literal or a closing sign.
fn joins(condition: &[Token<'_>]) -> bool {
    let is_operand = |text: &str| {
        matches!(text, ")" | "]" | "}" | "?")
            || text.starts_with(|letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '"' | '\''))
    };
    condition.windows(2).any(|pair| pair[1].text == "&&" && is_operand(pair[0].text))
}

#[test]
fn every_assertion_asserts_one_thing() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let file = name_of_file(&path);
        found.extend(joined_assertions(&tokens(&text)).iter().map(|line| format!("{file}:{line}")));
    }
    assert!(found.is_empty(), "assertions that hide which of their conditions failed:\n{}", found.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::joined_assertions;
    use crate::tidy::tokens::tokens;

    fn check(source: &str, expect: &[usize]) {
        assert_eq!(joined_assertions(&tokens(source)), expect, "{source}");
    }

    #[test]
    fn two_conditions_in_one_assertion_are_found() {
        check("assert!(a &&\nb);\nassert!(list.iter().all(|item| item.a() && item.b));", &[1, 3]);
        check("assert_eq!((a, b), (c, d));", &[1]);
    }

    #[test]
    fn one_condition_is_left_alone() {
        check("assert!(a || b); assert!(ids.contains(&&id)); if a && b {} assert_eq!(f(a, b), c);", &[]);
        check("assert!(a, \"b && c\");", &[]);
    }
}
