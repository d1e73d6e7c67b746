//! Facts of nobody to try a law on: those of the known cases, the same with each fact at every boundary, and generated ones.
//! The same each time for the same law and cases.

use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_engine::ApplicableLaw;
use ordinance_engine::samples::BoundaryValues;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::generators::arbitrary_facts;
use crate::study::Study;

/// How many sets are generated.
const GENERATED: usize = 400;
/// How many of them are bases from which each fact is put at every boundary, after the known ones.
const GENERATED_BASES: usize = 8;
/// The most sets in all.
const SETS_MAX: usize = 4_000;
/// How many sets there may be on each of however many days.
const SETS_MIN: usize = 600;

/// The same facts with one more, or with another value of one.
pub(crate) fn with(facts: &Facts, name: &FieldName, value: Value) -> Facts {
    let others = facts.0.iter().filter(|(known, _)| known != name).cloned();
    Facts(others.chain([(name.clone(), value)]).collect())
}

/// The same facts without one.
pub(crate) fn without(facts: &Facts, name: &FieldName) -> Facts {
    Facts(facts.0.iter().filter(|(known, _)| known != name).cloned().collect())
}

/// So many sets of facts that are made up; the same each time.
fn generate_sets(facts: &[&Fact], boundary_values: &BoundaryValues, constants: &[i64], count: usize) -> Vec<Facts> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = arbitrary_facts(facts, boundary_values, constants);
    (0..count).filter_map(|_| Some(strategy.new_tree(&mut runner).ok()?.current())).collect()
}

/// Sets of facts that the law reads; fewer the more `days` of law there are to try.
pub(crate) fn fact_sets(law: &ApplicableLaw<'_>, study: Study<'_>, known: &[Facts], days: usize) -> Vec<Facts> {
    let most = (SETS_MAX / days.max(1)).max(SETS_MIN);
    let boundary_values = BoundaryValues::of(law);
    let facts = law.facts_read();
    let mut sets: Vec<Facts> = known.to_vec();
    sets.extend(generate_sets(&facts, &boundary_values, study.constants, GENERATED));
    let bases = sets.get(..known.len() + GENERATED_BASES).unwrap_or(&sets).to_vec();
    for base in &bases {
        for fact in &facts {
            let values = boundary_values.values(&fact.fact_type).into_iter();
            sets.extend(values.map(|value| with(base, &fact.name, value)));
        }
        if sets.len() >= most {
            break;
        }
    }
    sets.truncate(most);
    sets
}
