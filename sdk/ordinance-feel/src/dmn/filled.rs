//! Which lists certainly have an item: the sum of none is null in DMN, and 0 in a rule of law.

use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, IterationDomain};
use crate::syntax::print_expression;

/// Whether a list certainly has an item; `known` are lists that have one, as they are printed.
pub(super) fn is_filled(list: &Expr, known: &[String]) -> bool {
    match &list.kind {
        ExprKind::Within { text: _, expr } | ExprKind::OfType { value: expr, .. } => is_filled(expr, known),
        ExprKind::List(items) => !items.is_empty(),
        // One number is the sum of itself.
        ExprKind::Number(_) => true,
        ExprKind::For { iterations, result: _ } => iterations.iter().all(|iteration| match &iteration.domain {
            IterationDomain::Steps { .. } => true,
            IterationDomain::List(list) => is_filled(list, known),
        }),
        ExprKind::Call { .. } | ExprKind::CallByName { .. } => match called(list) {
            Some(("append" | "insert before", arguments)) => arguments.len() > 1,
            Some(("concatenate" | "union", arguments)) => arguments.iter().any(|list| is_filled(list, known)),
            Some(("reverse" | "distinct values" | "sort" | "list replace", arguments)) => {
                arguments.first().is_some_and(|list| is_filled(list, known))
            }
            Some(_) | None => false,
        },
        _ => known.contains(&print_expression(list)),
    }
}

/// The name and the arguments of a call.
pub(super) fn called(expr: &Expr) -> Option<(&str, Vec<&Expr>)> {
    let (function, arguments) = match &expr.kind {
        ExprKind::Call { function, arguments } => (function, arguments.iter().collect()),
        ExprKind::CallByName { function, arguments } => (function, arguments.iter().map(|(_, value)| value).collect()),
        _ => return None,
    };
    let mut function = function.as_ref();
    while let ExprKind::Within { text: _, expr } = &function.kind {
        function = expr;
    }
    match &function.kind {
        ExprKind::Name(name) => Some((name, arguments)),
        _ => None,
    }
}

/// The list that has an item if a condition holds, and that which has one if it doesn't.
pub(super) fn filled_by(condition: &Expr) -> (Option<String>, Option<String>) {
    let ExprKind::Binary { operator, left, right } = &condition.kind else {
        return match (&condition.kind, called(condition)) {
            (ExprKind::Within { text: _, expr } | ExprKind::OfType { value: expr, .. }, _) => filled_by(expr),
            (_, Some(("not", arguments))) => match arguments.as_slice() {
                [inner] => {
                    let (when, unless) = filled_by(inner);
                    (unless, when)
                }
                _ => (None, None),
            },
            _ => (None, None),
        };
    };
    let number = |text: &str| print_expression(right) == text;
    let counted = match called(left) {
        Some(("count", arguments)) => arguments.first().map(|list| print_expression(list)),
        Some(_) | None => None,
    };
    match (counted, operator) {
        (Some(list), BinaryOperator::Equal) if number("0") => (None, Some(list)),
        (Some(list), BinaryOperator::NotEqual | BinaryOperator::Greater) if number("0") => (Some(list), None),
        (Some(list), BinaryOperator::GreaterOrEqual) if number("1") => (Some(list), None),
        (Some(list), BinaryOperator::Less) if number("1") => (None, Some(list)),
        (None, BinaryOperator::Equal) if number("[]") => (None, Some(print_expression(left))),
        (None, BinaryOperator::NotEqual) if number("[]") => (Some(print_expression(left)), None),
        _ => (None, None),
    }
}
