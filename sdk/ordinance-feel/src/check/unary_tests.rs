//! Unary tests: what a value has to be, in a cell of a decision table or after `in`.

use ordinance_feel_runtime::Builtin;

use super::checked::{self, Checked};
use super::checker::{Bound, Checker, Frame};
use super::free_names;
use crate::source_text::Place;
use crate::syntax::ast::{self, BinaryOperator, TestKind};
use crate::tree::{Expr, ExprKind};
use crate::types::TypeKind;

impl Checker<'_> {
    /// The condition that one of the tests holds for a local; `None` within if every value passes.
    pub(crate) fn tests(&mut self, tests: &[ast::Test], tested: &Bound, place: Place) -> Option<Option<Expr>> {
        let conditions: Vec<Option<Option<Expr>>> = tests.iter().map(|test| self.test(test, tested)).collect();
        let conditions: Vec<Option<Expr>> = conditions.into_iter().collect::<Option<_>>()?;
        if conditions.iter().any(Option::is_none) {
            return Some(None);
        }
        Some(conditions.into_iter().flatten().reduce(|one, other| Expr {
            kind: ExprKind::Or(Box::new(one), Box::new(other)),
            ty: TypeKind::Boolean.into(),
            place,
        }))
    }

    fn test(&mut self, test: &ast::Test, tested: &Bound) -> Option<Option<Expr>> {
        let place = self.place(test.span);
        match &test.kind {
            TestKind::Any => Some(None),
            TestKind::Not(tests) => {
                let inner = self.tests(tests, tested, place)?;
                let inner = inner.unwrap_or_else(|| checked::boolean(true, place));
                let kind = ExprKind::Call { function: Builtin::Not, arguments: vec![inner] };
                Some(Some(Expr { kind, ty: TypeKind::Boolean.into(), place }))
            }
            TestKind::Compare { operator, end } => {
                let end = self.expr(end)?;
                self.no_word_in_test(&tested.ty, &end)?;
                self.comparison(*operator, tested.read(place), end, place).map(|checked| Some(checked.expr))
            }
            TestKind::Expr(expr) => self.test_expr(expr, tested, place).map(|checked| Some(checked.expr)),
        }
    }

    fn test_expr(&mut self, expr: &ast::Expr, tested: &Bound, place: Place) -> Option<Checked> {
        let value = tested.read(place);
        if free_names::names(expr, "?") {
            let condition = self.within(Frame::Tested(tested.clone()), |checker| checker.condition(expr))?;
            return Some(Checked { expr: condition, units: checked::Units::Plain, is_lookup: false });
        }
        match &expr.kind {
            ast::ExprKind::Range(range) => self.is_in_range(range, value, place),
            ast::ExprKind::UnaryRange { operator, end } => {
                let end = self.expr(end)?;
                self.comparison(*operator, value, end, place)
            }
            ast::ExprKind::List(items) => {
                let tests = items.iter().map(|item| self.test_expr(item, tested, self.place(item.span)));
                let tests: Vec<Option<Checked>> = tests.collect();
                let tests: Vec<Checked> = tests.into_iter().collect::<Option<_>>()?;
                let any = tests.into_iter().map(|test| test.expr).reduce(|one, other| Expr {
                    kind: ExprKind::Or(Box::new(one), Box::new(other)),
                    ty: TypeKind::Boolean.into(),
                    place,
                });
                let expr = any.unwrap_or_else(|| checked::boolean(false, place));
                Some(Checked { expr, units: checked::Units::Plain, is_lookup: false })
            }
            _ => {
                self.check_word(&tested.ty, expr, place)?;
                let end = self.expr(expr)?;
                self.no_word_in_test(&tested.ty, &end)?;
                self.holds(value, end, place)
            }
        }
    }

    /// Whether a value is equal to another, or in it if it is a list or a range.
    fn holds(&mut self, value: Checked, end: Checked, place: Place) -> Option<Checked> {
        match end.kind() {
            TypeKind::List { .. } if !matches!(value.kind(), TypeKind::List { .. }) => self.contains(end, value, place),
            TypeKind::Range(_) if !matches!(value.kind(), TypeKind::Range(_)) => {
                let (range, value) = (self.present(end)?, self.present(value)?);
                let arguments = vec![range.expr, value.expr];
                let kind = ExprKind::Call { function: Builtin::Includes, arguments };
                Some(Checked::new(kind, TypeKind::Boolean, place))
            }
            TypeKind::Boolean if !matches!(value.kind(), TypeKind::Boolean | TypeKind::Any) => {
                let help = "a condition on the value names it `?`, such as `? > 5 and ? < 9`";
                self.fault(place, format!("this is true or false, and the value is {}", value.expr.ty), help)
            }
            _ => self.comparison(BinaryOperator::Equal, value, end, place),
        }
    }

    fn is_in_range(&mut self, range: &ast::Range, value: Checked, place: Place) -> Option<Checked> {
        let (low, high) = (self.expr(&range.low), self.expr(&range.high));
        let (low, high) = (low?, high?);
        if let (Some((low, _)), Some((_, high))) = (low.bounds().range, high.bounds().range)
            && low > high
        {
            let help = "a range goes from its lower end to its upper one";
            return self.fault(place, format!("no number is in a range from {low} to {high}"), help);
        }
        let at_least = if range.low_included { BinaryOperator::GreaterOrEqual } else { BinaryOperator::Greater };
        let at_most = if range.high_included { BinaryOperator::LessOrEqual } else { BinaryOperator::Less };
        let low = self.comparison(at_least, value.clone(), low, place);
        let high = self.comparison(at_most, value, high, place);
        let kind = ExprKind::And(Box::new(low?.expr), Box::new(high?.expr));
        Some(Checked::new(kind, TypeKind::Boolean, place))
    }
}
