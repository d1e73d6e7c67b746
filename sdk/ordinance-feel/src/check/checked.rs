//! An expression with its type, and with what the checker knows beside it: units, and whether null means that a look-up
//! has found nothing.

use std::rc::Rc;

use ordinance_domain::unit::Unit;
use ordinance_feel_runtime::Value;

use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::source_text::Place;
use crate::tree::{Expr, ExprKind, InputId, LocalId};
use crate::types::{Type, TypeKind};

/// A checked expression.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) expr: Expr,
    pub(crate) units: Units,
    /// Whether null stands for an item or a row that isn't there. Wherever null isn't compared for, it is a failure.
    pub(crate) is_lookup: bool,
}

/// The units of the numbers in a value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Units {
    /// None is given: the numbers fit all.
    #[default]
    Plain,
    /// A number with a unit.
    Of(Rc<Unit>),
    /// Of each item of a list.
    Items(Rc<Units>),
    /// Of the fields of a context.
    Fields(Rc<[Units]>),
}

impl Units {
    /// Of the items of a list.
    pub(crate) fn item(&self) -> Self {
        match self {
            Self::Items(item) => (**item).clone(),
            Self::Plain | Self::Of(_) | Self::Fields(_) => Self::Plain,
        }
    }

    /// Of a list of such items.
    pub(crate) fn list(self) -> Self {
        match self {
            Self::Plain => Self::Plain,
            item => Self::Items(Rc::new(item)),
        }
    }

    /// Of a field of a context.
    pub(crate) fn field(&self, index: usize) -> Self {
        match self {
            Self::Fields(fields) => fields.get(index).cloned().unwrap_or_default(),
            Self::Plain | Self::Of(_) | Self::Items(_) => Self::Plain,
        }
    }

    /// Of a value that is one or the other: what both have, or the one that is there.
    pub(crate) fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Plain, other) | (other, Self::Plain) => other,
            (one, other) if one == other => one,
            (_, _) => Self::Plain,
        }
    }

    /// The unit of a number.
    pub(crate) fn unit(&self) -> Option<&Unit> {
        match self {
            Self::Of(unit) => Some(unit),
            Self::Plain | Self::Items(_) | Self::Fields(_) => None,
        }
    }
}

impl Checked {
    pub(crate) fn new(kind: ExprKind, ty: impl Into<Type>, place: Place) -> Self {
        Self { expr: Expr { kind, ty: ty.into(), place }, units: Units::Plain, is_lookup: false }
    }

    pub(crate) fn with_units(mut self, units: Units) -> Self {
        self.units = units;
        self
    }

    /// The same, null if there is no such item or row.
    pub(crate) fn looked_up(mut self) -> Self {
        self.is_lookup = !self.expr.ty.nullable;
        self.expr.ty = self.expr.ty.or_null();
        self
    }

    pub(crate) fn kind(&self) -> &TypeKind {
        &self.expr.ty.kind
    }

    pub(crate) fn bounds(&self) -> Bounds {
        bounds_of(&self.expr.ty)
    }
}

/// The bounds of a type of numbers.
pub(crate) fn bounds_of(ty: &Type) -> Bounds {
    if let TypeKind::Number(bounds) = &ty.kind { Bounds::from(*bounds) } else { Bounds::NONE }
}

impl From<Bounds> for TypeKind {
    fn from(bounds: Bounds) -> Self {
        Self::Number(bounds.into())
    }
}

impl From<Bounds> for Type {
    fn from(bounds: Bounds) -> Self {
        TypeKind::from(bounds).into()
    }
}

/// A constant number.
pub(crate) fn number(number: Exact, place: Place) -> Option<Checked> {
    let value = ExprKind::Constant(Value::Number(number.decimal()?));
    Some(Checked::new(value, Bounds::of(number), place))
}

/// `true` or `false`.
pub(crate) fn boolean(value: bool, place: Place) -> Expr {
    Expr { kind: ExprKind::Constant(Value::Boolean(value)), ty: TypeKind::Boolean.into(), place }
}

/// `null`
pub(crate) fn null(place: Place) -> Checked {
    Checked::new(ExprKind::Constant(Value::Null), TypeKind::Null, place)
}

/// A text, whose type has but this word.
pub(crate) fn text(text: &str, place: Place) -> Checked {
    let words: Rc<[String]> = Rc::from([text.to_owned()]);
    Checked::new(ExprKind::Constant(Value::Text(Rc::from(text))), TypeKind::Choice(words), place)
}

/// The word, if the expression is a text that is written.
pub(crate) fn literal_text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Constant(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Where a value that may be null is: an input or a name, and the fields from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    root: Root,
    fields: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    Input(InputId),
    Local(LocalId),
}

impl Path {
    /// The path of an expression that only reads.
    pub(crate) fn of(expr: &Expr) -> Option<Self> {
        let mut fields = Vec::new();
        let mut at = expr;
        loop {
            let root = match &at.kind {
                ExprKind::Input(input) => Root::Input(*input),
                ExprKind::Local(local) => Root::Local(*local),
                ExprKind::Required(inner) => {
                    at = inner;
                    continue;
                }
                ExprKind::Field { context, index } => {
                    fields.push(*index);
                    at = context;
                    continue;
                }
                _ => return None,
            };
            return Some(Self { root, fields });
        }
    }

    /// The input that it begins with.
    pub(crate) fn input(&self) -> Option<InputId> {
        match self.root {
            Root::Input(input) => Some(input),
            Root::Local(_) => None,
        }
    }
}
