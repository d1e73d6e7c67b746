//! The types of models: item definitions, and the constraints on their values.

use std::collections::HashMap;
use std::rc::Rc;

use super::model::{ItemDefinition, ItemKind, Model};
use super::refusal::RefusalError;
use crate::source_text::{Span, TextId};
use crate::syntax::ast::{TypeName, TypeNameKind};
use crate::types::{Type, TypeKind};

/// The deepest that types name each other.
const DEPTH_MAX: usize = 32;

/// A type that a model names.
#[derive(Debug, Clone)]
pub(super) struct NamedType {
    /// The type; `None` of functions, which are put in place of their calls.
    pub(super) ty: Option<Type>,
    /// What its values have to be beside.
    pub(super) constraint: Constraint,
}

/// What a value has to be beside its type. Null is always right.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Constraint {
    /// Texts of unary tests; the value passes one test of each.
    pub(super) tests: Vec<TextId>,
    /// Of each item of a list.
    pub(super) item: Option<Box<Constraint>>,
    /// Of fields of a context.
    pub(super) fields: Vec<(String, Constraint)>,
}

impl Constraint {
    /// Whether every value of the type is right.
    pub(super) fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.item.is_none() && self.fields.is_empty()
    }
}

/// The name of a type in FEEL; `None` of any type.
pub(super) fn type_name(type_ref: &str) -> Option<TypeName> {
    let named = match type_ref {
        "Any" | "any" => return None,
        "dateTime" | "date and time" => "date and time",
        "dayTimeDuration" | "days and time duration" => "days and time duration",
        "yearMonthDuration" | "years and months duration" => "years and months duration",
        other => other,
    };
    Some(TypeName { kind: TypeNameKind::Named(named.to_owned()), span: Span::default() })
}

/// A type that FEEL itself has.
pub(super) fn built_in(name: &str) -> Option<TypeKind> {
    match name {
        "any" => Some(TypeKind::Any),
        name => TypeKind::named(name),
    }
}

/// The types of several models, which may import each other.
pub(super) struct Types<'a> {
    models: &'a [Model],
}

impl<'a> Types<'a> {
    pub(super) fn of(models: &'a [Model]) -> Self {
        Self { models }
    }

    /// The item definition that a model names, and its model; `None` if there is none.
    pub(super) fn find(&self, model: usize, name: &str) -> Option<(usize, &'a ItemDefinition)> {
        let own = self.models.get(model)?;
        if let Some(item) = own.items.iter().find(|item| item.name == name) {
            return Some((model, item));
        }
        own.imports.iter().find_map(|import| {
            let local = match import.name.as_str() {
                "" => name,
                prefix => name.strip_prefix(prefix)?.strip_prefix('.')?,
            };
            let imported = self.models.iter().position(|other| other.namespace == import.namespace)?;
            let item = self.models.get(imported)?.items.iter().find(|item| item.name == local)?;
            Some((imported, item))
        })
    }

    /// The type that a model names.
    pub(super) fn named(&self, model: usize, name: &str) -> Result<NamedType, NamedTypeError> {
        self.named_within(model, name, 0)
    }

    fn named_within(&self, model: usize, name: &str, depth: usize) -> Result<NamedType, NamedTypeError> {
        if let Some(kind) = built_in(name) {
            return Ok(NamedType { ty: Some(nullable(kind)), constraint: Constraint::default() });
        }
        match self.find(model, name) {
            Some((model, item)) => self.defined(model, item, depth + 1).map_err(NamedTypeError::Refused),
            None => Err(NamedTypeError::Unknown(name.to_owned())),
        }
    }

    /// The type of an item definition.
    fn defined(&self, model: usize, item: &ItemDefinition, depth: usize) -> Result<NamedType, RefusalError> {
        if depth > DEPTH_MAX {
            return Err(item.place.refuse("the type contains itself, or types are nested too deep"));
        }
        let mut one = match &item.kind {
            ItemKind::Any => NamedType { ty: Some(nullable(TypeKind::Any)), constraint: Constraint::default() },
            ItemKind::Function { parameters: _, result: _ } => {
                return Ok(NamedType { ty: None, constraint: Constraint::default() });
            }
            ItemKind::Simple(name) => self.named_within(model, name, depth).map_err(|fault| match fault {
                NamedTypeError::Unknown(name) => item.place.refuse(format!("the type `{name}` isn't known")),
                NamedTypeError::Refused(refusal) => refusal,
            })?,
            ItemKind::Components(components) => self.context(model, components, depth)?,
        };
        one.constraint.tests.extend(item.allowed_values);
        if item.is_collection {
            one = list_of(one);
        }
        one.constraint.tests.extend(item.constraint);
        Ok(one)
    }

    fn context(&self, model: usize, components: &[ItemDefinition], depth: usize) -> Result<NamedType, RefusalError> {
        let mut fields = Vec::new();
        let mut constraint = Constraint::default();
        for component in components {
            let field = self.defined(model, component, depth + 1)?;
            let Some(ty) = field.ty else {
                return Err(component.place.refuse("a function isn't taken as a part of a type"));
            };
            fields.push((component.name.clone(), ty));
            if !field.constraint.is_empty() {
                constraint.fields.push((component.name.clone(), field.constraint));
            }
        }
        Ok(NamedType { ty: Some(nullable(TypeKind::Context(Rc::from(fields)))), constraint })
    }
}

/// Why a name of a type means nothing.
#[derive(Debug)]
pub(super) enum NamedTypeError {
    /// There is no type of this name.
    Unknown(String),
    /// Its definition isn't taken.
    Refused(RefusalError),
}

/// Types by the names that trees give them.
pub(super) type TypesByName = HashMap<String, Type>;

fn nullable(kind: TypeKind) -> Type {
    Type { kind, nullable: true }
}

fn list_of(item: NamedType) -> NamedType {
    let constraint = match item.constraint.is_empty() {
        true => Constraint::default(),
        false => Constraint { item: Some(Box::new(item.constraint)), ..Constraint::default() },
    };
    let list = |item| nullable(TypeKind::List { item: Box::new(item), items_max: None });
    NamedType { ty: item.ty.map(list), constraint }
}
