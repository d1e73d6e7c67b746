//! Gives the names in a tree of a model their names in a rule.

use std::collections::HashMap;

use ordinance_feel_runtime::Builtin;

use super::names::snake_case;
use crate::source_text::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, Test, TestKind};
use crate::syntax::walk::{each_child, each_in_iteration, each_in_tests, each_type_name};

/// What a name of a model is in the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Renamed {
    /// Another name.
    Name(String),
    /// The parts of an input, each a fact; it has no name itself.
    Parts,
}

/// What renames the names in the trees of one element.
pub(super) struct Renamer<'r> {
    /// The names that the element sees.
    pub(super) seen: &'r HashMap<String, Renamed>,
    /// The fact of a part of an input.
    pub(super) part: &'r mut dyn FnMut(&str, &str) -> String,
    /// The names of parts of contexts.
    pub(super) members: &'r [String],
    /// What is wrong, with its range in the text.
    pub(super) faults: Vec<(Span, String)>,
    bound: Vec<String>,
    filters: usize,
}

impl<'r> Renamer<'r> {
    pub(super) fn new(
        seen: &'r HashMap<String, Renamed>,
        part: &'r mut dyn FnMut(&str, &str) -> String,
        members: &'r [String],
    ) -> Self {
        Self { seen, part, members, faults: Vec::new(), bound: Vec::new(), filters: 0 }
    }

    pub(super) fn tests(&mut self, tests: &mut [Test]) {
        each_in_tests(tests, &mut |expr| self.expr(expr));
    }

    pub(super) fn expr(&mut self, expr: &mut Expr) {
        let bound = self.bound.len();
        let span = expr.span;
        each_type_name(expr, &mut |name| self.type_name(name, span));
        match &mut expr.kind {
            ExprKind::Name(name) => {
                *name = self.name(name, expr.span);
                return;
            }
            ExprKind::Member { context, name } => {
                if let ExprKind::Name(input) = &context.kind
                    && !self.bound.contains(input)
                    && self.seen.get(input) == Some(&Renamed::Parts)
                {
                    let fact = (self.part)(input, &name.text);
                    expr.kind = ExprKind::Name(fact);
                    return;
                }
                self.expr(context);
                name.text = member(&name.text);
                return;
            }
            ExprKind::Function { parameters, body } => {
                for (name, _) in parameters {
                    self.bind(name);
                }
                self.expr(body);
            }
            ExprKind::For { iterations, result: last }
            | ExprKind::Quantified { every: _, iterations, condition: last } => {
                for iteration in iterations {
                    each_in_iteration(iteration, &mut |expr| self.expr(expr));
                    self.bind(&mut iteration.variable);
                }
                self.expr(last);
            }
            ExprKind::Context(entries) => {
                for (name, value) in entries {
                    self.expr(value);
                    self.bind(name);
                }
            }
            ExprKind::Filter { list, condition } => {
                self.expr(list);
                self.filters += 1;
                self.expr(condition);
                self.filters -= 1;
            }
            ExprKind::CallByName { function, arguments } => {
                let is_builtin = matches!(&function.kind, ExprKind::Name(name) if self.is_builtin(name));
                self.expr(function);
                for (name, value) in arguments {
                    if !is_builtin {
                        name.text = snake_case(&name.text);
                    }
                    self.expr(value);
                }
            }
            _ => each_child(expr, &mut |child| self.expr(child)),
        }
        self.bound.truncate(bound);
    }

    /// Binds a name from here on, under its name in the rule.
    fn bind(&mut self, name: &mut Name) {
        self.bound.push(name.text.clone());
        name.text = snake_case(&name.text);
    }

    fn is_builtin(&self, name: &str) -> bool {
        !self.bound.iter().any(|bound| bound == name) && !self.seen.contains_key(name) && Builtin::named(name).is_some()
    }

    fn name(&mut self, name: &str, span: Span) -> String {
        if matches!(name, "?" | "item" | "partial") || self.is_builtin(name) {
            return name.to_owned();
        }
        if self.bound.iter().any(|bound| bound == name) {
            return snake_case(name);
        }
        if self.filters > 0 && self.members.iter().any(|member| member == name) {
            return snake_case(name);
        }
        match self.seen.get(name) {
            Some(Renamed::Name(name)) => name.clone(),
            Some(Renamed::Parts) => {
                let help = "a fact holds one value, or a list: name the parts, or give the service a fact of its name";
                self.faults.push((span, format!("the input `{name}` is used as a whole; {help}")));
                name.to_owned()
            }
            None => {
                self.faults.push((span, format!("nothing that is required here has the name `{name}`")));
                name.to_owned()
            }
        }
    }

    fn type_name(&mut self, name: &str, span: Span) {
        if crate::dmn::types::built_in(name).is_none() {
            self.faults.push((span, format!("the type `{name}` isn't known in a rule")));
        }
    }
}

/// The name of a part: FEEL's own properties keep theirs.
fn member(name: &str) -> String {
    match name {
        "time offset" | "start included" | "end included" => name.to_owned(),
        other => snake_case(other),
    }
}

/// Whether tests let every value pass.
pub(super) fn pass_all(tests: &[Test]) -> bool {
    tests.iter().any(|test| matches!(test.kind, TestKind::Any))
}
