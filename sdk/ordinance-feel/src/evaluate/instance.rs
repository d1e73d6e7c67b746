//! Whether a value is of a type.

use ordinance_feel_runtime::Value;
use ordinance_feel_runtime::operators::Truth;

use crate::types::{Type, TypeKind};

/// `value instance of type`. Null is of types that may be null, such as those of items, and of its own.
pub(super) fn is_instance(value: &Value, ty: &Type) -> Truth {
    let known = match (value, &ty.kind) {
        (_, TypeKind::Any) if ty.nullable => true,
        (Value::Null, _) if ty.nullable => true,
        (Value::Failed(failure), _) => return Truth::Failed(*failure),
        (Value::Null, kind) => matches!(kind, TypeKind::Null),
        (Value::Unknown, _) => return Truth::Unknown,
        (Value::Perhaps(value), _) => return is_instance(value, ty),
        (_, TypeKind::Any) => true,
        (Value::Number(_) | Value::Between(..), TypeKind::Number(_)) => true,
        (Value::Boolean(_), TypeKind::Boolean) => true,
        (Value::Text(_), TypeKind::Text) => true,
        (Value::Text(text), TypeKind::Choice(words)) => words.iter().any(|word| **word == **text),
        (Value::Date(_), TypeKind::Date) => true,
        (Value::Time(_), TypeKind::Time) => true,
        (Value::DateTime(_), TypeKind::DateTime) => true,
        (Value::Days(_), TypeKind::DaysDuration) => true,
        (Value::Months(_), TypeKind::MonthsDuration) => true,
        (Value::List(items), TypeKind::List { item, .. }) => {
            return items.iter().fold(Truth::True, |all, value| all.and(is_instance(value, item)));
        }
        (Value::Context(context), TypeKind::Context(fields)) => {
            return fields.iter().fold(Truth::True, |all, (name, ty)| {
                all.and(context.get(name).map_or(Truth::False, |value| is_instance(value, ty)))
            });
        }
        (Value::Range(range), TypeKind::Range(end)) => {
            let ends = range.low.iter().chain(&range.high);
            return ends.fold(Truth::True, |all, value| all.and(is_instance(value, end)));
        }
        (
            Value::Number(_)
            | Value::Between(..)
            | Value::Boolean(_)
            | Value::Text(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::Days(_)
            | Value::Months(_)
            | Value::List(_)
            | Value::Context(_)
            | Value::Range(_),
            _,
        ) => false,
    };
    if known { Truth::True } else { Truth::False }
}
