//! Bounds: what the law of an upper level lets a lower one change. This module owns the bounds and their order, from
//! loose to tight; [`compose`](crate::compose) applies them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use crate::calendar::{Date, LawDay, Timeline};
use crate::jurisdiction::JurisdictionCode;
use crate::name::{FieldName, Id};
use crate::parameters::Parameter;
use crate::provision::Provision;
use crate::value::Value;

/// A bound and the provision that sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound<Kind> {
    /// What a lower level may do.
    pub kind: Kind,
    /// The provision that sets the bound.
    pub provision: Provision,
}

/// What a lower level may do to the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeBound {
    /// It may grant to more people, but not deny a person to whom the upper level grants.
    Floor,
    /// It may deny a person to whom the upper level grants, but not grant to others.
    Ceiling,
    /// Every level must agree: one level that denies is enough to deny.
    Both,
    /// The lowest rule decides.
    Delegated,
    /// It may not change the outcome.
    Fixed,
}

/// What a lower level may do to a number: a grant field, or a parameter of its own rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantBound {
    /// It may set a value between these limits, both included; an absent limit is open.
    Within {
        /// The lower limit.
        least: Option<Limit>,
        /// The upper limit.
        most: Option<Limit>,
    },
    /// It adds its value to the one that it inherits.
    Sum,
    /// It may set any value of the field's type.
    Delegated,
    /// It may not change a value that an upper level sets.
    Fixed,
}

/// One limit of what a lower level may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// The value that the lower level inherits.
    Inherited,
    /// A number or day of the level that sets the bound.
    Value(Value),
    /// A dated parameter of the level that sets the bound.
    Parameter {
        /// The name of the parameter.
        name: FieldName,
        /// Its values over time.
        values: Timeline<Value>,
    },
}

/// The bounds that one level sets for the levels below it, in addition to those of the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelBounds {
    /// The place whose law sets the bounds.
    pub jurisdiction: JurisdictionCode,
    /// The service whose rules they bind.
    pub service: Id,
    /// The bound on the outcome; empty if the level sets none.
    pub outcome: Timeline<Bound<OutcomeBound>>,
    /// The bounds on grant fields.
    pub grant: BTreeMap<FieldName, Timeline<Bound<GrantBound>>>,
    /// The bounds on parameters of rules of lower levels.
    pub parameters: BTreeMap<FieldName, Timeline<Bound<GrantBound>>>,
    /// The numbers of its file, which limits of its bounds name.
    pub numbers: Vec<Parameter>,
}

impl LevelBounds {
    /// The provisions that set them, in no order, with repeats.
    #[must_use]
    pub fn provisions(&self) -> Vec<&Provision> {
        let Self { jurisdiction: _, service: _, outcome, grant, parameters, numbers } = self;
        let of_outcome = outcome.iter().map(|dated| &dated.value.provision);
        let of_fields = grant.values().chain(parameters.values()).flat_map(Timeline::iter);
        let of_fields = of_fields.map(|dated| &dated.value.provision);
        of_outcome.chain(of_fields).chain(numbers.iter().flat_map(Parameter::provisions)).collect()
    }
}

impl OutcomeBound {
    /// Every bound on an outcome.
    pub const ALL: [Self; 5] = [Self::Floor, Self::Ceiling, Self::Both, Self::Delegated, Self::Fixed];

    /// The stable word for machines and authors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::Both => "both",
            Self::Delegated => "delegated",
            Self::Fixed => "fixed",
        }
    }

    /// Whether the upper bound allows everything that this one allows.
    #[must_use]
    pub fn tightens(self, upper: Self) -> bool {
        match upper {
            Self::Delegated => true,
            Self::Floor => matches!(self, Self::Floor | Self::Fixed),
            Self::Ceiling | Self::Both => matches!(self, Self::Ceiling | Self::Both | Self::Fixed),
            Self::Fixed => self == Self::Fixed,
        }
    }
}

