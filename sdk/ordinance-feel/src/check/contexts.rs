//! Built-in functions of contexts, whose names have to be known when the rule is built.

use std::rc::Rc;

use ordinance_feel_runtime::Builtin;

use super::builtins::call_of;
use super::checked::{Checked, literal_text};
use super::checker::{Checker, field_of};
use super::names::nearest;
use crate::source_text::Place;
use crate::types::{Type, TypeKind};

impl Checker<'_> {
    pub(crate) fn of_context(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let any = arguments.iter().any(|argument| matches!(argument.kind(), TypeKind::Any));
        let present: Vec<Option<Checked>> = arguments.into_iter().map(|argument| self.present(argument)).collect();
        let present: Vec<Checked> = present.into_iter().collect::<Option<_>>()?;
        match (function, present.as_slice()) {
            (Builtin::GetValue, [context, key]) => {
                let (TypeKind::Context(fields), Some(name)) = (context.kind(), literal_text(&key.expr)) else {
                    return if any {
                        self.of_any(function, present, place)
                    } else {
                        self.names_unknown(function, place)
                    };
                };
                match field_of(context.clone(), name, place) {
                    Some(field) => Some(field),
                    None => {
                        let help = nearest(name, fields.iter().map(|(name, _)| name.as_str()), "it has");
                        self.fault(key.expr.place, format!("there is no part `{name}`"), help)
                    }
                }
            }
            (Builtin::GetEntries, [context]) => {
                let TypeKind::Context(fields) = context.kind().clone() else {
                    return if any {
                        self.of_any(function, present, place)
                    } else {
                        self.names_unknown(function, place)
                    };
                };
                let mut value: Option<Type> = None;
                for (_, ty) in fields.iter() {
                    let joined = value.as_ref().map_or(Some(ty.clone()), |value| super::joins::join(value, ty));
                    let Some(joined) = joined else {
                        let help = "name the part that you need: `context.part`";
                        return self.fault(place, "the parts of this record are of several kinds", help);
                    };
                    value = Some(joined);
                }
                let value = value.unwrap_or_else(|| TypeKind::Null.into());
                let entry = Rc::from([("key".to_owned(), TypeKind::Text.into()), ("value".to_owned(), value)]);
                let ty = Type::from(TypeKind::Context(entry)).list(u64::try_from(fields.len()).ok());
                Some(call_of(function, present, ty, place))
            }
            (_, _) if any => self.of_any(function, present, place),
            (_, _) => self.names_unknown(function, place),
        }
    }

    fn of_any(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        Some(call_of(function, arguments, TypeKind::Any, place))
    }

    fn names_unknown<T>(&mut self, function: Builtin, place: Place) -> Option<T> {
        let message = format!("the type of what `{}` gives isn't known when the rule is built", function.name());
        self.fault(
            place,
            message,
            "write the record with its parts, `{ a: ..., b: ... }`, and name a part as `record.a`",
        )
    }
}
