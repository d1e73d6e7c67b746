//! Makes texts possible of the trees of boxed expressions: types that are asked are left to the checker of rules,
//! names that are bound become entries of a context, and tables within others a chain of conditions.

use crate::source_text::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, Table, TableRow, Test, TestKind};
use crate::syntax::walk::each_child;
use crate::tree::HitPolicy;

/// Why a tree can't be a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnwritableError(pub(super) String);

fn tree(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

/// The tree without texts within, asked types and bound names.
pub(super) fn unboxed(expr: Expr) -> Result<Expr, UnwritableError> {
    let mut expr = match expr.kind {
        ExprKind::Within { text: _, expr } => return unboxed(*expr),
        ExprKind::OfType { value, of: _, allowed: _ } => return unboxed(*value),
        ExprKind::Seeing { names: _, expr } => return unboxed(*expr),
        ExprKind::Let { .. } => return as_context(expr),
        ExprKind::Table(table) => return as_conditions(*table),
        kind => Expr { kind, span: expr.span },
    };
    let mut fault = None;
    each_child(&mut expr, &mut |child| {
        let taken = std::mem::replace(child, tree(ExprKind::Null));
        match unboxed(taken) {
            Ok(unboxed) => *child = unboxed,
            Err(unwritable) => fault = Some(unwritable),
        }
    });
    if let ExprKind::Function { parameters, body: _ } = &mut expr.kind {
        parameters.iter_mut().for_each(|(_, of)| *of = None);
    }
    fault.map_or(Ok(expr), Err)
}

/// `{ a: 1, result: a + 1 }.result`
fn as_context(expr: Expr) -> Result<Expr, UnwritableError> {
    let name = |text: &str| Name { text: text.to_owned(), span: Span::default() };
    let mut entries: Vec<(Name, Expr)> = Vec::new();
    let mut at = expr;
    while let ExprKind::Let { name: bound, value, body } = at.kind {
        entries.push((name(&bound), unboxed(*value)?));
        at = *body;
    }
    let mut result = "result".to_owned();
    while entries.iter().any(|(known, _)| known.text == result) {
        result.push('_');
    }
    entries.push((name(&result), unboxed(at)?));
    let context = Box::new(tree(ExprKind::Context(entries)));
    Ok(tree(ExprKind::Member { context, name: name(&result) }))
}

/// A table whose first matching row counts, as `if ... then ... else`.
fn as_conditions(table: Table) -> Result<Expr, UnwritableError> {
    match table.hit {
        HitPolicy::Unique | HitPolicy::First | HitPolicy::Any => {}
        HitPolicy::Priority | HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(_) => {
            let what = "a decision table with another hit policy than UNIQUE, FIRST or ANY within an expression";
            return Err(UnwritableError(format!("{what} can't be written in a rule: make it a decision of its own")));
        }
    }
    let names: Vec<String> = table.outputs.clone();
    let inputs: Vec<Expr> = table.inputs.into_iter().map(unboxed).collect::<Result<_, _>>()?;
    let otherwise = match table.default {
        Some(values) => outputs(&names, values)?,
        None => tree(ExprKind::Null),
    };
    table.rows.into_iter().rev().try_fold(otherwise, |otherwise, row| {
        let TableRow { conditions, outputs: values } = row;
        let value = outputs(&names, values)?;
        let tests = conditions.into_iter().map(|(_, tests)| tests);
        let mut condition: Option<Expr> = None;
        for (input, tests) in inputs.iter().zip(tests) {
            let Some(test) = tested(input, tests)? else {
                continue;
            };
            condition = Some(match condition {
                None => test,
                Some(before) => tree(ExprKind::Binary {
                    operator: crate::syntax::ast::BinaryOperator::And,
                    left: Box::new(before),
                    right: Box::new(test),
                }),
            });
        }
        Ok(match condition {
            None => value,
            Some(condition) => tree(ExprKind::If {
                condition: Box::new(condition),
                then: Box::new(value),
                otherwise: Box::new(otherwise),
            }),
        })
    })
}

fn outputs(names: &[String], values: Vec<Expr>) -> Result<Expr, UnwritableError> {
    let mut values: Vec<Expr> = values.into_iter().map(unboxed).collect::<Result<_, _>>()?;
    if values.len() == 1 {
        return Ok(values.pop().unwrap_or(tree(ExprKind::Null)));
    }
    let named = names.iter().map(|text| Name { text: text.clone(), span: Span::default() });
    Ok(tree(ExprKind::Context(named.zip(values).collect())))
}

/// Whether an input passes the tests of a cell; `None` if every value does.
fn tested(input: &Expr, tests: Vec<Test>) -> Result<Option<Expr>, UnwritableError> {
    if tests.iter().any(|test| matches!(test.kind, TestKind::Any)) {
        return Ok(None);
    }
    let value = Box::new(input.clone());
    let kind = match <[Test; 1]>::try_from(tests) {
        Ok([Test { kind: TestKind::Compare { operator, end }, span: _ }]) => {
            ExprKind::Binary { operator, left: value, right: Box::new(end) }
        }
        Ok(one) => ExprKind::In { value, tests: one.into() },
        Err(tests) => ExprKind::In { value, tests },
    };
    unboxed(tree(kind)).map(Some)
}
