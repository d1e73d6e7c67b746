//! Checks whether cases violate a property, and shrinks those that do.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::boundary_values::BoundaryValues;

use super::definition::{Property, PropertyKind};
use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::{with_fact, without_fact};
use crate::law_under_test::LawUnderTest;

pub(super) struct PropertyChecker<'s, 'a> {
    pub(super) law: LawUnderTest<'a>,
    pub(super) boundary_values: BoundaryValues,
    pub(super) constants: &'s [i64],
    pub(super) property: &'s Property,
    pub(super) cases: usize,
    pub(super) decided: usize,
}

impl PropertyChecker<'_, '_> {
    pub(super) fn outcome_of(&mut self, facts: &Facts) -> Option<ComparableOutcome> {
        self.cases += 1;
        let outcome = ComparableOutcome::of(&self.law.evaluate(facts));
        self.decided += usize::from(outcome.is_some());
        outcome
    }

    pub(super) fn fact(&self, name: &FieldName) -> Option<Fact> {
        self.law.applicable.contract().fact_at(name).map(|fact| Fact { name: name.clone(), ..fact.clone() })
    }

    /// Whether the cases violate the property. A range takes one case, any other kind two; two equal ones, such as those
    /// that lack the item of a list which the property is about, don't test it.
    pub(super) fn is_violated_by(&mut self, cases: &[Facts]) -> bool {
        if let [one, other] = cases
            && self.law.agreeing(one) == self.law.agreeing(other)
        {
            return false;
        }
        let outcomes: Option<Vec<ComparableOutcome>> = cases.iter().map(|facts| self.outcome_of(facts)).collect();
        let kind = &self.property.kind;
        let contract = self.law.applicable.contract();
        match (outcomes.as_deref(), kind) {
            (Some([one]), PropertyKind::Range { grant, min, max }) => match one {
                ComparableOutcome::NotGranted => false,
                granted @ ComparableOutcome::Granted(_) => granted
                    .amount(grant)
                    .is_some_and(|amount| min.is_some_and(|min| amount < min) || max.is_some_and(|max| amount > max)),
            },
            (Some([less, more]), PropertyKind::Monotone { gets_no_less, .. }) => {
                let (better, worse) = if *gets_no_less { (less, more) } else { (more, less) };
                better.is_better_than(worse, contract)
            }
            (Some([less, more]), PropertyKind::NoCliff { grant, most, while_eligible, .. }) => {
                let applies = !while_eligible || ![less, more].contains(&&ComparableOutcome::NotGranted);
                applies && less.loss_to(more, grant, contract).is_some_and(|loss| loss > *most)
            }
            (Some([one, other]), PropertyKind::NoInfluence { .. } | PropertyKind::Symmetry { .. }) => one != other,
            (Some(_) | None, _) => false,
        }
    }

    /// Removes each fact without which the cases still violate the property, and gives the others their simplest
    /// values.
    pub(super) fn shrink(&mut self, mut cases: Vec<Facts>) -> Vec<Facts> {
        let is_free = |name: &FieldName| !self.is_about(name) && field(&self.property.given, name).is_none();
        let sent = cases.first().into_iter().flat_map(|facts| &facts.0).map(|(name, _)| name);
        let names: Vec<FieldName> = sent.filter(|name| is_free(name)).cloned().collect();
        for name in &names {
            let fewer: Vec<Facts> = cases.iter().map(|facts| without_fact(facts, name)).collect();
            if self.is_violated_by(&fewer) {
                cases = fewer;
                continue;
            }
            for value in self.fact(name).map(|fact| simplest_values(&fact.fact_type)).unwrap_or_default() {
                let simpler: Vec<Facts> = cases.iter().map(|facts| with_fact(facts, name, value.clone())).collect();
                if self.is_violated_by(&simpler) {
                    cases = simpler;
                    break;
                }
            }
        }
        cases.into_iter().map(|facts| self.law.in_contract_order(&facts)).collect()
    }

    /// Whether the property is about a fact or a part of it.
    fn is_about(&self, name: &FieldName) -> bool {
        self.property.kind.facts().into_iter().any(|fact| name.is(fact.fact_name()))
    }
}

/// The simplest values of a type: false, and the number nearest to 0.
fn simplest_values(fact_type: &FactType) -> Vec<Value> {
    match fact_type {
        FactType::Bool => vec![Value::Bool(false)],
        FactType::Integer { min, max } => vec![Value::Integer(0.clamp(*min, *max))],
        FactType::Decimal { min, max, .. } => vec![Value::Decimal(Decimal::ZERO.clamp(*min, *max))],
        FactType::Date | FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) | FactType::List { .. } => {
            Vec::new()
        }
    }
}
