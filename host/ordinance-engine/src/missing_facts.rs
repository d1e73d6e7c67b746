//! Which missing facts matter. Stage 7 of a decision. A rule is a black box, so the law is evaluated on hypothetical
//! facts: a fact matters if there are values of the other missing facts with which the decision still waits for this
//! one, and a value of it that then settles the decision. A fact that can't change the outcome isn't requested.
//!
//! If every fact that matters has only a few values, the search tries all of them. If each leads to the same decision,
//! that is the decision, and no fact is requested.
//!
//! The search is bounded, and the same case gives the same search. If it exceeds its budget, or a fact has a type whose
//! values can't be sampled (text, a record, a list), the fact counts as one that matters: an unnecessary question is
//! better than no answer. A missing part of a fact, such as the age of one member of a household, is searched like a
//! fact.

mod budget;
mod hypothetical_facts;
mod search;

use ordinance_domain::answer::Determination;
use ordinance_domain::decision::{
    Decision, Evaluation, FactUsage, Layer, LayerStatus, MissingFactSearch, Outcome, UndeterminedReason, Violation,
};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;

pub use self::budget::Budget;
pub(crate) use self::search::{HypotheticalSearch, MissingFact, SearchOutcome};
use crate::boundary_values::thinned;
use crate::law::ApplicableLaw;
use crate::observer::{Observer, Stage};
use crate::privacy::AdmittedFacts;

/// How many sets of values may be tried to see that all of them lead to the same decision.
const SETS_MAX: usize = 64;
/// How many values represent all that have the same effect by themselves.
const SAME_EFFECT_MAX: usize = 3;
/// How many sets of values of the other facts are drawn for a fact that seems not to matter: numbers that are taken
/// from each other only matter together.
const DRAWS: usize = 80;

/// Makes the decision of an evaluation: of the missing facts it keeps those that can change the outcome. Where none
/// can, the outcome is given.
#[must_use]
pub fn narrow(
    law: &ApplicableLaw<'_>,
    evaluation: Evaluation,
    facts: &AdmittedFacts<'_>,
    budget: &mut Budget,
    observer: &mut impl Observer,
) -> Decision {
    let (evaluation, found) = match evaluation.outcome.missing_facts().is_empty() {
        true => (evaluation, MissingFactSearch::default()),
        false => observer.stage(Stage::MissingFacts, |observer| {
            let mut pause = || observer.pause();
            narrow_missing_facts(&mut HypotheticalSearch::new(law, facts, budget, &mut pause), evaluation)
        }),
    };
    Decision::new(evaluation, found, fact_usage(law, facts), facts.rulings().clone())
}

/// How the facts of a case are used.
fn fact_usage(law: &ApplicableLaw<'_>, facts: &AdmittedFacts<'_>) -> FactUsage {
    let is_available = |name: &FieldName| facts.forms().is_available(law, name);
    let declared = law.plan.declared_facts().map(|fact| &fact.name);
    FactUsage {
        masked: facts.forms().masked_names(),
        undeclared: facts.undeclared(law),
        unavailable: match facts.rulings().hides_nothing() {
            true => Vec::new(),
            false => {
                let whole = declared.filter(|name| !is_available(name)).cloned();
                whole.chain(facts.forms().missing_parts(law)).collect()
            }
        },
    }
}

fn narrow_missing_facts(
    search: &mut HypotheticalSearch<'_, '_>,
    mut evaluation: Evaluation,
) -> (Evaluation, MissingFactSearch) {
    let mut found = MissingFactSearch::default();
    let missing = evaluation.outcome.missing_facts().to_vec();
    let candidates = Candidates::of(search, usize::MAX);
    let matter = candidates.all_that_matter(search, &evaluation.layers);
    evaluation.outcome = match same_for_all(search, &matter) {
        Some(common) => {
            for (layer, violations) in evaluation.layers.iter_mut().zip(common.violations) {
                layer.violations = violations;
            }
            evaluation.deciding_layers = common.deciding_layers;
            found.irrelevant_missing_facts = matter;
            common.outcome
        }
        None if !matter.is_empty() => {
            let enough = until_some_draw_settles(search, matter);
            let matter = enough.iter().map(ToString::to_string).collect();
            evaluation.outcome.with_open(UndeterminedReason::MissingFacts(matter))
        }
        // Either the search was too short, and the outcome stays as the rules gave it, or no value settles anything.
        None if some_draw_settles(search, &search.missing()) => {
            evaluation.outcome.with_open(UndeterminedReason::MissingFacts(missing))
        }
        None => {
            let levels = evaluation.layers.iter().map(|layer| &layer.status);
            evaluation.outcome.with_open(UndeterminedReason::without_missing_facts(levels))
        }
    };
    let still_waits = !evaluation.outcome.missing_facts().is_empty();
    found.is_incomplete = still_waits && search.budget.is_spent();
    search.add_used(&mut evaluation.used);
    (evaluation, found)
}

