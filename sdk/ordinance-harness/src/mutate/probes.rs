//! The facts at which a mutant is tried: those that tell it from the rule make a case that kills it.

use std::sync::OnceLock;

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::{Evaluation, Outcome};
use ordinance_domain::fact::FactType;
use ordinance_domain::facts::Facts;
use ordinance_domain::value::{Record, Value, value_at};
use ordinance_engine::boundary_values::BoundaryValues;
use ordinance_engine::{Rule, RuleState};

use crate::fact_sets::{FactPlace, fact_sets, places_in, with_fact};
use crate::law_under_test::LawUnderTest;
use crate::shrink::Shrinker;
use crate::study::Study;
use crate::value_steps::{midpoint, value_at_step};

/// The number of sets of facts from which tries at a moved number are made.
const AIMED_BASES_MAX: usize = 24;
/// The number of sets of facts in which the changes of the outcome are looked for.
const SWEPT_BASES_MAX: usize = 12;
/// The number of halvings of a range of values that contains a change of the outcome.
const HALVINGS_MAX: usize = 64;

/// Sets of facts for each day of law, with the decision of the rule without a mistake.
pub(super) struct Probes<'a> {
    study: Study<'a>,
    days: Vec<DayProbes<'a>>,
}

struct DayProbes<'a> {
    day: Date,
    law: LawUnderTest<'a>,
    boundary_values: BoundaryValues,
    /// Those with a determined outcome come first, since they make better cases.
    probes: Vec<(Facts, Evaluation)>,
    /// Facts on both sides of changes of the outcome; found when they are first needed.
    at_changes: OnceLock<Vec<(Facts, Evaluation)>>,
}

impl<'a> Probes<'a> {
    /// The probes of each period of law.
    pub(super) fn new(study: Study<'a>) -> Self {
        let days = study.days_from_now();
        let known = study.known_facts();
        let on = |day: &Date| DayProbes::new(study, *day, &known, days.len());
        Self { study, days: days.iter().filter_map(on).collect() }
    }

    /// The least facts that the mutant decides differently, with the decision of the rule. `moved` is the number that
    /// is another in the mutant. `base` is the rule without the mistake, compiled as the mutant is, where that differs
    /// from the rule under study.
    pub(super) fn find_difference(
        &self,
        mutant: &Rule,
        base: Option<&Rule>,
        moved: Option<&Value>,
    ) -> Option<(Facts, Evaluation)> {
        self.days.iter().find_map(|probes| probes.find_difference(self.study, mutant, base, moved))
    }
}

impl<'a> DayProbes<'a> {
    fn new(study: Study<'a>, day: Date, known: &[Facts], days: usize) -> Option<Self> {
        let law = study.law_on(day).ok()??;
        let sets = fact_sets(&law, study, known, days);
        let boundary_values = study.boundary_values(&law);
        let law = LawUnderTest::new(law, day);
        let mut probes: Vec<(Facts, Evaluation)> = sets.into_iter().map(|facts| law.with_evaluation(facts)).collect();
        probes.sort_by_key(|(_, evaluation)| evaluation.outcome.open().is_some());
        Some(Self { day, law, boundary_values, probes, at_changes: OnceLock::new() })
    }

    fn find_difference(
        &self,
        study: Study<'_>,
        mutant: &Rule,
        base: Option<&Rule>,
        moved: Option<&Value>,
    ) -> Option<(Facts, Evaluation)> {
        if !self.may_differ(study.rule, mutant) {
            return None;
        }
        let law_with = |rule: &Rule| {
            let law = study.law_on(self.day).ok()??.with_rule(study.rule, rule);
            Some(LawUnderTest::new(law, self.day))
        };
        let other = law_with(mutant)?;
        let base = base.and_then(law_with);
        let is_by_mistake = |facts: &Facts, own: &Outcome| {
            other.evaluate(facts).outcome != *own
                && base.as_ref().is_none_or(|base| base.evaluate(facts).outcome == *own)
        };
        let differs = |(facts, evaluation): &&(Facts, Evaluation)| is_by_mistake(facts, &evaluation.outcome);
        let found = self.probes.iter().find(differs).cloned();
        let found = found.or_else(|| self.aimed_at(moved?).iter().find(differs).cloned());
        let (facts, _) = found.or_else(|| self.at_changes().iter().find(differs).cloned())?;
        let is_determined = self.law.evaluate(&facts).outcome.open().is_none();
        let mut occurs = |cases: &[Facts]| {
            cases.iter().all(|facts| {
                let own = self.law.evaluate(facts).outcome;
                own.open().is_none() == is_determined && is_by_mistake(facts, &own)
            })
        };
        let shrinker = Shrinker { law: &self.law, boundary_values: &self.boundary_values };
        let least = shrinker.shrink(vec![facts.clone()], &mut occurs).pop().unwrap_or(facts);
        Some(self.law.with_evaluation(least))
    }

