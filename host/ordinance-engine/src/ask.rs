//! Which missing facts matter. A rule is a black box, so the law is tried: a fact matters if there are values of the
//! other missing facts with which the decision still waits for this one, and a value of it that then settles the
//! decision. What can't change the outcome isn't asked for.
//!
//! Where every fact that matters has only a few values, all of them are tried: if each leads to the same decision, that
//! decision is sure, and nothing is asked.
//!
//! The search is bounded and the same for the same case. Where it can't be finished within its bound, a fact counts as
//! one that matters: to ask once too often is better than to leave somebody without an answer.

use std::collections::HashMap;

use ordinance_domain::answer::{Answer, Failed, Grant};
use ordinance_domain::compose::Composed;
use ordinance_domain::decision::{LayerStatus, Outcome, Undetermined};
use ordinance_domain::fact::{Fact, Sensitivity};
use ordinance_domain::minimise::{Facts, MinimisedFacts};
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;

use crate::decide::Law;
use crate::samples::Landmarks;

/// How often the law may be tried for one decision.
const TRIALS_MAX: u32 = 1_000;
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

/// What follows from the facts that a decision lacks.
pub(crate) enum Lack {
    /// These can change the decision: in the order of the contract, then the parts of facts that are known in part.
    Missing(Vec<String>),
    /// A rule can't tell, whatever is known.
    Nothing,
    /// Whatever these facts are, the decision is this one.
    Sure { outcome: Outcome, deciding: Vec<usize>, regardless_of: Vec<FieldName> },
}

/// Narrows what a decision lacks to what can change it.
pub(crate) fn narrow(law: &Law<'_>, facts: &Facts, lacking: &[String]) -> Lack {
    let parts: Vec<String> = lacking.iter().filter(|path| law.contract.fact(path).is_none()).cloned().collect();
    let mut search = Search::new(law, facts);
    let whole = search.facts_that_matter();
    if parts.is_empty()
        && let Some((outcome, deciding)) = search.same_for_all(&whole)
    {
        return Lack::Sure { outcome, deciding, regardless_of: whole };
    }
    let found: Vec<String> = whole.iter().map(ToString::to_string).chain(parts).collect();
    if found.is_empty() {
        // Either the search was too short, and it is left as the rules say it, or nobody's answer settles anything.
        return if search.some_draw_settles() { Lack::Missing(lacking.to_vec()) } else { Lack::Nothing };
    }
    Lack::Missing(found)
}

/// What to ask next, the most telling fact first: one without which a rule can't be called before one that it can do
/// without, then one whose answer may settle the decision at once, then the less sensitive.
#[must_use]
pub fn questions<'a>(law: &Law<'a>, facts: &Facts, missing: &[String]) -> Vec<Ask<'a>> {
    let mut search = Search::new(law, facts);
    let mut asks: Vec<Ask<'a>> = Vec::new();
    for fact in law.contract.facts.iter().filter(|fact| missing.iter().any(|path| path == fact.name.as_str())) {
        let values = search.landmarks.values(&fact.fact_type);
        let settling = values.iter().filter(|value| search.settles(&fact.name, value) == Some(true)).count();
        let required = law.requires(&fact.name);
        asks.push(Ask { fact, required, settling, tried: values.len() });
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

/// What a trial of the law comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trial {
    /// It is decided.
    Decided,
    /// A rule failed, or there is none.
    Stuck,
    /// It waits for facts; the words of the layers tell one waiting from another.
    Waits(Vec<u8>),
}

struct Search<'l, 'a> {
    law: &'l Law<'a>,
    known: Facts,
    landmarks: Landmarks,
    trials_left: u32,
    /// What each level's rule answered to what; most trials change what only one rule sees.
    answers: HashMap<(usize, MinimisedFacts, Option<Grant>), Result<Answer, Failed>>,
    draw: u64,
}

/// A missing fact with its values that are tried, and those of them that stand for all.
struct Candidate {
    name: FieldName,
    values: Vec<Value>,
    representatives: Vec<Value>,
}

impl<'l, 'a> Search<'l, 'a> {
    fn new(law: &'l Law<'a>, facts: &Facts) -> Self {
        let mut landmarks = Landmarks::of(law);
        facts.0.iter().for_each(|(_, value)| landmarks.add(value));
        Self { law, known: facts.clone(), landmarks, trials_left: TRIALS_MAX, answers: HashMap::new(), draw: 1 }
    }

    /// Whether some values of all the facts that are missing settle the decision.
    fn some_draw_settles(&mut self) -> bool {
        let lacks = |fact: &&Fact| !self.known.has(&fact.name) && self.law.reads(&fact.name);
        let missing: Vec<&Fact> = self.law.contract.facts.iter().filter(lacks).collect();
        let values: Vec<(FieldName, Vec<Value>)> =
            missing.iter().map(|fact| (fact.name.clone(), self.landmarks.values(&fact.fact_type))).collect();
        let before = self.known.0.len();
        (0..DRAWS).any(|_| {
            for (name, values) in &values {
                let drawn = self.drawn(values).cloned();
                self.known.0.extend(drawn.map(|value| (name.clone(), value)));
            }
            let composed = self.compose();
            self.known.0.truncate(before);
            matches!(composed.outcome, Outcome::Eligible(_) | Outcome::Ineligible)
        })
    }

