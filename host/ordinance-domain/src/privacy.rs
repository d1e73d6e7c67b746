//! Privacy: who asks for which facts, for what, on which basis, and what the law of all levels rules on each fact.
//!
//! It owns the composition of rulings: the most restrictive one counts, obligations add up, and a level that has
//! privacy law but is silent on a fact, or whose rule failed, withholds it. It must never see a fact's value.

mod purpose;
mod request;

use std::sync::Arc;

use crate::answer::RuleFailure;
use crate::jurisdiction::JurisdictionCode;
use crate::mask::Mask;
use crate::name::{FieldName, Id};
use crate::provision::Provision;
use crate::rule_head::RuleHead;

pub use self::purpose::{EXPECTED_PURPOSE, Purpose, PurposeError};
pub use self::request::{
    Activity, BasisKind, Consent, DataSubject, Disclosure, LegalBasis, Recipient, RecipientKind, RequestedFact,
};

/// One rule's word on one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The fact.
    pub fact: FieldName,
    /// What may be done with it.
    pub verdict: Verdict,
    /// The criterion that led there.
    pub criterion: Id,
    /// What the recipient must do.
    pub obligations: Vec<Obligation>,
}

/// What may be done with a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It may be used or seen.
    Permit,
    /// Only in this form.
    Mask(Mask),
    /// Not at all.
    Withhold,
}

impl Verdict {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Mask(_) => "mask",
            Self::Withhold => "withhold",
        }
    }

    /// The more restrictive of two; of two masks, one that tells no more than either.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Withhold, _) | (_, Self::Withhold) => Self::Withhold,
            (Self::Mask(a), Self::Mask(b)) => Self::Mask(a.join(b)),
            (Self::Mask(mask), Self::Permit) | (Self::Permit, Self::Mask(mask)) => Self::Mask(mask),
            (Self::Permit, Self::Permit) => Self::Permit,
        }
    }

    /// Whether this discloses no more than the other.
    #[must_use]
    pub fn is_as_strict_as(self, other: Self) -> bool {
        self.join(other) == self
    }

    /// The mask, if it is one.
    #[must_use]
    pub fn mask(self) -> Option<Mask> {
        match self {
            Self::Mask(mask) => Some(mask),
            Self::Permit | Self::Withhold => None,
        }
    }
}

/// What the recipient of a fact must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obligation {
    /// Delete it after so many days.
    RetainAtMostDays(u32),
    /// Tell the person.
    NotifySubject,
    /// Keep a record of the access.
    LogAccess,
    /// Give it to nobody else.
    NoOnwardTransfer,
    /// Ask the person for a consent to this fact by itself.
    AskSeparateConsent,
}

impl Obligation {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetainAtMostDays(_) => "retain-at-most-days",
            Self::NotifySubject => "notify-subject",
            Self::LogAccess => "log-access",
            Self::NoOnwardTransfer => "no-onward-transfer",
            Self::AskSeparateConsent => "ask-separate-consent",
        }
    }

    /// Whether it is for who has not been given the fact; the others say what to do with a fact that was.
    fn applies_to_withheld(self) -> bool {
        match self {
            Self::AskSeparateConsent => true,
            Self::RetainAtMostDays(_) | Self::NotifySubject | Self::LogAccess | Self::NoOnwardTransfer => false,
        }
    }
}

/// One privacy rule of the chain and what it said.
#[derive(Debug, Clone, PartialEq)]
pub struct PrivacyLayer {
    /// Whose law it is.
    pub jurisdiction: JurisdictionCode,
    /// The rule.
    pub rule: Arc<RuleHead>,
    /// Its rulings, or how it failed.
    pub result: Result<Vec<Ruling>, RuleFailure>,
}

/// What holds where no level has privacy law in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultVerdict {
    /// The rulebook says that the fact may be used there in this way without a ruling.
    Permit,
    /// Nothing may be used.
    Withhold,
}

/// What the law of all levels rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Rulings {
    /// Every privacy rule of the chain, top first.
    pub layers: Vec<PrivacyLayer>,
    /// Each requested fact, in the order of the request.
    pub facts: Vec<RuledFact>,
}

/// What the law of all levels rules on one fact.
#[derive(Debug, Clone, PartialEq)]
pub struct RuledFact {
    /// The fact.
    pub fact: FieldName,
    /// What may be done with it.
    pub verdict: Verdict,
    /// Who decided that: every level whose word is as strict.
    pub reasons: Vec<RulingReason>,
    /// What the recipient must do; with a fact that is withheld, only what may lead to it.
    pub obligations: Vec<Obligation>,
}

