//! What an operator stands between: literals, names, and what begins with a word or a bracket.

use ordinance_feel_runtime::Decimal;

use super::cursor::{Parsed, Parser};
use super::expression::Level;
use crate::source_text::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::error::SyntaxError;
use crate::syntax::keywords::{is_keyword, meant, nearest, synonym};
use crate::syntax::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// One operand, without what follows it.
    pub(super) fn operand(&mut self) -> Parsed<Expr> {
        let start = self.start();
        match self.kind().clone() {
            TokenKind::Number(number) => self.number(number),
            TokenKind::Text(text) => self.literal(ExprKind::Text(text)),
            TokenKind::Temporal(text) => self.literal(ExprKind::Temporal(text)),
            TokenKind::Word(word) => self.worded(&word),
            TokenKind::Symbol(Symbol::Minus) => {
                self.advance()?;
                let value = Box::new(self.operators(Level::Sign)?);
                Ok(self.node(start, ExprKind::Negate(value)))
            }
            TokenKind::Symbol(Symbol::OpenParen) => self.parens(),
            TokenKind::Symbol(Symbol::OpenBracket) => self.bracket(),
            TokenKind::Symbol(Symbol::OpenBrace) => self.context(),
            TokenKind::Symbol(Symbol::Bang) => self.negation("FEEL doesn't have `!`", Level::Sign),
            TokenKind::Symbol(Symbol::CloseBracket) if self.begins_value(1) => self.open_range(),
            TokenKind::Symbol(_) | TokenKind::Quote | TokenKind::Stray(_) | TokenKind::End => self.missing_value(),
        }
    }

    /// A number, or a day that is written without quotes.
    fn number(&mut self, number: Decimal) -> Parsed<Expr> {
        let start = self.start();
        if let Some((joined, decimal)) = self.thousands() {
            self.skip(3);
            let span = self.span_from(start);
            let message = "a number has a point before its decimals and no other marks";
            let help = format!(
                "type `{joined}` if the comma separates thousands, `{decimal}` if it stands before decimals; two numbers \
                 have a blank after the comma"
            );
            self.report(SyntaxError::new(span, message, help));
            return Ok(self.node(start, ExprKind::Number(number)));
        }
        let Some((count, day)) = self.bare_day() else { return self.literal(ExprKind::Number(number)) };
        self.skip(count);
        let span = self.span_from(start);
        let message = format!("`{}` isn't a day as FEEL writes it", self.source(span));
        self.report(SyntaxError::new(span, message, format!("type `@\"{day}\"`")));
        Ok(self.node(start, ExprKind::Temporal(day)))
    }

    /// A number whose thousands a comma separates, such as `20,000`, without the comma and with a point: among
    /// arguments it would be two numbers. The second begins with 0, which no number of its own does.
    fn thousands(&self) -> Option<(String, String)> {
        let [number, comma, group] = [self.ahead(0)?, self.ahead(1)?, self.ahead(2)?];
        let is_comma = matches!(comma.kind, TokenKind::Symbol(Symbol::Comma));
        let touches = number.span.end == comma.span.start && comma.span.end == group.span.start;
        let (first, second) = (self.source(number.span), self.source(group.span));
        let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_group = second.len() == 3 && second.starts_with('0') && are_digits(second);
        (is_comma && touches && is_group && first.len() <= 3 && are_digits(first))
            .then(|| (format!("{first}{second}"), format!("{first}.{second}")))
    }

    /// A day without quotes, such as `2026-01-31` or `2026/01/31`, with the number of its tokens.
    fn bare_day(&self) -> Option<(usize, String)> {
        let start = self.start();
        let end = self.ahead(4)?.span.end;
        let written = self.source(Span { start, end });
        let mut parts = written.split(['-', '/']);
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let are_digits =
            |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_day = are_digits(year, 4) && are_digits(month, 2) && are_digits(day, 2) && written.len() == 10;
        is_day.then(|| (5, format!("{year}-{month}-{day}")))
    }

    fn literal(&mut self, kind: ExprKind) -> Parsed<Expr> {
        let start = self.start();
        self.advance()?;
        Ok(self.node(start, kind))
    }

    /// What begins with a word. A known name of several words wins over a keyword.
    fn worded(&mut self, word: &str) -> Parsed<Expr> {
        let known = self.known_name();
        if word == "not" && known.as_ref().is_some_and(|(count, _)| *count == 1) && self.begins_argument() {
            return self.negation("the condition of `not` stands in brackets", Level::Comparison);
        }
        if let Some((count, _)) = known
            && (count > 1 || !is_keyword(word))
        {
            return Ok(self.name_node(known.unwrap_or_default()));
        }
        match word {
            "null" => self.literal(ExprKind::Null),
            "true" => self.literal(ExprKind::Boolean(true)),
            "false" => self.literal(ExprKind::Boolean(false)),
            "if" => self.condition(),
            "for" => self.iteration(),
            "some" => self.quantified(false),
            "every" => self.quantified(true),
            "function" => self.function(),
            _ if is_keyword(word) => self.missing_value(),
            _ => self.unknown_word(word),
        }
    }

    /// Whether a value follows a word without brackets around it.
    fn begins_argument(&self) -> bool {
        self.begins_value(1) && !self.ahead(1).is_some_and(|token| matches!(token.kind, TokenKind::Symbol(_)))
    }

    /// Goes past `!` or `not` before a condition without brackets, and tells how to type it.
    fn negation(&mut self, message: &str, level: Level) -> Parsed<Expr> {
        let (start, span) = (self.start(), self.here());
        self.advance()?;
        let condition = self.operators(level)?;
        let help = format!("type `not({})`", self.source(condition.span));
        self.report(SyntaxError::new(span, message, help));
        let function = Box::new(Expr { kind: ExprKind::Name("not".to_owned()), span });
        Ok(self.node(start, ExprKind::Call { function, arguments: vec![condition] }))
    }

    fn name_node(&mut self, known: (usize, String)) -> Expr {
        let name = self.take_name(known);
        Expr { kind: ExprKind::Name(name.text), span: name.span }
    }

    /// A word that isn't known as a name: a keyword in other letters, several words that are known with underscores, or
    /// a name that whoever knows all names will find.
    fn unknown_word(&mut self, word: &str) -> Parsed<Expr> {
        if let Some(keyword) = self.meant_literal(word) {
            let message = format!("FEEL doesn't have the word `{word}`");
            let mend = SyntaxError::new(self.here(), message, format!("type `{keyword}`"));
            self.report(mend);
            self.advance()?;
            return self.rewritten(keyword);
        }
        if let Some((span, right)) = self.joined_name() {
            let written = self.source(span);
            let message = format!("`{written}` isn't a name here");
            return self.fail(SyntaxError::new(span, message, format!("type `{right}`")));
        }
        let start = self.start();
        self.advance()?;
        Ok(self.node(start, ExprKind::Name(word.to_owned())))
    }

    /// The keyword that begins an operand and that an unknown word was meant to be.
    fn meant_literal(&self, word: &str) -> Option<&'static str> {
        if self.scope.names().len() == 0 {
            return None;
        }
        let lower = word.to_lowercase();
        let keywords = ["true", "false", "null", "if", "for", "some", "every"];
        let same = keywords.into_iter().find(|keyword| *keyword == lower && lower != word);
        let foreign = || meant(word, &keywords).filter(|keyword| synonym(word) == Some(*keyword));
        same.or_else(foreign)
    }

    /// Goes on after a word that was read as a keyword.
    fn rewritten(&mut self, keyword: &str) -> Parsed<Expr> {
        let start = self.previous().map_or(0, |token| token.span.start);
        match keyword {
            "true" => Ok(self.node(start, ExprKind::Boolean(true))),
            "false" => Ok(self.node(start, ExprKind::Boolean(false))),
            "null" => Ok(self.node(start, ExprKind::Null)),
            "if" => self.condition_after(start),
            "for" => self.iteration_after(start),
            "some" => self.quantified_after(start, false),
            _ => self.quantified_after(start, true),
        }
    }

    /// Words beside one another, or with `-` between them, that are one name with underscores.
    fn joined_name(&self) -> Option<(Span, String)> {
        let start = self.start();
        let mut name = self.word()?.to_owned();
        let mut count = 1;
        let mut found = None;
        while count < 16 {
            let hyphen = usize::from(self.is_ahead(count, Symbol::Minus));
            let Some(token) = self.ahead(count + hyphen) else { break };
            let TokenKind::Word(word) = &token.kind else { break };
            name = format!("{name}_{word}");
            count += 1 + hyphen;
            if self.knows(&name) {
                found = Some((Span { start, end: token.span.end }, name.clone()));
            }
        }
        found
    }

    /// A name of one word, whatever it is.
    pub(super) fn one_word(&mut self, missing: &str) -> Parsed<Name> {
        let Some(text) = self.word().map(str::to_owned) else {
            if self.at_end() {
                let span = self.previous().map_or_else(|| self.here(), |token| token.span);
                let full_stop = self.source(span) == "。";
                let help = if full_stop { "delete it: nothing ends an expression" } else { "type a name" };
                self.report(SyntaxError::new(span, missing, help));
                return self.stop();
            }
            return self.fail(SyntaxError::new(self.here(), missing, "type a name"));
        };
        let span = self.here();
        self.advance()?;
        Ok(Name { text, span })
    }

    /// A known name that a word is almost the same as.
    pub(super) fn near_name(&self, word: &str) -> Option<String> {
        nearest(word, self.locals.iter().chain(self.scope.names().iter())).map(str::to_owned)
    }

    /// Whether a value may begin at the token so many tokens ahead.
    pub(super) fn begins_value(&self, count: usize) -> bool {
        self.ahead(count).is_some_and(|token| match &token.kind {
            TokenKind::Word(word) => {
                !is_keyword(word)
                    || matches!(word.as_str(), "null" | "true" | "false" | "if" | "for" | "some" | "every" | "function")
            }
            TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Temporal(_) => true,
            TokenKind::Symbol(symbol) => {
                matches!(
                    symbol,
                    Symbol::Minus | Symbol::OpenParen | Symbol::OpenBracket | Symbol::OpenBrace | Symbol::Bang
                )
            }
            TokenKind::Quote | TokenKind::Stray(_) | TokenKind::End => false,
        })
    }
}
