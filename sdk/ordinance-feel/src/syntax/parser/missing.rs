//! What is told of a text that the grammar doesn't take.

use super::cursor::{Parsed, Parser};
use crate::source_text::Span;
use crate::syntax::ast::Expr;
use crate::syntax::error::SyntaxError;
use crate::syntax::keywords::{is_keyword, meant, synonym};
use crate::syntax::names::BUILTINS;
use crate::syntax::token::{Symbol, Token, TokenKind};

/// The words that begin a part of something that was begun before.
const AFTER_VALUE: &[&str] = &["then", "else", "return", "satisfies", "and", "or"];

impl Parser<'_> {
    /// Tells that a value should stand next.
    pub(super) fn missing_value(&mut self) -> Parsed<Expr> {
        let here = self.here();
        let written = self.source(here);
        let error = match self.kind().clone() {
            TokenKind::End => return self.missing_at_end(),
            TokenKind::Quote => return self.single_quoted(),
            TokenKind::Stray(character) => stray(here, character),
            TokenKind::Symbol(Symbol::Plus) => {
                SyntaxError::new(here, "a value is missing before `+`", "delete the `+` if it is a sign")
            }
            TokenKind::Symbol(Symbol::TwoPoints) => {
                let help = "type a lower end, or a range without one, such as `(<= 5)`";
                SyntaxError::new(here, "the lower end of a range is missing", help)
            }
            TokenKind::Symbol(_) if self.is_after(Symbol::TwoPoints) => {
                let help = "type an upper end, or a range without one, such as `(>= 5)`";
                SyntaxError::new(here, "the upper end of a range is missing", help)
            }
            TokenKind::Symbol(Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace)
                if self.is_after(Symbol::Comma) =>
            {
                SyntaxError::new(here, format!("a value is missing before `{written}`"), "type it, or delete the comma")
            }
            TokenKind::Symbol(_) | TokenKind::Word(_) => {
                let message = format!("a value is missing before `{written}`");
                SyntaxError::new(here, message, "type a value, such as a name, a number or a text in quotes")
            }
            TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Temporal(_) => return self.unexpected("a value"),
        };
        self.fail(error)
    }

    fn is_after(&self, symbol: Symbol) -> bool {
        self.previous().is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    fn missing_at_end(&mut self) -> Parsed<Expr> {
        self.advance()?;
        let Some(span) = self.previous().map(|token| token.span) else {
            let help = "type an expression, such as `age >= 18`";
            return self.fail(SyntaxError::new(self.here(), "the expression is empty", help));
        };
        let message = format!("a value is missing after `{}`", self.source(span));
        if self.in_cell
            && self.source(span) == "+"
            && let Some(number) = self.only_number()
        {
            self.report(SyntaxError::new(span, message, format!("type `>= {number}` for {number} and more")));
            return self.stop();
        }
        self.report(SyntaxError::new(span, message, "type the value that belongs there, or delete what stands before"));
        self.stop()
    }

    /// The number before the last token, if nothing else stands before it.
    fn only_number(&self) -> Option<&str> {
        let (number, span) = self.read().next().map(|token| (is_number(token), token.span))?;
        (number && self.read().count() == 2).then(|| self.source(span))
    }

    /// Tells how to type a text that stands in single quotes, and goes past it.
    fn single_quoted(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let mut count = 1;
        while let Some(token) = self.ahead(count) {
            if token.kind == TokenKind::Quote {
                let span = Span { start, end: token.span.end };
                let first = self.here().end;
                let inner = self.source(Span { start: first, end: token.span.start });
                let mend = format!("type `\"{inner}\"`");
                self.report(SyntaxError::new(span, "a text stands in double quotes", mend));
                self.skip(count + 1);
                return Ok(self.node(start, crate::syntax::ast::ExprKind::Text(inner.to_owned())));
            }
            count += 1;
        }
        let message = format!("FEEL doesn't have `{}`", self.source(self.here()));
        self.report(SyntaxError::new(self.here(), message, "type `\"` before and after a text"));
        self.stop()
    }

    /// Tells that what stands next doesn't belong there, where `expected` or an operator should stand.
    pub(super) fn unexpected<T>(&mut self, expected: &str) -> Parsed<T> {
        if self.at_end() {
            self.advance()?;
            let span = self.previous().map_or_else(|| self.here(), |token| token.span);
            let message = format!("{expected} is missing after `{}`", self.source(span));
            self.report(SyntaxError::new(span, message, format!("type {expected}")));
            return self.stop();
        }
        let error = self.number_mend().or_else(|| self.misplaced()).unwrap_or_else(|| {
            let message = format!("`{}` doesn't belong here", self.source(self.here()));
            SyntaxError::new(self.here(), message, format!("type {expected} or an operator before it, or delete it"))
        });
        self.fail(error)
    }

    /// Tells that something is missing before what stands next, if that isn't wrong by itself.
    pub(super) fn missing_between<T>(&mut self, missing: &str, right: &str) -> Parsed<T> {
        let is_wrong = matches!(self.kind(), TokenKind::Stray(_) | TokenKind::Quote | TokenKind::End);
        let follows_value = self.begins_value(0) || self.at(Symbol::Comma);
        if is_wrong || follows_value || self.number_mend().is_some() {
            return self.unexpected(&format!("`{right}`"));
        }
        let help = format!("type `{right}` before `{}`", self.source(self.here()));
        self.fail(SyntaxError::new(self.here(), missing, help))
    }

    /// What is to be typed for a number that is written with a comma, with groups or with its unit.
    fn number_mend(&self) -> Option<SyntaxError> {
        let before = self.previous().filter(|token| is_number(token))?;
        let next = self.ahead(0)?;
        let left = self.source(before.span);
        let touches = next.span.start == before.span.end;
        let after = self.ahead(1).filter(|after| touches && is_number(after) && after.span.start == next.span.end);
        let (start, message) = (before.span.start, "a number has a point before its decimals and no other marks");
        match (&next.kind, after) {
            (TokenKind::Symbol(Symbol::Comma) | TokenKind::Quote, Some(after)) => {
                let right = self.source(after.span);
                let span = Span { start, end: after.span.end };
                let joined = format!("{left}{right}");
                let decimal = format!("{}.{right}", left.replace('.', ""));
                // Three digits after a comma are thousands to some, and decimals to others.
                let is_group = right.len() == 3 && !left.contains('.') && left.len() <= 3;
                let help = match (&next.kind, right.contains('.')) {
                    (TokenKind::Quote, _) | (_, true) => format!("type `{joined}`"),
                    (_, false) if is_group => {
                        format!(
                            "type `{joined}` if the comma separates thousands, `{decimal}` if it stands before decimals"
                        )
                    }
                    (_, false) => format!("type `{decimal}`"),
                };
                Some(SyntaxError::new(span, message, help))
            }
            (TokenKind::Number(_), _) if left.contains('.') => {
                let help =
                    "type the number without marks but the point before its decimals, or an operator between two";
                Some(SyntaxError::new(Span { start, end: next.span.end }, "a number has at most one point", help))
            }
            (TokenKind::Number(_), _) => {
                let mend = format!("{left}{}", self.source(next.span));
                let help = format!("type `{mend}` if it is one number, or an operator between two");
                Some(SyntaxError::new(Span { start, end: next.span.end }, "two numbers stand beside one another", help))
            }
            (TokenKind::Word(word), _) if touches && !is_keyword(word) => {
                let span = Span { start, end: next.span.end };
                let message = "a number stands without its unit and without marks in it";
                let mend = self.unit_mend(left, word, span);
                Some(SyntaxError::new(span, message, format!("type `{mend}`")))
            }
            (TokenKind::Stray('~' | '～' | '〜'), Some(after)) => {
                let span = Span { start, end: after.span.end };
                let help = format!("type `[{left}..{}]`", self.source(after.span));
                Some(SyntaxError::new(span, "a range stands in brackets", help))
            }
            (TokenKind::Symbol(Symbol::Point), _) if touches => {
                let span = Span { start, end: next.span.end };
                Some(SyntaxError::new(span, "decimals are missing after the point", format!("type `{left}`")))
            }
            _ => None,
        }
    }

    /// What is to be typed for a number and the word behind it, such as `80岁`, `1_000`, `80岁以上` in a cell, `2026年1月1日`.
    fn unit_mend(&self, number: &str, word: &str, span: Span) -> String {
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        if word.chars().all(|c| c == '_' || c.is_ascii_digit()) {
            return format!("{number}{digits}");
        }
        let parts: Vec<&str> = self.source(span).split(['年', '月', '日']).collect();
        if let [year, month, day, ""] = parts.as_slice()
            && [year, month, day].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return format!("@\"{year}-{month:0>2}-{day:0>2}\"");
        }
        match word {
            _ if !self.in_cell => number.to_owned(),
            _ if word.ends_with("以上") => format!(">= {number}"),
            _ if word.ends_with("以下") => format!("<= {number}"),
            _ if word.contains(['至', '到']) && !digits.is_empty() => format!("[{number}..{digits}]"),
            _ => number.to_owned(),
        }
    }

    /// What is wrong with a token that stands after a value.
    fn misplaced(&self) -> Option<SyntaxError> {
        let (here, written) = (self.here(), self.source(self.here()));
        let message = format!("`{written}` doesn't belong here");
        match self.kind() {
            TokenKind::Stray(character) => Some(stray(here, *character)),
            TokenKind::Word(word) => Some(self.misplaced_word(word)),
            TokenKind::Symbol(Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace)
                if self.open_brackets == 0 =>
            {
                Some(SyntaxError::new(
                    here,
                    format!("`{written}` closes a bracket that isn't open"),
                    "delete it, or type the bracket that it closes",
                ))
            }
            TokenKind::Symbol(Symbol::TwoPoints) => {
                Some(SyntaxError::new(here, "a range stands in brackets", "type it as in `[1..5]`"))
            }
            TokenKind::Symbol(Symbol::Comma) if matches!(written, ";" | "；") => {
                Some(SyntaxError::new(here, message, "delete it: nothing ends an expression"))
            }
            TokenKind::Symbol(Symbol::Comma) => {
                Some(SyntaxError::new(here, message, "put brackets around a list, as in `[1, 2]`, or type an operator"))
            }
            TokenKind::Symbol(Symbol::OpenParen)
            | TokenKind::Number(_)
            | TokenKind::Text(_)
            | TokenKind::Temporal(_) => {
                let before = self.previous().map_or("", |token| self.source(token.span));
                let message = format!("an operator is missing between `{before}` and `{written}`");
                Some(SyntaxError::new(here, message, "type one, such as `and`, `=` or `+`"))
            }
            TokenKind::Quote => Some(SyntaxError::new(
                here,
                format!("FEEL doesn't have `{written}`"),
                "type `\"` before and after a text",
            )),
            TokenKind::Symbol(Symbol::Bang) => {
                Some(SyntaxError::new(here, "FEEL doesn't have `!`", "type `not(` and `)` around the condition"))
            }
            TokenKind::Symbol(_) | TokenKind::End => None,
        }
    }

    fn misplaced_word(&self, word: &str) -> SyntaxError {
        let here = self.here();
        if let Some(feel) = synonym(word).or_else(|| meant(word, AFTER_VALUE)).filter(|_| !is_keyword(word)) {
            return SyntaxError::new(
                here,
                format!("`{word}` doesn't belong here"),
                format!("type `{feel}` if that is meant"),
            );
        }
        if word == "?" {
            let help = "type `if condition then a else b`";
            return SyntaxError::new(here, "FEEL doesn't have `? :`", help);
        }
        if is_keyword(word) {
            let help = match word {
                "then" | "else" => "delete it, or type the `if` to which it belongs",
                "return" => "delete it, or type the `for` to which it belongs",
                "satisfies" => "delete it, or type the `some` or `every` to which it belongs",
                _ => "type an operator before it, or delete it",
            };
            return SyntaxError::new(here, format!("`{word}` doesn't belong here"), help);
        }
        let before = self.previous().map_or("", |token| self.source(token.span));
        if BUILTINS.knows(word) {
            let help = format!("type `{word}(` with its arguments and `)`");
            return SyntaxError::new(here, format!("the function `{word}` doesn't stand between its arguments"), help);
        }
        let near = self.previous().and_then(|token| {
            let TokenKind::Word(other) = &token.kind else { return None };
            let joined = format!("{other}_{word}");
            if self.scope.names().knows(&joined) {
                Some(joined)
            } else if self.knows(other) {
                None
            } else {
                self.near_name(&joined).or_else(|| self.near_name(&format!("{other} {word}")))
            }
        });
        let help = match near {
            Some(name) => format!("type `{name}` if that is meant"),
            None => "type an operator, such as `and`, `=` or `+`; a text stands in double quotes".to_owned(),
        };
        SyntaxError::new(here, format!("an operator is missing between `{before}` and `{word}`"), help)
    }
}

fn is_number(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Number(_))
}

/// What is told of a character that FEEL doesn't have.
fn stray(span: Span, character: char) -> SyntaxError {
    if ordinance_domain::plain_text::is_hidden(character) {
        let message = format!("the text holds the hidden character U+{:04X}", u32::from(character));
        return SyntaxError::new(span, message, "delete it");
    }
    let help = match character {
        '%' | '％' | '‰' => "type a share as a number: `0.05` for 5 %",
        '#' => "type `//` before a comment",
        '\u{20a0}'..='\u{20cf}' | '$' | '£' | '¥' | '￥' => "type an amount as a number, without its currency",
        '@' => "type a day as `@\"2026-01-01\"`",
        '\\' => "type `/` to divide",
        '√' => "type `sqrt(` and `)` around the number",
        '²' => "type `**2`",
        '³' => "type `**3`",
        '½' => "type `0.5`",
        _ => "delete it; a text stands in double quotes",
    };
    SyntaxError::new(span, format!("FEEL doesn't have `{character}`"), help)
}
