//! The whole numbers that stand in a rule's code: a number that decides and is no parameter is found among them.

use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::boundary_values::BoundaryValues;
use wasmparser::{Operator, Parser, Payload};

use crate::numbers::stepped_by;

/// The most constants of one component; a rule that is written in a language with a large runtime has too many to try.
const CONSTANTS_MAX: usize = 256;

/// Where the data of a module begins by the custom of its compilers: from there on a constant is an address.
const FIRST_ADDRESS: i64 = 1 << 20;

/// The constants of a component, from the least; none if there are too many to mean something.
#[must_use]
pub fn constants(component: &[u8]) -> Vec<i64> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        let Ok(operators) = body.get_operators_reader() else { continue };
        found.extend(operators.into_iter().map_while(Result::ok).filter_map(|operator| match operator {
            Operator::I32Const { value } => Some(value.into()).filter(|value| *value < FIRST_ADDRESS),
            Operator::I64Const { value } => Some(value),
            _ => None,
        }));
    }
    found.retain(|value| *value > 1 && !is_of_machines(*value));
    found.sort_unstable();
    found.dedup();
    if found.len() > CONSTANTS_MAX { Vec::new() } else { found }
}

/// Powers of two and masks are what compilers write, and seldom what a law says.
fn is_of_machines(value: i64) -> bool {
    let is_power = |value: i64| value.count_ones() == 1;
    is_power(value) || value.checked_add(1).is_some_and(is_power)
}

/// The values of a type that stand at the constants, and a step below and above. A decimal number stands in code as units of
/// some digit.
pub(crate) fn values_at(constants: &[i64], fact_type: &FactType) -> Vec<Value> {
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
    let beside = |value: Value| [-1, 0, 1].map(|steps| stepped_by(fact_type, &value, steps));
    constants.iter().flat_map(at).flat_map(beside).flatten().collect()
}

/// Every value of a type that has no more than `most`; of another, those that are worth trying by the law and by the constants,
/// by their size.
pub(crate) fn values_to_try(
    landmarks: &BoundaryValues,
    constants: &[i64],
    fact_type: &FactType,
    most: usize,
) -> Vec<Value> {
    let mut values = landmarks.values_in_full(fact_type, most);
    let more = values_at(constants, fact_type);
    if !more.is_empty() && fact_type.all_values(most).is_none() {
        values.extend(more);
        values.sort_by_key(number_of);
        values.dedup();
    }
    values
}

/// A number of either kind.
pub(crate) fn number_of(value: &Value) -> Option<Decimal> {
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
    fn the_numbers_of_the_code_are_found_and_those_of_machines_are_not() {
        let module = wat::parse_str(
            "(module (func (param i64) (drop (i64.eq (local.get 0) (i64.const 123456))) \
             (drop (i32.const 60)) (drop (i32.const 60)) (drop (i32.const 65535)) (drop (i32.const 1048600)) (drop (i32.const -1))))",
        )
        .unwrap();
        assert_eq!(constants(&module), [60, 123_456]);
    }

    #[test]
    fn a_decimal_number_is_tried_with_its_point_at_every_digit() {
        let amount = FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(9_999), scale: 2 };
        let tried: Vec<String> = values_at(&[123_456], &amount).iter().map(Value::to_plain).collect();
        assert_eq!(tried, ["1234.55", "1234.56", "1234.57"]);
    }
}
