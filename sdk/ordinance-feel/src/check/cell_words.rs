//! Words without quotes in the cells of decision tables: the words of a choice that a column tests, and names of
//! something else where a word was meant.

use std::borrow::Cow;

use super::checked::Checked;
use super::checker::Checker;
use super::names::nearest;
use crate::source_text::Place;
use crate::syntax::ast::{Expr, ExprKind, Test, TestKind};
use crate::syntax::quoted;
use crate::types::{Type, TypeKind};

/// The tests of a cell in a column of a type. A word of the choice that it tests is that word, also if a fact, a
/// parameter or a defined value has the same name, so that a name more doesn't change what a cell means.
pub(crate) fn with_words<'t>(tests: &'t [Test], tested: &Type) -> Cow<'t, [Test]> {
    let TypeKind::Choice(words) = &tested.kind else { return Cow::Borrowed(tests) };
    let has_name = tests.iter().any(|test| has_word(test, words));
    if !has_name {
        return Cow::Borrowed(tests);
    }
    let mut tests = tests.to_vec();
    tests.iter_mut().for_each(|test| quote_test(test, words));
    Cow::Owned(tests)
}

fn has_word(test: &Test, words: &[String]) -> bool {
    match &test.kind {
        TestKind::Any => false,
        TestKind::Not(tests) => tests.iter().any(|test| has_word(test, words)),
        TestKind::Compare { end: expr, .. } | TestKind::Expr(expr) => match &expr.kind {
            ExprKind::List(items) => items.iter().any(|item| is_word(item, words)),
            _ => is_word(expr, words),
        },
    }
}

fn is_word(expr: &Expr, words: &[String]) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if words.contains(name))
}

fn quote_test(test: &mut Test, words: &[String]) {
    match &mut test.kind {
        TestKind::Any => {}
        TestKind::Not(tests) => tests.iter_mut().for_each(|test| quote_test(test, words)),
        TestKind::Compare { end: expr, .. } | TestKind::Expr(expr) => match &mut expr.kind {
            ExprKind::List(items) => items.iter_mut().for_each(|item| quote(item, words)),
            _ => quote(expr, words),
        },
    }
}

fn quote(expr: &mut Expr, words: &[String]) {
    if let ExprKind::Name(name) = &mut expr.kind
        && words.contains(name)
    {
        expr.kind = ExprKind::Text(std::mem::take(name));
    }
}

/// Whether a value is a text or a word.
fn is_text(ty: &Type) -> bool {
    matches!(ty.kind, TypeKind::Text | TypeKind::Choice(_))
}

/// Whether a value can't be compared with texts.
fn is_no_text(ty: &Type) -> bool {
    !matches!(
        ty.kind,
        TypeKind::Text
            | TypeKind::Choice(_)
            | TypeKind::Null
            | TypeKind::Any
            | TypeKind::List { .. }
            | TypeKind::Range(_)
    )
}

impl Checker<'_> {
    /// Tells a name that nothing has where a word of a choice is tested, with the words.
    pub(crate) fn check_word(&mut self, tested: &Type, expr: &Expr, place: Place) -> Option<()> {
        let (TypeKind::Choice(words), ExprKind::Name(name)) = (&tested.kind, &expr.kind) else { return Some(()) };
        if self.globals.contains_key(name) || self.twice.contains_key(name) || self.bound(name, place).is_some() {
            return Some(());
        }
        let help = nearest(name, words.iter().map(String::as_str), "the words are");
        self.fault(place, format!("`{name}` is none of the words that it can be, and nothing has this name"), help)
    }

    /// Tells a name in a cell that tests a text, if what has the name is no text: a word without quotes was meant.
    pub(crate) fn no_word_in_test(&mut self, tested: &Type, end: &Checked) -> Option<()> {
        if !is_text(tested) || !is_no_text(&end.expr.ty) {
            return Some(());
        }
        let place = end.expr.place;
        let Some(name) = self.bare_name(place) else { return Some(()) };
        self.name_for_word(&name, &end.expr.ty, place)
    }

    /// Tells such a name among the outputs of a column, some of which are texts.
    pub(crate) fn no_word(&mut self, cells: &[&Checked]) -> Option<()> {
        if !cells.iter().any(|cell| is_text(&cell.expr.ty)) {
            return Some(());
        }
        for cell in cells.iter().filter(|cell| is_no_text(&cell.expr.ty)) {
            if let Some(name) = self.bare_name(cell.expr.place) {
                return self.name_for_word(&name, &cell.expr.ty, cell.expr.place);
            }
        }
        Some(())
    }

    /// The name that is written at a place, if it is nothing but one.
    fn bare_name(&self, place: Place) -> Option<String> {
        let written = self.written(place)?.trim();
        self.globals.contains_key(written).then(|| written.to_owned())
    }

    fn name_for_word<T>(&mut self, name: &str, ty: &Type, place: Place) -> Option<T> {
        let kind = self.globals.get(name).map_or("a name", |global| self.kind_of(global));
        let message = format!("`{name}` is {kind} here: {ty}, and no text");
        self.fault(place, message, format!("put the word in quotes if it is meant: `{}`", quoted(name)))
    }
}
