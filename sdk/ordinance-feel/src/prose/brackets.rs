//! Where words need brackets so that a sentence has one reading. Formulas have theirs by how closely an operator binds.

use ordinance_feel_runtime::Builtin;

use super::names::Writer;
use super::phrase::Phrase;
use super::structure::negated;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Test, TestKind};

impl Writer<'_> {
    /// A value within a sentence: a condition, and what has ways, in brackets.
    pub(super) fn part(&mut self, expression: &Expr) -> String {
        let words = self.value(expression);
        self.bracketed(is_loose(expression), words)
    }

    /// A value among others that commas and `and` join.
    pub(super) fn item(&mut self, expression: &Expr) -> String {
        let words = self.value(expression);
        self.bracketed(is_loose(expression) || is_said_at_length(expression), words)
    }

    /// What something else is said of: `year of (...)`, `the items of (...)`, `(...), rounded`.
    pub(super) fn whole(&mut self, expression: &Expr) -> String {
        let words = self.value(expression);
        let several = match &bare(expression).kind {
            ExprKind::Call { arguments, .. } => arguments.len() > 1,
            ExprKind::CallByName { arguments, .. } => arguments.len() > 1,
            ExprKind::Filter { condition, .. } => is_condition(condition),
            _ => false,
        };
        self.bracketed(is_loose(expression) || several, words)
    }

    /// What a part is named of.
    pub(super) fn owner(&mut self, expression: &Expr) -> String {
        let words = self.whole(expression);
        let is_formula =
            !is_loose(expression) && matches!(expression.kind, ExprKind::Binary { .. } | ExprKind::Negate(_));
        self.bracketed(is_formula, words)
    }

    /// A condition beside words that it must not be joined with: what `and`, `or` and ways join in brackets.
    pub(super) fn closed_condition(&mut self, condition: &Expr) -> String {
        let words = self.condition(condition);
        self.bracketed(is_joined(condition), words)
    }

    pub(super) fn bracketed(&self, needed: bool, words: String) -> String {
        if needed { self.say(Phrase::Group, &[&words]) } else { words }
    }
}

/// An expression without what isn't said of it.
fn bare(expression: &Expr) -> &Expr {
    let mut bare = expression;
    while let ExprKind::Within { expr: inner, .. }
    | ExprKind::Seeing { expr: inner, .. }
    | ExprKind::OfType { value: inner, .. }
    | ExprKind::Let { body: inner, .. } = &bare.kind
    {
        bare = inner;
    }
    bare
}

/// Whether an expression is certainly a condition, by its form.
pub(super) fn is_condition(expression: &Expr) -> bool {
    let expression = bare(expression);
    match &expression.kind {
        ExprKind::Boolean(_)
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::InstanceOf { .. }
        | ExprKind::Quantified { .. } => true,
        ExprKind::Binary { operator, .. } => {
            operator.comparison().is_some() || matches!(operator, BinaryOperator::And | BinaryOperator::Or)
        }
        ExprKind::If { then, otherwise, .. } => is_condition(then) || is_condition(otherwise),
        ExprKind::Call { function, .. } | ExprKind::CallByName { function, .. } => {
            matches!(&function.kind, ExprKind::Name(name) if Builtin::named(name).is_some_and(asks))
        }
        _ => false,
    }
}

/// Whether a function says if something holds.
fn asks(function: Builtin) -> bool {
    matches!(
        function,
        Builtin::Not
            | Builtin::Contains
            | Builtin::StartsWith
            | Builtin::EndsWith
            | Builtin::Matches
            | Builtin::ListContains
            | Builtin::All
            | Builtin::Any
            | Builtin::Odd
            | Builtin::Even
            | Builtin::Is
            | Builtin::Before
            | Builtin::After
            | Builtin::Meets
            | Builtin::MetBy
            | Builtin::Overlaps
            | Builtin::OverlapsBefore
            | Builtin::OverlapsAfter
            | Builtin::Finishes
            | Builtin::FinishedBy
            | Builtin::Includes
            | Builtin::During
            | Builtin::Starts
            | Builtin::StartedBy
            | Builtin::Coincides
            | Builtin::IsGiven
    )
}

/// Whether words begin or end where a reader can't tell.
fn is_loose(expression: &Expr) -> bool {
    let expression = bare(expression);
    match &expression.kind {
        ExprKind::If { .. } | ExprKind::For { .. } | ExprKind::Function { .. } => true,
        ExprKind::Boolean(_) => false,
        _ => is_condition(expression),
    }
}

/// Whether words have commas, `and` or conditions of their own.
fn is_said_at_length(expression: &Expr) -> bool {
    match &bare(expression).kind {
        ExprKind::Filter { condition, .. } => is_condition(condition),
        ExprKind::List(items) => items.len() > 1,
        ExprKind::CallByName { .. } => true,
        ExprKind::Call { arguments, .. } => {
            !matches!(arguments.as_slice(), [Expr { kind: ExprKind::Text(_) | ExprKind::Number(_), .. }])
        }
        _ => false,
    }
}

/// Whether a condition is several that are joined, so that what stands before or after it could be taken for a part of
/// one of them.
pub(super) fn is_joined(condition: &Expr) -> bool {
    let condition = bare(condition);
    match &condition.kind {
        ExprKind::Binary { operator, .. } => matches!(operator, BinaryOperator::And | BinaryOperator::Or),
        ExprKind::Quantified { .. } | ExprKind::If { .. } => true,
        ExprKind::In { tests, .. } => has_ways(tests),
        ExprKind::Call { .. } => negated(condition).is_some_and(|inner| !is_named(inner)),
        _ => false,
    }
}

/// Whether tests are said as several conditions with `or`.
fn has_ways(tests: &[Test]) -> bool {
    let is_value = |test: &Test| matches!(&test.kind, TestKind::Expr(value) if !is_condition(value));
    match tests {
        [Test { kind: TestKind::Not(inner), .. }] => inner.len() > 1 && !inner.iter().all(is_value),
        [Test { kind: TestKind::Expr(value), .. }] => is_joined(value),
        _ => tests.len() > 1 && !tests.iter().all(is_value),
    }
}

fn is_named(expression: &Expr) -> bool {
    matches!(expression.kind, ExprKind::Name(_) | ExprKind::Member { .. })
}