/// Why a fact is ruled on as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum RulingReason {
    /// A rule said so; `layer` is its place in the chain.
    Ruled {
        /// Which layer.
        layer: usize,
        /// The criterion.
        criterion: Id,
    },
    /// A rule of the chain says nothing of the fact.
    Silent {
        /// Which layer.
        layer: usize,
    },
    /// A rule of the chain failed.
    Failed {
        /// Which layer.
        layer: usize,
    },
    /// The catalogue of facts says that it isn't shared.
    Catalogue(Provision),
    /// No level has privacy law, and the rulebook doesn't allow for that, or not for this use.
    NoLaw,
    /// No level has privacy law, and the rulebook allows the use.
    Ungoverned,
}

impl RulingReason {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ruled { .. } => "ruling",
            Self::Silent { .. } => "no-ruling",
            Self::Failed { .. } => "failed-rule",
            Self::Catalogue(_) => "not-shared",
            Self::NoLaw => "no-privacy-law",
            Self::Ungoverned => "ungoverned",
        }
    }
}

impl Rulings {
    /// What is ruled on a fact; none if it wasn't requested.
    #[must_use]
    pub fn of(&self, fact: &FieldName) -> Option<&RuledFact> {
        self.facts.iter().find(|ruled| ruled.fact == *fact)
    }

    /// Whether no level has privacy law, and the rulebook allows the use without.
    #[must_use]
    pub fn are_ungoverned(&self) -> bool {
        self.facts.iter().any(|ruled| ruled.reasons.contains(&RulingReason::Ungoverned))
    }

    /// The facts that are withheld.
    pub fn withheld(&self) -> impl Iterator<Item = &RuledFact> {
        self.facts.iter().filter(|ruled| ruled.verdict == Verdict::Withhold)
    }
}

/// What privacy law makes of a case: what its rules may use, and what the caller may be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct PrivacyRulings {
    /// For whom, for what and on which basis it is decided.
    pub disclosure: Disclosure,
    /// What rules may use.
    pub for_rules: Arc<Rulings>,
    /// What the recipient may be shown of what follows from the facts.
    pub for_recipient: Arc<Rulings>,
    /// The facts that rules may use and that must not show in what the recipient is told.
    hidden: Arc<[FieldName]>,
    /// What would be ruled on a person of unknown age, where the case tells an age that is hidden from the recipient.
    age_neutral: Option<Box<PrivacyRulings>>,
}

impl PrivacyRulings {
    /// What is ruled on the same facts, for both.
    #[must_use]
    pub fn new(disclosure: Disclosure, for_rules: Arc<Rulings>, for_recipient: Arc<Rulings>) -> Self {
        let is_hidden = |used: &&RuledFact| {
            for_recipient.of(&used.fact).is_some_and(|shown| !used.verdict.is_as_strict_as(shown.verdict))
        };
        let hidden = for_rules.facts.iter().filter(is_hidden).map(|ruled| ruled.fact.clone()).collect();
        Self { disclosure, for_rules, for_recipient, hidden, age_neutral: None }
    }

    /// The same rulings, with those on a person of unknown age where these are the ones to be explained.
    #[must_use]
    pub fn with_age_neutral(self, age_neutral: Option<Self>) -> Self {
        Self { age_neutral: age_neutral.map(Box::new), ..self }
    }

    /// The rulings whose reasons the recipient may see.
    #[must_use]
    pub fn explained(&self) -> &Self {
        self.age_neutral.as_deref().unwrap_or(self)
    }

    /// Each obligation that the facts in `used` bear, with these facts, in the order of the rulings. Of two times to
    /// keep a fact both are listed.
    #[must_use]
    pub fn obligations_on(&self, used: &[FieldName]) -> Vec<(Obligation, Vec<&FieldName>)> {
        let mut all: Vec<(Obligation, Vec<&FieldName>)> = Vec::new();
        let ruled = self.for_rules.facts.iter().chain(&self.for_recipient.facts);
        for ruled in ruled.filter(|ruled| used.contains(&ruled.fact) && ruled.verdict != Verdict::Withhold) {
            for obligation in &ruled.obligations {
                match all.iter_mut().find(|(known, _)| known == obligation) {
                    Some((_, facts)) if facts.contains(&&ruled.fact) => {}
                    Some((_, facts)) => facts.push(&ruled.fact),
                    None => all.push((*obligation, vec![&ruled.fact])),
                }
            }
        }
        all
    }

    /// Every privacy rule of the chain; of one that failed, how, whatever it was asked for.
    pub fn layers(&self) -> impl Iterator<Item = &PrivacyLayer> {
        // The chain and the day are the same for both, and so are the rules.
        self.for_rules
            .layers
            .iter()
            .zip(&self.for_recipient.layers)
            .map(|(decide, explain)| if decide.result.is_ok() && explain.result.is_err() { explain } else { decide })
    }

