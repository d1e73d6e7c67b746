//! Arguments for which those who implement DMN differ, though FEEL's own functions here take them. A call with one is a
//! misfit, so that the model is refused instead of answered in one of several ways.

use ordinance_feel_runtime::{Builtin, Value};

use super::elaborator::Elaborator;
use super::nodes::{ANY, and, any_context, any_list, any_range, call, compare, constant, equal, if_of, is_of};
use super::nodes::{local, misfit, node, null, or};
use super::scope::Known;
use crate::dmn::refusal::RefusalError;
use crate::source_text::Place;
use crate::tree::{Aggregation, Comparison, Domain, Expr, ExprKind, HitPolicy, Property};
use crate::types::{NumberBounds, Type, TypeKind};

/// Whether those who implement DMN differ on what a table gives without a row that matches: whether the default is in
/// a list, and whether none is counted as 0.
pub(in crate::dmn) fn is_unsettled_without_row(hit: HitPolicy, has_default: bool) -> bool {
    match hit {
        HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(None) => has_default,
        HitPolicy::Collect(Some(Aggregation::Count)) => !has_default,
        HitPolicy::Unique
        | HitPolicy::Any
        | HitPolicy::Priority
        | HitPolicy::First
        | HitPolicy::Collect(Some(Aggregation::Sum | Aggregation::Min | Aggregation::Max)) => false,
    }
}

impl<'a> Elaborator<'a> {
    /// What a call gives for arguments that are certain to mean the same to all, and else a misfit.
    pub(super) fn guarded(
        &mut self,
        function: Builtin,
        arguments: Vec<Known>,
        place: Place,
        body: impl FnOnce(Vec<Expr>) -> Known,
    ) -> Result<Known, RefusalError> {
        let count = arguments.len();
        if arguments.iter().enumerate().all(|(index, argument)| is_certain(function, count, index, argument)) {
            return Ok(body(arguments.into_iter().map(|argument| argument.expr).collect()));
        }
        let takes_extents = matches!(want(function, count, 0), Some(Want::Extent));
        if takes_extents && arguments.iter().any(|argument| is_open(&argument.expr)) {
            // A comparison with one side isn't certain to be a range.
            return Ok(Known { expr: misfit(place), ty: ANY });
        }
        self.with_values(arguments, Vec::new(), |arguments| {
            let extents = extents(function, &arguments, place);
            let conditions = arguments.iter().enumerate().filter_map(|(index, argument)| {
                match is_certain(function, count, index, argument) {
                    true => None,
                    false => condition(function, count, index, &argument.expr, place),
                }
            });
            let condition = conditions.chain(extents).reduce(and);
            let Known { expr, ty } = body(arguments.into_iter().map(|argument| argument.expr).collect());
            let expr = match condition {
                Some(condition) => if_of(condition, expr, misfit(place)),
                None => expr,
            };
            Known { expr, ty }
        })
    }

    /// Gives each of several values a name within a body.
    fn with_values(
        &mut self,
        mut left: Vec<Known>,
        mut bound: Vec<Known>,
        body: impl FnOnce(Vec<Known>) -> Known,
    ) -> Result<Known, RefusalError> {
        if left.is_empty() {
            return Ok(body(bound));
        }
        let first = left.remove(0);
        self.with_value(first, |elaborator, first| {
            bound.push(first);
            elaborator.with_values(left, bound, body)
        })
    }
}

/// What a function's argument has to be.
enum Want {
    /// A list; an item isn't taken for the list of it.
    List,
    /// No list.
    One,
    /// A text.
    Text,
    /// Not null.
    Something,
    /// Numbers, or what is none by mistake: no durations.
    Numbers,
    /// A value that isn't made of others, and isn't null.
    Scalar,
    /// A number, a day, a time or a duration, or a range of such; all arguments of one kind.
    Extent,
    /// A truth value.
    Truths,
    /// Values none of which is null.
    NotNull,
    /// A list with items, none of which is null.
    Items,
}

fn want(function: Builtin, count: usize, index: usize) -> Option<Want> {
    Some(match (function, index) {
        (
            Builtin::ListContains
            | Builtin::Append
            | Builtin::InsertBefore
            | Builtin::Remove
            | Builtin::Reverse
            | Builtin::IndexOf
            | Builtin::DistinctValues
            | Builtin::Flatten
            | Builtin::Sublist
            | Builtin::ListReplace,
            0,
        )
        | (Builtin::Concatenate | Builtin::Union, _) => Want::List,
        (Builtin::GetValue, 1) => Want::One,
        (Builtin::DateAndTime, 0) if count == 1 => Want::Text,
        (Builtin::Count, 0) => Want::Something,
        (Builtin::Sum | Builtin::Mean | Builtin::Product, _) => Want::Numbers,
        (Builtin::All | Builtin::Any, _) => Want::Truths,
        (Builtin::Min | Builtin::Max, _) => Want::NotNull,
        (Builtin::Duration | Builtin::Range, 0) => Want::Text,
        (Builtin::Is, _) => Want::Scalar,
        (
            Builtin::Before
            | Builtin::After
            | Builtin::Finishes
            | Builtin::FinishedBy
            | Builtin::Includes
            | Builtin::During
            | Builtin::Starts
            | Builtin::StartedBy
            | Builtin::Coincides
            | Builtin::Meets
            | Builtin::MetBy
            | Builtin::Overlaps
            | Builtin::OverlapsBefore
            | Builtin::OverlapsAfter,
            _,
        ) => Want::Extent,
        (Builtin::ContextMerge, 0) => Want::Items,
        _ => return None,
    })
}

