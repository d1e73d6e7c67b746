//! Tests of trees and of what is told of texts that aren't one.

mod faults;
mod limits;
mod random;
mod trees;

use crate::syntax::ast::{Expr, ExprKind, IterationDomain, Test, TestKind, TypeName, TypeNameKind};
use crate::syntax::names::Scope;

/// A scope with names of all sorts.
fn scope() -> Scope {
    Scope::new(["Monthly Salary", "a-b", "age", "min_age", "old_enough", "Applicant's age", "list of items", "x"])
        .with_members(["Hourly Rate", "first name"])
        .with_types(["Loan Product", "tLoan"])
}

/// A tree with all its brackets.
fn shape(expression: &Expr) -> String {
    let all = |items: &[Expr]| items.iter().map(shape).collect::<Vec<_>>().join(", ");
    match &expression.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Boolean(value) => value.to_string(),
        ExprKind::Number(number) => {
            let mut text = String::new();
            number.write(&mut text);
            text
        }
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Temporal(text) => format!("@{text:?}"),
        ExprKind::Name(name) => format!("`{name}`").replace("`x`", "x").replace("`y`", "y"),
        ExprKind::Member { context, name } => format!("({}).`{}`", shape(context), name.text),
        ExprKind::Negate(value) => format!("(-{})", shape(value)),
        ExprKind::Binary { operator, left, right } => format!("({operator:?} {} {})", shape(left), shape(right)),
        ExprKind::Between { value, low, high } => format!("(between {} {} {})", shape(value), shape(low), shape(high)),
        ExprKind::In { value, tests } => format!("(in {} {})", shape(value), shapes(tests)),
        ExprKind::InstanceOf { value, of } => format!("(instance {} {})", shape(value), shape_of_type(of)),
        ExprKind::If { condition, then, otherwise } => {
            format!("(if {} {} {})", shape(condition), shape(then), shape(otherwise))
        }
        ExprKind::For { iterations, result } => {
            let domains: Vec<String> = iterations
                .iter()
                .map(|iteration| match &iteration.domain {
                    IterationDomain::List(list) => format!("{} in {}", iteration.variable.text, shape(list)),
                    IterationDomain::Steps { from, to } => {
                        format!("{} in {}..{}", iteration.variable.text, shape(from), shape(to))
                    }
                })
                .collect();
            format!("(for {} {})", domains.join(", "), shape(result))
        }
        ExprKind::Quantified { every, iterations, condition } => {
            format!("({} {} {})", if *every { "every" } else { "some" }, iterations.len(), shape(condition))
        }
        ExprKind::Function { parameters, body } => {
            let names: Vec<String> = parameters
                .iter()
                .map(|(name, of)| {
                    of.as_ref().map_or(name.text.clone(), |of| format!("{}: {}", name.text, shape_of_type(of)))
                })
                .collect();
            format!("(function [{}] {})", names.join(", "), shape(body))
        }
        ExprKind::Call { function, arguments } => format!("{}({})", shape(function), all(arguments)),
        ExprKind::CallByName { function, arguments } => {
            let named: Vec<String> =
                arguments.iter().map(|(name, value)| format!("{}: {}", name.text, shape(value))).collect();
            format!("{}({})", shape(function), named.join(", "))
        }
        ExprKind::List(items) => format!("[{}]", all(items)),
        ExprKind::Context(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(name, value)| format!("{}: {}", name.text, shape(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        ExprKind::Range(range) => format!(
            "{}{}..{}{}",
            if range.low_included { '[' } else { '(' },
            shape(&range.low),
            shape(&range.high),
            if range.high_included { ']' } else { ')' }
        ),
        ExprKind::Filter { list, condition } => format!("(filter {} {})", shape(list), shape(condition)),
        ExprKind::UnaryRange { operator, end } => format!("(range {operator:?} {})", shape(end)),
        other => format!("{other:?}"),
    }
}

fn shapes(tests: &[Test]) -> String {
    tests.iter().map(shape_of_test).collect::<Vec<_>>().join("; ")
}

fn shape_of_test(test: &Test) -> String {
    match &test.kind {
        TestKind::Any => "any".to_owned(),
        TestKind::Not(tests) => format!("not({})", shapes(tests)),
        TestKind::Compare { operator, end } => format!("{operator:?} {}", shape(end)),
        TestKind::Expr(expression) => shape(expression),
    }
}

fn shape_of_type(of: &TypeName) -> String {
    match &of.kind {
        TypeNameKind::Named(name) => name.clone(),
        TypeNameKind::List(of) => format!("list<{}>", shape_of_type(of)),
        TypeNameKind::Range(of) => format!("range<{}>", shape_of_type(of)),
        TypeNameKind::Context(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, of)| format!("{}: {}", name.text, shape_of_type(of))).collect();
            format!("context<{}>", fields.join(", "))
        }
        TypeNameKind::Function(parameters, result) => {
            let parameters: Vec<String> = parameters.iter().map(shape_of_type).collect();
            format!("function<{}> -> {}", parameters.join(", "), shape_of_type(result))
        }
    }
}
