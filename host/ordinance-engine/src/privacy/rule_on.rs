//! The call of the privacy rules of a chain, and the composition of their rulings.

use std::borrow::Cow;
use std::sync::Arc;

use ordinance_domain::answer::{FailureCode, RuleError};
use ordinance_domain::fact::{Fact, Sensitivity};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Activity, DefaultVerdict, Disclosure, Party, PrivacyLayer, RecipientKind, RequestedFact, Ruling, Rulings, Verdict,
    compose_rulings,
};
use ordinance_domain::provision::Provision;
use ordinance_domain::sharing::SharingClass;
use ordinance_sandbox::{GivenRuling, GivenVerdict, PrivacyArguments};

use crate::rulebook::{BoundPrivacyRule, PrivacyRule, RuleState, Rulebook};

/// A request for rulings on facts: the processing context, the activity and the facts.
#[derive(Clone, Copy)]
pub(crate) struct PrivacyRequest<'r> {
    pub(crate) disclosure: &'r Disclosure,
    pub(crate) activity: Activity,
    pub(crate) facts: &'r [&'r Fact],
}

/// The results of the privacy rules of a chain, before they are composed.
pub(crate) struct CalledPrivacyRules<'r> {
    rulebook: &'r Rulebook,
    request: PrivacyRequest<'r>,
    requested: Vec<RequestedFact>,
    layers: Vec<PrivacyLayer>,
}

/// Calls the privacy rules of a chain, top first.
pub(crate) fn call_privacy_rules<'r>(
    rulebook: &'r Rulebook,
    chain: &[JurisdictionCode],
    request: PrivacyRequest<'r>,
) -> CalledPrivacyRules<'r> {
    let PrivacyRequest { disclosure, activity, facts } = request;
    let requested: Vec<RequestedFact> = facts.iter().map(|fact| RequestedFact::of(fact)).collect();
    let Some(place) = chain.last() else {
        return CalledPrivacyRules { rulebook, request, requested: Vec::new(), layers: Vec::new() };
    };
    let in_force = chain.iter().flat_map(|level| rulebook.privacy_in_force(level, disclosure.law_day()));
    let layers: Vec<PrivacyLayer> = in_force
        .map(|rule| PrivacyLayer {
            jurisdiction: rule.head.jurisdiction.clone(),
            rule: Arc::clone(&rule.head),
            result: call_privacy_rule(rule, disclosure, activity, &requested, place),
        })
        .collect();
    CalledPrivacyRules { rulebook, request, requested, layers }
}

impl CalledPrivacyRules<'_> {
    /// Whether the rules would give the same rulings again.
    pub(crate) fn is_repeatable(&self) -> bool {
        !self.layers.iter().any(ran_out_of_time)
    }

    /// Composes the rulings of the levels in `chain`: the whole chain that was called, or its upper part.
    pub(crate) fn compose(&self, chain: &[JurisdictionCode]) -> Rulings {
        let Self { rulebook, request: PrivacyRequest { disclosure, activity, .. }, requested, layers } = self;
        let is_in_chain = |layer: &&PrivacyLayer| chain.contains(&layer.jurisdiction);
        let layers: Vec<PrivacyLayer> = layers.iter().filter(is_in_chain).cloned().collect();
        let is_ungoverned = rulebook.is_ungoverned(chain.iter());
        let without_law = |fact: &RequestedFact| match is_ungoverned && needs_no_law(fact, disclosure, *activity) {
            true => DefaultVerdict::Permit,
            false => DefaultVerdict::Withhold,
        };
        let catalogue = |name: &FieldName| not_shared(rulebook, name, disclosure, *activity);
        compose_rulings(requested, layers, without_law, catalogue)
    }
}

fn ran_out_of_time(layer: &PrivacyLayer) -> bool {
    matches!(&layer.result, Err(failure) if failure.code == FailureCode::DeadlinePassed)
}

/// The provision that forbids the disclosure of a fact to any recipient except the data subject. `None` if there is
/// none.
fn not_shared(rulebook: &Rulebook, name: &FieldName, disclosure: &Disclosure, activity: Activity) -> Option<Provision> {
    let sharing = rulebook.fact_at(name)?.sharing.as_ref()?;
    let is_handed_over = activity == Activity::Disclose && !is_for_oneself(disclosure);
    (is_handed_over && sharing.class == SharingClass::NotShared).then(|| sharing.provision.clone())
}

