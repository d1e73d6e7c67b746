//! The privacy gate: which facts the rules of a chain may use for a recipient, a purpose and a basis, and in which form;
//! and the same question asked for the facts themselves.
//!
//! It owns the way of a fact past the rulings. A fact that was not admitted here can't reach a rule.

mod admit;
mod pseudonyms;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use ordinance_domain::answer::{FailureCode, RuleFailure};
use ordinance_domain::fact::{Fact, Sensitivity};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode, UnknownPlaceError};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Activity, Disclosure, LegalBasis, PrivacyLayer, PrivacyRulings, RecipientKind, RequestedFact, Ruling, Rulings,
    Verdict, WithoutLaw, compose_rulings,
};
use ordinance_domain::provision::Provision;
use ordinance_domain::sharing::SharingClass;
use ordinance_domain::value::field;
use ordinance_sandbox::{GivenRuling, GivenVerdict, PrivacyArguments};

pub use self::admit::AdmittedFacts;
pub use self::pseudonyms::{KEY_BYTES_MIN, PseudonymKeyError, Pseudonymiser};
use crate::decide::{ApplicableLaw, DecideError};
use crate::rulebook::{BoundPrivacyRule, PrivacyRule, RuleState, Rulebook};

/// A request for facts of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct DisclosureCase {
    /// The place whose law rules on it.
    pub jurisdiction: JurisdictionCode,
    /// Who asks, for what, on which basis.
    pub disclosure: Disclosure,
    /// What is to be done with the facts.
    pub activity: Activity,
    /// Which facts.
    pub facts: Vec<FieldName>,
    /// Their values, where they are to be handed over; a fact without one is ruled on alone.
    pub values: Facts,
    /// Whether it is asked only to try the law. Pseudonyms are then of a key that nobody's are: who may try without a record
    /// could otherwise guess whose they are.
    pub is_trial: bool,
}

/// What is ruled on a request for facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosed {
    /// The place: the one asked for, or the one that the code means on that day.
    pub jurisdiction: JurisdictionCode,
    /// What the law of all levels rules.
    pub rulings: Arc<Rulings>,
    /// What is handed over, masked where it is ruled so.
    pub values: Facts,
}

/// All that the rulings on a request depend on beside the rulebook.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    /// The codes of the whole chain: a place has had other places above it before.
    chain: String,
    disclosure: Disclosure,
    activity: Activity,
    /// The names of the facts.
    facts: String,
}

impl Asked {
    fn new<'a>(
        chain: impl Iterator<Item = &'a JurisdictionCode>,
        disclosure: &Disclosure,
        activity: Activity,
        facts: &[&Fact],
    ) -> Self {
        let chain = joined(chain.map(JurisdictionCode::as_str));
        let facts = joined(facts.iter().map(|fact| fact.name.as_str()));
        Self { chain, disclosure: disclosure.clone(), activity, facts }
    }
}

/// Words in one text; none of them has a space.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.fold(String::new(), |all, word| all + word + " ")
}

/// What was ruled: it depends on the rulebook and the request alone, and a portal asks in the same way for everybody. No
/// fact's value is in it.
pub(crate) struct Kept<T>(RwLock<HashMap<Asked, T>>);

/// The most that are kept; when there are more, all are dropped and given anew.
const KEPT_MAX: usize = 4096;
/// Rulings on a consent of more names than these aren't kept, so that nobody fills the memory with them.
const NAMES_KEPT_MAX: usize = 64;

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Clone> Kept<T> {
    fn get(&self, asked: &Asked) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(asked).cloned()
    }

    fn keep(&self, asked: Asked, ruled: &T) {
        if names_of(&asked.disclosure) > NAMES_KEPT_MAX {
            return;
        }
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(asked, ruled.clone());
    }
}

/// How many names a consent has in all.
fn names_of(disclosure: &Disclosure) -> usize {
    match &disclosure.basis {
        LegalBasis::Consent(consent) => consent.facts.len() + consent.separate.len() + consent.purposes.len(),
        LegalBasis::StatutoryDuty | LegalBasis::Contract | LegalBasis::Emergency | LegalBasis::PublicInterest => 0,
    }
}

