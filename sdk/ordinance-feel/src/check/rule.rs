//! The named values of a rule: what each name stands for, and in which order they are checked.

use std::collections::HashSet;
use std::rc::Rc;

use ordinance_domain::contract::Contract;
use ordinance_domain::manifest::Manifest;

use super::checked::{Checked, Units};
use super::checker::{Bound, Checker, Frame, Function, Global, Source, State, field_of};
use super::free_names::each_name;
use super::inputs::{fact_type, fact_units, inherited_type, parameter_type};
use super::joins::as_text;
use super::names::nearest;
use super::usage::{Usage, narrowed};
use crate::rule_text::{CriterionText, RuleText};
use crate::source_text::{Place, TextId};
use crate::syntax::ast;
use crate::tree::{Argument, Definition, Domain, ExprKind, Program};
use crate::types::{Type, TypeKind};

/// The longest chain of values each of which is needed by the one before.
const CHAIN_MAX: usize = 100;

impl<'t> Checker<'t> {
    /// Gives their meaning to all names of a rule of law.
    pub(crate) fn name_all(&mut self, rule: &'t RuleText, contract: &Contract, manifests: &[&Manifest]) {
        let input = |argument, ty, units| Global::Input { argument, ty, units };
        for fact in &contract.facts {
            let argument = Argument::Fact(fact.name.to_string());
            self.globals.insert(fact.name.to_string(), input(argument, fact_type(&fact.fact_type), fact_units(fact)));
        }
        let (ty, units) = inherited_type(contract);
        self.globals.insert("inherited".to_owned(), input(Argument::Inherited, ty, units));
        self.globals.insert("as_of".to_owned(), input(Argument::AsOf, TypeKind::Date.into(), Units::Plain));
        let jurisdiction = input(Argument::Jurisdiction, TypeKind::Text.into(), Units::Plain);
        self.globals.insert("jurisdiction".to_owned(), jurisdiction);
        for parameter in manifests.first().iter().flat_map(|manifest| &manifest.parameters) {
            let name = parameter.name.to_string();
            match parameter_type(parameter, manifests) {
                Ok((ty, units)) => {
                    let parameter = input(Argument::Parameter(name.clone()), ty, units);
                    let is_free = !self.globals.contains_key(&name);
                    let names = if is_free { &mut self.globals } else { &mut self.twice };
                    names.insert(name, parameter);
                }
                Err(reason) => self.untyped.push((name, reason)),
            }
        }
        for (name, text) in &rule.defines {
            self.name_define(name, *text);
        }
        for table in &rule.tables {
            self.check_reserved(&table.name, table.place);
            self.name_source(Source::Table(table));
        }
        self.first_criterion = self.sources.len();
        for criterion in &rule.criteria {
            self.name_source(Source::Criterion(criterion));
        }
    }

    fn name_define(&mut self, name: &'t str, text: TextId) {
        self.check_reserved(name, text);
        let Some(expr) = self.parsed.expression(text) else {
            self.name_source(Source::Define { name, text });
            return;
        };
        let ast::ExprKind::Function { parameters, body } = &expr.kind else {
            self.name_source(Source::Define { name, text });
            return;
        };
        let body = Rc::new((**body).clone());
        let function = Function { name: name.to_owned(), text, parameters: parameters.clone(), body };
        if let Some(other) = self.globals.insert(name.to_owned(), Global::Function(Rc::new(function))) {
            let place = self.place_of(text);
            self.two_of_a_name(name, &other, place);
        }
    }

    fn name_source(&mut self, source: Source<'t>) {
        let index = self.sources.len();
        self.sources.push(source);
        self.states.push(State::Waiting);
        let name = source.name();
        let Some(other) = self.globals.get(&name).cloned() else {
            self.globals.insert(name, Global::Source(index));
            return;
        };
        // A criterion may have the name of a fact, a parameter or a defined value: alone it means that, and
        // `criteria.NAME` the criterion. Where the criterion is nothing but it, they are the same.
        if let Source::Criterion(criterion) = source
            && !matches!(other, Global::Source(index) if index >= self.first_criterion)
        {
            let is_that = |expr: &ast::Expr| matches!(&expr.kind, ast::ExprKind::Name(named) if *named == name);
            let is_same =
                criterion.each.is_none() && self.parsed.expression(criterion.when).is_some_and(|expr| is_that(&expr));
            if !is_same {
                self.hidden_criteria.insert(name, index);
            }
            return;
        }
        let place = self.place_of(source.text());
        self.two_of_a_name(&name, &other, place);
    }