impl Limit {
    /// The value of the limit on a day; `None` if it is the inherited value and there is none, or if the parameter
    /// has no value yet.
    #[must_use]
    pub fn on<'a>(&'a self, day: LawDay, inherited: Option<&'a Value>) -> Option<&'a Value> {
        match self {
            Self::Inherited => inherited,
            Self::Value(value) => Some(value),
            Self::Parameter { values, .. } => values.on(day),
        }
    }

    /// Its values over time, if it is a parameter.
    fn timeline(&self) -> Option<&Timeline<Value>> {
        match self {
            Self::Inherited | Self::Value(_) => None,
            Self::Parameter { values, .. } => Some(values),
        }
    }
}

#[derive(Clone, Copy)]
enum IntervalEnd {
    Least,
    Most,
}

impl GrantBound {
    /// Whether, on a day, the upper bound certainly allows everything that this one allows. An end that this bound
    /// leaves open stays as the upper one has it, since both hold.
    #[must_use]
    pub fn tightens(&self, upper: &Self, day: LawDay) -> bool {
        match (self, upper) {
            (_, Self::Delegated) | (Self::Fixed, _) | (Self::Sum, Self::Sum) => true,
            (Self::Within { least, most }, Self::Within { least: upper_least, most: upper_most }) => {
                end_tightens(least.as_ref(), upper_least.as_ref(), IntervalEnd::Least, day)
                    && end_tightens(most.as_ref(), upper_most.as_ref(), IntervalEnd::Most, day)
            }
            (Self::Within { .. }, Self::Sum | Self::Fixed)
            | (Self::Sum, Self::Within { .. } | Self::Fixed)
            | (Self::Delegated, Self::Within { .. } | Self::Sum | Self::Fixed) => false,
        }
    }

