//! The values of a fact that searches try.

use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::boundary_values::BoundaryValues;

use crate::value_steps::value_at_step;

/// The values of a type that equal one of the constants, and the values one step below and above. Code holds a decimal
/// number as a number of units, so a constant gives a value for each position of the point.
pub(crate) fn values_at_constants(constants: &[i64], fact_type: &FactType) -> Vec<Value> {
    let mut values = Vec::new();
    for constant in constants {
        for value in values_of_constant(*constant, fact_type) {
            values.extend([-1, 0, 1].into_iter().filter_map(|steps| value_at_step(fact_type, &value, steps)));
        }
    }
    values
}

/// The values of a type that a constant may represent.
fn values_of_constant(constant: i64, fact_type: &FactType) -> Vec<Value> {
    match fact_type {
        FactType::Integer { .. } => vec![Value::Integer(constant)],
        FactType::Decimal { scale, .. } => {
            (0..=*scale).map(|digits| Value::Decimal(Decimal::new(constant, digits).normalize())).collect()
        }
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => Vec::new(),
    }
}

/// Every value of a type with at most `full_max` values; otherwise the boundary values of the law and the values at the
/// constants, in ascending order.
pub(crate) fn candidate_values(
    boundary_values: &BoundaryValues,
    constants: &[i64],
    fact_type: &FactType,
    full_max: usize,
) -> Vec<Value> {
    let mut values = boundary_values.values_in_full(fact_type, full_max);
    let at_constants = values_at_constants(constants, fact_type);
    if !at_constants.is_empty() && fact_type.all_values(full_max).is_none() {
        values.extend(at_constants);
        values.sort_by_key(Value::number);
        values.dedup();
    }
    values
}

/// The number of values by which it is seen whether a fact has any effect.
const SPREAD: usize = 10;

/// A few of the values, spread over all, the first and the last among them.
pub(crate) fn spread(values: &[Value]) -> impl Iterator<Item = &Value> {
    spread_indices(values.len()).filter_map(|index| values.get(index))
}

/// The indices of a few of so many values, spread over all, the first and the last among them.
pub(crate) fn spread_indices(count: usize) -> impl Iterator<Item = usize> {
    let last = count.saturating_sub(1);
    let steps = SPREAD.min(count);
    (0..steps).map(move |step| step * last / (steps - 1).max(1))
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
