//! The parts of days, times, durations and ranges.

use ordinance_feel_runtime::Builtin;

use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::tree::{Arithmetic, Expr, ExprKind, Property};
use crate::types::{Type, TypeKind};

const YEAR_MAX: i32 = 999_999_999;

/// The names of the parts of values of a kind.
pub(crate) fn names(kind: &TypeKind) -> &'static [&'static str] {
    match kind {
        TypeKind::Date => &["year", "month", "day", "weekday"],
        TypeKind::DateTime => {
            &["year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone"]
        }
        TypeKind::Time => &["hour", "minute", "second", "time offset", "timezone"],
        TypeKind::DaysDuration => &["days", "hours", "minutes", "seconds"],
        TypeKind::MonthsDuration => &["years", "months"],
        TypeKind::Range(_) => &["start", "end", "start included", "end included"],
        TypeKind::Null
        | TypeKind::Any
        | TypeKind::Boolean
        | TypeKind::Number(_)
        | TypeKind::Text
        | TypeKind::Choice(_)
        | TypeKind::List { .. }
        | TypeKind::Context(_) => &[],
    }
}

/// The part of this name, with its type; `None` if values of the kind have none.
pub(crate) fn property_of(kind: &TypeKind, name: &str) -> Option<(Property, Type)> {
    if !names(kind).contains(&name) {
        return None;
    }
    let number = |low: i32, high: i32| Type::from(Bounds::whole(low, high));
    Some(match name {
        "year" => (Property::Year, number(-YEAR_MAX, YEAR_MAX)),
        "month" => (Property::Month, number(1, 12)),
        "day" => (Property::Day, number(1, 31)),
        "weekday" => (Property::Weekday, number(1, 7)),
        "hour" => (Property::Hour, number(0, 23)),
        "minute" => (Property::Minute, number(0, 59)),
        "second" => (Property::Second, Bounds { scale: Some(9), ..Bounds::whole(0, 60) }.into()),
        "time offset" => (Property::TimeOffset, Type::from(TypeKind::DaysDuration).or_null()),
        "timezone" => (Property::Timezone, Type::from(TypeKind::Text).or_null()),
        "days" => (Property::Days, Bounds::WHOLE.into()),
        "hours" => (Property::Hours, number(-23, 23)),
        "minutes" => (Property::Minutes, number(-59, 59)),
        "seconds" => (Property::Seconds, Bounds { scale: Some(9), ..Bounds::whole(-60, 60) }.into()),
        "years" => (Property::Years, Bounds::WHOLE.into()),
        "months" => (Property::Months, number(-11, 11)),
        "start" => (Property::Start, end_of(kind)),
        "end" => (Property::End, end_of(kind)),
        "start included" => (Property::StartIncluded, TypeKind::Boolean.into()),
        "end included" => (Property::EndIncluded, TypeKind::Boolean.into()),
        _ => return None,
    })
}

/// The type of a part of the time between two days, which is shorter than other durations may be.
pub(crate) fn between_days(value: &Expr, property: Property) -> Option<Type> {
    let is_date = |expr: &Expr| matches!(expr.ty.kind, TypeKind::Date);
    let years = i64::from(YEAR_MAX) * 2;
    let most = match (&value.kind, property) {
        (ExprKind::Call { function: Builtin::YearsAndMonthsDuration, .. }, Property::Years) => years,
        (ExprKind::Arithmetic { operator: Arithmetic::Subtract, left, right }, Property::Days)
            if is_date(left) && is_date(right) =>
        {
            years * 366
        }
        _ => return None,
    };
    let most = Exact::whole(most);
    Some(Bounds::between(most.negate(), most, 0).into())
}

/// An end of a range, which is null where the range has no limit.
fn end_of(kind: &TypeKind) -> Type {
    if let TypeKind::Range(item) = kind { (**item).clone().or_null() } else { TypeKind::Any.into() }
}
