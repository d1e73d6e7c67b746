//! Boundary values of a fact: the ends of its range, and the values on both sides of every number of the law. Searches
//! for missing facts that matter and for violations begin with these.

use ordinance_domain::calendar::Date;
use ordinance_domain::fact::{FactType, Field};
use ordinance_domain::value::{Decimal, Record, Value};

use crate::law::ApplicableLaw;

/// The most values of one fact.
const SAMPLES_MAX: usize = 96;
/// The most numbers and days of a law and a case around which values are tried; a case can't make the search long.
const BOUNDARIES_MAX: usize = 256;
/// The most texts that are tried.
const TEXTS_MAX: usize = 64;
/// The most records of which lists are made.
const RECORDS_MAX: usize = 16;
/// A whole number with no more values than this is tried in full.
const RANGE_IN_FULL: i64 = 12;

/// How far beyond a number of the law, in percent of it, values are tried.
const FURTHER_PERCENT: [i64; 5] = [100, 103, 110, 125, 200];

/// The numbers and days in the parameters of a law, on its day.
#[derive(Debug, Clone, Default)]
pub struct BoundaryValues {
    numbers: Vec<Decimal>,
    days: Vec<Date>,
    texts: Vec<String>,
}

impl BoundaryValues {
    /// Those of the rules in force.
    #[must_use]
    pub fn of(law: &ApplicableLaw<'_>) -> Self {
        let mut found = Self::default();
        let day = law.query().as_of;
        for (_, value) in law.levels().iter().flat_map(|level| &level.parameters) {
            found.add(value);
        }
        found.days.push(day);
        let years: Vec<i16> = found.numbers.iter().filter_map(|number| i16::try_from(*number).ok()).collect();
        found.days.extend(years.into_iter().filter(|years| (1..=120).contains(years)).filter_map(|years| {
            let back = jiff::Span::new().years(years);
            day.checked_sub(back).ok()
        }));
        found.numbers.sort_unstable();
        found.numbers.dedup();
        found
    }

    /// Adds the numbers, days and texts of a value.
    pub fn add(&mut self, value: &Value) {
        if self.numbers.len() + self.days.len() >= BOUNDARIES_MAX {
            return;
        }
        match value {
            Value::Integer(number) => self.numbers.push((*number).into()),
            Value::Decimal(number) => self.numbers.push(*number),
            Value::Date(day) => self.days.push(*day),
            Value::Record(record) => record.iter().for_each(|(_, value)| self.add(value)),
            Value::List(items) => items.iter().flatten().for_each(|(_, value)| self.add(value)),
            Value::Decimals(numbers) => self.numbers.extend(numbers),
            Value::Text(text) => self.add_text(text),
            Value::Bool(_) | Value::Choice(_) => {}
        }
    }

    /// Adds a text that is worth trying, such as one that the code of a rule compares with.
    pub fn add_text(&mut self, text: &str) {
        if self.texts.len() < TEXTS_MAX && !self.texts.iter().any(|known| known == text) {
            self.texts.push(text.to_owned());
        }
    }

