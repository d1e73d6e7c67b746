//! Arguments of functions, and conditions of filters.

use super::cursor::{Parsed, Parser};
use crate::source_text::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::error::SyntaxError;
use crate::syntax::token::Symbol;

impl Parser<'_> {
    /// `list[condition]`; within the condition the members of an item have their names, and `item` is the item.
    pub(super) fn filter(&mut self, list: Expr, start: usize) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        self.filters += 1;
        let filter = self.bracketed(Symbol::CloseBracket, |parser| {
            parser.locals.add("item");
            let condition = Box::new(parser.expression()?);
            parser.close(Symbol::CloseBracket, opening)?;
            Ok(parser.node(start, ExprKind::Filter { list: Box::new(list), condition }))
        });
        self.filters -= 1;
        filter
    }

    /// `f(a, b)`, `f(x: a, y: b)`
    pub(super) fn call(&mut self, function: Expr, start: usize) -> Parsed<Expr> {
        let opening = self.here();
        self.advance()?;
        self.bracketed(Symbol::CloseParen, |parser| {
            if parser.begins_named() {
                parser.named(function, start, opening)
            } else {
                parser.positional(function, start, opening)
            }
        })
    }

    fn positional(&mut self, function: Expr, start: usize, opening: Span) -> Parsed<Expr> {
        let mut arguments = Vec::new();
        while !self.at(Symbol::CloseParen) || !arguments.is_empty() {
            if self.begins_named() {
                return self.mixed();
            }
            arguments.push(self.item(Symbol::CloseParen)?);
            if !self.eat(Symbol::Comma)? {
                break;
            }
        }
        self.close(Symbol::CloseParen, opening)?;
        Ok(self.node(start, ExprKind::Call { function: Box::new(function), arguments }))
    }

    fn named(&mut self, function: Expr, start: usize, opening: Span) -> Parsed<Expr> {
        let mut arguments: Vec<(Name, Expr)> = Vec::new();
        loop {
            if !self.begins_named() {
                return self.mixed();
            }
            let name = self.bound_name(":")?;
            self.advance()?;
            if arguments.iter().any(|(other, _)| other.text == name.text) {
                self.report_twice(&name);
            }
            arguments.push((name, self.item(Symbol::CloseParen)?));
            if !self.eat(Symbol::Comma)? {
                break;
            }
        }
        self.close(Symbol::CloseParen, opening)?;
        Ok(self.node(start, ExprKind::CallByName { function: Box::new(function), arguments }))
    }

    fn mixed(&mut self) -> Parsed<Expr> {
        let message = "some arguments have names and some don't";
        self.fail(SyntaxError::new(self.here(), message, "give each argument its name, or none"))
    }
}
