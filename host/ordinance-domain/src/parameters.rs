//! Parameters: the values that a rule reads, each with the first day on which it holds. A new value needs no
//! compilation.

use crate::calendar::{Date, LawDay};
use crate::name::FieldName;
use crate::provision::Provision;
use crate::titles::Titles;
use crate::unit::Unit;
use crate::value::Value;

/// A parameter of a rule with all its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Unique within the rule.
    pub name: FieldName,
    /// Titles for people.
    pub titles: Titles,
    /// In what it stands, if it is a number.
    pub unit: Option<Unit>,
    /// The values, by their first days, and those of one day by their publication. The first one holds from the first
    /// day of the rule, unless the parameter is pending.
    pub values: Vec<DatedValue>,
    /// For a pending parameter, the author's note on who must still set it and why; it may lack values.
    pub pending: Option<String>,
}

/// A value and the days on which it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedValue {
    /// The first day on which the value holds.
    pub from: Date,
    /// The first day on which it no longer holds, though no other follows; `None` if it holds until the next.
    pub until: Option<Date>,
    /// The day from which on it is known; `None` if it is as long as its rule.
    pub published: Option<Date>,
    /// The day on which somebody last held it against the law; `None` if nobody has since it was written.
    pub confirmed: Option<Date>,
    /// As the manifest writes it; a rule's type may convert it.
    pub value: Value,
    /// The provision that sets the value, if it has one of its own.
    pub provision: Option<Provision>,
}

impl DatedValue {
    /// The day on which it was last held against the law: when it was confirmed, published, or began.
    #[must_use]
    pub fn last_confirmed(&self) -> Date {
        self.from.max(self.published.unwrap_or(Date::MIN)).max(self.confirmed.unwrap_or(Date::MIN))
    }
}

impl Parameter {
    /// The provisions that set its values.
    pub fn provisions(&self) -> impl Iterator<Item = &Provision> {
        self.values.iter().filter_map(|dated| dated.provision.as_ref())
    }

    /// The value that holds on a day; `None` before the first, and after the end of one that no other follows.
    #[must_use]
    pub fn on(&self, day: LawDay) -> Option<&DatedValue> {
        self.last_begun(day).filter(|dated| dated.until.is_none_or(|until| day.as_of < until))
    }

    /// The value that holds on a day, or that held last before it.
    #[must_use]
    pub fn last_begun(&self, day: LawDay) -> Option<&DatedValue> {
        let is_known = |dated: &DatedValue| dated.published.is_none_or(|published| published <= day.known_at);
        self.values.iter().rev().find(|dated| dated.from <= day.as_of && is_known(dated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_latest_value_that_has_begun_holds() {
        let dated = |from, number| DatedValue {
            from,
            until: None,
            published: None,
            confirmed: None,
            value: Value::Integer(number),
            provision: None,
        };
        let parameter = Parameter {
            name: FieldName::new("monthly").unwrap(),
            titles: Titles::default(),
            unit: None,
            pending: None,
            values: vec![dated(date(2016, 1, 1), 50), dated(date(2026, 1, 1), 110)],
        };
        let on = |day| parameter.on(LawDay::all_published(day)).map(|dated| dated.value.clone());
        assert_eq!(on(date(2015, 12, 31)), None);
        assert_eq!(on(date(2025, 12, 31)), Some(Value::Integer(50)));
        assert_eq!(on(date(2026, 1, 1)), Some(Value::Integer(110)));
    }
}
