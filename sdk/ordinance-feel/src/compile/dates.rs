//! Days: their parts, days so many months or days later, and the time between two of them. What would take the
//! run-time library: durations that aren't known at build, and times of day.

use ordinance_feel_runtime::{Builtin, Value};
use wasm_encoder::Instruction as I;

use super::compiler::Compiler;
use super::date_functions::part_of;
use super::error::Compiling;
use super::fixed::fixed;
use super::helpers::Helper;
use super::node::{self, Node, narrow};
use super::val::{self, State, Val, is_state};
use crate::tree::{Arithmetic, Comparison, Expr, ExprKind, Property};
use crate::types::{Type, TypeKind};

/// The longest duration that is added without the library: its result stays far within 32 bits.
const MONTHS_MAX: i64 = 12_000;
const DAYS_MAX: i64 = 366_000;

/// The nanoseconds of a day.
const DAY: i128 = 86_400_000_000_000;

/// A duration that is known at build.
#[derive(Debug, Clone, Copy)]
enum KnownDuration {
    Months(i32),
    Days(i32),
}

impl KnownDuration {
    fn of(expr: &Expr) -> Option<Self> {
        let within = |count: i64, most: i64| i32::try_from(count).ok().filter(|_| count.abs() <= most);
        match &expr.kind {
            ExprKind::Constant(Value::Months(months)) => within(months.0, MONTHS_MAX).map(Self::Months),
            ExprKind::Constant(Value::Days(days)) if days.0 % DAY == 0 => {
                within(i64::try_from(days.0 / DAY).ok()?, DAYS_MAX).map(Self::Days)
            }
            _ => None,
        }
    }
}

impl Compiler<'_> {
    /// A day and a duration that is known at build; `None` if the library has to compute it.
    pub(super) fn date_arithmetic(
        &mut self,
        operator: Arithmetic,
        left: &Expr,
        right: &Expr,
    ) -> Compiling<Option<Val>> {
        let is_date = |expr: &Expr| matches!(expr.ty.kind, TypeKind::Date);
        let sign = match operator {
            Arithmetic::Add => 1,
            Arithmetic::Subtract => -1,
            Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Power => return Ok(None),
        };
        let (day, duration) = match (KnownDuration::of(left), KnownDuration::of(right)) {
            (None, Some(duration)) if is_date(left) => (left, duration),
            (Some(duration), None) if is_date(right) && operator == Arithmetic::Add => (right, duration),
            _ => return Ok(None),
        };
        let Some((packed, state)) = self.date(day)? else { return Ok(None) };
        let packed = match duration {
            KnownDuration::Months(months) => self.call(Helper::AddMonths, vec![packed, Node::I32(months * sign)]),
            KnownDuration::Days(days) => {
                let number = self.call(Helper::DayNumber, vec![packed]);
                self.call(Helper::DayOfNumber, vec![node::add_narrow(number, Node::I32(days * sign))])
            }
        };
        Ok(Some(Val::Date { packed, state }))
    }

    /// A comparison of the days between two days with a duration that is known at build; `None` if the library has to
    /// compute it.
    pub(super) fn compare_days_between(
        &mut self,
        operator: Comparison,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
    ) -> Compiling<Option<Val>> {
        let (between, duration, operator) = match (KnownDuration::of(left), KnownDuration::of(right)) {
            (None, Some(KnownDuration::Days(days))) => (left, days, operator),
            (Some(KnownDuration::Days(days)), None) => (right, days, operator.mirrored()),
            _ => return Ok(None),
        };
        let ExprKind::Arithmetic { operator: Arithmetic::Subtract, left: to, right: from } = &between.kind else {
            return Ok(None);
        };
        let Some((days, states)) = self.days_between(from, to)? else { return Ok(None) };
        // More than the days between any two days, so that the comparison is open.
        let most = i64::from(i32::MAX);
        let days = self.number_of_dates(days, states, (-most, most));
        let duration = Val::number(Node::I64(duration.into()), 0);
        self.compare_numbers(operator, &days, &duration, expr.place).map(Some)
    }

    /// A part of a day or of the time between two days; `None` if the library has to compute it.
    pub(super) fn date_property(&mut self, value: &Expr, property: Property, ty: &Type) -> Compiling<Option<Val>> {
        let Some(bounds) = fixed(ty).filter(|bounds| bounds.scale == 0) else { return Ok(None) };
        let found = match (&value.kind, property) {
            (
                ExprKind::Call { function: Builtin::YearsAndMonthsDuration, arguments },
                Property::Years | Property::Months,
            ) => {
                let [from, to] = arguments.as_slice() else { return Ok(None) };
                let Some((months, states)) = self.between(Helper::MonthsUntil, from, to)? else { return Ok(None) };
                let part = if property == Property::Years { I::I32DivS } else { I::I32RemS };
                Some((narrow(part, vec![months, Node::I32(12)]), states))
            }
            (ExprKind::Arithmetic { operator: Arithmetic::Subtract, left, right }, Property::Days) => {
                self.days_between(right, left)?
            }
            (_, Property::Year | Property::Month | Property::Day) if matches!(value.ty.kind, TypeKind::Date) => {
                self.date(value)?.map(|(packed, state)| (part_of(&packed, property), [state, None]))
            }
            _ => None,
        };
        Ok(found.map(|(number, states)| self.number_of_dates(number, states, (bounds.min, bounds.max))))
    }

    fn days_between(&mut self, from: &Expr, to: &Expr) -> Compiling<Option<(Node, [State; 2])>> {
        let Some((from, of_from)) = self.date(from)? else { return Ok(None) };
        let Some((to, of_to)) = self.date(to)? else { return Ok(None) };
        let (from, to) = (self.call(Helper::DayNumber, vec![from]), self.call(Helper::DayNumber, vec![to]));
        Ok(Some((narrow(I::I32Sub, vec![to, from]), [of_from, of_to])))
    }

    fn between(&mut self, helper: Helper, from: &Expr, to: &Expr) -> Compiling<Option<(Node, [State; 2])>> {
        let Some((from, of_from)) = self.date(from)? else { return Ok(None) };
        let Some((to, of_to)) = self.date(to)? else { return Ok(None) };
        Ok(Some((self.call(helper, vec![from, to]), [of_from, of_to])))
    }

    /// A day and its state; `None` if the library keeps it.
    fn date(&mut self, expr: &Expr) -> Compiling<Option<(Node, State)>> {
        self.attempt(expr, |compiler| {
            Ok(match compiler.expr(expr)? {
                Val::Date { packed, state } => Some((packed, state)),
                _ => None,
            })
        })
    }

    /// A number of days; where one of them isn't known, it is within bounds.
    fn number_of_dates(&mut self, number: Node, states: [State; 2], (min, max): (i64, i64)) -> Val {
        let number = node::wide(I::I64ExtendI32S, vec![number]);
        let Some(state) = self.strictest(states) else { return Val::number(number, 0) };
        let (number, state) = (self.share(&number), self.code.share_state(&state));
        let is_unknown = is_state(&Some(state.clone()), val::UNKNOWN);
        let low = node::select(Node::I64(min), number.clone(), is_unknown.clone());
        let high = node::select(Node::I64(max), number, is_unknown);
        let state = self.beyond_unknown(&state);
        Val::Number { low, high: Some(high), scale: 0, state }
    }
}
