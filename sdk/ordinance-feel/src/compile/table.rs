//! Decision tables. Rows are tested in their order; where it isn't known whether one matches, the table's value is what
//! all that may match have in common.

use ordinance_feel_runtime::{Builtin, Failure, Value, operators};
use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::code::Step;
use super::compiler::Compiler;
use super::error::Compiling;
use super::failing_row::{FailingRow, Merged};
use super::form::{form_of, value_type};
use super::logic::Condition;
use super::lookup::ROWS_MIN;
use super::node::{Node, both, either, not};
use super::val::{self, Val};
use crate::source_text::Place;
use crate::table_analysis::are_rows_apart;
use crate::tree::{Expr, ExprKind, HitPolicy, Row, Table};
use crate::types::Type;

/// The most rows that are compiled to code of their own; a function has at most 50,000 locals.
const ROWS_OF_CODE_MAX: usize = 1_000;

/// The rows of a unique table that match, while it is computed.
struct UniqueRow {
    /// Whether one certainly matches.
    sure: u32,
    /// Whether two do.
    twice: u32,
}

impl UniqueRow {
    fn new(compiler: &mut Compiler<'_>) -> Self {
        let [sure, twice] = [compiler.code.local(ValType::I32), compiler.code.local(ValType::I32)];
        compiler.code.set(sure, &Node::I32(0));
        compiler.code.set(twice, &Node::I32(0));
        Self { sure, twice }
    }
}

/// The outputs of a row, and the instructions that they need.
type Outputs = (Val, Vec<Step>);

