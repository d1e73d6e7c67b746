//! The state of elaborating a model, and where it begins.

use std::collections::HashMap;

use super::nodes::{ANY, let_of, local};
use super::scope::{Found, Known, Meaning, Scope};
use crate::dmn::compose::{Composed, ModelInput};
use crate::dmn::model::ModelTexts;
use crate::dmn::place::SourcePlace;
use crate::dmn::refusal::RefusalError;
use crate::source_text::{Place, Span, TextId};
use crate::syntax::ast;
use crate::tree::{Answer, Argument, Expr, ExprKind, Input, InputId, LocalId, Program};
use crate::types::Type;

/// How deep an expression may be within others, with the bodies of the functions that it calls.
const DEPTH_MAX: usize = 150;
/// The most expressions of one program.
const NODES_MAX: usize = 200_000;

/// Makes the program of what was asked of a model. It reads the inputs of the composed tree, in their order.
///
/// # Errors
/// What isn't taken: a name that nothing has, a function as a value, a function that calls itself, a wrong number of
/// arguments.
pub fn elaborate(texts: &ModelTexts, composed: &Composed) -> Result<Program, RefusalError> {
    let mut elaborator = Elaborator { texts, composed, text: None, locals: 0, depth: 0, nodes: 0, inlining: 0 };
    let mut scope = Scope::default();
    for (index, input) in composed.inputs.iter().enumerate() {
        scope = scope.with(&input.key, Meaning::Value(read_input(index, input)));
    }
    let result = elaborator.value(&composed.expr, &scope)?;
    let argument = |input: &ModelInput| Argument::Model(input.key.clone());
    Ok(Program {
        inputs: composed.inputs.iter().map(|input| Input { argument: argument(input), ty: ANY }).collect(),
        definitions: Vec::new(),
        answer: Answer::Value(result.expr),
    })
}

fn read_input(index: usize, input: &ModelInput) -> Known {
    let place = Place { text: TextId(0), span: Span::default() };
    Known { expr: super::nodes::node(ExprKind::Input(InputId(index)), place), ty: input.ty.clone() }
}

/// What elaborates the trees of a model.
pub(super) struct Elaborator<'a> {
    texts: &'a ModelTexts,
    composed: &'a Composed,
    /// The text of the expression, once there is one.
    text: Option<TextId>,
    locals: usize,
    depth: usize,
    nodes: usize,
    /// How many functions are around the expression.
    pub(super) inlining: usize,
}

impl<'a> Elaborator<'a> {
    /// The types that trees name.
    pub(super) fn types(&self) -> &'a HashMap<String, Type> {
        &self.composed.types
    }

    pub(super) fn place(&self, span: Span) -> Place {
        Place { text: self.text.unwrap_or(TextId(0)), span }
    }

    pub(super) fn text(&self) -> Option<TextId> {
        self.text
    }

    /// Elaborates within another text.
    pub(super) fn in_text<T>(&mut self, text: Option<TextId>, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.text, text);
        let result = work(self);
        self.text = before;
        result
    }

    /// A refusal of an expression of the text.
    pub(super) fn refuse(&self, span: Span, reason: impl Into<String>) -> RefusalError {
        match self.text {
            Some(text) => SourcePlace::of(self.texts, text, span).refuse(reason),
            None => self.composed.place.refuse(reason),
        }
    }

    pub(super) fn new_local(&mut self) -> LocalId {
        self.locals += 1;
        LocalId(self.locals - 1)
    }

    /// The meaning of an expression, within the bounds of depth and number.
    pub(super) fn meaning(&mut self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Result<Meaning<'a>, RefusalError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(
                self.refuse(expr.span, format!("more than {NODES_MAX} expressions, with functions at each call"))
            );
        }
        if self.depth >= DEPTH_MAX {
            return Err(self.refuse(expr.span, format!("expressions are nested deeper than {DEPTH_MAX}")));
        }
        self.depth += 1;
        let meaning = self.meaning_of(expr, scope);
        self.depth -= 1;
        meaning
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Result<Known, RefusalError> {
        let meaning = self.meaning(expr, scope)?;
        self.known(meaning, expr.span)
    }

    /// The tree of an expression's value.
    pub(super) fn expr(&mut self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Result<Expr, RefusalError> {
        self.value(expr, scope).map(|known| known.expr)
    }

    pub(super) fn known(&self, meaning: Meaning<'a>, span: Span) -> Result<Known, RefusalError> {
        match meaning {
            Meaning::Value(known) => Ok(known),
            Meaning::Function(_) | Meaning::Builtin(_) => {
                Err(self.refuse(span, "a function can't be a value here; only calls of functions are taken"))
            }
            Meaning::Namespace(_) => {
                Err(self.refuse(span, "a context with functions can't be a value here; only calls of these are taken"))
            }
        }
    }

    /// Gives a value a name within a body, so that it is computed once.
    pub(super) fn with_value(
        &mut self,
        value: Known,
        body: impl FnOnce(&mut Self, Known) -> Result<Known, RefusalError>,
    ) -> Result<Known, RefusalError> {
        if matches!(value.expr.kind, ExprKind::Local(_) | ExprKind::Input(_) | ExprKind::Constant(_)) {
            return body(self, value);
        }
        let name = self.new_local();
        let place = value.expr.place;
        let result = body(self, Known { expr: local(name, place), ty: value.ty })?;
        Ok(Known { expr: let_of(name, value.expr, result.expr), ty: result.ty })
    }

    /// Whether some text may name the results of a `for` so far.
    pub(super) fn names_partial(&self) -> bool {
        self.texts.sources.iter().any(|source| source.text.contains("partial"))
    }

    /// What a name means.
    pub(super) fn find(&self, name: &str, scope: &Scope<'a>) -> Found<'a> {
        scope.find(name)
    }
}
