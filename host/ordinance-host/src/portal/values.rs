//! What was answered, in words.

use maud::{Markup, html};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::value::Value;
use ordinance_pages::{ReadingLanguage, day, fill, quantity};

use super::words::PortalWords;
use crate::pages::parts::titled_or;
use crate::pages::values::value_text;
use crate::pages::words::PageWords;

/// An answer of the form.
pub(super) fn answer_text(fact: &Fact, value: &serde_json::Value, language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    let number = |text: &str| quantity(language, text, fact.unit.as_ref(), fact.tells_age());
    match (value, &fact.fact_type) {
        (serde_json::Value::Bool(yes), _) => html! { (PageWords::of(language).yes_or_no(*yes)) },
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
pub(super) fn assumed_text(fact: &Fact, value: &Value, language: ReadingLanguage) -> Markup {
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
pub(super) fn choice_title(fact: &Fact, choice: &str, language: ReadingLanguage) -> Markup {
    match fact.guidance.choices.get(choice) {
        Some(titles) => titled_or(titles, language, choice),
        None => html! { (choice) },
    }
}
