//! China: what departments share with each other, 政务数据共享条例 (State Council Decree 809). The catalogue puts each fact
//! into one of three classes; facts.toml names the class where it is known. A fact of no known class is treated as one
//! that is shared on condition.
#![no_std]

use ordinance_sdk::privacy_prelude::*;

ordinance_sdk::privacy_rule!(GovernmentDataSharing);

impl Guest for GovernmentDataSharing {
    fn rule_on(request: DisclosureRequest) -> Vec<Ruling> {
        let is_sharing = request.activity == Activity::Disclose && request.recipient.kind == RecipientKind::PublicBody;
        request.rule_on_each(|fact| {
            if !is_sharing {
                return fact.permit("not-a-sharing");
            }
            match fact.sharing {
                Some(SharingClass::Unconditional) => fact.permit("unconditional").no_onward_transfer(),
                Some(SharingClass::NotShared) => fact.withhold("not-shared"),
                Some(SharingClass::Conditional) | None if request.basis == LegalBasis::StatutoryDuty => {
                    fact.permit("conditional").log_access().no_onward_transfer()
                }
                Some(SharingClass::Conditional) | None => fact.withhold("conditional"),
            }
        })
    }
}
