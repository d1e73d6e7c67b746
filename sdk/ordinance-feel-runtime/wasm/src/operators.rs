//! The operators.

use ordinance_feel_runtime::{Failure, Value, operators};

use crate::memory::keep;

macro_rules! operators {
    ($($export:literal $name:ident($($argument:ident),+);)*) => {
        $(
            #[unsafe(export_name = $export)]
            extern "C" fn $name($($argument: &'static Value),+) -> &'static Value {
                keep(operators::$name($($argument),+))
            }
        )*
    };
}

operators! {
    "operator.add" add(left, right);
    "operator.subtract" subtract(left, right);
    "operator.multiply" multiply(left, right);
    "operator.divide" divide(left, right);
    "operator.power" power(left, right);
    "operator.negate" negate(value);
    "operator.equal" equal(left, right);
    "operator.not_equal" not_equal(left, right);
    "operator.less" is_less(left, right);
    "operator.less_or_equal" is_less_or_equal(left, right);
    "operator.greater" is_greater(left, right);
    "operator.greater_or_equal" is_greater_or_equal(left, right);
    "operator.and" and(left, right);
    "operator.or" or(left, right);
    "operator.agree" agree(condition, then, otherwise);
    "operator.item" item(list, number);
    "operator.required" required(value);
}

#[unsafe(export_name = "operator.typed")]
extern "C" fn typed(value: &'static Value, least: &'static Value, greatest: &'static Value) -> &'static Value {
    match (value, least, greatest) {
        (Value::Unknown, Value::Number(least), Value::Number(greatest)) => keep(Value::between(*least, *greatest)),
        _ => value,
    }
}

#[unsafe(export_name = "operator.or_null")]
extern "C" fn or_null(value: &'static Value) -> &'static Value {
    match value {
        Value::Failed(failure) if *failure != Failure::TypesDontFit => keep(Value::Null),
        _ => value,
    }
}
