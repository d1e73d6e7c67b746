//! The columns of a table as finitely many cells: between two values that tests name, all values pass the same tests.

use ordinance_feel_runtime::{Rounding, Value};

use super::ranges::Ranges;
use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::tree::Comparison;
use crate::types::{Type, TypeKind};

/// A value that can be compared with others of its column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Number(Exact),
    /// A day by its number, or a duration of months or nanoseconds.
    Steps(i128),
    Text(String),
}

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    /// The values that tests name, in order. `None` for truth and for words, whose cells are their values.
    keys: Option<Vec<Key>>,
    /// A value of each cell, as authors write it.
    pub(crate) samples: Vec<String>,
    /// For each value and each gap between two (before the first, the first, after it, ...) the cells before it.
    before: Vec<u32>,
}

/// What a column is made of.
enum Line {
    Number(Bounds),
    Day,
    Months,
    Nanoseconds,
    Text,
}

fn line_of(kind: &TypeKind) -> Option<Line> {
    match kind {
        TypeKind::Number(bounds) => Some(Line::Number(Bounds::from(*bounds))),
        TypeKind::Date => Some(Line::Day),
        TypeKind::MonthsDuration => Some(Line::Months),
        TypeKind::DaysDuration => Some(Line::Nanoseconds),
        TypeKind::Text => Some(Line::Text),
        TypeKind::Null
        | TypeKind::Any
        | TypeKind::Boolean
        | TypeKind::Choice(_)
        | TypeKind::Time
        | TypeKind::DateTime
        | TypeKind::List { .. }
        | TypeKind::Context(_)
        | TypeKind::Range(_) => None,
    }
}

/// The value as a key; `None` for values that have no order here.
pub(crate) fn key_of(value: &Value) -> Option<Key> {
    match value {
        Value::Number(number) => Exact::of(*number).map(Key::Number),
        Value::Date(day) => Some(Key::Steps(day.to_days().into())),
        Value::Months(months) => Some(Key::Steps(months.0.into())),
        Value::Days(days) => Some(Key::Steps(days.0)),
        Value::Text(text) => Some(Key::Text(text.to_string())),
        Value::Boolean(_)
        | Value::Failed(_)
        | Value::Unknown
        | Value::Between(..)
        | Value::Null
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::List(_)
        | Value::Perhaps(_)
        | Value::Context(_)
        | Value::Range(_) => None,
    }
}

impl Column {
    /// The column of an input of a type, whose tests name these values. `None` if it can't be divided into cells.
    pub(crate) fn new(ty: &Type, mut keys: Vec<Key>) -> Option<Self> {
        let of_values = |samples: Vec<String>| Self { keys: None, samples, before: Vec::new() };
        match &ty.kind {
            _ if ty.nullable => return None,
            TypeKind::Boolean => return Some(of_values(vec!["false".to_owned(), "true".to_owned()])),
            TypeKind::Choice(words) => return Some(of_values(words.iter().map(|word| quoted(word)).collect())),
            _ => {}
        }
        let line = line_of(&ty.kind)?;
        keys.sort_unstable();
        keys.dedup();
        let (mut samples, mut before) = (Vec::new(), Vec::new());
        let mut add = |sample: Option<String>| {
            before.push(u32::try_from(samples.len()).unwrap_or(u32::MAX));
            samples.extend(sample);
        };
        let mut last: Option<&Key> = None;
        for key in &keys {
            add(line.between(last, Some(key)));
            add(line.has(key).then(|| line.written(key)));
            last = Some(key);
        }
        add(line.between(last, None));
        before.push(u32::try_from(samples.len()).ok()?);
        Some(Self { keys: Some(keys), samples, before })
    }

