//! Functions that make days, times and durations, and tell of days.

use crate::decimal::{Decimal, Rounding};
use crate::failure::Failure;
use crate::temporal::{Date, DateTime, DaysDuration, MonthsDuration, Offset, Time};
use crate::value::{Value, misfit};

const OUTSIDE: Value = Value::Failed(Failure::NotInDomain);

const WEEKDAYS: &str = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday";
const MONTHS: &str = "January February March April May June July August September October November December";

/// `date(from)`, or `date(year, month, day)` if there are a month and a day.
#[must_use]
pub fn date(from: &Value, month: Option<&Value>, day: Option<&Value>) -> Value {
    let (Some(month), Some(day)) = (month, day) else { return date_from(from) };
    match (from, month, day) {
        (Value::Number(year), Value::Number(month), Value::Number(day)) => {
            let whole = (year.truncated(), month.truncated(), day.truncated());
            let (Some(year), Some(month), Some(day)) = whole else { return OUTSIDE };
            Date::new(year, month, day).map_or(OUTSIDE, Value::Date)
        }
        _ => misfit(&[from, month, day]),
    }
}

fn date_from(from: &Value) -> Value {
    match from {
        Value::Text(text) => Date::parse(text).map_or(OUTSIDE, Value::Date),
        Value::Date(date) => Value::Date(*date),
        Value::DateTime(point) => Value::Date(point.date),
        _ => misfit(&[from]),
    }
}

/// `date and time(from)`, or `date and time(date, time)` if there is a time.
#[must_use]
pub fn date_and_time(from: &Value, time: Option<&Value>) -> Value {
    let Some(time) = time else {
        return match from {
            Value::Text(text) => DateTime::parse(text).map_or(OUTSIDE, Value::DateTime),
            Value::DateTime(point) => Value::DateTime(point.clone()),
            Value::Date(date) => Value::DateTime(DateTime::midnight_utc(*date)),
            _ => misfit(&[from]),
        };
    };
    let date = match from {
        Value::Date(date) => *date,
        Value::DateTime(point) => point.date,
        _ => return misfit(&[from, time]),
    };
    match time {
        Value::Time(time) => Value::DateTime(DateTime { date, time: time.clone() }),
        _ => misfit(&[from, time]),
    }
}

/// `time(from)`, or `time(hour, minute, second, offset?)` if there are a minute and a second.
#[must_use]
pub fn time(from: &Value, minute: Option<&Value>, second: Option<&Value>, offset: Option<&Value>) -> Value {
    let (Some(minute), Some(second)) = (minute, second) else {
        return match from {
            Value::Text(text) => Time::parse(text).map_or(OUTSIDE, Value::Time),
            Value::Time(time) => Value::Time(time.clone()),
            Value::DateTime(point) => Value::Time(point.time.clone()),
            Value::Date(date) => Value::Time(DateTime::midnight_utc(*date).time),
            _ => misfit(&[from]),
        };
    };
    let offset = match offset {
        None | Some(Value::Null) => Offset::Local,
        Some(Value::Days(duration)) => match offset_of(*duration) {
            Some(offset) => offset,
            None => return OUTSIDE,
        },
        Some(other) => return misfit(&[from, minute, second, other]),
    };
    match (from, minute, second) {
        (Value::Number(hour), Value::Number(minute), Value::Number(second)) => {
            time_of(*hour, *minute, *second, offset).map_or(OUTSIDE, Value::Time)
        }
        _ => misfit(&[from, minute, second]),
    }
}

fn time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: Offset) -> Option<Time> {
    let nanoseconds = second.round(9, Rounding::Down).ok()?.to_units(9)?;
    let (whole, fraction) = (nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000));
    Time::new(hour.truncated()?, minute.truncated()?, whole, fraction, offset)
}

/// The offset that a duration is: whole seconds, less than 15 hours.
fn offset_of(duration: DaysDuration) -> Option<Offset> {
    let nanoseconds = i64::try_from(duration.0).ok()?;
    let seconds = nanoseconds / 1_000_000_000;
    let fits = nanoseconds % 1_000_000_000 == 0 && seconds.abs() < 15 * 3600;
    fits.then_some(Offset::Seconds(seconds as i32))
}

/// `duration(from)`: of years and months, or of days, hours, minutes and seconds.
#[must_use]
pub fn duration(from: &Value) -> Value {
    match from {
        Value::Text(text) => {
            let months = MonthsDuration::parse(text).map(Value::Months);
            months.or_else(|| DaysDuration::parse(text).map(Value::Days)).unwrap_or(OUTSIDE)
        }
        Value::Days(_) | Value::Months(_) => from.clone(),
        _ => misfit(&[from]),
    }
}

fn day_of(value: &Value) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::DateTime(point) => Some(point.date),
        _ => None,
    }
}

/// `years and months duration(from, to)`: the whole months between two days.
#[must_use]
pub fn years_and_months_duration(from: &Value, to: &Value) -> Value {
    match (day_of(from), day_of(to)) {
        (Some(from), Some(to)) => Value::Months(from.months_until(to)),
        _ => misfit(&[from, to]),
    }
}

/// `day of year(date)`
#[must_use]
pub fn day_of_year(date: &Value) -> Value {
    day_of(date).map_or_else(|| misfit(&[date]), |date| Value::integer(i64::from(date.day_of_year())))
}

/// The word with a number from 1.
fn word(words: &str, number: u8) -> Value {
    words.split(' ').nth(usize::from(number).saturating_sub(1)).map_or(OUTSIDE, Value::text)
}

/// `day of week(date)`: the English name.
#[must_use]
pub fn day_of_week(date: &Value) -> Value {
    day_of(date).map_or_else(|| misfit(&[date]), |date| word(WEEKDAYS, date.weekday()))
}

/// `month of year(date)`: the English name.
#[must_use]
pub fn month_of_year(date: &Value) -> Value {
    day_of(date).map_or_else(|| misfit(&[date]), |date| word(MONTHS, date.month))
}

/// `week of year(date)` by ISO 8601.
#[must_use]
pub fn week_of_year(date: &Value) -> Value {
    day_of(date).map_or_else(|| misfit(&[date]), |date| Value::integer(i64::from(date.week_of_year())))
}
