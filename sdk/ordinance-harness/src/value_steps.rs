//! Steps between the values of a type: a step is 1, a unit of the last digit of the type, or a day.

use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};

/// The value one step above. `None` if it is outside the type, or the type has no steps.
pub(crate) fn next_value(fact_type: &FactType, value: &Value) -> Option<Value> {
    value_at_step(fact_type, value, 1)
}

/// The value `steps` steps above, or below if `steps` is negative. `None` if it is outside the type, or the type has no
/// steps.
pub(crate) fn value_at_step(fact_type: &FactType, value: &Value, steps: i64) -> Option<Value> {
    let next = match (fact_type, value) {
        (FactType::Integer { .. }, Value::Integer(number)) => Value::Integer(number.checked_add(steps)?),
        (FactType::Decimal { scale, .. }, Value::Decimal(number)) => {
            Value::Decimal(number.checked_add(Decimal::new(steps, *scale))?.normalize())
        }
        (FactType::Date, Value::Date(day)) => {
            Value::Date(day.checked_add(jiff::Span::new().try_days(steps).ok()?).ok()?)
        }
        (_, _) => return None,
    };
    fact_type.admits(&next).then_some(next)
}

/// Whether `high` is one step above `low`.
pub(crate) fn are_adjacent(fact_type: &FactType, low: &Value, high: &Value) -> bool {
    next_value(fact_type, low).as_ref() == Some(high)
}

/// A value in the middle between two others. `None` if there is no value between them.
pub(crate) fn midpoint(fact_type: &FactType, low: &Value, high: &Value) -> Option<Value> {
    let middle = match (fact_type, low, high) {
        (FactType::Integer { .. }, Value::Integer(low), Value::Integer(high)) => Value::Integer(low.midpoint(*high)),
        (FactType::Decimal { scale, .. }, Value::Decimal(low), Value::Decimal(high)) => {
            let half = high.checked_sub(*low)? / Decimal::TWO;
            Value::Decimal((*low + half).trunc_with_scale(*scale).normalize())
        }
        (FactType::Date, Value::Date(low), Value::Date(high)) => {
            let days = low.until(*high).ok()?.get_days() / 2;
            Value::Date(low.checked_add(jiff::Span::new().days(days)).ok()?)
        }
        (_, _, _) => return None,
    };
    (middle != *low && middle != *high).then_some(middle)
}
