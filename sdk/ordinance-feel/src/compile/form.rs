//! The form in which several values of one type are kept: numbers of one scale, words by one list of words, all as
//! values of the library if one of them is.

use std::rc::Rc;

use super::code::Step;
use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::fixed_at;
use super::node::{Node, equal, select};
use super::val::Val;
use crate::tree::{Expr, Table};
use crate::types::{Type, TypeKind};

impl Compiler<'_> {
    /// A value in a form, after other instructions that are put aside.
    pub(super) fn conformed_aside(
        &mut self,
        found: &Val,
        steps: Vec<Step>,
        form: &Val,
        ty: &Type,
    ) -> Compiling<(Val, Vec<Step>)> {
        let before = self.code.hold();
        self.code.append(steps);
        let conformed = self.conformed(found, form, ty);
        let steps = self.code.release(before);
        Ok((conformed?, steps))
    }

    /// A value in a form.
    pub(super) fn conformed(&mut self, found: &Val, form: &Val, ty: &Type) -> Compiling<Val> {
        Ok(match (found, form) {
            (_, Val::Boxed(_)) => Val::Boxed(self.boxed(found, ty)?),
            (Val::Null, form) => self.null_like(form),
            (Val::Number { .. }, Val::Number { scale, .. }) => self.rescaled(found, *scale),
            (Val::Record { fields, state }, Val::Record { fields: forms, .. }) => {
                let TypeKind::Context(types) = &ty.kind else {
                    return self.inconsistent("a table's output has another type");
                };
                let fields = fields.iter().zip(forms.iter()).zip(types.iter());
                let fields = fields.map(|((field, form), (_, ty))| self.conformed(field, form, ty));
                Val::Record { fields: fields.collect::<Compiling<_>>()?, state: state.clone() }
            }
            (Val::Choice { .. }, Val::Choice { words, .. }) => self.rewritten(found, words)?,
            _ => found.clone(),
        })
    }

    /// A word in other words, which have it.
    fn rewritten(&mut self, found: &Val, wanted: &Rc<[String]>) -> Compiling<Val> {
        let Val::Choice { index, words, state } = found else { return self.inconsistent("no word is rewritten") };
        if words == wanted {
            return Ok(found.clone());
        }
        let index = self.share(index);
        let number = |at: usize| Node::I32(i32::try_from(at).unwrap_or_default());
        // A chain of choices; a contract's words are few.
        let index = words.iter().enumerate().fold(Node::I32(0), |rest, (from, word)| {
            let to = wanted.iter().position(|known| known == word).unwrap_or_default();
            select(number(to), rest, equal(index.clone(), number(from)))
        });
        Ok(Val::Choice { index, words: wanted.clone(), state: state.clone() })
    }
}

/// The form in which all values of a type can be kept: its nodes mean nothing.
pub(super) fn form_of(all: &[&Val], ty: &Type) -> Val {
    let zero = Node::I32(0);
    let boxed = || Val::Boxed(Node::I32(0));
    let Some(first) = all.iter().find(|found| !matches!(found, Val::Null)) else { return Val::Null };
    let has_state = all.iter().any(|found| found.state().is_some());
    let state = has_state.then_some(Node::I32(0));
    let is_like =
        |found: &&Val| matches!(found, Val::Null) || std::mem::discriminant(*found) == std::mem::discriminant(*first);
    if !all.iter().all(is_like) {
        return boxed();
    }
    match first {
        Val::Boolean { .. } => {
            let is_open = all.iter().any(|found| matches!(found, Val::Null | Val::Boolean { high: Some(_), .. }));
            Val::Boolean { low: zero.clone(), high: is_open.then_some(zero), state }
        }
        Val::Number { .. } => {
            let scale = all.iter().filter_map(|found| match found {
                Val::Number { scale, .. } => Some(*scale),
                _ => None,
            });
            let scale = scale.max().unwrap_or_default();
            if fixed_at(ty, scale).is_none() {
                return boxed();
            }
            let is_open = all.iter().any(|found| matches!(found, Val::Number { high: Some(_), .. }));
            Val::Number { low: Node::I64(0), high: is_open.then_some(Node::I64(0)), scale, state }
        }
        Val::Choice { words, .. } => {
            let is_same = |found: &&Val| match found {
                Val::Choice { words: other, .. } => words == other,
                _ => true,
            };
            if all.iter().all(is_same) {
                return Val::Choice { index: zero, words: words.clone(), state };
            }
            let TypeKind::Choice(wanted) = &ty.kind else { return boxed() };
            let is_in = |found: &&Val| match found {
                Val::Choice { words, .. } => words.iter().all(|word| wanted.contains(word)),
                _ => true,
            };
            match all.iter().all(is_in) {
                true => Val::Choice { index: zero, words: wanted.clone(), state },
                false => boxed(),
            }
        }
        Val::Date { .. } => Val::Date { packed: zero, state },
        Val::Text { .. } => Val::Text { address: zero.clone(), bytes: zero, state },
        Val::Record { fields, .. } => {
            let TypeKind::Context(types) = &ty.kind else { return boxed() };
            let part = |(index, (_, ty)): (usize, &(String, Type))| {
                let parts: Vec<&Val> = all
                    .iter()
                    .filter_map(|found| match found {
                        Val::Record { fields, .. } => fields.get(index),
                        _ => Some(&Val::Null),
                    })
                    .collect();
                form_of(&parts, ty)
            };
            let _ = fields;
            Val::Record { fields: types.iter().enumerate().map(part).collect(), state }
        }
        Val::List(_) | Val::Null | Val::Boxed(_) => boxed(),
    }
}

/// The type of the value of a table of which one row counts.
pub(super) fn value_type(table: &Table, expr: &Expr) -> Type {
    Type { nullable: expr.ty.nullable, ..table.output.clone() }
}
