//! Functions of all items of a list: sums, extremes, averages and logic.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::decimal::{ArithmeticError, Decimal};
use crate::failure::Failure;
use crate::operators::{self, Order, Truth, order};
use crate::value::{Value, misfit, strict};

/// What decides the result before the items are looked at: a failure, null, or that one isn't known.
fn strict_items(items: &[Value]) -> Option<Value> {
    let mut found = None;
    for item in items {
        match strict(&[item]) {
            Some(Value::Unknown) if found.is_none() => found = Some(Value::Unknown),
            Some(Value::Unknown) | None => (),
            Some(Value::Null) => found = Some(Value::Null),
            early => return early,
        }
    }
    found
}

/// The least and the greatest number of each item. `None` if one may be missing or may be any number.
fn all_bounds(items: &[Value]) -> Option<Vec<(Decimal, Decimal)>> {
    items.iter().map(Value::bounds).collect()
}

/// `count(list)`. Items that may be missing count for the greatest number alone.
#[must_use]
pub fn count(list: &Value) -> Value {
    if let Some(early) = strict(&[list]) {
        return early;
    }
    let items = list.items();
    let possible = items.iter().filter(|item| matches!(item, Value::Perhaps(_))).count();
    let number = |count: usize| Decimal::from_integer(count as i64);
    Value::between(number(items.len() - possible), number(items.len()))
}

/// `sum(list)` of numbers or durations; null of none. An item that may be missing is itself or 0.
#[must_use]
pub fn sum(items: &[Value]) -> Value {
    let mut total: Option<Value> = None;
    let mut failed_or_null: Option<Value> = None;
    for item in items {
        let possible = match item {
            Value::Perhaps(item) => {
                operators::agree(&Value::Unknown, &operators::multiply(item, &Value::Number(Decimal::ZERO)), item)
            }
            item => item.clone(),
        };
        match possible {
            Value::Failed(_) => return possible,
            Value::Null => failed_or_null = Some(Value::Null),
            item => {
                let first = total.is_none() && matches!(item, Value::Days(_) | Value::Months(_));
                let so_far = total.take().unwrap_or(Value::Number(Decimal::ZERO));
                total = Some(if first { item } else { operators::add(&so_far, &item) });
            }
        }
    }
    failed_or_null.or(total).unwrap_or(Value::Null)
}

/// `product(list)` of numbers; null of none.
#[must_use]
pub fn product(items: &[Value]) -> Value {
    let mut items_left = items.iter();
    let Some(first) = items_left.next() else { return Value::Null };
    if let Some(early @ (Value::Failed(_) | Value::Null)) = strict_items(items) {
        return early;
    }
    let one = Value::Number(Decimal::ONE);
    items_left.fold(operators::multiply(&one, first), |product, item| operators::multiply(&product, item))
}

/// `mean(list)`: the sum divided by the count; null of none.
#[must_use]
pub fn mean(items: &[Value]) -> Value {
    if items.iter().any(|item| matches!(item, Value::Perhaps(_))) {
        return strict_items(items).unwrap_or(Value::Unknown);
    }
    operators::divide(&sum(items), &Value::integer(items.len() as i64))
}

#[inline(never)]
fn extreme(items: &[Value], wanted: Ordering) -> Value {
    if items.is_empty() {
        return Value::Null;
    }
    let better = |left: Decimal, right: Decimal| if left.cmp(&right) == wanted { left } else { right };
    if let Some(bounds) = all_bounds(items) {
        let ends = bounds.into_iter().reduce(|one, other| (better(one.0, other.0), better(one.1, other.1)));
        return ends.map_or(Value::Null, |(least, greatest)| Value::between(least, greatest));
    }
    if let Some(early) = strict_items(items) {
        return early;
    }
    let mut found: Option<&Value> = None;
    for item in items {
        match order(item, found.unwrap_or(item)) {
            Order::Failed(failure) => return Value::Failed(failure),
            Order::Known(ordering) if ordering == wanted || found.is_none() => found = Some(item),
            Order::Known(_) => (),
        }
    }
    found.cloned().unwrap_or(Value::Null)
}

/// `min(list)` of values of one kind; null of none.
#[must_use]
pub fn min(items: &[Value]) -> Value {
    extreme(items, Ordering::Less)
}

/// `max(list)` of values of one kind; null of none.
#[must_use]
pub fn max(items: &[Value]) -> Value {
    extreme(items, Ordering::Greater)
}

