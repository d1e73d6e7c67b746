//! Expressions: each to the value that it is.

use ordinance_feel_runtime::{Builtin, Failure, Value};

use super::aggregate::{EmptySum, list_of_sum};
use super::code::Step;
use super::compiler::Compiler;
use super::error::CompileError;
use super::error::Compiling;
use super::fixed::literal;
use super::node::{self, Node};
use super::val::{self, Val, is_state};
use crate::source_text::Place;
use crate::tree::{Expr, ExprKind, LocalId};
use crate::types::{Type, TypeKind};

/// Whether a field of a context may be null, by the context's type.
fn may_be_null(context: &Type, index: usize) -> bool {
    let TypeKind::Context(fields) = &context.kind else { return true };
    context.nullable || fields.get(index).is_none_or(|(_, ty)| ty.nullable)
}

impl Compiler<'_> {
    /// Compiles an expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> Compiling<Val> {
        match &expr.kind {
            ExprKind::Constant(value) => self.constant(value, expr),
            ExprKind::Input(id) => {
                self.inputs.get(id.0).cloned().ok_or_else(|| CompileError::Inconsistent("an input is missing".into()))
            }
            ExprKind::Local(local) => {
                let found = self.local(*local)?;
                if self.certain_locals.contains(local) { Ok(found) } else { self.narrowed(found, &expr.ty) }
            }
            ExprKind::Field { context, index } => self.field(context, *index, expr),
            ExprKind::Property { value, property } => self.property(value, *property, expr),
            ExprKind::Negate(operand) => self.negate(operand, expr),
            ExprKind::Arithmetic { operator, left, right } => self.arithmetic(*operator, left, right, expr),
            ExprKind::Compare { operator, left, right } => self.compare(*operator, left, right, expr),
            ExprKind::And(left, right) => self.logic(left, right, true, expr),
            ExprKind::Or(left, right) => self.logic(left, right, false, expr),
            ExprKind::If { condition, then, otherwise } => {
                if let Some(list) = list_of_sum(condition, then, otherwise)
                    && let Some(sum) = self.walked_sum(list, &expr.ty, EmptySum::Zero)?
                {
                    return Ok(sum);
                }
                let held = self.expr(condition)?;
                let held = self.as_condition(&held)?;
                self.if_then(held, then, otherwise, &expr.ty, condition.place)
            }
            ExprKind::Call { function, arguments } => self.call_function(*function, arguments, expr),
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value)?;
                self.expr(body)
            }
            ExprKind::Quantified { every, local, domain, condition } => {
                self.quantified(*every, *local, domain, condition, expr)
            }
            ExprKind::Item { list, number } => self.item(list, number, expr),
            ExprKind::Required(value) => self.required(value, expr),
            ExprKind::OrNull(value) => self.or_null(value),
            ExprKind::Context(fields) => {
                let fields = fields.iter().map(|field| self.expr(field)).collect::<Compiling<Vec<_>>>()?;
                self.context(fields, &expr.ty)
            }
            ExprKind::Table(table) => self.table(table, expr),
            ExprKind::List(_)
            | ExprKind::Range { .. }
            | ExprKind::For { .. }
            | ExprKind::Filter { .. }
            | ExprKind::Sort { .. }
            | ExprKind::InstanceOf { .. } => self.boxed_expr(expr),
        }
    }

    pub(super) fn local(&mut self, local: LocalId) -> Compiling<Val> {
        if let Some(list) = self.lazy.get(&local).cloned() {
            self.made.insert(local);
            return self.expr(&list);
        }
        self.locals.get(&local).cloned().ok_or_else(|| CompileError::Inconsistent("a local is missing".into()))
    }

    /// A value of a type that it was found not to be null of: a number that isn't known is within its bounds then.
    fn narrowed(&mut self, found: Val, ty: &Type) -> Compiling<Val> {
        match (&ty.kind, found) {
            (TypeKind::Number(_), found @ Val::Number { .. }) if !ty.nullable => Ok(self.without_unknown(&found)),
            (TypeKind::Number(_), Val::Boxed(address)) if !ty.nullable => self.typed(address, ty),
            (_, found) => Ok(found),
        }
    }

    /// A value that is known at build.
    fn constant(&mut self, value: &Value, expr: &Expr) -> Compiling<Val> {
        Ok(match value {
            Value::Null => Val::Null,
            Value::Boolean(yes) => Val::boolean(*yes),
            Value::Number(number) => match literal(number) {
                Some((units, scale)) => {
                    let number = Node::I64(units);
                    let number = if self.is_unoptimised { node::at(&number, Some(expr.place)) } else { number };
                    let number = self.share(&number);
                    Val::number(number, scale)
                }
                None => self.boxed_constant(value)?,
            },
            Value::Text(text) => match &expr.ty.kind {
                TypeKind::Choice(words) if words.contains(&text.to_string()) => {
                    let index = words.iter().position(|word| **word == **text).unwrap_or_default();
                    let index = Node::I32(i32::try_from(index).unwrap_or_default());
                    Val::Choice { index, words: words.clone(), state: None }
                }
                _ => {
                    let address = Node::I32(self.data.text(text).cast_signed());
                    let bytes = Node::I32(i32::try_from(text.len()).unwrap_or(i32::MAX));
                    Val::Text { address, bytes, state: None }
                }
            },
            Value::Date(date) => match val::packed(*date) {
                Some(packed) => Val::Date { packed: Node::I32(packed), state: None },
                None => self.boxed_constant(value)?,
            },
            Value::Failed(_)
            | Value::Unknown
            | Value::Between(..)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::Days(_)
            | Value::Months(_)
            | Value::List(_)
            | Value::Perhaps(_)
            | Value::Context(_)
            | Value::Range(_) => self.boxed_constant(value)?,
        })
    }

    fn field(&mut self, context: &Expr, index: usize, expr: &Expr) -> Compiling<Val> {
        if let Some(found) = self.field_of_item(context, index, expr)? {
            return Ok(found);
        }
        match self.expr(context)? {
            Val::Record { fields, state } => {
                let Some(field) = fields.get(index) else { return self.inconsistent("a field is missing") };
                Ok(match (field, &state) {
                    // A number of a record that isn't known, and may be null.
                    (Val::Number { state: own, .. }, Some(state)) if expr.ty.nullable && !state.is_absence() => {
                        let own = own.clone().unwrap_or(Node::I32(0));
                        let own = self.share(&own);
                        let is_open = node::both(node::not(own.clone()), is_state(&Some(state.clone()), val::UNKNOWN));
                        field.with_state(Some(node::select(Node::I32(val::UNKNOWN), own, is_open)))
                    }
                    _ if may_be_null(&context.ty, index) => self.narrowed(field.clone(), &expr.ty)?,
                    _ => field.clone(),
                })
            }
            Val::Null => Ok(Val::Null),
            other => self.boxed_field(&other, context, index, &expr.ty),
        }
    }

    /// A field of an item of a list that isn't made.
    fn field_of_item(&mut self, context: &Expr, index: usize, expr: &Expr) -> Compiling<Option<Val>> {
        let (item, required) = match &context.kind {
            ExprKind::Required(item) => (item.as_ref(), Some(context)),
            _ => (context, None),
        };
        let ExprKind::Item { list, number } = &item.kind else { return Ok(None) };
        let Some(found) = self.walked_item((list, number), Some(index), expr)? else { return Ok(None) };
        match required {
            Some(required) => self.required_value(found, required).map(Some),
            None => Ok(Some(found)),
        }
    }

    /// The value, or a failure where it is null.
    fn required(&mut self, value: &Expr, expr: &Expr) -> Compiling<Val> {
        let found = self.expr(value)?;
        self.required_value(found, expr)
    }

    fn required_value(&mut self, found: Val, expr: &Expr) -> Compiling<Val> {
        let failure = self.failure(expr.place, Failure::NoValue);
        Ok(match found {
            Val::Boxed(address) => {
                let found = self.boxed_required(&address, expr.place)?;
                self.narrowed(found, &expr.ty)?
            }
            Val::Null => self.failed(&expr.ty, failure)?,
            known => match known.state() {
                None => known,
                Some(state) => {
                    let state = self.share(&state);
                    let is_null = is_state(&Some(state.clone()), val::NULL);
                    let state = node::select(Node::I32(failure), state, is_null);
                    let state = self.share(&state);
                    let restated = self.restate(&known, &Some(state));
                    self.narrowed(restated, &expr.ty)?
                }
            },
        })
    }

    /// The value with another state, in its fields too.
    pub(super) fn restate(&mut self, found: &Val, state: &val::State) -> Val {
        match found {
            Val::Record { fields, .. } => {
                let fields = fields
                    .iter()
                    .map(|field| {
                        let own = field.state();
                        let merged = self.strictest([state.clone(), own]);
                        self.restate(field, &merged)
                    })
                    .collect();
                Val::Record { fields, state: state.clone() }
            }
            // A condition that has a state is open.
            Val::Boolean { low, high, .. } => {
                let has_state = state.clone().map_or(Node::I32(0), |state| node::not(node::not(state)));
                let has_state = self.share(&has_state);
                let (low, high) =
                    (self.share(low), high.as_ref().map_or_else(|| low.clone(), |high| self.code.share(high)));
                Val::Boolean {
                    low: node::both(low, node::not(has_state.clone())),
                    high: Some(node::either(high, has_state)),
                    state: state.clone(),
                }
            }
            other => other.with_state(state.clone()),
        }
    }

    /// A value of a type that has failed.
    fn failed(&mut self, ty: &Type, failure: i32) -> Compiling<Val> {
        let state = Some(Node::I32(failure));
        Ok(match &ty.kind {
            TypeKind::Boolean => Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state },
            TypeKind::Number(_) => Val::Number { low: Node::I64(0), high: None, scale: 0, state },
            TypeKind::Date => Val::Date { packed: Node::I32(0), state },
            TypeKind::Choice(words) => Val::Choice { index: Node::I32(0), words: words.clone(), state },
            TypeKind::Text => Val::Text { address: Node::I32(0), bytes: Node::I32(0), state },
            _ => return self.boxed_of_state(failure),
        })
    }

    /// Compiles an expression, and puts aside the instructions that it needs before its value.
    pub(super) fn aside(&mut self, expr: &Expr) -> Compiling<(Val, Vec<Step>)> {
        let before = self.code.hold();
        let found = self.expr(expr);
        let steps = self.code.release(before);
        Ok((found?, steps))
    }

    /// A function of the language.
    fn call_function(&mut self, function: Builtin, arguments: &[Expr], expr: &Expr) -> Compiling<Val> {
        match (function, arguments) {
            (Builtin::Not, [operand]) => {
                let found = self.expr(operand)?;
                self.negation(&found)
            }
            (Builtin::IsGiven, [fact]) => {
                let found = self.expr(fact)?;
                self.is_given(&found)
            }
            (
                Builtin::Min
                | Builtin::Max
                | Builtin::Abs
                | Builtin::Less
                | Builtin::Floor
                | Builtin::Ceiling
                | Builtin::Decimal
                | Builtin::RoundUp
                | Builtin::RoundDown
                | Builtin::RoundHalfUp
                | Builtin::RoundHalfDown,
                _,
            ) => self.number_function(function, arguments, expr),
            (Builtin::FirstKnown, [_, _, ..]) => self.first_known(arguments, expr),
            (Builtin::Count | Builtin::Sum, _) => self.list_function(function, arguments, expr),
            _ => self.boxed_expr(expr),
        }
    }

    /// An expression without code.
    pub(super) fn unsupported<T>(&self, what: &str, place: Place) -> Compiling<T> {
        Err(CompileError::Unsupported { what: what.to_owned(), place })
    }
}
