//! An objection: the body of `POST /v1/objections`.

use ordinance_engine::InputError;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::problem::RequestError;
use crate::api::requests::body::parse_body;
use crate::api::requests::member::{ContactMember, ReasonMember, SentReceiptMember};
use crate::api::requests::sent_receipt::SentReceipt;

/// An objection to a decision
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectionBody<'a> {
    #[serde(borrow)]
    receipt: SentReceiptMember<'a>,
    #[serde(borrow)]
    reason: ReasonMember<'a>,
    #[serde(borrow)]
    contact: Option<ContactMember<'a>>,
}

/// An objection, well formed. It has no `Debug`, so that no reason comes into a log.
pub(crate) struct ObjectionRequest {
    pub(crate) receipt: SentReceipt,
    pub(crate) reason: String,
    pub(crate) contact: Option<String>,
}

impl ObjectionRequest {
    /// Parses the body.
    ///
    /// # Errors
    /// All faults of the body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let (body, mut faults) = parse_body::<ObjectionBody<'_>>(body)?;
        let receipt = faults.required("/receipt", body.receipt);
        let reason = faults.required("/reason", body.reason);
        let contact = faults.optional("/contact", body.contact).filter(|contact| !contact.trim().is_empty());
        if reason.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
            faults.add_between_members(InputError::expecting(
                "/reason",
                "this says nothing",
                "why you object, in words",
            ));
        }
        faults.finish(|| Some(Self { receipt: receipt?, reason: reason?, contact }))
    }
}
