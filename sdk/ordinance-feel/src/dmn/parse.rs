//! Parses the texts of models, each with the names that it may use.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::model::{Boxed, BoxedKind, ItemDefinition, ItemKind, Model, ModelTexts};
use super::place::SourcePlace;
use super::refusal::RefusalError;
use crate::source_text::TextId;
use crate::syntax::ast::{Expr, Test};
use crate::syntax::{Scope, SyntaxError, parse_expression, parse_tests};

/// What parses texts.
pub(super) struct TextParser<'a> {
    texts: &'a ModelTexts,
    /// The names that may stand after a point.
    members: Vec<String>,
    types: Vec<String>,
    /// The scope of the names that were asked for last: the cells of a table all have the same.
    last: RefCell<Option<(Vec<String>, Rc<Scope>)>>,
}

impl<'a> TextParser<'a> {
    pub(super) fn new(texts: &'a ModelTexts, models: &[Model]) -> Self {
        let mut members = BTreeSet::new();
        let mut types = BTreeSet::new();
        for model in models {
            model.items.iter().for_each(|item| collect_item(item, &mut members));
            let decisions = model.decisions.iter().filter_map(|decision| decision.logic.as_ref().ok());
            let functions = model.knowledge.iter().filter_map(|knowledge| knowledge.function.as_ref().ok());
            decisions.chain(functions.map(|function| &function.body)).for_each(|boxed| collect(boxed, &mut members));
            members.extend(model.decisions.iter().map(|decision| decision.variable.name.clone()));
            let defined: Vec<&str> = model.items.iter().map(|item| item.name.as_str()).collect();
            types.extend(defined.iter().map(|name| (*name).to_owned()));
            for import in models.iter().flat_map(|other| &other.imports) {
                if import.namespace == model.namespace {
                    types.extend(defined.iter().map(|name| format!("{}.{name}", import.name)));
                }
            }
        }
        let (members, types) = (members.into_iter().collect(), types.into_iter().collect());
        Self { texts, members, types, last: RefCell::new(None) }
    }

    /// The names that may stand after a point.
    pub(super) fn members(&self) -> &[String] {
        &self.members
    }

    /// The tree of an expression.
    pub(super) fn expression(&self, text: TextId, names: &[String]) -> Result<Expr, RefusalError> {
        parse_expression(&escaped(self.text(text)), &self.scope(names)).map_err(|errors| self.refusal(text, errors))
    }

    /// The unary tests of a text.
    pub(super) fn tests(&self, text: TextId, names: &[String]) -> Result<Vec<Test>, RefusalError> {
        parse_tests(&escaped(self.text(text)), &self.scope(names)).map_err(|errors| self.refusal(text, errors))
    }

    fn text(&self, text: TextId) -> &'a str {
        self.texts.sources.get(text.0).map(|source| source.text.as_str()).unwrap_or_default()
    }

    fn scope(&self, names: &[String]) -> Rc<Scope> {
        let mut last = self.last.borrow_mut();
        if let Some((known, scope)) = &*last
            && known == names
        {
            return Rc::clone(scope);
        }
        let scope = Scope::new(names.iter().map(String::as_str))
            .with_members(self.members.iter().map(String::as_str))
            .with_types(self.types.iter().map(String::as_str));
        let scope = Rc::new(scope);
        *last = Some((names.to_vec(), Rc::clone(&scope)));
        scope
    }

    fn refusal(&self, text: TextId, errors: Vec<SyntaxError>) -> RefusalError {
        let error = errors.into_iter().next();
        let (span, reason, help) = match error {
            Some(error) => (error.span, error.message, error.help),
            None => (crate::source_text::Span::default(), "the expression can't be read".to_owned(), None),
        };
        RefusalError { help, ..SourcePlace::of(self.texts, text, span).refuse(reason) }
    }
}

/// The text with two backslashes for one that begins no escape: in DMN it stands for itself, as in the regular
/// expression `\\d`, and the parser for authors of rules says to double it.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        escaped.push(character);
        if character != '\\' {
            continue;
        }
        match characters.peek() {
            Some('\'' | '"' | '\\' | 'n' | 'r' | 't' | 'u' | 'U') => escaped.extend(characters.next()),
            Some(_) | None => escaped.push('\\'),
        }
    }
    Cow::Owned(escaped)
}

fn collect_item(item: &ItemDefinition, members: &mut BTreeSet<String>) {
    match &item.kind {
        ItemKind::Components(components) => {
            for component in components {
                members.insert(component.name.clone());
                collect_item(component, members);
            }
        }
        ItemKind::Simple(_) | ItemKind::Function { .. } | ItemKind::Any => {}
    }
}

/// Collects the names of the parts that a boxed expression makes.
fn collect(boxed: &Boxed, members: &mut BTreeSet<String>) {
    match &boxed.kind {
        BoxedKind::Literal(_) => {}
        BoxedKind::Context { entries, result } => {
            for (variable, value) in entries {
                members.insert(variable.name.clone());
                collect(value, members);
            }
            result.iter().for_each(|result| collect(result, members));
        }
        BoxedKind::Table(table) => members.extend(table.outputs.iter().filter_map(|output| output.name.clone())),
        BoxedKind::Invocation { function, bindings } => {
            collect(function, members);
            bindings.iter().filter_map(|(_, value)| value.as_ref()).for_each(|value| collect(value, members));
        }
        BoxedKind::Function(function) => collect(&function.body, members),
        BoxedKind::Relation { columns, rows } => {
            members.extend(columns.iter().map(|column| column.name.clone()));
            rows.iter().flatten().for_each(|cell| collect(cell, members));
        }
        BoxedKind::List(items) => items.iter().for_each(|item| collect(item, members)),
        BoxedKind::Conditional { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|part| collect(part, members));
        }
        BoxedKind::Filter { list, condition: part }
        | BoxedKind::For { variable: _, list, result: part }
        | BoxedKind::Quantified { every: _, variable: _, list, condition: part } => {
            [list, part].into_iter().for_each(|part| collect(part, members));
        }
    }
}