    /// Whether, on a day, the numbers of this bound and the upper ones exclude every value.
    #[must_use]
    pub fn is_unsatisfiable_with<'a>(&'a self, uppers: impl Iterator<Item = &'a Self>, day: LawDay) -> bool {
        let mut least: Option<&Value> = None;
        let mut most: Option<&Value> = None;
        for bound in uppers.chain([self]) {
            let Self::Within { least: own_least, most: own_most } = bound else { continue };
            least = tighter_end(least, value_on(own_least.as_ref(), day, None), Ordering::Greater);
            most = tighter_end(most, value_on(own_most.as_ref(), day, None), Ordering::Less);
        }
        matches!((least, most), (Some(least), Some(most)) if least.compare(most) == Some(Ordering::Greater))
    }

    /// The days on which one of its limits changes.
    #[must_use]
    pub fn days(&self) -> Vec<Date> {
        self.timelines().flat_map(Timeline::days).collect()
    }

    /// The days on which a value of one of its limits is published.
    #[must_use]
    pub fn publications(&self) -> Vec<Date> {
        self.timelines().flat_map(Timeline::publications).collect()
    }

    fn timelines(&self) -> impl Iterator<Item = &Timeline<Value>> {
        let limits = match self {
            Self::Within { least, most } => [least.as_ref(), most.as_ref()],
            Self::Sum | Self::Delegated | Self::Fixed => [None, None],
        };
        limits.into_iter().flatten().filter_map(Limit::timeline)
    }

    /// Whether what a lower level may set depends on the value that it inherits.
    #[must_use]
    pub fn reads_inherited(&self) -> bool {
        match self {
            Self::Within { least, most } => [least, most].into_iter().flatten().any(|end| *end == Limit::Inherited),
            Self::Sum | Self::Fixed => true,
            Self::Delegated => false,
        }
    }

    /// Whether a value lies within both limits on a day. `Sum` and `Fixed` limit no value by itself and allow any.
    #[must_use]
    pub fn allows(&self, value: &Value, day: LawDay, inherited: Option<&Value>) -> bool {
        let Self::Within { least, most } = self else { return true };
        let keeps_least = value_on(least.as_ref(), day, inherited)
            .is_none_or(|least| value.compare(least).is_some_and(Ordering::is_ge));
        let keeps_most =
            value_on(most.as_ref(), day, inherited).is_none_or(|most| value.compare(most).is_some_and(Ordering::is_le));
        keeps_least && keeps_most
    }

    /// The nearest value that the bound allows on a day; the value itself if the bound allows it. A limit replaces a
    /// value that can't be compared with it, and the upper limit wins where the limits exclude each other. `Sum` and
    /// `Fixed` limit no value by itself and allow any.
    #[must_use]
    pub fn nearest(&self, value: &Value, day: LawDay, inherited: Option<&Value>) -> Value {
        let Self::Within { least, most } = self else { return value.clone() };
        let above_least = match value_on(least.as_ref(), day, inherited) {
            Some(least) if !value.compare(least).is_some_and(Ordering::is_ge) => least,
            Some(_) | None => value,
        };
        match value_on(most.as_ref(), day, inherited) {
            Some(most) if !above_least.compare(most).is_some_and(Ordering::is_le) => most.clone(),
            Some(_) | None => above_least.clone(),
        }
    }

    /// The text of the bound, with the values of its parameters on a day.
    #[must_use]
    pub fn text_on(&self, day: LawDay) -> String {
        self.render_with(|limit| match limit {
            Limit::Inherited => "inherited".to_owned(),
            Limit::Value(value) => value.to_plain(),
            Limit::Parameter { name, values } => match values.on(day) {
                Some(value) => format!("{name} ({})", value.to_plain()),
                None => format!("{name} (none yet)"),
            },
        })
    }

    fn render_with(&self, limit: impl Fn(&Limit) -> String) -> String {
        match self {
            Self::Within { least: Some(least), most: Some(most) } => {
                format!("between {} and {}", limit(least), limit(most))
            }
            Self::Within { least: Some(least), most: None } => format!("at-least {}", limit(least)),
            Self::Within { least: None, most: Some(most) } => format!("at-most {}", limit(most)),
            Self::Within { least: None, most: None } | Self::Delegated => "delegated".to_owned(),
            Self::Sum => "sum".to_owned(),
            Self::Fixed => "fixed".to_owned(),
        }
    }
}

impl fmt::Display for GrantBound {
    /// The bound as authors write it, such as `at-least 80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render_with(|limit| match limit {
            Limit::Inherited => "inherited".to_owned(),
            Limit::Value(value) => value.to_plain(),
            Limit::Parameter { name, .. } => name.to_string(),
        }))
    }
}

/// The value of a limit on a day, if there is a limit and it has a value.
fn value_on<'a>(limit: Option<&'a Limit>, day: LawDay, inherited: Option<&'a Value>) -> Option<&'a Value> {
    limit.and_then(|limit| limit.on(day, inherited))
}

/// The one of two ends that compares as `wanted` with the other; the only one, if there is one.
fn tighter_end<'a>(a: Option<&'a Value>, b: Option<&'a Value>, wanted: Ordering) -> Option<&'a Value> {
    match (a, b) {
        (Some(a), Some(b)) if b.compare(a) == Some(wanted) => Some(b),
        (Some(a), _) => Some(a),
        (None, b) => b,
    }
}

