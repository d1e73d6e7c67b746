//! Large decision tables: their rows are data, each an interval for each input and constants for the outputs, and one
//! loop looks a case up in them. Where the rows stand in the order of the first input, it begins by halving.

use ordinance_feel_runtime::{Decimal, Value};
use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::{fixed, power_of_ten, units};
use super::form::{form_of, value_type};
use super::logic::Condition;
use super::node::{self, Node, both, memory, narrow, wide};
use super::val::{self, Val};
use crate::tree::{Comparison, Expr, ExprKind, HitPolicy, LocalId, Row, Table};
use crate::types::{Type, TypeKind};

/// The least number of rows of a table that is looked up as data.
pub(super) const ROWS_MIN: usize = 48;

/// The most records of a table for each of its rows: one that takes several values of an input has several.
const RECORDS_PER_ROW_MAX: usize = 4;

/// An interval of whole numbers, both ends included.
type Interval = (i64, i64);

/// All numbers.
const ALL: Interval = (i64::MIN, i64::MAX);

/// A column of the data.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// From the start of a record.
    offset: u32,
    is_wide: bool,
}

/// The rows of a table as data.
struct Records {
    /// The intervals of each record, and the values of its outputs.
    rows: Vec<(Vec<Interval>, Vec<i64>)>,
    /// For each input its two ends, then the outputs.
    cells: Vec<Cell>,
    bytes: u32,
    /// Whether both ends of the first input only grow.
    is_sorted: bool,
}

