//! Goes through syntax trees.

use super::ast::{Expr, ExprKind, Iteration, IterationDomain, Table, Test, TestKind, TypeName, TypeNameKind};

/// Calls `visit` with each expression directly within another.
pub(crate) fn each_child(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Temporal(_)
        | ExprKind::Name(_) => {}
        ExprKind::Member { context: within, name: _ }
        | ExprKind::Negate(within)
        | ExprKind::InstanceOf { value: within, of: _ }
        | ExprKind::Function { parameters: _, body: within }
        | ExprKind::UnaryRange { operator: _, end: within }
        | ExprKind::Within { text: _, expr: within }
        | ExprKind::Seeing { names: _, expr: within } => visit(within),
        ExprKind::Binary { operator: _, left: first, right: second }
        | ExprKind::Filter { list: first, condition: second }
        | ExprKind::Let { name: _, value: first, body: second } => {
            visit(first);
            visit(second);
        }
        ExprKind::Between { value: first, low: second, high: third }
        | ExprKind::If { condition: first, then: second, otherwise: third } => {
            visit(first);
            visit(second);
            visit(third);
        }
        ExprKind::In { value, tests } | ExprKind::OfType { value, of: _, allowed: tests } => {
            visit(value);
            each_in_tests(tests, visit);
        }
        ExprKind::For { iterations, result: last } | ExprKind::Quantified { every: _, iterations, condition: last } => {
            iterations.iter_mut().for_each(|iteration| each_in_iteration(iteration, visit));
            visit(last);
        }
        ExprKind::Call { function, arguments } => {
            visit(function);
            arguments.iter_mut().for_each(visit);
        }
        ExprKind::CallByName { function, arguments } => {
            visit(function);
            arguments.iter_mut().for_each(|(_, argument)| visit(argument));
        }
        ExprKind::List(items) => items.iter_mut().for_each(visit),
        ExprKind::Context(entries) => entries.iter_mut().for_each(|(_, value)| visit(value)),
        ExprKind::Range(range) => {
            visit(&mut range.low);
            visit(&mut range.high);
        }
        ExprKind::Table(table) => each_in_table(table, visit),
    }
}

/// Calls `visit` with each expression directly within what a variable goes through.
pub(crate) fn each_in_iteration(iteration: &mut Iteration, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut iteration.domain {
        IterationDomain::List(list) => visit(list),
        IterationDomain::Steps { from, to } => {
            visit(from);
            visit(to);
        }
    }
}

/// Calls `visit` with each expression directly within unary tests.
pub(crate) fn each_in_tests(tests: &mut [Test], visit: &mut dyn FnMut(&mut Expr)) {
    for test in tests {
        match &mut test.kind {
            TestKind::Any => {}
            TestKind::Not(tests) => each_in_tests(tests, visit),
            TestKind::Compare { operator: _, end } => visit(end),
            TestKind::Expr(expr) => visit(expr),
        }
    }
}

fn each_in_table(table: &mut Table, visit: &mut dyn FnMut(&mut Expr)) {
    table.inputs.iter_mut().for_each(&mut *visit);
    table.priorities.iter_mut().flatten().for_each(|tests| each_in_tests(tests, visit));
    for row in &mut table.rows {
        row.conditions.iter_mut().for_each(|(_, tests)| each_in_tests(tests, visit));
        row.outputs.iter_mut().for_each(&mut *visit);
    }
    table.default.iter_mut().flatten().for_each(visit);
}

/// Calls `visit` with each name of a type that an expression itself holds, not those in expressions within it.
pub(crate) fn each_type_name(expr: &mut Expr, visit: &mut dyn FnMut(&mut String)) {
    match &mut expr.kind {
        ExprKind::InstanceOf { value: _, of } | ExprKind::OfType { value: _, of: Some(of), allowed: _ } => {
            each_name(of, visit);
        }
        ExprKind::Function { parameters, body: _ } => {
            parameters.iter_mut().filter_map(|(_, ty)| ty.as_mut()).for_each(|ty| each_name(ty, visit));
        }
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Temporal(_)
        | ExprKind::Name(_)
        | ExprKind::Member { .. }
        | ExprKind::Negate(_)
        | ExprKind::Binary { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::If { .. }
        | ExprKind::For { .. }
        | ExprKind::Quantified { .. }
        | ExprKind::Call { .. }
        | ExprKind::CallByName { .. }
        | ExprKind::List(_)
        | ExprKind::Context(_)
        | ExprKind::Range(_)
        | ExprKind::Filter { .. }
        | ExprKind::UnaryRange { .. }
        | ExprKind::Within { .. }
        | ExprKind::Table(_)
        | ExprKind::OfType { value: _, of: None, allowed: _ }
        | ExprKind::Let { .. }
        | ExprKind::Seeing { .. } => {}
    }
}

fn each_name(ty: &mut TypeName, visit: &mut dyn FnMut(&mut String)) {
    match &mut ty.kind {
        TypeNameKind::Named(name) => visit(name),
        TypeNameKind::List(of) | TypeNameKind::Range(of) => each_name(of, visit),
        TypeNameKind::Context(fields) => fields.iter_mut().for_each(|(_, field)| each_name(field, visit)),
        TypeNameKind::Function(parameters, result) => {
            parameters.iter_mut().for_each(|parameter| each_name(parameter, visit));
            each_name(result, visit);
        }
    }
}
