//! The schemas of facts, by the catalogue of a rulebook.

use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::value::Decimal;
use serde_json::{Map, Value, json};

/// The digits after the point that a decimal may have, zeros at its end included.
const FRACTION_DIGITS_MAX: u32 = 28;

/// An object of some facts, each `null` or of its type.
pub(super) fn facts_schema<'a>(facts: impl Iterator<Item = &'a Fact>) -> Value {
    let properties: Map<String, Value> =
        facts.map(|fact| (fact.name.to_string(), nullable(fact_schema(fact)))).collect();
    json!({
        "type": "object",
        "description": "Facts by name; `null` for one that isn't known.",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn fact_schema(fact: &Fact) -> Value {
    let mut schema = type_schema(&fact.fact_type);
    if let (Value::Object(schema), Some(unit)) = (&mut schema, &fact.unit) {
        schema.insert("x-unit".to_owned(), unit.as_str().into());
    }
    schema
}

fn nullable(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn type_schema(fact_type: &FactType) -> Value {
    match fact_type {
        FactType::Bool => json!({"type": "boolean"}),
        FactType::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        FactType::Decimal { min, max, scale } => decimal_schema(*min, *max, *scale),
        FactType::Date => json!({"$ref": "#/components/schemas/Day"}),
        FactType::Text { bytes_max } => {
            json!({"type": "string", "maxLength": bytes_max, "description": format!("At most {bytes_max} bytes of UTF-8.")})
        }
        FactType::Choice(choices) => json!({"type": "string", "enum": choices}),
        FactType::Record(fields) => record_schema(fields),
        FactType::List { fields, items_max } => {
            json!({"type": "array", "maxItems": items_max, "items": record_schema(fields)})
        }
    }
}

fn record_schema(fields: &[Field]) -> Value {
    let property = |field: &Field| (field.name.to_string(), nullable(fact_schema(&field.part)));
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// A decimal is a string, which keeps its digits, or a number.
fn decimal_schema(min: Decimal, max: Decimal, scale: u32) -> Value {
    let number = |decimal: Decimal| decimal.to_string().parse::<serde_json::Number>().ok();
    let min = min.normalize();
    let max = max.normalize();
    json!({
        "description": format!("A decimal number from {min} to {max} with at most {scale} digits after the point."),
        "anyOf": [
            {"type": "string", "pattern": decimal_pattern(min, max, scale)},
            {"type": "number", "minimum": number(min), "maximum": number(max), "multipleOf": number(Decimal::new(1, scale))},
        ],
    })
}

/// Decimals as they are written. Of the range the pattern says what digits can say: the sign, and the most digits
/// before the point.
fn decimal_pattern(min: Decimal, max: Decimal, scale: u32) -> String {
    let sign = if min.is_sign_negative() && !min.is_zero() { "-?" } else { "" };
    let zeros_max = FRACTION_DIGITS_MAX.saturating_sub(scale);
    let fraction = if scale == 0 {
        format!("(\\.0{{1,{zeros_max}}})?")
    } else {
        format!("(\\.[0-9]{{1,{scale}}}0{{0,{zeros_max}}})?")
    };
    let largest = max.abs().max(min.abs());
    let digits = largest.trunc().normalize().to_string().len();
    if sign.is_empty() && is_power_of_ten(largest) && digits > 1 {
        let below = digits - 1;
        return format!(
            "^0{{0,9}}([0-9]{{1,{below}}}{fraction}|{largest}(\\.0{{1,{FRACTION_DIGITS_MAX}}})?)$",
            largest = largest.normalize()
        );
    }
    format!("^{sign}0{{0,9}}[0-9]{{1,{digits}}}{fraction}$")
}

fn is_power_of_ten(number: Decimal) -> bool {
    let text = number.normalize().to_string();
    text.strip_prefix('1').is_some_and(|zeros| zeros.bytes().all(|digit| digit == b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_of_a_decimal_has_the_digits_of_its_range() {
        let pattern = |min: i64, max: i64, scale| decimal_pattern(Decimal::from(min), Decimal::from(max), scale);
        assert_eq!(pattern(0, 1000, 2), "^0{0,9}([0-9]{1,3}(\\.[0-9]{1,2}0{0,26})?|1000(\\.0{1,28})?)$");
        assert_eq!(pattern(-50, 99, 1), "^-?0{0,9}[0-9]{1,2}(\\.[0-9]{1,1}0{0,27})?$");
        assert_eq!(pattern(0, 7, 0), "^0{0,9}[0-9]{1,1}(\\.0{1,28})?$");
    }
}
