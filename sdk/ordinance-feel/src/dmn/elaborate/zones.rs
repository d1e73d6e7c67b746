//! Moments in time zones. The run-time library has no data of zones, so that what a model says of a written moment in a
//! zone is found here: how far it is from another written moment, which one is earlier, its offset.

use jiff::tz::{AmbiguousOffset, TimeZone};
use ordinance_feel_runtime::operators;
use ordinance_feel_runtime::{Builtin, DateTime, DaysDuration, Offset, Value};

use super::nodes::constant;
use crate::tree::{Arithmetic, Expr, ExprKind};

/// Two moments, each with its offset instead of its zone, if both are written and one is in a zone.
pub(super) fn resolved(left: &Expr, right: &Expr) -> Option<(Expr, Expr)> {
    let (one, other) = (written(left)?, written(right)?);
    if !is_zoned(&one) && !is_zoned(&other) {
        return None;
    }
    let moment = |value: Value, expr: &Expr| Some(constant(with_offset(value)?, expr.place));
    Some((moment(one, left)?, moment(other, right)?))
}

/// The offset of a written moment in a zone.
pub(super) fn offset(moment: &Expr) -> Option<Expr> {
    let value = written(moment).filter(is_zoned)?;
    let Value::DateTime(DateTime { time, .. }) = with_offset(value)? else { return None };
    let seconds = time.offset.seconds()?;
    Some(constant(Value::Days(DaysDuration(i128::from(seconds) * 1_000_000_000)), moment.place))
}

/// The value of an expression that reads nothing, as far as days and times are written so.
fn written(expr: &Expr) -> Option<Value> {
    let all = |parts: &[Expr]| parts.iter().map(written).collect::<Option<Vec<Value>>>();
    match &expr.kind {
        ExprKind::Constant(value) => Some(value.clone()),
        ExprKind::OrNull(inner) => written(inner),
        ExprKind::Call { function: function @ (Builtin::Date | Builtin::DateAndTime | Builtin::Time), arguments } => {
            Some(function.call(&all(arguments)?))
        }
        ExprKind::Call { function: Builtin::Duration, arguments } => Some(Builtin::Duration.call(&all(arguments)?)),
        ExprKind::Arithmetic { operator: Arithmetic::Add, left, right } => {
            Some(operators::add(&written(left)?, &written(right)?))
        }
        ExprKind::Arithmetic { operator: Arithmetic::Subtract, left, right } => {
            Some(operators::subtract(&written(left)?, &written(right)?))
        }
        _ => None,
    }
}

fn is_zoned(value: &Value) -> bool {
    matches!(value, Value::DateTime(DateTime { time, .. }) if matches!(time.offset, Offset::Zone(_)))
}

/// A moment with its offset instead of its zone; every day and other moment as it is. `None` of anything else, and of a
/// time of day that the zone's clocks leave out or show twice.
fn with_offset(value: Value) -> Option<Value> {
    let mut moment = match value {
        Value::Date(_) => return Some(value),
        Value::DateTime(moment) => moment,
        _ => return None,
    };
    let Offset::Zone(name) = &moment.time.offset else {
        return Some(Value::DateTime(moment));
    };
    let zone = TimeZone::get(name).ok()?;
    let (date, nanoseconds) = (moment.date, moment.time.nanoseconds);
    let (year, month) = (i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?);
    let day = jiff::civil::Date::new(year, month, i8::try_from(date.day).ok()?).ok()?;
    let since_midnight = std::time::Duration::from_nanos(nanoseconds);
    let civil = day.to_datetime(jiff::civil::Time::midnight()).checked_add(since_midnight).ok()?;
    let AmbiguousOffset::Unambiguous { offset } = zone.to_ambiguous_timestamp(civil).offset() else {
        return None;
    };
    moment.time.offset = Offset::Seconds(offset.seconds());
    Some(Value::DateTime(moment))
}