impl Compiler<'_> {
    /// The value of a large table whose rows are constants; `None` if they aren't, or its inputs are of another kind.
    pub(super) fn lookup(&mut self, table: &Table, in_order: &[&Row], expr: &Expr) -> Compiling<Option<Val>> {
        let mut inputs = Vec::new();
        for (local, input) in &table.inputs {
            match self.ends_of_input(*local, &input.ty)? {
                Some(ends) => inputs.push((*local, ends, input.ty.clone())),
                None => return Ok(None),
            }
        }
        let Some((form, outputs)) = self.constant_outputs(in_order, &table.output)? else { return Ok(None) };
        let Some(mut rows) = records(&inputs, in_order, &outputs) else { return Ok(None) };
        if table.hit == HitPolicy::Unique {
            // At most one matches, so that their order means nothing.
            rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        let records = Records::new(rows, &inputs);
        let default = match &table.default {
            Some(default) => Some(self.outputs_now(default, &table.output)?),
            None if expr.ty.nullable => Some(Val::Null),
            None => None,
        };
        let all: Vec<&Val> = std::iter::once(&form).chain(default.iter()).collect();
        let ty = value_type(table, expr);
        let whole = form_of(&all, &ty);
        let inputs: Vec<(Node, Node)> = inputs.into_iter().map(|(_, ends, _)| ends).collect();
        self.look_up(&records, &inputs, (&form, &whole, default.as_ref()), &ty).map(Some)
    }

    /// The least and the greatest number that an input may be; `None` of one that isn't kept as numbers.
    fn ends_of_input(&mut self, local: LocalId, ty: &Type) -> Compiling<Option<(Node, Node)>> {
        let found = self.locals.get(&local).cloned().unwrap_or(Val::Null);
        let extended = |node: &Node| wide(I::I64ExtendI32S, vec![node.clone()]);
        let (low, high) = match &found {
            Val::Number { low, high, state: None, .. } if fixed(ty).is_some() => {
                (low.clone(), high.clone().unwrap_or_else(|| low.clone()))
            }
            Val::Boolean { low, high, state: None } => (extended(low), extended(high.as_ref().unwrap_or(low))),
            Val::Choice { index: number, state, .. } | Val::Date { packed: number, state } => match state {
                None => (extended(number), extended(number)),
                // Nothing but unknown: a fact.
                Some(state) if self.beyond_unknown(state).is_none() => {
                    let number = self.share(&extended(number));
                    let end = |end: i32| node::select(Node::I64(end.into()), number.clone(), state.clone());
                    (end(i32::MIN), end(i32::MAX))
                }
                Some(_) => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some((self.share(&low), self.share(&high))))
    }

    /// The form of the outputs, and the constants of each row; `None` if they are no constants that are kept as
    /// numbers.
    fn constant_outputs(&mut self, rows: &[&Row], ty: &Type) -> Compiling<Option<(Val, Vec<Vec<i64>>)>> {
        let authored = std::mem::replace(&mut self.is_unoptimised, false);
        let before = self.code.hold();
        let found: Compiling<Vec<Val>> = rows.iter().map(|row| self.outputs_now(&row.outputs, ty)).collect();
        let steps = self.code.release(before);
        self.is_unoptimised = authored;
        let found = found?;
        let form = form_of(&found.iter().collect::<Vec<_>>(), ty);
        if !steps.is_empty() {
            return Ok(None);
        }
        let numbers: Option<Vec<Vec<i64>>> = found
            .iter()
            .map(|found| {
                let mut numbers = Vec::new();
                numbers_of(found, &form, &mut numbers).then_some(numbers)
            })
            .collect();
        Ok(numbers.map(|numbers| (form, numbers)))
    }

    /// Writes the loop.
    fn look_up(
        &mut self,
        records: &Records,
        inputs: &[(Node, Node)],
        (form, whole, default): (&Val, &Val, Option<&Val>),
        ty: &Type,
    ) -> Compiling<Val> {
        let address = self.data.add(&records.encoded(), 8);
        let count = u32::try_from(records.rows.len()).unwrap_or(u32::MAX);
        let (first, last) = (address.cast_signed(), (address + count * records.bytes).cast_signed());
        let result = self.result_like(whole, whole, true);
        let [at, open] = [self.code.local(ValType::I32), self.code.local(ValType::I32)];
        self.code.set(open, &Node::I32(0));
        self.code.set(at, &Node::I32(first));
        if let (true, Some((low, _)), Some(cell)) = (records.is_sorted, inputs.first(), records.cells.get(1)) {
            self.halve(at, (address, count, records.bytes), low, *cell);
        }
        // The outer block is left with a certain row, the inner one after the last row.
        self.code.push(I::Block(BlockType::Empty));
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(Some(u64::from(count).saturating_add(1)));
        self.code.emit(&narrow(I::I32GeU, vec![Node::Local(at), Node::I32(last)]));
        self.code.push(I::BrIf(1));
        let (mut may_be, mut is_certain) = (Node::I32(1), Node::I32(1));
        for (index, (low, high)) in inputs.iter().enumerate() {
            let end = |at_cell: usize| records.cells.get(index * 2 + at_cell).map(|cell| load(at, *cell));
            let (Some(from), Some(to)) = (end(0), end(1)) else { continue };
            if index == 0 && records.is_sorted {
                self.code.emit(&node::compare(I::I64GtS, from.clone(), high.clone()));
                self.code.push(I::BrIf(1));
            }
            let test = |a: &Node, b: &Node| node::compare(I::I64LeS, a.clone(), b.clone());
            may_be = both(may_be, both(test(&from, high), test(low, &to)));
            is_certain = both(is_certain, both(test(&from, low), test(high, &to)));
        }
        self.code.begin_if(&may_be, None);
        let mut outputs = records.cells.iter().skip(inputs.len() * 2).map(|cell| load(at, *cell));
        let found = loaded(form, &mut outputs);
        let found = self.conformed(&found, whole, ty)?;
        let matches = Condition { low: Node::I32(0), high: Some(Node::I32(1)), state: None };
        self.merge_row(&matches, &found, (&result, Some(open)), ty)?;
        self.code.emit(&is_certain);
        self.code.push(I::BrIf(3));
        self.code.end();
        self.code.set(at, &node::add_narrow(Node::Local(at), Node::I32(records.bytes.cast_signed())));
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
        if let Some(default) = default {
            let default = self.conformed(default, whole, ty)?;
            self.merge_row(&matches, &default, (&result, Some(open)), ty)?;
        }
        self.code.end();
        Ok(result)
    }

    /// Sets a local to the address of the first record whose upper end isn't below a number.
    fn halve(&mut self, at: u32, (address, count, bytes): (u32, u32, u32), low: &Node, upper: Cell) {
        let [from, to, middle] = std::array::from_fn(|_| self.code.local(ValType::I32));
        self.code.set(from, &Node::I32(0));
        self.code.set(to, &Node::I32(count.cast_signed()));
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(Some(u64::from(u32::BITS - count.leading_zeros()) + 1));
        self.code.emit(&narrow(I::I32GeU, vec![Node::Local(from), Node::Local(to)]));
        self.code.push(I::BrIf(1));
        let sum = node::add_narrow(Node::Local(from), Node::Local(to));
        self.code.set(middle, &narrow(I::I32ShrU, vec![sum, Node::I32(1)]));
        let start = narrow(I::I32Mul, vec![Node::Local(middle), Node::I32(bytes.cast_signed())]);
        self.code.set(at, &node::add_narrow(Node::I32(address.cast_signed()), start));
        self.code.begin_if(&node::compare(I::I64LtS, load(at, upper), low.clone()), None);
        self.code.set(from, &node::add_narrow(Node::Local(middle), Node::I32(1)));
        self.code.begin_else();
        self.code.set(to, &Node::Local(middle));
        self.code.end();
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
        let start = narrow(I::I32Mul, vec![Node::Local(from), Node::I32(bytes.cast_signed())]);
        self.code.set(at, &node::add_narrow(Node::I32(address.cast_signed()), start));
    }
}

/// A value of the record at an address, as an `i64`.
fn load(at: u32, cell: Cell) -> Node {
    let load = if cell.is_wide { I::I64Load(memory(cell.offset)) } else { I::I64Load32S(memory(cell.offset)) };
    wide(load, vec![Node::Local(at)])
}

/// The outputs of a record, in their form.
fn loaded(form: &Val, cells: &mut impl Iterator<Item = Node>) -> Val {
    let mut next = || cells.next().unwrap_or(Node::I64(0));
    let wrapped = |node: Node| narrow(I::I32WrapI64, vec![node]);
    match form {
        Val::Boolean { .. } => Val::condition(wrapped(next())),
        Val::Number { scale, .. } => Val::number(next(), *scale),
        Val::Choice { words, .. } => Val::Choice { index: wrapped(next()), words: words.clone(), state: None },
        Val::Date { .. } => Val::Date { packed: wrapped(next()), state: None },
        Val::Text { .. } => Val::Text { address: wrapped(next()), bytes: wrapped(next()), state: None },
        Val::Record { fields, .. } => {
            let fields = fields.iter().map(|field| loaded(field, cells)).collect();
            Val::Record { fields, state: None }
        }
        Val::List(_) | Val::Null | Val::Boxed(_) => Val::Null,
    }
}

/// Adds the numbers that a constant is in a form; false if it isn't one.
fn numbers_of(found: &Val, form: &Val, numbers: &mut Vec<i64>) -> bool {
    match (found, form) {
        (Val::Boolean { low: Node::I32(number), high: None, state: None }, Val::Boolean { .. })
        | (Val::Date { packed: Node::I32(number), state: None }, Val::Date { .. }) => numbers.push((*number).into()),
        (Val::Choice { index: Node::I32(number), words, state: None }, Val::Choice { words: wanted, .. }) => {
            let word = usize::try_from(*number).ok().and_then(|at| words.get(at));
            let at = word.and_then(|word| wanted.iter().position(|known| known == word));
            let Some(at) = at.and_then(|at| i64::try_from(at).ok()) else { return false };
            numbers.push(at);
        }
        (Val::Number { low: Node::I64(low), high: None, scale, state: None }, Val::Number { scale: wanted, .. }) => {
            let power = wanted.checked_sub(*scale).and_then(power_of_ten);
            let Some(number) = power.and_then(|power| low.checked_mul(power)) else { return false };
            numbers.push(number);
        }
        (Val::Text { address: Node::I32(address), bytes: Node::I32(bytes), state: None }, Val::Text { .. }) => {
            numbers.extend([i64::from(*address), i64::from(*bytes)]);
        }
        (Val::Record { fields, state: None }, Val::Record { fields: forms, .. }) => {
            return fields.iter().zip(forms.iter()).all(|(field, form)| numbers_of(field, form, numbers));
        }
        _ => return false,
    }
    true
}

/// The records of all rows; `None` if a condition isn't one of intervals, or there are too many.
fn records(
    inputs: &[(LocalId, (Node, Node), Type)],
    rows: &[&Row],
    outputs: &[Vec<i64>],
) -> Option<Vec<(Vec<Interval>, Vec<i64>)>> {
    let mut found = Vec::new();
    for (row, outputs) in rows.iter().zip(outputs) {
        let mut open: Vec<Vec<Interval>> = vec![Vec::new()];
        for (condition, (local, _, ty)) in row.conditions.iter().zip(inputs) {
            let intervals = match condition {
                None => vec![ALL],
                Some(condition) => intervals_of(condition, *local, ty)?,
            };
            let with = |so_far: &Vec<Interval>| {
                let so_far = so_far.clone();
                intervals
                    .iter()
                    .map(move |interval| so_far.iter().copied().chain([*interval]).collect())
                    .collect::<Vec<_>>()
            };
            open = open.iter().flat_map(with).collect();
            if open.len() > RECORDS_PER_ROW_MAX * 16 {
                return None;
            }
        }
        found.extend(open.into_iter().map(|intervals| (intervals, outputs.clone())));
    }
    (found.len() <= rows.len().saturating_mul(RECORDS_PER_ROW_MAX)).then_some(found)
}

/// The intervals of an input for which a condition holds.
fn intervals_of(condition: &Expr, local: LocalId, ty: &Type) -> Option<Vec<Interval>> {
    match &condition.kind {
        ExprKind::Constant(Value::Boolean(true)) => Some(vec![ALL]),
        ExprKind::Local(found) if *found == local => Some(vec![(1, 1)]),
        ExprKind::Or(left, right) => {
            let mut intervals = intervals_of(left, local, ty)?;
            intervals.extend(intervals_of(right, local, ty)?);
            Some(intervals)
        }
        ExprKind::And(left, right) => {
            let (one, other) = (intervals_of(left, local, ty)?, intervals_of(right, local, ty)?);
            match (one.as_slice(), other.as_slice()) {
                ([one], [other]) => Some(vec![(one.0.max(other.0), one.1.min(other.1))]),
                _ => None,
            }
        }
        ExprKind::Compare { operator, left, right } => match (&left.kind, &right.kind) {
            (ExprKind::Local(found), ExprKind::Constant(value)) if *found == local => compared(*operator, value, ty),
            (ExprKind::Constant(value), ExprKind::Local(found)) if *found == local => {
                compared(operator.mirrored(), value, ty)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The interval of an input that compares so with a constant.
fn compared(operator: Comparison, value: &Value, ty: &Type) -> Option<Vec<Interval>> {
    let (floor, ceiling) = match (value, &ty.kind) {
        (Value::Number(number), TypeKind::Number(_)) => neighbours(number, fixed(ty)?.scale)?,
        (Value::Boolean(yes), TypeKind::Boolean) => (i64::from(*yes), i64::from(*yes)),
        (Value::Date(date), TypeKind::Date) => {
            let packed = i64::from(val::packed(*date)?);
            (packed, packed)
        }
        (Value::Text(word), TypeKind::Choice(words)) => {
            let at = words.iter().position(|known| **known == **word).and_then(|at| i64::try_from(at).ok())?;
            (at, at)
        }
        _ => return None,
    };
    Some(vec![match operator {
        Comparison::Less => (i64::MIN, ceiling - 1),
        Comparison::LessOrEqual => (i64::MIN, floor),
        Comparison::Greater => (floor + 1, i64::MAX),
        Comparison::GreaterOrEqual => (ceiling, i64::MAX),
        Comparison::Equal => (ceiling, floor),
        Comparison::NotEqual => return None,
    }])
}

/// The greatest count of units that isn't above a number, and the least that isn't below it.
fn neighbours(number: &Decimal, scale: u8) -> Option<(i64, i64)> {
    let exact = |units: i128| i64::try_from(units).ok();
    if let Some(units) = units(number, scale) {
        let units = exact(units)?;
        return Some((units, units));
    }
    let finer = units(number, super::fixed::SCALE_MAX)?;
    let power = i128::from(power_of_ten(super::fixed::SCALE_MAX.checked_sub(scale)?)?);
    let floor = exact(finer.div_euclid(power))?;
    Some((floor, floor + 1))
}

impl Records {
    fn new(rows: Vec<(Vec<Interval>, Vec<i64>)>, inputs: &[(LocalId, (Node, Node), Type)]) -> Self {
        let mut cells = Vec::new();
        let mut offset = 0;
        let mut add = |is_wide: bool| {
            cells.push(is_wide);
        };
        for (index, (_, _, ty)) in inputs.iter().enumerate() {
            // An input within 32 bits is never beyond their ends.
            let is_narrow = |number: i64| i32::try_from(number).is_ok();
            let of_type = match fixed(ty) {
                Some(bounds) => is_narrow(bounds.min) && is_narrow(bounds.max),
                None => true,
            };
            let own = rows.iter().filter_map(|(intervals, _)| intervals.get(index));
            let ends = own.flat_map(|interval| [interval.0, interval.1]).filter(|end| *end != ALL.0 && *end != ALL.1);
            let is_wide = !of_type || ends.into_iter().any(|end| !is_narrow(end));
            add(is_wide);
            add(is_wide);
        }
        let outputs = rows.first().map_or(0, |(_, outputs)| outputs.len());
        for index in 0..outputs {
            add(rows
                .iter()
                .filter_map(|(_, outputs)| outputs.get(index))
                .any(|number| i32::try_from(*number).is_err()));
        }
        let cells: Vec<Cell> = cells
            .into_iter()
            .map(|is_wide| {
                let cell = Cell { offset, is_wide };
                offset += if is_wide { 8 } else { 4 };
                cell
            })
            .collect();
        let is_sorted = rows.windows(2).all(|pair| match pair {
            [(one, _), (other, _)] => match (one.first(), other.first()) {
                (Some(one), Some(other)) => one.0 <= other.0 && one.1 <= other.1,
                _ => false,
            },
            _ => true,
        });
        Self { rows, cells, bytes: offset, is_sorted }
    }

    /// The bytes of all records.
    fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (intervals, outputs) in &self.rows {
            let numbers = intervals.iter().flat_map(|interval| [interval.0, interval.1]).chain(outputs.iter().copied());
            for (number, cell) in numbers.zip(&self.cells) {
                if cell.is_wide {
                    bytes.extend(number.to_le_bytes());
                } else {
                    let number = number.clamp(i32::MIN.into(), i32::MAX.into());
                    bytes.extend(i32::try_from(number).unwrap_or_default().to_le_bytes());
                }
            }
        }
        bytes
    }
}
