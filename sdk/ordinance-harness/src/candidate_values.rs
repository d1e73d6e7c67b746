//! The values of a fact that are worth trying.

use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::samples::BoundaryValues;

use crate::value_steps::value_at_step;

/// The values of a type that stand at the constants, and a step below and above. A decimal number stands in code as units of
/// some digit.
pub(crate) fn values_at_constants(constants: &[i64], fact_type: &FactType) -> Vec<Value> {
    let at = |constant: &i64| match fact_type {
        FactType::Integer { .. } => vec![Value::Integer(*constant)],
        FactType::Decimal { scale, .. } => {
            (0..=*scale).map(|digits| Value::Decimal(Decimal::new(*constant, digits).normalize())).collect()
        }
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => Vec::new(),
    };
    let beside = |value: Value| [-1, 0, 1].map(|steps| value_at_step(fact_type, &value, steps));
    constants.iter().flat_map(at).flat_map(beside).flatten().collect()
}

/// Every value of a type that has no more than `most`; of another, those that are worth trying by the law and by the constants,
/// by their size.
pub(crate) fn candidate_values(
    boundary_values: &BoundaryValues,
    constants: &[i64],
    fact_type: &FactType,
    most: usize,
) -> Vec<Value> {
    let mut values = boundary_values.values_in_full(fact_type, most);
    let more = values_at_constants(constants, fact_type);
    if !more.is_empty() && fact_type.all_values(most).is_none() {
        values.extend(more);
        values.sort_by_key(numeric_value);
        values.dedup();
    }
    values
}

/// A number of either kind.
pub(crate) fn numeric_value(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        Value::Bool(_) | Value::Date(_) | Value::Text(_) | Value::Choice(_) | Value::Record(_) | Value::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_number_is_tried_with_its_point_at_every_digit() {
        let amount = FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(9_999), scale: 2 };
        let tried: Vec<String> = values_at_constants(&[123_456], &amount).iter().map(Value::to_plain).collect();
        assert_eq!(tried, ["1234.55", "1234.56", "1234.57"]);
    }
}