    fn facts_that_matter(&mut self) -> Vec<FieldName> {
        let lacks = |fact: &&Fact| !self.known.has(&fact.name) && self.law.reads(&fact.name);
        let missing: Vec<&Fact> = self.law.contract.facts.iter().filter(lacks).collect();
        let candidates: Vec<Candidate> = missing.iter().map(|fact| self.candidate(fact)).collect();
        let mut found = Vec::new();
        for at in 0..candidates.len() {
            let others: Vec<&Candidate> =
                candidates.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, other)| other).collect();
            if let Some(candidate) = candidates.get(at)
                && (self.waits_for(candidate, &others) || self.waits_by_chance(candidate, &others))
            {
                found.push(candidate.name.clone());
            }
        }
        found
    }

    /// One value, or a few, for each effect that a value has by itself.
    fn candidate(&mut self, fact: &Fact) -> Candidate {
        let mut classes: Vec<(Option<Trial>, Vec<Value>)> = Vec::new();
        let values = self.landmarks.values(&fact.fact_type);
        for value in &values {
            let trial = self.with(&fact.name, value, Self::trial);
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
    fn waits_for(&mut self, candidate: &Candidate, others: &[&Candidate]) -> bool {
        match self.trial() {
            Some(Trial::Waits(_)) => {}
            Some(Trial::Decided | Trial::Stuck) => return false,
            None => return true,
        }
        let Some((other, rest)) = others.split_first() else {
            return candidate.representatives.iter().any(|value| self.settles(&candidate.name, value) != Some(false));
        };
        other
            .representatives
            .iter()
            .any(|value| self.with(&other.name, value, |search| search.waits_for(candidate, rest)))
    }

    /// The one decision that all values of these facts lead to, if they can all be tried.
    fn same_for_all(&mut self, names: &[FieldName]) -> Option<(Outcome, Vec<usize>)> {
        let mut sets: Vec<Vec<(FieldName, Value)>> = vec![Vec::new()];
        for name in names {
            let values = self.law.contract.fact(name.as_str())?.fact_type.all_values(SETS_MAX)?;
            if sets.len() * values.len() > SETS_MAX {
                return None;
            }
            let with = |set: &Vec<(FieldName, Value)>, value: &Value| {
                set.iter().cloned().chain([(name.clone(), value.clone())]).collect()
            };
            sets = sets.iter().flat_map(|set| values.iter().map(move |value| with(set, value))).collect();
        }
        let mut same: Option<(Outcome, Vec<usize>)> = None;
        let before = self.known.0.len();
        for set in sets {
            self.known.0.extend(set);
            let composed = self.compose();
            self.known.0.truncate(before);
            match (&composed.outcome, &mut same) {
                (Outcome::Undetermined(_), _) => return None,
                (Outcome::Eligible(_) | Outcome::Ineligible, None) => {
                    same = Some((composed.outcome, composed.deciding))
                }
                (outcome, Some((known, deciding))) if outcome == known => {
                    deciding.retain(|layer| composed.deciding.contains(layer));
                }
                (Outcome::Eligible(_) | Outcome::Ineligible, Some(_)) => return None,
            }
        }
        same
    }

    /// The same with values of the others that are drawn, always in the same way.
    fn waits_by_chance(&mut self, candidate: &Candidate, others: &[&Candidate]) -> bool {
        let before = self.known.0.len();
        for _ in 0..DRAWS {
            for other in others {
                let drawn = self.drawn(&other.values).cloned();
                self.known.0.extend(drawn.map(|value| (other.name.clone(), value)));
            }
            let waits = self.waits_for(candidate, &[]);
            self.known.0.truncate(before);
            if waits {
                return true;
            }
        }
        false
    }

    /// One of the values, as if drawn by lot (a linear congruence with the constants of Knuth's MMIX).
    fn drawn<'v>(&mut self, values: &'v [Value]) -> Option<&'v Value> {
        self.draw = self.draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from((self.draw >> 33) % (values.len().max(1) as u64)).unwrap_or_default();
        values.get(at)
    }

    /// Whether this value settles the decision; none if the law has been tried often enough.
    fn settles(&mut self, name: &FieldName, value: &Value) -> Option<bool> {
        self.with(name, value, Self::trial).map(|trial| trial == Trial::Decided)
    }

    /// Does something with one more fact.
    fn with<T>(&mut self, name: &FieldName, value: &Value, act: impl FnOnce(&mut Self) -> T) -> T {
        self.known.0.push((name.clone(), value.clone()));
        let done = act(self);
        self.known.0.pop();
        done
    }

    fn compose(&mut self) -> Composed {
        let (law, answers) = (self.law, &mut self.answers);
        law.compose(&self.known, &mut Vec::new(), &mut |level, rule, applicant, inherited| {
            let key = (level, applicant.clone(), inherited.cloned());
            answers.entry(key).or_insert_with(|| law.call(rule, applicant, inherited)).clone()
        })
    }

    /// Tries the law on what is known; none if it has been tried often enough.
    fn trial(&mut self) -> Option<Trial> {
        self.trials_left = self.trials_left.checked_sub(1)?;
        let composed = self.compose();
        Some(match &composed.outcome {
            Outcome::Undetermined(Undetermined::MissingFacts(_) | Undetermined::RuleUndetermined) => {
                Trial::Waits(words(&composed))
            }
            Outcome::Undetermined(Undetermined::FailedRule | Undetermined::NoRuleInForce) => Trial::Stuck,
            Outcome::Eligible(_) | Outcome::Ineligible => Trial::Decided,
        })
    }
}

/// What each layer said, without its amounts.
fn words(composed: &Composed) -> Vec<u8> {
    let mut words = Vec::new();
    for layer in &composed.layers {
        words.extend_from_slice(layer.status.as_str().as_bytes());
        if let LayerStatus::Applied { answer, .. } = &layer.status {
            words.extend_from_slice(answer.determination.as_str().as_bytes());
            words.extend(answer.findings.iter().map(|finding| match finding.satisfied {
                Some(true) => b'+',
                Some(false) => b'-',
                None => b'?',
            }));
        }
    }
    words
}
