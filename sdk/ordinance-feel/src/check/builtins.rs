//! Built-in functions: the types of what they take and give.

use ordinance_feel_runtime::Builtin;

use super::checked::{Checked, Path, Units};
use super::checker::Checker;
use super::joins::{as_text, converted};
use super::signatures::{Want, bounds_of_call, keeps_unit, signature};
use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::source_text::Place;
use crate::tree::{Argument, ExprKind};
use crate::types::{Type, TypeKind};

/// The call of a function.
pub(crate) fn call_of(function: Builtin, arguments: Vec<Checked>, ty: impl Into<Type>, place: Place) -> Checked {
    let arguments = arguments.into_iter().map(|argument| argument.expr).collect();
    Checked::new(ExprKind::Call { function, arguments }, ty, place)
}

impl Checker<'_> {
    /// A call of a built-in function.
    pub(crate) fn builtin(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let count = arguments.len();
        let is_right = function.parameters().iter().any(|form| {
            let least = form.iter().filter(|parameter| !parameter.ends_with('?')).count();
            let is_open = form.iter().any(|parameter| parameter.ends_with("..."));
            least <= count && (is_open || count <= form.len())
        });
        if !is_right {
            return self.wrong_count(function, count, place);
        }
        if let Some((wants, ty)) = signature(function) {
            return self.fixed(function, wants, ty, arguments, place);
        }
        match function {
            Builtin::Date | Builtin::DateAndTime | Builtin::Time | Builtin::Duration => {
                self.conversion(function, arguments, place)
            }
            Builtin::Abs => self.abs(arguments, place),
            Builtin::IsGiven => self.is_given(arguments, place),
            Builtin::FirstKnown => self.first_known(arguments, place),
            Builtin::Is
            | Builtin::Before
            | Builtin::After
            | Builtin::Meets
            | Builtin::MetBy
            | Builtin::Overlaps
            | Builtin::OverlapsBefore
            | Builtin::OverlapsAfter
            | Builtin::Finishes
            | Builtin::FinishedBy
            | Builtin::Includes
            | Builtin::During
            | Builtin::Starts
            | Builtin::StartedBy
            | Builtin::Coincides => self.relation(function, arguments, place),
            Builtin::Range | Builtin::GetValue | Builtin::GetEntries => self.of_context(function, arguments, place),
            Builtin::ContextOf | Builtin::ContextPut | Builtin::ContextMerge => {
                self.of_context(function, arguments, place)
            }
            _ => self.of_lists(function, arguments, place),
        }
    }

    fn fixed(
        &mut self,
        function: Builtin,
        wants: &[Want],
        ty: Option<Type>,
        arguments: Vec<Checked>,
        place: Place,
    ) -> Option<Checked> {
        let names = function.parameters().first().copied().unwrap_or_default();
        let taken: Vec<Option<Checked>> = arguments
            .into_iter()
            .zip(wants)
            .zip(names)
            .map(|((argument, want), name)| self.take(function, argument, *want, name))
            .collect();
        let taken: Vec<Checked> = taken.into_iter().collect::<Option<_>>()?;
        let bounds = |index: usize| taken.get(index).map_or(Bounds::of(Exact::ZERO), Checked::bounds);
        let mut units = Units::Plain;
        if keeps_unit(function) {
            units = taken.first().map(|first| first.units.clone()).unwrap_or_default();
        }
        if let (Builtin::Less | Builtin::Modulo, [first, second]) = (function, taken.as_slice()) {
            units = self.same_unit(first, second, place, "subtracted")?;
        }
        let ty = ty.unwrap_or_else(|| bounds_of_call(function, bounds(0), bounds(1)).into());
        Some(call_of(function, taken, ty, place).with_units(units))
    }

    /// The argument, which has to be of a kind.
    pub(crate) fn take(&mut self, function: Builtin, argument: Checked, want: Want, name: &str) -> Option<Checked> {
        if name.ends_with('?') && matches!(argument.kind(), TypeKind::Null) {
            // An optional argument that was left out by name.
            return Some(argument);
        }
        let name = name.trim_end_matches(['?', '.']);
        let mut argument = self.present(argument)?;
        if !want.admits(argument.kind()) {
            let message =
                format!("`{}` takes {} as `{name}`, and this is {}", function.name(), want.name(), argument.expr.ty);
            let help = match (want, argument.kind()) {
                (Want::Text, TypeKind::Number(_) | TypeKind::Date | TypeKind::Boolean) => {
                    "`string(...)` makes a text of it"
                }
                (Want::Number | Want::Whole, TypeKind::Text | TypeKind::Choice(_)) => "`number(...)` reads a number",
                (Want::Day, TypeKind::Text | TypeKind::Choice(_)) => "write a day as `@\"2026-01-31\"`",
                (_, _) => "",
            };
            return self.fault(argument.expr.place, message, help);
        }
        if want == Want::Whole && argument.bounds().only().is_some_and(|only| only.as_whole().is_none()) {
            let message = format!("`{}` takes a whole number as `{name}`", function.name());
            return self.fault(argument.expr.place, message, "");
        }
        if want == Want::Text {
            argument.expr = as_text(argument.expr);
        }
        Some(argument)
    }

    fn abs(&mut self, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let first = arguments.into_iter().next()?;
        let first = self.present(first)?;
        let ty: Type = match first.kind() {
            TypeKind::Number(_) => first.bounds().abs().into(),
            TypeKind::DaysDuration | TypeKind::MonthsDuration | TypeKind::Any => first.expr.ty.clone(),
            _ => {
                let message = format!("`abs` takes a number or a duration, and this is {}", first.expr.ty);
                return self.fault(first.expr.place, message, "");
            }
        };
        let units = first.units.clone();
        Some(call_of(Builtin::Abs, vec![first], ty, place).with_units(units))
    }

    fn is_given(&mut self, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let first = arguments.into_iter().next()?;
        let input = Path::of(&first.expr).and_then(|path| path.input()).and_then(|input| self.inputs.get(input.0));
        let is_fact = input.is_some_and(|input| matches!(input.argument, Argument::Fact(_)));
        if !is_fact && !matches!(first.expr.kind, ExprKind::Field { .. }) {
            let help = "parameters and `as_of` are always known";
            return self.fault(first.expr.place, "`is given` asks whether a fact is known", help);
        }
        Some(call_of(Builtin::IsGiven, vec![first], TypeKind::Boolean, place))
    }

    fn first_known(&mut self, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let arguments: Vec<Checked> = arguments.into_iter().map(|argument| self.settled(argument)).collect();
        let all: Vec<&Checked> = arguments.iter().collect();
        let ty = self.joined(&all, place, "the values are of two kinds")?;
        let mut units = Units::Plain;
        for pair in arguments.windows(2) {
            if let [one, other] = pair {
                units = units.joined(self.same_unit(one, other, place, "put in each other's place")?);
            }
        }
        let alike = |mut argument: Checked| {
            argument.expr = converted(argument.expr, &ty);
            argument
        };
        let arguments = arguments.into_iter().map(alike).collect();
        Some(call_of(Builtin::FirstKnown, arguments, ty, place).with_units(units))
    }

    /// Of two points or ranges.
    fn relation(&mut self, function: Builtin, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let present: Vec<Option<Checked>> = arguments.into_iter().map(|argument| self.present(argument)).collect();
        let present: Vec<Checked> = present.into_iter().collect::<Option<_>>()?;
        let point = |checked: &Checked| {
            if let TypeKind::Range(item) = checked.kind() { (**item).clone() } else { checked.expr.ty.clone() }
        };
        if let [one, other] = present.as_slice() {
            let (one_point, other_point) = (point(one), point(other));
            if !super::joins::is_comparable(&one_point, &other_point) {
                let message = format!("`{}` of {} and {} has no meaning", function.name(), one.expr.ty, other.expr.ty);
                return self.fault(place, message, "both are points or ranges of the same kind");
            }
            self.same_unit(one, other, place, "compared")?;
        }
        Some(call_of(function, present, TypeKind::Boolean, place))
    }
}
