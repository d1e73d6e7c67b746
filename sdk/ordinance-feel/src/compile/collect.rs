//! Decision tables that collect the outputs of all rows that match.

use ordinance_feel_runtime::{Builtin, Value};
use wasm_encoder::ValType;

use super::compiler::Compiler;
use super::error::Compiling;
use super::logic::Condition;
use super::node::{Node, both, either, not, select};
use super::val::{Val, is_failure};
use crate::tree::{Aggregation, Expr, HitPolicy, Row, Table};
use crate::types::TypeKind;

/// What is known of the rows that match.
struct Collected {
    /// The list of their outputs, or a failure.
    list: Node,
    /// How many match or may match.
    count: Node,
    /// Whether one certainly matches.
    certain: Node,
}

impl Compiler<'_> {
    /// The list of the outputs of all rows that match, or one number of them.
    pub(super) fn all_rows(&mut self, table: &Table, in_order: &[&Row], expr: &Expr) -> Compiling<Val> {
        let collected = self.collected(table, in_order)?;
        let default = match &table.default {
            Some(default) => {
                let found = self.outputs_now(default, &table.output)?;
                Some(self.boxed(&found, &table.output)?)
            }
            None if expr.ty.nullable => Some(self.boxed_constant_node(&Value::Null)?),
            None => None,
        };
        let value = match table.hit {
            HitPolicy::Collect(Some(aggregation)) => self.aggregated(aggregation, &collected, table, default, expr)?,
            _ => self.listed(&collected, table, default)?,
        };
        self.typed(value, &expr.ty)
    }

    fn collected(&mut self, table: &Table, in_order: &[&Row]) -> Compiling<Collected> {
        let list = self.library("list.new", vec![Node::I32(0)])?;
        let [certain, failed] = [self.code.local(ValType::I32), self.code.local(ValType::I32)];
        self.code.set(certain, &Node::I32(0));
        self.code.set(failed, &Node::I32(0));
        for row in in_order {
            let matches = self.row_matches(row)?;
            let may_be = matches.may_be();
            self.code.begin_if(&may_be, Some(row.place).filter(|_| self.is_unoptimised));
            self.keep_failure(&matches, failed)?;
            let outputs = self.outputs_now(&row.outputs, &table.output)?;
            let item = self.boxed(&outputs, &table.output)?;
            self.push_item(&list, &item, &matches.low)?;
            self.code.set(certain, &either(Node::Local(certain), matches.low));
            self.code.end();
        }
        let list = self.library("list.finish", vec![list])?;
        let count = self.library("get.length", vec![list.clone()])?;
        // The failure of a condition is that of the whole list.
        let list = select(Node::Local(failed), list, Node::Local(failed));
        let list = self.share(&list);
        Ok(Collected { list, count, certain: Node::Local(certain) })
    }

    /// Keeps the first failure of a condition.
    fn keep_failure(&mut self, matches: &Condition, failed: u32) -> Compiling<()> {
        let fails = is_failure(&matches.state);
        if matches!(fails, Node::I32(0)) {
            return Ok(());
        }
        self.code.begin_if(&both(fails, not(Node::Local(failed))), None);
        let state = Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state: matches.state.clone() };
        let value = self.boxed(&state, &TypeKind::Boolean.into())?;
        self.code.set(failed, &value);
        self.code.end();
        Ok(())
    }

    /// The list; the default alone if no row matches, and unknown if it isn't known whether one does.
    fn listed(&mut self, collected: &Collected, table: &Table, default: Option<Node>) -> Compiling<Node> {
        let null = self.boxed_constant_node(&Value::Null)?;
        let none = match (&table.default, &default) {
            (Some(_), Some(default)) => {
                let state = self.library("get.state", vec![default.clone()])?;
                let alone = self.list_of(std::slice::from_ref(default))?;
                // 3: null.
                select(null, alone, super::node::equal(state, Node::I32(3)))
            }
            _ => null,
        };
        let some = match &default {
            None => collected.list.clone(),
            Some(_) => {
                let unknown = self.unknown()?;
                let state = self.boxed_state(&collected.list)?;
                let is_told = either(collected.certain.clone(), not(not(state)));
                select(collected.list.clone(), unknown, is_told)
            }
        };
        let value = select(some, none, collected.count.clone());
        Ok(self.share(&value))
    }

    /// One number of the outputs of all rows that match.
    fn aggregated(
        &mut self,
        aggregation: Aggregation,
        collected: &Collected,
        table: &Table,
        default: Option<Node>,
        expr: &Expr,
    ) -> Compiling<Node> {
        let function = match aggregation {
            Aggregation::Sum => Builtin::Sum,
            Aggregation::Min => Builtin::Min,
            Aggregation::Max => Builtin::Max,
            Aggregation::Count => Builtin::Count,
        };
        let list = (Val::Boxed(collected.list.clone()), table.output.clone().list(None));
        let value = self.call_builtin(function, &[list], expr)?;
        let value = self.boxed(&value, &expr.ty)?;
        // Without a matching row, a count is 0, unless the table has another default.
        let has_default = match &table.default {
            Some(default) => !matches!(default.as_slice(), [one] if super::table::is_null(one)),
            None => false,
        };
        let Some(default) = default.filter(|_| function != Builtin::Count || has_default) else { return Ok(value) };
        let unknown = self.unknown()?;
        let either_way = self.library("operator.agree", vec![unknown, value.clone(), default.clone()])?;
        let some = select(value, either_way, collected.certain.clone());
        let found = select(some, default, collected.count.clone());
        Ok(self.share(&found))
    }
}