/// A missing fact, which may or may not matter, with its boundary values, and those of them that represent all.
pub(crate) struct Candidate<'a> {
    pub(crate) missing: MissingFact<'a>,
    pub(crate) values: Vec<Value>,
    representatives: Vec<Value>,
    /// How many of the values settle the decision by themselves; `None` if that wasn't tried.
    pub(crate) settling: Option<usize>,
}

/// The missing facts of a case.
pub(crate) struct Candidates<'a>(Vec<Candidate<'a>>);

impl<'a> Candidates<'a> {
    /// The missing facts of a search, each with at most `values_max` values.
    pub(crate) fn of(search: &mut HypotheticalSearch<'_, 'a>, values_max: usize) -> Self {
        Self(search.missing().into_iter().map(|missing| candidate(search, missing, values_max)).collect())
    }

    /// The candidates, in the order of the service's facts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Candidate<'a>> {
        self.0.iter()
    }

    /// Whether all values of the facts that matter are known to lead to one decision, so that none is to be asked for.
    pub(crate) fn lead_to_one_decision(&self, search: &mut HypotheticalSearch<'_, 'a>, layers: &[Layer]) -> bool {
        let matter = self.all_that_matter(search, layers);
        same_for_all(search, &matter).is_some()
    }

    fn all_that_matter(&self, search: &mut HypotheticalSearch<'_, 'a>, layers: &[Layer]) -> Vec<FieldName> {
        let names = self.iter().map(|candidate| &candidate.missing.name);
        names.filter(|name| self.matters(search, name, layers)).cloned().collect()
    }

    /// Whether the missing fact of this name matters. `layers` are those of the evaluation that lacks it.
    pub(crate) fn matters(&self, search: &mut HypotheticalSearch<'_, 'a>, name: &FieldName, layers: &[Layer]) -> bool {
        let Some(candidate) = self.iter().find(|candidate| candidate.missing.name == *name) else { return false };
        if !can_be_sampled(&candidate.missing.fact.fact_type) {
            return is_waited_for(search.law, name, layers);
        }
        let others: Vec<&Candidate<'_>> = self.iter().filter(|other| other.missing.name != *name).collect();
        waits_for(search, candidate, &others) || waits_for_with_drawn_values(search, candidate, &others)
    }
}

/// Whether a fact has too many values to try all: if it matters, they aren't known to lead to one decision.
pub(crate) fn has_many_values(fact: &Fact) -> bool {
    fact.fact_type.all_values(SETS_MAX).is_none()
}

/// Whether a few values of a type can represent all of them.
fn can_be_sampled(fact_type: &FactType) -> bool {
    match fact_type {
        FactType::Bool | FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date | FactType::Choice(_) => {
            true
        }
        FactType::Text { .. } | FactType::Record(_) | FactType::List { .. } => false,
    }
}

/// Whether a rule that has not decided yet may see the fact.
fn is_waited_for(law: &ApplicableLaw<'_>, fact: &FieldName, layers: &[Layer]) -> bool {
    let waits = |layer: &Layer| match &layer.status {
        LayerStatus::MissingFacts(_) | LayerStatus::Waiting => true,
        LayerStatus::Applied { answer, .. } => matches!(answer.determination, Determination::Undetermined),
        LayerStatus::Silent { .. } | LayerStatus::Failed(_) => false,
    };
    law.levels().iter().zip(layers).any(|(level, layer)| waits(layer) && level.reads(fact))
}

/// One value, or a few, for each effect that a value has by itself.
fn candidate<'a>(
    search: &mut HypotheticalSearch<'_, 'a>,
    missing: MissingFact<'a>,
    values_max: usize,
) -> Candidate<'a> {
    let values = thinned(search.values(missing.fact), values_max);
    let spread = |values: &[Value]| {
        let last = values.len().saturating_sub(1);
        let mut picked: Vec<usize> = (0..SAME_EFFECT_MAX).map(|step| step * last / (SAME_EFFECT_MAX - 1)).collect();
        picked.dedup();
        picked.into_iter().filter_map(|at| values.get(at).cloned()).collect::<Vec<_>>()
    };
    if !can_be_sampled(&missing.fact.fact_type) {
        // Whatever effect each value has, no few of them represent all, so none is worth an evaluation by itself.
        return Candidate { missing, representatives: spread(&values), values, settling: None };
    }
    let mut classes: Vec<(Option<SearchOutcome>, Vec<Value>)> = Vec::new();
    for value in &values {
        let outcome = search.with(&missing.name, value, HypotheticalSearch::evaluate);
        match classes.iter_mut().find(|(found, _)| *found == outcome) {
            Some((_, values)) => values.push(value.clone()),
            None => classes.push((outcome, vec![value.clone()])),
        }
    }
    let representatives = classes.iter().flat_map(|(_, values)| spread(values)).collect();
    let settle = |(outcome, _): &&(Option<SearchOutcome>, Vec<Value>)| *outcome == Some(SearchOutcome::Decided);
    let settling = Some(classes.iter().filter(settle).map(|(_, values)| values.len()).sum());
    Candidate { missing, values, representatives, settling }
}

