//! Types that an author names.

use super::checker::Checker;
use super::names::nearest;
use crate::syntax::ast::{TypeName, TypeNameKind};
use crate::types::{Type, TypeKind};

impl Checker<'_> {
    /// The type of a name, without null.
    pub(crate) fn type_named(&mut self, name: &TypeName) -> Option<Type> {
        let place = self.place(name.span);
        let kind = match &name.kind {
            TypeNameKind::Named(text) if text == "Null" => TypeKind::Null,
            TypeNameKind::Named(text) => match TypeKind::named(text) {
                Some(kind) => kind,
                None => {
                    let help = nearest(text, TypeKind::NAMES.into_iter(), "the types are");
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
