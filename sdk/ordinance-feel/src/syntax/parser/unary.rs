//! Unary tests: the cells of decision tables, and what may stand after `in`.

use super::cursor::{Parsed, Parser};
use super::expression::{Level, comparison};
use crate::source_text::Span;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Test, TestKind};
use crate::syntax::error::SyntaxError;
use crate::syntax::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// The tests of a cell. Faults of several are told.
    pub(super) fn whole_tests(&mut self) -> Parsed<Vec<Test>> {
        self.in_cell = true;
        let start = self.start();
        if self.at_end() || (self.at(Symbol::Minus) && self.ahead(1).is_none()) {
            self.advance()?;
            self.advance()?;
            return Ok(vec![Test { kind: TestKind::Any, span: self.span_from(start) }]);
        }
        let mut tests = Vec::new();
        loop {
            tests.push(self.cell_test()?);
            if !self.eat(Symbol::Comma)? {
                break;
            }
        }
        self.advance()?;
        Ok(tests)
    }

    fn cell_test(&mut self) -> Parsed<Test> {
        let start = self.start();
        let test = match self.test(Level::Or) {
            Ok(_) if !self.at(Symbol::Comma) && !self.at_end() => self.unexpected("the end of the cell"),
            Ok(test) => {
                self.report_difference(&test);
                return Ok(test);
            }
            Err(error) => Err(error),
        };
        test.or_else(|error| {
            self.recover(Symbol::Comma, true, error)?;
            Ok(Test { kind: TestKind::Any, span: self.span_from(start) })
        })
    }

    /// Tells that `80-90` in a cell isn't a range.
    fn report_difference(&mut self, test: &Test) {
        let TestKind::Expr(Expr { kind: ExprKind::Binary { operator: BinaryOperator::Subtract, left, right }, .. }) =
            &test.kind
        else {
            return;
        };
        let between = self.source(Span { start: left.span.end, end: right.span.start });
        let together = !between.contains(' ');
        if let (ExprKind::Number(_), ExprKind::Number(_), true) = (&left.kind, &right.kind, together) {
            self.forget_within(test.span);
            let (low, high) = (self.source(left.span), self.source(right.span));
            let message = format!("`{}` is a difference and no range", self.source(test.span));
            self.report(SyntaxError::new(test.span, message, format!("type `[{low}..{high}]`")));
        }
    }

    /// One test; an expression in it has operators that bind at least so closely.
    pub(super) fn test(&mut self, level: Level) -> Parsed<Test> {
        let start = self.start();
        if let TokenKind::Symbol(symbol) = *self.kind()
            && let Some(operator) = comparison(symbol)
        {
            self.advance()?;
            let end = self.operators(Level::Sum)?;
            if level == Level::Or {
                self.report_joined(operator)?;
            }
            return Ok(self.test_node(start, TestKind::Compare { operator, end }));
        }
        if self.at(Symbol::Minus) && self.ends_test(1) {
            let help = "delete the other tests of the cell, or type a value after `-`";
            return self.fail(SyntaxError::new(self.here(), "`-` stands for every value and has to stand alone", help));
        }
        if self.at_word("not") && self.is_ahead(1, Symbol::OpenParen) {
            return self.nested(|parser| parser.not_test(level));
        }
        let expression = self.operators(level)?;
        Ok(Test { span: self.span_from(start), kind: TestKind::Expr(expression) })
    }

    fn test_node(&self, start: usize, kind: TestKind) -> Test {
        Test { kind, span: self.span_from(start) }
    }

    fn ends_test(&self, count: usize) -> bool {
        self.ahead(count).is_none() || self.is_ahead(count, Symbol::Comma) || self.is_ahead(count, Symbol::CloseParen)
    }

    /// Tells how to write `> 1 and < 5`.
    fn report_joined(&mut self, first: BinaryOperator) -> Parsed<()> {
        if !self.at_word("and") && !self.at_word("or") {
            return Ok(());
        }
        let upwards = matches!(first, BinaryOperator::Greater | BinaryOperator::GreaterOrEqual);
        let help = if self.at_word("or") {
            "type `,` between tests of which one has to hold"
        } else if upwards {
            "type a range, such as `(1..5]` for more than 1 and at most 5"
        } else {
            "type a range, such as `(1..5]`, or a condition on the value, such as `? > 1 and ? <= 5`"
        };
        let message = format!("tests cannot be joined by `{}`", self.source(self.here()));
        self.fail(SyntaxError::new(self.here(), message, help))
    }

    /// `not(tests)`, or the call of the function `not` if an operator follows it.
    fn not_test(&mut self, level: Level) -> Parsed<Test> {
        let start = self.start();
        let name = Expr { kind: ExprKind::Name("not".to_owned()), span: self.here() };
        self.advance()?;
        let opening = self.here();
        self.advance()?;
        if self.begins_named() {
            self.step_back();
            let call = self.call(name, start)?;
            let expression = self.operators_after(call, start, level)?;
            return Ok(self.test_node(start, TestKind::Expr(expression)));
        }
        let tests = self.tests_in_parens(opening)?;
        if !self.operator_follows(level) {
            return Ok(self.test_node(start, TestKind::Not(tests)));
        }
        let span = self.span_from(start);
        let call = self.call_of_not(name, tests, span)?;
        let expression = self.operators_after(call, start, level)?;
        Ok(self.test_node(start, TestKind::Expr(expression)))
    }

    fn call_of_not(&mut self, name: Expr, tests: Vec<Test>, span: Span) -> Parsed<Expr> {
        let mut arguments = Vec::with_capacity(tests.len());
        for test in tests {
            arguments.push(self.test_as_value(test)?);
        }
        if arguments.len() != 1 {
            let help = "type `not(? in (a, b))` for a condition on the value";
            return self.fail(SyntaxError::new(span, "`not` takes one value within an expression", help));
        }
        Ok(Expr { kind: ExprKind::Call { function: Box::new(name), arguments }, span })
    }

    fn test_as_value(&mut self, test: Test) -> Parsed<Expr> {
        match test.kind {
            TestKind::Expr(expression) => Ok(expression),
            TestKind::Compare { operator, end } => {
                Ok(Expr { kind: ExprKind::UnaryRange { operator, end: Box::new(end) }, span: test.span })
            }
            TestKind::Not(tests) => {
                let start = test.span.start;
                let name = Expr { kind: ExprKind::Name("not".to_owned()), span: Span { start, end: start + 3 } };
                self.call_of_not(name, tests, test.span)
            }
            TestKind::Any => self.fail(SyntaxError::new(test.span, "a value is missing here", "type a value")),
        }
    }

    /// The tests up to the bracket that closes them; the opening one was read.
    fn tests_in_parens(&mut self, opening: Span) -> Parsed<Vec<Test>> {
        let in_range_end = std::mem::take(&mut self.in_range_end);
        self.open_brackets += 1;
        let tests = self.tests_before(opening);
        self.open_brackets -= 1;
        self.in_range_end = in_range_end;
        tests
    }

    fn tests_before(&mut self, opening: Span) -> Parsed<Vec<Test>> {
        let mut tests = Vec::new();
        loop {
            let start = self.start();
            let mut test = self.test(Level::Or)?;
            if let TestKind::Expr(low) = test.kind {
                let kind = if tests.is_empty() && self.eat(Symbol::TwoPoints)? {
                    let range = self.range_end(low, false, opening)?;
                    return Ok(vec![Test { span: range.span, kind: TestKind::Expr(range) }]);
                } else {
                    TestKind::Expr(low)
                };
                test = self.test_node(start, kind);
            }
            tests.push(test);
            if !self.eat(Symbol::Comma)? {
                break;
            }
        }
        self.close(Symbol::CloseParen, opening)?;
        Ok(tests)
    }

    /// `x in (tests)`, `x in test`
    pub(super) fn in_tests(&mut self, value: Expr, start: usize) -> Parsed<Expr> {
        self.advance()?;
        let value = Box::new(value);
        let opening = self.here();
        if !self.at(Symbol::OpenParen) {
            let tests = vec![self.test(Level::Sum)?];
            return Ok(self.node(start, ExprKind::In { value, tests }));
        }
        self.advance()?;
        let mut tests = self.tests_in_parens(opening)?;
        if tests.len() == 1 && self.operator_follows(Level::Sum) {
            let first = match tests.pop() {
                Some(test) => self.test_as_value(test)?,
                None => return self.unexpected("a value"),
            };
            let expression = self.operators_after(first, opening.start, Level::Sum)?;
            tests.push(self.test_node(opening.start, TestKind::Expr(expression)));
        }
        Ok(self.node(start, ExprKind::In { value, tests }))
    }
}
