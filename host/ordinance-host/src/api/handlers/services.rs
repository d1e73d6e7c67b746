//! The services of the rulebook with their contracts: facts, grants, and what lower levels may change.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use ordinance_domain::bounds::Bound;
use ordinance_domain::calendar::{Date, Timeline};
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::{Fact, FactType};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::extract::{best, service_id};
use crate::api::language::wanted_languages;
use crate::api::problem::Problem;
use crate::api::replies::{ProvisionReply, provision_reply};
use crate::api::requests::contract_of;
use crate::app::App;

/// A service and its contract.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceReply {
    id: String,
    title: Option<String>,
    /// The purpose its facts are processed for, a term of the Data Privacy Vocabulary.
    purpose: String,
    /// What entitles to them, unless a case says otherwise, and where that is written.
    basis: &'static str,
    basis_provision: ProvisionReply,
    /// The facts that its rules may use.
    facts: Vec<FactReply>,
    /// What a lower level may do to the outcome: one bound, or several with the days from which they hold.
    outcome: Vec<BoundReply>,
    /// What it grants.
    grant: Vec<GrantFieldReply>,
}

/// The services of the rulebook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServicesReply {
    services: Vec<ServiceReply>,
}

/// A fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactReply {
    name: String,
    title: Option<String>,
    #[serde(rename = "type")]
    fact_type: TypeReply,
    /// `public`, `personal` or `sensitive`.
    sensitivity: &'static str,
    /// The category of personal data, a term of the Data Privacy Vocabulary.
    category: Option<String>,
    /// How the department that holds it may share it, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharing: Option<SharingReply>,
    unit: Option<String>,
}

/// How a fact may be shared between departments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharingReply {
    /// `unconditional`, `conditional` or `not-shared`.
    class: &'static str,
    /// On what condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    provision: ProvisionReply,
}

/// A field of a grant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantFieldReply {
    name: String,
    title: Option<String>,
    #[serde(rename = "type")]
    fact_type: TypeReply,
    unit: Option<String>,
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
    provision: ProvisionReply,
}

/// The type of a fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TypeReply {
    /// `bool`, `integer`, `decimal`, `date`, `text`, `choice`, `record` or `list`.
    kind: &'static str,
    /// What is expected, in words.
    expected: String,
    /// The choices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
    /// The fields of a record, or of each record of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    fields: Vec<FieldReply>,
}

/// A field of a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldReply {
    name: String,
    #[serde(rename = "type")]
    fact_type: TypeReply,
}

/// List the services with their contracts
#[utoipa::path(get, path = "/v1/services", tag = "catalogue", responses((status = 200, description = "The services", body = ServicesReply)))]
pub(crate) async fn services(State(app): State<Arc<App>>, headers: HeaderMap) -> Json<ServicesReply> {
    let (rulebook, languages) = (app.live.rulebook(), wanted_languages(&headers));
    Json(ServicesReply { services: rulebook.contracts().map(|contract| service_reply(contract, &languages)).collect() })
}

/// One service with its contract
#[utoipa::path(get, path = "/v1/services/{id}", tag = "catalogue", params(("id" = String, Path, example = "disability-care-subsidy")),
    responses((status = 200, description = "The service", body = ServiceReply), (status = 404, description = "It is unknown", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn service(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let rulebook = app.live.rulebook();
    match service_id(id).and_then(|id| contract_of(&rulebook, &id)) {
        Ok(contract) => Json(service_reply(contract, &wanted_languages(&headers))).into_response(),
        Err(error) => app.problem(error),
    }
}

fn service_reply(contract: &Contract, languages: &[String]) -> ServiceReply {
    ServiceReply {
        id: contract.service.to_string(),
        title: best(&contract.titles, languages),
        purpose: contract.purpose.to_string(),
        basis: contract.basis.as_str(),
        basis_provision: provision_reply(&contract.basis_provision),
        facts: contract.facts.iter().map(|fact| fact_reply(fact, languages)).collect(),
        outcome: bound_replies(&contract.outcome, |kind| kind.as_str().to_owned()),
        grant: contract.grant.iter().map(|field| grant_field_reply(field, languages)).collect(),
    }
}

pub(crate) fn fact_reply(fact: &Fact, languages: &[String]) -> FactReply {
    FactReply {
        name: fact.name.to_string(),
        title: best(&fact.titles, languages),
        fact_type: type_reply(&fact.fact_type),
        sensitivity: fact.sensitivity.as_str(),
        category: fact.category.map(|category| category.to_string()),
        sharing: fact.sharing.as_ref().map(|sharing| SharingReply {
            class: sharing.class.as_str(),
            condition: best(&sharing.condition, languages),
            provision: provision_reply(&sharing.provision),
        }),
        unit: fact.unit.clone(),
    }
}

fn grant_field_reply(field: &GrantField, languages: &[String]) -> GrantFieldReply {
    GrantFieldReply {
        name: field.name.to_string(),
        title: best(&field.titles, languages),
        fact_type: type_reply(&field.fact_type),
        unit: field.unit.clone(),
        bounds: bound_replies(&field.bound, ToString::to_string),
    }
}

fn bound_replies<Kind>(bounds: &Timeline<Bound<Kind>>, words: impl Fn(&Kind) -> String) -> Vec<BoundReply> {
    let reply = |(from, bound): &(Date, Bound<Kind>)| BoundReply {
        bound: words(&bound.kind),
        from: (*from != Date::MIN).then(|| from.to_string()),
        provision: provision_reply(&bound.provision),
    };
    bounds.iter().map(reply).collect()
}

fn type_reply(fact_type: &FactType) -> TypeReply {
    let (kind, fields) = match fact_type {
        FactType::Bool => ("bool", &[][..]),
        FactType::Integer { .. } => ("integer", &[][..]),
        FactType::Decimal { .. } => ("decimal", &[][..]),
        FactType::Date => ("date", &[][..]),
        FactType::Text { .. } => ("text", &[][..]),
        FactType::Choice(_) => ("choice", &[][..]),
        FactType::Record(fields) => ("record", fields.as_slice()),
        FactType::List { fields, .. } => ("list", fields.as_slice()),
    };
    let choices = if let FactType::Choice(choices) = fact_type { choices.clone() } else { Vec::new() };
    let field = |field: &ordinance_domain::fact::Field| FieldReply {
        name: field.name.to_string(),
        fact_type: type_reply(&field.fact_type),
    };
    TypeReply { kind, expected: fact_type.to_string(), choices, fields: fields.iter().map(field).collect() }
}