impl ApplicableLaw<'_> {
    /// Puts the facts that the chain's rules declare to the privacy law: for what the rules may use, and for what the
    /// recipient may be shown of it.
    #[must_use]
    pub fn gate(&self, disclosure: &Disclosure) -> PrivacyRulings {
        let (chain, declared) = (self.privacy_chain(disclosure), self.facts_read());
        let asked = Asked::new(chain.iter(), disclosure, Activity::Decide, &declared);
        if let Some(gate) = self.rulebook.gates.get(&asked) {
            return gate;
        }
        let rule_on = |activity| self.rulebook.rule_on(&chain, disclosure, activity, &declared);
        let ((decide, is_sure), (explain, is_sure_too)) = (rule_on(Activity::Decide), rule_on(Activity::Explain));
        let gate = PrivacyRulings::new(disclosure.clone(), Arc::new(decide), Arc::new(explain));
        if is_sure && is_sure_too {
            self.rulebook.gates.keep(asked, &gate);
        }
        gate
    }

    /// The same, if it was asked in this way before: no rule is called.
    #[must_use]
    pub fn known_gate(&self, disclosure: &Disclosure) -> Option<PrivacyRulings> {
        let (chain, declared) = (self.privacy_chain(disclosure), self.facts_read());
        self.rulebook.gates.get(&Asked::new(chain.iter(), disclosure, Activity::Decide, &declared))
    }

    /// The places whose privacy law counts: those of the day of processing, or, where the place of the case has become
    /// several by then, those of all of them and of the day of the case.
    fn privacy_chain(&self, disclosure: &Disclosure) -> Vec<JurisdictionCode> {
        let places = self.rulebook.jurisdictions();
        let own = || self.levels.iter().map(|level| level.place.clone());
        match places.chain(self.place(), disclosure.on) {
            Ok(chain) => chain.iter().cloned().collect(),
            Err(UnknownPlaceError::Ended { successors, .. }) => {
                // Which of them would rule isn't clear, so all do; the place itself comes last, as the place that is asked about.
                let of_successors = successors.iter().filter_map(|code| places.chain(code, disclosure.on).ok());
                let mut all: Vec<JurisdictionCode> =
                    of_successors.flat_map(|chain| chain.iter().cloned().collect::<Vec<_>>()).chain(own()).collect();
                let mut seen = HashSet::new();
                all.retain(|code| seen.insert(code.clone()));
                all
            }
            Err(_) => own().collect(),
        }
    }
}

/// Rules on a request for facts, and masks their values.
///
/// # Errors
/// [`DecideError`] if the place is unknown on that day. A fact that the rulebook doesn't know isn't ruled on; the
/// reader of requests refuses it.
pub fn disclose(rulebook: &Rulebook, case: &DisclosureCase) -> Result<Disclosed, DecideError> {
    let chain: Chain = rulebook.jurisdictions().chain(&case.jurisdiction, case.disclosure.on)?;
    let places: Vec<JurisdictionCode> = chain.iter().cloned().collect();
    let facts: Vec<&Fact> = case.facts.iter().filter_map(|name| rulebook.fact(name.as_str())).collect();
    let asked = Asked::new(places.iter(), &case.disclosure, case.activity, &facts);
    let rulings = rulebook.rulings.get(&asked).unwrap_or_else(|| {
        let (rulings, is_sure) = rulebook.rule_on(&places, &case.disclosure, case.activity, &facts);
        let rulings = Arc::new(rulings);
        if is_sure {
            rulebook.rulings.keep(asked, &rulings);
        }
        rulings
    });
    let trial = Pseudonymiser::for_trial();
    let pseudonyms = if case.is_trial { &trial } else { &rulebook.pseudonyms };
    let hand_over = |fact: &&Fact| {
        let value = field(&case.values.0, &fact.name)?;
        let form = match rulings.of(&fact.name)?.verdict {
            Verdict::Permit => value.clone(),
            Verdict::Mask(mask) => pseudonyms.mask(mask, &case.disclosure, &fact.name, value),
            Verdict::Withhold => return None,
        };
        Some((fact.name.clone(), form))
    };
    Ok(Disclosed {
        jurisdiction: chain.place().unwrap_or(&case.jurisdiction).clone(),
        values: Facts(facts.iter().filter_map(hand_over).collect()),
        rulings,
    })
}

impl Rulebook {
    /// What the privacy rules of a chain rule on these facts, and whether they would rule so again: one that ran out of time
    /// might not.
    fn rule_on(
        &self,
        chain: &[JurisdictionCode],
        disclosure: &Disclosure,
        activity: Activity,
        facts: &[&Fact],
    ) -> (Rulings, bool) {
        let Some(place) = chain.last() else { return (Rulings { layers: vec![], facts: vec![] }, true) };
        let requested: Vec<RequestedFact> = facts.iter().map(|fact| RequestedFact::of(fact)).collect();
        let in_force = chain.iter().flat_map(|level| self.privacy_in_force(level, disclosure.on));
        let layers: Vec<PrivacyLayer> = in_force
            .map(|rule| PrivacyLayer {
                jurisdiction: rule.head.jurisdiction.clone(),
                rule: Arc::clone(&rule.head),
                result: ask(rule, disclosure, activity, &requested, place),
            })
            .collect();
        let by_chance =
            |layer: &PrivacyLayer| matches!(&layer.result, Err(failed) if failed.code == FailureCode::DeadlinePassed);
        let is_sure = !layers.iter().any(by_chance);
        let is_ungoverned = self.is_ungoverned(chain.iter());
        let without_law = |fact: &RequestedFact| match is_ungoverned && needs_no_law(fact, disclosure, activity) {
            true => WithoutLaw::Permit,
            false => WithoutLaw::Withhold,
        };
        let catalogue = |name: &FieldName| self.not_shared(name, disclosure, activity);
        (compose_rulings(&requested, layers, without_law, catalogue), is_sure)
    }

