//! The state of a check: what has a name, what is bound around an expression, and the faults found so far.

use std::collections::HashMap;
use std::rc::Rc;

use super::checked::{Checked, Path, Units};
use super::inputs::UnknownTypeError;
use super::names::nearest;
use super::parsed_texts::ParsedTexts;
use crate::rule_text::{CriterionText, TableText};
use crate::source_text::{ExpressionError, Place, SourceTexts, Span, TextId};
use crate::syntax::ast;
use crate::tree::{Argument, Definition, Expr, ExprKind, Input, InputId, LocalId};
use crate::types::Type;

/// What checks the texts of a rule or a model. Its methods are in the files beside this one, by what they check.
///
/// A method that gives `None` has told a fault; what contains the expression then tells none of its own for it.
pub(crate) struct Checker<'t> {
    /// All texts.
    pub(crate) texts: &'t SourceTexts,
    /// The expressions and cells that were read.
    pub(crate) parsed: Rc<ParsedTexts>,
    /// What the texts may name.
    pub(crate) globals: HashMap<String, Global>,
    /// The values that have a name in the rule.
    pub(crate) sources: Vec<Source<'t>>,
    pub(crate) states: Vec<State>,
    /// Those that are checked, each after those that it needs.
    pub(crate) definitions: Vec<Definition>,
    /// The inputs that are read.
    pub(crate) inputs: Vec<Input>,
    pub(crate) faults: Vec<ExpressionError>,
    /// What is bound around the expression, the innermost last.
    pub(crate) frames: Vec<Frame>,
    /// What isn't null where the expression stands.
    pub(crate) not_null: Vec<Path>,
    /// The text that is checked.
    pub(crate) text: TextId,
    /// How deep the expression is within others.
    pub(crate) depth: usize,
    /// The author's functions in whose body the expression is.
    pub(crate) inlining: Vec<String>,
    /// How many calls of author's functions were replaced by their bodies.
    pub(crate) inlined: usize,
    /// The values that are being checked, each because the one before needs it.
    pub(crate) checking: Vec<usize>,
    /// The number of the first criterion among the sources.
    pub(crate) first_criterion: usize,
    /// The criteria that have the name of something else, by it.
    pub(crate) hidden_criteria: HashMap<String, usize>,
    /// The parameters that have the name of something else.
    pub(crate) twice: HashMap<String, Global>,
    /// The parameters whose type isn't known.
    pub(crate) untyped: Vec<(String, UnknownTypeError)>,
    /// Of parameters that have no value on some days on which the rule is in force: which days these are, in words.
    pub(crate) absences: HashMap<String, String>,
    next_local: usize,
}

/// What a name stands for everywhere in a rule.
#[derive(Debug, Clone)]
pub(crate) enum Global {
    /// An argument of the rule.
    Input { argument: Argument, ty: Type, units: Units },
    /// A value of the rule, by its number in `sources`.
    Source(usize),
    /// A function of the author.
    Function(Rc<Function>),
}

/// A function of the author.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) text: TextId,
    pub(crate) parameters: Vec<(ast::Name, Option<ast::TypeName>)>,
    pub(crate) body: Rc<ast::Expr>,
}

/// What a named value of a rule is made of.
#[derive(Clone, Copy)]
pub(crate) enum Source<'t> {
    Define { name: &'t str, text: TextId },
    Table(&'t TableText),
    Criterion(&'t CriterionText),
}

impl Source<'_> {
    /// The text whose faults are its own.
    pub(crate) fn text(&self) -> TextId {
        match self {
            Self::Define { text, .. } => *text,
            Self::Table(table) => table.place,
            Self::Criterion(criterion) => criterion.when,
        }
    }

    /// Its name in expressions.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Define { name, .. } => (*name).to_owned(),
            Self::Table(table) => table.name.clone(),
            Self::Criterion(criterion) => criterion.id.replace('-', "_"),
        }
    }
}

