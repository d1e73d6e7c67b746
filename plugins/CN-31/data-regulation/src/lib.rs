//! Shanghai: 上海市数据条例, art. 38 to 40. Public bodies share what they hold as a rule, each within its duty; nothing of it
//! goes to a third party, whatever else the law of the nation would let through. That what can be had by sharing must
//! not be collected again (art. 30) binds the one who collects and is no ruling on a fact.
#![no_std]

use ordinance_sdk::privacy_prelude::*;

ordinance_sdk::privacy_rule!(DataRegulation);

impl Guest for DataRegulation {
    fn rule_on(request: DisclosureRequest) -> Vec<Ruling> {
        request.rule_on_each(|fact| match (request.activity, request.recipient.kind) {
            // What is public anyway, such as a published standard, is no data of anybody.
            _ if fact.is_public() => fact.permit("not-a-sharing"),
            (Activity::Decide, _) => fact.permit("not-a-sharing"),
            (_, RecipientKind::Subject) if request.acts_for_subject() => fact.permit("not-a-sharing"),
            // To be shown what a decision says of a person is to be provided with it, in whatever form.
            (
                Activity::Explain | Activity::Disclose,
                RecipientKind::Researcher | RecipientKind::Business | RecipientKind::Individual,
            ) => fact.withhold("no-third-party"),
            (Activity::Explain, _) => fact.permit("not-a-sharing"),
            // Another person of the same case is a third party to the data.
            (Activity::Disclose, RecipientKind::Subject) => fact.withhold("no-third-party"),
            (Activity::Disclose, RecipientKind::PublicBody | RecipientKind::Portal | RecipientKind::Auditor) => {
                match request.basis {
                    LegalBasis::StatutoryDuty => fact.permit("shared").log_access().no_onward_transfer(),
                    _ => fact.withhold("within-duty"),
                }
            }
            // The police share like any body with a public task, on a duty or in an emergency.
            (Activity::Disclose, RecipientKind::LawEnforcement) => match request.basis {
                LegalBasis::StatutoryDuty | LegalBasis::Emergency => {
                    fact.permit("shared").log_access().no_onward_transfer()
                }
                _ => fact.withhold("within-duty"),
            },
        })
    }
}
