//! `GET /v1/privacy/records`: the record of processing, for auditors. It is read off the rulebook that is loaded, from
//! the types of its binaries; nobody keeps it by hand.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::{DecideError, Engine, Rule, Rulebook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::extract::{QueriedDay, known_place, read_query};
use crate::api::language::best;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::api::replies::fact::{FactReply, fact_reply};
use crate::api::replies::{ProvisionReply, provision_reply};
use crate::api::requests::member::{CodeMember, DayMember};
use crate::api::responses::QueryProblems;
use crate::app::{App, RequestEngine, to_json};

/// Whose processing.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordsQuery {
    /// Only the rules that decide the cases of this place; without it, those of every place.
    #[param(required = false, value_type = CodeMember)]
    jurisdiction: Option<String>,
    /// The day; without it, the day that it is in each place.
    #[param(required = false, value_type = DayMember)]
    as_of: Option<String>,
}

/// The record of processing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordsReply {
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<String>,
    /// Each service that processes facts.
    records: Vec<RecordReply>,
    /// The privacy rules in force, which rule on every use and disclosure.
    privacy_rules: Vec<ReaderReply>,
    rulebook: String,
}

/// The processing of one service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordReply {
    service: String,
    title: Option<String>,
    /// What the facts are processed for.
    purpose: String,
    /// What entitles to that, and where it is written.
    basis: &'static str,
    provision: ProvisionReply,
    /// The facts that a rule reads, by its type.
    facts: Vec<FactProcessingReply>,
}

/// A fact that is processed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactProcessingReply {
    #[serde(flatten)]
    fact: FactReply,
    /// The rules whose binaries declare it.
    read_by: Vec<ReaderReply>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReaderReply {
    jurisdiction: String,
    /// `id@version`
    rule: String,
    title: Option<String>,
    digest: Option<String>,
    /// The provisions of its criteria.
    provisions: Vec<ProvisionReply>,
}

/// The record of processing, derived from what is loaded
#[utoipa::path(get, path = "/v1/privacy/records", tag = "privacy", params(RecordsQuery),
    responses((status = 200, description = "The record", body = RecordsReply), QueryProblems))]
pub(crate) async fn records(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    query: Result<Query<RecordsQuery>, QueryRejection>,
    visitor: Visitor,
) -> Response {
    let (place, day) = match read(engine.rulebook(), query) {
        Ok(read) => read,
        Err(error) => return app.problem(error),
    };
    let public = PublicRequest::json(format!("records of {place:?} on {}", day.text())).of_today(day.is_today());
    let compute =
        move |engine: &Engine, languages: &[String]| to_json(&answer(engine.rulebook(), place, &day, languages)?);
    respond_publicly(&app, engine, &visitor, public, compute).await
}

/// The place and the day that are asked for.
fn read(
    rulebook: &Rulebook,
    query: Result<Query<RecordsQuery>, QueryRejection>,
) -> Result<(Option<JurisdictionCode>, QueriedDay), RequestError> {
    let query = read_query(query, "jurisdiction and as_of")?;
    let day = QueriedDay::read(rulebook, "as_of", query.as_of.as_deref())?;
    let place = query.jurisdiction.as_deref().map(|code| known_place(rulebook, "jurisdiction", code)).transpose()?;
    Ok((place, day))
}

fn answer(
    rulebook: &Rulebook,
    place: Option<JurisdictionCode>,
    day: &QueriedDay,
    languages: &[String],
) -> Result<RecordsReply, RequestError> {
    let as_of = day.in_place_or_utc(rulebook, place.as_ref());
    let chain: Option<Vec<JurisdictionCode>> = match &place {
        None => None,
        Some(place) => {
            let chain = rulebook.jurisdictions_at(day.today_in(rulebook, place)).chain(place, as_of);
            let chain = chain.map_err(|error| RequestError::Unknown(DecideError::UnknownPlace(error)))?;
            Some(chain.iter().cloned().collect())
        }
    };
    let derived = RulesInForce { rulebook, day, chain: chain.as_deref(), languages };
    Ok(RecordsReply {
        as_of: as_of.to_string(),
        jurisdiction: place.as_ref().map(ToString::to_string),
        records: rulebook.contracts().filter_map(|contract| derived.record(contract)).collect(),
        privacy_rules: derived.privacy_rules(),
        rulebook: rulebook.digest().to_string(),
    })
}

/// What is in force on a day, for a chain or everywhere.
struct RulesInForce<'a> {
    rulebook: &'a Rulebook,
    day: &'a QueriedDay,
    chain: Option<&'a [JurisdictionCode]>,
    languages: &'a [String],
}

impl RulesInForce<'_> {
    /// The processing of a service; none if no rule of it is in force.
    fn record(&self, contract: &Contract) -> Option<RecordReply> {
        let rules: Vec<&RuleHead> =
            self.rulebook.rules_for(&contract.service).filter_map(|rule| self.counts(rule)).collect();
        if rules.is_empty() {
            return None;
        }
        let processed = |fact: &Fact| {
            let readers = rules.iter().filter(|rule| rule.reads.contains(&fact.name));
            let read_by: Vec<ReaderReply> = readers.map(|rule| self.reader(rule)).collect();
            let fact = fact_reply(fact, self.languages);
            (!read_by.is_empty()).then_some(FactProcessingReply { fact, read_by })
        };
        Some(RecordReply {
            service: contract.service.to_string(),
            title: best(&contract.titles, self.languages),
            purpose: contract.purpose.to_string(),
            basis: contract.basis.as_str(),
            provision: provision_reply(&contract.basis_provision),
            facts: contract.facts.iter().filter_map(processed).collect(),
        })
    }

    fn privacy_rules(&self) -> Vec<ReaderReply> {
        self.rulebook.privacy_rules().filter_map(|rule| self.counts(rule)).map(|rule| self.reader(rule)).collect()
    }

    /// The head of a rule that is in force in the chain.
    fn counts<'r, Ready>(&self, rule: &'r Rule<Ready>) -> Option<&'r RuleHead> {
        let head = rule.head.as_ref();
        let is_in_chain = self.chain.is_none_or(|chain| chain.contains(&head.jurisdiction));
        let day = self.day.in_place(self.rulebook, &head.jurisdiction);
        (is_in_chain
            && head.in_force.contains(day)
            && head.publication.covers(self.day.today_in(self.rulebook, &head.jurisdiction)))
        .then_some(head)
    }

    fn reader(&self, rule: &RuleHead) -> ReaderReply {
        let mut provisions: Vec<ProvisionReply> = Vec::new();
        for provision in rule.criteria.iter().map(|criterion| provision_reply(&criterion.provision)) {
            if !provisions.contains(&provision) {
                provisions.push(provision);
            }
        }
        ReaderReply {
            jurisdiction: rule.jurisdiction.to_string(),
            rule: rule.to_string(),
            title: best(&rule.titles, self.languages),
            digest: rule.digest.map(|digest| digest.to_string()),
            provisions,
        }
    }
}
