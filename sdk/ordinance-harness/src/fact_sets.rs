//! Sets of facts for searches: those of the known cases, the same with each fact at every boundary value, and generated
//! sets. The same law and cases give the same sets.

use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
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

/// The same facts with `value` for the fact `name`.
pub(crate) fn with_fact(facts: &Facts, name: &FieldName, value: Value) -> Facts {
    let others = facts.0.iter().filter(|(known, _)| known != name).cloned();
    Facts(others.chain([(name.clone(), value)]).collect())
}

/// The same facts without the fact `name`.
pub(crate) fn without_fact(facts: &Facts, name: &FieldName) -> Facts {
    Facts(facts.0.iter().filter(|(known, _)| known != name).cloned().collect())
}

/// Generates sets of facts with a fixed seed.
fn generate_sets(facts: &[&Fact], boundary_values: &BoundaryValues, constants: &[i64], count: usize) -> Vec<Facts> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = arbitrary_facts(facts, boundary_values, constants);
    (0..count).filter_map(|_| Some(strategy.new_tree(&mut runner).ok()?.current())).collect()
}

/// Sets of the facts that the law reads. The number of sets decreases with the number of `days` of law.
pub(crate) fn fact_sets(law: &ApplicableLaw<'_>, study: Study<'_>, known: &[Facts], days: usize) -> Vec<Facts> {
    let sets_max = (SETS_MAX / days.max(1)).max(SETS_MIN);
    let boundary_values = BoundaryValues::of(law);
    let facts = law.facts_read();
    let mut sets: Vec<Facts> = known.to_vec();
    sets.extend(generate_sets(&facts, &boundary_values, study.constants, GENERATED));
    let bases = sets.get(..known.len() + GENERATED_BASES).unwrap_or(&sets).to_vec();
    for base in &bases {
        for fact in &facts {
            let values = boundary_values.values(&fact.fact_type).into_iter();
            sets.extend(values.map(|value| with_fact(base, &fact.name, value)));
        }
        if sets.len() >= sets_max {
            break;
        }
    }
    sets.truncate(sets_max);
    sets
}
