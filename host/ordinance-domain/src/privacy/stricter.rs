//! The stricter of two sets of rulings on the same facts: of two days, of two age bands, or of two rulebooks.

use std::sync::Arc;

use crate::name::FieldName;

use super::{
    Obligation, PersonPlace, PrivacyLayer, PrivacyRulings, RuledFact, RulingReason, Rulings, Verdict, merge_obligations,
};

impl Rulings {
    /// For each fact the stricter of two verdicts, with the reasons of the rulings that are as strict. The obligations
    /// add up. A fact on which only one of them rules is withheld.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        let mut layers = self.layers.clone();
        let places: Vec<usize> = other.layers.iter().map(|layer| place_of(&mut layers, layer)).collect();
        let moved = |reason: &RulingReason| moved_reason(reason, &places);
        let ruled = |own: &RuledFact| match other.ruling_on(&own.fact) {
            Some(theirs) => stricter_fact(own, theirs, moved),
            None => withheld(own),
        };
        let mut facts: Vec<RuledFact> = self.facts.iter().map(ruled).collect();
        let is_new = |theirs: &&RuledFact| self.ruling_on(&theirs.fact).is_none();
        facts.extend(
            other
                .facts
                .iter()
                .filter(is_new)
                .map(|theirs| RuledFact { reasons: theirs.reasons.iter().map(moved).collect(), ..withheld(theirs) }),
        );
        Self::of(layers, facts)
    }

    /// These rulings with those on the facts of other people, each under its name in the case. The same rule has one
    /// layer; one that failed once counts as failed.
    #[must_use]
    pub fn with_people<'p>(&self, people: impl Iterator<Item = (&'p PersonPlace, &'p Self)>) -> Self {
        let Self { mut layers, mut facts, by_name: _ } = self.clone();
        for (place, others) in people {
            add(&mut layers, &mut facts, others, place.names_in_case());
        }
        Self::of(layers, facts)
    }

    /// These rulings with those on other facts. The same rule has one layer; one that failed once counts as failed.
    #[must_use]
    pub fn with_others(&self, others: &Self) -> Self {
        let Self { mut layers, mut facts, by_name: _ } = self.clone();
        add(&mut layers, &mut facts, others, |fact| Some(fact.clone()));
        Self::of(layers, facts)
    }
}

/// Adds rulings on other facts, each under the name that `name_of` gives its fact; without one, it is left out.
fn add(
    layers: &mut Vec<PrivacyLayer>,
    facts: &mut Vec<RuledFact>,
    others: &Rulings,
    name_of: impl Fn(&FieldName) -> Option<FieldName>,
) {
    let places: Vec<usize> = others.layers.iter().map(|layer| place_of(layers, layer)).collect();
    facts.extend(others.facts.iter().filter_map(|ruled| {
        let RuledFact { fact, verdict, reasons, obligations } = ruled;
        let reasons = reasons.iter().map(|reason| moved_reason(reason, &places)).collect();
        Some(RuledFact { fact: name_of(fact)?, verdict: *verdict, reasons, obligations: obligations.clone() })
    }));
}

impl PrivacyRulings {
    /// For each fact the stricter of two rulings, for the rules and for the recipient. The processing stays that of the
    /// first: its day is the one for which masks are made.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        let (own, theirs) = (self.given.as_ref(), other.given.as_ref());
        let levels = own.for_upper_rules.len().max(theirs.for_upper_rules.len());
        let of_level = |level: usize| self.for_rule_of(level).stricter(other.for_rule_of(level));
        let for_upper_rules = (0..levels).map(of_level).collect();
        let for_rules = own.for_rules.stricter(&theirs.for_rules);
        let for_recipient = own.for_recipient.stricter(&theirs.for_recipient);
        let other_day = Some(theirs.disclosure.on).filter(|day| *day != own.disclosure.on);
        let also_on = own.also_on.or(other_day);
        Self::new(own.disclosure.clone(), for_rules, for_upper_rules, for_recipient).also_ruled_on(also_on)
    }
}

/// The index of a layer among those of both, where it is added if its rule isn't there. A rule that failed once counts
/// as failed.
fn place_of(layers: &mut Vec<PrivacyLayer>, layer: &PrivacyLayer) -> usize {
    match layers.iter_mut().enumerate().find(|(_, known)| Arc::ptr_eq(&known.rule, &layer.rule)) {
        Some((place, known)) => {
            if known.result.is_ok() && layer.result.is_err() {
                known.result.clone_from(&layer.result);
            }
            place
        }
        None => {
            layers.push(layer.clone());
            layers.len() - 1
        }
    }
}

fn moved_reason(reason: &RulingReason, places: &[usize]) -> RulingReason {
    let moved = |layer: &usize| places.get(*layer).copied().unwrap_or_default();
    match reason {
        RulingReason::Ruled { layer, criterion } => {
            RulingReason::Ruled { layer: moved(layer), criterion: criterion.clone() }
        }
        RulingReason::Silent { layer } => RulingReason::Silent { layer: moved(layer) },
        RulingReason::Failed { layer } => RulingReason::Failed { layer: moved(layer) },
        RulingReason::Catalogue(_) | RulingReason::NoLaw | RulingReason::Ungoverned => reason.clone(),
    }
}

fn stricter_fact(own: &RuledFact, theirs: &RuledFact, moved: impl Fn(&RulingReason) -> RulingReason) -> RuledFact {
    let verdict = own.verdict.join(theirs.verdict);
    // Where neither rules the joined mask itself, both decided it.
    let is_new = own.verdict != verdict && theirs.verdict != verdict;
    let mut reasons = Vec::new();
    if own.verdict == verdict || is_new {
        reasons.extend(own.reasons.iter().cloned());
    }
    if theirs.verdict == verdict || is_new {
        for reason in theirs.reasons.iter().map(moved) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    let mut obligations = merge_obligations(own.obligations.iter().chain(&theirs.obligations));
    if verdict == Verdict::Withhold {
        // What could open a withheld fact must open it for both.
        let opens = |obligation: &Obligation| {
            let mut both = [own, theirs].into_iter();
            both.all(|ruled| ruled.verdict != Verdict::Withhold || ruled.obligations.contains(obligation))
        };
        obligations.retain(|obligation| obligation.applies_to_withheld() && opens(obligation));
    }
    RuledFact { fact: own.fact.clone(), verdict, reasons, obligations }
}

/// A fact on which only one of two sets of rulings rules.
fn withheld(ruled: &RuledFact) -> RuledFact {
    RuledFact { verdict: Verdict::Withhold, obligations: Vec::new(), ..ruled.clone() }
}