impl Compiler<'_> {
    /// The value of a table.
    pub(super) fn table(&mut self, table: &Table, expr: &Expr) -> Compiling<Val> {
        for (local, input) in &table.inputs {
            self.insert_local(*local, input)?;
        }
        let in_order: Vec<&Row> = table.rows.iter().collect();
        match table.hit {
            HitPolicy::First => self.first_row(table, &in_order, false, expr),
            // Where it is certain that rows don't match together, the first that matches tells the table's value.
            HitPolicy::Unique => self.first_row(table, &in_order, !are_rows_apart(table, expr.place), expr),
            HitPolicy::Any if are_rows_apart(table, expr.place) => self.first_row(table, &in_order, false, expr),
            HitPolicy::Any => self.agreeing_rows(table, expr),
            HitPolicy::Priority => match by_priority(table) {
                Some(sorted) => self.first_row(table, &sorted, false, expr),
                None => self.sorted_rows(table, false, expr),
            },
            HitPolicy::RuleOrder | HitPolicy::Collect(_) => self.listed_rows(table, &in_order, expr),
            HitPolicy::OutputOrder => match by_priority(table) {
                Some(sorted) => self.listed_rows(table, &sorted, expr),
                None => self.sorted_rows(table, true, expr),
            },
        }
    }

    /// The list of the outputs of the rows that match, or one number of them.
    fn listed_rows(&mut self, table: &Table, in_order: &[&Row], expr: &Expr) -> Compiling<Val> {
        self.check_rows(in_order.len(), expr)?;
        self.all_rows(table, in_order, expr)
    }

    /// Refuses a table of too many rows, each of which is code of its own.
    pub(super) fn check_rows(&self, count: usize, expr: &Expr) -> Compiling<()> {
        if count <= ROWS_OF_CODE_MAX {
            return Ok(());
        }
        let what = format!(
            "a table of {count} rows: more than {ROWS_OF_CODE_MAX} can be compiled only if all conditions and outputs \
             are constants and one row counts (`unique`, `first`)"
        );
        self.unsupported(&what, expr.place)
    }

    /// Whether a row matches: all its conditions hold; null doesn't.
    pub(super) fn row_matches(&mut self, row: &Row) -> Compiling<Condition> {
        let mut all = Val::boolean(true);
        for condition in row.conditions.iter().flatten() {
            let found = self.expr(condition)?;
            let found = match found.state() {
                None if !matches!(found, Val::Boxed(_) | Val::Null) => found,
                _ => {
                    let found = self.as_condition(&found)?;
                    let is_null = self.share(&val::is_state(&found.state, val::NULL));
                    let high = self.share(&both(found.may_be(), not(is_null.clone())));
                    let state = found.state.map(|state| super::node::select(Node::I32(0), state, is_null));
                    Val::Boolean { low: found.low, high: Some(high), state }
                }
            };
            all = self.joined(&all, &found, true)?;
        }
        self.as_condition(&all)
    }

    fn outputs(&mut self, outputs: &[Expr], ty: &Type) -> Compiling<Outputs> {
        let before = self.code.hold();
        let found = self.outputs_now(outputs, ty);
        let steps = self.code.release(before);
        Ok((found?, steps))
    }

    /// The outputs of a row: one value, or a context.
    pub(super) fn outputs_now(&mut self, outputs: &[Expr], ty: &Type) -> Compiling<Val> {
        match outputs {
            [one] => self.expr(one),
            many => {
                let fields = many.iter().map(|output| self.expr(output)).collect::<Compiling<Vec<_>>>()?;
                self.context(fields, ty)
            }
        }
    }

    /// The first row that matches. With `is_checked` it has to be the only one, or the table has failed.
    fn first_row(&mut self, table: &Table, in_order: &[&Row], is_checked: bool, expr: &Expr) -> Compiling<Val> {
        let is_large = in_order.len() >= ROWS_MIN && !is_checked && has_constant_conditions(table);
        if is_large && let Some(found) = self.lookup(table, in_order, expr)? {
            return Ok(found);
        }
        self.check_rows(in_order.len(), expr)?;
        let ty = value_type(table, expr);
        let mut rows = Vec::new();
        for row in in_order {
            let before = self.code.hold();
            let matches = self.row_matches(row);
            let steps = self.code.release(before);
            rows.push((matches?, steps, self.outputs(&row.outputs, &table.output)?, row.place));
        }
        let default = match &table.default {
            Some(default) => Some(self.outputs(default, &table.output)?),
            None if expr.ty.nullable => Some((Val::Null, Vec::new())),
            None => None,
        };
        let is_open = is_checked || rows.iter().any(|(matches, ..)| matches.high.is_some());
        let all: Vec<&Val> =
            rows.iter().map(|(_, _, (found, _), _)| found).chain(default.iter().map(|(found, _)| found)).collect();
        let form = form_of(&all, &ty);
        let result = self.result_like(&form, &form, is_open);
        // Whether a row before may match; where all are known, none does.
        let open = is_open.then(|| self.code.local(ValType::I32));
        if let Some(open) = open {
            // A table may stand within a loop.
            self.code.set(open, &Node::I32(0));
        }
        let may_fail = is_open && rows.iter().any(|(matches, ..)| matches.state.is_some());
        let failing = may_fail.then(|| FailingRow::new(self, &form));
        let merged = Merged { result: &result, form: &form, open, failing: failing.as_ref() };
        let unique = is_checked.then(|| UniqueRow::new(self));
        self.code.push(I::Block(BlockType::Empty));
        // The last row of a complete table matches if all are known and no other does.
        let last = if default.is_some() || is_open { None } else { rows.pop() };
        for (matches, steps, outputs, place) in rows {
            self.code.append(steps);
            match &unique {
                Some(unique) => self.unique_row(&matches, outputs, &merged, &ty, unique)?,
                None => self.row(&matches, outputs, &merged, (&ty, Some(place)))?,
            }
        }
        if let Some(unique) = &unique {
            self.code.emit(&Node::Local(unique.sure));
            self.code.push(I::BrIf(0));
        }
        let rest = last.map(|(_, _, outputs, _)| outputs).or(default);
        if let Some(outputs) = rest {
            let matches = Condition { low: Node::I32(1), high: is_open.then_some(Node::I32(1)), state: None };
            self.row(&matches, outputs, &merged, (&ty, None))?;
        }
        self.code.end();
        if let Some(failing) = &failing {
            let sure = unique.as_ref().map_or(Node::I32(0), |unique| Node::Local(unique.sure));
            self.join_first(failing, &result, sure, &ty)?;
        }
        if let Some(unique) = &unique {
            self.fail_twice(unique, &result, expr)?;
        }
        Ok(result)
    }

    /// Takes the outputs of a row of a table of which only one may match. A row that certainly matches counts alone.
    fn unique_row(
        &mut self,
        matches: &Condition,
        (outputs, steps): Outputs,
        merged: &Merged<'_>,
        ty: &Type,
        unique: &UniqueRow,
    ) -> Compiling<()> {
        let sure = Node::Local(unique.sure);
        self.code.begin_if(&matches.may_be(), None);
        self.code.append(steps);
        let outputs = self.conformed(&outputs, merged.form, ty)?;
        self.code.begin_if(&matches.low, None);
        self.code.set(unique.twice, &either(Node::Local(unique.twice), sure.clone()));
        self.set_result(merged.result, &outputs)?;
        self.code.set(unique.sure, &Node::I32(1));
        self.code.begin_else();
        self.code.begin_if(&not(sure), None);
        self.merge_possible(matches, &outputs, merged, ty)?;
        self.code.end();
        self.code.end();
        self.code.end();
        Ok(())
    }

    /// A table of which two rows match has failed.
    fn fail_twice(&mut self, unique: &UniqueRow, result: &Val, expr: &Expr) -> Compiling<()> {
        let failure = self.failure(expr.place, Failure::NoSingleRow);
        self.code.begin_if(&Node::Local(unique.twice), None);
        let failed = match result {
            Val::Boxed(_) => self.boxed_of_state(failure)?,
            other => self.restate(other, &Some(Node::I32(failure))),
        };
        self.set_result(result, &failed)?;
        self.code.end();
        Ok(())
    }

    /// What a row that may match has in common with those before it.
    pub(super) fn merge_row(
        &mut self,
        matches: &Condition,
        outputs: &Val,
        (result, open): (&Val, Option<u32>),
        ty: &Type,
    ) -> Compiling<()> {
        let Some(open) = open else { return self.set_result(result, outputs) };
        self.code.begin_if(&Node::Local(open), None);
        let unknown = Condition { low: Node::I32(0), high: Some(Node::I32(1)), state: matches.state.clone() };
        let common = self.common(&unknown, result, outputs, ty)?;
        let common = self.share_val(&common);
        self.set_result(result, &common)?;
        self.code.begin_else();
        self.set_result(result, outputs)?;
        self.code.end();
        self.code.set(open, &Node::I32(1));
        Ok(())
    }

    /// Takes the outputs of a row that matches or may match, and leaves the table if it certainly does.
    fn row(
        &mut self,
        matches: &Condition,
        (outputs, steps): Outputs,
        merged: &Merged<'_>,
        (ty, place): (&Type, Option<Place>),
    ) -> Compiling<()> {
        let place = place.filter(|_| self.is_unoptimised);
        let may_be = matches.may_be();
        let always = matches!(may_be, Node::I32(1));
        if !always {
            self.code.begin_if(&may_be, place);
        }
        self.code.append(steps);
        let outputs = self.conformed(&outputs, merged.form, ty)?;
        self.merge_possible(matches, &outputs, merged, ty)?;
        let out = u32::from(!always);
        if merged.open.is_some() {
            self.code.emit(&matches.low);
            self.code.push(I::BrIf(out));
        } else {
            self.code.push(I::Br(out));
        }
        if !always {
            self.code.end();
        }
        Ok(())
    }
}

