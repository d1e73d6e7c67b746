//! Types that an author names.

use super::checker::Checker;
use super::names::nearest;
use crate::syntax::ast::{TypeName, TypeNameKind};
use crate::types::{Type, TypeKind};

const NAMES: &[&str] = &[
    "number",
    "string",
    "boolean",
    "date",
    "time",
    "date and time",
    "days and time duration",
    "years and months duration",
    "Any",
];

impl Checker<'_> {
    /// The type of a name, without null.
    pub(crate) fn type_named(&mut self, name: &TypeName) -> Option<Type> {
        let place = self.place(name.span);
        let kind = match &name.kind {
            TypeNameKind::Named(text) => match text.as_str() {
                "number" => TypeKind::NUMBER,
                "string" => TypeKind::Text,
                "boolean" => TypeKind::Boolean,
                "date" => TypeKind::Date,
                "time" => TypeKind::Time,
                "date and time" | "dateTime" => TypeKind::DateTime,
                "days and time duration" | "dayTimeDuration" => TypeKind::DaysDuration,
                "years and months duration" | "yearMonthDuration" => TypeKind::MonthsDuration,
                "Any" => TypeKind::Any,
                "Null" => TypeKind::Null,
                _ => {
                    let help = nearest(text, NAMES.iter().copied(), "the types are");
                    return self.fault(place, format!("there is no type `{text}`"), help);
                }
            },
            TypeNameKind::List(item) => TypeKind::List { item: Box::new(self.type_named(item)?), items_max: None },
            TypeNameKind::Range(item) => TypeKind::Range(Box::new(self.type_named(item)?)),
            TypeNameKind::Context(fields) => {
                let fields: Vec<Option<(String, Type)>> =
                    fields.iter().map(|(name, ty)| Some((name.text.clone(), self.type_named(ty)?))).collect();
                TypeKind::Context(fields.into_iter().collect::<Option<_>>()?)
            }
            TypeNameKind::Function(..) => {
                return self.fault(place, "a function is no value here", "");
            }
        };
        Some(kind.into())
    }
}
