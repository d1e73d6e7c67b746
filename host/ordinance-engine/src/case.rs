//! A case and the reading of its facts against the contract of the service. Every error has a pointer and the expected
//! form, and never repeats a value.

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::{listed, shortened};
use ordinance_domain::privacy::Disclosure;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::value::{Record, Value};

use crate::derived_facts::derive_facts;
use crate::input_error::{ERRORS_MAX, InputError, unknown_to_rulebook};
use crate::json_path::{JsonPath, Step, pointer_to};
use crate::literals::{read_date, read_decimal};
use crate::processing::{OtherPerson, Processing};
use crate::spelling::nearest;
use crate::untyped_value::UntypedValue;

/// A case to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The query that selects the law.
    pub query: CaseQuery,
    /// The known facts.
    pub facts: Facts,
    /// The recipient, the purpose and the legal basis of the processing.
    pub disclosure: Disclosure,
    /// Other forms of the processing on which privacy law rules as well: on another day, or for the age that the
    /// request claims. For each fact the strictest ruling counts, so an alternative can only tighten.
    pub alternatives: Vec<Disclosure>,
    /// The other people whom the facts are about.
    pub others: Vec<OtherPerson>,
}

impl Case {
    /// A case of these facts, which are processed so.
    #[must_use]
    pub fn new(query: CaseQuery, facts: Facts, processing: Processing) -> Self {
        let Processing { disclosure, alternatives, others } = processing;
        Self { query, facts, disclosure, alternatives, others }
    }
}

/// Reads facts against the contract, and adds those that follow from them on the day of the case.
///
/// # Errors
/// At most 16 errors: facts that the service doesn't have, values of a wrong type or out of range, a contradiction.
pub fn read_facts(
    contract: &Contract,
    facts: &UntypedValue,
    as_of: Date,
    pointer: &str,
) -> Result<Facts, Vec<InputError>> {
    let mut facts = read_facts_alone(contract, facts, pointer)?;
    derive_facts(contract.facts.iter(), &mut facts, as_of, pointer)?;
    match contract.contradiction(&facts) {
        None => Ok(facts),
        Some((denied, known)) => {
            let message = format!("this contradicts `{known}`, which nobody has without it");
            let expected = format!("true, or no `{known}`");
            Err(vec![InputError::expecting(&pointer_to(pointer, denied.as_str()), message, expected)])
        }
    }
}

/// The same without the facts that follow from others, where there is no case.
///
/// # Errors
/// As of [`read_facts`], but for a contradiction.
pub fn read_facts_alone(contract: &Contract, facts: &UntypedValue, pointer: &str) -> Result<Facts, Vec<InputError>> {
    let unknown = |name: &str| unknown_fact(contract, name, pointer);
    read_values(|name| contract.fact(name), unknown, facts, pointer)
}

/// Reads values of any facts of the rulebook.
///
/// # Errors
/// At most 16 errors: facts that the rulebook doesn't have, values of a wrong type or out of range.
pub fn read_known_facts<'a>(
    fact_of: impl Fn(&str) -> Option<&'a Fact>,
    facts: &UntypedValue,
    pointer: &str,
) -> Result<Facts, Vec<InputError>> {
    let unknown = |name: &str| unknown_to_rulebook(&pointer_to(pointer, &shortened(name)));
    read_values(fact_of, unknown, facts, pointer)
}

fn read_values<'a>(
    fact_of: impl Fn(&str) -> Option<&'a Fact>,
    unknown: impl Fn(&str) -> InputError,
    facts: &UntypedValue,
    pointer: &str,
) -> Result<Facts, Vec<InputError>> {
    let UntypedValue::Object(entries) = facts else {
        return Err(vec![InputError::expecting(pointer, format!("this is {}", facts.kind()), "an object of facts")]);
    };
    let whole = JsonPath::root(pointer);
    let mut errors = Vec::new();
    let mut read = Record::with_capacity(entries.len());
    for (name, value) in entries {
        if errors.len() >= ERRORS_MAX {
            break;
        }
        match (fact_of(name), value) {
            (None, _) => errors.push(unknown(name)),
            (Some(_), UntypedValue::Null) => {}
            (Some(fact), value) => {
                let value = read_value(&fact.fact_type, value, &whole.below(Step::Name(name)), &mut errors);
                read.extend(value.map(|value| (fact.name.clone(), value)));
            }
        }
    }
    errors.truncate(ERRORS_MAX);
    if errors.is_empty() { Ok(Facts(read)) } else { Err(errors) }
}