/// Whether an argument is what is wanted, as far as its type tells, or null.
fn is_certain(function: Builtin, count: usize, index: usize, argument: &Known) -> bool {
    match want(function, count, index) {
        None => true,
        Some(Want::List) => matches!(argument.ty.kind, TypeKind::List { .. }),
        Some(Want::Something) => matches!(argument.expr.kind, ExprKind::List(_)),
        Some(Want::Numbers) => match &argument.ty.kind {
            TypeKind::Number(_) => true,
            TypeKind::List { item, items_max: _ } => matches!(item.kind, TypeKind::Number(_)),
            _ => false,
        },
        Some(Want::One | Want::Text) => matches!(argument.ty.kind, TypeKind::Text),
        Some(Want::Truths) => matches!(argument.ty.kind, TypeKind::Boolean),
        Some(Want::Extent | Want::Scalar | Want::Items | Want::NotNull) => false,
    }
}

/// The condition that an argument is what is wanted.
fn condition(function: Builtin, count: usize, index: usize, argument: &Expr, place: Place) -> Option<Expr> {
    let not = |condition: Expr| call(Builtin::Not, vec![condition], place);
    let is = |kind: TypeKind| is_of(argument.clone(), kind);
    let is_null = || equal(argument.clone(), null(place));
    Some(match want(function, count, index)? {
        Want::List => or(is_null(), is(any_list())),
        Want::One => not(is(any_list())),
        Want::Text => or(is_null(), is(TypeKind::Text)),
        Want::Something => not(is_null()),
        Want::Numbers => {
            let durations = |kind: TypeKind| {
                let list =
                    TypeKind::List { item: Box::new(Type { kind: kind.clone(), nullable: true }), items_max: None };
                let is_empty = equal(argument.clone(), node(ExprKind::List(Vec::new()), place));
                let of_list = if_of(is(list), not(is_empty), constant(Value::Boolean(false), place));
                or(is(kind), of_list)
            };
            not(or(durations(TypeKind::DaysDuration), durations(TypeKind::MonthsDuration)))
        }
        Want::Scalar => not(or(or(is_null(), is(any_list())), or(is(any_context()), is(any_range())))),
        Want::Extent => return None,
        Want::Truths => {
            let item = Type { kind: TypeKind::Boolean, nullable: true };
            let truths = TypeKind::List { item: Box::new(item), items_max: None };
            or(or(is_null(), is(TypeKind::Boolean)), is(truths))
        }
        Want::NotNull => {
            let has_null = call(Builtin::ListContains, vec![argument.clone(), null(place)], place);
            let bad = if_of(is(any_list()), has_null, is_null());
            not(bad)
        }
        Want::Items => {
            let has_null = call(Builtin::ListContains, vec![argument.clone(), null(place)], place);
            let is_empty = equal(argument.clone(), node(ExprKind::List(Vec::new()), place));
            let bad = if_of(is(any_list()), or(has_null, is_empty), constant(Value::Boolean(false), place));
            not(bad)
        }
    })
}

/// The condition that the arguments of a function of points and ranges are of one kind, and ranges where these are
/// taken, or that one is null.
fn extents(function: Builtin, arguments: &[Known], place: Place) -> Option<Expr> {
    if !matches!(want(function, arguments.len(), 0), Some(Want::Extent)) {
        return None;
    }
    let number = TypeKind::Number(NumberBounds::default());
    let kinds = [number, TypeKind::Date, TypeKind::Time, TypeKind::DateTime];
    let durations = [TypeKind::DaysDuration, TypeKind::MonthsDuration];
    let of_kind = |kind: TypeKind| {
        if function == Builtin::Coincides {
            let ends = TypeKind::Range(Box::new(Type { kind: kind.clone(), nullable: false }));
            let are = |kind: &TypeKind| {
                let each = arguments.iter().map(|argument| is_of(argument.expr.clone(), kind.clone()));
                each.reduce(and)
            };
            return are(&kind).zip(are(&ends)).map(|(points, ranges)| or(points, ranges));
        }
        let of_all = arguments.iter().enumerate().map(|(index, argument)| {
            let ends = Type { kind: kind.clone(), nullable: false };
            let is_range = is_of(argument.expr.clone(), TypeKind::Range(Box::new(ends)));
            match is_range_alone(function, index) {
                true => is_range,
                false => or(is_of(argument.expr.clone(), kind.clone()), is_range),
            }
        });
        of_all.reduce(and)
    };
    let is_null = arguments.iter().map(|argument| equal(argument.expr.clone(), null(place)));
    kinds.into_iter().chain(durations).filter_map(of_kind).chain(is_null).reduce(or)
}

