//! Lists, contexts, ranges, and what goes through their items.

use std::rc::Rc;

use ordinance_feel_runtime::Builtin;

use super::checked::{Checked, Units};
use super::checker::{Bound, Checker, Frame};
use super::joins::converted;
use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::source_text::Place;
use crate::syntax::ast::{self, BinaryOperator, IterationDomain};
use crate::tree::{Domain, Expr, ExprKind, LocalId};
use crate::types::{Type, TypeKind};

/// The most steps of a variable that counts.
const STEPS_MAX: u64 = 100_000;

impl Checker<'_> {
    pub(crate) fn list(&mut self, items: &[ast::Expr], place: Place) -> Option<Checked> {
        let checked: Vec<Option<Checked>> = items.iter().map(|item| self.value(item)).collect();
        let checked: Vec<Checked> = checked.into_iter().collect::<Option<_>>()?;
        self.list_of(checked, place)
    }

    /// The list of these items.
    pub(crate) fn list_of(&mut self, items: Vec<Checked>, place: Place) -> Option<Checked> {
        let all: Vec<&Checked> = items.iter().collect();
        let item = self.joined(&all, place, "the items of a list are of two kinds")?;
        let units = items.iter().fold(Units::Plain, |units, item| units.joined(item.units.clone()));
        let count = u64::try_from(items.len()).ok();
        let items = items.into_iter().map(|checked| converted(checked.expr, &item)).collect();
        Some(Checked::new(ExprKind::List(items), item.list(count), place).with_units(units.list()))
    }

    pub(crate) fn context(&mut self, entries: &[(ast::Name, ast::Expr)], place: Place) -> Option<Checked> {
        // An entry may name those before it.
        let depth = self.frames.len();
        let mut bound: Vec<(LocalId, Expr)> = Vec::new();
        let mut fields: Vec<(String, Type)> = Vec::new();
        let (mut values, mut units, mut is_faulty) = (Vec::new(), Vec::new(), false);
        for (name, value) in entries {
            if fields.iter().any(|(known, _)| *known == name.text) {
                let (text, at) = (&name.text, self.place(name.span));
                self.fault::<()>(at, format!("the entry `{text}` is here twice"), "give one of them another name");
            }
            let Some(value) = self.value(value) else {
                is_faulty = true;
                continue;
            };
            let local = self.bind(&value);
            self.frames.push(Frame::Names(vec![(name.text.clone(), local.clone())]));
            let at = self.place(name.span);
            values.push(local.read(at).expr);
            fields.push((name.text.clone(), value.expr.ty.clone()));
            units.push(value.units);
            bound.push((local.local, value.expr));
        }
        self.frames.truncate(depth);
        if is_faulty {
            return None;
        }
        let body = Expr { kind: ExprKind::Context(values), ty: TypeKind::Context(Rc::from(fields)).into(), place };
        let expr =
            bound.into_iter().rev().fold(body, |body, (local, value)| super::checker::with_local(local, value, body));
        Some(Checked { expr, units: Units::Fields(Rc::from(units)), is_lookup: false })
    }

    pub(crate) fn range(&mut self, range: &ast::Range, place: Place) -> Option<Checked> {
        let (low, high) = (self.end(&range.low), self.end(&range.high));
        let (low, high) = (low?, high?);
        let item = self.joined(&[&low, &high], place, "the ends of a range are of two kinds")?;
        let units = self.same_unit(&low, &high, place, "the ends of one range")?;
        if let (Some((low, _)), Some((_, high))) = (low.bounds().range, high.bounds().range)
            && low > high
        {
            let help = "a range goes from its lower end to its upper one";
            return self.fault(place, format!("no number is in a range from {low} to {high}"), help);
        }
        let kind = ExprKind::Range {
            low: Some(Box::new(converted(low.expr, &item))),
            low_included: range.low_included,
            high: Some(Box::new(converted(high.expr, &item))),
            high_included: range.high_included,
        };
        Some(Checked::new(kind, TypeKind::Range(Box::new(item)), place).with_units(units))
    }

    fn end(&mut self, end: &ast::Expr) -> Option<Checked> {
        let checked = self.expr(end)?;
        self.present(checked)
    }

    /// `< 5` where an expression stands: all values below.
    pub(crate) fn unary_range(&mut self, operator: BinaryOperator, end: &ast::Expr, place: Place) -> Option<Checked> {
        let end = self.end(end)?;
        let (item, units) = (end.expr.ty.clone(), end.units.clone());
        let Some(kind) = operator.range_of(end.expr) else {
            return self.fault(place, "this makes no range", "compare a value: `x != ...`");
        };
        Some(Checked::new(kind, TypeKind::Range(Box::new(item)), place).with_units(units))
    }

    /// A list that isn't null: with the type of its items and their most number.
    pub(crate) fn list_value(&mut self, checked: Checked, what: &str) -> Option<(Checked, Type, Option<u64>)> {
        let list = self.present(checked)?;
        match list.kind().clone() {
            TypeKind::List { item, items_max } => Some((list, *item, items_max)),
            TypeKind::Any => Some((list, TypeKind::Any.into(), None)),
            _ => {
                let (place, message) = (list.expr.place, format!("{what} needs a list, and this is {}", list.expr.ty));
                self.fault(place, message, "a list is a fact with several items, a table of parameters, or `[a, b]`")
            }
        }
    }

    /// `list[condition]`, `list[number]`
    pub(crate) fn filter(&mut self, list: &ast::Expr, condition: &ast::Expr, place: Place) -> Option<Checked> {
        let list = self.expr(list);
        let (list, item, items_max) = list.and_then(|list| self.list_value(list, "`[...]`"))?;
        let units = list.units.clone();
        let bound = Bound { local: self.new_local(), ty: item.clone(), units: units.item() };
        let local = bound.local;
        let told = self.faults.len();
        let tested = self.within(Frame::Item(bound), |checker| checker.value(condition))?;
        if matches!(tested.kind(), TypeKind::Number(_)) {
            // A number doesn't depend on an item.
            self.faults.truncate(told);
            return self.item(list, item, condition, place);
        }
        let condition = Box::new(self.boolean(tested)?);
        let kind = ExprKind::Filter { list: Box::new(list.expr), local, condition };
        Some(Checked::new(kind, item.list(items_max), place).with_units(units))
    }

    fn item(&mut self, list: Checked, item: Type, number: &ast::Expr, place: Place) -> Option<Checked> {
        let number = self.value(number)?;
        let number = self.present(number)?;
        if number.bounds().only().is_some_and(Exact::is_zero) {
            return self.fault(number.expr.place, "items count from 1", "the last one is `[-1]`");
        }
        let units = list.units.item();
        let kind = ExprKind::Item { list: Box::new(list.expr), number: Box::new(number.expr) };
        Some(Checked::new(kind, item, place).with_units(units).looked_up())
    }

    /// What a variable goes through, and how many there are at most.
    fn domain(&mut self, domain: &IterationDomain) -> Option<(Domain, Bound, Option<u64>)> {
        match domain {
            IterationDomain::List(list) => {
                if let ast::ExprKind::Range(range) = &list.kind
                    && range.low_included
                    && range.high_included
                {
                    return self.steps(&range.low, &range.high);
                }
                let list = self.expr(list)?;
                let (list, item, items_max) = self.list_value(list, "a variable")?;
                let bound = Bound { local: self.new_local(), ty: item, units: list.units.item() };
                Some((Domain::List(Box::new(list.expr)), bound, items_max))
            }
            IterationDomain::Steps { from, to } => self.steps(from, to),
        }
    }

    fn steps(&mut self, from: &ast::Expr, to: &ast::Expr) -> Option<(Domain, Bound, Option<u64>)> {
        let (from, to) = (self.end(from), self.end(to));
        let (from, to) = (from?, to?);
        let place = to.expr.place;
        let ty = match (from.kind(), to.kind()) {
            (TypeKind::Number(_), TypeKind::Number(_)) => {
                let bounds = from.bounds().hull(to.bounds());
                if from.bounds().scale != Some(0) || to.bounds().scale != Some(0) {
                    let help = "`floor(...)` is the whole number below";
                    return self.fault(place, "a variable counts whole numbers, and these may have parts", help);
                }
                TypeKind::from(bounds)
            }
            (TypeKind::Date, TypeKind::Date) => TypeKind::Date,
            (one, other) => {
                let message =
                    format!("a variable counts from a whole number or a day to another, not from {one} to {other}");
                return self.fault(place, message, "");
            }
        };
        let steps = from
            .bounds()
            .hull(to.bounds())
            .range
            .and_then(|(low, high)| u64::try_from(high.subtract(low)?.as_whole()?.checked_add(1)?).ok());
        if steps.is_none_or(|steps| steps > STEPS_MAX) {
            let message = format!("nothing says that these are at most {STEPS_MAX} steps");
            let help = "bound the ends: `min(x, 120)` and `max(x, 0)`, or use a fact whose range the contract sets";
            return self.fault(place, message, help);
        }
        let bound =
            Bound { local: self.new_local(), ty: ty.into(), units: from.units.clone().joined(to.units.clone()) };
        Some((Domain::Steps { from: Box::new(from.expr), to: Box::new(to.expr) }, bound, steps))
    }

    pub(crate) fn for_of(
        &mut self,
        iterations: &[ast::Iteration],
        result: &ast::Expr,
        place: Place,
    ) -> Option<Checked> {
        let depth = self.frames.len();
        let mut domains = Vec::new();
        let mut items_max = Some(1_u64);
        let mut is_faulty = false;
        for iteration in iterations {
            let Some((domain, bound, most)) = self.domain(&iteration.domain) else {
                is_faulty = true;
                continue;
            };
            items_max = items_max.zip(most).and_then(|(product, most)| product.checked_mul(most));
            domains.push((bound.local, domain));
            self.frames.push(Frame::Names(vec![(iteration.variable.text.clone(), bound)]));
        }
        let checked = if is_faulty { None } else { self.result_of(result, items_max) };
        self.frames.truncate(depth);
        let (result, partial) = checked?;
        let (ty, units) = (result.expr.ty.clone().list(items_max), result.units.clone().list());
        let kind = ExprKind::For { iterations: domains, partial, result: Box::new(result.expr) };
        Some(Checked::new(kind, ty, place).with_units(units))
    }

    /// The result for each item. It may name the results before it, whose type is its own.
    fn result_of(&mut self, result: &ast::Expr, items_max: Option<u64>) -> Option<(Checked, Option<LocalId>)> {
        if !super::free_names::names(result, "partial") || self.globals.contains_key("partial") {
            return Some((self.value(result)?, None));
        }
        let told = self.faults.len();
        for kind in [TypeKind::NUMBER, TypeKind::Text, TypeKind::Boolean, TypeKind::Date, TypeKind::Any] {
            self.faults.truncate(told);
            let item: Type = kind.into();
            let bound = Bound { local: self.new_local(), ty: item.clone().list(items_max), units: Units::Plain };
            let local = bound.local;
            let names = vec![("partial".to_owned(), bound)];
            if let Some(mut checked) = self.with_names(names, |checker| checker.value(result))
                && super::joins::fits(&checked.expr.ty, &item)
            {
                // Its bounds were computed from those of the results before it, of which nothing is known.
                checked.expr = converted(checked.expr, &item);
                checked.expr.ty = item;
                return Some((checked, Some(local)));
            }
        }
        let help = "`partial` is the list of the results so far";
        if self.faults.len() == told {
            self.fault::<()>(self.place(result.span), "the type of these results isn't clear", help);
        }
        None
    }

    pub(crate) fn quantified(
        &mut self,
        every: bool,
        iterations: &[ast::Iteration],
        condition: &ast::Expr,
        place: Place,
    ) -> Option<Checked> {
        let Some((first, rest)) = iterations.split_first() else {
            let condition = self.condition(condition)?;
            return Some(Checked { expr: condition, units: Units::Plain, is_lookup: false });
        };
        let (domain, bound, _) = self.domain(&first.domain)?;
        let local = bound.local;
        let names = vec![(first.variable.text.clone(), bound)];
        let condition = self.with_names(names, |checker| checker.quantified(every, rest, condition, place))?;
        let kind = ExprKind::Quantified { every, local, domain: Box::new(domain), condition: Box::new(condition.expr) };
        Some(Checked::new(kind, TypeKind::Boolean, place))
    }

    /// `x between a and b`
    pub(crate) fn between(&mut self, value: &ast::Expr, [low, high]: [&ast::Expr; 2], place: Place) -> Option<Checked> {
        let (value, low, high) = (self.end(value), self.end(low), self.end(high));
        let (value, low, high) = (value?, low?, high?);
        if let (Some((low, _)), Some((_, high))) = (low.bounds().range, high.bounds().range)
            && low > high
        {
            return self.fault(place, format!("no number is between {low} and {high}"), "write the lower one first");
        }
        self.with_simple(value, |checker, value| {
            let at_least = checker.comparison(BinaryOperator::GreaterOrEqual, value.clone(), low, place);
            let at_most = checker.comparison(BinaryOperator::LessOrEqual, value, high, place);
            let kind = ExprKind::And(Box::new(at_least?.expr), Box::new(at_most?.expr));
            Some(Checked::new(kind, TypeKind::Boolean, place))
        })
    }

    /// Checks with a value that is read several times: it is computed once.
    pub(crate) fn with_simple(
        &mut self,
        value: Checked,
        body: impl FnOnce(&mut Self, Checked) -> Option<Checked>,
    ) -> Option<Checked> {
        if matches!(value.expr.kind, ExprKind::Constant(_) | ExprKind::Input(_) | ExprKind::Local(_)) {
            return body(self, value);
        }
        let place = value.expr.place;
        self.with_value(value, |checker, bound| body(checker, bound.read(place)))
    }

    /// `x in (tests)`
    pub(crate) fn is_in(&mut self, value: &ast::Expr, tests: &[ast::Test], place: Place) -> Option<Checked> {
        let value = self.value(value)?;
        self.with_simple(value, |checker, value| {
            let local = match value.expr.kind {
                ExprKind::Local(local) => Bound { local, ty: value.expr.ty.clone(), units: value.units.clone() },
                _ => checker.bind(&value),
            };
            let tested = checker.tests(tests, &local, place)?;
            let expr = tested.unwrap_or_else(|| super::checked::boolean(true, place));
            let expr = match value.expr.kind {
                ExprKind::Local(_) => expr,
                _ => super::checker::with_local(local.local, value.expr, expr),
            };
            Some(Checked { expr, units: Units::Plain, is_lookup: false })
        })
    }

    /// Whether the list has the value.
    pub(crate) fn contains(&mut self, list: Checked, value: Checked, place: Place) -> Option<Checked> {
        let (list, item, _) = self.list_value(list, "this")?;
        let sample =
            Checked::new(ExprKind::Constant(ordinance_feel_runtime::Value::Null), item.clone(), value.expr.place);
        if !super::joins::is_comparable(&item, &value.expr.ty) {
            let message = format!("{} can't be an item of {}", value.expr.ty, list.expr.ty);
            return self.fault(value.expr.place, message, "");
        }
        self.check_words(&sample.expr, &value.expr)?;
        let value = converted(value.expr, &item);
        let arguments = vec![list.expr, value];
        Some(Checked::new(ExprKind::Call { function: Builtin::ListContains, arguments }, TypeKind::Boolean, place))
    }
}

/// The bounds of a list's number of items.
pub(crate) fn count_bounds(items_max: Option<u64>) -> Bounds {
    match items_max {
        Some(most) => Bounds::whole(0, most),
        None => Bounds::WHOLE,
    }
}
