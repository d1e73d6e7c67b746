//! What stands in brackets: groups, ranges, lists and contexts.

use super::cursor::{Parsed, Parser};
use super::expression::{Level, comparison};
use crate::source_text::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, Range};
use crate::syntax::error::{ReportedError, SyntaxError};
use crate::syntax::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// `(a)`, `(a..b]`, `(< a)`
    pub(super) fn parens(&mut self) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        self.bracketed(Symbol::CloseParen, |parser| {
            if let Some(range) = parser.unary_range()? {
                parser.close(Symbol::CloseParen, opening)?;
                return Ok(range);
            }
            let inner = parser.expression()?;
            if parser.eat(Symbol::TwoPoints)? {
                return parser.range_end(inner, false, opening);
            }
            parser.close(Symbol::CloseParen, opening)?;
            Ok(inner)
        })
    }

    /// `[a, b]`, `[a..b)`
    pub(super) fn bracket(&mut self) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        if self.at(Symbol::CloseBracket) && !self.begins_open_range() {
            self.advance()?;
            return Ok(self.node(opening.start, ExprKind::List(Vec::new())));
        }
        self.bracketed(Symbol::CloseBracket, |parser| {
            let first = parser.item(Symbol::CloseBracket)?;
            if parser.eat(Symbol::TwoPoints)? {
                return parser.range_end(first, true, opening);
            }
            let mut items = vec![first];
            while parser.eat(Symbol::Comma)? {
                items.push(parser.item(Symbol::CloseBracket)?);
            }
            parser.close(Symbol::CloseBracket, opening)?;
            Ok(parser.node(opening.start, ExprKind::List(items)))
        })
    }

    /// `]a..b]`
    pub(super) fn open_range(&mut self) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        self.bracketed(Symbol::OpenBracket, |parser| {
            let low = parser.expression()?;
            if parser.eat(Symbol::TwoPoints)? {
                parser.range_end(low, false, opening)
            } else {
                parser.unexpected("`..`")
            }
        })
    }

    /// Whether `]` opens a range: a plain value stands after it.
    fn begins_open_range(&self) -> bool {
        self.begins_value(1) && !self.ahead(1).is_some_and(|token| matches!(token.kind, TokenKind::Symbol(_)))
    }

    /// The upper end of a range and its bracket.
    pub(super) fn range_end(&mut self, low: Expr, low_included: bool, opening: Span) -> Parsed<Expr> {
        self.in_range_end = true;
        let high = self.expression()?;
        self.in_range_end = false;
        let high_included = self.at(Symbol::CloseBracket);
        if high_included || self.at(Symbol::CloseParen) || self.at(Symbol::OpenBracket) {
            self.advance()?;
        } else {
            self.close(if low_included { Symbol::CloseBracket } else { Symbol::CloseParen }, opening)?;
        }
        let range = Box::new(Range { low, low_included, high, high_included });
        Ok(self.node(opening.start, ExprKind::Range(range)))
    }

    /// `< a` where an item may stand.
    pub(super) fn unary_range(&mut self) -> Parsed<Option<Expr>> {
        let TokenKind::Symbol(symbol) = *self.kind() else { return Ok(None) };
        let Some(operator) = comparison(symbol) else { return Ok(None) };
        let start = self.start();
        self.advance()?;
        let end = Box::new(self.operators(Level::Sum)?);
        Ok(Some(self.node(start, ExprKind::UnaryRange { operator, end })))
    }

    /// An item of a list or an argument. If it can't be read, its fault is told and reading goes on after it.
    pub(super) fn item(&mut self, close: Symbol) -> Parsed<Expr> {
        let start = self.start();
        let item = match self.unary_range() {
            Ok(Some(range)) => Ok(range),
            Ok(None) => self.expression(),
            Err(error) => Err(error),
        };
        let follows = self.at(Symbol::Comma) || self.at(close) || self.at(Symbol::TwoPoints);
        let item = if item.is_ok() && !follows && !self.at_end() { self.after_item(close) } else { item };
        item.or_else(|error| self.recover(close, true, error).map(|()| self.node(start, ExprKind::Null)))
    }

    /// Tells what stands after an item and doesn't belong there.
    fn after_item(&mut self, close: Symbol) -> Parsed<Expr> {
        self.unexpected(&format!("`,` or `{}`", close.text()))
    }

    /// `{ a: 1, "b": 2 }`. Each entry may name those before it.
    pub(super) fn context(&mut self) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        let bound = self.locals.len();
        let context = self.bracketed(Symbol::CloseBrace, |parser| {
            let mut entries: Vec<(Name, Expr)> = Vec::new();
            while !parser.at(Symbol::CloseBrace) || !entries.is_empty() {
                let (key, value) = parser.entry()?;
                if entries.iter().any(|(other, _)| other.text == key.text) {
                    parser.report_twice(&key);
                }
                parser.locals.add(&key.text);
                parser.keys.add(&key.text);
                entries.push((key, value));
                if !parser.eat(Symbol::Comma)? {
                    break;
                }
            }
            parser.close(Symbol::CloseBrace, opening)?;
            Ok(parser.node(opening.start, ExprKind::Context(entries)))
        });
        self.locals.forget(bound);
        context
    }

    fn entry(&mut self) -> Parsed<(Name, Expr)> {
        let key = if let TokenKind::Text(text) = self.kind().clone() {
            let span = self.here();
            self.advance()?;
            Name { text, span }
        } else {
            self.bound_name(":")?
        };
        if self.at(Symbol::Equal) {
            let message = format!("a `:` has to stand between the key `{}` and its value", key.text);
            self.report(SyntaxError::new(self.here(), message, "type `:`"));
            self.advance()?;
        } else if !self.eat(Symbol::Colon)? {
            return self.missing_between(&format!("`:` is missing after the key `{}`", key.text), ":");
        }
        Ok((key, self.item(Symbol::CloseBrace)?))
    }

    /// Reads what stands between brackets. If it can't be read, its fault is told and reading goes on after the
    /// bracket.
    pub(super) fn bracketed(&mut self, close: Symbol, read: impl FnOnce(&mut Self) -> Parsed<Expr>) -> Parsed<Expr> {
        let start = self.start();
        let in_range_end = std::mem::take(&mut self.in_range_end);
        let bound = self.locals.len();
        self.open_brackets += 1;
        let read = read(self);
        self.open_brackets -= 1;
        self.in_range_end = in_range_end;
        self.locals.forget(bound);
        read.or_else(|error| {
            self.recover(close, false, error)?;
            self.advance()?;
            Ok(self.node(start, ExprKind::Null))
        })
    }

    /// Goes on to the bracket that closes what couldn't be read, or to the comma before it. That is not to be found
    /// where brackets don't match, or may be those of a range.
    pub(super) fn recover(&mut self, close: Symbol, at_comma: bool, error: ReportedError) -> Parsed<()> {
        let mut depth = 0usize;
        let mut count = 0;
        while let Some(token) = self.ahead(count).filter(|_| !self.is_stopped()) {
            if let TokenKind::Symbol(symbol) = token.kind {
                if depth == 0 && (symbol == close || (at_comma && symbol == Symbol::Comma)) {
                    self.skip(count);
                    return Ok(());
                }
                if matches!(symbol, Symbol::OpenParen | Symbol::OpenBracket | Symbol::OpenBrace) {
                    depth += 1;
                }
                if matches!(symbol, Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace) {
                    depth = depth.checked_sub(1).ok_or(error)?;
                }
                if symbol == Symbol::TwoPoints {
                    return Err(error);
                }
            }
            count += 1;
        }
        Err(error)
    }

    /// Goes past the bracket that closes one.
    pub(super) fn close(&mut self, close: Symbol, opening: Span) -> Parsed<()> {
        if self.at(close) {
            return self.advance();
        }
        let open = self.source(opening);
        if self.at_end() {
            self.advance()?;
            let message = format!("the bracket `{open}` isn't closed");
            self.report(SyntaxError::new(
                opening,
                message,
                format!("type `{}` where what it holds ends", close.text()),
            ));
            return self.stop();
        }
        if self.at(Symbol::CloseParen) || self.at(Symbol::CloseBracket) || self.at(Symbol::CloseBrace) {
            let message = format!("the bracket `{open}` is closed by `{}`", self.source(self.here()));
            self.report(SyntaxError::new(self.here(), message, format!("type `{}`", close.text())));
            return self.stop();
        }
        self.unexpected(&format!("`{}`", close.text()))
    }
}