/// Whether, with some values of the others, the decision waits for this fact and a value of it settles it.
fn waits_for(search: &mut HypotheticalSearch<'_, '_>, candidate: &Candidate<'_>, others: &[&Candidate<'_>]) -> bool {
    match search.evaluate() {
        Some(SearchOutcome::Waits(_)) => {}
        Some(SearchOutcome::Decided | SearchOutcome::Stuck) => return false,
        None => return true,
    }
    let Some((other, rest)) = others.split_first() else {
        return candidate
            .representatives
            .iter()
            .any(|value| search.settles(&candidate.missing.name, value) != Some(false));
    };
    let with = |value| search.with(&other.missing.name, value, |search| waits_for(search, candidate, rest));
    other.representatives.iter().any(with)
}

/// The same with values of the others that are drawn, always in the same way.
fn waits_for_with_drawn_values(
    search: &mut HypotheticalSearch<'_, '_>,
    candidate: &Candidate<'_>,
    others: &[&Candidate<'_>],
) -> bool {
    (0..DRAWS).any(|_| {
        let set = others
            .iter()
            .filter_map(|other| Some((other.missing.name.clone(), search.drawn(&other.values)?.clone())))
            .collect();
        search.with_set(set, |search| waits_for(search, candidate, &[]))
    })
}

/// The facts that matter individually may not suffice: if two facts can replace each other, neither matters given the
/// other, and yet one is needed. This function adds further facts, only one if that suffices.
fn until_some_draw_settles(search: &mut HypotheticalSearch<'_, '_>, names: Vec<FieldName>) -> Vec<FieldName> {
    let (mut requested, rest): (Vec<MissingFact<'_>>, Vec<MissingFact<'_>>) =
        search.missing().into_iter().partition(|missing| names.contains(&missing.name));
    let can_be_sampled = requested.iter().chain(&rest).all(|missing| can_be_sampled(&missing.fact.fact_type));
    if !can_be_sampled || some_draw_settles(search, &requested) {
        return names;
    }
    for missing in &rest {
        requested.push(missing.clone());
        let is_enough = some_draw_settles(search, &requested);
        requested.pop();
        if is_enough {
            return names.into_iter().chain([missing.name.clone()]).collect();
        }
    }
    for missing in rest {
        requested.push(missing);
        if some_draw_settles(search, &requested) {
            return requested.into_iter().map(|missing| missing.name).collect();
        }
    }
    names
}

/// Whether some values of these facts settle the decision, or the budget is used up.
fn some_draw_settles(search: &mut HypotheticalSearch<'_, '_>, facts: &[MissingFact<'_>]) -> bool {
    let values: Vec<(FieldName, Vec<Value>)> =
        facts.iter().map(|missing| (missing.name.clone(), search.values(missing.fact))).collect();
    (0..DRAWS).any(|_| {
        let set =
            values.iter().filter_map(|(name, values)| Some((name.clone(), search.drawn(values)?.clone()))).collect();
        search
            .with_set(set, |search| !matches!(search.evaluate(), Some(SearchOutcome::Waits(_) | SearchOutcome::Stuck)))
    })
}

/// The decision that all values of some facts lead to.
struct CommonDecision {
    outcome: Outcome,
    deciding_layers: Vec<usize>,
    /// Those that every set of values shows, by layer.
    violations: Vec<Vec<Violation>>,
}

/// The one decision that all values of these facts lead to, if they can all be tried.
fn same_for_all(search: &mut HypotheticalSearch<'_, '_>, names: &[FieldName]) -> Option<CommonDecision> {
    let mut sets: Vec<Vec<(FieldName, Value)>> = vec![Vec::new()];
    for name in names {
        let values = search.law.contract().fact_at(name)?.fact_type.all_values(SETS_MAX)?;
        if sets.len() * values.len() > SETS_MAX {
            return None;
        }
        let with = |set: &Vec<(FieldName, Value)>, value: &Value| {
            set.iter().cloned().chain([(name.clone(), value.clone())]).collect()
        };
        sets = sets.iter().flat_map(|set| values.iter().map(move |value| with(set, value))).collect();
    }
    let mut common: Option<CommonDecision> = None;
    for set in sets {
        let evaluation = search.with_set(set, HypotheticalSearch::evaluate_in_full)?;
        let violations = evaluation.layers.into_iter().map(|layer| layer.violations);
        match (&evaluation.outcome, &mut common) {
            (Outcome::Undetermined(_) | Outcome::EligibleAtLeast { .. }, _) => return None,
            (Outcome::Eligible(_) | Outcome::Ineligible, None) => {
                let violations = violations.collect();
                common = Some(CommonDecision {
                    outcome: evaluation.outcome,
                    deciding_layers: evaluation.deciding_layers,
                    violations,
                });
            }
            (outcome, Some(common)) if *outcome == common.outcome => {
                common.deciding_layers.retain(|layer| evaluation.deciding_layers.contains(layer));
                for (known, found) in common.violations.iter_mut().zip(violations) {
                    known.retain(|violation| found.contains(violation));
                }
            }
            (Outcome::Eligible(_) | Outcome::Ineligible, Some(_)) => return None,
        }
    }
    common
}
