//! Parts of values: fields, items and properties.

use alloc::rc::Rc;

use super::logic::agree;
use crate::decimal::Decimal;
use crate::failure::Failure;
use crate::temporal::{Date, DaysDuration, Offset, Time};
use crate::value::{Range, Value, misfit, strict};

/// A part of a day, a time, a duration or a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Property {
    /// The year of a day.
    Year,
    /// The month of a day, from 1.
    Month,
    /// The day of the month, from 1.
    Day,
    /// From 1 for Monday to 7 for Sunday.
    Weekday,
    /// The hour of a time.
    Hour,
    /// The minute of a time.
    Minute,
    /// The second of a time, with its fraction.
    Second,
    /// The offset of a time from UTC, a duration; null without one.
    TimeOffset,
    /// The name of a time's zone; null without one.
    Timezone,
    /// The whole years of a duration.
    Years,
    /// The months of a duration beyond its years.
    Months,
    /// The whole days of a duration.
    Days,
    /// The hours of a duration beyond its days.
    Hours,
    /// The minutes of a duration beyond its hours.
    Minutes,
    /// The seconds of a duration beyond its minutes, with their fraction.
    Seconds,
    /// The lower end of a range; null without one.
    Start,
    /// The upper end of a range; null without one.
    End,
    /// Whether the lower end belongs to the range.
    StartIncluded,
    /// Whether the upper end belongs to the range.
    EndIncluded,
}

/// `value.property`
#[must_use]
pub fn property(value: &Value, property: Property) -> Value {
    let found = match value {
        Value::Date(date) => property_of_date(*date, property),
        Value::Time(time) => property_of_time(time, property),
        Value::DateTime(point) => {
            property_of_date(point.date, property).or_else(|| property_of_time(&point.time, property))
        }
        Value::Days(duration) => property_of_days(*duration, property),
        Value::Months(duration) => match property {
            Property::Years => Some(Value::integer(duration.0 / 12)),
            Property::Months => Some(Value::integer(duration.0 % 12)),
            _ => None,
        },
        Value::Range(range) => property_of_range(range, property),
        _ => None,
    };
    found.unwrap_or_else(|| misfit(&[value]))
}

fn property_of_date(date: Date, property: Property) -> Option<Value> {
    let number = match property {
        Property::Year => i64::from(date.year),
        Property::Month => i64::from(date.month),
        Property::Day => i64::from(date.day),
        Property::Weekday => i64::from(date.weekday()),
        _ => return None,
    };
    Some(Value::integer(number))
}

fn property_of_time(time: &Time, property: Property) -> Option<Value> {
    let seconds = (time.nanoseconds / 1_000_000_000) as i64;
    Some(match property {
        Property::Hour => Value::integer(seconds / 3600),
        Property::Minute => Value::integer(seconds / 60 % 60),
        Property::Second => {
            let nanoseconds = (time.nanoseconds % 60_000_000_000) as i64;
            Value::Number(Decimal::from_units(nanoseconds, 9).normalised())
        }
        Property::TimeOffset => match time.offset {
            Offset::Local => Value::Null,
            // No data of zones are at hand.
            _ => match time.offset.seconds() {
                Some(seconds) => Value::Days(DaysDuration(i128::from(seconds) * 1_000_000_000)),
                None => Value::Failed(Failure::TypesDontFit),
            },
        },
        Property::Timezone => match &time.offset {
            Offset::Zone(name) => Value::Text(name.clone()),
            Offset::Local | Offset::Seconds(_) => Value::Null,
        },
        _ => return None,
    })
}

fn property_of_days(duration: DaysDuration, property: Property) -> Option<Value> {
    let seconds = i64::try_from(duration.0 / 1_000_000_000).ok()?;
    Some(match property {
        Property::Days => Value::integer(seconds / 86_400),
        Property::Hours => Value::integer(seconds / 3600 % 24),
        Property::Minutes => Value::integer(seconds / 60 % 60),
        Property::Seconds => {
            let nanoseconds = (duration.0 % 60_000_000_000) as i64;
            Value::Number(Decimal::from_units(nanoseconds, 9).normalised())
        }
        _ => return None,
    })
}

fn property_of_range(range: &Range, property: Property) -> Option<Value> {
    Some(match property {
        Property::Start => range.low.clone().unwrap_or(Value::Null),
        Property::End => range.high.clone().unwrap_or(Value::Null),
        Property::StartIncluded => Value::Boolean(range.low_included),
        Property::EndIncluded => Value::Boolean(range.high_included),
        _ => return None,
    })
}

/// The field of a context by its index; what isn't a context stays what it is.
#[must_use]
pub fn field(context: &Value, index: usize) -> &Value {
    match context {
        Value::Context(context) => context.0.get(index).map_or(&Value::Null, |(_, value)| value),
        Value::Failed(_) | Value::Unknown | Value::Null => context,
        _ => &Value::Failed(Failure::TypesDontFit),
    }
}

/// `list[number]`: the item with a number from 1, or from the end if it is negative; null if there is none. A value
/// that is no list is one of one item. What items that may be there or not leave open is unknown, as far as they
/// differ.
#[must_use]
pub fn item(list: &Value, number: &Value) -> Value {
    if let Some(early) = strict(&[list, number]) {
        return early;
    }
    let items = list.items();
    let Value::Number(number) = number else { return Value::Failed(Failure::TypesDontFit) };
    let Some(number) = number.to_integer() else { return Value::Failed(Failure::NotInDomain) };
    if number == 0 {
        return Value::Null;
    }
    if items.iter().any(|item| matches!(item, Value::Perhaps(_))) {
        return possible_item(items, number);
    }
    let index = usize::try_from(number.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let found = if number > 0 { items.get(index) } else { items.iter().rev().nth(index) };
    found.cloned().unwrap_or(Value::Null)
}

/// What all items have in common that may have a number.
fn possible_item(items: &[Value], number: i64) -> Value {
    let mut found: Option<Value> = None;
    let mut add = |item: &Value| {
        let common = found.as_ref().map_or_else(|| item.clone(), |found| agree(&Value::Unknown, found, item));
        found = Some(common);
    };
    // How many items are before this one, at least and at most.
    let (mut least, mut most) = (0_u64, 0_u64);
    let wanted = number.unsigned_abs() - 1;
    let mut visit = |item: &Value| {
        let (item, certain) = match item {
            Value::Perhaps(item) => (&**item, false),
            item => (item, true),
        };
        if least <= wanted && wanted <= most {
            add(item);
        }
        most += 1;
        least += u64::from(certain);
    };
    if number > 0 {
        items.iter().for_each(&mut visit);
    } else {
        items.iter().rev().for_each(&mut visit);
    }
    if least <= wanted {
        add(&Value::Null);
    }
    found.unwrap_or(Value::Null)
}

/// A range; `None` is an end without limit. If an end that is written has failed or is null, so has or is the range.
#[must_use]
pub fn range(low: Option<&Value>, low_included: bool, high: Option<&Value>, high_included: bool) -> Value {
    let mut early = None;
    for end in [low, high].into_iter().flatten() {
        match end {
            Value::Failed(_) => return end.clone(),
            Value::Null => early = Some(Value::Null),
            _ => (),
        }
    }
    let (low, high) = (low.cloned(), high.cloned());
    early.unwrap_or_else(|| Value::Range(Rc::new(Range { low, low_included, high, high_included })))
}

/// The value; a failure if it is null.
#[must_use]
pub fn required(value: &Value) -> Value {
    match value {
        Value::Null => Value::Failed(Failure::NoValue),
        value => value.clone(),
    }
}
