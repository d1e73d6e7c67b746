//! Checks whether cases violate a property, and shrinks those that do.

use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::field;
use ordinance_engine::boundary_values::BoundaryValues;

use super::definition::{Property, PropertyKind};
use crate::comparable_outcome::ComparableOutcome;
use crate::law_under_test::LawUnderTest;
use crate::shrink::Shrinker;

pub(super) struct PropertyChecker<'s, 'a> {
    pub(super) law: &'s LawUnderTest<'a>,
    pub(super) boundary_values: &'s BoundaryValues,
    pub(super) constants: &'s [i64],
    pub(super) property: &'s Property,
    pub(super) cases: usize,
    pub(super) decided: usize,
    /// The number of these in which somebody is eligible.
    pub(super) granted: usize,
    /// Whether every value of a fact is tried from the present base, or only if a few have an effect.
    pub(super) is_full: bool,
}

impl<'s, 'a> PropertyChecker<'s, 'a> {
    pub(super) fn new(
        law: &'s LawUnderTest<'a>,
        boundary_values: &'s BoundaryValues,
        constants: &'s [i64],
        property: &'s Property,
        is_full: bool,
    ) -> Self {
        Self { law, boundary_values, constants, property, cases: 0, decided: 0, granted: 0, is_full }
    }

    pub(super) fn outcome_of(&mut self, facts: &Facts) -> Option<ComparableOutcome> {
        self.cases += 1;
        let outcome = ComparableOutcome::of(&self.law.evaluate(facts));
        self.decided += usize::from(outcome.is_some());
        self.granted += usize::from(matches!(outcome, Some(ComparableOutcome::Granted(_))));
        outcome
    }

    pub(super) fn fact(&self, name: &FieldName) -> Option<Fact> {
        self.law.applicable.contract().fact_at(name).map(|fact| Fact { name: name.clone(), ..fact.clone() })
    }

    /// Whether the cases violate the property. A range takes one case, any other kind two; two equal ones, such as
    /// those that lack the item of a list which the property is about, don't test it.
    pub(super) fn is_violated_by(&mut self, cases: &[Facts]) -> bool {
        if let [one, other] = cases
            && self.law.agreeing(one) == self.law.agreeing(other)
        {
            return false;
        }
        let outcomes: Option<Vec<ComparableOutcome>> = cases.iter().map(|facts| self.outcome_of(facts)).collect();
        outcomes.is_some_and(|outcomes| self.is_violated_with(&outcomes.iter().collect::<Vec<_>>()))
    }

    /// Whether cases with these outcomes violate the property.
    pub(super) fn is_violated_with(&self, outcomes: &[&ComparableOutcome]) -> bool {
        let contract = self.law.applicable.contract();
        match (outcomes, &self.property.kind) {
            ([one], PropertyKind::Range { grant, min, max }) => match *one {
                ComparableOutcome::NotGranted => false,
                granted @ ComparableOutcome::Granted(_) => granted
                    .amount(grant)
                    .is_some_and(|amount| min.is_some_and(|min| amount < min) || max.is_some_and(|max| amount > max)),
            },
            ([less, more], PropertyKind::Monotone { gets_no_less, .. }) => {
                let (better, worse) = if *gets_no_less { (less, more) } else { (more, less) };
                better.is_better_than(worse, contract)
            }
            ([less, more], PropertyKind::NoCliff { grant, most, while_eligible, .. }) => {
                let applies = !while_eligible || ![less, more].contains(&&&ComparableOutcome::NotGranted);
                applies && less.loss_to(more, grant, contract).is_some_and(|loss| loss > *most)
            }
            ([one, other], PropertyKind::NoInfluence { .. } | PropertyKind::Symmetry { .. }) => one != other,
            (_, _) => false,
        }
    }

    /// The least cases found that still violate the property, with the facts that it requires.
    pub(super) fn shrink(&mut self, cases: Vec<Facts>) -> Vec<Facts> {
        let given = &self.property.given;
        let has_given = |facts: &Facts| given.iter().all(|(name, value)| field(&facts.0, name) == Some(value));
        let shrinker = Shrinker { law: self.law, boundary_values: self.boundary_values };
        shrinker.shrink(cases, &mut |cases| cases.iter().all(has_given) && self.is_violated_by(cases))
    }
}
