//! Where a rule would answer otherwise than the model, and what of the model no rule states. The first is refused,
//! the second told.

use std::collections::HashMap;

use super::constants::{Constants, constants_of, passes};
use crate::dmn::elaborate::guards::is_unsettled_without_row;
use crate::dmn::filled::{called, filled_by, is_filled};
use crate::dmn::model::{ElementPlace, ModelTexts};
use crate::dmn::parse::TextParser;
use crate::dmn::place::SourcePlace;
use crate::dmn::refusal::RefusalError;
use crate::dmn::types::{Constraint, Types};
use crate::source_text::{Span, TextId};
use crate::syntax::ast::{Expr, ExprKind, Table, Test, TestKind, TypeName, TypeNameKind};
use crate::syntax::print_expression;
use crate::syntax::walk::each_child;
use crate::tree::{Aggregation, HitPolicy};

/// A value that DMN asks to be one of some, which is told to the rule as a fact.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AskedOfFact {
    /// The expression that names the input, or its part.
    pub(super) value: Expr,
    /// The texts of the tests.
    pub(super) tests: Vec<TextId>,
}

/// What is found in the trees of one element.
pub(super) struct Differences<'d> {
    pub(super) texts: &'d ModelTexts,
    pub(super) types: &'d Types<'d>,
    pub(super) parser: &'d TextParser<'d>,
    pub(super) model: usize,
    /// The constants that the values of names can be.
    pub(super) constants: &'d HashMap<String, Constants>,
    /// Whether a name is an input.
    pub(super) is_input: &'d dyn Fn(&str) -> bool,
    pub(super) place: &'d ElementPlace,
    pub(super) refusals: Vec<RefusalError>,
    pub(super) asked: Vec<AskedOfFact>,
    /// The element has a table within an expression, whose rows a rule reads in order.
    pub(super) has_inner_table: bool,
    /// The lists that aren't empty where the current tree stands, as they are printed.
    filled: Vec<String>,
    text: Option<TextId>,
}

impl<'d> Differences<'d> {
    pub(super) fn new(
        texts: &'d ModelTexts,
        types: &'d Types<'d>,
        parser: &'d TextParser<'d>,
        model: usize,
        constants: &'d HashMap<String, Constants>,
        is_input: &'d dyn Fn(&str) -> bool,
        place: &'d ElementPlace,
    ) -> Self {
        Self {
            texts,
            types,
            parser,
            model,
            constants,
            is_input,
            place,
            refusals: Vec::new(),
            asked: Vec::new(),
            has_inner_table: false,
            filled: Vec::new(),
            text: None,
        }
    }