    /// Whether a value is itself a number or day of the law.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Integer(number) => self.numbers.binary_search(&(*number).into()).is_ok(),
            Value::Decimal(number) => self.numbers.binary_search(number).is_ok(),
            Value::Date(day) => self.days.contains(day),
            Value::Bool(_)
            | Value::Text(_)
            | Value::Choice(_)
            | Value::Record(_)
            | Value::List(_)
            | Value::Decimals(_) => false,
        }
    }

    /// Values of this type that are worth trying; numbers by their size.
    #[must_use]
    pub fn values(&self, fact_type: &FactType) -> Vec<Value> {
        let mut values = match fact_type {
            FactType::Bool => vec![Value::Bool(true), Value::Bool(false)],
            FactType::Choice(choices) => choices.iter().cloned().map(Value::Choice).collect(),
            FactType::Integer { min, max } => self.integers(*min, *max),
            FactType::Decimal { min, max, scale } => self.decimals(*min, *max, *scale),
            FactType::Date => self.dates(),
            FactType::Text { .. } => {
                let known = self.texts.iter().cloned();
                [String::new(), "x".to_owned()].into_iter().chain(known).map(Value::Text).collect()
            }
            FactType::Record(fields) => self.records(fields).into_iter().map(Value::Record).collect(),
            FactType::List { fields, items_max } => {
                self.lists(fields, *items_max).into_iter().map(Value::List).collect()
            }
        };
        // Numbers and days are sorted, so that equal ones are neighbours.
        values.dedup();
        values.retain(|value| fact_type.admits(value));
        thinned(values, SAMPLES_MAX)
    }

    /// Every value of a type that has no more than `most`; of another, those that are worth trying.
    #[must_use]
    pub fn values_in_full(&self, fact_type: &FactType, most: usize) -> Vec<Value> {
        fact_type.all_values(most).unwrap_or_else(|| self.values(fact_type))
    }

    fn integers(&self, min: i64, max: i64) -> Vec<Value> {
        if max.saturating_sub(min) < RANGE_IN_FULL {
            return (min..=max).map(Value::Integer).collect();
        }
        let whole = self.beyond().filter_map(|number| i64::try_from(number.trunc()).ok());
        let around = whole.flat_map(|number| [number.saturating_sub(1), number, number.saturating_add(1)]);
        let mut values: Vec<i64> = [min, max, min.midpoint(max), 0, 1].into_iter().chain(around).collect();
        values.sort_unstable();
        values.into_iter().map(Value::Integer).collect()
    }

    fn decimals(&self, min: Decimal, max: Decimal, scale: u32) -> Vec<Value> {
        let step = Decimal::new(1, scale);
        let around = self.beyond().flat_map(|number| {
            let number = number.round_dp(scale);
            [number.checked_sub(step), Some(number), number.checked_add(step)]
        });
        let middle = (min / Decimal::TWO).checked_add(max / Decimal::TWO).map(|middle| middle.round_dp(scale));
        let ends = [Some(min), Some(max), middle, Some(Decimal::ZERO)];
        let mut values: Vec<Decimal> =
            ends.into_iter().chain(around).flatten().map(|value| value.normalize()).collect();
        values.sort_unstable();
        values.into_iter().map(Value::Decimal).collect()
    }

    /// Every number of the law, and numbers some way beyond it: where amounts are taken from each other, what matters
    /// often lies between one number of the law and the next.
    fn beyond(&self) -> impl Iterator<Item = Decimal> {
        let further = |number: Decimal| FURTHER_PERCENT.map(|percent| number.checked_mul(Decimal::new(percent, 2)));
        self.numbers.iter().flat_map(move |&number| further(number)).flatten()
    }

    fn dates(&self) -> Vec<Value> {
        let around = self.days.iter().flat_map(|day| [day.yesterday().ok(), Some(*day), day.tomorrow().ok()]);
        let ends = [Date::new(1900, 1, 1).ok(), Date::new(2100, 1, 1).ok()];
        let mut days: Vec<Date> = ends.into_iter().chain(around).flatten().collect();
        days.sort_unstable();
        days.into_iter().map(Value::Date).collect()
    }

    /// Records that differ in each field as often as they can: the fields step through their values at different
    /// speeds, so that values of two fields meet in many pairs. The first has the first value of each field.
    fn records(&self, fields: &[Field]) -> Vec<Record> {
        let values: Vec<(&Field, Vec<Value>)> =
            fields.iter().map(|field| (field, self.values(&field.part.fact_type))).collect();
        let most = values.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
        let record = |step: usize| -> Record {
            let value = |(index, (field, values)): (usize, &(&Field, Vec<Value>))| {
                let at = (step * (index + 1) + step / values.len().max(1)) % values.len().max(1);
                Some((field.name.clone(), values.get(at)?.clone()))
            };
            values.iter().enumerate().filter_map(value).collect()
        };
        (0..most.min(SAMPLES_MAX)).map(record).collect()
    }

    /// Lists of no, one, two, three and the most records, of equal and of mixed ones.
    fn lists(&self, fields: &[Field], items_max: usize) -> Vec<Vec<Record>> {
        let records = thinned(self.records(fields), RECORDS_MAX);
        let from = |start: usize, length: usize| -> Vec<Record> {
            records.iter().cycle().skip(start).take(length).cloned().collect()
        };
        let starts = 0..records.len();
        let mut lists = vec![Vec::new()];
        lists.extend(starts.clone().map(|start| from(start, 1)));
        for length in [2, 3, items_max] {
            lists.extend(
                starts.clone().map(|start| vec![start; length]).map(|same| {
                    same.into_iter().filter_map(|start| records.get(start).cloned()).collect::<Vec<Record>>()
                }),
            );
            lists.extend(starts.clone().map(|start| from(start, length)));
        }
        lists.retain(|list| list.len() <= items_max);
        lists.dedup();
        lists
    }
}

/// At most `most` values, of two or more, spread evenly, the first and the last among them.
pub(crate) fn thinned<T: Clone>(values: Vec<T>, most: usize) -> Vec<T> {
    let last = values.len().saturating_sub(1);
    let most = most.max(2);
    if values.len() <= most {
        return values;
    }
    (0..most).filter_map(|step| values.get(step * last / (most - 1)).cloned()).collect()
}
