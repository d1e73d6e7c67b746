//! The record of a request for several evaluations: one line, in which what they share stands once, so that a request
//! can't write many times its own size.

use std::collections::HashMap;
use std::ops::Range;

use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_domain::privacy::Disclosure;
use ordinance_engine::DisclosureCase;
use ordinance_engine::disclose::DisclosureDecision;
use serde::Serialize;
use uuid::Uuid;

use crate::audit::json_line::to_line;
use crate::audit::record::{
    ConsentRecord, PrivacyRuleRecord, Provenance, RecipientRecord, RequestRecord, RulingRecord, consent_record,
    privacy_rule_record, recipient_record, request_record, ruling_record,
};
use crate::shown::Shown;

/// An evaluation, and what is ruled on it.
pub(crate) struct RuledEvaluation {
    pub(crate) case: DisclosureCase,
    pub(crate) disclosed: DisclosureDecision,
}

#[derive(Serialize)]
struct EvaluationsRecord<'a> {
    id: Uuid,
    time: jiff::Timestamp,
    #[serde(flatten)]
    request: RequestRecord<'a>,
    rulebook: Shown<Digest>,
    caller: &'a str,
    /// The day that it was in the place of the first evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    processed_on: Option<Shown<Date>>,
    /// In the order of the request; equal ones of the request are one.
    evaluations: Vec<EvaluationRecord<'a>>,
    /// The consents that evaluations claim.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    consents: Vec<ConsentRecord<'a>>,
    /// The rulings that evaluations got.
    rulings: Vec<RulingRecord<'a>>,
    /// The privacy rules that ruled.
    privacy: Vec<PrivacyRuleRecord<'a>>,
}

#[derive(Serialize)]
struct EvaluationRecord<'a> {
    jurisdiction: &'a str,
    recipient: RecipientRecord<'a>,
    purpose: &'a str,
    basis: &'static str,
    /// Which of the consents, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian_consents: Option<bool>,
    /// The day that it was in the place, where it was another than in that of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    processed_on: Option<Shown<Date>>,
    /// Which of the rulings, from 0.
    ruling: usize,
    /// How often the request asks for it, if more than once.
    #[serde(skip_serializing_if = "is_one")]
    times: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(times: &u64) -> bool {
    *times == 1
}

/// The place of an entry in a list, to which it is added if it is not there.
fn place_in<T: PartialEq>(list: &mut Vec<T>, entry: T) -> usize {
    list.iter().position(|known| *known == entry).unwrap_or_else(|| {
        list.push(entry);
        list.len() - 1
    })
}

/// The line for the evaluations of one request.
pub(crate) fn evaluations_record(
    id: Uuid,
    evaluations: &[RuledEvaluation],
    provenance: Provenance<'_>,
) -> Option<Vec<u8>> {
    let mut record = EvaluationsRecord {
        id,
        time: jiff::Timestamp::now(),
        request: request_record(provenance),
        rulebook: Shown(provenance.rulebook),
        caller: provenance.caller,
        processed_on: evaluations.first().map(|first| Shown(first.case.disclosure.on)),
        evaluations: Vec::new(),
        consents: Vec::new(),
        rulings: Vec::new(),
        privacy: Vec::new(),
    };
    // Everything that an evaluation is about, so that equal ones are found without comparing each with each.
    let mut known = HashMap::new();
    for RuledEvaluation { case, disclosed } in evaluations {
        let key = (&case.disclosure, &case.facts, &disclosed.jurisdiction);
        let places: &mut Range<usize> = known.entry(key).or_insert_with(|| {
            let first = record.evaluations.len();
            record.add(&case.disclosure, disclosed);
            first..record.evaluations.len()
        });
        for entry in record.evaluations.get_mut(places.clone()).unwrap_or_default() {
            entry.times += 1;
        }
    }
    to_line(&record)
}

impl<'a> EvaluationsRecord<'a> {
    /// Adds what was ruled on the fact of an evaluation, and on its parts.
    fn add(&mut self, disclosure: &'a Disclosure, disclosed: &'a DisclosureDecision) {
        let Disclosure { recipient, purpose, basis, subject, on, known_at: _ } = disclosure;
        let rulings = &disclosed.rulings;
        let processed_on = self.processed_on;
        for layer in rulings.layers() {
            place_in(&mut self.privacy, privacy_rule_record(layer));
        }
        let consent = consent_record(basis).map(|consent| place_in(&mut self.consents, consent));
        for ruled in rulings.facts() {
            let ruling = place_in(&mut self.rulings, ruling_record(ruled, rulings));
            self.evaluations.push(EvaluationRecord {
                jurisdiction: disclosed.jurisdiction.as_str(),
                recipient: recipient_record(recipient),
                purpose: purpose.as_str(),
                basis: basis.kind().as_str(),
                consent,
                guardian_consents: subject.guardian_consents,
                processed_on: processed_on.filter(|first| first.0 != *on).map(|_| Shown(*on)),
                ruling,
                times: 0,
            });
        }
    }
}
