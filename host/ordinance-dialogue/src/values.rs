//! Values in words: numbers of the law, what was granted, and what was answered.

use maud::{Markup, html};
use ordinance_domain::contract::GrantField;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::unit::Unit;
use ordinance_domain::value::Value;
use ordinance_pages::{ReadingLanguage, day, fill, quantity, written_day};

use crate::parts::titled_or;
use crate::words::PortalWords;

/// A value with its unit; one of a type has the digits of the type.
pub fn value_text(
    value: &Value,
    fact_type: Option<&FactType>,
    unit: Option<&Unit>,
    language: ReadingLanguage,
) -> String {
    let words = PortalWords::of(language);
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
pub fn grant_text(field: &GrantField, value: &Value, language: ReadingLanguage) -> String {
    value_text(value, Some(&field.fact_type), field.unit.as_ref(), language)
}

/// An answer of the form.
pub fn answer_text(fact: &Fact, value: &serde_json::Value, language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    let number = |text: &str| quantity(language, text, fact.unit.as_ref(), fact.tells_age());
    match (value, &fact.fact_type) {
        (serde_json::Value::Bool(yes), _) => html! { (words.yes_or_no(*yes)) },
        (serde_json::Value::Number(text), _) => html! { (number(&text.to_string())) },
        (serde_json::Value::String(text), FactType::Choice(_)) => choice_title(fact, text, language),
        (serde_json::Value::String(text), FactType::Date) => html! { (day(language, text)) },
        (serde_json::Value::String(text), FactType::Decimal { .. }) => html! { (number(text)) },
        (serde_json::Value::String(text), _) => html! { (text) },
        (serde_json::Value::Array(items), _) => html! { (fill(words.entries, &[&items.len().to_string()])) },
        (serde_json::Value::Null | serde_json::Value::Object(_), _) => html! { (words.left_open) },
    }
}

/// A value of a fact that nobody gave, in the words of an answer.
pub fn assumed_text(fact: &Fact, value: &Value, language: ReadingLanguage) -> Markup {
    match value {
        Value::Choice(choice) => choice_title(fact, choice, language),
        Value::Decimal(number) => {
            let mut number = number.normalize();
            // Amounts have two digits after the point, or none.
            if number.scale() == 1 {
                number.rescale(2);
            }
            html! { (quantity(language, &number.to_string(), fact.unit.as_ref(), false)) }
        }
        value => html! { (value_text(value, Some(&fact.fact_type), fact.unit.as_ref(), language)) },
    }
}

/// What a choice is called.
pub fn choice_title(fact: &Fact, choice: &str, language: ReadingLanguage) -> Markup {
    match fact.guidance.choices.get(choice) {
        Some(titles) => titled_or(titles, language, choice),
        None => html! { (choice) },
    }
}
