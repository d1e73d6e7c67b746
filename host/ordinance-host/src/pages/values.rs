//! Values in words: numbers of the law and what was granted.

use ordinance_domain::contract::GrantField;
use ordinance_domain::fact::FactType;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::Value;
use ordinance_pages::{ReadingLanguage, quantity, written_day};

use crate::pages::words::PageWords;

/// A value with its unit; one of a type has the digits of the type.
pub(crate) fn value_text(
    value: &Value,
    fact_type: Option<&FactType>,
    unit: Option<&Unit>,
    language: ReadingLanguage,
) -> String {
    let words = PageWords::of(language);
    let listed = |texts: Vec<String>| language.listed(&texts);
    match value {
        Value::Bool(yes) => words.yes_or_no(*yes).to_owned(),
        Value::Integer(number) => quantity(language, &number.to_string(), unit, false),
        Value::Decimal(number) => {
            let number = fact_type.map_or(*number, |fact_type| fact_type.scaled(*number));
            quantity(language, &number.to_string(), unit, false)
        }
        Value::Date(day) => written_day(language, *day),
        Value::Text(text) | Value::Choice(text) => text.clone(),
        Value::Decimals(numbers) => listed(numbers.iter().map(ToString::to_string).collect()),
        Value::Record(_) | Value::List(_) => words.a_table.to_owned(),
    }
}

/// A value of a grant with its unit.
pub(crate) fn grant_text(field: &GrantField, value: &Value, language: ReadingLanguage) -> String {
    value_text(value, Some(&field.fact_type), field.unit.as_ref(), language)
}
