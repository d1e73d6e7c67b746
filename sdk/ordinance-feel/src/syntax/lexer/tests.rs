//! Tests of tokens.

use super::*;
use crate::syntax::token::Symbol;

/// The tokens of a text as one line, and what is wrong with each.
fn check(text: &str, expect: &str) {
    let mut found = Vec::new();
    for token in lex(text) {
        found.push(match token.kind {
            TokenKind::Word(word) => word,
            TokenKind::Number(number) => {
                let number = number.normalised();
                format!("{}e{}", number.coefficient, number.exponent)
            }
            TokenKind::Text(text) => format!("{text:?}"),
            TokenKind::Temporal(text) => format!("@{text:?}"),
            TokenKind::Symbol(symbol) => symbol.text().to_owned(),
            TokenKind::Quote => "QUOTE".to_owned(),
            TokenKind::Stray(character) => format!("STRAY {character}"),
            TokenKind::End => String::new(),
        });
        found.extend(token.faults.into_iter().map(|fault| format!("<{}>", fault.help.unwrap_or_default())));
    }
    found.retain(|token| !token.is_empty());
    assert_eq!(found.join(" "), expect, "{text}");
}

#[test]
fn numbers_are_exact_and_points_of_ranges_are_not_theirs() {
    check("12 12.50 .5 1e3 1.5E-3", "12e0 125e-1 5e-1 1e3 15e-4");
    check("1..n", "1e0 .. n");
    check("1.x 2e 3e+", "1e0 . x 2e0 e 3e0 e +");
    check("0.1234567890123456789012345678901234565", "1234567890123456789012345678901235e-34");
    check("99999999999999999999999999999999995", "1e35");
    check("1e6144", "1000000000000000000000000000000000e6111");
    check("1e6145", "0e0 <write a number of at most 6,144 digits>");
    check("0e99999999999999999999", "0e0");
}

#[test]
fn texts_end_at_their_quote_and_lose_their_escapes() {
    check(r#""a\"b" "\n\t\\""#, r#""a\"b" "\n\t\\""#);
    check(r#""\u5e74\U01F600\uD83D\uDE00""#, "\"年😀😀\"");
    check(r#""\d""#, "\"\" <type `\\\\d` for a `\\` before `d`>");
    check(
        r#""\u12" "\ud800""#,
        "\"\" <type the 4 hexadecimal digits of a character after `\\u`> \"\" <type the 4 hexadecimal digits of a character after `\\u`>",
    );
    check(r#"@"2026-01-01""#, "@\"2026-01-01\"");
    check("\"a", "\"\" <type `\"` before and after the text>");
    check(
        "\"a\u{202e}b\"",
        "\"a\u{202e}b\" <delete it, or type `\\u202E`>".replace("a\u{202e}b", "a\\u{202e}b").as_str(),
    );
}

#[test]
fn comments_are_blanks() {
    check("a // b\n + /* c */ d", "a + d");
    check("a /* b", "a <type `*/` where the comment ends>");
}

#[test]
fn characters_of_an_input_method_are_read_as_meant() {
    check("年龄＞＝８０", "年龄 >= <type `>=`> 8e1 <type `80`>");
    check("（a，b）", "( <type `(`> a , <type `,`> b ) <type `)`>");
    check("“甲”《乙》", "\"甲\" <type `\"甲\"`> \"乙\" <type `\"乙\"`>");
    check("“it", "\"\" <type `\"` before and after the text>");
    check("\"a”", "\"a\" <type `\"a\"`>");
    check("ａｇｅ", "age <type `age`>");
    check("a≥b≤c≠d×e÷f", "a >= <type `>=`> b <= <type `<=`> c != <type `!=`> d * <type `*`> e / <type `/`> f");
    check("a\u{a0}+\u{3000}b\u{feff}", "a + b");
    check("12。5", "125e-1 <type `12.5`>");
}

#[test]
fn operators_of_other_languages_are_read_as_meant() {
    check("a == b && c || d", "a = <type `=`> b and <type `and`> c or <type `or`> d");
    check("a <> b => c =< d", "a != <type `!=`> b >= <type `>=`> c <= <type `<=`> d");
    check("2^3 a := b", "2e0 ** <type `**`> 3e0 a = <type `=`> b");
    assert_eq!(lex("!a").first().map(|token| token.kind.clone()), Some(TokenKind::Symbol(Symbol::Bang)));
}