    /// Whether the rules have other code or, on this day, other numbers.
    fn may_differ(&self, own: &Rule, mutant: &Rule) -> bool {
        let (RuleState::Ready(one), RuleState::Ready(other)) = (&own.state, &mutant.state) else { return true };
        let day = self.law.applicable.query().day();
        own.head.digest != mutant.head.digest || one.parameters_on(day) != other.parameters_on(day)
    }

    /// Facts at a number, and one step from it: each number and day of a set of facts, and the length of each list.
    fn aimed_at(&self, number: &Value) -> Vec<(Facts, Evaluation)> {
        let read = self.law.applicable.facts_read();
        let mut aimed = Vec::new();
        for (base, _) in self.probes.iter().take(AIMED_BASES_MAX) {
            for FactPlace { name, fact } in places_in(&self.law.applicable, &read, base) {
                let own = value_at(&base.0, &name);
                for value in values_at(number, &fact.fact_type, own) {
                    aimed.push(self.law.with_evaluation(with_fact(base, &name, value)));
                }
            }
        }
        aimed
    }

    /// Facts at each change of the outcome between two values of a fact, and one step from there. A number that is
    /// moved by a step moves such a change, wherever the sum of other facts puts it.
    fn at_changes(&self) -> &[(Facts, Evaluation)] {
        self.at_changes.get_or_init(|| {
            let read = self.law.applicable.facts_read();
            let mut found = Vec::new();
            for (base, _) in self.probes.iter().take(SWEPT_BASES_MAX) {
                for place in places_in(&self.law.applicable, &read, base) {
                    let values = self.boundary_values.values(&place.fact.fact_type);
                    for pair in values.windows(2) {
                        let [low, high] = pair else { continue };
                        found.extend(self.change_between(base, &place, low.clone(), high.clone()));
                    }
                }
            }
            found
        })
    }

    /// The facts beside the change of the outcome between two values; none if there is no change or no step.
    fn change_between(
        &self,
        base: &Facts,
        place: &FactPlace<'_>,
        mut low: Value,
        mut high: Value,
    ) -> Vec<(Facts, Evaluation)> {
        let kind = &place.fact.fact_type;
        let at = |value: &Value| self.law.with_evaluation(with_fact(base, &place.name, value.clone()));
        let of_low = at(&low).1.outcome;
        if midpoint(kind, &low, &high).is_none() || at(&high).1.outcome == of_low {
            return Vec::new();
        }
        for _ in 0..HALVINGS_MAX {
            let Some(middle) = midpoint(kind, &low, &high) else { break };
            if at(&middle).1.outcome == of_low {
                low = middle;
            } else {
                high = middle;
            }
        }
        (-2..=2).filter_map(|steps| value_at_step(kind, &low, steps)).map(|value| at(&value)).collect()
    }
}

/// The values of a type at a number and one step from it: the number itself, or as many items of a list.
fn values_at(number: &Value, fact_type: &FactType, own: Option<&Value>) -> Vec<Value> {
    let whole = number.number().and_then(|number| i64::try_from(number.trunc()).ok());
    let value = match fact_type {
        FactType::Integer { .. } => whole.map(Value::Integer),
        FactType::Decimal { .. } => number.number().map(Value::Decimal),
        FactType::Date => Some(number.clone()).filter(|number| matches!(number, Value::Date(_))),
        FactType::List { items_max, .. } => return lists_of(whole, *items_max, own),
        FactType::Bool | FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) => None,
    };
    let Some(value) = value else { return Vec::new() };
    (-1..=1).filter_map(|steps| value_at_step(fact_type, &value, steps)).collect()
}

/// Lists of as many items as a number says, one fewer and one more, made of the items of a list.
fn lists_of(number: Option<i64>, items_max: usize, own: Option<&Value>) -> Vec<Value> {
    let Some(Value::List(items)) = own.filter(|list| matches!(list, Value::List(items) if !items.is_empty())) else {
        return Vec::new();
    };
    let lengths = number.into_iter().flat_map(|number| [number - 1, number, number + 1]);
    let lengths = lengths.filter_map(|length| usize::try_from(length).ok()).filter(|length| *length <= items_max);
    lengths.map(|length| Value::List(items.iter().cycle().take(length).cloned().collect::<Vec<Record>>())).collect()
}
