//! The least number at which something occurs.

use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};

/// The least number found at which something occurs that occurs at `value`. It is looked for at each of `tried`, which
/// are in ascending order below the value, and then, by bisection, between the first at which it occurs and the one
/// before. `None` if the value is no number above those tried, or nothing below it does.
pub(crate) fn least_number_below(
    fact_type: &FactType,
    value: &Value,
    tried: &[Value],
    occurs: &mut dyn FnMut(&Value) -> bool,
) -> Option<Value> {
    let found = tried.iter().position(&mut *occurs);
    let with = found.and_then(|index| tried.get(index)).unwrap_or(value);
    let without = match found {
        Some(0) => return Some(with.clone()),
        Some(index) => tried.get(index - 1),
        None => tried.last(),
    };
    let scale = match fact_type {
        FactType::Integer { .. } => 0,
        FactType::Decimal { scale, .. } => *scale,
        _ => return None,
    };
    let steps = |value: &Value| {
        let mut number = value.number()?;
        number.rescale(scale);
        Some(number.mantissa())
    };
    let number_at = |at: i128| match fact_type {
        FactType::Integer { .. } => i64::try_from(at).ok().map(Value::Integer),
        _ => Decimal::try_from_i128_with_scale(at, scale).ok().map(|number| Value::Decimal(number.normalize())),
    };
    let least = bisect(steps(without?)?, steps(with)?, number_at, occurs)?;
    (least != *value).then_some(least)
}

/// The least of the steps up to `with`, where it occurs, above `without`, where it doesn't; the true least only if it
/// occurs at every step above.
fn bisect(
    mut without: i128,
    mut with: i128,
    number_at: impl Fn(i128) -> Option<Value>,
    occurs: &mut dyn FnMut(&Value) -> bool,
) -> Option<Value> {
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        if number_at(middle).is_some_and(|number| occurs(&number)) {
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

    fn least(fact_type: &FactType, value: Value, tried: &[Value], occurs: impl Fn(&Value) -> bool) -> Option<Value> {
        least_number_below(fact_type, &value, tried, &mut |value| occurs(value))
    }

    #[test]
    fn the_first_number_of_a_range_is_found() {
        let whole = FactType::Integer { min: 0, max: 1_000_000 };
        let from = |first: i64| move |value: &Value| matches!(value, Value::Integer(number) if *number >= first);
        let zero = [Value::Integer(0)];
        assert_eq!(least(&whole, Value::Integer(900_000), &zero, from(437)), Some(Value::Integer(437)));
        assert_eq!(least(&whole, Value::Integer(900_000), &zero, from(0)), Some(Value::Integer(0)));
        let amount = FactType::Decimal { min: Decimal::ZERO, max: decimal("100000"), scale: 2 };
        let above = |value: &Value| matches!(value, Value::Decimal(number) if *number > decimal("99.99"));
        let tried = [Value::Decimal(Decimal::ZERO)];
        let found = least(&amount, Value::Decimal(decimal("5000")), &tried, above);
        assert_eq!(found, Some(Value::Decimal(decimal("100"))));
    }

    #[test]
    fn a_range_below_numbers_at_which_nothing_occurs_is_found_by_what_is_tried() {
        let whole = FactType::Integer { min: 0, max: 1_000 };
        let occurs = |value: &Value| matches!(value, Value::Integer(20..=30 | 1_000));
        let tried = [0, 25, 500].map(Value::Integer);
        assert_eq!(least(&whole, Value::Integer(1_000), &tried, occurs), Some(Value::Integer(20)));
    }

    #[test]
    fn a_single_number_and_what_is_no_number_stay() {
        let whole = FactType::Integer { min: -10, max: 100 };
        let alone = |value: &Value| *value == Value::Integer(77);
        assert_eq!(least(&whole, Value::Integer(77), &[Value::Integer(0)], alone), None);
        assert_eq!(least(&whole, Value::Integer(-3), &[], |_| true), None);
        assert_eq!(least(&FactType::Bool, Value::Bool(true), &[], |_| true), None);
    }
}
