//! Which names a tree mentions, and which words a text holds.

use super::ast::{Expr, ExprKind, IterationDomain, Test, TestKind};
use super::lexer::lex;
use super::token::{Symbol, TokenKind};

/// Whether an expression mentions a name, bound within it or not.
pub(crate) fn mentions(expr: &Expr, name: &str) -> bool {
    let any = |parts: &[&Expr]| parts.iter().any(|part| mentions(part, name));
    match &expr.kind {
        ExprKind::Name(found) => found == name,
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Temporal(_)
        | ExprKind::Table(_)
        | ExprKind::Seeing { .. } => false,
        ExprKind::Member { context: within, name: _ }
        | ExprKind::Negate(within)
        | ExprKind::InstanceOf { value: within, of: _ }
        | ExprKind::Function { parameters: _, body: within }
        | ExprKind::UnaryRange { operator: _, end: within }
        | ExprKind::Within { text: _, expr: within } => mentions(within, name),
        ExprKind::Binary { operator: _, left, right } => any(&[left, right]),
        ExprKind::Filter { list, condition } => any(&[list, condition]),
        ExprKind::Let { name: _, value, body } => any(&[value, body]),
        ExprKind::Between { value, low, high } => any(&[value, low, high]),
        ExprKind::If { condition, then, otherwise } => any(&[condition, then, otherwise]),
        ExprKind::In { value, tests } => mentions(value, name) || in_tests(tests, name),
        ExprKind::OfType { value, of: _, allowed } => mentions(value, name) || in_tests(allowed, name),
        ExprKind::For { iterations, result: last } | ExprKind::Quantified { every: _, iterations, condition: last } => {
            let in_domain = iterations.iter().any(|iteration| match &iteration.domain {
                IterationDomain::List(list) => mentions(list, name),
                IterationDomain::Steps { from, to } => any(&[from, to]),
            });
            in_domain || mentions(last, name)
        }
        ExprKind::Call { function, arguments } => {
            mentions(function, name) || arguments.iter().any(|argument| mentions(argument, name))
        }
        ExprKind::CallByName { function, arguments } => {
            mentions(function, name) || arguments.iter().any(|(_, argument)| mentions(argument, name))
        }
        ExprKind::List(items) => items.iter().any(|item| mentions(item, name)),
        ExprKind::Context(entries) => entries.iter().any(|(_, value)| mentions(value, name)),
        ExprKind::Range(range) => any(&[&range.low, &range.high]),
    }
}

fn in_tests(tests: &[Test], name: &str) -> bool {
    tests.iter().any(|test| match &test.kind {
        TestKind::Any => false,
        TestKind::Not(tests) => in_tests(tests, name),
        TestKind::Compare { operator: _, end } => mentions(end, name),
        TestKind::Expr(expr) => mentions(expr, name),
    })
}

/// The words of a text that don't stand after a point, also of a text that isn't an expression.
pub(crate) fn words_alone(text: &str) -> Vec<String> {
    let (mut words, mut is_after_point) = (Vec::new(), false);
    for token in lex(text) {
        let is_point = token.kind == TokenKind::Symbol(Symbol::Point);
        if let TokenKind::Word(word) = token.kind
            && !is_after_point
        {
            words.push(word);
        }
        is_after_point = is_point;
    }
    words
}
