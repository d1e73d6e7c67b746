//! Shrinks cases to the least in which something still occurs: the fewest facts, items and parts, and the least
//! numbers.

use std::collections::HashMap;

use ordinance_domain::fact::FactType;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value, value_at};
use ordinance_engine::boundary_values::BoundaryValues;

use crate::candidate_values::spread;
use crate::fact_sets::{FactPlace, fewer_items, places_in, with_fact, without_fact};
use crate::law_under_test::LawUnderTest;
use crate::least_number::least_number_below;

/// How often all steps are repeated: a number may become less once another is.
const PASSES_MAX: usize = 3;

/// Whether what is looked for still occurs in some cases.
pub(crate) type Occurs<'o> = dyn FnMut(&[Facts]) -> bool + 'o;

/// Shrinks the cases of a law.
pub(crate) struct Shrinker<'s, 'a> {
    pub(crate) law: &'s LawUnderTest<'a>,
    pub(crate) boundary_values: &'s BoundaryValues,
}

impl Shrinker<'_, '_> {
    /// The least cases. All change in the same way, and what differs between them stays. The facts agree and are in the
    /// order of the contract.
    pub(crate) fn shrink(&self, mut cases: Vec<Facts>, occurs: &mut Occurs<'_>) -> Vec<Facts> {
        // Later passes come by the cases of earlier ones again.
        let mut tried: HashMap<Vec<Facts>, bool> = HashMap::new();
        let occurs: &mut Occurs<'_> = &mut |cases| match tried.get(cases) {
            Some(known) => *known,
            None => {
                let found = occurs(cases);
                tried.insert(cases.to_vec(), found);
                found
            }
        };
        for _ in 0..PASSES_MAX {
            let before = cases.clone();
            self.drop_facts(&mut cases, occurs);
            self.drop_items(&mut cases, occurs);
            self.drop_parts(&mut cases, occurs);
            self.simplify(&mut cases, occurs);
            if cases == before {
                break;
            }
        }
        cases.iter().map(|facts| self.law.in_contract_order(facts)).collect()
    }

    fn drop_facts(&self, cases: &mut Vec<Facts>, occurs: &mut Occurs<'_>) {
        let names: Vec<FieldName> = cases.iter().flat_map(|facts| &facts.0).map(|(name, _)| name.clone()).collect();
        for name in names {
            if cases.iter().any(|facts| facts.has(&name)) {
                replace_if(cases, |facts| without_fact(facts, &name), occurs);
            }
        }
    }

    fn drop_items(&self, cases: &mut Vec<Facts>, occurs: &mut Occurs<'_>) {
        let names: Vec<FieldName> = cases.iter().flat_map(|facts| &facts.0).map(|(name, _)| name.clone()).collect();
        for name in names {
            let mut index = 0;
            while cases.iter().any(|facts| fewer_items(facts, &name).len() > index) {
                let fewer = |facts: &Facts| fewer_items(facts, &name).get(index).unwrap_or(facts).clone();
                if !replace_if(cases, fewer, occurs) {
                    index += 1;
                }
            }
        }
    }

    fn drop_parts(&self, cases: &mut Vec<Facts>, occurs: &mut Occurs<'_>) {
        for place in self.places(cases).iter().filter(|place| place.name.is_part()) {
            if cases.iter().any(|facts| value_at(&facts.0, &place.name).is_some()) {
                replace_if(cases, |facts| without_fact(facts, &place.name), occurs);
            }
        }
    }

    /// Gives each fact and part that is the same in all cases its simplest value.
    fn simplify(&self, cases: &mut [Facts], occurs: &mut Occurs<'_>) {
        for FactPlace { name, fact } in self.places(cases) {
            let values: Vec<Option<&Value>> = cases.iter().map(|facts| value_at(&facts.0, &name)).collect();
            let Some(Some(value)) = values.first().copied() else { continue };
            if values.iter().any(|other| *other != Some(value)) {
                continue;
            }
            let value = value.clone();
            let mut occurs_at = |value: &Value| {
                let changed: Vec<Facts> = cases.iter().map(|facts| with_fact(facts, &name, value.clone())).collect();
                occurs(&changed)
            };
            let simplest = match &fact.fact_type {
                FactType::Bool => Some(Value::Bool(false)).filter(|no| value != *no && occurs_at(no)),
                number @ (FactType::Integer { .. } | FactType::Decimal { .. }) => {
                    let tried = self.numbers_below(number, &value);
                    least_number_below(number, &value, &tried, &mut occurs_at)
                }
                FactType::Date
                | FactType::Text { .. }
                | FactType::Choice(_)
                | FactType::Record(_)
                | FactType::List { .. } => None,
            };
            if let Some(simplest) = simplest {
                cases.iter_mut().for_each(|facts| *facts = with_fact(facts, &name, simplest.clone()));
            }
        }
    }

    /// Numbers below a value at which something may occur that doesn't at all numbers above: those of the law, and ever
    /// smaller ones. In ascending order, from 0 on.
    fn numbers_below(&self, fact_type: &FactType, value: &Value) -> Vec<Value> {
        let of_law = self.boundary_values.values(fact_type);
        let mut tried: Vec<Value> = spread(&of_law).cloned().collect();
        let mut smaller = value.clone();
        while let Some(half) = halved(fact_type, &smaller) {
            tried.push(half.clone());
            smaller = half;
        }
        tried.retain(|tried| tried.number() >= Some(Decimal::ZERO) && tried.number() < value.number());
        tried.sort_by_key(Value::number);
        tried.dedup();
        tried
    }

    /// The fact or part of this name in the catalogue in which cases differ, by its path in them; an item may have
    /// another index since other items are gone.
    pub(crate) fn differing(&self, cases: &[Facts], name: &FieldName) -> FieldName {
        let differs = |path: &FieldName| {
            let mut values = cases.iter().map(|facts| value_at(&facts.0, path));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let whole = name.without_items();
        let mut places = self.places(cases).into_iter().map(|place| place.name);
        let found = places.find(|path| path.without_items() == whole && differs(path));
        found.unwrap_or_else(|| name.clone())
    }

    /// The places of the case that has the most.
    fn places(&self, cases: &[Facts]) -> Vec<FactPlace<'_>> {
        let read = self.law.applicable.facts_read();
        let all = cases.iter().map(|facts| places_in(&self.law.applicable, &read, facts));
        all.max_by_key(Vec::len).unwrap_or_default()
    }
}

/// Half of a number, on the steps of its type; `None` at 0, at the least of the type and for what is no number.
fn halved(fact_type: &FactType, value: &Value) -> Option<Value> {
    let half = match (fact_type, value) {
        (FactType::Integer { .. }, Value::Integer(number)) if *number > 0 => Value::Integer(number / 2),
        (FactType::Decimal { scale, .. }, Value::Decimal(number)) if *number > Decimal::ZERO => {
            Value::Decimal((number / Decimal::TWO).trunc_with_scale(*scale).normalize())
        }
        (_, _) => return None,
    };
    fact_type.admits(&half).then_some(half)
}

/// Changes all cases if what is looked for still occurs in the changed ones. Whether it does.
fn replace_if(cases: &mut Vec<Facts>, change: impl Fn(&Facts) -> Facts, occurs: &mut Occurs<'_>) -> bool {
    let changed: Vec<Facts> = cases.iter().map(change).collect();
    let is_kept = changed != *cases && occurs(&changed);
    if is_kept {
        *cases = changed;
    }
    is_kept
}