    fn two_of_a_name(&mut self, name: &str, other: &Global, place: Place) {
        let kind = self.kind_of(other);
        self.fault::<()>(place, format!("`{name}` is already the name of {kind}"), "give one of the two another name");
    }

    /// What has a name, in words.
    pub(crate) fn kind_of(&self, global: &Global) -> &'static str {
        match global {
            Global::Input { argument: Argument::Fact(_), .. } => "a fact of the service's contract",
            Global::Input { argument: Argument::Parameter(_), .. } => "a parameter",
            Global::Input { .. } => "what every rule may name",
            Global::Function(_) => "a function of `[define]`",
            Global::Source(index) => match self.sources.get(*index) {
                Some(Source::Define { .. }) | None => "a value of `[define]`",
                Some(Source::Table(_)) => "a table",
                Some(Source::Criterion(_)) => "a criterion",
            },
        }
    }

    /// `criteria.NAME`, `facts.NAME`, `parameters.NAME`: what is meant, also if something else has the name.
    pub(crate) fn qualified(&mut self, kind: Qualifier, name: &ast::Name, place: Place) -> Option<Checked> {
        let text = &name.text;
        if kind == Qualifier::Criteria {
            let is_it = |source: &Source<'_>| source.name() == *text;
            if let Some(index) = self.sources.iter().skip(self.first_criterion).position(is_it) {
                return self.read_source(self.first_criterion + index, place);
            }
        }
        let found = self.twice.get(text).into_iter().chain(self.globals.get(text)).find(|global| kind.is_of(global));
        if let Some(Global::Input { argument, ty, units }) = found.cloned() {
            let input = self.read_input(&argument, &ty);
            let checked = Checked::new(ExprKind::Input(input), ty, place).with_units(units);
            return Some(self.known(checked));
        }
        if kind == Qualifier::Parameters && self.untyped.iter().any(|(known, _)| known == text) {
            return self.unknown_name(text, place);
        }
        let named = self.twice.iter().chain(&self.globals).filter(|(_, global)| kind.is_of(global));
        let mut known: Vec<String> = named.map(|(name, _)| name.clone()).collect();
        if kind == Qualifier::Criteria {
            known = self.sources.iter().skip(self.first_criterion).map(Source::name).collect();
        }
        known.sort_unstable();
        let (one, all) = kind.words();
        let help = nearest(text, known.iter().map(String::as_str), &format!("the {all} are"));
        self.fault(self.place(name.span), format!("there is no {one} `{text}`"), help)
    }

    /// The value of a named value.
    pub(crate) fn read_source(&mut self, index: usize, place: Place) -> Option<Checked> {
        let State::Checked { local, ty, units, is_lookup } = self.source(index, place) else { return None };
        Some(Checked { is_lookup, ..Checked::new(ExprKind::Local(local), ty, place).with_units(units) })
    }

    /// Tells a name of which nobody can say whether it means a criterion or something else that is true or false.
    pub(crate) fn unambiguous(&mut self, name: &str, checked: Checked) -> Option<Checked> {
        let hidden = self.hidden_criteria.get(name).filter(|index| !self.checking.contains(index));
        if hidden.is_none() || !matches!(checked.kind(), TypeKind::Boolean) {
            return Some(checked);
        }
        let message = format!("`{name}` is the name of a criterion and of something else that is true or false");
        let help =
            format!("write `criteria.{name}` for the criterion; to name the other one, give the criterion another id");
        self.fault(checked.expr.place, message, help)
    }

    /// Checks all named values, or those alone that are needed, each after those that it needs.
    pub(crate) fn check_sources(&mut self, needed: Option<&HashSet<String>>) {
        for index in self.order_of_sources() {
            let Some(source) = self.sources.get(index) else { continue };
            if needed.is_none_or(|needed| needed.contains(&source.name())) {
                let place = self.place_of(source.text());
                self.source(index, place);
            }
        }
    }

    /// Takes from the facts the parts that a program doesn't need.
    pub(crate) fn narrow_facts(&mut self, contract: &Contract, program: &Program, usage: &Usage) {
        for (index, input) in program.inputs.iter().enumerate() {
            let (Argument::Fact(name), Some(demand)) = (&input.argument, usage.inputs.get(&index)) else { continue };
            if let (Some(fact), Some(Global::Input { ty, units, .. })) =
                (contract.fact(name), self.globals.get_mut(name))
            {
                (*ty, *units) = narrowed(ty, units, &fact.fact_type, demand);
            }
        }
    }

    /// An order in which each value stands after those that its text names, as far as there is one. It saves the depth
    /// of the stack: a value that is needed before its turn is checked then.
    fn order_of_sources(&self) -> Vec<usize> {
        let count = self.sources.len();
        let (mut ordered, mut is_seen) = (Vec::new(), vec![false; count]);
        for first in 0..count {
            let mut open = vec![(first, false)];
            while let Some((index, is_left)) = open.pop() {
                if is_left {
                    ordered.push(index);
                    continue;
                }
                match is_seen.get_mut(index) {
                    Some(is_seen) if !*is_seen => *is_seen = true,
                    Some(_) | None => continue,
                }
                open.push((index, true));
                open.extend(self.named_by(index).into_iter().map(|needed| (needed, false)));
            }
        }
        ordered
    }

    /// The values that the text of one names, also through functions.
    fn named_by(&self, index: usize) -> Vec<usize> {
        let texts: Vec<TextId> = match self.sources.get(index) {
            Some(Source::Table(table)) => table.inputs.clone(),
            Some(source) => vec![source.text()],
            None => Vec::new(),
        };
        let mut open: Vec<Rc<ast::Expr>> = texts.iter().filter_map(|text| self.parsed.expression(*text)).collect();
        let (mut found, mut functions): (Vec<usize>, Vec<String>) = (Vec::new(), Vec::new());
        while let Some(expr) = open.pop() {
            let mut bodies = Vec::new();
            each_name(&expr, &mut |name| match self.globals.get(name) {
                Some(Global::Source(needed)) => found.push(*needed),
                Some(Global::Function(function)) if !functions.contains(&function.name) => {
                    functions.push(function.name.clone());
                    bodies.push(Rc::clone(&function.body));
                }
                Some(_) | None => {}
            });
            open.extend(bodies);
        }
        found
    }

    /// A named value, checked now if it wasn't before.
    pub(crate) fn source(&mut self, index: usize, place: Place) -> State {
        match self.states.get(index) {
            Some(State::Waiting) => {}
            Some(State::Begun) => {
                self.cycle(index, place);
                return State::Faulty;
            }
            Some(state) => return state.clone(),
            None => return State::Faulty,
        }
        let Some(source) = self.sources.get(index).copied() else { return State::Faulty };
        if self.checking.len() >= CHAIN_MAX {
            let message = format!("a chain of more than {CHAIN_MAX} values, each of which needs the next");
            self.fault::<()>(place, message, "put several of them together");
            return State::Faulty;
        }
        self.set_state(index, State::Begun);
        self.checking.push(index);
        let depth = std::mem::take(&mut self.depth);
        let checked = match source {
            Source::Define { text, .. } => self.define(text),
            Source::Table(table) => self.in_text(table.place, |checker| checker.table(table)),
            Source::Criterion(criterion) => self.criterion(criterion),
        };
        self.depth = depth;
        self.checking.pop();
        let state = match checked {
            None => State::Faulty,
            Some(checked) => {
                let local = self.new_local();
                let Checked { expr, units, is_lookup } = checked;
                let state = State::Checked { local, ty: expr.ty.clone(), units, is_lookup };
                self.definitions.push(Definition { name: source.name(), local, value: expr });
                state
            }
        };
        self.set_state(index, state.clone());
        state
    }

    fn set_state(&mut self, index: usize, state: State) {
        if let Some(known) = self.states.get_mut(index) {
            *known = state;
        }
    }

    fn cycle(&mut self, index: usize, place: Place) {
        let begin = self.checking.iter().position(|open| *open == index).unwrap_or_default();
        let round = self.checking.iter().skip(begin).chain([&index]);
        let names: Vec<String> = round.filter_map(|open| self.sources.get(*open)).map(Source::name).collect();
        let message = format!("`{}` needs itself: {}", names.first().cloned().unwrap_or_default(), names.join(" -> "));
        self.fault::<()>(place, message, "one of them has to be computed without the others");
    }

    fn define(&mut self, text: TextId) -> Option<Checked> {
        let expr = self.parsed.expression(text)?;
        let mut checked = self.in_text(text, |checker| checker.expr(&expr))?;
        if matches!(checked.kind(), TypeKind::Null) {
            return self.fault(self.place_of(text), "this is always null", "");
        }
        // Words that have no name in the interface of a rule are told as texts.
        if let TypeKind::Choice(words) = checked.kind()
            && !words.iter().all(|word| ordinance_domain::name::FieldName::new(word).is_ok())
        {
            checked.expr = as_text(checked.expr);
        }
        Some(checked)
    }

    fn criterion(&mut self, criterion: &CriterionText) -> Option<Checked> {
        let expr = self.parsed.expression(criterion.when)?;
        let Some(each) = &criterion.each else {
            let condition = self.in_text(criterion.when, |checker| checker.condition(&expr))?;
            return Some(Checked { expr: condition, units: Units::Plain, is_lookup: false });
        };
        self.in_text(criterion.when, |checker| {
            let place = checker.place_of(criterion.when);
            let list = checker.list_named(each, place)?;
            let (list, item, items_max) = checker.list_value(list, "`each`")?;
            let bound = Bound { local: checker.new_local(), ty: item, units: list.units.item() };
            let local = bound.local;
            let result = checker.within(Frame::Item(bound), |checker| checker.condition(&expr))?;
            let iterations = vec![(local, Domain::List(Box::new(list.expr)))];
            let kind = ExprKind::For { iterations, partial: None, result: Box::new(result) };
            Some(Checked::new(kind, Type::from(TypeKind::Boolean).list(items_max), place))
        })
    }

    /// The list of a fact, by its path.
    fn list_named(&mut self, path: &str, place: Place) -> Option<Checked> {
        let mut names = path.split('.');
        let first = names.next().unwrap_or_default();
        let Some(Global::Input { argument: argument @ Argument::Fact(_), ty, units }) =
            self.globals.get(first).cloned()
        else {
            let facts = self.globals.iter().filter(|(_, global)| is_list_fact(global));
            let mut known: Vec<String> = facts.map(|(name, _)| name.clone()).collect();
            known.sort_unstable();
            let help = nearest(path, known.iter().map(String::as_str), "the lists are");
            return self.fault(place, format!("`each` names no fact: `{path}`"), help);
        };
        let input = self.read_input(&argument, &ty);
        let mut list = Checked::new(ExprKind::Input(input), ty, place).with_units(units);
        for name in names {
            let Some(part) = field_of(list, name, place) else {
                return self.fault(place, format!("`each` names no part of a fact: `{path}`"), "");
            };
            list = part;
        }
        Some(list)
    }
}

/// What stands before the point of a name that several things have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Qualifier {
    Criteria,
    Facts,
    Parameters,
}

impl Qualifier {
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Criteria, Self::Facts, Self::Parameters].into_iter().find(|kind| kind.words().1 == name)
    }

    /// One of them, and all.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Criteria => ("criterion", "criteria"),
            Self::Facts => ("fact", "facts"),
            Self::Parameters => ("parameter", "parameters"),
        }
    }

    fn is_of(self, global: &Global) -> bool {
        match (self, global) {
            (Self::Facts, Global::Input { argument, .. }) => matches!(argument, Argument::Fact(_)),
            (Self::Parameters, Global::Input { argument, .. }) => matches!(argument, Argument::Parameter(_)),
            (_, _) => false,
        }
    }
}

fn is_list_fact(global: &Global) -> bool {
    matches!(global, Global::Input { argument: Argument::Fact(_), ty, .. } if matches!(ty.kind, TypeKind::List { .. }))
}
