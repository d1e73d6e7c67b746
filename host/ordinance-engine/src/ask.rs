//! Which missing facts matter. A rule is a black box, so the law is tried: a fact matters if there are values of the
//! other missing facts with which the decision still waits for this one, and a value of it that then settles the
//! decision. What can't change the outcome isn't asked for.
//!
//! Where every fact that matters has only a few values, all of them are tried: if each leads to the same decision, that
//! decision is sure, and nothing is asked.
//!
//! The search is bounded and the same for the same case. Where it can't be finished within its bound, or a fact is of a type
//! whose values can't be sampled (text, a record, a list), the fact counts as one that matters: to ask once too often is
//! better than to leave somebody without an answer.

mod trials;

use ordinance_domain::decision::{Decision, Layer, LayerStatus, Outcome, Undetermined, Violation};
use ordinance_domain::fact::{Fact, FactType, Sensitivity};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{PrivacyRulings, Verdict};
use ordinance_domain::redaction::RedactedDecision;
use ordinance_domain::value::Value;

pub use self::trials::Budget;
use self::trials::{Trial, Trials};
use crate::decide::ApplicableLaw;
use crate::privacy::AdmittedFacts;

/// How many sets of values may be tried to see that all of them lead to the same decision.
const SETS_MAX: usize = 64;
/// How many values stand for all that have the same effect by themselves.
const SAME_EFFECT_MAX: usize = 3;
/// How many sets of values of the other facts are drawn for a fact that seems not to matter: numbers that are taken from
/// each other only matter together.
const DRAWS: usize = 80;

/// A fact to ask for, and how much the answer to it alone may settle.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// The fact.
    pub fact: &'a Fact,
    /// Whether a rule can't be called without it.
    pub required: bool,
    /// How many of the values that were tried settle the decision at once.
    pub settling: usize,
    /// How many values were tried.
    pub tried: usize,
}

/// Narrows what a decision lacks to what can change it; where nothing can, the decision is given.
pub(crate) fn narrow(
    law: &ApplicableLaw<'_>,
    decision: Decision,
    facts: &AdmittedFacts,
    budget: &mut Budget,
) -> Decision {
    let mut trials = Trials::new(law, facts, budget);
    narrow_by(&mut trials, decision)
}

fn narrow_by(trials: &mut Trials<'_, '_>, mut decision: Decision) -> Decision {
    let Outcome::Undetermined(Undetermined::MissingFacts(lacking)) = &decision.outcome else { return decision };
    let contract = trials.law.contract;
    let parts: Vec<String> = lacking.iter().filter(|path| contract.fact(path).is_none()).cloned().collect();
    let whole = facts_that_matter(trials, &decision.layers);
    let sure = if parts.is_empty() { same_for_all(trials, &whole) } else { None };
    decision.outcome = match sure {
        Some(sure) => {
            for (layer, violations) in decision.layers.iter_mut().zip(sure.violations) {
                layer.violations = violations;
            }
            (decision.deciding, decision.regardless_of) = (sure.deciding, whole);
            sure.outcome
        }
        None if !(whole.is_empty() && parts.is_empty()) => {
            let enough = if parts.is_empty() { until_some_draw_settles(trials, whole) } else { whole };
            let asked = enough.iter().map(ToString::to_string).chain(parts).collect();
            Outcome::Undetermined(Undetermined::MissingFacts(asked))
        }
        // Either the search was too short, and it is left as the rules say it, or no answer was found to settle anything.
        None if some_draw_settles(trials, &trials.missing()) => {
            Outcome::Undetermined(Undetermined::MissingFacts(lacking.clone()))
        }
        None => Outcome::Undetermined(Undetermined::RuleUndetermined),
    };
    let still_waits = matches!(decision.outcome, Outcome::Undetermined(Undetermined::MissingFacts(_)));
    decision.cut_short = still_waits && trials.budget.is_spent();
    trials.add_used(&mut decision.used);
    decision
}

