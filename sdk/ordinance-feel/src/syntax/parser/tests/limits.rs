//! Long and deep texts.

use std::time::{Duration, Instant};

use super::scope;
use crate::syntax::{TEXT_BYTES_MAX, parse_expression, parse_tests, parse_type_name};

/// The message of the only fault of a text, which is told quickly.
fn refusal(text: &str) -> String {
    let begun = Instant::now();
    let errors = parse_expression(text, &scope()).expect_err("the text is refused");
    assert!(begun.elapsed() < Duration::from_secs(5), "{} took {:?}", &text[..20], begun.elapsed());
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].message.clone()
}

#[test]
fn what_is_nested_too_deep_is_refused_once() {
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{a:", "1", "}"),
        ("-", "1", ""),
        ("not(", "true", ")"),
        ("f(", "1", ")"),
        ("x[", "1", "]"),
        ("if x then ", "1", " else 2"),
        ("if x then 1 else ", "2", ""),
        ("for i in x return ", "1", ""),
        ("some i in ", "x", " satisfies true"),
        ("function(a) ", "1", ""),
        ("x in (", "1", ")"),
        ("x in not(", "1", ")"),
        ("1 + (", "1", ")"),
        ("!", "x", ""),
    ] {
        let depth = 10_000.min(TEXT_BYTES_MAX / (open.len() + close.len() + 1));
        let text = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
        assert!(refusal(&text).contains("more than 128 deep"), "{open}");
        assert!(refusal(&open.repeat(depth)).contains("more than 128 deep"), "{open} without end");
        let nested = format!("{}{inner}{}", open.repeat(50), close.repeat(50));
        let result = parse_expression(&nested, &scope());
        assert!(open == "!" || result.is_ok(), "{open} {result:?}");
    }
}

#[test]
fn a_type_that_is_nested_too_deep_is_refused() {
    let list = |depth: usize| format!("{}number{}", "list<".repeat(depth), ">".repeat(depth));
    assert!(parse_type_name(&list(50), &scope()).is_ok());
    let errors = parse_type_name(&list(10_000), &scope()).expect_err("it is too deep");
    assert!(errors[0].message.contains("more than 128 deep"));
}

#[test]
fn a_series_of_operators_is_bounded() {
    for (operator, operand) in
        [(" + ", "1"), (" and ", "x"), (".", "a"), ("", "[1]"), ("", "(1)"), (" = ", "x"), (" in ", "x")]
    {
        let series = |count: usize| format!("x{}", format!("{operator}{operand}").repeat(count));
        assert!(parse_expression(&series(250), &scope()).is_ok(), "{operator}{operand}");
        assert!(refusal(&series(10_000)).contains("more than 256 operators"), "{operator}{operand}");
    }
    let inner = format!("(1{})", " + 1".repeat(200));
    let joined = format!("{inner} * (2 + {inner} * {inner})");
    assert!(parse_expression(&joined, &scope()).is_ok());
    let high = format!("({inner}{}) * 3", " + 1".repeat(100));
    assert!(refusal(&high).contains("more than 256 operators"));
}

#[test]
fn a_long_text_is_refused_and_a_wide_one_is_read() {
    assert!(refusal(&"1".repeat(1_000_000)).contains("at most 65536 are read"));
    assert!(refusal(&"年".repeat(30_000)).contains("at most 65536 are read"));
    let wide = format!("[{}1]", "1, ".repeat(20_000));
    assert!(parse_expression(&wide, &scope()).is_ok());
    let entries: Vec<String> = (0..4_000).map(|index| format!("a {index}: {index}")).collect();
    assert!(parse_expression(&format!("{{{}}}", entries.join(", ")), &scope()).is_ok());
    let tests = vec!["not(1)"; 8_000].join(", ");
    assert!(parse_tests(&tests, &scope()).is_ok());
}

#[test]
fn texts_that_invite_to_read_again_take_little_time() {
    let fill = |unit: &str| unit.repeat(TEXT_BYTES_MAX / unit.len());
    for unit in [
        "a ",
        "a-",
        "f(a: ",
        "1e+",
        "\"",
        "'",
        "x ? ",
        "a b, ",
        "(a b) ",
        "[a b] ",
        "{a b} ",
        "f(a b) ",
        "/*",
        "if a b ",
        "-a-a",
        "a.b ",
        "..",
        "] ",
        "not(not(a) ",
        "[1..",
        "x in (",
        "1.1.",
        "@\"",
        "for a ",
        "１",
        "，",
        "年",
        "\\",
        "old_enoug ",
        "1,5 ",
        "a adn ",
    ] {
        let begun = Instant::now();
        let text = fill(unit);
        let _ = parse_expression(&text, &scope());
        let _ = parse_tests(&text, &scope());
        assert!(begun.elapsed() < Duration::from_secs(4), "{unit} took {:?}", begun.elapsed());
    }
}
