//! Searches for cases that violate a property.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Value, field, value_at};

use super::checker::PropertyChecker;
use super::definition::PropertyKind;
use crate::candidate_values::{candidate_values, spread};
use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::{FactPlace, ITEMS_MAX, places_in, with_fact};
use crate::value_steps::{are_adjacent, midpoint, next_value};

/// Every value of a fact is tried if it has no more values than this.
const VALUES_IN_FULL: usize = 256;

impl PropertyChecker<'_, '_> {
    /// Finds cases that violate the property and differ from a base only in the facts that the property names: a part
    /// of each item of a list by its name without an item.
    pub(super) fn find_violation(&mut self, base: &Facts) -> Option<Vec<Facts>> {
        let property = self.property;
        if let PropertyKind::Range { .. } = property.kind {
            return self.find_outside_range(base);
        }
        let named = property.kind.facts().into_iter().cloned().collect();
        named_items(named, base).into_iter().find_map(|names| {
            if !names.iter().all(|name| has_place(base, name)) {
                return None;
            }
            let facts: Vec<Fact> = names.iter().map(|name| self.fact(name)).collect::<Option<_>>()?;
            match (&property.kind, facts.as_slice()) {
                (PropertyKind::Monotone { order, .. }, [fact]) => {
                    let values = ordered_values(fact, order).unwrap_or_else(|| self.values(fact));
                    self.find_between_neighbours(base, fact, &values)
                }
                (PropertyKind::NoCliff { grant, .. }, [fact]) => {
                    let values = self.values(fact);
                    self.find_cliff(base, fact, grant, &values)
                }
                (PropertyKind::NoInfluence { .. }, [fact]) => {
                    let values = self.values(fact);
                    let (first, others) = values.split_first()?;
                    let outcomes = self.outcomes(base, fact, &values);
                    let of_first = outcomes.first()?.as_ref()?;
                    let differs = |outcome: &Option<ComparableOutcome>| {
                        outcome.as_ref().is_some_and(|other| self.is_violated_with(&[of_first, other]))
                    };
                    let other = outcomes.iter().skip(1).position(differs)?;
                    Some(pair(base, fact, first, others.get(other)?))
                }
                (PropertyKind::Symmetry { .. }, [one, other]) => self.find_asymmetry(base, one, other),
                (_, _) => None,
            }
        })
    }

    fn if_violated(&mut self, cases: Vec<Facts>) -> Option<Vec<Facts>> {
        self.is_violated_by(&cases).then_some(cases)
    }

    /// Tries the base, and the base with each value of each fact. Skips facts with many values and given facts.
    fn find_outside_range(&mut self, base: &Facts) -> Option<Vec<Facts>> {
        if let Some(cases) = self.if_violated(vec![base.clone()]) {
            return Some(cases);
        }
        let read: Vec<Fact> = self.law.applicable.facts_read().into_iter().cloned().collect();
        let facts: Vec<&Fact> = read.iter().collect();
        let places = places_in(&self.law.applicable, &facts, base);
        for FactPlace { name, fact } in places.iter().filter(|place| field(&self.property.given, &place.name).is_none())
        {
            let values = self.range_values(fact);
            let named = Fact { name: name.clone(), ..(*fact).clone() };
            if !self.has_effect(base, &named, &values) {
                continue;
            }
            for value in values {
                if let Some(cases) = self.if_violated(vec![with_fact(base, name, value)]) {
                    return Some(cases);
                }
            }
        }
        None
    }

    /// Tries each value of one fact with the base's value of the other, and the two exchanged.
    fn find_asymmetry(&mut self, base: &Facts, one: &Fact, other: &Fact) -> Option<Vec<Facts>> {
        let second = value_at(&base.0, &other.name)?.clone();
        self.values(one).into_iter().find_map(|first| {
            self.if_violated(vec![
                with_fact(&with_fact(base, &one.name, first.clone()), &other.name, second.clone()),
                with_fact(&with_fact(base, &one.name, second.clone()), &other.name, first),
            ])
        })
    }

    /// The values at which a range is tried: every value of a fact with few, and lists of several lengths.
    fn range_values(&self, fact: &Fact) -> Vec<Value> {
        match &fact.fact_type {
            list @ FactType::List { .. } => self.boundary_values.values(list),
            other => other.all_values(VALUES_IN_FULL).unwrap_or_default(),
        }
    }

    /// Every value of a fact with few values, or the candidate values of any other fact.
    fn values(&self, fact: &Fact) -> Vec<Value> {
        candidate_values(self.boundary_values, self.constants, &fact.fact_type, VALUES_IN_FULL)
    }

    /// Whether the outcome differs at a few of the values; true without a try in the first bases.
    fn has_effect(&mut self, base: &Facts, fact: &Fact, values: &[Value]) -> bool {
        if self.is_full {
            return true;
        }
        let mut outcomes = spread(values).map(|value| self.outcome_of(&with_fact(base, &fact.name, value.clone())));
        let first = outcomes.next();
        outcomes.any(|outcome| Some(outcome) != first)
    }

    /// The outcome at each value.
    fn outcomes(&mut self, base: &Facts, fact: &Fact, values: &[Value]) -> Vec<Option<ComparableOutcome>> {
        values.iter().map(|value| self.outcome_of(&with_fact(base, &fact.name, value.clone()))).collect()
    }

