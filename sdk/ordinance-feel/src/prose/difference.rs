//! How two versions of an expression differ, in words.

use super::catalogue::Language;
use super::form::Prose;
use super::names::{Titles, Writer};
use super::phrase::Phrase;
use super::structure::{Role, operands};
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind};
use crate::syntax::print_expression;

/// What has changed from one version of an expression to another: the smallest parts that differ and can be said by
/// themselves, old and new, as one sentence each. None if the expressions say the same. The titles are those of each
/// version.
#[must_use]
pub fn explain_difference(
    old: (&Expr, &dyn Titles),
    new: (&Expr, &dyn Titles),
    language: Language,
    is_condition: bool,
) -> Option<Prose> {
    let mut comparison =
        Comparison { old: Writer::new(old.1, language), new: Writer::new(new.1, language), found: Vec::new() };
    comparison.compare(old.0, new.0, if is_condition { Role::Condition } else { Role::Value });
    if comparison.found.is_empty() { None } else { Some(Prose::Sequence(comparison.found)) }
}

struct Comparison<'t> {
    old: Writer<'t>,
    new: Writer<'t>,
    found: Vec<Prose>,
}

impl Comparison<'_> {
    fn compare(&mut self, old: &Expr, new: &Expr, role: Role) {
        if is_same(old, new) {
            return;
        }
        match (&old.kind, &new.kind) {
            (ExprKind::If { .. }, ExprKind::If { .. }) => self.ways(old, new, role),
            (
                ExprKind::Quantified { every, iterations, condition },
                ExprKind::Quantified { every: new_every, iterations: new_iterations, condition: new_condition },
            ) if every == new_every
                && same_domains(old, new)
                && iterations.len() == new_iterations.len()
                && (joiner(condition).is_some() || joiner(new_condition).is_some()) =>
            {
                self.compare(condition, new_condition, Role::Condition);
            }
            _ if joiner(old).or(joiner(new)).is_some_and(|by| joins(old, by) && joins(new, by)) => {
                self.operands(operands(old), operands(new));
            }
            _ => self.becomes(old, new, role),
        }
    }

    fn becomes(&mut self, old: &Expr, new: &Expr, role: Role) {
        let (old, new) = (self.old.line(old, role), self.new.line(new, role));
        self.tell_becomes(&old, &new);
    }

    fn tell_becomes(&mut self, old: &str, new: &str) {
        let (old, new) = (self.old.say(Phrase::Quoted, &[old]), self.new.say(Phrase::Quoted, &[new]));
        self.found.push(Prose::Sentence(self.new.say(Phrase::Becomes, &[&old, &new])));
    }

    /// The ways of two conditions: each in its order, with what has to be so for it.
    fn ways(&mut self, old: &Expr, new: &Expr, role: Role) {
        let (
            ExprKind::If { condition: a, then: x, otherwise: p },
            ExprKind::If { condition: b, then: y, otherwise: q },
        ) = (&old.kind, &new.kind)
        else {
            return;
        };
        self.compare(a, b, Role::Condition);
        if !is_same(x, y) {
            if matches!((&x.kind, &y.kind), (ExprKind::If { .. }, ExprKind::If { .. })) {
                self.ways(x, y, role);
            } else {
                let way = |writer: &mut Writer<'_>, condition: &Expr, then: &Expr| {
                    let (condition, then) = (writer.condition(condition), writer.line(then, role));
                    writer.sentence(&writer.say(Phrase::IfThen, &[&condition, &then]))
                };
                let (was, is) = (way(&mut self.old, a, x), way(&mut self.new, b, y));
                self.tell_becomes(&was, &is);
            }
        }
        if matches!((&p.kind, &q.kind), (ExprKind::If { .. }, ExprKind::If { .. })) {
            self.ways(p, q, role);
        } else if !is_same(p, q) {
            let otherwise = |writer: &mut Writer<'_>, value: &Expr| {
                let words = writer.line(value, role);
                writer.sentence(&writer.say(Phrase::Otherwise, &[&words]))
            };
            let (was, is) = (otherwise(&mut self.old, p), otherwise(&mut self.new, q));
            self.tell_becomes(&was, &is);
        }
    }

    /// Conditions that were joined: those that stay are passed over, what stands between two of them is compared in
    /// order.
    fn operands(&mut self, old: Vec<&Expr>, new: Vec<&Expr>) {
        let (mut left, mut right) = (old.into_iter().peekable(), new.into_iter().peekable());
        let (mut gone, mut come): (Vec<&Expr>, Vec<&Expr>) = (Vec::new(), Vec::new());
        while left.peek().is_some() || right.peek().is_some() {
            gone.extend(left.next());
            come.extend(right.next());
            if let Some((i, j)) = first_pair(&gone, &come) {
                let (later_gone, later_come) = (gone.split_off(i + 1), come.split_off(j + 1));
                gone.pop();
                come.pop();
                self.replace(&gone, &come);
                (gone, come) = (later_gone, later_come);
            }
        }
        self.replace(&gone, &come);
    }

    fn replace(&mut self, gone: &[&Expr], come: &[&Expr]) {
        gone.iter().zip(come).for_each(|(old, new)| self.compare(old, new, Role::Condition));
        for old in gone.iter().skip(come.len()) {
            let words = self.old.line(old, Role::Condition);
            self.tell(Phrase::Removed, &words);
        }
        for new in come.iter().skip(gone.len()) {
            let words = self.new.line(new, Role::Condition);
            self.tell(Phrase::Added, &words);
        }
    }

    fn tell(&mut self, phrase: Phrase, words: &str) {
        let quoted = self.new.say(Phrase::Quoted, &[words]);
        let words = self.new.say(phrase, &[&quoted]);
        self.found.push(Prose::Sentence(self.new.sentence(&words)));
    }
}

fn is_same(old: &Expr, new: &Expr) -> bool {
    print_expression(old) == print_expression(new)
}

/// The first two that are the same.
fn first_pair(old: &[&Expr], new: &[&Expr]) -> Option<(usize, usize)> {
    let texts: Vec<String> = new.iter().map(|new| print_expression(new)).collect();
    old.iter().enumerate().find_map(|(index, old)| {
        let text = print_expression(old);
        Some((index, texts.iter().position(|new| *new == text)?))
    })
}

fn same_domains(old: &Expr, new: &Expr) -> bool {
    let head = |expression: &Expr| {
        let text = print_expression(expression);
        text.split_once(" satisfies ").map(|(head, _)| head.to_owned())
    };
    head(old) == head(new)
}

fn joiner(expression: &Expr) -> Option<BinaryOperator> {
    let ExprKind::Binary { operator, .. } = expression.kind else { return None };
    matches!(operator, BinaryOperator::And | BinaryOperator::Or).then_some(operator)
}

/// Whether an expression is conditions joined by an operator, or one that could be.
fn joins(expression: &Expr, by: BinaryOperator) -> bool {
    joiner(expression).is_none_or(|own| own == by)
}
