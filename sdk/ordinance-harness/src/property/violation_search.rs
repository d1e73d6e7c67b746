//! The pairs of cases in which a property may be broken.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Value, field};

use super::checker::PropertyChecker;
use super::definition::PropertyKind;
use crate::candidate_values::candidate_values;
use crate::fact_sets::with;
use crate::value_steps::{are_adjacent, midpoint, next_value};

/// A fact with no more values than this is tried in full.
const VALUES_IN_FULL: usize = 256;

impl PropertyChecker<'_, '_> {
    /// Cases that break the property and have all but the facts it is about from a set.
    pub(super) fn find_violation(&mut self, base: &Facts) -> Option<Vec<Facts>> {
        match &self.property.holds {
            PropertyKind::Range { .. } => {
                let one = |facts: Facts| vec![facts];
                let facts: Vec<Fact> = self.trial.law.facts_read().into_iter().cloned().collect();
                let varied = facts.iter().filter(|fact| field(&self.property.given, &fact.name).is_none());
                let varied: Vec<Facts> = varied
                    .flat_map(|fact| {
                        fact.fact_type
                            .all_values(VALUES_IN_FULL)
                            .unwrap_or_default()
                            .into_iter()
                            .map(|value| with(base, &fact.name, value))
                    })
                    .collect();
                [base.clone()].into_iter().chain(varied).map(one).find(|cases| self.is_broken_by(cases))
            }
            PropertyKind::Monotone { fact, order, .. } => {
                let fact = self.fact(fact)?;
                let values = in_order(&fact, order).unwrap_or_else(|| self.values(&fact));
                self.find_between_neighbours(base, &fact, &values)
            }
            PropertyKind::NoCliff { fact, .. } => {
                let fact = self.fact(fact)?;
                let values = self.values(&fact);
                self.find_cliff(base, &fact.name, &values)
            }
            PropertyKind::NoInfluence { fact } => {
                let fact = self.fact(fact)?;
                let values = self.values(&fact);
                let (first, others) = values.split_first()?;
                let first = with(base, &fact.name, first.clone());
                others.iter().find_map(|other| {
                    let cases = vec![first.clone(), with(base, &fact.name, other.clone())];
                    self.is_broken_by(&cases).then_some(cases)
                })
            }
            PropertyKind::Symmetry { facts: [one, other] } => {
                let (one, other) = (self.fact(one)?, self.fact(other)?);
                let second = field(&base.0, &other.name)?.clone();
                self.values(&one).into_iter().find_map(|first| {
                    let cases = vec![
                        with(&with(base, &one.name, first.clone()), &other.name, second.clone()),
                        with(&with(base, &one.name, second.clone()), &other.name, first),
                    ];
                    self.is_broken_by(&cases).then_some(cases)
                })
            }
        }
    }

    /// Every value of a fact that has few; of others, those that are worth trying.
    fn values(&self, fact: &Fact) -> Vec<Value> {
        candidate_values(&self.boundary_values, self.constants, &fact.fact_type, VALUES_IN_FULL)
    }

    /// Each value against the next; two that break the property are brought as near to each other as they still do.
    fn find_between_neighbours(&mut self, base: &Facts, fact: &Fact, values: &[Value]) -> Option<Vec<Facts>> {
        let pair =
            |low: &Value, high: &Value| vec![with(base, &fact.name, low.clone()), with(base, &fact.name, high.clone())];
        let (mut low, mut high) = values.windows(2).find_map(|two| match two {
            [low, high] => self.is_broken_by(&pair(low, high)).then(|| (low.clone(), high.clone())),
            _ => None,
        })?;
        while let Some(middle) = midpoint(&fact.fact_type, &low, &high) {
            if self.is_broken_by(&pair(&low, &middle)) {
                high = middle;
            } else if self.is_broken_by(&pair(&middle, &high)) {
                low = middle;
            } else {
                break;
            }
        }
        Some(pair(&low, &high))
    }

    /// Each value against the one a step above it, and every fall between two values that is deeper than a step may be.
    fn find_cliff(&mut self, base: &Facts, name: &FieldName, values: &[Value]) -> Option<Vec<Facts>> {
        let fact_type = self.fact(name)?.fact_type;
        let pair = |low: &Value, high: &Value| vec![with(base, name, low.clone()), with(base, name, high.clone())];
        for low in values {
            let Some(high) = next_value(&fact_type, low) else { continue };
            if self.is_broken_by(&pair(low, &high)) {
                return Some(pair(low, &high));
            }
        }
        values.windows(2).find_map(|two| {
            let [low, high] = two else { return None };
            self.narrow_cliff(&fact_type, low, high, &pair)
        })
    }

    /// Follows the deeper half of a fall down to one step.
    fn narrow_cliff(
        &mut self,
        fact_type: &FactType,
        low: &Value,
        high: &Value,
        pair: &impl Fn(&Value, &Value) -> Vec<Facts>,
    ) -> Option<Vec<Facts>> {
        let PropertyKind::NoCliff { grant, .. } = &self.property.holds else { return None };
        let grant = grant.clone();
        let (mut low, mut high) = (low.clone(), high.clone());
        while self.is_broken_by(&pair(&low, &high)) {
            if are_adjacent(fact_type, &low, &high) {
                return Some(pair(&low, &high));
            }
            let middle = midpoint(fact_type, &low, &high)?;
            let [below, between, above] = [&low, &middle, &high].map(|value| {
                let [facts, _] = <[Facts; 2]>::try_from(pair(value, value)).ok()?;
                self.comes(&facts)?.amount(&grant)
            });
            if below? - between? >= between? - above? {
                high = middle;
            } else {
                low = middle;
            }
        }
        None
    }
}

/// The values of a fact from less to more; none if its type has that order itself.
fn in_order(fact: &Fact, order: &[String]) -> Option<Vec<Value>> {
    match &fact.fact_type {
        FactType::Bool => Some(vec![Value::Bool(false), Value::Bool(true)]),
        FactType::Choice(_) => Some(order.iter().cloned().map(Value::Choice).collect()),
        FactType::Integer { .. }
        | FactType::Decimal { .. }
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Record(_)
        | FactType::List { .. } => None,
    }
}
