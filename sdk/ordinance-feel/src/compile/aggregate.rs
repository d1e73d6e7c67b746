//! Values of the items of a list that is gone through without being made: how many there are, their sum, the least and
//! the greatest, one of them by its number.

use ordinance_feel_runtime::{Builtin, Value};
use wasm_encoder::{Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::{Fixed, fixed, fixed_at};
use super::form::form_of;
use super::logic::Condition;
use super::node::{self, Node, both, either, narrow, not, select};
use super::numbers::Ends;
use super::val::{self, Val, is_state};
use super::walk::{Item, Walk};
use crate::tree::{Comparison, Expr, ExprKind};
use crate::types::{Type, TypeKind};

/// What a sum of no items is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EmptySum {
    Null,
    Zero,
}

/// A number that grows while a list is gone through.
struct Total {
    low: u32,
    high: u32,
    /// Whether `high` may differ from `low`.
    is_open: bool,
    state: u32,
    has_state: bool,
}

/// The list of `if count(list) = 0 then 0 else sum(list)`, which is what the checker makes of the sum of a list in a
/// rule of law.
pub(super) fn list_of_sum<'e>(condition: &'e Expr, then: &Expr, otherwise: &Expr) -> Option<&'e Expr> {
    let ExprKind::Compare { operator: Comparison::Equal, left, right } = &condition.kind else { return None };
    let ExprKind::Call { function: Builtin::Count, arguments: counted } = &left.kind else { return None };
    let ExprKind::Call { function: Builtin::Sum, arguments: added } = &otherwise.kind else { return None };
    let ([counted], [added]) = (counted.as_slice(), added.as_slice()) else { return None };
    let is_zero =
        |expr: &Expr| matches!(&expr.kind, ExprKind::Constant(Value::Number(number)) if number.coefficient == 0);
    (is_zero(right) && is_zero(then) && counted == added).then_some(counted)
}