/// A decision, narrowed, and what to ask next, the most telling fact first: one without which a rule can't be called before
/// one that it can do without, then one whose answer may settle the decision at once, then the less sensitive. Where facts are hidden from the recipient, all
/// that are missing are asked for, in an order that doesn't depend on the hidden ones.
#[must_use]
pub fn questions<'a>(law: &ApplicableLaw<'a>, facts: &AdmittedFacts, budget: &mut Budget) -> (Decision, Vec<Ask<'a>>) {
    // How much narrowing spends depends on the hidden facts, so the order has the same again.
    let mut for_order = *budget;
    let decision = narrow_by(&mut Trials::new(law, facts, budget), law.decide(facts));
    let told = RedactedDecision::of(&decision);
    let missing = match told.outcome() {
        Outcome::Undetermined(Undetermined::MissingFacts(missing)) => missing.clone(),
        Outcome::Undetermined(_) | Outcome::Eligible(_) | Outcome::Ineligible => Vec::new(),
    };
    let shown = facts.shown();
    let mut trials = Trials::new(law, if told.is_redacted() { &shown } else { facts }, &mut for_order);
    // An answer that rules may not use helps nobody: the way there is another basis, such as the person's consent.
    let may_be_used = |fact: &Fact| match decision.gate.for_rules.of(&fact.name).map(|ruled| ruled.verdict) {
        Some(Verdict::Permit) => true,
        Some(Verdict::Mask(mask)) => law.takes(&fact.name, mask),
        Some(Verdict::Withhold) | None => false,
    };
    let asks = ranked(&mut trials, |fact| may_be_used(fact) && missing.iter().any(|path| path == fact.name.as_str()));
    (decision, asks)
}

/// Every fact that the law reads, in the order in which to ask for it.
#[must_use]
pub fn order<'a>(law: &ApplicableLaw<'a>, gate: PrivacyRulings, budget: &mut Budget) -> Vec<Ask<'a>> {
    let mut trials = Trials::new(law, &law.admit(&Facts::default(), gate), budget);
    ranked(&mut trials, |fact| law.reads(&fact.name))
}

fn ranked<'a>(trials: &mut Trials<'_, 'a>, wanted: impl Fn(&Fact) -> bool) -> Vec<Ask<'a>> {
    let law = trials.law;
    let mut asks: Vec<Ask<'a>> = Vec::new();
    for fact in law.contract.facts.iter().filter(|fact| wanted(fact)) {
        let values = trials.values(fact);
        let settling = values.iter().filter(|value| trials.settles(&fact.name, value) == Some(true)).count();
        asks.push(Ask { fact, required: law.requires(&fact.name), settling, tried: values.len() });
    }
    asks.sort_by(|a, b| {
        let share = (b.settling * a.tried.max(1)).cmp(&(a.settling * b.tried.max(1)));
        b.required.cmp(&a.required).then(share).then(weight(a.fact).cmp(&weight(b.fact)))
    });
    asks
}

fn weight(fact: &Fact) -> u8 {
    match fact.sensitivity {
        Sensitivity::Public => 0,
        Sensitivity::Personal => 1,
        Sensitivity::Sensitive => 2,
    }
}

/// A missing fact with its values that are tried, and those of them that stand for all.
struct Candidate {
    name: FieldName,
    values: Vec<Value>,
    representatives: Vec<Value>,
}

fn facts_that_matter(trials: &mut Trials<'_, '_>, layers: &[Layer]) -> Vec<FieldName> {
    let missing = trials.missing();
    let candidates: Vec<Candidate> = missing.iter().map(|fact| candidate(trials, fact)).collect();
    let mut found = Vec::new();
    for (at, (fact, candidate)) in missing.iter().zip(&candidates).enumerate() {
        let others: Vec<&Candidate> =
            candidates.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, other)| other).collect();
        let matters = if can_be_sampled(&fact.fact_type) {
            waits_for(trials, candidate, &others) || waits_by_chance(trials, candidate, &others)
        } else {
            is_waited_for(trials.law, &fact.name, layers)
        };
        if matters {
            found.push(fact.name.clone());
        }
    }
    found
}

/// Whether a few values say something about all of them.
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
        LayerStatus::Applied { answer, .. } => answer.determination.as_str() == "undetermined",
        LayerStatus::Silent { .. } | LayerStatus::Failed(_) => false,
    };
    law.levels.iter().zip(layers).any(|(level, layer)| waits(layer) && level.reads(fact))
}

/// One value, or a few, for each effect that a value has by itself.
fn candidate(trials: &mut Trials<'_, '_>, fact: &Fact) -> Candidate {
    let mut classes: Vec<(Option<Trial>, Vec<Value>)> = Vec::new();
    let values = trials.values(fact);
    for value in &values {
        let trial = trials.with(&fact.name, value, Trials::trial);
        match classes.iter_mut().find(|(found, _)| *found == trial) {
            Some((_, values)) => values.push(value.clone()),
            None => classes.push((trial, vec![value.clone()])),
        }
    }
    let spread = |values: &Vec<Value>| {
        let last = values.len().saturating_sub(1);
        let mut picked: Vec<usize> = (0..SAME_EFFECT_MAX).map(|step| step * last / (SAME_EFFECT_MAX - 1)).collect();
        picked.dedup();
        picked.into_iter().filter_map(|at| values.get(at).cloned()).collect::<Vec<_>>()
    };
    let representatives = classes.iter().flat_map(|(_, values)| spread(values)).collect();
    Candidate { name: fact.name.clone(), values, representatives }
}

