//! Types that expressions name.

use std::rc::Rc;

use super::elaborator::Elaborator;
use super::nodes::{ANY, any_context, any_list, any_range};
use crate::dmn::refusal::RefusalError;
use crate::dmn::types::built_in;
use crate::syntax::ast::{TypeName, TypeNameKind};
use crate::types::{Type, TypeKind};

impl Elaborator<'_> {
    /// The type of a name. Its parts may be null.
    pub(super) fn type_named(&self, of: &TypeName) -> Result<Type, RefusalError> {
        let kind = match &of.kind {
            TypeNameKind::Named(name) => match name.as_str() {
                "Null" => TypeKind::Null,
                "list" => any_list(),
                "context" => any_context(),
                "range" => any_range(),
                name => match (built_in(name), self.types().get(name)) {
                    (Some(kind), _) => kind,
                    (None, Some(ty)) => return Ok(ty.clone()),
                    (None, None) => return Err(self.refuse(of.span, format!("the type `{name}` isn't taken here"))),
                },
            },
            TypeNameKind::List(item) => TypeKind::List { item: Box::new(self.type_named(item)?), items_max: None },
            TypeNameKind::Range(end) => TypeKind::Range(Box::new(self.type_named(end)?)),
            TypeNameKind::Context(fields) => {
                let fields = fields.iter().map(|(name, ty)| Ok((name.text.clone(), self.type_named(ty)?)));
                TypeKind::Context(Rc::from(fields.collect::<Result<Vec<_>, RefusalError>>()?))
            }
            TypeNameKind::Function(..) => return Err(self.refuse(of.span, "the type of a function isn't taken here")),
        };
        Ok(Type { kind, ..ANY })
    }
}
