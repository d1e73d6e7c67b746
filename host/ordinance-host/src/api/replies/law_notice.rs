//! What a reader of a decision should know of the law that it rests on, as JSON.

use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::Rulebook;
use ordinance_engine::definitions::{LawNotice, NumbersOfLaw};
use serde::Serialize;
use utoipa::ToSchema;

/// A notice on the law that a decision rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LawNoticeReply {
    /// `unconfirmed-value`: nobody has confirmed a number of the law for longer than the rulebook allows.
    /// `not-covered`: the day of the case is beyond those that the rulebook covers.
    notice: &'static str,
    /// Whose law has the number; none if it is the contract of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<String>,
    /// The number.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// The day on which it was last confirmed, published, or began.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<String>,
    /// The first day that the rulebook doesn't cover.
    #[serde(skip_serializing_if = "Option::is_none")]
    covers_until: Option<String>,
}

/// The notices on the law of a decision: on the rules and bounds in force, which anybody may see, and not on the facts.
pub(crate) fn law_notices(decision: &RedactedDecision<'_>, rulebook: &Rulebook) -> Vec<LawNoticeReply> {
    let service = &decision.query().service;
    let rules = decision.layers().iter().filter_map(|layer| layer.rule.map(|rule| NumbersOfLaw::Rule(rule)));
    let bounds = decision.layers().iter().filter_map(|layer| rulebook.bounds(layer.jurisdiction, service));
    let contract = [NumbersOfLaw::Contract(decision.contract())].into_iter();
    let law = contract.chain(bounds.map(NumbersOfLaw::Level)).chain(rules);
    let notices = rulebook.upkeep().notices_on(decision.query().day(), law);
    notices.into_iter().map(law_notice_reply).collect()
}

fn law_notice_reply(notice: LawNotice) -> LawNoticeReply {
    match notice {
        LawNotice::Unconfirmed(value) => LawNoticeReply {
            notice: "unconfirmed-value",
            jurisdiction: value.jurisdiction.map(|code| code.to_string()),
            parameter: Some(value.parameter.to_string()),
            confirmed: Some(value.confirmed.to_string()),
            covers_until: None,
        },
        LawNotice::NotCovered { until } => LawNoticeReply {
            notice: "not-covered",
            jurisdiction: None,
            parameter: None,
            confirmed: None,
            covers_until: Some(until.to_string()),
        },
    }
}
