//! The keys to which objections are sealed: what each authority lists in its signed repository, or, where nobody signed
//! the rulebook, what the operator writes.

use std::collections::BTreeMap;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_trust::ObjectionsRecipient;

use crate::rulebook::repository::SignedRulebook;

/// The key of the authority of a place; `None` if none is known. With signed repositories the operator's settings don't
/// count: nobody but the authority says which key is its own.
pub(crate) fn recipient_of(
    place: &JurisdictionCode,
    signed: Option<&SignedRulebook>,
    set: &BTreeMap<String, String>,
) -> Option<ObjectionsRecipient> {
    let Some(signed) = signed else {
        return ObjectionsRecipient::parse(set.get(place.as_str())?).ok();
    };
    let found = signed.latest()?;
    let report = found.authorities.reports.iter().find(|report| report.jurisdiction == *place)?;
    match report.objections_recipient() {
        Ok(recipient) => recipient,
        Err(error) => {
            tracing::error!(authority = place.as_str(), %error, "the key for objections can't be read");
            None
        }
    }
}
