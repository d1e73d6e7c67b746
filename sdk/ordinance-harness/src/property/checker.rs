//! Whether cases break a property, and the smallest that do.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::samples::BoundaryValues;

use super::definition::{Property, PropertyKind};
use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::{with, without};
use crate::law_under_test::LawUnderTest;

pub(super) struct PropertyChecker<'s, 'a> {
    pub(super) trial: LawUnderTest<'a>,
    pub(super) boundary_values: BoundaryValues,
    pub(super) constants: &'s [i64],
    pub(super) property: &'s Property,
    pub(super) cases: usize,
    pub(super) decided: usize,
}

impl PropertyChecker<'_, '_> {
    pub(super) fn comes(&mut self, facts: &Facts) -> Option<ComparableOutcome> {
        self.cases += 1;
        let comes = ComparableOutcome::of(&self.trial.decide(facts));
        self.decided += usize::from(comes.is_some());
        comes
    }

    pub(super) fn fact(&self, name: &FieldName) -> Option<Fact> {
        self.trial.law.contract().fact(name.as_str()).cloned()
    }

    /// Whether these cases break the property: one case of a range, else two.
    pub(super) fn is_broken_by(&mut self, cases: &[Facts]) -> bool {
        let comes: Option<Vec<ComparableOutcome>> = cases.iter().map(|facts| self.comes(facts)).collect();
        let holds = &self.property.holds;
        match (comes.as_deref(), holds) {
            (Some([one]), PropertyKind::Range { grant, min, max }) => match one {
                ComparableOutcome::Nothing => false,
                granted @ ComparableOutcome::Granted(_) => granted
                    .amount(grant)
                    .is_some_and(|amount| min.is_some_and(|min| amount < min) || max.is_some_and(|max| amount > max)),
            },
            (Some([less, more]), PropertyKind::Monotone { gets_no_less, .. }) => {
                if *gets_no_less {
                    less.is_less_in(more)
                } else {
                    more.is_less_in(less)
                }
            }
            (Some([less, more]), PropertyKind::NoCliff { grant, most, while_eligible, .. }) => {
                let counts = !while_eligible || ![less, more].contains(&&ComparableOutcome::Nothing);
                counts
                    && less.amount(grant).zip(more.amount(grant)).is_some_and(|(before, after)| before - after > *most)
            }
            (Some([one, other]), PropertyKind::NoInfluence { .. } | PropertyKind::Symmetry { .. }) => one != other,
            (Some(_) | None, _) => false,
        }
    }

    /// Leaves out every fact without which the cases still break the property, and makes the others as plain as they can be.
    pub(super) fn smaller(&mut self, mut cases: Vec<Facts>) -> Vec<Facts> {
        let is_free = |name: &FieldName| !self.is_about(name) && field(&self.property.given, name).is_none();
        let sent = cases.first().into_iter().flat_map(|facts| &facts.0).map(|(name, _)| name);
        let names: Vec<FieldName> = sent.filter(|name| is_free(name)).cloned().collect();
        for name in &names {
            let fewer: Vec<Facts> = cases.iter().map(|facts| without(facts, name)).collect();
            if self.is_broken_by(&fewer) {
                cases = fewer;
                continue;
            }
            for value in self.fact(name).map(|fact| simplest_values(&fact.fact_type)).unwrap_or_default() {
                let plainer: Vec<Facts> = cases.iter().map(|facts| with(facts, name, value.clone())).collect();
                if self.is_broken_by(&plainer) {
                    cases = plainer;
                    break;
                }
            }
        }
        cases.into_iter().map(|facts| self.trial.in_order(&facts)).collect()
    }

    /// Whether the property is about a fact.
    fn is_about(&self, name: &FieldName) -> bool {
        match &self.property.holds {
            PropertyKind::Monotone { fact, .. }
            | PropertyKind::NoCliff { fact, .. }
            | PropertyKind::NoInfluence { fact } => fact == name,
            PropertyKind::Symmetry { facts } => facts.contains(name),
            PropertyKind::Range { .. } => false,
        }
    }
}

/// Values that say least: nothing, no, the least.
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
