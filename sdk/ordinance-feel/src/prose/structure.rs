//! Expressions as sentences and nested lists.

use super::form::Prose;
use super::names::Writer;
use super::phrase::Phrase;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind};

/// As what an expression is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Something that holds or doesn't.
    Condition,
    /// Something that is computed.
    Value,
}

impl Writer<'_> {
    /// An expression in sentences and lists.
    pub(super) fn explain(&mut self, expression: &Expr, role: Role) -> Prose {
        match &expression.kind {
            ExprKind::Binary { operator: BinaryOperator::And, .. } => self.joint(Phrase::All, expression),
            ExprKind::Binary { operator: BinaryOperator::Or, .. } => self.joint(Phrase::AnyOf, expression),
            ExprKind::If { .. } => self.ways(expression, role),
            ExprKind::Quantified { every, iterations, condition } if is_structured(condition) => {
                let phrase = if *every { Phrase::ForEvery } else { Phrase::ForSome };
                self.over(iterations, |writer, all| Prose::List {
                    lead: writer.sentence(&writer.say(phrase, &[all])),
                    items: vec![writer.explain(condition, Role::Condition)],
                })
            }
            ExprKind::Call { .. } => match negated(expression) {
                Some(condition) if is_structured(condition) => self.negated_list(condition),
                Some(_) | None => self.simple(expression, role),
            },
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
            | ExprKind::InstanceOf { .. }
            | ExprKind::For { .. }
            | ExprKind::Quantified { .. }
            | ExprKind::Function { .. }
            | ExprKind::CallByName { .. }
            | ExprKind::List(_)
            | ExprKind::Context(_)
            | ExprKind::Range(_)
            | ExprKind::Filter { .. }
            | ExprKind::UnaryRange { .. }
            | ExprKind::Within { .. }
            | ExprKind::Table(_)
            | ExprKind::OfType { .. }
            | ExprKind::Let { .. }
            | ExprKind::Seeing { .. } => self.simple(expression, role),
        }
    }

    fn simple(&mut self, expression: &Expr, role: Role) -> Prose {
        Prose::Sentence(self.line(expression, role))
    }

    /// An expression as one line.
    pub(super) fn line(&mut self, expression: &Expr, role: Role) -> String {
        let words = match role {
            Role::Condition => self.condition(expression),
            Role::Value => self.value(expression),
        };
        self.sentence(&words)
    }

    /// Words as the beginning of a line.
    pub(super) fn sentence(&self, words: &str) -> String {
        let mut characters = words.chars();
        let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}", characters.as_str())
    }

    fn joint(&mut self, lead: Phrase, expression: &Expr) -> Prose {
        let items = operands(expression).into_iter().map(|operand| self.explain(operand, Role::Condition)).collect();
        Prose::List { lead: self.sentence(&self.say(lead, &[])), items }
    }

    fn negated_list(&mut self, condition: &Expr) -> Prose {
        if let ExprKind::Binary { operator: BinaryOperator::Or, .. } = condition.kind {
            return self.joint(Phrase::None, condition);
        }
        let items = vec![self.explain(condition, Role::Condition)];
        Prose::List { lead: self.sentence(&self.say(Phrase::NotSo, &[])), items }
    }

    /// The ways of a condition, with those of the conditions after `else`.
    fn ways(&mut self, expression: &Expr, role: Role) -> Prose {
        let mut items = Vec::new();
        let mut rest = expression;
        while let ExprKind::If { condition, then, otherwise } = &rest.kind {
            items.push(self.way(condition, then, role));
            rest = otherwise;
        }
        items.push(if is_structured(rest) {
            let lead = self.sentence(&self.say(Phrase::OtherwiseLead, &[]));
            Prose::List { lead, items: vec![self.explain(rest, role)] }
        } else {
            let words = self.inline(rest, role);
            Prose::Sentence(self.sentence(&self.say(Phrase::Otherwise, &[&words])))
        });
        Prose::List { lead: self.sentence(&self.say(Phrase::FirstThatApplies, &[])), items }
    }

    fn inline(&mut self, expression: &Expr, role: Role) -> String {
        match role {
            Role::Condition => self.condition(expression),
            Role::Value => self.value(expression),
        }
    }

    /// What holds if a condition does.
    fn way(&mut self, condition: &Expr, then: &Expr, role: Role) -> Prose {
        if !is_structured(condition) {
            let words = self.condition(condition);
            if is_structured(then) {
                let lead = self.sentence(&self.say(Phrase::If, &[&words]));
                return Prose::List { lead, items: vec![self.explain(then, role)] };
            }
            let then = self.inline(then, role);
            return Prose::Sentence(self.sentence(&self.say(Phrase::IfThen, &[&words, &then])));
        }
        let (lead, items) = match self.explain(condition, Role::Condition) {
            Prose::List { items, .. } if joins(condition, BinaryOperator::And) => (Phrase::IfAll, items),
            Prose::List { items, .. } if joins(condition, BinaryOperator::Or) => (Phrase::IfAny, items),
            other => (Phrase::IfAll, vec![other]),
        };
        let when = Prose::List { lead: self.sentence(&self.say(lead, &[])), items };
        let then = if is_structured(then) {
            let lead = self.sentence(&self.say(Phrase::ThenLead, &[]));
            Prose::List { lead, items: vec![self.explain(then, role)] }
        } else {
            let words = self.inline(then, role);
            Prose::Sentence(self.sentence(&self.say(Phrase::Then, &[&words])))
        };
        Prose::Sequence(vec![when, then])
    }
}