    /// The first two neighbours whose outcomes violate the property.
    fn first_violating(&self, values: &[Value], outcomes: &[Option<ComparableOutcome>]) -> Option<(Value, Value)> {
        let violates = |outcomes: &[Option<ComparableOutcome>]| matches!(outcomes, [Some(low), Some(high)] if self.is_violated_with(&[low, high]));
        let index = outcomes.windows(2).position(violates)?;
        Some((values.get(index)?.clone(), values.get(index + 1)?.clone()))
    }

    /// Compares each value with the next. Bisects a violating pair as long as one of the halves violates the property.
    fn find_between_neighbours(&mut self, base: &Facts, fact: &Fact, values: &[Value]) -> Option<Vec<Facts>> {
        if !self.has_effect(base, fact, values) {
            return None;
        }
        let outcomes = self.outcomes(base, fact, values);
        let violating = self.first_violating(values, &outcomes);
        let (mut low, mut high) = violating?;
        while let Some(middle) = midpoint(&fact.fact_type, &low, &high) {
            if self.is_violated_by(&pair(base, fact, &low, &middle)) {
                high = middle;
            } else if self.is_violated_by(&pair(base, fact, &middle, &high)) {
                low = middle;
            } else {
                break;
            }
        }
        Some(pair(base, fact, &low, &high))
    }

    /// Compares each value with the value one step above it. Then compares each value with the next, and narrows each
    /// fall that is deeper than a step may be.
    fn find_cliff(&mut self, base: &Facts, fact: &Fact, grant: &FieldName, values: &[Value]) -> Option<Vec<Facts>> {
        if !self.has_effect(base, fact, values) {
            return None;
        }
        let outcomes = self.outcomes(base, fact, values);
        for (low, of_low) in values.iter().zip(&outcomes) {
            let (Some(high), Some(of_low)) = (next_value(&fact.fact_type, low), of_low) else { continue };
            let of_high = self.outcome_of(&with_fact(base, &fact.name, high.clone()));
            if of_high.is_some_and(|of_high| self.is_violated_with(&[of_low, &of_high])) {
                return Some(pair(base, fact, low, &high));
            }
        }
        let violates = |outcomes: &[Option<ComparableOutcome>]| matches!(outcomes, [Some(low), Some(high)] if self.is_violated_with(&[low, high]));
        let falls: Vec<usize> =
            outcomes.windows(2).enumerate().filter(|(_, pair)| violates(pair)).map(|(index, _)| index).collect();
        falls.into_iter().find_map(|index| {
            let ends = [values.get(index)?.clone(), values.get(index + 1)?.clone()];
            self.narrow_cliff(base, fact, grant, ends)
        })
    }

    /// Follows the deeper half of a fall down to one step.
    fn narrow_cliff(
        &mut self,
        base: &Facts,
        fact: &Fact,
        grant: &FieldName,
        [mut low, mut high]: [Value; 2],
    ) -> Option<Vec<Facts>> {
        while self.is_violated_by(&pair(base, fact, &low, &high)) {
            if are_adjacent(&fact.fact_type, &low, &high) {
                return Some(pair(base, fact, &low, &high));
            }
            let middle = midpoint(&fact.fact_type, &low, &high)?;
            let [at_low, at_middle, at_high] =
                [&low, &middle, &high].map(|value| self.outcome_of(&with_fact(base, &fact.name, value.clone())));
            let contract = self.law.applicable.contract();
            let loss = |from: &Option<ComparableOutcome>, to: &Option<ComparableOutcome>| {
                from.as_ref()?.loss_to(to.as_ref()?, grant, contract)
            };
            if loss(&at_low, &at_middle)? >= loss(&at_middle, &at_high)? {
                high = middle;
            } else {
                low = middle;
            }
        }
        None
    }
}

/// A base with two values of one fact.
fn pair(base: &Facts, fact: &Fact, low: &Value, high: &Value) -> Vec<Facts> {
    vec![with_fact(base, &fact.name, low.clone()), with_fact(base, &fact.name, high.clone())]
}

/// The names, once for each item of a list that they pass without naming an item; the first items of long lists. Names
/// that pass the same list name the same item.
fn named_items(names: Vec<FieldName>, base: &Facts) -> Vec<Vec<FieldName>> {
    let Some((list, items)) = names.iter().find_map(|name| list_without_item(name, base)) else { return vec![names] };
    let of_item = |index: usize| {
        let item = list.item(index);
        let moved = names.iter().map(|name| name.moved(&list, &item).unwrap_or_else(|| name.clone()));
        named_items(moved.collect(), base)
    };
    (0..items.min(ITEMS_MAX)).flat_map(of_item).collect()
}

/// Whether the facts have the list, the item or the record in which a part stands.
fn has_place(base: &Facts, name: &FieldName) -> bool {
    value_at(&with_fact(base, name, Value::Bool(true)).0, name).is_some()
}

/// The first list that a path passes without naming an item, and how many items it has.
fn list_without_item(path: &FieldName, base: &Facts) -> Option<(FieldName, usize)> {
    let mut steps = path.steps().peekable();
    let mut around: Option<FieldName> = None;
    while let Some((step, index)) = steps.next() {
        let step = FieldName::new(step).ok()?;
        let whole = around.map_or(step.clone(), |around| around.part(&step));
        match (value_at(&base.0, &whole), index) {
            (Some(Value::List(items)), None) if steps.peek().is_some() => return Some((whole, items.len())),
            (_, Some(index)) => around = Some(whole.item(index)),
            (_, None) => around = Some(whole),
        }
    }
    None
}

/// The values of a fact from less to more. `None` if its type gives the order.
fn ordered_values(fact: &Fact, order: &[String]) -> Option<Vec<Value>> {
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
