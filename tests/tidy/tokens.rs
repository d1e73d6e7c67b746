//! Rust source as a list of tokens, which is all that the invariants of the source need: no comments, no spaces, and no
//! `#[cfg(test)]` modules.

/// A word, a literal or a sign of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// From 1.
    pub(super) line: usize,
}

/// The signs of more than one letter that the readers must tell from their parts.
const LONG_SIGNS: [&str; 5] = ["::", "->", "=>", "&&", "||"];

/// The tokens of a source.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let length = length_of_token(rest, first);
        let (text, after) = rest.split_at(length);
        if !first.is_whitespace() && !is_comment(text) {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn is_comment(text: &str) -> bool {
    text.starts_with("//") || text.starts_with("/*")
}

/// The bytes of the token, the space or the comment that begins a text.
fn length_of_token(rest: &str, first: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return length_of_block_comment(rest);
    }
    if let Some(length) = length_of_string(rest).or_else(|| length_of_letter(rest)) {
        return length;
    }
    if is_in_word(first) {
        return rest.find(|letter| !is_in_word(letter)).unwrap_or(rest.len());
    }
    LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(first.len_utf8(), |sign| sign.len())
}

fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn length_of_block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = match rest.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// A string, raw or not, of text or of bytes.
fn length_of_string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        let after = rest.strip_prefix(*prefix);
        after.is_some_and(|after| {
            after.trim_start_matches('#').starts_with('"') && !(prefix.is_empty() && after.starts_with('#'))
        })
    })?;
    let hashes: String = rest[prefix.len()..].chars().take_while(|letter| *letter == '#').collect();
    let begin = prefix.len() + hashes.len() + 1;
    if prefix.ends_with('r') {
        let end = format!("\"{hashes}");
        return Some(rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len()));
    }
    let mut is_escaped = false;
    let end = rest[begin..].find(|letter| {
        let is_end = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        is_end
    });
    Some(end.map_or(rest.len(), |at| begin + at + 1))
}

/// A letter in quotes, or the name of a lifetime.
fn length_of_letter(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("b'").or_else(|| rest.strip_prefix('\''))?;
    let quote = rest.len() - after.len();
    let first = after.chars().next()?;
    if first == '\\' {
        return after[2..].find('\'').map(|at| quote + 2 + at + 1);
    }
    if after[first.len_utf8()..].starts_with('\'') {
        return Some(quote + first.len_utf8() + 1);
    }
    Some(quote + after.find(|letter| !is_in_word(letter)).unwrap_or(after.len()))
}

/// The position of the sign that closes the one at a position.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => (),
        }
    }
    tokens.len() - 1
}

/// The tokens without the modules of unit tests.
pub(super) fn without_test_modules<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match end_of_test_module(tokens, at) {
            Some(end) => at = end,
            None => {
                kept.push(tokens[at]);
                at += 1;
            }
        }
    }
    kept
}

/// The position behind a `#[cfg(test)] mod` that begins here.
fn end_of_test_module(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let is_test = tokens[at..].iter().map(|token| token.text).take(CFG_TEST.len()).eq(CFG_TEST);
    if !is_test {
        return None;
    }
    let mut next = at + CFG_TEST.len();
    while tokens.get(next)?.text == "#" {
        next = closing(tokens, next + 1) + 1;
    }
    if tokens.get(next)?.text != "mod" {
        return None;
    }
    let body = next + 2;
    Some(if tokens.get(body)?.text == "{" { closing(tokens, body) + 1 } else { body + 1 })
}

#[cfg(test)]
mod tests {
    use super::{tokens, without_test_modules};

    fn check(source: &str, expect: &[&str]) {
        let found: Vec<&str> = without_test_modules(&tokens(source)).iter().map(|token| token.text).collect();
        assert_eq!(found, expect, "{source}");
    }

    #[test]
    fn comments_and_spaces_are_no_tokens() {
        check("use a::b; // use c;\n/* use /* d */ */ e", &["use", "a", "::", "b", ";", "e"]);
    }

    #[test]
    fn what_stands_in_a_literal_is_one_token() {
        check(
            r###"f("use \" a", r#"b " c"#, b"d", 'e', '\'', '"', &'static str)"###,
            &[
                "f",
                "(",
                r#""use \" a""#,
                ",",
                r###"r#"b " c"#"###,
                ",",
                "b\"d\"",
                ",",
                "'e'",
                ",",
                r"'\''",
                ",",
                "'\"'",
                ",",
                "&",
                "'static",
                "str",
                ")",
            ],
        );
    }

    #[test]
    fn modules_of_unit_tests_are_left_out() {
        check("a #[cfg(test)] mod tests { use x; {} } b #[cfg(test)] #[allow(y)] mod laws; c", &["a", "b", "c"]);
        check("#[cfg(unix)] mod d;", &["#", "[", "cfg", "(", "unix", ")", "]", "mod", "d", ";"]);
    }

    #[test]
    fn a_token_knows_its_line() {
        let lines: Vec<usize> = tokens("a\n\"b\n\" c // d\ne").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 3, 4]);
    }
}
