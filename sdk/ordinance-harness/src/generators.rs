//! Generators of facts from their types, for property-based tests.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::boundary_values::BoundaryValues;
use proptest::prelude::*;

use crate::candidate_values::values_at_constants;

/// Generates facts. One fact in eight is missing.
pub(crate) fn arbitrary_facts(
    facts: &[&Fact],
    boundary_values: &BoundaryValues,
    constants: &[i64],
) -> impl Strategy<Value = Facts> + use<> {
    let fact = |fact: &&Fact| {
        let name = fact.name.clone();
        let value = arbitrary_value(&fact.fact_type, boundary_values, constants);
        prop::option::weighted(0.875, value).prop_map(move |value| value.map(|value| (name.clone(), value)))
    };
    let all: Vec<_> = facts.iter().map(fact).collect();
    all.prop_map(|facts| Facts(facts.into_iter().flatten().collect()))
}

/// Generates a value of a type: a boundary value, a random value or, less often, a value at a constant of the code.
fn arbitrary_value(fact_type: &FactType, boundary_values: &BoundaryValues, constants: &[i64]) -> BoxedStrategy<Value> {
    let boundary = boundary_values.values(fact_type);
    let any: BoxedStrategy<Value> = match fact_type {
        FactType::Integer { min, max } => (*min..=*max).prop_map(Value::Integer).boxed(),
        FactType::Decimal { min, max, scale } => arbitrary_decimal(*min, *max, *scale),
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => return prop::sample::select(boundary).boxed(),
    };
    let at_constants = values_at_constants(constants, fact_type);
    if at_constants.is_empty() {
        return prop_oneof![prop::sample::select(boundary), any].boxed();
    }
    prop_oneof![4 => prop::sample::select(boundary), 4 => any, 1 => prop::sample::select(at_constants)].boxed()
}

fn arbitrary_decimal(min: Decimal, max: Decimal, scale: u32) -> BoxedStrategy<Value> {
    let units = |mut number: Decimal| {
        number.rescale(scale);
        i64::try_from(number.mantissa()).unwrap_or_default()
    };
    (units(min)..=units(max)).prop_map(move |units| Value::Decimal(Decimal::new(units, scale).normalize())).boxed()
}