/// Whether, with some values of the others, the decision waits for this fact and a value of it settles it.
fn waits_for(trials: &mut Trials<'_, '_>, candidate: &Candidate, others: &[&Candidate]) -> bool {
    match trials.trial() {
        Some(Trial::Waits(_)) => {}
        Some(Trial::Decided | Trial::Stuck) => return false,
        None => return true,
    }
    let Some((other, rest)) = others.split_first() else {
        return candidate.representatives.iter().any(|value| trials.settles(&candidate.name, value) != Some(false));
    };
    let with = |value| trials.with(&other.name, value, |trials| waits_for(trials, candidate, rest));
    other.representatives.iter().any(with)
}

/// The same with values of the others that are drawn, always in the same way.
fn waits_by_chance(trials: &mut Trials<'_, '_>, candidate: &Candidate, others: &[&Candidate]) -> bool {
    (0..DRAWS).any(|_| {
        let set = others
            .iter()
            .filter_map(|other| Some((other.name.clone(), trials.drawn(&other.values)?.clone())))
            .collect();
        trials.with_set(set, |trials| waits_for(trials, candidate, &[]))
    })
}

/// The facts that matter by themselves may all not be enough: where two stand in for each other, neither matters beside
/// the other, and yet one is needed. So others are added, one if that is enough.
fn until_some_draw_settles(trials: &mut Trials<'_, '_>, names: Vec<FieldName>) -> Vec<FieldName> {
    let (mut asked, rest): (Vec<&Fact>, Vec<&Fact>) =
        trials.missing().into_iter().partition(|fact| names.contains(&fact.name));
    let can_be_sampled = asked.iter().chain(&rest).all(|fact| can_be_sampled(&fact.fact_type));
    if !can_be_sampled || some_draw_settles(trials, &asked) {
        return names;
    }
    for fact in &rest {
        asked.push(fact);
        let is_enough = some_draw_settles(trials, &asked);
        asked.pop();
        if is_enough {
            return names.into_iter().chain([fact.name.clone()]).collect();
        }
    }
    for fact in rest {
        asked.push(fact);
        if some_draw_settles(trials, &asked) {
            return asked.into_iter().map(|fact| fact.name.clone()).collect();
        }
    }
    names
}

/// Whether some values of these facts settle the decision, or the search has come to its bound.
fn some_draw_settles(trials: &mut Trials<'_, '_>, facts: &[&Fact]) -> bool {
    let values: Vec<(FieldName, Vec<Value>)> =
        facts.iter().map(|fact| (fact.name.clone(), trials.values(fact))).collect();
    (0..DRAWS).any(|_| {
        let set =
            values.iter().filter_map(|(name, values)| Some((name.clone(), trials.drawn(values)?.clone()))).collect();
        trials.with_set(set, |trials| !matches!(trials.trial(), Some(Trial::Waits(_) | Trial::Stuck)))
    })
}

/// What all values of some facts lead to.
struct Sure {
    outcome: Outcome,
    deciding: Vec<usize>,
    /// Those that every set of values shows, by layer.
    violations: Vec<Vec<Violation>>,
}

/// The one decision that all values of these facts lead to, if they can all be tried.
fn same_for_all(trials: &mut Trials<'_, '_>, names: &[FieldName]) -> Option<Sure> {
    let mut sets: Vec<Vec<(FieldName, Value)>> = vec![Vec::new()];
    for name in names {
        let values = trials.law.contract.fact(name.as_str())?.fact_type.all_values(SETS_MAX)?;
        if sets.len() * values.len() > SETS_MAX {
            return None;
        }
        let with = |set: &Vec<(FieldName, Value)>, value: &Value| {
            set.iter().cloned().chain([(name.clone(), value.clone())]).collect()
        };
        sets = sets.iter().flat_map(|set| values.iter().map(move |value| with(set, value))).collect();
    }
    let mut sure: Option<Sure> = None;
    for set in sets {
        let composed = trials.with_set(set, Trials::compose)?;
        let violations = composed.layers.into_iter().map(|layer| layer.violations);
        match (&composed.outcome, &mut sure) {
            (Outcome::Undetermined(_), _) => return None,
            (Outcome::Eligible(_) | Outcome::Ineligible, None) => {
                let violations = violations.collect();
                sure = Some(Sure { outcome: composed.outcome, deciding: composed.deciding, violations });
            }
            (outcome, Some(sure)) if *outcome == sure.outcome => {
                sure.deciding.retain(|layer| composed.deciding.contains(layer));
                for (known, found) in sure.violations.iter_mut().zip(violations) {
                    known.retain(|violation| found.contains(violation));
                }
            }
            (Outcome::Eligible(_) | Outcome::Ineligible, Some(_)) => return None,
        }
    }
    sure
}
