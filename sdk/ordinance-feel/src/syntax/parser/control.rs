//! `if`, `for`, `some`, `every` and functions.

use super::cursor::{Parsed, Parser};
use crate::source_text::Span;
use crate::syntax::ast::{Expr, ExprKind, Iteration, IterationDomain, Name, TypeName};
use crate::syntax::error::SyntaxError;
use crate::syntax::keywords::{is_keyword, meant, synonym};
use crate::syntax::token::{Symbol, TokenKind};

impl Parser<'_> {
    pub(super) fn condition(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance()?;
        self.condition_after(start)
    }

    /// The rest after an `if` that stands at an offset.
    pub(super) fn condition_after(&mut self, start: usize) -> Parsed<Expr> {
        let opening = self.span_from(start);
        let in_range_end = std::mem::take(&mut self.in_range_end);
        let condition = Box::new(self.expression()?);
        self.keyword("then", opening, "`then` is missing after the condition of this `if`")?;
        let then = Box::new(self.expression()?);
        self.in_range_end = in_range_end;
        let otherwise = if self.else_if()? {
            let start = self.start();
            self.nested(|parser| parser.condition_after(start))?
        } else {
            self.keyword("else", opening, "this `if` has no `else`")?;
            self.expression()?
        };
        Ok(self.node(start, ExprKind::If { condition, then, otherwise: Box::new(otherwise) }))
    }

    /// Goes past a word for `else if` of another language.
    fn else_if(&mut self) -> Parsed<bool> {
        let Some(word) = self.word().filter(|word| synonym(word) == Some("else if")) else {
            return Ok(false);
        };
        let message = format!("FEEL doesn't have the word `{word}`");
        self.report(SyntaxError::new(self.here(), message, "type `else if`"));
        self.advance()?;
        Ok(true)
    }

    /// Goes past a keyword. A word that was meant to be it is told; if it is missing before a value, that is told.
    pub(super) fn keyword(&mut self, keyword: &'static str, opening: Span, missing: &str) -> Parsed<()> {
        if self.at_word(keyword) {
            return self.advance();
        }
        if let Some(word) = self.word()
            && !is_keyword(word)
            && meant(word, &[keyword]).is_some()
        {
            let message = format!("FEEL doesn't have the word `{word}`");
            self.report(SyntaxError::new(self.here(), message, format!("type `{keyword}`")));
            return self.advance();
        }
        if self.at_end() {
            return self.fail(SyntaxError::new(opening, missing, format!("type `{keyword}` and what belongs to it")));
        }
        if self.at(Symbol::OpenBrace) && matches!(keyword, "then" | "else") {
            let help = format!("type `{keyword}` and the value without `{{` and `}}`");
            self.report(SyntaxError::new(self.here(), missing, help));
            return self.stop();
        }
        if self.begins_value(0) && !self.stands_ahead(keyword) {
            let help = format!("type `{keyword}` before `{}`", self.source(self.here()));
            self.report(SyntaxError::new(self.here(), missing, help));
            return Ok(());
        }
        self.missing_between(missing, keyword)
    }

    /// Whether a keyword stands further on, before the next one that begins something.
    fn stands_ahead(&self, keyword: &str) -> bool {
        let tokens = (1..).map_while(|count| self.ahead(count));
        let words = tokens.filter_map(|token| match &token.kind {
            TokenKind::Word(word) => Some(word.as_str()),
            TokenKind::Number(_)
            | TokenKind::Text(_)
            | TokenKind::Temporal(_)
            | TokenKind::Symbol(_)
            | TokenKind::Quote
            | TokenKind::Stray(_)
            | TokenKind::End => None,
        });
        let mut marks = words.filter(|word| *word == keyword || matches!(*word, "if" | "for" | "some" | "every"));
        marks.next() == Some(keyword)
    }

    pub(super) fn iteration(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance()?;
        self.iteration_after(start)
    }

    /// The rest after a `for` that stands at an offset.
    pub(super) fn iteration_after(&mut self, start: usize) -> Parsed<Expr> {
        let opening = self.span_from(start);
        self.binding(|parser| {
            let iterations = parser.iterations("return")?;
            parser.keyword("return", opening, "this `for` has no `return`")?;
            parser.locals.add("partial");
            let result = Box::new(parser.expression()?);
            Ok(parser.node(start, ExprKind::For { iterations, result }))
        })
    }

    pub(super) fn quantified(&mut self, every: bool) -> Parsed<Expr> {
        let start = self.start();
        self.advance()?;
        self.quantified_after(start, every)
    }

    /// The rest after a `some` or `every` that stands at an offset.
    pub(super) fn quantified_after(&mut self, start: usize, every: bool) -> Parsed<Expr> {
        let opening = self.span_from(start);
        let missing = if every { "this `every` has no `satisfies`" } else { "this `some` has no `satisfies`" };
        self.binding(|parser| {
            let iterations = parser.iterations("satisfies")?;
            parser.keyword("satisfies", opening, missing)?;
            let condition = Box::new(parser.expression()?);
            Ok(parser.node(start, ExprKind::Quantified { every, iterations, condition }))
        })
    }

    /// Reads what binds names, which are forgotten after it.
    fn binding<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let bound = self.locals.len();
        let in_range_end = std::mem::take(&mut self.in_range_end);
        let read = read(self);
        self.in_range_end = in_range_end;
        self.locals.forget(bound);
        read
    }

    /// `x in list, y in 1..3`, as far as they go. Each may name those before it.
    fn iterations(&mut self, end: &'static str) -> Parsed<Vec<Iteration>> {
        let mut iterations = Vec::new();
        loop {
            let opening = self.here();
            let variable = self.bound_name("in")?;
            let missing = format!("`in` is missing after the name `{}`", variable.text);
            self.keyword("in", opening, &missing)?;
            let domain = self.domain()?;
            self.locals.add(&variable.text);
            iterations.push(Iteration { variable, domain });
            if !self.at(Symbol::Comma) || self.at_word(end) {
                return Ok(iterations);
            }
            self.advance()?;
        }
    }

    fn domain(&mut self) -> Parsed<IterationDomain> {
        let first = Box::new(self.expression()?);
        if !self.eat(Symbol::TwoPoints)? {
            return Ok(IterationDomain::List(first));
        }
        let to = Box::new(self.expression()?);
        Ok(IterationDomain::Steps { from: first, to })
    }

    /// `function(a: number, b) body`
    pub(super) fn function(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance()?;
        if !self.at(Symbol::OpenParen) {
            return self.fail(SyntaxError::new(
                self.here(),
                "the parameters of this function are missing",
                "type `function(a, b)` and the expression that it computes",
            ));
        }
        let opening = self.here();
        self.advance()?;
        self.binding(|parser| {
            let parameters = parser.parameters(opening)?;
            if parser.at_word("external") {
                let help = "write the function's expression here: a rule runs no code from elsewhere";
                parser.report(SyntaxError::new(parser.here(), "external functions are refused", help));
                return parser.stop();
            }
            parameters.iter().for_each(|(name, _)| parser.locals.add(&name.text));
            let body = Box::new(parser.expression()?);
            Ok(parser.node(start, ExprKind::Function { parameters, body }))
        })
    }

    fn parameters(&mut self, opening: Span) -> Parsed<Vec<(Name, Option<TypeName>)>> {
        let mut parameters: Vec<(Name, Option<TypeName>)> = Vec::new();
        if self.eat(Symbol::CloseParen)? {
            return Ok(parameters);
        }
        loop {
            let name = self.bound_name(":")?;
            if parameters.iter().any(|(other, _)| other.text == name.text) {
                self.report_twice(&name);
            }
            let of = if self.eat(Symbol::Colon)? { Some(self.type_name()?) } else { None };
            parameters.push((name, of));
            if !self.eat(Symbol::Comma)? {
                self.close(Symbol::CloseParen, opening)?;
                return Ok(parameters);
            }
        }
    }
}