/// Whether an expression is said as a list.
fn is_structured(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Binary { operator, .. } => matches!(operator, BinaryOperator::And | BinaryOperator::Or),
        ExprKind::If { .. } => true,
        ExprKind::Quantified { condition, .. } => is_structured(condition),
        ExprKind::Call { .. } => negated(expression).is_some_and(is_structured),
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Temporal(_)
        | ExprKind::Name(_)
        | ExprKind::Member { .. }
        | ExprKind::Negate(_)
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::InstanceOf { .. }
        | ExprKind::For { .. }
        | ExprKind::Function { .. }
        | ExprKind::CallByName { .. }
        | ExprKind::List(_)
        | ExprKind::Context(_)
        | ExprKind::Range(_)
        | ExprKind::Filter { .. }
        | ExprKind::UnaryRange { .. }
        | ExprKind::Within { .. }
        | ExprKind::Table(_)
        | ExprKind::OfType { .. }
        | ExprKind::Let { .. }
        | ExprKind::Seeing { .. } => false,
    }
}

/// The condition that `not` is called with.
pub(super) fn negated(expression: &Expr) -> Option<&Expr> {
    let ExprKind::Call { function, arguments } = &expression.kind else { return None };
    let is_not = matches!(&function.kind, ExprKind::Name(name) if name == "not");
    arguments.first().filter(|_| is_not && arguments.len() == 1)
}

fn joins(expression: &Expr, by: BinaryOperator) -> bool {
    matches!(&expression.kind, ExprKind::Binary { operator, .. } if *operator == by)
}

/// The conditions that one `and` or `or` joins, in their order; of any other expression itself.
pub(super) fn operands(expression: &Expr) -> Vec<&Expr> {
    let ExprKind::Binary { operator: by @ (BinaryOperator::And | BinaryOperator::Or), .. } = expression.kind else {
        return vec![expression];
    };
    let mut found = Vec::new();
    let mut waiting = vec![expression];
    while let Some(next) = waiting.pop() {
        if let ExprKind::Binary { operator, left, right } = &next.kind
            && *operator == by
        {
            waiting.extend([right.as_ref(), left]);
        } else {
            found.push(next);
        }
    }
    found
}