    /// How many cells it has.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.samples.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn all(&self) -> Ranges {
        super::ranges::union(vec![(0, self.count())])
    }

    /// The cells whose values compare so with a value.
    pub(crate) fn compared(&self, operator: Comparison, value: &Value) -> Option<Ranges> {
        let Some(keys) = &self.keys else { return self.of_value(operator, value) };
        let index = keys.binary_search(&key_of(value)?).ok()?;
        let point = index * 2 + 1;
        let end = keys.len() * 2 + 1;
        let parts: Vec<(usize, usize)> = match operator {
            Comparison::Equal => vec![(point, point + 1)],
            Comparison::NotEqual => vec![(0, point), (point + 1, end)],
            Comparison::Less => vec![(0, point)],
            Comparison::LessOrEqual => vec![(0, point + 1)],
            Comparison::Greater => vec![(point + 1, end)],
            Comparison::GreaterOrEqual => vec![(point, end)],
        };
        let cells = parts.into_iter().map(|(from, to)| Some((*self.before.get(from)?, *self.before.get(to)?)));
        Some(super::ranges::union(cells.collect::<Option<_>>()?))
    }

    fn of_value(&self, operator: Comparison, value: &Value) -> Option<Ranges> {
        let sample = match value {
            Value::Boolean(value) => value.to_string(),
            Value::Text(word) => quoted(word),
            _ => return None,
        };
        let cell = self.samples.iter().position(|known| *known == sample).and_then(|cell| u32::try_from(cell).ok());
        let equal: Ranges = cell.map(|cell| (cell, cell + 1)).into_iter().collect();
        match operator {
            Comparison::Equal => Some(equal),
            Comparison::NotEqual => Some(super::ranges::complement(&equal, self.count())),
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => None,
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

impl Line {
    /// Whether a value can be this one.
    fn has(&self, key: &Key) -> bool {
        match (self, key) {
            (Self::Number(bounds), Key::Number(number)) => {
                bounds.range.is_none_or(|(low, high)| low <= *number && *number <= high)
                    && bounds.scale.is_none_or(|scale| number.scale() <= scale)
            }
            (_, _) => true,
        }
    }

    /// A value between two, if there can be one.
    fn between(&self, low: Option<&Key>, high: Option<&Key>) -> Option<String> {
        let number = |key: &Key| if let Key::Number(number) = key { Some(*number) } else { None };
        let steps = |key: &Key| if let Key::Steps(steps) = key { Some(*steps) } else { None };
        match self {
            Self::Number(bounds) => {
                let (low, high) = (low.and_then(number), high.and_then(number));
                number_between(*bounds, low, high).map(|number| number.to_string())
            }
            Self::Day | Self::Months | Self::Nanoseconds => {
                let (low, high) = (low.and_then(steps), high.and_then(steps));
                let found = match (low, high) {
                    (Some(low), Some(high)) => (high - low > 1).then(|| low + 1)?,
                    (Some(low), None) => low + 1,
                    (None, Some(high)) => high - 1,
                    (None, None) => 0,
                };
                Some(self.written(&Key::Steps(found)))
            }
            Self::Text => Some("any other text".to_owned()),
        }
    }

    /// The value as authors write it.
    fn written(&self, key: &Key) -> String {
        let shown = |write: &dyn Fn(&mut String)| {
            let mut text = String::new();
            write(&mut text);
            format!("@\"{text}\"")
        };
        match (self, key) {
            (_, Key::Number(number)) => number.to_string(),
            (_, Key::Text(text)) => quoted(text),
            (Self::Day, Key::Steps(days)) => {
                let day = i64::try_from(*days).ok().and_then(ordinance_feel_runtime::Date::from_days);
                day.map_or_else(|| "any other day".to_owned(), |day| shown(&|text| day.write(text)))
            }
            (Self::Months, Key::Steps(months)) => {
                let months = ordinance_feel_runtime::MonthsDuration(i64::try_from(*months).unwrap_or(i64::MAX));
                shown(&|text| months.write(text))
            }
            (Self::Nanoseconds, Key::Steps(nanoseconds)) => {
                shown(&|text| ordinance_feel_runtime::DaysDuration(*nanoseconds).write(text))
            }
            (Self::Number(_) | Self::Text, Key::Steps(steps)) => steps.to_string(),
        }
    }
}

/// A number above one and below another that is within the bounds and has no more digits than they say.
fn number_between(bounds: Bounds, above: Option<Exact>, below: Option<Exact>) -> Option<Exact> {
    let (least, most) = (bounds.range.map(|(low, _)| low), bounds.range.map(|(_, high)| high));
    let found = match (bounds.scale, above) {
        (Some(scale), Some(above)) => {
            let next = above.rounded(i32::from(scale), Rounding::Floor)?.add(Exact::new(1, scale))?;
            least.map_or(next, |least| least.max(next))
        }
        (None, Some(above)) => {
            let end = match (below, most) {
                (Some(below), Some(most)) => Some(below.min(most)),
                (below, most) => below.or(most),
            };
            let start = least.map_or(above, |least| least.max(above));
            match end {
                Some(end) => start.add(end)?.divide(Exact::whole(2), Rounding::Floor)?,
                None => start.add(Exact::ONE)?,
            }
        }
        (_, None) => match (least, below) {
            (Some(least), _) => least,
            (None, Some(below)) => below.subtract(Exact::ONE)?,
            (None, None) => Exact::ZERO,
        },
    };
    let is_above = above.is_none_or(|above| found > above) && least.is_none_or(|least| found >= least);
    let is_below = below.is_none_or(|below| found < below) && most.is_none_or(|most| found <= most);
    (is_above && is_below).then_some(found)
}
