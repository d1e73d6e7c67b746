//! The names of types: one name for one type, and errors that are types whose name says so.

use std::collections::{BTreeMap, BTreeSet};

use super::sources_of_crates;
use super::tokens::{Token, closing, tokens, without_test_modules};

/// The type that may stand as an error though its name doesn't end in `Error`: what the author of a file is shown.
const FOR_AUTHORS: &str = "Diagnostic";

/// The names of the types and traits that a source defines.
fn defined<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut depth = 0_i32;
    let mut names = Vec::new();
    for window in tokens.windows(3) {
        let [word, name, next] = window else { continue };
        depth += i32::from(word.text == "{") - i32::from(word.text == "}");
        // Within braces `type` names what an implementation is about.
        let defines = matches!(word.text, "struct" | "enum" | "trait") || depth == 0 && word.text == "type";
        // A macro has a sign in the place of the name, or only lists the words.
        let is_named = name.text.starts_with(char::is_alphabetic);
        if defines && is_named && matches!(next.text, "{" | "(" | ";" | "<" | ":" | "=" | "where") {
            names.push(name.text);
        }
    }
    names
}

/// The types that derive an error, and those that stand as the error of a `Result`.
fn errors<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = results(tokens).into_iter().filter_map(name_of_error).collect();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| token.text == "derive") {
        let end = closing(tokens, at + 1);
        if tokens[at..end].iter().any(|token| token.text == "Error") {
            names.extend(defined(&tokens[end..]).first());
        }
    }
    names
}

/// The error of each `Result` that names one.
fn results<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let begins = tokens.windows(2).enumerate().filter(|(_, pair)| pair[0].text == "Result" && pair[1].text == "<");
    begins.filter_map(|(at, _)| second_argument(&tokens[at + 2..])).collect()
}

/// The second of the arguments that begin here, up to the `>` that ends them.
fn second_argument<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let (mut depth, mut begin) = (0, None);
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "," if depth == 0 => begin = begin.or(Some(at + 1)),
            ">" if depth == 0 => return Some(&tokens[begin?..at]),
            "<" | "(" | "[" => depth += 1,
            ">" | ")" | "]" => depth -= 1,
            _ => (),
        }
    }
    None
}

/// The last name of a path, within a list or a box of errors too.
fn name_of_error<'a>(error: &[Token<'a>]) -> Option<&'a str> {
    let mut names = error.iter().map(|token| token.text).filter(|text| text.starts_with(char::is_uppercase));
    names.rfind(|name| !matches!(*name, "Vec" | "Box" | "Arc"))
}

fn is_text(error: &[Token<'_>]) -> bool {
    error.iter().map(|token| token.text).eq(["String"])
}

#[test]
fn every_type_of_the_host_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in sources_of_crates("host") {
        // It takes the place of the types of these names where the target is a browser.
        if file.starts_with("host/ordinance-sandbox/src/browser/") {
            continue;
        }
        for name in defined(&without_test_modules(&tokens(&text))) {
            places.entry(name.to_owned()).or_default().push(file.clone());
        }
    }
    assert!(places.len() > 100, "{places:?}");
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "names of several types: {places:#?}");
}

#[test]
fn every_error_is_a_type_whose_name_ends_in_error() {
    let sources = [sources_of_crates("host"), sources_of_crates("sdk")].concat();
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut own = BTreeSet::new();
    for (file, text) in &sources {
        let tokens = without_test_modules(&tokens(text));
        own.extend(defined(&tokens).into_iter().map(str::to_owned));
        for name in errors(&tokens).into_iter().filter(|name| !name.ends_with("Error")) {
            places.entry(name.to_owned()).or_default().insert(file.clone());
        }
    }
    places.retain(|name, _| own.contains(name));
    assert!(places.remove(FOR_AUTHORS).is_some(), "`{FOR_AUTHORS}` is no error any more");
    assert!(places.is_empty(), "errors whose names don't end in `Error`: {places:#?}");
}

#[test]
fn no_result_has_a_text_as_its_error() {
    let sources = [sources_of_crates("host"), sources_of_crates("sdk")].concat();
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (file, text) in &sources {
        for error in results(&without_test_modules(&tokens(text))).into_iter().filter(|error| is_text(error)) {
            places.entry(file).or_default().push(error[0].line.to_string());
        }
    }
    assert!(places.is_empty(), "files with a `Result<_, String>`, and the lines: {places:#?}");
}

#[cfg(test)]
mod tests {
    use super::{Token, defined, errors, is_text, results};
    use crate::tidy::tokens::tokens;

    #[test]
    fn definitions_are_found_wherever_they_stand() {
        let source = "pub struct A<T>(T); enum B {} fn f() { struct C; } trait D { type E; } type F = u8; impl D for B { type E = u8; }";
        assert_eq!(defined(&tokens(source)), ["A", "B", "C", "D", "F"]);
        assert_eq!(defined(&tokens("forward! { struct enum identifier } struct $name;")), [""; 0]);
    }

    fn check_errors(source: &str, expect: &[&str]) {
        assert_eq!(errors(&tokens(source)).into_iter().collect::<Vec<_>>(), expect, "{source}");
    }

    #[test]
    fn errors_are_what_results_name_and_what_derives_them() {
        check_errors("fn f() -> Result<Vec<(A, B)>, c::D> {}", &["D"]);
        check_errors("fn f() -> Result<fn(A) -> B, Vec<C>> {}", &["C"]);
        check_errors("fn f() -> io::Result<A> {}", &[]);
        check_errors("#[derive(Debug, thiserror::Error)]\npub enum E { A }", &["E"]);
        check_errors("#[derive(Debug)]\npub enum E { A }", &[]);
    }

    #[test]
    fn a_text_as_an_error_is_told_from_other_errors() {
        let is_text_of = |source: &str| -> Vec<bool> {
            let tokens: Vec<Token<'_>> = tokens(source);
            results(&tokens).into_iter().map(is_text).collect()
        };
        assert_eq!(is_text_of("Result<A, String>; Result<String, B>; Result<A<B, String>, C>"), [true, false, false]);
    }
}