    /// Finds what differs in the logic of an element, which may itself be a table.
    pub(super) fn find(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Table(table) => {
                self.table(table);
                each_child(expr, &mut |child| self.visit(child));
            }
            ExprKind::OfType { .. } => {
                self.of_type(expr);
                if let ExprKind::OfType { value, .. } = &mut expr.kind {
                    self.find(value);
                }
            }
            _ => self.visit(expr),
        }
    }

    /// Asks that a value is of a type of the model.
    pub(super) fn ask_type(&mut self, value: &Expr, type_ref: Option<&str>) {
        let named = type_ref.and_then(|name| self.types.named(self.model, name).ok());
        let tests = named.map(|named| tests_of(&named.constraint)).unwrap_or_default();
        self.ask(value, &tests);
    }

    fn visit(&mut self, expr: &mut Expr) {
        let outer = self.text;
        match &mut expr.kind {
            ExprKind::Within { text, expr: _ } => self.text = Some(*text),
            ExprKind::Call { .. } | ExprKind::CallByName { .. } => self.call(expr),
            ExprKind::Table(table) => self.has_inner_table |= table.rows.len() > 1 && table.hit != HitPolicy::First,
            ExprKind::OfType { .. } => self.of_type(expr),
            ExprKind::Function { parameters, body: _ } => {
                let typed: Vec<(String, String)> =
                    parameters.iter().filter_map(|(name, of)| typed(&name.text, of)).collect();
                for (name, of) in typed {
                    let value = Expr { kind: ExprKind::Name(name), span: expr.span };
                    self.ask_type(&value, Some(&of));
                }
            }
            ExprKind::If { condition, then, otherwise } => {
                self.visit(condition);
                let (when, unless) = filled_by(condition);
                for (way, list) in [(then, when), (otherwise, unless)] {
                    let known = self.filled.len();
                    self.filled.extend(list);
                    self.visit(way);
                    self.filled.truncate(known);
                }
                return;
            }
            _ => {}
        }
        each_child(expr, &mut |child| self.visit(child));
        self.text = outer;
    }

    fn of_type(&mut self, expr: &Expr) {
        let ExprKind::OfType { value, of, allowed } = &expr.kind else { return };
        let named = of.as_ref().and_then(|of| typed("", &Some(of.clone())));
        self.ask_type(value, named.as_ref().map(|(_, of)| of.as_str()));
        let texts: Vec<TextId> = allowed.iter().filter_map(text_of_test).collect();
        self.ask(value, &texts);
    }

    /// What a value has to be by some tests: of a fact it is told, of constants it is decided, else it is refused.
    fn ask(&mut self, value: &Expr, tests: &[TextId]) {
        if tests.is_empty() {
            return;
        }
        if self.is_fact(value) {
            self.asked.push(AskedOfFact { value: value.clone(), tests: tests.to_vec() });
            return;
        }
        let parsed: Vec<Option<Vec<Test>>> = tests.iter().map(|text| self.parser.tests(*text, &[]).ok()).collect();
        let constants = constants_of(value, self.constants);
        let fits = |constant: &Expr| {
            parsed.iter().all(|tests| tests.as_ref().is_some_and(|tests| passes(constant, tests) == Some(true)))
        };
        if constants.is_some_and(|constants| constants.iter().all(fits)) {
            return;
        }
        let Some(text) = tests.first() else { return };
        // Values of a type are told with the element that asks for it, and where the type stands.
        let (tested, at) = (self.texts.elements.get(text.0), SourcePlace::of(self.texts, *text, Span::default()));
        let is_own = tested.is_some_and(|tested| tested.starts_with(&self.place.element));
        let written = self.texts.sources.get(text.0).map(|source| source.text.trim()).unwrap_or_default();
        let reason = format!(
            "DMN gives null for a value that isn't one of `{written}`, and it isn't certain here that every value is; a \
             rule doesn't ask for it"
        );
        let help = "leave the allowed values out, state them of an input, or decide by them in a rule of a table";
        let of_type = at.refuse(reason);
        let refusal = match is_own {
            true => of_type,
            false => {
                let RefusalError { line, element, reason, .. } = of_type;
                self.place.refuse(format!("{reason} ({element}, line {line})"))
            }
        };
        self.refusals.push(RefusalError { help: Some(help.to_owned()), ..refusal });
    }

    fn is_fact(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Within { text: _, expr } | ExprKind::OfType { value: expr, .. } => self.is_fact(expr),
            ExprKind::Name(name) => (self.is_input)(name),
            ExprKind::Member { context, name: _ } => self.is_fact(context),
            _ => false,
        }
    }

    /// A table: what DMN gives without a row that matches.
    fn table(&mut self, table: &Table) {
        let always =
            table.rows.iter().any(|row| row.conditions.iter().all(|(_, tests)| super::rename::pass_all(tests)));
        let is_sum = table.hit == HitPolicy::Collect(Some(Aggregation::Sum));
        let (reason, help) = match (is_unsettled_without_row(table.hit, table.default.is_some()), is_sum) {
            (true, _) if table.default.is_some() => {
                ("implementations of DMN differ on a default among several outputs", "leave defaultOutputEntry out")
            }
            (true, _) => (
                "implementations of DMN differ on the count of no rows",
                "write a rule whose entries are all `-`, or count the items of a list",
            ),
            (false, true) if table.default.is_none() => {
                ("without a rule that matches DMN gives null, and a rule of law 0", "write 0 as defaultOutputEntry")
            }
            (false, _) => return,
        };
        if !always || table.default.is_some() {
            self.refusals.push(RefusalError { help: Some(help.to_owned()), ..self.place.refuse(reason) });
        }
    }

    /// `sum` of a list that may be empty.
    fn call(&mut self, expr: &Expr) {
        let Some(("sum", arguments)) = called(expr) else { return };
        let [list] = arguments.as_slice() else { return };
        if is_filled(list, &self.filled) {
            return;
        }
        let refuse = |reason: String| match self.text {
            Some(text) => SourcePlace::of(self.texts, text, expr.span).refuse(reason),
            None => self.place.refuse(reason),
        };
        let list = print_expression(list);
        let help = format!("write `sum(append({list}, 0))`, which is 0 without an item in both");
        let reason = format!("the sum of no items is null in DMN and 0 in a rule, and `{list}` may have none");
        self.refusals.push(RefusalError { help: Some(help), ..refuse(reason) });
    }
}

fn typed(name: &str, of: &Option<TypeName>) -> Option<(String, String)> {
    match of {
        Some(TypeName { kind: TypeNameKind::Named(of), .. }) => Some((name.to_owned(), of.clone())),
        Some(_) | None => None,
    }
}

/// The texts of all tests of a constraint.
pub(super) fn tests_of(constraint: &Constraint) -> Vec<TextId> {
    let items = constraint.item.as_deref().map(tests_of).unwrap_or_default();
    let fields = constraint.fields.iter().flat_map(|(_, constraint)| tests_of(constraint));
    constraint.tests.iter().copied().chain(items).chain(fields).collect()
}

/// The text of the allowed values that a model writes.
fn text_of_test(test: &Test) -> Option<TextId> {
    match &test.kind {
        TestKind::Expr(Expr { kind: ExprKind::Within { text, .. }, .. }) => Some(*text),
        TestKind::Expr(_) | TestKind::Any | TestKind::Not(_) | TestKind::Compare { .. } => None,
    }
}
