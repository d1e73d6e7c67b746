//! What things are called: facts, parameters and values by their titles, variables by what they go through.

use super::catalogue::Language;
use super::phrase::Phrase;
use crate::syntax::ast::{Expr, ExprKind, Iteration, IterationDomain};

/// The titles of what an expression names. Names are those of expressions, in `snake_case`; a part of a record or of
/// the records of a list has a path, such as `members.age`.
pub trait Titles {
    /// What a name or a path is called, if anything. A name may stand after its kind: `criteria.low_income`,
    /// `facts.low_income`, `parameters.low_income`.
    fn title(&self, name: &str, language: Language) -> Option<String>;

    /// What is shown beside the title of a parameter: its value, such as `80 (from 2026-01-01)`.
    fn value_text(&self, name: &str, language: Language) -> Option<String>;

    /// What a word of a choice is called, of the fact, parameter or part of that name.
    fn word(&self, of: &str, word: &str, language: Language) -> Option<String>;

    /// Whether a name is a day or a moment, so that it is before and after another instead of less and more.
    fn is_day(&self, name: &str) -> bool;
}

/// Says expressions in a language.
pub(super) struct Writer<'t> {
    pub(super) titles: &'t dyn Titles,
    pub(super) language: Language,
    /// The variables around the current place, the innermost last.
    bound: Vec<Bound>,
    /// The paths of the lists whose filters are around the current place.
    filtered: Vec<Option<String>>,
}

/// A variable, or `?` in a cell.
struct Bound {
    name: String,
    /// How it is called.
    words: String,
    /// The path of the list whose items it is.
    path: Option<String>,
}

impl<'t> Writer<'t> {
    pub(super) fn new(titles: &'t dyn Titles, language: Language) -> Self {
        Self { titles, language, bound: Vec::new(), filtered: Vec::new() }
    }

    pub(super) fn say(&self, phrase: Phrase, parts: &[&str]) -> String {
        self.language.say(phrase, parts)
    }

    /// Something said while a name stands for other words.
    pub(super) fn with_bound<T>(
        &mut self,
        name: &str,
        words: String,
        path: Option<String>,
        say: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.bound.push(Bound { name: name.to_owned(), words, path });
        let said = say(self);
        self.bound.pop();
        said
    }

    /// Something said of the items of a list, whose parts have their bare names.
    pub(super) fn within_filter<T>(&mut self, list: &Expr, say: impl FnOnce(&mut Self) -> T) -> T {
        let path = self.path_of(list);
        self.filtered.push(path.clone());
        let words = self.say(Phrase::TheItem, &[]);
        let said = self.with_bound("item", words, path, say);
        self.filtered.pop();
        said
    }

    /// Something said of what variables go through, from the phrases for each of them.
    pub(super) fn over<T>(&mut self, iterations: &[Iteration], say: impl FnOnce(&mut Self, &str) -> T) -> T {
        let outer = self.bound.len();
        let named = outer > 0 || iterations.len() > 1;
        let mut every: Option<String> = None;
        for iteration in iterations {
            let variable = iteration.variable.text.replace('_', " ");
            let (phrase, words, path) = match &iteration.domain {
                IterationDomain::Steps { from, to } => {
                    let (low, high) = (self.part(from), self.part(to));
                    (self.say(Phrase::OneStep, &[&variable, &low, &high]), variable, None)
                }
                IterationDomain::List(list) if named => {
                    let items = self.whole(list);
                    (self.say(Phrase::OneItemNamed, &[&items, &variable]), variable, self.path_of(list))
                }
                IterationDomain::List(list) => {
                    let items = self.whole(list);
                    (self.say(Phrase::OneItem, &[&items]), self.say(Phrase::TheItem, &[]), self.path_of(list))
                }
            };
            every = Some(every.map_or(phrase.clone(), |every| self.say(Phrase::LastAnd, &[&every, &phrase])));
            self.bound.push(Bound { name: iteration.variable.text.clone(), words, path });
        }
        let said = say(self, &every.unwrap_or_default());
        self.bound.truncate(outer);
        said
    }

    /// The words for a name.
    pub(super) fn name(&self, name: &str) -> String {
        if let Some(bound) = self.bound_to(name) {
            return bound.words.clone();
        }
        let path = self.qualified(name);
        let title = self.titles.title(&path, self.language).or_else(|| self.titles.title(name, self.language));
        let title = title.unwrap_or_else(|| self.title_of_host(name));
        match self.titles.value_text(&path, self.language) {
            Some(value) => self.say(Phrase::WithValue, &[&title, &value]),
            None => title,
        }
    }

    /// The words for a value without what is shown beside the title of a parameter: whether it has a value on the day
    /// of a case isn't said by the values that it has on others.
    pub(super) fn title_or_value(&mut self, expression: &Expr) -> String {
        let title = match &expression.kind {
            ExprKind::Name(name) if self.bound_to(name).is_none() => self.titles.title(name, self.language),
            _ => None,
        };
        title.unwrap_or_else(|| self.value(expression))
    }

