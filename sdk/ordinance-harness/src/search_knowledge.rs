//! Searches for answers that more knowledge turns: a rule that answers though a fact is missing, and answers otherwise
//! once the fact is known, reads missing as a value. Whoever leaves the fact out is then given what the law doesn't
//! give.

use std::sync::Arc;

use ordinance_domain::answer::{Determination, Grant};
use ordinance_domain::decision::{Evaluation, LayerStatus};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::value_at;
use ordinance_engine::boundary_values::BoundaryValues;
use ordinance_engine::{DecideError, Rule};

use crate::fact_sets::{FactPlace, fact_sets, places_in, with_fact, without_fact};
use crate::law_under_test::LawUnderTest;
use crate::shrink::Shrinker;
use crate::study::Study;

/// Two cases that differ in what is known, and in what the rule answers.
#[derive(Debug, Clone)]
pub struct KnowledgeTurn {
    /// The fact, or the path of the part, that is missing in one of them.
    pub fact: FieldName,
    /// The facts without it, and their evaluation.
    pub without: (Facts, Evaluation),
    /// The facts with it, and their evaluation.
    pub with: (Facts, Evaluation),
}

/// The number of fact sets that are tried, for all days together, and the least of one day.
const SETS_MAX: usize = 240;
const SETS_MIN: usize = 40;
/// The number of values of a fact that are compared with its absence.
const VALUES_MAX: usize = 8;

/// Searches one rule on every day on which its law changes, for at most one turn by each fact.
///
/// # Errors
/// [`DecideError`] if the rule's place doesn't exist on one of the days.
pub fn search_knowledge(study: Study<'_>) -> Result<Vec<KnowledgeTurn>, DecideError> {
    let days = study.days_from_now();
    let known = study.known_facts();
    let mut found: Vec<KnowledgeTurn> = Vec::new();
    for day in &days {
        let Some(law) = study.law_on(*day)? else { continue };
        study.pace.begin_part(format!("answers without a fact on {day}"), 0);
        let sets = fact_sets(&law, study, &known, days.len());
        let sets_max = (SETS_MAX / days.len()).max(SETS_MIN);
        let boundary_values = study.boundary_values(&law);
        let search = KnowledgeSearch { law: LawUnderTest::new(law, *day), rule: study.rule, boundary_values };
        for set in sets.iter().take(sets_max) {
            if study.pace.is_over() {
                let rule = study.rule.head.place_and_version();
                study.pace.leave_out(format!("{rule}: answers that more knowledge turns, on {day}"));
                return Ok(found);
            }
            for turn in search.turns_of(set, &found) {
                let turn = search.shrink(turn);
                found.push(turn);
            }
        }
    }
    Ok(found)
}

struct KnowledgeSearch<'s, 'a> {
    law: LawUnderTest<'a>,
    rule: &'s Rule,
    boundary_values: BoundaryValues,
}

impl KnowledgeSearch<'_, '_> {
    /// The turns by the facts of a set, but for those by facts that turned an answer before.
    fn turns_of(&self, set: &Facts, found: &[KnowledgeTurn]) -> Vec<KnowledgeTurn> {
        let read = self.law.applicable.facts_read();
        let is_known = |name: &FieldName| found.iter().any(|turn| is_same_fact(&turn.fact, name));
        let mut turns: Vec<KnowledgeTurn> = Vec::new();
        for FactPlace { name, fact } in places_in(&self.law.applicable, &read, set) {
            let is_found = is_known(&name) || turns.iter().any(|turn| is_same_fact(&turn.fact, &name));
            if is_found {
                continue;
            }
            let fewer = without_fact(set, &name);
            if self.law.applicable.contract().contradiction(&fewer).is_some() {
                continue;
            }
            let without = self.law.with_evaluation(fewer);
            if self.given(&without.1).is_none() {
                continue;
            }
            let values = self.boundary_values.values(&fact.fact_type);
            let step = values.len().div_ceil(VALUES_MAX).max(1);
            let own = value_at(&set.0, &name).cloned();
            for value in own.into_iter().chain(values.into_iter().step_by(step)) {
                let facts = with_fact(set, &name, value);
                if self.law.applicable.contract().contradiction(&facts).is_some() {
                    continue;
                }
                let with = self.law.with_evaluation(facts);
                if self.turns(&without.1, &with.1) {
                    turns.push(KnowledgeTurn { fact: name.clone(), without, with });
                    break;
                }
            }
        }
        turns
    }

    /// What the rule itself answers, if it is no waiting for more.
    fn given<'e>(&self, evaluation: &'e Evaluation) -> Option<Option<&'e Grant>> {
        let of_rule = |head: &Arc<_>| Arc::ptr_eq(head, &self.rule.head);
        let layer = evaluation.layers.iter().find(|layer| layer.rule.as_ref().is_some_and(of_rule))?;
        let LayerStatus::Applied { answer, .. } = &layer.status else { return None };
        match &answer.determination {
            Determination::Eligible(grant) => Some(Some(grant)),
            Determination::Ineligible => Some(None),
            Determination::Undetermined => None,
        }
    }

    /// Whether both are answers, and one is not the other. A field that a rule leaves to others is no answer.
    fn turns(&self, without: &Evaluation, with: &Evaluation) -> bool {
        match (self.given(without), self.given(with)) {
            (Some(Some(before)), Some(Some(after))) => {
                before.0.iter().any(|(name, value)| after.get(name).is_some_and(|other| other != value))
            }
            (Some(before), Some(after)) => before.is_some() != after.is_some(),
            (_, _) => false,
        }
    }

    /// The least pair found whose answer still turns.
    fn shrink(&self, turn: KnowledgeTurn) -> KnowledgeTurn {
        let shrinker = Shrinker { law: &self.law, boundary_values: &self.boundary_values };
        let mut occurs = |cases: &[Facts]| match cases {
            [without, with] => self.turns(&self.law.evaluate(without), &self.law.evaluate(with)),
            _ => false,
        };
        let shrunk = shrinker.shrink(vec![turn.without.0.clone(), turn.with.0.clone()], &mut occurs);
        let fact = shrinker.differing(&shrunk, &turn.fact);
        match <[Facts; 2]>::try_from(shrunk) {
            Ok([without, with]) => {
                KnowledgeTurn { fact, without: self.law.with_evaluation(without), with: self.law.with_evaluation(with) }
            }
            Err(_) => turn,
        }
    }
}

/// Whether both are the same fact of the catalogue.
fn is_same_fact(one: &FieldName, other: &FieldName) -> bool {
    one.without_items() == other.without_items()
}