    /// Whether the recipient may be shown whatever follows.
    #[must_use]
    pub fn hides_nothing(&self) -> bool {
        self.hidden.is_empty()
    }

    /// Whether a fact that rules may use must not show in what the recipient is told.
    #[must_use]
    pub fn hides(&self, fact: &FieldName) -> bool {
        self.hidden.contains(fact)
    }
}

/// Composes the rulings of a chain's privacy rules on each fact. `catalogue` gives, for a fact that is never shared,
/// the provision that says so; `default_verdict` applies to a fact where no level has privacy law.
#[must_use]
pub fn compose_rulings(
    facts: &[RequestedFact],
    layers: Vec<PrivacyLayer>,
    default_verdict: impl Fn(&RequestedFact) -> DefaultVerdict,
    catalogue: impl Fn(&FieldName) -> Option<Provision>,
) -> Rulings {
    let mut ruled = Vec::with_capacity(facts.len());
    for fact in facts {
        let mut constraints: Vec<Constraint> =
            layers.iter().enumerate().map(|(index, layer)| layer_constraint(index, layer, &fact.name)).collect();
        if layers.is_empty() {
            constraints.push(default_constraint(default_verdict(fact)));
        }
        if let Some(provision) = catalogue(&fact.name) {
            constraints.push(Constraint::withhold(RulingReason::Catalogue(provision)));
        }
        ruled.push(combine(&fact.name, constraints));
    }
    Rulings { layers, facts: ruled }
}

/// What one source of law (a level, the catalogue, the default) lets be done with one fact.
struct Constraint {
    verdict: Verdict,
    reason: RulingReason,
    obligations: Vec<Obligation>,
}

impl Constraint {
    fn withhold(reason: RulingReason) -> Self {
        Self { verdict: Verdict::Withhold, reason, obligations: Vec::new() }
    }
}

fn default_constraint(default_verdict: DefaultVerdict) -> Constraint {
    match default_verdict {
        DefaultVerdict::Permit => {
            Constraint { verdict: Verdict::Permit, reason: RulingReason::Ungoverned, obligations: Vec::new() }
        }
        DefaultVerdict::Withhold => Constraint::withhold(RulingReason::NoLaw),
    }
}

fn layer_constraint(index: usize, layer: &PrivacyLayer, fact: &FieldName) -> Constraint {
    let Ok(rulings) = &layer.result else {
        return Constraint::withhold(RulingReason::Failed { layer: index });
    };
    match rulings.iter().find(|ruling| ruling.fact == *fact) {
        Some(ruling) => Constraint {
            verdict: ruling.verdict,
            reason: RulingReason::Ruled { layer: index, criterion: ruling.criterion.clone() },
            obligations: ruling.obligations.clone(),
        },
        None => Constraint::withhold(RulingReason::Silent { layer: index }),
    }
}

/// The strictest verdict counts, and obligations add up.
fn combine(fact: &FieldName, constraints: Vec<Constraint>) -> RuledFact {
    let verdict = constraints.iter().fold(Verdict::Permit, |strictest, constraint| strictest.join(constraint.verdict));
    let mut obligations = merge_obligations(constraints.iter().flat_map(|constraint| &constraint.obligations));
    if verdict == Verdict::Withhold {
        // No consent opens what the catalogue withholds.
        let is_in_catalogue =
            constraints.iter().any(|constraint| matches!(constraint.reason, RulingReason::Catalogue(_)));
        obligations.retain(|obligation| !is_in_catalogue && obligation.applies_to_withheld());
    }
    let is_joined_mask = !constraints.iter().any(|constraint| constraint.verdict == verdict);
    let mut reasons = Vec::new();
    for constraint in constraints {
        let decides = match (verdict, constraint.verdict) {
            // If no level asks for the joined mask itself, every level with a mask decided it.
            (Verdict::Mask(_), Verdict::Mask(_)) => constraint.verdict == verdict || is_joined_mask,
            (verdict, of_constraint) => verdict == of_constraint,
        };
        if decides {
            reasons.push(constraint.reason);
        }
    }
    RuledFact { fact: fact.clone(), verdict, reasons, obligations }
}

/// Every obligation once; of several retention times, the shortest.
fn merge_obligations<'a>(obligations: impl Iterator<Item = &'a Obligation>) -> Vec<Obligation> {
    let mut all: Vec<Obligation> = obligations.copied().collect();
    all.sort_unstable();
    all.dedup_by(|later, earlier| std::mem::discriminant(later) == std::mem::discriminant(earlier));
    all
}

#[cfg(test)]
mod tests;
