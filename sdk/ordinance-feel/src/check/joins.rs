//! Which types go together, and the type of a value that is of one type or of another.

use std::rc::Rc;

use ordinance_feel_runtime::Builtin;

use crate::bounds::Bounds;
use crate::tree::{Expr, ExprKind};
use crate::types::{Type, TypeKind};

/// The type of a value that is of one of two types; `None` if the two have nothing in common.
pub(crate) fn join(one: &Type, other: &Type) -> Option<Type> {
    let nullable = one.nullable || other.nullable;
    let kind = match (&one.kind, &other.kind) {
        (TypeKind::Null, kind) | (kind, TypeKind::Null) => kind.clone(),
        (TypeKind::Any, _) | (_, TypeKind::Any) => TypeKind::Any,
        (TypeKind::Number(one), TypeKind::Number(other)) => Bounds::from(*one).hull(Bounds::from(*other)).into(),
        (TypeKind::Choice(one), TypeKind::Choice(other)) => TypeKind::Choice(joined_words(one, other)),
        (TypeKind::Text | TypeKind::Choice(_), TypeKind::Text | TypeKind::Choice(_)) => TypeKind::Text,
        (TypeKind::List { item, items_max }, TypeKind::List { item: other, items_max: other_max }) => {
            let items_max = items_max.zip(*other_max).map(|(one, other)| one.max(other));
            TypeKind::List { item: Box::new(join(item, other)?), items_max }
        }
        (TypeKind::Context(one), TypeKind::Context(other)) => TypeKind::Context(joined_fields(one, other)?),
        (TypeKind::Range(one), TypeKind::Range(other)) => TypeKind::Range(Box::new(join(one, other)?)),
        (one, other) if is_same_plain(one, other) => one.clone(),
        (_, _) => return None,
    };
    Some(Type { nullable, kind })
}

/// Whether both are the same kind of values without parts.
fn is_same_plain(one: &TypeKind, other: &TypeKind) -> bool {
    matches!(
        (one, other),
        (TypeKind::Boolean, TypeKind::Boolean)
            | (TypeKind::Date, TypeKind::Date)
            | (TypeKind::Time, TypeKind::Time)
            | (TypeKind::DateTime, TypeKind::DateTime)
            | (TypeKind::DaysDuration, TypeKind::DaysDuration)
            | (TypeKind::MonthsDuration, TypeKind::MonthsDuration)
    )
}

fn joined_words(one: &Rc<[String]>, other: &Rc<[String]>) -> Rc<[String]> {
    let more: Vec<&String> = other.iter().filter(|word| !one.contains(word)).collect();
    if more.is_empty() {
        return Rc::clone(one);
    }
    one.iter().chain(more).cloned().collect()
}

fn joined_fields(one: &[(String, Type)], other: &[(String, Type)]) -> Option<Rc<[(String, Type)]>> {
    let pairs = one.iter().zip(other);
    let joined = pairs.map(|((name, one), (other_name, other))| {
        (name == other_name).then_some(())?;
        Some((name.clone(), join(one, other)?))
    });
    if one.len() == other.len() { joined.collect() } else { None }
}

/// The expression as a text, if it is a word of a choice.
pub(crate) fn as_text(mut expr: Expr) -> Expr {
    let TypeKind::Choice(_) = &expr.ty.kind else { return expr };
    let ty = Type { kind: TypeKind::Text, nullable: expr.ty.nullable };
    match expr.kind {
        ExprKind::Constant(_) => {
            expr.ty = ty;
            expr
        }
        _ => {
            let place = expr.place;
            Expr { kind: ExprKind::Call { function: Builtin::String, arguments: vec![expr] }, ty, place }
        }
    }
}

/// The expression as what a join of its type with another has made of it: a text of a word. Numbers, null and choices
/// of fewer words stay as they are.
pub(crate) fn converted(expr: Expr, to: &Type) -> Expr {
    match (&expr.ty.kind, &to.kind) {
        (TypeKind::Choice(_), TypeKind::Text) => as_text(expr),
        (TypeKind::Choice(_), TypeKind::Choice(words)) if matches!(expr.kind, ExprKind::Constant(_)) => {
            let ty = Type { kind: TypeKind::Choice(Rc::clone(words)), nullable: expr.ty.nullable };
            Expr { ty, ..expr }
        }
        (_, _) => expr,
    }
}

/// Whether values of one type can be values of another: the same kind, of numbers any, of choices only words of it.
pub(crate) fn fits(from: &Type, to: &Type) -> bool {
    let is_null_right = to.nullable || !from.nullable || matches!(from.kind, TypeKind::Any);
    let is_kind_right = match (&from.kind, &to.kind) {
        (TypeKind::Null, _) => to.nullable,
        (_, TypeKind::Any) | (TypeKind::Any, _) => true,
        (TypeKind::Number(_), TypeKind::Number(_)) | (TypeKind::Choice(_) | TypeKind::Text, TypeKind::Text) => true,
        (TypeKind::Choice(from), TypeKind::Choice(to)) => from.iter().all(|word| to.contains(word)),
        (TypeKind::List { item: from, .. }, TypeKind::List { item: to, .. })
        | (TypeKind::Range(from), TypeKind::Range(to)) => fits(from, to),
        (TypeKind::Context(from), TypeKind::Context(to)) => {
            to.iter().all(|(name, to)| from.iter().any(|(known, from)| known == name && fits(from, to)))
        }
        (from, to) => is_same_plain(from, to),
    };
    is_null_right && is_kind_right
}

/// Whether two values of these types can be equal: the same kind, whatever numbers or words they have.
pub(crate) fn is_comparable(one: &Type, other: &Type) -> bool {
    match (&one.kind, &other.kind) {
        (TypeKind::Choice(_), TypeKind::Choice(_)) | (TypeKind::Null | TypeKind::Any, _) => true,
        (_, TypeKind::Null | TypeKind::Any) => true,
        (TypeKind::List { item: one, .. }, TypeKind::List { item: other, .. })
        | (TypeKind::Range(one), TypeKind::Range(other)) => is_comparable(one, other),
        (TypeKind::Context(one), TypeKind::Context(other)) => joined_fields(one, other).is_some(),
        (_, _) => join(one, other).is_some(),
    }
}