impl Compiler<'_> {
    fn new_total(&mut self, low: i64, high: i64) -> Total {
        let total = Total {
            low: self.code.local(ValType::I64),
            high: self.code.local(ValType::I64),
            is_open: false,
            state: self.code.local(ValType::I32),
            has_state: false,
        };
        self.code.set(total.low, &Node::I64(low));
        self.code.set(total.high, &Node::I64(high));
        self.code.set(total.state, &Node::I32(0));
        total
    }

    /// The number that a total is after the walk; where the list isn't known, it is within bounds.
    fn total(&mut self, total: &Total, walk: &Walk, bounds: Fixed, ty: &Type) -> Val {
        let scale = bounds.scale;
        let (mut low, mut high) = (Node::Local(total.low), Node::Local(total.high));
        let mut state = total.has_state.then_some(Node::Local(total.state));
        if walk.has_state {
            let of_list = Some(Node::Local(walk.state));
            let is_unknown = is_state(&of_list, val::UNKNOWN);
            low = self.share(&select(Node::I64(bounds.min), low, is_unknown.clone()));
            high = self.share(&select(Node::I64(bounds.max), high, is_unknown));
            let of_list = match ty.nullable {
                true => Some(Node::Local(walk.state)),
                false => self.beyond_unknown(&Node::Local(walk.state)),
            };
            state = self.strictest([of_list, state]);
            state = state.map(|state| self.share(&state));
        }
        let is_open = total.is_open || walk.has_state;
        Val::Number { low, high: is_open.then_some(high), scale, state }
    }

    /// `sum(list)`; `None` if the library has to compute it.
    pub(super) fn walked_sum(&mut self, list: &Expr, ty: &Type, empty: EmptySum) -> Compiling<Option<Val>> {
        let Some(of_item) = item_bounds(list) else { return Ok(None) };
        let Some(bounds) = fixed_at(ty, of_item.scale) else { return Ok(None) };
        let bounds = Fixed { min: bounds.min.min(0), max: bounds.max.max(0), ..bounds };
        self.attempt(list, |compiler| {
            let mut walk = compiler.new_walk();
            let mut total = compiler.new_total(0, 0);
            // Whether the list certainly has an item.
            let is_filled = compiler.code.local(ValType::I32);
            compiler.code.set(is_filled, &Node::I32(0));
            let done = compiler.walk(list, &mut walk, &mut |compiler, _, item| {
                let Some(ends) = compiler.number_of_item(&item, of_item, &mut total)? else { return Ok(None) };
                let Ends { low, high } = ends;
                let high = high.unwrap_or_else(|| low.clone());
                // An item that may be there counts where it makes the sum less, and where it makes it greater.
                let (low, high) = match &item.certain {
                    Node::I32(1) => (low, high),
                    certain => {
                        let least = compiler.extreme(&[low.clone(), Node::I64(0)], I::I64LtS);
                        let most = compiler.extreme(&[high.clone(), Node::I64(0)], I::I64GtS);
                        (select(low, least, certain.clone()), select(high, most, certain.clone()))
                    }
                };
                compiler.code.set(total.low, &node::add(Node::Local(total.low), low));
                compiler.code.set(total.high, &node::add(Node::Local(total.high), high));
                let filled = match empty {
                    // Any item, certain or not.
                    EmptySum::Null => Node::I32(1),
                    EmptySum::Zero => either(Node::Local(is_filled), item.certain.clone()),
                };
                compiler.code.set(is_filled, &filled);
                Ok(Some(()))
            })?;
            if done.is_none() {
                return Ok(None);
            }
            match empty {
                EmptySum::Null => compiler.null_where(&not(Node::Local(is_filled)), &walk, &mut total),
                EmptySum::Zero => compiler.open_where(&not(Node::Local(is_filled)), &total, bounds),
            }
            Ok(Some(compiler.total(&total, &walk, bounds, ty)))
        })
    }

    /// Leaves a sum open whose items have failed and may all be missing.
    fn open_where(&mut self, may_be_empty: &Node, total: &Total, bounds: Fixed) {
        if !total.has_state || !total.is_open {
            return;
        }
        self.code.begin_if(&both(may_be_empty.clone(), not(not(Node::Local(total.state)))), None);
        self.code.set(total.low, &Node::I64(bounds.min));
        self.code.set(total.high, &Node::I64(bounds.max));
        self.code.set(total.state, &Node::I32(0));
        self.code.end();
    }

    /// Makes a total null that no item has gone into.
    fn null_where(&mut self, is_empty: &Node, walk: &Walk, total: &mut Total) {
        total.has_state = true;
        self.code.begin_if(&both(is_empty.clone(), not(Node::Local(walk.state))), None);
        self.code.set(total.state, &Node::I32(val::NULL));
        self.code.end();
    }

    /// The ends of an item's number in units of the scale of all items; `None` if it isn't kept so.
    fn number_of_item(&mut self, item: &Item, of_item: Fixed, total: &mut Total) -> Compiling<Option<Ends>> {
        let Val::Number { scale, .. } = &item.value else { return Ok(None) };
        if *scale > of_item.scale {
            return Ok(None);
        }
        let found = self.rescaled(&item.value, of_item.scale);
        let (ends, state) = self.ends(&found)?;
        total.is_open |= ends.high.is_some() || !matches!(item.certain, Node::I32(1));
        if state.is_some() {
            total.has_state = true;
            if let Some(state) = self.strictest([Some(Node::Local(total.state)), state]) {
                self.code.set(total.state, &state);
            }
        }
        Ok(Some(ends))
    }

    /// `count(list)`; `None` if the library has to compute it.
    pub(super) fn walked_count(&mut self, list: &Expr, ty: &Type) -> Compiling<Option<Val>> {
        let Some(bounds) = fixed(ty).filter(|bounds| bounds.scale == 0) else { return Ok(None) };
        self.attempt(list, |compiler| {
            let mut walk = compiler.new_walk();
            let mut total = compiler.new_total(0, 0);
            let done = compiler.walk(list, &mut walk, &mut |compiler, _, item| {
                let low = match &item.certain {
                    Node::I32(1) => Node::I64(1),
                    certain => {
                        total.is_open = true;
                        node::wide(I::I64ExtendI32U, vec![certain.clone()])
                    }
                };
                compiler.code.set(total.low, &node::add(Node::Local(total.low), low));
                compiler.code.set(total.high, &node::add(Node::Local(total.high), Node::I64(1)));
                Ok(Some(()))
            })?;
            Ok(done.map(|()| compiler.total(&total, &walk, bounds, ty)))
        })
    }

    /// `min(list)` or `max(list)` of numbers that the list certainly has; `None` if the library has to compute it.
    pub(super) fn walked_extreme(&mut self, list: &Expr, ty: &Type, is_least: bool) -> Compiling<Option<Val>> {
        let Some(of_item) = item_bounds(list) else { return Ok(None) };
        let Some(bounds) = fixed_at(ty, of_item.scale) else { return Ok(None) };
        self.attempt(list, |compiler| {
            let mut walk = compiler.new_walk();
            let (start, comparison) = if is_least { (i64::MAX, I::I64LtS) } else { (i64::MIN, I::I64GtS) };
            let mut total = compiler.new_total(start, start);
            let is_empty = compiler.code.local(ValType::I32);
            compiler.code.set(is_empty, &Node::I32(1));
            let done = compiler.walk(list, &mut walk, &mut |compiler, _, item| {
                if !matches!(item.certain, Node::I32(1)) {
                    return Ok(None);
                }
                let Some(ends) = compiler.number_of_item(&item, of_item, &mut total)? else { return Ok(None) };
                if total.has_state {
                    return Ok(None);
                }
                for (so_far, end) in [(total.low, ends.low.clone()), (total.high, ends.upper())] {
                    let best = compiler.extreme(&[Node::Local(so_far), end], comparison.clone());
                    compiler.code.set(so_far, &best);
                }
                compiler.code.set(is_empty, &Node::I32(0));
                Ok(Some(()))
            })?;
            if done.is_none() {
                return Ok(None);
            }
            compiler.null_where(&Node::Local(is_empty), &walk, &mut total);
            Ok(Some(compiler.total(&total, &walk, bounds, ty)))
        })
    }

    /// `list[number]`, or a field of it, of a number that is known at build; `None` if the library has to compute it.
    /// `expr` is the whole expression.
    pub(super) fn walked_item(
        &mut self,
        (list, number): (&Expr, &Expr),
        field: Option<usize>,
        expr: &Expr,
    ) -> Compiling<Option<Val>> {
        let Some(number) = constant_of(number).filter(|number| *number != 0) else { return Ok(None) };
        let ty = &expr.ty;
        self.attempt(expr, |compiler| {
            let mut walk = compiler.new_walk();
            walk.is_reversed = number < 0;
            walk.ends_early = true;
            let wanted = Node::I32(i32::try_from(number.unsigned_abs() - 1).unwrap_or(i32::MAX));
            let [open, least, most] = std::array::from_fn(|_| compiler.code.local(ValType::I32));
            for local in [open, least, most] {
                compiler.code.set(local, &Node::I32(0));
            }
            let mut result = None;
            let done = compiler.walk(list, &mut walk, &mut |compiler, _, item| {
                let Some(value) = field_of_item(&item, field) else { return Ok(None) };
                let form = form_of(&[&value, &Val::Null], ty);
                if has_boxed(&form) {
                    return Ok(None);
                }
                let result = result.insert(compiler.result_like(&form, &form, true));
                // How many items are before this one, at least and at most.
                let may_be =
                    both(is_at_most(least, &wanted), narrow(I::I32LeU, vec![wanted.clone(), Node::Local(most)]));
                compiler.code.begin_if(&may_be, None);
                let value = compiler.conformed(&value, &form, ty)?;
                let value = compiler.share_val(&value);
                compiler.merge_row(&MAYBE, &value, (result, Some(open)), ty)?;
                compiler.code.end();
                compiler.code.set(most, &node::add_narrow(Node::Local(most), Node::I32(1)));
                compiler.code.set(least, &node::add_narrow(Node::Local(least), item.certain.clone()));
                compiler.code.emit(&not(is_at_most(least, &wanted)));
                compiler.code.push(I::BrIf(item.depth));
                Ok(Some(()))
            })?;
            let Some(result) = result.filter(|_| done.is_some()) else { return Ok(None) };
            compiler.end_item(&walk, (&result, open), &is_at_most(least, &wanted), ty)?;
            Ok(Some(result))
        })
    }

    /// What an item is where the list isn't there, or may be shorter.
    fn end_item(&mut self, walk: &Walk, (result, open): (&Val, u32), is_short: &Node, ty: &Type) -> Compiling<()> {
        let null = self.null_like(result);
        let is_gone_through = not(Node::Local(walk.state));
        let is_short = if walk.has_state { both(is_short.clone(), is_gone_through) } else { is_short.clone() };
        self.code.begin_if(&is_short, None);
        self.merge_row(&MAYBE, &null, (result, Some(open)), ty)?;
        self.code.end();
        if walk.has_state {
            self.code.begin_if(&Node::Local(walk.state), None);
            let absent = self.absent(result, &Node::Local(walk.state), ty);
            self.set_result(result, &absent)?;
            self.code.end();
        }
        Ok(())
    }

    /// A value of a form that isn't there, by its state.
    fn absent(&mut self, form: &Val, state: &Node, ty: &Type) -> Val {
        match form {
            Val::Boolean { .. } => {
                let state = self.beyond_unknown(state);
                Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state }
            }
            Val::Number { scale, .. } => {
                let bounds = fixed_at(ty, *scale).unwrap_or(Fixed { min: 0, max: 0, scale: *scale });
                let state = if ty.nullable { Some(state.clone()) } else { self.beyond_unknown(state) };
                Val::Number { low: Node::I64(bounds.min), high: Some(Node::I64(bounds.max)), scale: *scale, state }
            }
            Val::Record { fields, .. } => {
                let types = if let TypeKind::Context(types) = &ty.kind { types.clone() } else { Default::default() };
                let fields = fields.iter().zip(types.iter());
                let fields = fields.map(|(field, (_, ty))| self.absent(field, state, ty)).collect();
                Val::Record { fields, state: Some(state.clone()) }
            }
            other => other.with_state(Some(state.clone())),
        }
    }
}

