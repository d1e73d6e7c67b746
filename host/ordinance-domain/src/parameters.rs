//! Parameters: the values that a rule reads, each with the first day on which it holds. A new value needs no
//! compilation.

use crate::calendar::Date;
use crate::name::FieldName;
use crate::provision::Provision;
use crate::titles::Titles;
use crate::value::Value;

/// A parameter of a rule with all its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Unique within the rule.
    pub name: FieldName,
    /// Titles for people.
    pub titles: Titles,
    /// The unit for people, such as `CNY per month`.
    pub unit: Option<String>,
    /// The values, earliest first. The first one holds from the first day of the rule, unless the parameter is pending.
    pub values: Vec<DatedValue>,
    /// For a pending parameter, the author's note on who must still set it and why; it may lack values.
    pub pending: Option<String>,
}

/// A value and the first day on which it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedValue {
    /// The first day on which the value holds.
    pub from: Date,
    /// As the manifest writes it; a rule's type may convert it.
    pub value: Value,
    /// The provision that sets the value, if it has one of its own.
    pub provision: Option<Provision>,
}

impl Parameter {
    /// The value that holds on a day; `None` before the first.
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
