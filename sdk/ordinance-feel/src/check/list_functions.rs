//! Built-in functions of lists.

use ordinance_feel_runtime::Builtin;

use super::builtins::call_of;
use super::checked::{self, Checked, Units, bounds_of};
use super::checker::Checker;
use super::collections::count_bounds;
use super::joins::join;
use super::signatures::Want;
use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::source_text::Place;
use crate::tree::{Comparison, Expr, ExprKind};
use crate::types::{Type, TypeKind};

impl Checker<'_> {
    /// A function of a list, or of several.
    pub(crate) fn of_lists(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        match function {
            _ if function.is_aggregate() => self.aggregate(function, arguments, place),
            Builtin::Concatenate | Builtin::Union => self.joined_lists(function, arguments, place),
            _ => self.of_one_list(function, arguments, place),
        }
    }

    /// A function of one list, or of values that are its items.
    fn aggregate(&mut self, function: Builtin, mut arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let is_list =
            matches!(arguments.as_slice(), [one] if matches!(one.kind(), TypeKind::List { .. } | TypeKind::Any));
        let list = if is_list {
            arguments.pop()?
        } else {
            let present: Vec<Option<Checked>> = arguments.into_iter().map(|argument| self.present(argument)).collect();
            let present: Vec<Checked> = present.into_iter().collect::<Option<_>>()?;
            for pair in present.windows(2) {
                if let [one, other] = pair {
                    self.same_unit(one, other, place, "compared or added")?;
                }
            }
            self.list_of(present, place)?
        };
        let (list, item, items_max) = self.list_value(list, &format!("`{}`", function.name()))?;
        self.check_items(function, &item, list.expr.place)?;
        let is_filled = matches!(&list.expr.kind, ExprKind::List(items) if !items.is_empty());
        let units = list.units.item();
        let bounds = bounds_of(&item);
        let (ty, units): (Type, Units) = match function {
            Builtin::Min | Builtin::Max => (of_ends(function, &list.expr).unwrap_or(item), units),
            Builtin::Sum => (bounds.sum(items_max).into(), units),
            Builtin::Mean => (bounds.mean().into(), units),
            Builtin::Median => (bounds.median().into(), units),
            Builtin::Stddev => (bounds.stddev().into(), units),
            Builtin::Mode => (item.list(items_max), list.units.clone()),
            Builtin::Product => (Bounds::NONE.into(), Units::Plain),
            _ => (TypeKind::Boolean.into(), Units::Plain),
        };
        let may_be_null = !is_filled && !matches!(function, Builtin::All | Builtin::Any | Builtin::Mode);
        if function == Builtin::Sum && may_be_null {
            return self.sum(list, ty, units, place);
        }
        let called = call_of(function, vec![list], ty, place).with_units(units);
        Some(if may_be_null { called.looked_up() } else { called })
    }

    /// The sum of a list; of an empty one it is 0, as the law means it, where FEEL has null.
    fn sum(&mut self, list: Checked, ty: Type, units: Units, place: Place) -> Option<Checked> {
        self.with_simple(list, |_, list| {
            let count = call_of(Builtin::Count, vec![list.clone()], Bounds::WHOLE, place).expr;
            let zero = checked::number(Exact::ZERO, place)?.expr;
            let kind =
                ExprKind::Compare { operator: Comparison::Equal, left: Box::new(count), right: Box::new(zero.clone()) };
            let condition = Expr { kind, ty: TypeKind::Boolean.into(), place };
            let otherwise = Box::new(call_of(Builtin::Sum, vec![list], ty.clone(), place).expr);
            let kind = ExprKind::If { condition: Box::new(condition), then: Box::new(zero), otherwise };
            Some(Checked::new(kind, ty.clone(), place))
        })
        .map(|sum| sum.with_units(units))
    }

    /// Tells items that a function can't take.
    fn check_items(&mut self, function: Builtin, item: &Type, place: Place) -> Option<()> {
        let (is_right, wanted) = match function {
            Builtin::Min | Builtin::Max => (
                !matches!(
                    item.kind,
                    TypeKind::Boolean | TypeKind::List { .. } | TypeKind::Context(_) | TypeKind::Range(_)
                ),
                "numbers, days, durations or texts",
            ),
            Builtin::All | Builtin::Any => (matches!(item.kind, TypeKind::Boolean | TypeKind::Any), "trues and falses"),
            _ => (matches!(item.kind, TypeKind::Number(_) | TypeKind::Any), "numbers"),
        };
        let name = function.name();
        if !is_right && !matches!(item.kind, TypeKind::Null) {
            let help = "take a part of each item: `list.part`, or `for x in list return ...`";
            return self.fault(place, format!("`{name}` takes {wanted}, and these are {}", plural(item)), help);
        }
        if item.nullable && !matches!(item.kind, TypeKind::Any | TypeKind::Null) {
            let help = "give each a value: `for x in list return if x = null then 0 else x`";
            return self.fault(place, format!("some items of `{name}` may be null"), help);
        }
        Some(())
    }

    fn joined_lists(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let mut taken = Vec::new();
        let (mut joined, mut most, mut units): (Option<Type>, Option<u64>, Units) = (None, Some(0), Units::Plain);
        for argument in arguments {
            let (list, item, items_max) = self.list_value(argument, &format!("`{}`", function.name()))?;
            let before = joined.unwrap_or_else(|| TypeKind::Null.into());
            let nullable = item.nullable || (before.nullable && !matches!(before.kind, TypeKind::Null));
            let Some(mut ty) = join(&before, &item) else {
                let message = format!("the items of these lists are of two kinds: {before} and {item}");
                return self.fault(list.expr.place, message, "");
            };
            ty.nullable = nullable;
            joined = Some(ty);
            most = most.zip(items_max).and_then(|(sum, most)| sum.checked_add(most));
            units = units.joined(list.units.clone());
            taken.push(list);
        }
        let item = joined.unwrap_or_else(|| TypeKind::Null.into());
        Some(call_of(function, taken, item.list(most), place).with_units(units))
    }

    fn of_one_list(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let mut rest = arguments.into_iter();
        let (list, item, items_max) = self.list_value(rest.next()?, &format!("`{}`", function.name()))?;
        let rest: Vec<Checked> = rest.map(|argument| self.settled(argument)).collect();
        let units = list.units.clone();
        let with = |list: Checked, rest: Vec<Checked>| std::iter::once(list).chain(rest).collect::<Vec<_>>();
        match function {
            Builtin::Count => Some(call_of(function, vec![list], count_bounds(items_max), place)),
            Builtin::ListContains => self.contains(list, rest.into_iter().next()?, place),
            Builtin::IndexOf => {
                let call = self.contains(list, rest.into_iter().next()?, place)?;
                let ExprKind::Call { arguments, .. } = call.expr.kind else { return None };
                let ty = Type::from(Bounds { range: count_bounds(items_max).range, scale: Some(0) }).list(items_max);
                Some(Checked::new(ExprKind::Call { function, arguments }, ty, place))
            }
            Builtin::Reverse | Builtin::DistinctValues => {
                Some(call_of(function, vec![list], item.list(items_max), place).with_units(units))
            }
            Builtin::Sublist | Builtin::Remove => {
                let rest = self.whole_numbers(function, rest)?;
                Some(call_of(function, with(list, rest), item.list(items_max), place).with_units(units))
            }
            Builtin::Append => {
                let added = u64::try_from(rest.len()).ok();
                let items_max = items_max.zip(added).and_then(|(most, added)| most.checked_add(added));
                self.with_items(function, (list, item, items_max), Vec::new(), rest, place)
            }
            Builtin::InsertBefore | Builtin::ListReplace => {
                let mut rest = rest.into_iter();
                let number = self.whole_numbers(function, vec![rest.next()?])?;
                let items_max = items_max.map(|most| most.saturating_add(1));
                self.with_items(function, (list, item, items_max), number, rest.collect(), place)
            }
            Builtin::Flatten => {
                let mut inner = item;
                while let TypeKind::List { item, .. } = inner.kind {
                    inner = *item;
                }
                Some(call_of(function, vec![list], inner.list(None), place))
            }
            Builtin::StringJoin => {
                if !Want::Text.admits(&item.kind) {
                    let message = format!("`string join` takes texts, and these are {}", plural(&item));
                    return self.fault(list.expr.place, message, "`for x in list return string(x)`");
                }
                let mut arguments = vec![list];
                for delimiter in rest {
                    arguments.push(self.take(function, delimiter, Want::Text, "delimiter")?);
                }
                Some(call_of(function, arguments, TypeKind::Text, place))
            }
            _ => self.fault(place, format!("`{}` can't stand here", function.name()), ""),
        }
    }

    fn whole_numbers(&mut self, function: Builtin, arguments: Vec<Checked>) -> Option<Vec<Checked>> {
        let taken: Vec<Option<Checked>> =
            arguments.into_iter().map(|argument| self.take(function, argument, Want::Whole, "position")).collect();
        taken.into_iter().collect()
    }

    /// A list with other items in it.
    fn with_items(
        &mut self,
        function: Builtin,
        (list, item, items_max): (Checked, Type, Option<u64>),
        numbers: Vec<Checked>,
        added: Vec<Checked>,
        place: Place,
    ) -> Option<Checked> {
        let mut joined = item;
        for new in &added {
            let Some(ty) = join(&joined, &new.expr.ty) else {
                let message = format!("{} can't be an item of {}", new.expr.ty, list.expr.ty);
                return self.fault(new.expr.place, message, "");
            };
            joined = ty;
        }
        let units = list.units.clone();
        let arguments = std::iter::once(list).chain(numbers).chain(added).collect();
        Some(call_of(function, arguments, joined.list(items_max), place).with_units(units))
    }
}

/// The type of the least or the greatest of values that are written.
fn of_ends(function: Builtin, list: &Expr) -> Option<Type> {
    let ExprKind::List(items) = &list.kind else { return None };
    let bounds = items.iter().map(|item| matches!(item.ty.kind, TypeKind::Number(_)).then(|| bounds_of(&item.ty)));
    let bounds: Vec<Bounds> = bounds.collect::<Option<_>>()?;
    let end = |one: Bounds, other: Bounds| if function == Builtin::Min { one.min(other) } else { one.max(other) };
    bounds.into_iter().reduce(end).map(Type::from)
}

/// The items, for a message.
fn plural(item: &Type) -> String {
    let text = item.clone().list(None).to_string();
    text.strip_prefix("a list of ").map_or(text.clone(), str::to_owned)
}