/// A value that may be the item or not.
const MAYBE: Condition = Condition { low: Node::I32(0), high: Some(Node::I32(1)), state: None };

fn is_at_most(local: u32, most: &Node) -> Node {
    narrow(I::I32LeU, vec![Node::Local(local), most.clone()])
}

/// The item, or a field of it.
fn field_of_item(item: &Item, field: Option<usize>) -> Option<Val> {
    match (&item.value, field) {
        (value, None) => Some(value.clone()),
        (Val::Record { fields, .. }, Some(field)) => fields.get(field).cloned(),
        (_, Some(_)) => None,
    }
}

/// Whether the library keeps a part of what has this form.
fn has_boxed(form: &Val) -> bool {
    match form {
        Val::Record { fields, .. } => fields.iter().any(has_boxed),
        Val::Boxed(_) | Val::List(_) | Val::Null => true,
        Val::Boolean { .. } | Val::Number { .. } | Val::Choice { .. } | Val::Date { .. } | Val::Text { .. } => false,
    }
}

/// The bounds of the numbers of a list; `None` if 64 bits don't hold them.
fn item_bounds(list: &Expr) -> Option<Fixed> {
    let TypeKind::List { item, .. } = &list.ty.kind else { return None };
    fixed(item)
}

/// A whole number that is known at build.
fn constant_of(number: &Expr) -> Option<i64> {
    let ExprKind::Constant(Value::Number(number)) = &number.kind else { return None };
    number.to_integer()
}
