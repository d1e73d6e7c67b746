//! Generators of facts from their types, for property-based tests.

use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::facts::Facts;
use ordinance_domain::value::{Decimal, Record, Value};
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
        FactType::Record(fields) => {
            let record = arbitrary_record(fields, boundary_values, constants).prop_map(Value::Record);
            return prop_oneof![1 => prop::sample::select(boundary), 3 => record].boxed();
        }
        FactType::List { fields, items_max } => {
            let lengths = prop_oneof![0..=3_usize.min(*items_max), Just(*items_max)];
            let record = arbitrary_record(fields, boundary_values, constants);
            let list = lengths.prop_flat_map(move |length| prop::collection::vec(record.clone(), length));
            return prop_oneof![1 => prop::sample::select(boundary), 3 => list.prop_map(Value::List)].boxed();
        }
        FactType::Bool | FactType::Date | FactType::Text { .. } | FactType::Choice(_) => {
            return prop::sample::select(boundary).boxed();
        }
    };
    let at_constants = values_at_constants(constants, fact_type);
    if at_constants.is_empty() {
        return prop_oneof![prop::sample::select(boundary), any].boxed();
    }
    prop_oneof![4 => prop::sample::select(boundary), 4 => any, 1 => prop::sample::select(at_constants)].boxed()
}

/// Generates a record. One field in eight is missing.
fn arbitrary_record(fields: &[Field], boundary_values: &BoundaryValues, constants: &[i64]) -> BoxedStrategy<Record> {
    let field = |field: &Field| {
        let name = field.name.clone();
        let value = arbitrary_value(&field.part.fact_type, boundary_values, constants);
        prop::option::weighted(0.875, value).prop_map(move |value| value.map(|value| (name.clone(), value)))
    };
    let all: Vec<_> = fields.iter().map(field).collect();
    all.prop_map(|fields| fields.into_iter().flatten().collect()).boxed()
}

fn arbitrary_decimal(min: Decimal, max: Decimal, scale: u32) -> BoxedStrategy<Value> {
    let units = |mut number: Decimal| {
        number.rescale(scale);
        i64::try_from(number.mantissa()).unwrap_or_default()
    };
    (units(min)..=units(max)).prop_map(move |units| Value::Decimal(Decimal::new(units, scale).normalize())).boxed()
}
