//! Decision tables that need all rows that match before they tell which counts, where nothing but the values tells it:
//! their rows are collected, and the library looks at them together.

use ordinance_feel_runtime::Value;

use super::compiler::Compiler;
use super::error::Compiling;
use super::node::Node;
use super::val::Val;
use crate::tree::{Expr, Table};

impl Compiler<'_> {
    /// The value of a table whose rows that match have to agree.
    pub(super) fn agreeing_rows(&mut self, table: &Table, expr: &Expr) -> Compiling<Val> {
        let rows = self.matching_rows(table, expr)?;
        let default = self.boxed_default(table, expr)?;
        let value = self.library_at("table.any", vec![rows, default], expr.place)?;
        self.typed(value, &expr.ty)
    }

    /// The value of a table whose rows have to be sorted by their outputs: that of the first, or the list of all.
    pub(super) fn sorted_rows(&mut self, table: &Table, is_list: bool, expr: &Expr) -> Compiling<Val> {
        let rows = self.matching_rows(table, expr)?;
        let default = self.boxed_default(table, expr)?;
        let priorities = table.priorities.iter().map(|values| Value::list(values.clone())).collect();
        let priorities = self.boxed_constant_node(&Value::list(priorities))?;
        let name = if is_list { "table.output_order" } else { "table.priority" };
        let value = self.library_at(name, vec![rows, priorities, default], expr.place)?;
        self.typed(value, &expr.ty)
    }

    /// The rows that match or may match, for the library.
    fn matching_rows(&mut self, table: &Table, expr: &Expr) -> Compiling<Node> {
        self.check_rows(table.rows.len(), expr)?;
        let rows = self.library("table.new", Vec::new())?;
        for row in &table.rows {
            let matches = self.row_matches(row)?;
            self.code.begin_if(&matches.may_be(), Some(row.place).filter(|_| self.is_unoptimised));
            let truth = self.boxed(&matches.val(), &crate::types::TypeKind::Boolean.into())?;
            let outputs = self.outputs_now(&row.outputs, &table.output)?;
            let outputs = self.boxed(&outputs, &table.output)?;
            self.library_effect("table.push", &[rows.clone(), truth, outputs])?;
            self.code.end();
        }
        Ok(rows)
    }

    /// What the table is if no row matches; 0 if one always does.
    fn boxed_default(&mut self, table: &Table, expr: &Expr) -> Compiling<Node> {
        match &table.default {
            Some(outputs) => {
                let found = self.outputs_now(outputs, &table.output)?;
                self.boxed(&found, &table.output)
            }
            None if expr.ty.nullable => self.boxed_constant_node(&Value::Null),
            None => Ok(Node::I32(0)),
        }
    }
}
