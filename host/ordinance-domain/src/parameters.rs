//! Dated parameters: the numbers of a rule and the day from which each is in force. They change without recompiling.

use crate::calendar::Date;
use crate::name::FieldName;
use crate::provision::Provision;
use crate::titles::Titles;
use crate::value::Value;

/// A parameter of a rule with all its values, ordered by date.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: FieldName,
    /// Titles by language.
    pub titles: Titles,
    /// The unit, in words.
    pub unit: Option<String>,
    /// Its values; the first is in force when the rule is, unless it is pending.
    pub values: Vec<DatedValue>,
    /// Who still has to set it and why it is open, in the author's words; a pending parameter may lack values.
    pub pending: Option<String>,
}

/// A value and the first day on which it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedValue {
    /// The first day.
    pub from: Date,
    /// The value.
    pub value: Value,
    /// Where it is written, if it has a provision of its own.
    pub provision: Option<Provision>,
}

impl Parameter {
    /// The value on a day; none before the first.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&DatedValue> {
        self.values.iter().rev().find(|dated| dated.from <= day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_latest_value_that_has_begun_holds() {
        let dated = |from, number| DatedValue { from, value: Value::Integer(number), provision: None };
        let parameter = Parameter {
            name: FieldName::new("monthly").unwrap(),
            titles: Titles::default(),
            unit: None,
            pending: None,
            values: vec![dated(date(2016, 1, 1), 50), dated(date(2026, 1, 1), 110)],
        };
        let on = |day| parameter.on(day).map(|dated| dated.value.clone());
        assert_eq!(on(date(2015, 12, 31)), None);
        assert_eq!(on(date(2025, 12, 31)), Some(Value::Integer(50)));
        assert_eq!(on(date(2026, 1, 1)), Some(Value::Integer(110)));
    }
}
