//! Sets of facts for searches: those of the known cases, the same with each fact at every boundary value, and generated
//! sets. The same law and cases give the same sets.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Record, Value, field as value_of, set_at, value_at};
use ordinance_engine::ApplicableLaw;
use ordinance_engine::boundary_values::BoundaryValues;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::generators::arbitrary_facts;
use crate::study::Study;

/// The number of generated sets.
const GENERATED: usize = 400;
/// The number of generated sets that become bases, in addition to the known sets. Each base gives a set for each fact
/// and boundary value.
const GENERATED_BASES: usize = 8;
/// The largest number of sets for all days together.
const SETS_MAX: usize = 4_000;
/// The least number of sets of one day, whatever the number of days.
const SETS_MIN: usize = 600;

/// The same facts with `value` for the fact `name`, or for the part that it names.
pub(crate) fn with_fact(facts: &Facts, name: &FieldName, value: Value) -> Facts {
    let mut facts = facts.clone();
    set_at(&mut facts.0, name, Some(value));
    facts
}

/// The same facts without the fact `name`, or without the part that it names.
pub(crate) fn without_fact(facts: &Facts, name: &FieldName) -> Facts {
    let mut facts = facts.clone();
    set_at(&mut facts.0, name, None);
    facts
}

/// A fact, or a part of one, that a search may change.
#[derive(Debug, Clone)]
pub(crate) struct FactPlace<'a> {
    /// The name of the fact, or the path of the part in the facts.
    pub(crate) name: FieldName,
    /// What the catalogue says of it.
    pub(crate) fact: &'a Fact,
}

/// The same facts, each time without another item of a list. Empty for a fact that is no list.
pub(crate) fn fewer_items(facts: &Facts, name: &FieldName) -> Vec<Facts> {
    let Some(Value::List(items)) = value_of(&facts.0, name) else { return Vec::new() };
    let without = |index: usize| {
        let kept = items.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, item)| item.clone()).collect();
        with_fact(facts, name, Value::List(kept))
    };
    (0..items.len()).map(without).collect()
}

/// How many items of a list are changed one by one; further ones are alike.
pub(crate) const ITEMS_MAX: usize = 3;

/// The facts that the law reads, and the parts that it reads of those that the set has.
pub(crate) fn places_in<'a>(law: &ApplicableLaw<'_>, facts: &[&'a Fact], set: &Facts) -> Vec<FactPlace<'a>> {
    let mut places: Vec<FactPlace<'a>> = Vec::new();
    for fact in facts {
        places.push(FactPlace { name: fact.name.clone(), fact });
        let Some(value) = value_of(&set.0, &fact.name) else { continue };
        each_place(&fact.name, fact, value, &mut |place| {
            if law.declarations(&place.name).next().is_some() {
                places.push(place);
            }
        });
    }
    places
}

/// Visits the parts that a value has or may have, at any depth.
fn each_place<'a>(name: &FieldName, whole: &'a Fact, value: &Value, visit: &mut dyn FnMut(FactPlace<'a>)) {
    let mut each_field = |name: &FieldName, record: &Record| {
        for field in whole.fact_type.fields() {
            let part = name.part(&field.name);
            visit(FactPlace { name: part.clone(), fact: &field.part });
            if let Some(value) = value_of(record, &field.name) {
                each_place(&part, &field.part, value, visit);
            }
        }
    };
    match value {
        Value::Record(record) => each_field(name, record),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate().take(ITEMS_MAX) {
                each_field(&name.item(index), item);
            }
        }
        _ => {}
    }
}

/// One set of each list in turn, as long as both have some, and then the rest.
fn first_alternating(one: &[Facts], other: &[Facts]) -> Vec<Facts> {
    let pairs = other.iter().zip(one).flat_map(|(other, one)| [other, one]);
    let both = one.len().min(other.len());
    let rest = other.iter().skip(both).chain(one.iter().skip(both));
    pairs.chain(rest).cloned().collect()
}

/// Generates sets of facts with a fixed seed.
fn generate_sets(facts: &[&Fact], boundary_values: &BoundaryValues, constants: &[i64], count: usize) -> Vec<Facts> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = arbitrary_facts(facts, boundary_values, constants);
    (0..count).filter_map(|_| Some(strategy.new_tree(&mut runner).ok()?.current())).collect()
}

/// The known sets in an order in which sets of different shapes alternate, whatever their order is: those that come
/// first are the bases of searches, and many alike would keep the others out.
fn by_shape(law: &ApplicableLaw<'_>, facts: &[&Fact], known: &[Facts]) -> Vec<Facts> {
    let mut shapes: BTreeMap<Vec<FieldName>, Vec<&Facts>> = BTreeMap::new();
    for set in known {
        let has = |place: &FactPlace<'_>| value_at(&set.0, &place.name).is_some();
        let places = places_in(law, facts, set).into_iter().filter(has);
        shapes.entry(places.map(|place| place.name).collect()).or_default().push(set);
    }
    let longest = shapes.values().map(Vec::len).max().unwrap_or_default();
    // The shapes with the most places first: a set that has everything gives a search the most to change.
    let mut shapes: Vec<(Vec<FieldName>, Vec<&Facts>)> = shapes.into_iter().collect();
    shapes.sort_by_key(|(places, _)| Reverse(places.len()));
    let nth = |index: usize| shapes.iter().filter_map(move |(_, sets)| sets.get(index));
    (0..longest).flat_map(nth).map(|set| (*set).clone()).collect()
}

/// Sets of the facts that the law reads. The number of sets decreases with the number of `days` of law.
pub(crate) fn fact_sets(law: &ApplicableLaw<'_>, study: Study<'_>, known: &[Facts], days: usize) -> Vec<Facts> {
    let sets_max = (SETS_MAX / days.max(1)).max(SETS_MIN);
    let boundary_values = study.boundary_values(law);
    let facts = law.facts_read();
    let mut sets: Vec<Facts> = by_shape(law, &facts, known);
    let generated = generate_sets(&facts, &boundary_values, study.constants, GENERATED);
    let first: Vec<Facts> = generated.iter().take(GENERATED_BASES).cloned().collect();
    // Generated sets have shapes that no known one may have.
    let bases: Vec<Facts> = first_alternating(&first, &sets);
    sets.extend(generated);
    for base in &bases {
        if sets.len() >= sets_max {
            break;
        }
        for FactPlace { name, fact } in places_in(law, &facts, base) {
            let values = boundary_values.values(&fact.fact_type).into_iter();
            sets.extend(values.map(|value| with_fact(base, &name, value)));
        }
    }
    sets.truncate(sets_max);
    sets
}
