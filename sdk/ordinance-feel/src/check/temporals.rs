//! Days, times and durations that are written, and the functions that make them.

use std::rc::Rc;

use ordinance_feel_runtime::{Builtin, Date, DateTime, DaysDuration, MonthsDuration, Time, Value};

use super::builtins::call_of;
use super::checked::{Checked, literal_text};
use super::checker::Checker;
use super::signatures::Want;
use crate::source_text::Place;
use crate::tree::ExprKind;
use crate::types::{Type, TypeKind};

impl Checker<'_> {
    /// `@"2026-01-31"`
    pub(crate) fn temporal(&mut self, text: &str, place: Place) -> Option<Checked> {
        let found = date(text)
            .or_else(|| DateTime::parse(text).map(|value| (Value::DateTime(value), TypeKind::DateTime)))
            .or_else(|| Time::parse(text).map(|value| (Value::Time(value), TypeKind::Time)))
            .or_else(|| duration(text));
        match found {
            Some((value, kind)) => Some(Checked::new(ExprKind::Constant(value), kind, place)),
            None => self.no_temporal(text, place),
        }
    }

    fn no_temporal<T>(&mut self, text: &str, place: Place) -> Option<T> {
        let help = "a day is `@\"2026-01-31\"`, a time `@\"08:30:00\"`, both `@\"2026-01-31T08:30:00\"`, a duration \
                    `@\"P30D\"`, `@\"P6M\"`, `@\"P1Y6M\"` or `@\"PT8H\"`";
        self.fault(place, format!("\"{text}\" is no day, time or duration that exists"), help)
    }

    /// `date(...)`, `time(...)`, `date and time(...)`, `duration(...)`. Of a text that is written they are constants.
    pub(crate) fn conversion(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let kind = match function {
            Builtin::Date => TypeKind::Date,
            Builtin::DateAndTime => TypeKind::DateTime,
            Builtin::Time => TypeKind::Time,
            _ => TypeKind::DaysDuration,
        };
        if let [only] = arguments.as_slice()
            && let Some(text) = literal_text(&only.expr)
        {
            let found = match function {
                Builtin::Date => date(text),
                Builtin::DateAndTime => DateTime::parse(text).map(|value| (Value::DateTime(value), TypeKind::DateTime)),
                Builtin::Time => Time::parse(text).map(|value| (Value::Time(value), TypeKind::Time)),
                _ => duration(text),
            };
            return match found {
                Some((value, kind)) => Some(Checked::new(ExprKind::Constant(value), kind, place)),
                None => self.no_temporal(&Rc::<str>::from(text), only.expr.place),
            };
        }
        if function == Builtin::Duration {
            let help = "write it, such as `@\"P30D\"`, or multiply one: `@\"P1M\" * months`";
            return self.fault(place, "what kind of duration this is must be known when the rule is built", help);
        }
        let count = arguments.len();
        let name = function.parameters().first().and_then(|form| form.first()).copied().unwrap_or_default();
        let mut taken = Vec::new();
        for (index, argument) in arguments.into_iter().enumerate() {
            let argument = self.present(argument)?;
            let is_right = match (function, count, index, argument.kind()) {
                (_, _, _, TypeKind::Any) => true,
                (_, 1, _, TypeKind::Text | TypeKind::Choice(_)) => true,
                (Builtin::Date | Builtin::DateAndTime, 1, _, TypeKind::Date | TypeKind::DateTime) => true,
                (Builtin::Time, 1, _, TypeKind::Time | TypeKind::DateTime) => true,
                (Builtin::DateAndTime, 2, 0, TypeKind::Date | TypeKind::DateTime) => true,
                (Builtin::DateAndTime, 2, 1, TypeKind::Time) => true,
                (Builtin::Time, 4, 3, TypeKind::DaysDuration) => true,
                (Builtin::Date | Builtin::Time, 3 | 4, 0..3, TypeKind::Number(_)) => true,
                (_, _, _, _) => false,
            };
            if !is_right {
                let message = format!("`{}` can't take {} here", function.name(), argument.expr.ty);
                let forms: Vec<String> = function
                    .parameters()
                    .iter()
                    .map(|form| format!("`{}({})`", function.name(), form.join(", ")))
                    .collect();
                return self.fault(argument.expr.place, message, format!("it is {}", forms.join(" or ")));
            }
            let is_text = matches!(argument.kind(), TypeKind::Choice(_));
            taken.push(if is_text { self.take(function, argument, Want::Text, name)? } else { argument });
        }
        Some(call_of(function, taken, Type::from(kind), place))
    }
}

fn date(text: &str) -> Option<(Value, TypeKind)> {
    Date::parse(text).map(|value| (Value::Date(value), TypeKind::Date))
}

fn duration(text: &str) -> Option<(Value, TypeKind)> {
    let months = MonthsDuration::parse(text).map(|value| (Value::Months(value), TypeKind::MonthsDuration));
    months.or_else(|| DaysDuration::parse(text).map(|value| (Value::Days(value), TypeKind::DaysDuration)))
}
