//! The least number at which something occurs, by bisection.

use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};

/// The least number, from zero or the least of its type on, at which something occurs that occurs at `value`; found by
/// bisection, so the true least only if it occurs at every number above. `None` if the value is no number above zero.
pub(crate) fn least_number(fact_type: &FactType, value: &Value, occurs: impl Fn(Value) -> bool) -> Option<Value> {
    match (fact_type, value) {
        (FactType::Integer { min, .. }, Value::Integer(number)) => {
            let number_at = |at: i128| i64::try_from(at).ok().map(Value::Integer);
            bisect((*min).max(0).into(), (*number).into(), number_at, occurs)
        }
        (FactType::Decimal { min, scale, .. }, Value::Decimal(number)) => {
            let steps = |mut number: Decimal| {
                number.rescale(*scale);
                number.mantissa()
            };
            let number_at =
                |at| Decimal::try_from_i128_with_scale(at, *scale).ok().map(|n| Value::Decimal(n.normalize()));
            bisect(steps((*min).max(Decimal::ZERO)), steps(*number), number_at, occurs)
        }
        (_, _) => None,
    }
}

/// The least of the steps from `least` to `known`, at which it occurs.
fn bisect(
    least: i128,
    known: i128,
    number_at: impl Fn(i128) -> Option<Value>,
    occurs: impl Fn(Value) -> bool,
) -> Option<Value> {
    if least > known {
        return None;
    }
    let occurs_at = |at| number_at(at).is_some_and(&occurs);
    if occurs_at(least) {
        return number_at(least);
    }
    let (mut without, mut with) = (least, known);
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        if occurs_at(middle) {
            with = middle;
        } else {
            without = middle;
        }
    }
    number_at(with)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_number_of_a_range_is_found() {
        let whole = FactType::Integer { min: 0, max: 1_000_000 };
        let from = |first: i64| move |value| matches!(value, Value::Integer(number) if number >= first);
        assert_eq!(least_number(&whole, &Value::Integer(900_000), from(437)), Some(Value::Integer(437)));
        assert_eq!(least_number(&whole, &Value::Integer(900_000), from(0)), Some(Value::Integer(0)));
        let amount = FactType::Decimal { min: Decimal::ZERO, max: decimal("100000"), scale: 2 };
        let above = |value| matches!(value, Value::Decimal(number) if number > decimal("99.99"));
        assert_eq!(
            least_number(&amount, &Value::Decimal(decimal("5000")), above),
            Some(Value::Decimal(decimal("100")))
        );
    }

    #[test]
    fn a_single_number_and_one_below_zero_stay() {
        let whole = FactType::Integer { min: -10, max: 100 };
        let alone = |value| value == Value::Integer(77);
        assert_eq!(least_number(&whole, &Value::Integer(77), alone), Some(Value::Integer(77)));
        assert_eq!(least_number(&whole, &Value::Integer(-3), |_| true), None);
        assert_eq!(least_number(&FactType::Bool, &Value::Bool(true), |_| true), None);
    }
}
