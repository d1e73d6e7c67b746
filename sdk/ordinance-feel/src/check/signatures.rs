//! The types that built-in functions take and give, of those that take a fixed number of values of fixed kinds.

use ordinance_feel_runtime::Builtin;

use crate::bounds::Bounds;
use crate::types::{Type, TypeKind};

/// What an argument has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Number,
    Whole,
    Text,
    Boolean,
    /// A day, or a day with a time.
    Day,
    /// Any value.
    Value,
}

impl Want {
    pub(crate) fn admits(self, kind: &TypeKind) -> bool {
        match self {
            Self::Number | Self::Whole => matches!(kind, TypeKind::Number(_) | TypeKind::Any),
            Self::Text => matches!(kind, TypeKind::Text | TypeKind::Choice(_) | TypeKind::Any),
            Self::Boolean => matches!(kind, TypeKind::Boolean | TypeKind::Any),
            Self::Day => matches!(kind, TypeKind::Date | TypeKind::DateTime | TypeKind::Any),
            Self::Value => true,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Text => "a text",
            Self::Boolean => "true or false",
            Self::Day => "a day",
            Self::Value => "a value",
        }
    }
}

/// What the function takes, and what it gives if that doesn't depend on the arguments. `None` for a function whose
/// arguments depend on each other.
pub(crate) fn signature(function: Builtin) -> Option<(&'static [Want], Option<Type>)> {
    use Want::{Boolean, Day, Number, Text, Value, Whole};
    let text = || Some(Type::from(TypeKind::Text));
    let boolean = || Some(Type::from(TypeKind::Boolean));
    let number = |bounds: Bounds| Some(Type::from(bounds));
    Some(match function {
        Builtin::Number => (&[Text, Text, Text], number(Bounds::NONE)),
        Builtin::String => (&[Value], text()),
        Builtin::Not => (&[Boolean], boolean()),
        Builtin::Substring => (&[Text, Whole, Whole], text()),
        Builtin::StringLength => (&[Text], number(Bounds::WHOLE)),
        Builtin::UpperCase | Builtin::LowerCase => (&[Text], text()),
        Builtin::SubstringBefore | Builtin::SubstringAfter => (&[Text, Text], text()),
        Builtin::Replace => (&[Text, Text, Text, Text], text()),
        Builtin::Contains | Builtin::StartsWith | Builtin::EndsWith => (&[Text, Text], boolean()),
        Builtin::Matches => (&[Text, Text, Text], boolean()),
        Builtin::Split => (&[Text, Text], Some(Type::from(TypeKind::Text).list(None))),
        _ if function.rounding().is_some() => (&[Number, Whole], None),
        Builtin::Sqrt | Builtin::Log | Builtin::Exp => (&[Number], None),
        Builtin::Modulo | Builtin::Less => (&[Number, Number], None),
        Builtin::Odd | Builtin::Even => (&[Number], boolean()),
        Builtin::YearsAndMonthsDuration => (&[Day, Day], Some(TypeKind::MonthsDuration.into())),
        Builtin::DayOfYear => (&[Day], number(Bounds::whole(1, 366))),
        Builtin::WeekOfYear => (&[Day], number(Bounds::whole(1, 53))),
        Builtin::DayOfWeek | Builtin::MonthOfYear => (&[Day], text()),
        _ => return None,
    })
}

/// The bounds of what a function of numbers gives, by those of its arguments; the second one is 0 if it was left out.
pub(crate) fn bounds_of_call(function: Builtin, first: Bounds, second: Bounds) -> Bounds {
    if let Some(rounding) = function.rounding() {
        return first.rounded(second, rounding);
    }
    match function {
        Builtin::Modulo => first.modulo(second),
        Builtin::Less => first.less(second),
        Builtin::Sqrt => first.sqrt(),
        _ => Bounds::NONE,
    }
}

/// Whether the function gives a number in the unit of its first argument.
pub(crate) fn keeps_unit(function: Builtin) -> bool {
    function.rounding().is_some() || matches!(function, Builtin::Modulo | Builtin::Less | Builtin::Abs)
}