/// How far a named value is checked.
#[derive(Debug, Clone)]
pub(crate) enum State {
    Waiting,
    /// It needs the value that is checked now.
    Begun,
    /// It has a fault, which was told.
    Faulty,
    Checked {
        local: LocalId,
        ty: Type,
        units: Units,
        is_lookup: bool,
    },
}

/// What is bound around an expression.
#[derive(Debug, Clone)]
pub(crate) enum Frame {
    /// Names of values.
    Names(Vec<(String, Bound)>),
    /// An item of a list: `item`, and its fields by their names.
    Item(Bound),
    /// What is tested: `?`
    Tested(Bound),
    /// Nothing further out has a name here, but for what has one everywhere: the body of a function.
    Barrier,
}

/// A value that is bound.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) local: LocalId,
    pub(crate) ty: Type,
    pub(crate) units: Units,
}

impl Bound {
    /// The expression that reads it.
    pub(crate) fn read(&self, place: Place) -> Checked {
        Checked::new(ExprKind::Local(self.local), self.ty.clone(), place).with_units(self.units.clone())
    }
}

impl<'t> Checker<'t> {
    pub(crate) fn new(texts: &'t SourceTexts, parsed: Rc<ParsedTexts>) -> Self {
        Self {
            texts,
            parsed,
            globals: HashMap::new(),
            sources: Vec::new(),
            states: Vec::new(),
            definitions: Vec::new(),
            inputs: Vec::new(),
            faults: Vec::new(),
            frames: Vec::new(),
            not_null: Vec::new(),
            text: TextId(0),
            depth: 0,
            inlining: Vec::new(),
            inlined: 0,
            checking: Vec::new(),
            first_criterion: 0,
            hidden_criteria: HashMap::new(),
            twice: HashMap::new(),
            untyped: Vec::new(),
            absences: HashMap::new(),
            next_local: 0,
        }
    }

    /// A place in the text that is checked.
    pub(crate) fn place(&self, span: Span) -> Place {
        Place { text: self.text, span }
    }

    /// What is written at a place.
    /// Why a value that is read from a parameter may be null, in words.
    pub(crate) fn absence(&self, expr: &Expr) -> Option<&str> {
        match &expr.kind {
            ExprKind::Field { context: inner, .. } | ExprKind::Required(inner) => self.absence(inner),
            ExprKind::Input(id) => match &self.inputs.get(id.0)?.argument {
                Argument::Parameter(name) => self.absences.get(name).map(String::as_str),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn written(&self, place: Place) -> Option<&'t str> {
        self.texts.0.get(place.text.0)?.text.get(place.span.start..place.span.end)
    }

    /// Tells a fault. It gives `None`, for the value that isn't there.
    pub(crate) fn fault<T>(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        let help: String = help.into();
        let fault =
            ExpressionError { place, message: message.into(), help: Some(help).filter(|help| !help.is_empty()) };
        // The body of a function is checked at each of its calls.
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
        None
    }

    /// A number for a local that no other has.
    pub(crate) fn new_local(&mut self) -> LocalId {
        self.next_local += 1;
        LocalId(self.next_local - 1)
    }

    /// A new local of the type and units of a value.
    pub(crate) fn bind(&mut self, value: &Checked) -> Bound {
        Bound { local: self.new_local(), ty: value.expr.ty.clone(), units: value.units.clone() }
    }

    /// Checks within a frame.
    pub(crate) fn within<T>(&mut self, frame: Frame, check: impl FnOnce(&mut Self) -> T) -> T {
        self.frames.push(frame);
        let checked = check(self);
        self.frames.pop();
        checked
    }

    /// Checks where these aren't null.
    pub(crate) fn knowing<T>(&mut self, not_null: Vec<Path>, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.not_null.len();
        self.not_null.extend(not_null);
        let checked = check(self);
        self.not_null.truncate(before);
        checked
    }

    /// Checks another text, in which nothing of this one is bound.
    pub(crate) fn in_text<T>(&mut self, text: TextId, check: impl FnOnce(&mut Self) -> T) -> T {
        let text = std::mem::replace(&mut self.text, text);
        let frames = std::mem::take(&mut self.frames);
        let not_null = std::mem::take(&mut self.not_null);
        let checked = check(self);
        (self.text, self.frames, self.not_null) = (text, frames, not_null);
        checked
    }

    /// The input of an argument, which is read from now on.
    pub(crate) fn read_input(&mut self, argument: &Argument, ty: &Type) -> InputId {
        let known = self.inputs.iter().position(|input| input.argument == *argument);
        InputId(known.unwrap_or_else(|| {
            self.inputs.push(Input { argument: argument.clone(), ty: ty.clone() });
            self.inputs.len() - 1
        }))
    }

    /// The value that a name is bound to around the expression, and whether nothing further out can be.
    pub(crate) fn bound(&self, name: &str, place: Place) -> Option<Checked> {
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Names(names) => {
                    if let Some((_, bound)) = names.iter().rev().find(|(known, _)| known == name) {
                        return Some(bound.read(place));
                    }
                }
                Frame::Item(item) => {
                    if let Some(field) = field_of(item.read(place), name, place) {
                        return Some(field);
                    }
                    if name == "item" {
                        return Some(item.read(place));
                    }
                }
                Frame::Tested(tested) if name == "?" => return Some(tested.read(place)),
                Frame::Tested(_) => {}
                Frame::Barrier => return None,
            }
        }
        None
    }