/// The truth of an item, given what it is if it is missing.
fn truth_of_item(item: &Value, every: bool) -> Truth {
    match (item, every) {
        (Value::Perhaps(item), true) => Truth::of(item).or(Truth::Unknown),
        (Value::Perhaps(item), false) => Truth::of(item).and(Truth::Unknown),
        (item, _) => Truth::of(item),
    }
}

/// `all(list)`: `and` over the items.
#[must_use]
pub fn all(items: &[Value]) -> Value {
    items.iter().fold(Truth::True, |all, item| all.and(truth_of_item(item, true))).value()
}

/// `any(list)`: `or` over the items.
#[must_use]
pub fn any(items: &[Value]) -> Value {
    items.iter().fold(Truth::False, |any, item| any.or(truth_of_item(item, false))).value()
}

/// The items as numbers, if they all are known numbers; else what stands in place of a result.
fn known_numbers(items: &[Value]) -> Numbers {
    if let Some(early) = strict_items(items) {
        return Numbers::Not(early);
    }
    let number = |item: &Value| if let Value::Number(number) = item { Some(*number) } else { None };
    match items.iter().map(number).collect() {
        Some(numbers) => Numbers::Known(numbers),
        None => Numbers::Not(Value::Failed(Failure::TypesDontFit)),
    }
}

enum Numbers {
    Known(Vec<Decimal>),
    Not(Value),
}

/// Sorts numbers; `slice::sort` is larger than all else here.
fn sort(numbers: &mut [Decimal]) {
    for end in 1..numbers.len() {
        for at in (1..=end).rev() {
            let Some([left, right]) = numbers.get_mut(at - 1..=at) else { break };
            if left <= right {
                break;
            }
            core::mem::swap(left, right);
        }
    }
}

/// `median(list)` of numbers: the middle one, or the mean of the two in the middle; null of none.
#[must_use]
pub fn median(items: &[Value]) -> Value {
    let mut numbers = match known_numbers(items) {
        Numbers::Known(numbers) => numbers,
        Numbers::Not(early) => return early,
    };
    sort(&mut numbers);
    let half = numbers.len() / 2;
    match (half.checked_sub(1).and_then(|at| numbers.get(at)), numbers.get(half)) {
        (Some(left), Some(right)) if numbers.len() % 2 == 0 => {
            left.add(*right).and_then(|sum| sum.divide(Decimal::from_integer(2))).into()
        }
        (_, Some(middle)) => Value::Number(*middle),
        (_, None) => Value::Null,
    }
}

/// `stddev(list)` of numbers: of a sample; null of fewer than two.
#[must_use]
pub fn stddev(items: &[Value]) -> Value {
    match known_numbers(items) {
        Numbers::Known(numbers) if numbers.len() < 2 => Value::Null,
        Numbers::Known(numbers) => deviation(&numbers).into(),
        Numbers::Not(early) => early,
    }
}

fn deviation(numbers: &[Decimal]) -> Result<Decimal, ArithmeticError> {
    let count = Decimal::from_integer(numbers.len() as i64);
    let total = numbers.iter().try_fold(Decimal::ZERO, |sum, number| sum.add(*number))?;
    let mean = total.divide(count)?;
    let squares = numbers.iter().try_fold(Decimal::ZERO, |sum, number| {
        let distance = number.subtract(mean)?;
        sum.add(distance.multiply(distance)?)
    })?;
    squares.divide(count.subtract(Decimal::ONE)?)?.sqrt()
}

/// `mode(list)` of numbers: those that occur most often, the least first.
#[must_use]
pub fn mode(items: &[Value]) -> Value {
    let mut numbers = match known_numbers(items) {
        Numbers::Known(numbers) => numbers,
        Numbers::Not(early) => return early,
    };
    sort(&mut numbers);
    let mut most = 0;
    let mut found: Vec<Value> = Vec::new();
    let mut rest = numbers.as_slice();
    while let Some(first) = rest.first() {
        let times = rest.iter().take_while(|number| *number == first).count();
        if times > most {
            found.clear();
            most = times;
        }
        if times == most {
            found.push(Value::Number(*first));
        }
        rest = rest.get(times..).unwrap_or(&[]);
    }
    Value::list(found)
}

/// `is given(fact)`: true if it is known, else unknown; of null true.
#[must_use]
pub fn is_given(value: &Value) -> Value {
    match value {
        Value::Failed(_) => value.clone(),
        value if value.is_unknown() => Value::Unknown,
        _ => Value::Boolean(true),
    }
}

/// `first known(value...)`: the first value that is known; if none is, the first.
#[must_use]
pub fn first_known(values: &[Value]) -> Value {
    let known = values.iter().find(|value| !value.is_unknown());
    known.or(values.first()).cloned().unwrap_or_else(|| misfit(&[]))
}
