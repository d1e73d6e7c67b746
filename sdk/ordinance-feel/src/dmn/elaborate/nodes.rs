//! Small trees.

use ordinance_feel_runtime::{Builtin, Failure, Value};

use crate::source_text::Place;
use crate::tree::{Comparison, Expr, ExprKind, LocalId};
use crate::types::{Type, TypeKind};

/// The type of any value, null included.
pub(super) const ANY: Type = Type { kind: TypeKind::Any, nullable: true };

/// A tree of any value.
pub(super) fn node(kind: ExprKind, place: Place) -> Expr {
    let fails = matches!(
        kind,
        ExprKind::Arithmetic { .. }
            | ExprKind::Compare { .. }
            | ExprKind::Call { .. }
            | ExprKind::Property { .. }
            | ExprKind::Item { .. }
            | ExprKind::Range { .. }
            | ExprKind::For { .. }
            | ExprKind::Table(_)
    );
    let expr = Expr { kind, ty: ANY, place };
    // A mistake in computing is null where it is made.
    if fails { Expr { kind: ExprKind::OrNull(Box::new(expr)), ty: ANY, place } } else { expr }
}

pub(super) fn constant(value: Value, place: Place) -> Expr {
    node(ExprKind::Constant(value), place)
}

pub(super) fn null(place: Place) -> Expr {
    constant(Value::Null, place)
}

/// What a misfit gives, where DMN says null.
pub(super) fn misfit(place: Place) -> Expr {
    constant(Value::Failed(Failure::TypesDontFit), place)
}

pub(super) fn local(local: LocalId, place: Place) -> Expr {
    node(ExprKind::Local(local), place)
}

pub(super) fn call(function: Builtin, arguments: Vec<Expr>, place: Place) -> Expr {
    node(ExprKind::Call { function, arguments }, place)
}

pub(super) fn if_of(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    let place = condition.place;
    let (condition, then, otherwise) = (Box::new(condition), Box::new(then), Box::new(otherwise));
    node(ExprKind::If { condition, then, otherwise }, place)
}

pub(super) fn equal(left: Expr, right: Expr) -> Expr {
    compare(Comparison::Equal, left, right)
}

pub(super) fn compare(operator: Comparison, left: Expr, right: Expr) -> Expr {
    let place = left.place;
    node(ExprKind::Compare { operator, left: Box::new(left), right: Box::new(right) }, place)
}

pub(super) fn and(left: Expr, right: Expr) -> Expr {
    let place = left.place;
    node(ExprKind::And(Box::new(left), Box::new(right)), place)
}

pub(super) fn or(left: Expr, right: Expr) -> Expr {
    let place = left.place;
    node(ExprKind::Or(Box::new(left), Box::new(right)), place)
}

/// Whether a value is of a kind.
pub(super) fn is_of(value: Expr, kind: TypeKind) -> Expr {
    let place = value.place;
    node(ExprKind::InstanceOf { value: Box::new(value), of: Type { kind, nullable: false } }, place)
}

/// Any list.
pub(super) fn any_list() -> TypeKind {
    TypeKind::List { item: Box::new(ANY), items_max: None }
}

/// Any context.
pub(super) fn any_context() -> TypeKind {
    TypeKind::Context(std::rc::Rc::from([]))
}

/// Any range.
pub(super) fn any_range() -> TypeKind {
    TypeKind::Range(Box::new(ANY))
}

/// A value with a name within a body.
pub(super) fn let_of(local: LocalId, value: Expr, body: Expr) -> Expr {
    let place = body.place;
    node(ExprKind::Let { local, value: Box::new(value), body: Box::new(body) }, place)
}