/// Whether a function takes no point here.
fn is_range_alone(function: Builtin, index: usize) -> bool {
    match function {
        Builtin::Finishes | Builtin::During | Builtin::Starts => index == 1,
        Builtin::FinishedBy | Builtin::Includes | Builtin::StartedBy => index == 0,
        Builtin::Before | Builtin::After | Builtin::Coincides => false,
        _ => true,
    }
}

fn is_open(range: &Expr) -> bool {
    match &range.kind {
        ExprKind::OrNull(inner) => is_open(inner),
        ExprKind::Range { low, high, .. } => low.is_none() || high.is_none(),
        _ => false,
    }
}

/// A property of a value: a misfit where those who implement DMN differ, which is for fractions of seconds and for the
/// parts of negative durations.
pub(super) fn property(value: Expr, property: Property, place: Place) -> Expr {
    let read = node(ExprKind::Property { value: Box::new(value.clone()), property }, place);
    let whole = |read: Expr| {
        let is_whole = equal(call(Builtin::Floor, vec![read.clone()], place), read.clone());
        if_of(is_whole, read, misfit(place))
    };
    match property {
        Property::Second => whole(read),
        Property::Days | Property::Hours | Property::Minutes | Property::Seconds => {
            let none = constant(Value::Days(ordinance_feel_runtime::DaysDuration(0)), place);
            let is_duration = is_of(value.clone(), TypeKind::DaysDuration);
            let is_negative = and(is_duration, compare(Comparison::Less, value, none));
            let read = if property == Property::Seconds { whole(read) } else { read };
            if_of(is_negative, misfit(place), read)
        }
        _ => read,
    }
}

/// An end of the steps that a variable goes through: a misfit if it is a number that isn't whole.
pub(super) fn step(end: Expr) -> Expr {
    if matches!(&end.kind, ExprKind::Constant(Value::Number(number)) if number.is_integer()) {
        return end;
    }
    let place = end.place;
    let is_number = is_of(end.clone(), TypeKind::Number(NumberBounds::default()));
    let is_whole = equal(call(Builtin::Floor, vec![end.clone()], place), end.clone());
    if_of(is_number, if_of(is_whole, end.clone(), misfit(place)), end)
}

impl Elaborator<'_> {
    /// Whether a value is a list without any item that tells the type of its items: those who implement DMN differ on
    /// what it is an instance of.
    pub(super) fn is_untold_list(&mut self, value: &Expr, of: &Type, place: Place) -> Option<Expr> {
        let TypeKind::List { item, items_max: _ } = &of.kind else { return None };
        if **item == ANY {
            return None;
        }
        let variable = self.new_local();
        let all_null = ExprKind::Quantified {
            every: true,
            local: variable,
            domain: Box::new(Domain::List(Box::new(value.clone()))),
            condition: Box::new(equal(local(variable, place), null(place))),
        };
        Some(and(is_of(value.clone(), any_list()), node(all_null, place)))
    }
}

/// Whether a number is written with zeros at the end of its fraction, or rounded to digits: some keep these zeros in
/// its text, and others don't.
pub(super) fn has_closing_zeros(number: &Expr) -> bool {
    match &number.kind {
        ExprKind::Constant(Value::Number(number)) => number.exponent < number.normalised().exponent.min(0),
        ExprKind::OrNull(inner) => has_closing_zeros(inner),
        ExprKind::Negate(inner) => {
            let is_zero = matches!(&inner.kind, ExprKind::Constant(Value::Number(number)) if number.is_zero());
            is_zero || has_closing_zeros(inner)
        }
        ExprKind::Call { function, arguments } => {
            let is_none = |scale: &Expr| matches!(&scale.kind, ExprKind::Constant(Value::Number(it)) if it.is_zero());
            let is_rounded = function.rounding().is_some() && arguments.get(1).is_some_and(|scale| !is_none(scale));
            is_rounded || arguments.iter().any(has_closing_zeros)
        }
        ExprKind::List(parts) | ExprKind::Context(parts) => parts.iter().any(has_closing_zeros),
        ExprKind::Let { local: _, value, body } => has_closing_zeros(value) || has_closing_zeros(body),
        ExprKind::If { condition: _, then, otherwise } => has_closing_zeros(then) || has_closing_zeros(otherwise),
        _ => false,
    }
}
