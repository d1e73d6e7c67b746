//! What is known of an input by its type alone.

use std::rc::Rc;

use ordinance_feel_runtime::{Context, Value};

use crate::types::{Type, TypeKind};

/// The value of an input. A number that isn't known is between the bounds of its type, also within lists and contexts,
/// and the fields of contexts are in the order of the type; one that is missing is null if it may be, else unknown.
pub(crate) fn prepare(value: &Value, ty: &Type) -> Value {
    match (&ty.kind, value) {
        (TypeKind::Number(bounds), value) => value.clone().within(bounds.range),
        (TypeKind::List { item, .. }, Value::List(items)) => {
            Value::list(items.iter().map(|value| prepare(value, item)).collect())
        }
        (_, Value::Perhaps(item)) => Value::Perhaps(Rc::new(prepare(item, ty))),
        (TypeKind::Context(fields), Value::Context(context)) => {
            let missing = |ty: &Type| if ty.nullable { Value::Null } else { Value::Unknown };
            let entries = fields.iter().map(|(name, ty)| {
                let value = context.get(name).cloned().unwrap_or_else(|| missing(ty));
                (Rc::from(name.as_str()), prepare(&value, ty))
            });
            Value::Context(Rc::new(Context(entries.collect())))
        }
        (_, value) => value.clone(),
    }
}
