//! Privacy: the request for facts (recipient, purpose, legal basis, data subject), and what the law of all levels
//! rules on each fact.
//!
//! This module owns the composition of rulings: the strictest one counts, obligations add up, and a level withholds a
//! fact if it has privacy law but is silent on the fact, or if its rule failed. The module must never see a fact's
//! value.

mod case_rulings;
mod people;
mod purpose;
mod recipient_id;
mod request;
mod stricter;

use std::sync::Arc;

use crate::answer::RuleError;
use crate::calendar::Date;
use crate::jurisdiction::JurisdictionCode;
use crate::mask::Mask;
use crate::name::{FieldName, Id};
use crate::provision::Provision;
use crate::rule_head::RuleHead;

pub use self::people::{PersonPlace, RuledPeople};
pub use self::purpose::{EXPECTED_PURPOSE, Purpose, PurposeError};
pub use self::recipient_id::{
    EXPECTED_RECIPIENT_ID, RECIPIENT_ID_BYTES_MAX, RECIPIENT_ID_PATTERN, RecipientId, RecipientIdError,
    RecipientPattern, RecipientPatternError,
};
pub use self::request::{
    Activity, BasisKind, Consent, DataSubject, Disclosure, LegalBasis, Party, Recipient, RecipientKind, RequestedFact,
    RequestedHolder,
};

/// One rule's ruling on one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// A fact of the request.
    pub fact: FieldName,
    /// What may happen with the fact.
    pub verdict: Verdict,
    /// The criterion of the rule that led to the verdict.
    pub criterion: Id,
    /// The duties of the recipient.
    pub obligations: Vec<Obligation>,
}

/// What may happen with a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Rules may use the fact, or the recipient may see it.
    Permit,
    /// The same, but only in this form.
    Mask(Mask),
    /// Neither.
    Withhold,
}

impl Verdict {
    /// The stable word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Mask(_) => "mask",
            Self::Withhold => "withhold",
        }
    }

    /// The stricter of two verdicts; for two masks, one that discloses no more than either.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Withhold, _) | (_, Self::Withhold) => Self::Withhold,
            (Self::Mask(a), Self::Mask(b)) => Self::Mask(a.join(b)),
            (Self::Mask(mask), Self::Permit) | (Self::Permit, Self::Mask(mask)) => Self::Mask(mask),
            (Self::Permit, Self::Permit) => Self::Permit,
        }
    }

    /// Whether this verdict discloses no more than the other.
    #[must_use]
    pub fn is_as_strict_as(self, other: Self) -> bool {
        self.join(other) == self
    }

    /// The mask of a [`Mask`](Self::Mask) verdict.
    #[must_use]
    pub fn mask(self) -> Option<Mask> {
        match self {
            Self::Mask(mask) => Some(mask),
            Self::Permit | Self::Withhold => None,
        }
    }
}

/// A duty of the recipient of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obligation {
    /// Delete the fact after this many days.
    RetainAtMostDays(u32),
    /// Notify the data subject.
    NotifySubject,
    /// Keep a record of the access.
    LogAccess,
    /// Transfer the fact to nobody else.
    NoOnwardTransfer,
    /// Ask the data subject for a separate consent to this fact.
    AskSeparateConsent,
}

impl Obligation {
    /// The stable word for machines.
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

    /// True if the obligation applies when the fact is withheld; the others apply to a disclosed fact.
    fn applies_to_withheld(self) -> bool {
        match self {
            Self::AskSeparateConsent => true,
            Self::RetainAtMostDays(_) | Self::NotifySubject | Self::LogAccess | Self::NoOnwardTransfer => false,
        }
    }
}

/// One privacy rule of the chain and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct PrivacyLayer {
    /// The place whose law the rule is.
    pub jurisdiction: JurisdictionCode,
    /// What rulings cite of the rule.
    pub rule: Arc<RuleHead>,
    /// The rulings of the rule, or how it failed.
    pub result: Result<Vec<Ruling>, RuleError>,
}

/// The verdict on a fact where no level has privacy law in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultVerdict {
    /// The rulebook permits this use of the fact without a ruling.
    Permit,
    /// The fact may not be used.
    Withhold,
}

/// What the law of all levels rules on a request. [`compose_rulings`] alone makes them; the default ones are on no
/// fact.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rulings {
    layers: Vec<PrivacyLayer>,
    facts: Vec<RuledFact>,
    /// The indices of the facts in the order of their names, if there are more than [`SEARCHED_MAX`].
    by_name: Vec<usize>,
}

/// Up to how many facts are searched one after another, which is faster than to sort them.
const SEARCHED_MAX: usize = 16;

/// What the law of all levels rules on one fact. Only [`Rulings`] hold one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RuledFact {
    /// A fact of the request.
    pub fact: FieldName,
    /// The strictest verdict of all levels.
    pub verdict: Verdict,
    /// What decided the verdict: every level whose verdict is as strict, the catalogue, or the default. Never empty.
    pub reasons: Vec<RulingReason>,
    /// The duties of the recipient; for a withheld fact, only those that may lead to its disclosure.
    pub obligations: Vec<Obligation>,
}

