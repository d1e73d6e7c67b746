//! How people write the values of a fact.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::unit::Unit;

/// The type of a fact as people write its values, with the unit of a number.
#[must_use]
pub fn expected_form(fact: &Fact) -> String {
    let unit = fact.unit.as_ref().map(|unit: &Unit| format!(", in {unit}")).unwrap_or_default();
    let words = match &fact.fact_type {
        FactType::Bool => "yes or no".to_owned(),
        FactType::Decimal { min, max, scale } => {
            format!("a decimal number from {min} to {max} with at most {scale} digits after the point")
        }
        FactType::Date => "a day as YYYY-MM-DD that exists".to_owned(),
        FactType::Record(_) => "an object in JSON".to_owned(),
        FactType::List { items_max, .. } => format!("an array in JSON of at most {items_max} objects"),
        other @ (FactType::Integer { .. } | FactType::Text { .. } | FactType::Choice(_)) => other.to_string(),
    };
    words + &unit
}