fn unknown_fact(contract: &Contract, name: &str, pointer: &str) -> InputError {
    let known = listed(contract.facts.iter().map(|fact| &fact.name));
    let near = nearest(name, contract.facts.iter().map(|fact| fact.name.as_str()));
    let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
    let message = format!("service `{}` has no such fact{near}", contract.service);
    InputError::expecting(&pointer_to(pointer, &shortened(name)), message, format!("one of {known}"))
}

/// Reads a value of a grant field, as a case file expects it.
///
/// # Errors
/// Every fault.
pub fn read_grant_value(field: &GrantField, value: &UntypedValue) -> Result<Value, Vec<InputError>> {
    read_typed_value(&field.fact_type, value, &pointer_to("/expect/grant", field.name.as_str()))
}

/// Reads a value of a type; `pointer` is its JSON pointer.
///
/// # Errors
/// Every fault.
pub fn read_typed_value(fact_type: &FactType, value: &UntypedValue, pointer: &str) -> Result<Value, Vec<InputError>> {
    let mut errors = Vec::new();
    read_value(fact_type, value, &JsonPath::root(pointer), &mut errors).ok_or(errors)
}

/// Reads one value of a type; a fault is added where it doesn't fit.
fn read_value(
    fact_type: &FactType,
    value: &UntypedValue,
    path: &JsonPath<'_>,
    errors: &mut Vec<InputError>,
) -> Option<Value> {
    let before = errors.len();
    let read = match (fact_type, value) {
        (FactType::Bool, UntypedValue::Bool(yes)) => Some(Value::Bool(*yes)),
        (FactType::Integer { .. }, UntypedValue::Number(text)) => text.parse().ok().map(Value::Integer),
        (FactType::Decimal { .. }, UntypedValue::Number(text) | UntypedValue::Text(text)) => {
            read_decimal(text).map(Value::Decimal)
        }
        (FactType::Date, UntypedValue::Text(text)) => read_date(text).map(Value::Date),
        (FactType::Text { .. }, UntypedValue::Text(text)) => Some(Value::Text(text.clone())),
        (FactType::Choice(_), UntypedValue::Text(choice)) => Some(Value::Choice(choice.clone())),
        (FactType::Record(fields), UntypedValue::Object(entries)) => {
            Some(Value::Record(read_record(fields, entries, path, errors)))
        }
        (FactType::List { fields, .. }, UntypedValue::List(items)) => {
            read_list(fields, items, path, errors).map(Value::List)
        }
        _ => None,
    };
    if errors.len() > before {
        return None;
    }
    match read {
        Some(value) if fact_type.admits(&value) => Some(value),
        Some(_) => {
            errors.push(InputError::expecting(&path.pointer(), "this value is not allowed", fact_type.to_string()));
            None
        }
        None => {
            errors.push(InputError::expecting(
                &path.pointer(),
                format!("this is {} that doesn't fit{}", value.kind(), advice(fact_type, value)),
                fact_type.to_string(),
            ));
            None
        }
    }
}

/// How to write what was probably meant. It depends on nothing of a text: who may not see a fact sends others' texts.
fn advice(fact_type: &FactType, value: &UntypedValue) -> &'static str {
    match (fact_type, value) {
        (FactType::Bool, UntypedValue::Text(_) | UntypedValue::Number(_)) => {
            "; write true for yes and false for no, without quotes"
        }
        (FactType::Decimal { .. }, UntypedValue::Text(_)) => {
            "; write only digits, with a point before the decimals and no sign between thousands, as 2000.00"
        }
        (FactType::Integer { .. }, UntypedValue::Text(_)) => {
            "; write only digits, without quotes and with no sign between thousands, as 2000"
        }
        (_, _) => "",
    }
}