/// Whether the conditions of all rows compare their inputs with constants alone.
fn has_constant_conditions(table: &Table) -> bool {
    table.rows.iter().flat_map(|row| row.conditions.iter().flatten()).all(is_constant_condition)
}

fn is_constant_condition(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Constant(_) | ExprKind::Local(_) => true,
        ExprKind::Compare { left, right, .. } | ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            is_constant_condition(left) && is_constant_condition(right)
        }
        ExprKind::Call { function: Builtin::Not, arguments } => arguments.iter().all(is_constant_condition),
        _ => false,
    }
}

/// The rows in the order of the priority of their outputs; `None` if these aren't all constants.
fn by_priority(table: &Table) -> Option<Vec<&Row>> {
    let mut ranked = Vec::new();
    for row in &table.rows {
        let mut ranks = Vec::new();
        for (values, output) in table.priorities.iter().zip(&row.outputs) {
            let ExprKind::Constant(output) = &output.kind else { return None };
            let is_it = |value: &Value| operators::equal(output, value) == Value::Boolean(true);
            ranks.push(values.iter().position(is_it).unwrap_or(values.len()));
        }
        ranked.push((ranks, row));
    }
    ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
    Some(ranked.into_iter().map(|(_, row)| row).collect())
}

/// Whether an output is null.
pub(super) fn is_null(output: &Expr) -> bool {
    matches!(output.kind, ExprKind::Constant(Value::Null))
}