    /// Tells that nothing has this name, with the nearest that there is.
    pub(crate) fn unknown_name<T>(&mut self, name: &str, place: Place) -> Option<T> {
        if let Some((_, reason)) = self.untyped.iter().find(|(known, _)| known == name) {
            let (message, help) = match reason {
                UnknownTypeError::NoValue => (
                    format!("the parameter `{name}` has no value yet, so that nothing says what it is"),
                    "give it its `unit`, if it is a number, or a value that holds from a day in the future",
                ),
                UnknownTypeError::Mixed => (
                    format!("the values of the parameter `{name}` are of several kinds"),
                    "give all of them the same kind",
                ),
            };
            return self.fault(place, message, help);
        }
        let mut known: Vec<String> = self.globals.keys().cloned().collect();
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Names(names) => known.extend(names.iter().map(|(name, _)| name.clone())),
                Frame::Item(item) => known.extend(field_names(&item.ty).map(str::to_owned)),
                Frame::Tested(_) => {}
                Frame::Barrier => break,
            }
        }
        known.sort_unstable();
        known.dedup();
        let help = nearest(name, known.iter().map(String::as_str), "here you can name");
        self.fault(place, format!("nothing has the name `{name}`"), help)
    }
}

/// The names of the fields of a context.
pub(crate) fn field_names(ty: &Type) -> impl Iterator<Item = &str> {
    let fields: &[(String, Type)] = if let crate::types::TypeKind::Context(fields) = &ty.kind { fields } else { &[] };
    fields.iter().map(|(name, _)| name.as_str())
}

/// A field of a context, which is null if the context is; `None` if it has no such field.
pub(crate) fn field_of(context: Checked, name: &str, place: Place) -> Option<Checked> {
    let crate::types::TypeKind::Context(fields) = context.kind() else { return None };
    let index = fields.iter().position(|(known, _)| known == name)?;
    let (_, ty) = fields.get(index)?;
    let ty = if context.expr.ty.nullable { ty.clone().or_null() } else { ty.clone() };
    let units = context.units.field(index);
    let expr = ExprKind::Field { context: Box::new(context.expr), index };
    Some(Checked::new(expr, ty, place).with_units(units))
}

/// The tree of a value with a name within another.
pub(crate) fn with_local(local: LocalId, value: Expr, body: Expr) -> Expr {
    let (ty, place) = (body.ty.clone(), body.place);
    Expr { kind: ExprKind::Let { local, value: Box::new(value), body: Box::new(body) }, ty, place }
}
