//! The services of the rulebook with their contracts: facts, grants, and what lower levels may change.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use ordinance_domain::bounds::Bound;
use ordinance_domain::calendar::{Date, Dated, Timeline};
use ordinance_domain::contract::{Contract, GrantField, ObjectionTerms};
use ordinance_domain::guidance::ApplicationPoint;
use ordinance_engine::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::extract::service_id;
use crate::api::language::best;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::api::replies::fact::{FactReply, TypeReply, fact_reply, type_reply};
use crate::api::replies::unit::{MeasureReply, measure_reply};
use crate::api::replies::{ProvisionReply, provision_reply};
use crate::api::requests::member::ServiceMember;
use crate::api::requests::terms::contract_of;
use crate::api::responses::{PlainProblems, QueryProblems};
use crate::app::{App, RequestEngine, to_json};

/// A service and its contract.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceReply {
    id: String,
    title: Option<String>,
    /// What it is, in plain words, if somebody wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Where people apply for it: of the places that name an office of their own, and of all others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    apply: Vec<ApplicationPointReply>,
    /// The purpose its facts are processed for, a term of the Data Privacy Vocabulary.
    purpose: String,
    /// What entitles to them, unless a case says otherwise, and where that is written.
    basis: &'static str,
    basis_provision: ProvisionReply,
    /// What it means to be eligible: a `benefit` for the person, or a `liability`.
    eligible: &'static str,
    /// The facts that its rules may use.
    facts: Vec<FactReply>,
    /// What a lower level may do to the outcome: one bound, or several with the days from which they hold.
    outcome: Vec<BoundReply>,
    /// What it grants.
    grant: Vec<GrantFieldReply>,
    /// On which terms one may object to a decision; none if the service takes no objections.
    #[serde(skip_serializing_if = "Option::is_none")]
    objections: Option<ObjectionTermsReply>,
}

/// Where people apply for a service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationPointReply {
    /// The code of the place that it is for, with those below; none if it is for all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The office that takes the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    office: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Where to apply on the web.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// On which terms one may object to a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectionTermsReply {
    /// The code of the place whose authority reviews the decision.
    by: String,
    /// For how many days after that of the decision one may object.
    within_days: u32,
    /// In how many days after that of the objection the authority has to answer.
    answer_days: u32,
    /// For how many days after that of the answer both are kept.
    keep_days: u32,
    provision: ProvisionReply,
}

/// The services of the rulebook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServicesReply {
    services: Vec<ServiceReply>,
}

/// A field of a grant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantFieldReply {
    name: String,
    title: Option<String>,
    #[serde(rename = "type")]
    fact_type: TypeReply,
    unit: Option<String>,
    /// The unit by its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<MeasureReply>,
    /// Whether `more` or `less` of it is better for the person, or `neither`.
    better: &'static str,
    /// What a lower level may do to it: one bound, or several with the days from which they hold.
    bounds: Vec<BoundReply>,
}

/// What a lower level may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoundReply {
    bound: String,
    /// The first day; none if it holds on every day.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The day of its publication, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<String>,
    provision: ProvisionReply,
}

/// List the services with their contracts
#[utoipa::path(get, path = "/v1/services", tag = "catalogue", responses((status = 200, description = "The services", body = ServicesReply), PlainProblems))]
pub(crate) async fn services(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
) -> Response {
    let public = PublicRequest::json("services".to_owned());
    let compute = |engine: &Engine, languages: &[String]| {
        let services = engine.rulebook().contracts().map(|contract| service_reply(contract, languages)).collect();
        to_json(&ServicesReply { services })
    };
    respond_publicly(&app, engine, &visitor, public, compute).await
}

/// One service with its contract
#[utoipa::path(get, path = "/v1/services/{id}", tag = "catalogue", params(("id" = ServiceMember, Path, example = "disability-care-subsidy")),
    responses((status = 200, description = "The service", body = ServiceReply), QueryProblems))]
pub(crate) async fn service(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    id: Result<Path<String>, PathRejection>,
    visitor: Visitor,
) -> Response {
    let contract = match service_id(id).and_then(|id| contract_of(engine.rulebook(), &id).cloned()) {
        Ok(contract) => contract,
        Err(error) => return app.problem(error),
    };
    let public = PublicRequest::json(format!("service {}", contract.service));
    let compute = move |_: &Engine, languages: &[String]| to_json(&service_reply(&contract, languages));
    respond_publicly(&app, engine, &visitor, public, compute).await
}

fn service_reply(contract: &Contract, languages: &[String]) -> ServiceReply {
    ServiceReply {
        id: contract.service.to_string(),
        title: best(&contract.titles, languages),
        description: best(&contract.description, languages),
        apply: contract.application_points.iter().map(|point| application_point_reply(point, languages)).collect(),
        purpose: contract.purpose.to_string(),
        basis: contract.basis.as_str(),
        basis_provision: provision_reply(&contract.basis_provision),
        eligible: contract.eligible.as_str(),
        facts: contract.facts.iter().map(|fact| fact_reply(fact, languages)).collect(),
        outcome: bound_replies(&contract.outcome, |kind| kind.as_str().to_owned()),
        grant: contract.grant.iter().map(|field| grant_field_reply(field, languages)).collect(),
        objections: contract.objections.as_ref().map(objection_terms_reply),
    }
}

fn application_point_reply(point: &ApplicationPoint, languages: &[String]) -> ApplicationPointReply {
    ApplicationPointReply {
        place: point.place.as_ref().map(ToString::to_string),
        office: best(&point.office, languages),
        address: best(&point.address, languages),
        link: point.link.clone(),
    }
}

fn objection_terms_reply(terms: &ObjectionTerms) -> ObjectionTermsReply {
    let ObjectionTerms { by, within_days, answer_days, keep_days, provision } = terms;
    ObjectionTermsReply {
        by: by.to_string(),
        within_days: *within_days,
        answer_days: *answer_days,
        keep_days: *keep_days,
        provision: provision_reply(provision),
    }
}

fn grant_field_reply(field: &GrantField, languages: &[String]) -> GrantFieldReply {
    GrantFieldReply {
        name: field.name.to_string(),
        title: best(&field.titles, languages),
        fact_type: type_reply(&field.fact_type, languages),
        unit: field.unit.as_ref().map(ToString::to_string),
        measure: field.unit.as_ref().map(measure_reply),
        better: field.better.as_str(),
        bounds: bound_replies(&field.bound, ToString::to_string),
    }
}

fn bound_replies<Kind>(bounds: &Timeline<Bound<Kind>>, words: impl Fn(&Kind) -> String) -> Vec<BoundReply> {
    let reply = |dated: &Dated<Bound<Kind>>| BoundReply {
        bound: words(&dated.value.kind),
        from: (dated.from != Date::MIN).then(|| dated.from.to_string()),
        published: dated.published.map(|day| day.to_string()),
        provision: provision_reply(&dated.value.provision),
    };
    bounds.iter().map(reply).collect()
}