    /// The provision by which a fact is handed to nobody but the person itself.
    fn not_shared(&self, name: &FieldName, disclosure: &Disclosure, activity: Activity) -> Option<Provision> {
        let sharing = self.fact(name.as_str())?.sharing.as_ref()?;
        let is_handed_over = activity == Activity::Disclose && disclosure.recipient.kind != RecipientKind::Subject;
        (is_handed_over && sharing.class == SharingClass::NotShared).then(|| sharing.provision.clone())
    }
}

/// Without law a case may be decided where the rulebook says so, and who gives the service, or acts for the person, be shown
/// what comes of it; the person has its own facts. Nothing else about a person goes to others, in whatever form.
fn needs_no_law(fact: &RequestedFact, disclosure: &Disclosure, activity: Activity) -> bool {
    let recipient = disclosure.recipient.kind;
    match activity {
        Activity::Decide => true,
        Activity::Explain | Activity::Disclose if recipient == RecipientKind::Subject => true,
        Activity::Explain if recipient.acts_for_service() => true,
        Activity::Explain | Activity::Disclose => fact.sensitivity == Sensitivity::Public,
    }
}

/// Asks one rule. One that could not be loaded has failed.
fn ask(
    rule: &PrivacyRule,
    disclosure: &Disclosure,
    activity: Activity,
    facts: &[RequestedFact],
    jurisdiction: &JurisdictionCode,
) -> Result<Vec<Ruling>, RuleFailure> {
    let ready = match &rule.state {
        RuleState::Ready(ready) => ready,
        RuleState::Broken(why) => return Err(RuleFailure::new(FailureCode::NotLoaded, why.reason.clone())),
    };
    let parameters = &ready.parameters_on(disclosure.on);
    let given = ready.checked().call(&PrivacyArguments { disclosure, activity, facts, parameters, jurisdiction })?;
    check_rulings(ready, facts, given)
}

/// What the rule's type can't say: each ruling is on a requested fact, once, with a criterion and a mask of its manifest.
fn check_rulings(
    ready: &BoundPrivacyRule,
    requested: &[RequestedFact],
    given: Vec<GivenRuling>,
) -> Result<Vec<Ruling>, RuleFailure> {
    let mut rulings: Vec<Ruling> = Vec::with_capacity(given.len());
    for GivenRuling { fact, verdict, criterion, obligations } in given {
        let is_requested = requested.iter().any(|requested| requested.name == fact);
        if !is_requested || rulings.iter().any(|earlier| earlier.fact == fact) {
            let detail = "it ruled on a fact that it wasn't asked about, or on one twice";
            return Err(RuleFailure::new(FailureCode::UnrequestedFact, detail));
        }
        if ready.manifest().criterion(criterion.as_str()).is_none() {
            let detail = format!(
                "its manifest doesn't declare the criterion of its ruling on `{fact}`; compare the ids in src/lib.rs with rule.toml"
            );
            return Err(RuleFailure::new(FailureCode::UndeclaredCriterion, detail));
        }
        let verdict = check_verdict(ready, &fact, &verdict)?;
        rulings.push(Ruling { fact, verdict, criterion, obligations });
    }
    Ok(rulings)
}

fn check_verdict(ready: &BoundPrivacyRule, fact: &FieldName, given: &GivenVerdict) -> Result<Verdict, RuleFailure> {
    let id = match given {
        GivenVerdict::Permit => return Ok(Verdict::Permit),
        GivenVerdict::Withhold => return Ok(Verdict::Withhold),
        GivenVerdict::Mask(id) => id,
    };
    let declared = ready.manifest().masks.iter().find(|mask| mask.id == *id && mask.facts.contains(fact));
    declared.map(|mask| Verdict::Mask(mask.mask)).ok_or_else(|| {
        let detail = format!(
            "its manifest doesn't declare the mask that it asks for on `{fact}`; add the fact to the mask's `facts` in rule.toml"
        );
        RuleFailure::new(FailureCode::UndeclaredMask, detail)
    })
}
