//! The constants that a value can be, and whether one passes the tests of a type.

use std::cmp::Ordering;
use std::collections::HashMap;

use ordinance_feel_runtime::Decimal;

use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Test, TestKind};

/// Constants.
pub(super) type Constants = Vec<Expr>;

/// The constants of which a value is one; `None` if it may be another value.
pub(super) fn constants_of(value: &Expr, names: &HashMap<String, Constants>) -> Option<Constants> {
    match &value.kind {
        ExprKind::Within { text: _, expr } | ExprKind::OfType { value: expr, .. } => constants_of(expr, names),
        ExprKind::Boolean(_) | ExprKind::Number(_) | ExprKind::Text(_) => Some(vec![value.clone()]),
        ExprKind::Negate(inner) if matches!(inner.kind, ExprKind::Number(_)) => Some(vec![value.clone()]),
        ExprKind::Name(name) => names.get(name).cloned(),
        ExprKind::If { condition: _, then, otherwise } => {
            let mut constants = constants_of(then, names)?;
            constants.extend(constants_of(otherwise, names)?);
            Some(constants)
        }
        ExprKind::Table(table) if table.outputs.len() < 2 => {
            let rows = table.rows.iter().flat_map(|row| &row.outputs).chain(table.default.iter().flatten());
            let all: Option<Vec<Constants>> = rows.map(|output| constants_of(output, names)).collect();
            all.map(|all| all.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// Whether a constant passes one of some tests; `None` if that isn't certain.
pub(super) fn passes(constant: &Expr, tests: &[Test]) -> Option<bool> {
    let results = tests.iter().map(|test| passes_one(constant, test));
    results.reduce(|one, other| match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        (None, _) | (_, None) => None,
    })?
}

fn passes_one(constant: &Expr, test: &Test) -> Option<bool> {
    match &test.kind {
        TestKind::Any => Some(true),
        TestKind::Not(tests) => passes(constant, tests).map(|passes| !passes),
        TestKind::Compare { operator, end } => holds(*operator, number(constant)?.cmp(&number(end)?)),
        TestKind::Expr(Expr { kind: ExprKind::Range(range), .. }) => {
            let (value, low, high) = (number(constant)?, number(&range.low)?, number(&range.high)?);
            let above = if range.low_included { BinaryOperator::GreaterOrEqual } else { BinaryOperator::Greater };
            let below = if range.high_included { BinaryOperator::LessOrEqual } else { BinaryOperator::Less };
            Some(holds(above, value.cmp(&low))? && holds(below, value.cmp(&high))?)
        }
        TestKind::Expr(expr) => match (&constant.kind, &expr.kind) {
            (ExprKind::Text(one), ExprKind::Text(other)) => Some(one == other),
            (ExprKind::Boolean(one), ExprKind::Boolean(other)) => Some(one == other),
            _ => holds(BinaryOperator::Equal, number(constant)?.cmp(&number(expr)?)),
        },
    }
}

fn holds(operator: BinaryOperator, order: Ordering) -> Option<bool> {
    match operator {
        BinaryOperator::Equal => Some(order.is_eq()),
        BinaryOperator::NotEqual => Some(order.is_ne()),
        BinaryOperator::Less => Some(order.is_lt()),
        BinaryOperator::LessOrEqual => Some(order.is_le()),
        BinaryOperator::Greater => Some(order.is_gt()),
        BinaryOperator::GreaterOrEqual => Some(order.is_ge()),
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Power
        | BinaryOperator::And
        | BinaryOperator::Or => None,
    }
}

fn number(expr: &Expr) -> Option<Decimal> {
    match &expr.kind {
        ExprKind::Number(number) => Some(*number),
        ExprKind::Negate(inner) => number(inner).map(Decimal::negate),
        _ => None,
    }
}