/// Whether a fact may be used without privacy law in force. A case may be decided where the rulebook allows for that,
/// and the body that gives the service, or acts for the person, sees the result; persons see their own facts. Nothing
/// else about a person is disclosed, in any form.
fn needs_no_law(fact: &RequestedFact, disclosure: &Disclosure, activity: Activity) -> bool {
    let recipient = disclosure.recipient.kind;
    let is_own = is_for_oneself(disclosure);
    match activity {
        Activity::Decide => true,
        Activity::Explain | Activity::Disclose if is_own => true,
        Activity::Explain if recipient.acts_for_service() => true,
        Activity::Explain | Activity::Disclose => fact.sensitivity == Sensitivity::Public,
    }
}

/// Whether the recipient is the person whom the facts are about, or acts for this person. Who asks for a case acts for
/// another person of it only as a guardian who consents.
fn is_for_oneself(disclosure: &Disclosure) -> bool {
    let acts_for_subject = match disclosure.subject.party {
        Party::Applicant => true,
        Party::Other => disclosure.subject.has_consenting_guardian(),
    };
    disclosure.recipient.kind == RecipientKind::Subject && acts_for_subject
}

/// The disclosure as the host passes it to a privacy rule. The host leaves out a guardian's consent where the person
/// can have no guardian. The interface 0.1.0 can't say whose the facts are; to a rule built for it, the host names the
/// applicant as another individual where the facts are another person's.
fn told_to<'d>(ready: &BoundPrivacyRule, disclosure: &'d Disclosure, activity: Activity) -> Cow<'d, Disclosure> {
    let mut told = Cow::Borrowed(disclosure);
    let has_guardian = disclosure.subject.has_consenting_guardian();
    if disclosure.subject.guardian_consents == Some(true) && !has_guardian {
        told.to_mut().subject.guardian_consents = None;
    }
    let is_about_other = disclosure.subject.party == Party::Other && !has_guardian;
    let is_shown = activity != Activity::Decide;
    let acts_for_applicant = matches!(disclosure.recipient.kind, RecipientKind::Subject | RecipientKind::Portal);
    if !ready.compiled().privacy_type().tells_parties && is_about_other && is_shown && acts_for_applicant {
        told.to_mut().recipient.kind = RecipientKind::Individual;
    }
    told
}

/// Calls one privacy rule. One that could not be loaded has failed.
fn call_privacy_rule(
    rule: &PrivacyRule,
    disclosure: &Disclosure,
    activity: Activity,
    facts: &[RequestedFact],
    jurisdiction: &JurisdictionCode,
) -> Result<Vec<Ruling>, RuleError> {
    let ready = match &rule.state {
        RuleState::Ready(ready) => ready,
        RuleState::Broken(why) => return Err(RuleError::new(FailureCode::NotLoaded, why.to_string())),
    };
    let parameters = &ready.parameters_on(disclosure.law_day());
    let fields = &ready.compiled().privacy_type().parameters;
    if let Some(name) = BoundPrivacyRule::required_without_value(fields, parameters) {
        let detail = format!(
            "its parameter `{name}` has no value on {}; write the value that follows, or let its type be an option",
            disclosure.on
        );
        return Err(RuleError::new(FailureCode::NoValue, detail));
    }
    let disclosure = &told_to(ready, disclosure, activity);
    let given = ready.compiled().call(&PrivacyArguments { disclosure, activity, facts, parameters, jurisdiction })?;
    check_rulings(ready, facts, given)
}

/// Checks what the rule's type can't express: each ruling is on a requested fact, once, with a criterion and a mask of
/// its manifest.
fn check_rulings(
    ready: &BoundPrivacyRule,
    requested: &[RequestedFact],
    given: Vec<GivenRuling>,
) -> Result<Vec<Ruling>, RuleError> {
    let mut rulings: Vec<Ruling> = Vec::with_capacity(given.len());
    for GivenRuling { fact, verdict, criterion, obligations } in given {
        let is_requested = requested.iter().any(|requested| requested.name == fact);
        if !is_requested || rulings.iter().any(|earlier| earlier.fact == fact) {
            let detail = "it ruled on a fact that it wasn't asked about, or on one twice";
            return Err(RuleError::new(FailureCode::UnrequestedFact, detail));
        }
        if ready.manifest().criterion(&criterion).is_none() {
            let detail = format!(
                "its manifest doesn't declare the criterion of its ruling on `{fact}`; compare the ids in src/lib.rs with rule.toml"
            );
            return Err(RuleError::new(FailureCode::UndeclaredCriterion, detail));
        }
        let verdict = check_verdict(ready, &fact, &verdict)?;
        rulings.push(Ruling { fact, verdict, criterion, obligations });
    }
    Ok(rulings)
}

fn check_verdict(ready: &BoundPrivacyRule, fact: &FieldName, given: &GivenVerdict) -> Result<Verdict, RuleError> {
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
        RuleError::new(FailureCode::UndeclaredMask, detail)
    })
}