/// Whether an end is certainly as tight as the upper one on a day. An inherited value lies within the numbers of the
/// levels above, so it is as tight as any of them.
fn end_tightens(own: Option<&Limit>, upper: Option<&Limit>, end: IntervalEnd, day: LawDay) -> bool {
    match (own, upper) {
        (None, _) | (_, None) | (Some(Limit::Inherited), Some(_)) => true,
        (Some(Limit::Value(_) | Limit::Parameter { .. }), Some(Limit::Inherited)) => false,
        (Some(own), Some(upper)) => match (own.on(day, None), upper.on(day, None)) {
            // A limit without a value yet limits nothing on that day.
            (None, _) | (_, None) => true,
            (Some(own), Some(upper)) => match end {
                IntervalEnd::Least => own.compare(upper).is_some_and(Ordering::is_ge),
                IntervalEnd::Most => own.compare(upper).is_some_and(Ordering::is_le),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn on(year: i16, month: i8, day: i8) -> LawDay {
        LawDay::all_published(date(year, month, day))
    }

    fn number(number: i64) -> Limit {
        Limit::Value(Value::Integer(number))
    }

    fn within(least: Option<Limit>, most: Option<Limit>) -> GrantBound {
        GrantBound::Within { least, most }
    }

    fn dated(values: &[(i16, i64)]) -> Limit {
        let values = values.iter().map(|&(year, value)| (date(year, 1, 1), Value::Integer(value))).collect();
        Limit::Parameter { name: FieldName::new("most").unwrap(), values: Timeline::of_days(values) }
    }

    #[test]
    fn an_outcome_may_be_tightened_and_never_loosened() {
        use OutcomeBound::{Both, Ceiling, Delegated, Fixed, Floor};
        for (upper, allowed) in [
            (Delegated, vec![Floor, Ceiling, Both, Delegated, Fixed]),
            (Floor, vec![Floor, Fixed]),
            (Ceiling, vec![Ceiling, Both, Fixed]),
            (Both, vec![Ceiling, Both, Fixed]),
            (Fixed, vec![Fixed]),
        ] {
            let tighter: Vec<OutcomeBound> =
                OutcomeBound::ALL.into_iter().filter(|bound| bound.tightens(upper)).collect();
            assert_eq!(tighter, allowed, "{upper:?}");
        }
    }

    #[test]
    fn an_interval_may_be_narrowed_and_never_widened() {
        let day = on(2026, 1, 1);
        let upper = within(Some(number(13)), Some(number(16)));
        for (bound, tighter) in [
            (within(Some(number(14)), Some(number(16))), true),
            (within(Some(number(14)), None), true),
            (within(Some(Limit::Inherited), None), true),
            (within(Some(number(12)), Some(number(16))), false),
            (within(Some(number(13)), Some(number(17))), false),
            (GrantBound::Fixed, true),
            (GrantBound::Sum, false),
            (GrantBound::Delegated, false),
        ] {
            assert_eq!(bound.tightens(&upper, day), tighter, "{bound}");
        }
        let inherited = within(Some(Limit::Inherited), None);
        assert!(!within(Some(number(50)), None).tightens(&inherited, day), "the inherited value may be more than 50");
        assert!(within(None, Some(number(500))).tightens(&inherited, day));
    }

    #[test]
    fn bounds_that_exclude_each_other_leave_nothing() {
        let day = on(2026, 1, 1);
        let at_most = within(None, Some(number(100)));
        assert!(within(Some(number(150)), None).is_unsatisfiable_with([&at_most].into_iter(), day));
        assert!(!within(Some(number(100)), None).is_unsatisfiable_with([&at_most].into_iter(), day));
        assert!(!within(Some(Limit::Inherited), None).is_unsatisfiable_with([&at_most].into_iter(), day));
    }

    #[test]
    fn a_dated_limit_is_compared_and_applied_on_the_day() {
        let bound = within(None, Some(dated(&[(2020, 320), (2025, 330)])));
        let upper = within(None, Some(number(320)));
        assert!(bound.tightens(&upper, on(2024, 12, 31)));
        assert!(!bound.tightens(&upper, on(2025, 1, 1)));
        let nearest = |year| bound.nearest(&Value::Integer(325), on(year, 6, 1), None);
        assert_eq!(nearest(2024), Value::Integer(320));
        assert_eq!(nearest(2025), Value::Integer(325));
        assert_eq!(bound.to_string(), "at-most most");
        assert_eq!(bound.text_on(on(2024, 6, 1)), "at-most most (320)");
        assert_eq!(bound.text_on(on(2019, 6, 1)), "at-most most (none yet)");
    }
}
