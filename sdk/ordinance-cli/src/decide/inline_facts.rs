//! Reads facts that stand on the command line, as texts, by their types in the contract of the service. Whoever runs
//! the command wrote the values, so a message repeats them.

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::name::{listed, shortened};
use ordinance_domain::value::Value;
use ordinance_engine::literals::{read_date, read_decimal};
use ordinance_engine::spelling::nearest;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_harness::expected_form;
use serde_json::value::RawValue;

/// A fact on the command line that can't be read: which, why, and how it is written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InlineFactError(String);

/// Reads each fact.
///
/// # Errors
/// Every fault: a fact that the service doesn't have, a value that isn't of the type of its fact.
pub(crate) fn read_inline_facts(
    contract: &Contract,
    facts: &[(&str, &str)],
) -> Result<Vec<(String, UntypedValue)>, Vec<InlineFactError>> {
    let mut faults = Vec::new();
    let mut read = Vec::with_capacity(facts.len());
    for (name, text) in facts {
        let value = contract.fact(name).ok_or_else(|| unknown_fact(contract, name)).and_then(|fact| value(fact, text));
        match value {
            Ok(value) => read.push(((*name).to_owned(), value)),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn unknown_fact(contract: &Contract, name: &str) -> InlineFactError {
    let known = || contract.facts.iter().map(|fact| fact.name.as_str());
    let whole = name.split(['.', '[']).next().unwrap_or_default();
    if let Some(fact) = contract.fact(whole).filter(|_| whole != name) {
        let shape = json_shape(fact);
        return InlineFactError(format!("`{name}` is a part of `{whole}`: write the whole as JSON, {whole}='{shape}'"));
    }
    let name = shortened(name);
    let mend = nearest(&name, known())
        .map_or_else(|| format!("its facts are {}", listed(known())), |near| format!("did you mean `{near}`?"));
    InlineFactError(format!("service `{}` has no fact `{name}`; {mend}", contract.service))
}

/// The value of a fact as a request would send it.
fn value(fact: &Fact, text: &str) -> Result<UntypedValue, InlineFactError> {
    let misfit = |why: &str| {
        InlineFactError(format!("`{}` is {}, not `{}`{why}", fact.name, expected_form(fact), shortened(text)))
    };
    if text.is_empty() {
        let fault = format!("`{}` has no value: leave the fact out while it isn't known", fact.name);
        return Err(InlineFactError(fault));
    }
    let (untyped, value) = match &fact.fact_type {
        FactType::Bool => {
            let yes = yes_or_no(text).ok_or_else(|| misfit(""))?;
            return Ok(UntypedValue::Bool(yes));
        }
        FactType::Integer { .. } => (UntypedValue::Number(text.to_owned()), text.parse().ok().map(Value::Integer)),
        FactType::Decimal { .. } => (UntypedValue::Number(text.to_owned()), read_decimal(text).map(Value::Decimal)),
        FactType::Date => (UntypedValue::Text(text.to_owned()), read_date(text).map(Value::Date)),
        FactType::Text { .. } => (UntypedValue::Text(text.to_owned()), Some(Value::Text(text.to_owned()))),
        FactType::Choice(_) => (UntypedValue::Text(text.to_owned()), Some(Value::Choice(text.to_owned()))),
        FactType::Record(_) | FactType::List { .. } => {
            let shape = || format!("; write {}='{}'", fact.name, json_shape(fact));
            let raw: &RawValue =
                serde_json::from_str(text).map_err(|error| misfit(&format!(": {error}{}", shape())))?;
            // The engine reads the parts, and names each that doesn't fit.
            return UntypedValue::from_json(raw, "").map_err(|error| misfit(&format!(": {error}")));
        }
    };
    match value {
        Some(value) if fact.fact_type.admits(&value) => Ok(untyped),
        Some(_) | None => Err(misfit(&hint(fact, text))),
    }
}

/// What may have been meant by a value that doesn't fit.
fn hint(fact: &Fact, text: &str) -> String {
    match &fact.fact_type {
        FactType::Choice(words) => nearest(text, words.iter().map(String::as_str))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default(),
        FactType::Integer { .. } | FactType::Decimal { .. } => {
            let has_number = text.bytes().any(|byte| byte.is_ascii_digit());
            let has_more = text.chars().any(|letter| !letter.is_ascii_digit() && !matches!(letter, '.' | '-' | '+'));
            let mend = "; write the number alone, without its unit and without separators";
            if has_number && has_more { mend.to_owned() } else { String::new() }
        }
        FactType::Bool | FactType::Date | FactType::Text { .. } | FactType::Record(_) | FactType::List { .. } => {
            String::new()
        }
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

/// A record or a list of the fact with its fields, such as `[{"age":...}]`.
fn json_shape(fact: &Fact) -> String {
    let fields = fact.fact_type.fields().iter().map(|field| format!("\"{}\":...", field.name));
    let record = format!("{{{}}}", fields.collect::<Vec<_>>().join(","));
    if fact.fact_type.items_max() > 0 { format!("[{record}]") } else { record }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinance_domain::fact::{Holder, Sensitivity};
    use ordinance_domain::name::FieldName;
    use ordinance_domain::unit::Unit;

    fn fact(fact_type: FactType, unit: Option<&str>) -> Fact {
        Fact {
            name: FieldName::new("income").unwrap(),
            fact_type,
            titles: Default::default(),
            category: None,
            sensitivity: Sensitivity::Public,
            unit: unit.map(|text| Unit::parse(text).unwrap()),
            sharing: None,
            holder: Holder::Applicant,
            implied_by: Vec::new(),
            guidance: Default::default(),
            derivation: None,
            normalisation: Default::default(),
        }
    }

    fn check(fact_type: FactType, text: &str, expect: &str) {
        let found = value(&fact(fact_type, None), text);
        assert_eq!(found.map_or_else(|fault| fault.0, |value| format!("{value:?}")), expect);
    }

    #[test]
    fn a_text_is_read_by_the_type_of_its_fact() {
        let age = || FactType::Integer { min: 0, max: 150 };
        check(FactType::Bool, "yes", "Bool(true)");
        check(FactType::Bool, "False", "Bool(false)");
        check(FactType::Bool, "1", "`income` is yes or no, not `1`");
        check(age(), "80", "Number(\"80\")");
        check(age(), "151", "`income` is a whole number from 0 to 150, not `151`");
        check(age(), "", "`income` has no value: leave the fact out while it isn't known");
        check(FactType::Date, "2025-02-29", "`income` is a day as YYYY-MM-DD that exists, not `2025-02-29`");
        let choice = || FactType::Choice(vec!["registered".into(), "resident".into()]);
        check(choice(), "resident", "Text(\"resident\")");
        let near = "`income` is one of `registered`, `resident`, not `registred`; did you mean `registered`?";
        check(choice(), "registred", near);
    }

    #[test]
    fn a_number_with_its_unit_is_told_to_stand_alone() {
        let fact_type = FactType::Decimal { min: 0.into(), max: 1000.into(), scale: 2 };
        let fact = fact(fact_type, Some("CNY per month"));
        let expected =
            "`income` is a decimal number from 0 to 1000 with at most 2 digits after the point, in CNY per month";
        let alone = "; write the number alone, without its unit and without separators";
        assert_eq!(value(&fact, "80CNY").unwrap_err().0, format!("{expected}, not `80CNY`{alone}"));
        assert_eq!(value(&fact, "0.001").unwrap_err().0, format!("{expected}, not `0.001`"));
        assert_eq!(value(&fact, "80.50"), Ok(UntypedValue::Number("80.50".into())));
    }
}
