//! The numbers of facts for which a rule was built. What a rule as expressions computes holds within the bounds that
//! its service's contract had when it was built; once these are wider, it doesn't recognise a number beyond its own.

use std::fmt;
use std::str::FromStr;

use crate::name::FieldName;
use crate::number_range::NumberRange;
use crate::rule_type::{RuleField, RuleType, ValueType};
use crate::value::Decimal;

/// The custom section of a rule's core module that holds its [`NumberRanges`] as a text.
pub const RANGES_SECTION: &str = "ordinance:ranges";

/// The ranges of facts, and of parts of them, by their paths. As a text, each is a line `PATH MIN MAX SCALE`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberRanges(pub Vec<(FieldName, NumberRange)>);

/// A text isn't one of ranges.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the section `{RANGES_SECTION}` has no range in line {line}")]
pub struct NumberRangesError {
    /// From 1.
    pub line: usize,
}

impl fmt::Display for NumberRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(path, range)| writeln!(f, "{path} {} {} {}", range.min, range.max, range.scale))
    }
}

impl FromStr for NumberRanges {
    type Err = NumberRangesError;

    fn from_str(text: &str) -> Result<Self, NumberRangesError> {
        let range = |(index, line): (usize, &str)| read_line(line).ok_or(NumberRangesError { line: index + 1 });
        text.lines().enumerate().map(range).collect::<Result<_, _>>().map(Self)
    }
}

fn read_line(line: &str) -> Option<(FieldName, NumberRange)> {
    let mut words = line.split(' ');
    let path = FieldName::path(words.next()?).ok()?;
    let mut number = || Decimal::from_str_exact(words.next()?).ok();
    let (min, max) = (number()?, number()?);
    let range = NumberRange { min, max, scale: words.next()?.parse().ok()? };
    words.next().is_none().then_some((path, range))
}

impl NumberRanges {
    /// Sets the ranges of the facts of a rule.
    pub fn apply(&self, rule_type: &mut RuleType) {
        self.set(&mut rule_type.applicant, None);
    }

    fn set(&self, fields: &mut [RuleField], within: Option<&FieldName>) {
        for field in fields {
            let path = within.map_or_else(|| field.name.clone(), |within| within.part(&field.name));
            field.range = self.0.iter().find(|(known, _)| *known == path).map(|(_, range)| *range);
            match &mut field.value_type {
                ValueType::Record(inner) | ValueType::List(inner) => self.set(inner, Some(&path)),
                ValueType::Option(inner) => {
                    if let ValueType::Record(inner) | ValueType::List(inner) = inner.as_mut() {
                        self.set(inner, Some(&path));
                    }
                }
                ValueType::Bool
                | ValueType::Integer(_)
                | ValueType::Decimal
                | ValueType::Date
                | ValueType::Text
                | ValueType::Choice(_)
                | ValueType::Decimals => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn ranges_are_read_as_they_are_written() {
        let text = "age 0 150 0\nhousehold_members.income -5 99.5 2\n";
        let ranges: NumberRanges = text.parse().unwrap();
        assert_eq!(ranges.to_string(), text);
        let (_, income) = &ranges.0[1];
        let number = |text: &str| Value::Decimal(text.parse().unwrap());
        for (text, is_held) in [("99.50", true), ("99.500", true), ("99.51", false), ("-5.01", false), ("1.001", false)]
        {
            assert_eq!(income.holds(&number(text)), is_held, "{text}");
        }
        assert!(income.holds(&Value::Bool(true)));
        for wrong in ["age 0 150", "age 0 x 0", "age 0 150 0 0", " ", "age 0 150 -1"] {
            let text = format!("age 0 150 0\n{wrong}\n");
            assert_eq!(text.parse::<NumberRanges>(), Err(NumberRangesError { line: 2 }), "{wrong}");
        }
    }
}