/// Why a fact has its verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum RulingReason {
    /// A rule ruled so.
    Ruled {
        /// The index of the rule in [`Rulings::layers`].
        layer: usize,
        /// The criterion of the rule.
        criterion: Id,
    },
    /// A rule gave no ruling on the fact.
    Silent {
        /// The index of the rule in [`Rulings::layers`].
        layer: usize,
    },
    /// A rule failed.
    Failed {
        /// The index of the rule in [`Rulings::layers`].
        layer: usize,
    },
    /// By this provision of the catalogue of facts, the fact is not shared.
    Catalogue(Provision),
    /// No level has privacy law, and the rulebook doesn't permit this use without a ruling.
    NoLaw,
    /// No level has privacy law, and the rulebook permits this use without a ruling.
    Ungoverned,
}

impl RulingReason {
    /// The stable word for machines.
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
    fn of(layers: Vec<PrivacyLayer>, facts: Vec<RuledFact>) -> Self {
        let mut by_name = Vec::new();
        if facts.len() > SEARCHED_MAX {
            by_name.extend(0..facts.len());
            by_name.sort_by_key(|index| facts.get(*index).map(|ruled| &ruled.fact));
        }
        Self { layers, facts, by_name }
    }

    /// The results of every privacy rule of the chain, top first.
    #[must_use]
    pub fn layers(&self) -> &[PrivacyLayer] {
        &self.layers
    }

    /// The composed ruling on each requested fact, in the order of the request.
    #[must_use]
    pub fn facts(&self) -> &[RuledFact] {
        &self.facts
    }

    /// The ruling on a fact; `None` if the request doesn't contain it.
    #[must_use]
    pub fn ruling_on(&self, fact: &FieldName) -> Option<&RuledFact> {
        if self.by_name.is_empty() {
            return self.facts.iter().find(|ruled| ruled.fact == *fact);
        }
        let is_before = |index: &usize| self.facts.get(*index).is_some_and(|ruled| ruled.fact < *fact);
        let found = self.by_name.get(self.by_name.partition_point(is_before))?;
        self.facts.get(*found).filter(|ruled| ruled.fact == *fact)
    }

    /// The verdict on a fact; `None` if the request doesn't contain it.
    #[must_use]
    pub fn verdict_on(&self, fact: &FieldName) -> Option<Verdict> {
        self.ruling_on(fact).map(|ruled| ruled.verdict)
    }

    /// The verdict on a fact or on a part that a path names in a case: that on the person's own part, else the one on
    /// the part of every item.
    #[must_use]
    pub fn verdict_on_part(&self, path: &FieldName) -> Option<Verdict> {
        self.verdict_on_own_part(path).or_else(|| self.verdict_on(&path.without_items()))
    }

    /// The verdict on a part that a path names in a list of people: that on this person's part.
    #[must_use]
    pub fn verdict_on_own_part(&self, path: &FieldName) -> Option<Verdict> {
        self.verdict_on(path).or_else(|| self.verdict_on(&path.in_first_item()?))
    }

    /// Whether each fact or part around this path is permitted, as far as it is ruled on by itself.
    #[must_use]
    pub fn permit_around(&self, path: &FieldName) -> bool {
        let is_permitted = |whole: FieldName| self.verdict_on_part(&whole).is_none_or(|own| own == Verdict::Permit);
        !path.is_part() || path.wholes().all(is_permitted)
    }

    /// Whether no level has privacy law, and the rulebook permits the use without a ruling.
    #[must_use]
    pub fn are_ungoverned(&self) -> bool {
        self.facts.iter().any(|ruled| ruled.reasons.contains(&RulingReason::Ungoverned))
    }

    /// Whether it has the same verdicts as the others, fact by fact.
    fn has_verdicts_of<'r>(&'r self, others: &'r Self) -> bool {
        let verdicts = |rulings: &'r Self| rulings.facts.iter().map(|ruled| (&ruled.fact, ruled.verdict));
        verdicts(self).eq(verdicts(others))
    }

    /// The rulings that withhold a fact.
    pub fn withheld(&self) -> impl Iterator<Item = &RuledFact> {
        self.facts.iter().filter(|ruled| ruled.verdict == Verdict::Withhold)
    }
}

/// What privacy law rules on a case: which facts rules may use, and which the recipient may see. A clone shares the
/// rulings.
#[derive(Debug, Clone, PartialEq)]
pub struct PrivacyRulings {
    given: Arc<GivenRulings>,
    /// The rulings on a person of unknown age, if the case has an age that is hidden from the recipient.
    age_neutral: Option<Arc<PrivacyRulings>>,
    /// The other people of the case whose facts are among these.
    people: Vec<RuledPeople>,
}

/// The rulings on one form of a case's processing.
#[derive(Debug, Clone, PartialEq)]
struct GivenRulings {
    disclosure: Disclosure,
    for_rules: Rulings,
    /// The rulings for the rules of the uppermost levels, top first, where the law of lower levels doesn't bind them.
    for_upper_rules: Vec<Rulings>,
    for_recipient: Rulings,
    /// The facts that rules may use and that must not influence the recipient's view of the decision, in the order of
    /// their names.
    hidden: Vec<FieldName>,
    /// Whether the verdict on some fact isn't the same for the rules of all levels.
    differ_by_level: bool,
    /// Another day whose law counts as well.
    also_on: Option<Date>,
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
    Rulings::of(layers, ruled)
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
