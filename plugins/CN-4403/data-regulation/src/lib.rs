//! Shenzhen: 深圳经济特区数据条例, chapter on personal data. Stricter than the nation: a contract carries no sensitive fact
//! without express consent (art. 18), guardians also consent for adults without capacity (art. 20), and researchers
//! receive the least precise form of a fact (art. 11).
#![no_std]

use ordinance_sdk::privacy_prelude::*;

ordinance_sdk::privacy_rule!(DataRegulation);

impl Guest for DataRegulation {
    fn rule_on(as_of: Date, parameters: Parameters, request: DisclosureRequest) -> Vec<Ruling> {
        let has_guardian = request.subject.lacks_capacity == Some(true)
            || request.subject.age_band.is_some_and(|band| band < parameters.guardian_below);
        request.rule_on_each(|fact| {
            if fact.is_public() {
                return fact.permit("not-personal");
            }
            if request.recipient.kind == RecipientKind::Subject && request.acts_for_subject() {
                return fact.permit("own-data");
            }
            if is_public_task(&request) {
                return fact.permit("public-task").log_access();
            }
            if request.basis == LegalBasis::Emergency {
                return fact.permit("emergency").notify_subject();
            }
            if has_guardian && !request.guardian_consents() {
                return fact.withhold("guardian");
            }
            // What is about who has a guardian is handled as sensitive (art. 20(1)).
            let is_sensitive = fact.is_sensitive() || has_guardian;
            match &request.basis {
                LegalBasis::Consent(_) if !request.consents_to(fact, as_of) => {
                    fact.withhold("consent").ask_separate_consent()
                }
                _ if is_sensitive && !request.consents_separately_to(fact, as_of) => {
                    fact.withhold("explicit-consent").ask_separate_consent()
                }
                LegalBasis::Consent(_) => in_smallest_form(&request, fact, "consent"),
                LegalBasis::Contract => fact.permit("contract"),
                LegalBasis::StatutoryDuty | LegalBasis::Emergency | LegalBasis::PublicInterest => {
                    fact.withhold("minimum")
                }
            }
        })
    }
}

/// Art. 21(4) and 37: bodies with a public task, and portals that ask for the person, on a duty by law.
fn is_public_task(request: &DisclosureRequest) -> bool {
    request.basis == LegalBasis::StatutoryDuty
        && matches!(
            request.recipient.kind,
            RecipientKind::Portal | RecipientKind::PublicBody | RecipientKind::LawEnforcement | RecipientKind::Auditor
        )
}

/// Art. 11: who does research needs no single year of age.
fn in_smallest_form(request: &DisclosureRequest, fact: &RequestedFact, criterion: &str) -> Ruling {
    if request.recipient.kind == RecipientKind::Researcher && fact.name == "age" {
        fact.mask("age-in-bands", "minimum")
    } else {
        fact.permit(criterion)
    }
}