fn read_record(
    fields: &[Field],
    entries: &[(String, UntypedValue)],
    path: &JsonPath<'_>,
    errors: &mut Vec<InputError>,
) -> Record {
    let mut record = Record::with_capacity(entries.len());
    for (name, value) in entries {
        let inner = path.below(Step::Name(name));
        match (fields.iter().find(|field| field.name.is(name)), value) {
            (None, _) => errors.push(InputError::new(&inner.pointer(), "this record has no such field")),
            (Some(_), UntypedValue::Null) => {}
            (Some(field), value) => {
                let value = read_value(&field.part.fact_type, value, &inner, errors);
                record.extend(value.map(|value| (field.name.clone(), value)));
            }
        }
    }
    record
}

fn read_list(
    fields: &[Field],
    items: &[UntypedValue],
    path: &JsonPath<'_>,
    errors: &mut Vec<InputError>,
) -> Option<Vec<Record>> {
    let mut records = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let inner = path.below(Step::Index(index));
        match item {
            UntypedValue::Object(entries) => records.push(read_record(fields, entries, &inner, errors)),
            other => {
                errors.push(InputError::expecting(&inner.pointer(), format!("this is {}", other.kind()), "an object"));
            }
        }
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinance_domain::value::Decimal;

    fn decimal() -> FactType {
        FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(1000), scale: 2 }
    }

    fn check(fact_type: &FactType, json: &str, expect: &str) {
        let raw: &serde_json::value::RawValue = serde_json::from_str(json).unwrap();
        let mut errors = Vec::new();
        let found = match UntypedValue::from_json(raw, "/x") {
            Ok(tree) => {
                read_value(fact_type, &tree, &JsonPath::root("/x"), &mut errors).map(|value| format!("{value:?}"))
            }
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(found.unwrap_or(errors.join(" | ")), expect, "{json}");
    }

    #[test]
    fn a_decimal_is_read_exactly_from_a_string_or_a_number() {
        check(&decimal(), "\"10.10\"", "Decimal(10.1)");
        check(&decimal(), "10.10", "Decimal(10.1)");
        check(&decimal(), "0.07", "Decimal(0.07)");
        let expected = "expected a decimal number from 0 to 1000 with at most 2 digits after the point, as a string";
        check(&decimal(), "0.001", &format!("`/x`: this value is not allowed; {expected}"));
        check(&decimal(), "1e2", &format!("`/x`: this is a number that doesn't fit; {expected}"));
        let digits = "write only digits, with a point before the decimals and no sign between thousands, as 2000.00";
        check(&decimal(), "\"12,5\"", &format!("`/x`: this is a string that doesn't fit; {digits}; {expected}"));
        check(&decimal(), "\"1,300\"", &format!("`/x`: this is a string that doesn't fit; {digits}; {expected}"));
        check(
            &decimal(),
            "99999999999999999999999999999999999999",
            &format!("`/x`: this is a number that doesn't fit; {expected}"),
        );
    }

    #[test]
    fn an_integer_has_no_point_and_stays_in_range() {
        let age = FactType::Integer { min: 0, max: 150 };
        check(&age, "80", "Integer(80)");
        check(&age, "80.0", "`/x`: this is a number that doesn't fit; expected a whole number from 0 to 150");
        check(&age, "151", "`/x`: this value is not allowed; expected a whole number from 0 to 150");
    }

    #[test]
    fn a_date_must_exist() {
        check(&FactType::Date, "\"2024-02-29\"", "Date(2024-02-29)");
        check(
            &FactType::Date,
            "\"2025-02-29\"",
            "`/x`: this is a string that doesn't fit; expected a date as YYYY-MM-DD that exists",
        );
        check(
            &FactType::Date,
            "\"2025-2-9\"",
            "`/x`: this is a string that doesn't fit; expected a date as YYYY-MM-DD that exists",
        );
    }

    #[test]
    fn values_nested_too_deep_and_names_that_stand_twice_are_refused() {
        let deep = format!("{}1{}", "[".repeat(20), "]".repeat(20));
        check(&FactType::Bool, &deep, &format!("`/x{}`: values are nested more than 16 deep", "/0".repeat(17)));
        check(&FactType::Bool, "{\"a\":1,\"a\":2}", "`/x/a`: this name stands in the object twice");
    }
}
