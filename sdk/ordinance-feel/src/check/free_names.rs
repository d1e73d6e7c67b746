//! The names that an expression mentions, whether or not they are bound within it.

use crate::syntax::ast::{Expr, ExprKind, IterationDomain, Test, TestKind};

/// Whether an expression mentions a name.
pub(crate) fn names(expr: &Expr, name: &str) -> bool {
    let mut is_named = false;
    each_name(expr, &mut |found| is_named |= found == name);
    is_named
}

/// Visits each name that an expression mentions as a value or a function.
pub(crate) fn each_name<'e>(expr: &'e Expr, visit: &mut impl FnMut(&'e str)) {
    let mut open: Vec<&'e Expr> = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Name(name) => visit(name),
            ExprKind::Null | ExprKind::Boolean(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Temporal(_) => {
            }
            ExprKind::Member { context: inner, .. }
            | ExprKind::Negate(inner)
            | ExprKind::InstanceOf { value: inner, .. }
            | ExprKind::Function { body: inner, .. }
            | ExprKind::UnaryRange { end: inner, .. }
            | ExprKind::Within { expr: inner, .. }
            | ExprKind::Seeing { expr: inner, .. } => open.push(inner),
            ExprKind::Let { value, body, .. } => open.extend([&**value, body]),
            ExprKind::OfType { value, allowed, .. } => {
                open.push(value);
                allowed.iter().for_each(|test| add_test(test, &mut open));
            }
            // Only models of DMN have it, whose names are resolved elsewhere.
            ExprKind::Table(_) => {}
            ExprKind::Binary { left, right, .. } => open.extend([&**left, right]),
            ExprKind::Filter { list, condition } => open.extend([&**list, condition]),
            ExprKind::Between { value, low, high } => open.extend([&**value, low, high]),
            ExprKind::If { condition, then, otherwise } => open.extend([&**condition, then, otherwise]),
            ExprKind::In { value, tests } => {
                open.push(value);
                tests.iter().for_each(|test| add_test(test, &mut open));
            }
            ExprKind::For { iterations, result: inner } | ExprKind::Quantified { iterations, condition: inner, .. } => {
                open.push(inner);
                for iteration in iterations {
                    match &iteration.domain {
                        IterationDomain::List(list) => open.push(list),
                        IterationDomain::Steps { from, to } => open.extend([&**from, to]),
                    }
                }
            }
            ExprKind::Call { function, arguments } => {
                open.push(function);
                open.extend(arguments);
            }
            ExprKind::CallByName { function, arguments } => {
                open.push(function);
                open.extend(arguments.iter().map(|(_, argument)| argument));
            }
            ExprKind::List(items) => open.extend(items),
            ExprKind::Context(entries) => open.extend(entries.iter().map(|(_, value)| value)),
            ExprKind::Range(range) => open.extend([&range.low, &range.high]),
        }
    }
}

fn add_test<'e>(test: &'e Test, open: &mut Vec<&'e Expr>) {
    let mut tests = vec![test];
    while let Some(test) = tests.pop() {
        match &test.kind {
            TestKind::Any => {}
            TestKind::Not(inner) => tests.extend(inner),
            TestKind::Compare { end: expr, .. } | TestKind::Expr(expr) => open.push(expr),
        }
    }
}
