//! How large values may be, for the bound on fuel: a number, a day or a word is one part; a text has one for each 16
//! bytes; a list and a context have those of their items.

use ordinance_feel_runtime::Builtin;

use crate::types::{Type, TypeKind};

/// The parts of the longest text that a rule is given: 4096 bytes, which the contract's reader allows at most.
pub(super) const TEXT_PARTS: u64 = 256;

/// The most parts of a value of a type; `None` if a list has no bound.
pub(super) fn parts(ty: &Type) -> Option<u64> {
    match &ty.kind {
        TypeKind::Null
        | TypeKind::Boolean
        | TypeKind::Number(_)
        | TypeKind::Choice(_)
        | TypeKind::Date
        | TypeKind::Time
        | TypeKind::DateTime
        | TypeKind::DaysDuration
        | TypeKind::MonthsDuration => Some(1),
        TypeKind::Any => None,
        TypeKind::Text => Some(TEXT_PARTS),
        TypeKind::List { item, items_max } => Some((*items_max)?.saturating_mul(parts(item)?).saturating_add(1)),
        TypeKind::Context(fields) => {
            fields.iter().try_fold(1, |sum: u64, (_, ty)| Some(sum.saturating_add(parts(ty)?)))
        }
        TypeKind::Range(end) => Some(parts(end)?.saturating_mul(2)),
    }
}

/// The parts of several values.
pub(super) fn parts_of<'t>(types: impl Iterator<Item = &'t Type>) -> Option<u64> {
    let sum = types.map(parts).try_fold(0, |sum: u64, parts| Some(sum.saturating_add(parts?)));
    sum.map(|sum| sum.max(1))
}

/// How many times the fuel of the smallest arguments a function takes at most, by the parts of its arguments.
pub(super) fn of_function(function: Builtin, parts: u64) -> u64 {
    match function {
        // Each item may be compared with each other, each place of a text with the whole pattern.
        Builtin::Union
        | Builtin::DistinctValues
        | Builtin::Median
        | Builtin::Mode
        | Builtin::Matches
        | Builtin::Replace
        | Builtin::Split
        | Builtin::Flatten => parts.saturating_mul(parts),
        _ => parts,
    }
}

/// Whether a function gives texts that are longer than those that it takes.
pub(super) fn lengthens(function: Builtin) -> bool {
    matches!(
        function,
        Builtin::Replace | Builtin::StringJoin | Builtin::String | Builtin::UpperCase | Builtin::LowerCase
    )
}
