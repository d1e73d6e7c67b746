//! Unary tests: what a value has to be, in a cell of a decision table or after `in`.

use ordinance_feel_runtime::{Builtin, Value};

use super::elaborator::Elaborator;
use super::expressions::of_kind;
use super::nodes::{and, any_list, any_range, call, constant, equal, if_of, is_of, local, misfit, node, or};
use super::scope::{Known, Meaning, Scope};
use crate::dmn::refusal::RefusalError;
use crate::source_text::Place;
use crate::syntax::ast::{self, ExprKind as Ast, TestKind};
use crate::syntax::mentions::mentions;
use crate::tree::{Comparison, Domain, Expr, ExprKind};
use crate::types::TypeKind;

impl<'a> Elaborator<'a> {
    /// `x in (tests)`
    pub(super) fn is_in(
        &mut self,
        value: &'a ast::Expr,
        tests: &'a [ast::Test],
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let value = self.value(value, scope)?;
        self.with_value(value, |elaborator, value| {
            let inner = scope.with("?", Meaning::Value(value.clone()));
            Ok(of_kind(elaborator.tests(tests, &value, &inner, place)?, TypeKind::Boolean))
        })
    }

    /// Whether one of the tests holds for a value, which is `?` in the scope.
    pub(super) fn tests(
        &mut self,
        tests: &'a [ast::Test],
        value: &Known,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Expr, RefusalError> {
        let mut any = None;
        for test in tests {
            let holds = self.test(test, value, scope)?;
            any = Some(match any {
                None => holds,
                Some(before) => or(before, holds),
            });
        }
        Ok(any.unwrap_or_else(|| constant(Value::Boolean(true), place)))
    }

    pub(super) fn test(&mut self, test: &'a ast::Test, value: &Known, scope: &Scope<'a>) -> Result<Expr, RefusalError> {
        let place = self.place(test.span);
        match &test.kind {
            TestKind::Any => Ok(constant(Value::Boolean(true), place)),
            TestKind::Not(tests) => {
                let inner = self.tests(tests, value, scope, place)?;
                Ok(call(Builtin::Not, vec![inner], place))
            }
            TestKind::Compare { operator, end } => {
                let end = self.expr(end, scope)?;
                let operator = operator.comparison().unwrap_or(Comparison::Equal);
                Ok(super::nodes::compare(operator, value.expr.clone(), end))
            }
            TestKind::Expr(expr) if mentions(expr, "?") => self.expr(expr, scope),
            TestKind::Expr(expr) => self.test_expr(expr, value, scope, place),
        }
    }

    /// Whether a value is that of an expression, or within it if that is a range or a list.
    fn test_expr(
        &mut self,
        expr: &'a ast::Expr,
        value: &Known,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Expr, RefusalError> {
        match &expr.kind {
            Ast::Within { text, expr } => {
                return self.in_text(Some(*text), |elaborator| elaborator.test_expr(expr, value, scope, place));
            }
            Ast::Range(_) | Ast::UnaryRange { .. } => {
                let range = self.expr(expr, scope)?;
                return Ok(call(Builtin::Includes, vec![range, value.expr.clone()], place));
            }
            _ => {}
        }
        let is_condition = is_condition(expr);
        let end = self.value(expr, scope)?;
        let value = value.clone();
        let held = self.with_value(end, |elaborator, end| {
            let plain = match is_condition {
                true => condition_of(&value.expr, &end.expr, place),
                false => equal(value.expr.clone(), end.expr.clone()),
            };
            let holds = match end.ty.kind {
                TypeKind::List { .. } => elaborator.in_list(&value, end.expr, place),
                TypeKind::Range(_) => in_range(&value, end.expr, place),
                TypeKind::Any => {
                    let (is_list, is_range) =
                        (is_of(end.expr.clone(), any_list()), is_of(end.expr.clone(), any_range()));
                    let in_list = elaborator.in_list(&value, end.expr.clone(), place);
                    if_of(is_list, in_list, if_of(is_range, in_range(&value, end.expr, place), plain))
                }
                _ => plain,
            };
            Ok(of_kind(holds, TypeKind::Boolean))
        })?;
        Ok(held.expr)
    }

    /// Whether a list has a value; an item that is a range has what is in it. Of a list that is the value itself, and
    /// of lists within the list, those who implement DMN differ, so these are misfits.
    fn in_list(&mut self, value: &Known, list: Expr, place: Place) -> Expr {
        let variable = self.new_local();
        let item = local(variable, place);
        let included = call(Builtin::Includes, vec![item.clone(), value.expr.clone()], place);
        let is_value_range = is_of(value.expr.clone(), any_range());
        let is_included = if_of(is_of(item, any_range()), included, constant(Value::Boolean(false), place));
        let differs = and(is_of(local(variable, place), any_list()), not(is_of(value.expr.clone(), any_list()), place));
        let is_included = if_of(differs, misfit(place), is_included);
        let in_item = if_of(is_value_range, constant(Value::Boolean(false), place), is_included);
        let in_some = ExprKind::Quantified {
            every: false,
            local: variable,
            domain: Box::new(Domain::List(Box::new(list.clone()))),
            condition: Box::new(in_item),
        };
        let contains = call(Builtin::ListContains, vec![list.clone(), value.expr.clone()], place);
        let is_it = if_of(
            is_of(value.expr.clone(), any_list()),
            if_of(equal(value.expr.clone(), list), misfit(place), constant(Value::Boolean(false), place)),
            constant(Value::Boolean(false), place),
        );
        or(or(contains, is_it), node(in_some, place))
    }
}

fn not(condition: Expr, place: Place) -> Expr {
    call(Builtin::Not, vec![condition], place)
}

/// Whether a value is a range, or in it.
fn in_range(value: &Known, range: Expr, place: Place) -> Expr {
    let is_range = is_of(value.expr.clone(), any_range());
    let is_it = equal(value.expr.clone(), range.clone());
    if_of(is_range, is_it, call(Builtin::Includes, vec![range, value.expr.clone()], place))
}

/// A condition without `?` in the cell of an input: of an input that isn't true or false it is what it says. For
/// `false` those who implement DMN differ, so that is a misfit.
fn condition_of(value: &Expr, condition: &Expr, place: Place) -> Expr {
    let is_false = equal(value.clone(), constant(Value::Boolean(false), place));
    let is_boolean = is_of(value.clone(), TypeKind::Boolean);
    let otherwise = if_of(is_boolean, if_of(is_false, misfit(place), condition.clone()), condition.clone());
    // A condition may be no boolean after all, such as a name.
    if_of(is_of(condition.clone(), TypeKind::Boolean), otherwise, equal(value.clone(), condition.clone()))
}

/// Whether an expression is true or false by its form, and not only by its value.
fn is_condition(expr: &ast::Expr) -> bool {
    use ast::BinaryOperator as Operator;
    match &expr.kind {
        Ast::Within { text: _, expr } => is_condition(expr),
        Ast::Between { .. } | Ast::In { .. } | Ast::InstanceOf { .. } | Ast::Quantified { .. } => true,
        Ast::Call { .. } | Ast::CallByName { .. } => true,
        Ast::Binary { operator, left: _, right: _ } => matches!(
            operator,
            Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual
                | Operator::And
                | Operator::Or
        ),
        _ => false,
    }
}