    fn title_of_host(&self, name: &str) -> String {
        match name {
            "as_of" => self.say(Phrase::AsOf, &[]),
            "jurisdiction" => self.say(Phrase::Jurisdiction, &[]),
            "inherited" => self.say(Phrase::Inherited, &[]),
            "?" => self.say(Phrase::ThisValue, &[]),
            _ => name.replace('_', " "),
        }
    }

    /// The words for a part of something.
    pub(super) fn member(&mut self, context: &Expr, part: &str) -> String {
        if let ExprKind::Name(kind) = &context.kind
            && is_kind(context)
        {
            return self.name_of_kind(kind, part);
        }
        let path = self.path_of(context).map(|path| format!("{path}.{part}"));
        let title = path.and_then(|path| self.titles.title(&path, self.language));
        let title = title.or_else(|| self.language.property(part).map(str::to_owned));
        let title = title.or_else(|| self.titles.title(part, self.language)).unwrap_or_else(|| part.replace('_', " "));
        let whole = self.owner(context);
        self.say(Phrase::Of, &[&title, &whole])
    }

    /// The words for a thing that is named with its kind, which things of other kinds may share their name with.
    fn name_of_kind(&self, kind: &str, name: &str) -> String {
        let Some(title) = self.titles.title(&format!("{kind}.{name}"), self.language) else { return self.name(name) };
        match self.titles.value_text(name, self.language).filter(|_| kind == "parameters") {
            Some(value) => self.say(Phrase::WithValue, &[&title, &value]),
            None => title,
        }
    }

    fn bound_to(&self, name: &str) -> Option<&Bound> {
        self.bound.iter().rev().find(|bound| bound.name == name)
    }

    /// A name with the path of the list whose filter it stands in, if the list has such a part.
    fn qualified(&self, name: &str) -> String {
        let paths = self.filtered.iter().rev().flatten().map(|path| format!("{path}.{name}"));
        let known = paths.into_iter().find(|path| self.titles.title(path, self.language).is_some());
        known.unwrap_or_else(|| name.to_owned())
    }

    /// The path by which the titles know what an expression gives, or its items.
    pub(super) fn path_of(&self, expression: &Expr) -> Option<String> {
        match &expression.kind {
            ExprKind::Name(name) => match self.bound_to(name) {
                Some(bound) => bound.path.clone(),
                None => Some(self.qualified(name)),
            },
            ExprKind::Member { context, name } if is_kind(context) => Some(name.text.clone()),
            ExprKind::Member { context, name } => Some(format!("{}.{}", self.path_of(context)?, name.text)),
            ExprKind::Filter { list, .. } => self.path_of(list),
            ExprKind::Call { arguments, .. } => arguments.first().and_then(|first| self.path_of(first)),
            ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Temporal(_)
            | ExprKind::Negate(_)
            | ExprKind::Binary { .. }
            | ExprKind::Between { .. }
            | ExprKind::In { .. }
            | ExprKind::InstanceOf { .. }
            | ExprKind::If { .. }
            | ExprKind::For { .. }
            | ExprKind::Quantified { .. }
            | ExprKind::Function { .. }
            | ExprKind::CallByName { .. }
            | ExprKind::List(_)
            | ExprKind::Context(_)
            | ExprKind::Range(_)
            | ExprKind::UnaryRange { .. }
            | ExprKind::Within { .. }
            | ExprKind::Table(_)
            | ExprKind::OfType { .. }
            | ExprKind::Let { .. }
            | ExprKind::Seeing { .. } => None,
        }
    }

    /// Whether an expression is certainly a day or a moment.
    pub(super) fn is_day(&self, expression: &Expr) -> bool {
        match &expression.kind {
            ExprKind::Temporal(text) => !text.trim_start_matches('-').starts_with('P'),
            ExprKind::Name(name) if name == "as_of" => true,
            ExprKind::Name(_) | ExprKind::Member { .. } => {
                self.path_of(expression).is_some_and(|path| self.titles.is_day(&path))
            }
            ExprKind::Call { function, .. } => {
                matches!(&function.kind, ExprKind::Name(name) if matches!(name.as_str(), "date" | "date and time" | "time"))
            }
            ExprKind::Binary { left, right, .. } => self.is_day(left) != self.is_day(right),
            ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Negate(_)
            | ExprKind::Between { .. }
            | ExprKind::In { .. }
            | ExprKind::InstanceOf { .. }
            | ExprKind::If { .. }
            | ExprKind::For { .. }
            | ExprKind::Quantified { .. }
            | ExprKind::Function { .. }
            | ExprKind::CallByName { .. }
            | ExprKind::List(_)
            | ExprKind::Context(_)
            | ExprKind::Range(_)
            | ExprKind::Filter { .. }
            | ExprKind::UnaryRange { .. }
            | ExprKind::Within { .. }
            | ExprKind::Table(_)
            | ExprKind::OfType { .. }
            | ExprKind::Let { .. }
            | ExprKind::Seeing { .. } => false,
        }
    }
}

/// Whether an expression names a kind of things, as in `facts.age`.
fn is_kind(expression: &Expr) -> bool {
    matches!(&expression.kind, ExprKind::Name(name) if matches!(name.as_str(), "facts" | "parameters" | "criteria"))
}
