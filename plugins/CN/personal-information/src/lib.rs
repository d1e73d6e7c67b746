//! China: who may use or see a fact about a person, 个人信息保护法 (Personal Information Protection Law).
//! Consent to a fact, or one of the other bases of art. 13; where the basis is consent, more of it for sensitive facts
//! (art. 29), for giving facts to others (art. 23) and for children (art. 31). Art. 13(2) dispenses with consent on the
//! other bases.
#![no_std]

use ordinance_sdk::privacy_prelude::*;

ordinance_sdk::privacy_rule!(PersonalInformation);

impl Guest for PersonalInformation {
    fn rule_on(as_of: Date, parameters: Parameters, request: DisclosureRequest) -> Vec<Ruling> {
        request.rule_on_each(|fact| {
            if fact.is_public() {
                return fact.permit("not-personal");
            }
            if request.activity == Activity::Explain && asks_for_oneself(&request) {
                return fact.permit("explanation");
            }
            let ruling = match &request.basis {
                LegalBasis::Consent(_) => by_consent(&request, fact, as_of, parameters.guardian_below),
                _ if is_commercial(&request) => fact.withhold("purpose"),
                // Who has no public task has a duty by law only where it complies with law, not in giving benefits.
                LegalBasis::StatutoryDuty if is_private(&request) && !request.is_for("dpv:LegalCompliance") => {
                    fact.withhold("purpose")
                }
                LegalBasis::StatutoryDuty => fact.permit("statutory-duty"),
                LegalBasis::Contract => fact.permit("contract"),
                LegalBasis::Emergency => fact.permit("emergency"),
                LegalBasis::PublicInterest if fact.is_sensitive() => fact.withhold("necessity"),
                // A reporter may be anybody; who trades or researches doesn't report or supervise.
                LegalBasis::PublicInterest
                    if matches!(request.recipient.kind, RecipientKind::Business | RecipientKind::Researcher) =>
                {
                    fact.withhold("public-interest")
                }
                LegalBasis::PublicInterest => fact.permit("public-interest"),
            };
            // Art. 23 and 35: the person is told; the recipient keeps within the purpose.
            if is_given_away(&request) { ruling.notify_subject().no_onward_transfer() } else { ruling }
        })
    }
}

/// Art. 13(1)(1), with what art. 23, 29 and 31 ask for beyond it.
fn by_consent(request: &DisclosureRequest, fact: &RequestedFact, day: Date, guardian_below: AgeBand) -> Ruling {
    let is_child = request.subject.age_band.is_some_and(|band| band < guardian_below);
    if !request.consents_to(fact, day) {
        return fact.withhold("consent").ask_separate_consent();
    }
    if is_child && !request.guardian_consents() {
        return fact.withhold("guardian");
    }
    // Facts of children are sensitive, whatever they are about (art. 28(1)).
    if (fact.is_sensitive() || is_child) && !request.consents_separately_to(fact, day) {
        return fact.withhold("separate-consent").ask_separate_consent();
    }
    if is_given_away(request) && !request.consents_separately_to(fact, day) {
        return fact.withhold("onward-consent").ask_separate_consent();
    }
    fact.permit("consent")
}

/// Who has no public task and isn't the person either.
fn is_private(request: &DisclosureRequest) -> bool {
    match request.recipient.kind {
        RecipientKind::Researcher | RecipientKind::Business | RecipientKind::Individual => true,
        RecipientKind::Subject
        | RecipientKind::Portal
        | RecipientKind::PublicBody
        | RecipientKind::LawEnforcement
        | RecipientKind::Auditor => false,
    }
}

fn asks_for_oneself(request: &DisclosureRequest) -> bool {
    request.acts_for_subject() && matches!(request.recipient.kind, RecipientKind::Subject | RecipientKind::Portal)
}

/// Who is shown what a decision says of a person is given the facts, as who is handed them.
fn is_given_away(request: &DisclosureRequest) -> bool {
    match request.activity {
        Activity::Decide => false,
        Activity::Explain => !asks_for_oneself(request),
        Activity::Disclose => !(asks_for_oneself(request) && request.recipient.kind == RecipientKind::Subject),
    }
}

/// Purposes that no duty, contract of another kind, emergency or public interest carries.
fn is_commercial(request: &DisclosureRequest) -> bool {
    ["dpv:Marketing", "dpv:SellProducts", "dpv:CommercialPurpose"].iter().any(|purpose| request.is_for(purpose))
}
