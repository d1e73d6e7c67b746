//! The names of a rule in a model: each thing has one, though in the rule a fact and a criterion may share theirs.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_feel_runtime::Decimal;

use super::error::ExportError;
use crate::dmn::filled::{called, is_filled};
use crate::syntax::ast::{Expr, ExprKind, Test};
use crate::syntax::walk::{each_child, each_in_iteration, each_in_tests};
use crate::syntax::{Scope, parse_expression, parse_tests, print_expression, print_tests};

/// What of a rule has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Fact,
    Parameter,
    Defined,
    Criterion,
    Special,
}

/// The names of a rule.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The name in the model, by the kind and the name in the rule.
    known: BTreeMap<(Kind, String), String>,
    used: BTreeSet<String>,
}

/// A text as the model has it, and what it requires.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) requires: Vec<String>,
}

/// What stands in an expression of a function: its parameters and its body.
pub(super) enum Expression {
    Value(Written),
    Function(Vec<String>, Written),
}

impl Names {
    /// Gives a thing its name in the model.
    pub(super) fn add(&mut self, kind: Kind, name: &str) -> String {
        let mut unique = name.to_owned();
        if self.used.contains(&unique) {
            unique = format!("{name}_{}", word(kind));
        }
        while !self.used.insert(unique.clone()) {
            unique.push('_');
        }
        self.known.insert((kind, name.to_owned()), unique.clone());
        unique
    }

    /// The name in the model.
    pub(super) fn get(&self, kind: Kind, name: &str) -> Option<&str> {
        self.known.get(&(kind, name.to_owned())).map(String::as_str)
    }

    fn scope(&self) -> Scope {
        let names = self.known.keys().map(|(_, name)| name.as_str());
        Scope::new(names.chain(["facts", "parameters", "criteria"]))
            .with_members(self.known.keys().map(|(_, name)| name.as_str()))
    }

    /// An expression with the names of the model. `within` is the criterion whose condition it is: there a bare name
    /// is a fact before it is the criterion.
    pub(super) fn expression(&self, what: &str, text: &str, within: Option<&str>) -> Result<Expression, ExportError> {
        let mut expr = parse_expression(text, &self.scope()).map_err(|errors| unreadable(what, &errors))?;
        if let ExprKind::Function { parameters, body } = &mut expr.kind {
            let names: Vec<String> = parameters.iter().map(|(name, _)| name.text.clone()).collect();
            let mut renamer =
                Renamer { names: self, within, bound: names.clone(), requires: BTreeSet::new(), fault: None };
            renamer.expr(body);
            let text = print_expression(body);
            return renamer.finish(what, text).map(|written| Expression::Function(names, written));
        }
        let before = expr.clone();
        let mut renamer = Renamer { names: self, within, bound: Vec::new(), requires: BTreeSet::new(), fault: None };
        renamer.expr(&mut expr);
        let text = match expr == before {
            true => text.trim().to_owned(),
            false => print_expression(&expr),
        };
        renamer.finish(what, text).map(Expression::Value)
    }

    /// An expression that is no function.
    pub(super) fn value(&self, what: &str, text: &str, within: Option<&str>) -> Result<Written, ExportError> {
        match self.expression(what, text, within)? {
            Expression::Value(written) => Ok(written),
            Expression::Function(..) => Err(ExportError::new(what, "a function isn't taken here")),
        }
    }

    /// Unary tests with the names of the model.
    pub(super) fn tests(&self, what: &str, text: &str) -> Result<Written, ExportError> {
        let mut tests: Vec<Test> = parse_tests(text, &self.scope()).map_err(|errors| unreadable(what, &errors))?;
        let before = tests.clone();
        let mut renamer =
            Renamer { names: self, within: None, bound: Vec::new(), requires: BTreeSet::new(), fault: None };
        each_in_tests(&mut tests, &mut |expr| renamer.expr(expr));
        let text = match tests == before {
            true if text.trim().is_empty() => "-".to_owned(),
            true => text.trim().to_owned(),
            false => print_tests(&tests),
        };
        renamer.finish(what, text)
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Fact => "fact",
        Kind::Parameter => "parameter",
        Kind::Defined => "value",
        Kind::Criterion => "criterion",
        Kind::Special => "case",
    }
}

