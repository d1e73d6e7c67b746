//! What names stand for around an expression.

use std::rc::Rc;

use ordinance_feel_runtime::Builtin;

use crate::source_text::TextId;
use crate::syntax::ast;
use crate::tree::Expr;
use crate::types::Type;

/// What an expression is, as far as is known before it is computed.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "values are the most by far")]
pub(super) enum Meaning<'a> {
    /// A value.
    Value(Known),
    /// A function of the model.
    Function(Rc<Closure<'a>>),
    /// A function of FEEL.
    Builtin(Builtin),
    /// A context some of whose entries are functions.
    Namespace(Rc<[(String, Meaning<'a>)]>),
}

/// A tree, and what is known of the type of its value beside null; `Any` is nothing.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) expr: Expr,
    pub(super) ty: Type,
}

/// A function with what is named around it.
#[derive(Debug)]
pub(super) struct Closure<'a> {
    pub(super) parameters: &'a [(ast::Name, Option<ast::TypeName>)],
    pub(super) body: &'a ast::Expr,
    pub(super) text: Option<TextId>,
    pub(super) scope: Scope<'a>,
}

/// Names, the innermost first.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'a>(Option<Rc<Frame<'a>>>);

#[derive(Debug)]
struct Frame<'a> {
    bound: Bound<'a>,
    outer: Scope<'a>,
}

/// What a frame binds.
#[derive(Debug)]
enum Bound<'a> {
    Name(String, Meaning<'a>),
    /// An item of a list in a filter: `item`, and the entries of a context by their names.
    Item(Known),
}

/// What a name was found to be.
#[expect(clippy::large_enum_variant, reason = "values are the most by far")]
pub(super) enum Found<'a> {
    /// This.
    Meaning(Meaning<'a>),
    /// The entry of an item of which isn't known what it is, or else what the name means further out, if anything.
    PerhapsOfItem(Known, Option<Meaning<'a>>),
    /// The entry of an item.
    OfItem(Known),
    /// Nothing.
    Nothing,
}

impl<'a> Scope<'a> {
    /// The scope with one more name.
    pub(super) fn with(&self, name: &str, meaning: Meaning<'a>) -> Self {
        let bound = Bound::Name(name.to_owned(), meaning);
        Self(Some(Rc::new(Frame { bound, outer: self.clone() })))
    }

    /// The scope within a filter.
    pub(super) fn with_item(&self, item: Known) -> Self {
        Self(Some(Rc::new(Frame { bound: Bound::Item(item), outer: self.clone() })))
    }

    /// Whether it is that of a condition on the contexts of a list.
    pub(super) fn is_in_filter(&self) -> bool {
        let is_context = |ty: &Type| matches!(ty.kind, crate::types::TypeKind::Context(_));
        let mut at = self;
        while let Some(frame) = &at.0 {
            if matches!(&frame.bound, Bound::Item(item) if is_context(&item.ty)) {
                return true;
            }
            at = &frame.outer;
        }
        false
    }

    /// What a name means.
    pub(super) fn find(&self, name: &str) -> Found<'a> {
        let mut at = self;
        while let Some(frame) = &at.0 {
            match &frame.bound {
                Bound::Name(known, meaning) if known == name => return Found::Meaning(meaning.clone()),
                // An entry of this name hides the item itself.
                Bound::Item(item) if name == "item" => {
                    let itself = Meaning::Value(item.clone());
                    return match has_entry(&item.ty, name) {
                        Some(true) => Found::OfItem(item.clone()),
                        Some(false) => Found::Meaning(itself),
                        None => Found::PerhapsOfItem(item.clone(), Some(itself)),
                    };
                }
                Bound::Item(item) => match has_entry(&item.ty, name) {
                    Some(true) => return Found::OfItem(item.clone()),
                    Some(false) => {}
                    None => {
                        let further = match frame.outer.find(name) {
                            Found::Meaning(meaning) => Some(meaning),
                            Found::Nothing => None,
                            // Two items of which isn't known what they are: the inner one's entry, or a mistake.
                            Found::PerhapsOfItem(_, further) => further,
                            Found::OfItem(_) => None,
                        };
                        return Found::PerhapsOfItem(item.clone(), further);
                    }
                },
                Bound::Name(..) => {}
            }
            at = &frame.outer;
        }
        Found::Nothing
    }
}

/// Whether values of a type have an entry of this name; `None` if that isn't known.
fn has_entry(ty: &Type, name: &str) -> Option<bool> {
    use crate::types::TypeKind;
    match &ty.kind {
        TypeKind::Context(fields) => Some(fields.iter().any(|(known, _)| known == name)),
        TypeKind::Any => None,
        TypeKind::Null
        | TypeKind::Boolean
        | TypeKind::Number(_)
        | TypeKind::Text
        | TypeKind::Choice(_)
        | TypeKind::Date
        | TypeKind::Time
        | TypeKind::DateTime
        | TypeKind::DaysDuration
        | TypeKind::MonthsDuration
        | TypeKind::List { .. }
        | TypeKind::Range(_) => Some(false),
    }
}
