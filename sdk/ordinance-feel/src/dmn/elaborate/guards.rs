//! Arguments for which those who implement DMN differ, though FEEL's own functions here take them. A call with one is a
//! misfit, so that the model is refused instead of answered in one of several ways.

use ordinance_feel_runtime::{Builtin, Value};

use super::elaborator::Elaborator;
use super::nodes::{ANY, and, any_context, any_list, any_range, call, compare, constant, equal, if_of, is_of};
use super::nodes::{misfit, node, null, or};
use super::scope::Known;
use crate::dmn::refusal::RefusalError;
use crate::source_text::Place;
use crate::tree::{Comparison, Expr, ExprKind, Property};
use crate::types::{NumberBounds, Type, TypeKind};

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
        self.with_values(arguments, Vec::new(), |arguments| {
            let conditions = arguments.iter().enumerate().filter_map(|(index, argument)| {
                match is_certain(function, count, index, argument) {
                    true => None,
                    false => condition(function, count, index, &argument.expr, place),
                }
            });
            let condition = conditions.reduce(and);
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
    /// A number, a day, a time or a duration, or a range of such.
    Extent,
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
        (Builtin::Sum | Builtin::Mean, _) => Want::Numbers,
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
        Some(Want::Extent) => matches!(argument.ty.kind, TypeKind::Number(_) | TypeKind::Date),
        Some(Want::Scalar | Want::Items) => false,
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
        Want::Extent => {
            let text = TypeKind::Text;
            let texts = TypeKind::Range(Box::new(Type { kind: text.clone(), nullable: false }));
            not(or(is(text), is(texts)))
        }
        Want::Items => {
            let has_null = call(Builtin::ListContains, vec![argument.clone(), null(place)], place);
            let is_empty = equal(argument.clone(), node(ExprKind::List(Vec::new()), place));
            let bad = if_of(is(any_list()), or(has_null, is_empty), constant(Value::Boolean(false), place));
            not(bad)
        }
    })
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

/// Whether a value is of a type, where all agree on it: not of an empty list, whose items have no type.
pub(super) fn instance(value: &Expr, of: &Type, place: Place) -> Option<Expr> {
    let TypeKind::List { item, items_max: _ } = &of.kind else { return None };
    let is_empty = equal(value.clone(), node(ExprKind::List(Vec::new()), place));
    (**item != ANY).then(|| and(is_of(value.clone(), any_list()), is_empty))
}

/// Whether a number is written with zeros at the end of its fraction, or rounded to digits: some keep these zeros in its
/// text, and others don't.
pub(super) fn has_closing_zeros(number: &Expr) -> bool {
    match &number.kind {
        ExprKind::Constant(Value::Number(number)) => number.exponent < number.normalised().exponent.min(0),
        ExprKind::OrNull(inner) => has_closing_zeros(inner),
        ExprKind::Negate(inner) => matches!(&inner.kind, ExprKind::Constant(Value::Number(number)) if number.is_zero()),
        ExprKind::Call { function, arguments } => {
            let is_none = |scale: &Expr| matches!(&scale.kind, ExprKind::Constant(Value::Number(it)) if it.is_zero());
            function.rounding().is_some() && arguments.get(1).is_some_and(|scale| !is_none(scale))
        }
        _ => false,
    }
}