fn unreadable(what: &str, errors: &[crate::syntax::SyntaxError]) -> ExportError {
    let reason = errors.first().map_or_else(|| "it can't be read".to_owned(), ToString::to_string);
    ExportError::new(what, reason)
}

struct Renamer<'n> {
    names: &'n Names,
    within: Option<&'n str>,
    bound: Vec<String>,
    requires: BTreeSet<String>,
    fault: Option<String>,
}

impl Renamer<'_> {
    fn finish(self, what: &str, text: String) -> Result<Written, ExportError> {
        match self.fault {
            Some(reason) => Err(ExportError::new(what, reason)),
            None => Ok(Written { text, requires: self.requires.into_iter().collect() }),
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        let bound = self.bound.len();
        match &mut expr.kind {
            ExprKind::Name(name) if !self.bound.contains(name) => {
                if let Some(renamed) = self.bare(name) {
                    *name = renamed;
                }
            }
            ExprKind::Member { context, name } => {
                let kind = match &context.kind {
                    ExprKind::Name(whole) if !self.bound.contains(whole) => kind_of(whole),
                    _ => None,
                };
                match kind.and_then(|kind| self.names.get(kind, &name.text)) {
                    Some(renamed) => {
                        self.requires.insert(renamed.to_owned());
                        expr.kind = ExprKind::Name(renamed.to_owned());
                    }
                    None => self.expr(context),
                }
            }
            ExprKind::For { iterations, result: last }
            | ExprKind::Quantified { every: _, iterations, condition: last } => {
                for iteration in iterations {
                    each_in_iteration(iteration, &mut |expr| self.expr(expr));
                    self.bound.push(iteration.variable.text.clone());
                }
                self.expr(last);
            }
            ExprKind::Function { parameters, body } => {
                self.bound.extend(parameters.iter().map(|(name, _)| name.text.clone()));
                self.expr(body);
            }
            ExprKind::Context(entries) => {
                for (name, value) in entries {
                    self.expr(value);
                    self.bound.push(name.text.clone());
                }
            }
            _ => {
                each_child(expr, &mut |child| self.expr(child));
                keep_sum_of_none(expr);
            }
        }
        self.bound.truncate(bound);
    }

    /// The name in the model of what a bare name means.
    fn bare(&mut self, name: &str) -> Option<String> {
        match name {
            "is given" | "first known" => {
                self.fault = Some(format!("`{name}` asks what isn't known, which DMN doesn't have"));
                return None;
            }
            _ => {}
        }
        let kinds = [Kind::Fact, Kind::Parameter, Kind::Defined, Kind::Special];
        let criterion = self.names.get(Kind::Criterion, name).filter(|_| self.within != Some(name));
        let fact_first = kinds.iter().find_map(|kind| self.names.get(*kind, name));
        let renamed = fact_first.or(criterion)?.to_owned();
        self.requires.insert(renamed.clone());
        Some(renamed)
    }
}

/// Makes the sum of no items 0 in DMN, as it is in a rule.
fn keep_sum_of_none(expr: &mut Expr) {
    let is_sum = called(expr).is_some_and(|(name, arguments)| {
        name == "sum" && matches!(arguments.as_slice(), [list] if !is_filled(list, &[]))
    });
    if let (true, ExprKind::Call { function: _, arguments }) = (is_sum, &mut expr.kind)
        && let Some(list) = arguments.first_mut()
    {
        let span = list.span;
        let part = |kind| Expr { kind, span };
        let zero = part(ExprKind::Number(Decimal::ZERO));
        let append = Box::new(part(ExprKind::Name("append".to_owned())));
        let items = std::mem::replace(list, part(ExprKind::Null));
        list.kind = ExprKind::Call { function: append, arguments: vec![items, zero] };
    }
}

fn kind_of(whole: &str) -> Option<Kind> {
    match whole {
        "facts" => Some(Kind::Fact),
        "parameters" => Some(Kind::Parameter),
        "criteria" => Some(Kind::Criterion),
        _ => None,
    }
}
