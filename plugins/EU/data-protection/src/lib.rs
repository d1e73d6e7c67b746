//! The Union: Regulation (EU) 2016/679 (GDPR), art. 6 (bases), 8 (children), 9 (special categories). A fact that
//! facts.toml calls sensitive is read as one of a special category.
#![no_std]

use ordinance_sdk::privacy_prelude::*;

ordinance_sdk::privacy_rule!(DataProtection);

impl Guest for DataProtection {
    fn rule_on(as_of: Date, jurisdiction: String, parameters: Parameters, request: DisclosureRequest) -> Vec<Ruling> {
        let state = parameters.member_states.iter().find(|member| member.state == jurisdiction);
        let alone_from = state.map_or(parameters.age_of_consent, |member| member.age);
        request.rule_on_each(|fact| {
            if fact.is_public() {
                return fact.permit("not-personal");
            }
            let asks_for_oneself = request.recipient.kind == RecipientKind::Subject
                || (request.activity == Activity::Explain && request.recipient.kind == RecipientKind::Portal);
            if asks_for_oneself && request.acts_for_subject() {
                return fact.permit("access");
            }
            let ruling = match &request.basis {
                LegalBasis::Consent(_) => by_consent(&request, fact, as_of, alone_from),
                _ if is_commercial(&request) => fact.withhold("purpose"),
                _ if fact.is_sensitive() => special_category(&request, fact),
                LegalBasis::Contract => fact.permit("contract"),
                LegalBasis::StatutoryDuty => fact.permit("legal-obligation"),
                LegalBasis::Emergency => fact.permit("vital-interests"),
                LegalBasis::PublicInterest => in_public_interest(&request, fact),
            };
            // Art. 14: who is given facts by others, or shown what follows from them, tells the person.
            if request.activity == Activity::Decide { ruling } else { ruling.notify_subject() }
        })
    }
}

/// Art. 6(1)(a) with art. 8(1) and 9(2)(a).
fn by_consent(request: &DisclosureRequest, fact: &RequestedFact, day: Date, alone_from: AgeBand) -> Ruling {
    if !request.consents_to(fact, day) {
        return fact.withhold("consent").ask_separate_consent();
    }
    if request.subject.age_band.is_some_and(|band| band < alone_from) && !request.guardian_consents() {
        return fact.withhold("child");
    }
    match (fact.is_sensitive(), request.consents_separately_to(fact, day)) {
        (false, _) => fact.permit("consent"),
        (true, true) => fact.permit("explicit-consent"),
        (true, false) => fact.withhold("explicit-consent").ask_separate_consent(),
    }
}

/// Art. 9(2), as far as it isn't consent.
fn special_category(request: &DisclosureRequest, fact: &RequestedFact) -> Ruling {
    let has_public_task = matches!(request.recipient.kind, RecipientKind::PublicBody | RecipientKind::Portal);
    match &request.basis {
        LegalBasis::StatutoryDuty if has_public_task && request.purpose == "dpv:PublicBenefit" => {
            fact.permit("social-protection").log_access()
        }
        LegalBasis::Emergency => fact.permit("vital-interests-special").log_access(),
        _ => fact.withhold("special-category"),
    }
}

/// Art. 6(1)(e); research and statistics with the safeguards of art. 89(1).
fn in_public_interest(request: &DisclosureRequest, fact: &RequestedFact) -> Ruling {
    match (request.recipient.kind, fact.name.as_str()) {
        (RecipientKind::Researcher, "age") => fact.mask("age-in-bands", "research"),
        (RecipientKind::Researcher, _) => fact.withhold("research"),
        (RecipientKind::PublicBody | RecipientKind::Auditor | RecipientKind::Portal, _) => fact.permit("public-task"),
        (_, _) => fact.withhold("public-task"),
    }
}

/// Purposes that no obligation, task or emergency carries.
fn is_commercial(request: &DisclosureRequest) -> bool {
    ["dpv:Marketing", "dpv:SellProducts", "dpv:CommercialPurpose"].iter().any(|purpose| request.is_for(purpose))
}
