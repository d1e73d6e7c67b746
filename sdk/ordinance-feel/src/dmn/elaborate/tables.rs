//! Decision tables.

use std::rc::Rc;

use ordinance_feel_runtime::Value;

use super::elaborator::Elaborator;
use super::expressions::{any, of_kind};
use super::guards::is_unsettled_without_row;
use super::nodes::{ANY, equal, if_of, misfit, node, null};
use super::scope::{Known, Meaning, Scope};
use crate::dmn::refusal::RefusalError;
use crate::source_text::{Place, Span};
use crate::syntax::ast::{self, ExprKind as Ast, TestKind};
use crate::tree::{Aggregation, Expr, ExprKind, HitPolicy, Row, Table};
use crate::types::{Type, TypeKind};

impl<'a> Elaborator<'a> {
    pub(super) fn table(
        &mut self,
        table: &'a ast::Table,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let mut inputs = Vec::new();
        for input in &table.inputs {
            let value = self.value(input, scope)?;
            let name = self.new_local();
            let read = Known { expr: super::nodes::local(name, place), ty: value.ty };
            inputs.push((name, value.expr, read));
        }
        let mut rows = Vec::new();
        for row in &table.rows {
            let mut conditions = Vec::new();
            for ((text, tests), (_, _, input)) in row.conditions.iter().zip(&inputs) {
                conditions.push(self.in_text(Some(*text), |elaborator| elaborator.cell(tests, input, scope))?);
            }
            let outputs = row.outputs.iter().map(|output| self.output(output, table.hit, scope));
            let outputs = outputs.collect::<Result<_, _>>()?;
            let place = row.conditions.first().map_or(place, |(text, _)| Place { text: *text, span: Span::default() });
            rows.push(Row { conditions, outputs, place });
        }
        let default = match &table.default {
            Some(values) => Some(values.iter().map(|value| self.expr(value, scope)).collect::<Result<_, _>>()?),
            None => None,
        };
        let default = match is_unsettled_without_row(table.hit, default.is_some()) {
            true => Some(table.outputs.iter().map(|_| misfit(place)).collect()),
            false => default,
        };
        let (output, one) = output_types(table);
        let kind = ExprKind::Table(Box::new(Table {
            name: table.name.clone(),
            hit: table.hit,
            inputs: inputs.into_iter().map(|(name, value, _)| (name, value)).collect(),
            rows,
            default,
            priorities: self.priorities(table)?,
            output,
        }));
        Ok(match table.hit {
            HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(None) => {
                of_kind(node(kind, place), TypeKind::List { item: Box::new(one), items_max: None })
            }
            HitPolicy::Unique | HitPolicy::Any | HitPolicy::Priority | HitPolicy::First => {
                Known { expr: node(kind, place), ty: one }
            }
            HitPolicy::Collect(Some(_)) => any(node(kind, place)),
        })
    }

    /// The output of a row. Of null in a least or a greatest value those who implement DMN differ.
    fn output(&mut self, output: &'a ast::Expr, hit: HitPolicy, scope: &Scope<'a>) -> Result<Expr, RefusalError> {
        let value = self.value(output, scope)?;
        let HitPolicy::Collect(Some(Aggregation::Min | Aggregation::Max)) = hit else {
            return Ok(value.expr);
        };
        let place = value.expr.place;
        let some = self.with_value(value, |_, value| {
            let is_null = equal(value.expr.clone(), null(place));
            Ok(any(if_of(is_null, misfit(place), value.expr)))
        })?;
        Ok(some.expr)
    }

    /// The condition of a cell; `None` if every value passes.
    fn cell(&mut self, tests: &'a [ast::Test], input: &Known, scope: &Scope<'a>) -> Result<Option<Expr>, RefusalError> {
        if tests.iter().any(|test| matches!(test.kind, TestKind::Any)) {
            return Ok(None);
        }
        let inner = scope.with("?", Meaning::Value(input.clone()));
        let place = self.place(Span::default());
        self.tests(tests, input, &inner, place).map(Some)
    }

    /// The values of each output in the order of their priority.
    fn priorities(&mut self, table: &'a ast::Table) -> Result<Vec<Vec<Value>>, RefusalError> {
        let is_needed = matches!(table.hit, HitPolicy::Priority | HitPolicy::OutputOrder);
        if !is_needed {
            return Ok(Vec::new());
        }
        let mut priorities = Vec::new();
        for tests in &table.priorities {
            let mut values = Vec::new();
            for test in tests.iter().flatten() {
                values.push(self.constant_test(test)?);
            }
            priorities.push(values);
        }
        match priorities.iter().all(Vec::is_empty) {
            true => Err(self.refuse(Span::default(), "a table with priorities needs the output values in their order")),
            false => Ok(priorities),
        }
    }

    fn constant_test(&mut self, test: &'a ast::Test) -> Result<Value, RefusalError> {
        let reason = "the output values have to be constants in the order of their priority";
        let TestKind::Expr(expr) = &test.kind else {
            return Err(self.refuse(test.span, reason));
        };
        let (inner, is_negative) = match &expr.kind {
            Ast::Negate(inner) => (&**inner, true),
            _ => (expr, false),
        };
        let known = self.value(inner, &Scope::default())?;
        match known.expr.kind {
            ExprKind::Constant(Value::Number(number)) if is_negative => Ok(Value::Number(number.negate())),
            ExprKind::Constant(value) if !is_negative => Ok(value),
            _ => Err(self.refuse(test.span, reason)),
        }
    }
}

/// The type of one row's output in the tree, and what is known of it.
fn output_types(table: &ast::Table) -> (Type, Type) {
    if table.outputs.len() < 2 {
        return (ANY, ANY);
    }
    let fields: Rc<[(String, Type)]> = table.outputs.iter().map(|name| (name.clone(), ANY)).collect();
    let context = Type { kind: TypeKind::Context(fields), nullable: false };
    (context.clone(), Type { nullable: true, ..context })
}
