//! What the rulebook holds: places, services and rules, so that a portal needs no second source.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_domain::text::Titles;
use ordinance_engine::registry::ReadyRule;
use ordinance_engine::{DecideError, InputFault, Registry, Rule, RuleState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use crate::language::wanted_languages;
use crate::problem::{Problem, RequestError};
use crate::reply::{ParameterReply, ProvisionReply, digest_text, parameter_reply, provision_reply};

/// A place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JurisdictionReply {
    code: String,
    /// The place above it; `null` at the top of a tree.
    parent: Option<String>,
    /// Its name in the wanted language.
    name: Option<String>,
    /// Its names by language.
    names: BTreeMap<String, String>,
}

/// A list of places.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JurisdictionsReply {
    jurisdictions: Vec<JurisdictionReply>,
    /// The `after` of the next page; `null` on the last one.
    next: Option<String>,
}

/// A place with what surrounds it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JurisdictionDetailReply {
    #[serde(flatten)]
    jurisdiction: JurisdictionReply,
    /// The codes of its chain, top first, itself last.
    chain: Vec<String>,
    /// The codes right below it.
    children: Vec<String>,
    /// Its own rules.
    rules: Vec<RuleReply>,
}

/// Which places to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JurisdictionsQuery {
    /// Only places right below this one; empty for the tops of the trees.
    parent: Option<String>,
    /// Only places after this code, for the next page.
    after: Option<String>,
    /// At most so many, up to 1000.
    limit: Option<usize>,
}

const LIMIT_MAX: usize = 1000;
const LIMIT: usize = 100;

/// List the places of the rulebook, by code
#[utoipa::path(get, path = "/v1/jurisdictions", tag = "catalogue", params(JurisdictionsQuery),
    responses((status = 200, description = "A page of places", body = JurisdictionsReply), (status = 400, description = "The query is not well formed", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn jurisdictions(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Result<Query<JurisdictionsQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else {
        let fault =
            InputFault::expecting("", "the query can't be read", "only parent, after and limit, which is a number");
        return app.problem(RequestError::InvalidRequest(vec![fault]));
    };
    let (registry, languages) = (app.live.registry(), wanted_languages(&headers));
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let after = query.after.unwrap_or_default();
    let wanted = |place: &&Jurisdiction| {
        let parent = place.parent.as_ref().map_or("", JurisdictionCode::as_str);
        place.code.as_str() > after.as_str() && query.parent.as_ref().is_none_or(|wanted| wanted == parent)
    };
    let mut page: Vec<JurisdictionReply> = registry
        .jurisdictions()
        .iter()
        .filter(wanted)
        .take(limit + 1)
        .map(|place| place_reply(place, &languages))
        .collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| last.code.clone());
    Json(JurisdictionsReply { jurisdictions: page, next }).into_response()
}

/// One place with its chain, the places below it and its own rules
#[utoipa::path(get, path = "/v1/jurisdictions/{code}", tag = "catalogue", params(("code" = String, Path, example = "CN-3706")),
    responses((status = 200, description = "The place", body = JurisdictionDetailReply), (status = 404, description = "It is unknown", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn jurisdiction(
    State(app): State<Arc<App>>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let (registry, languages, code) = (app.live.registry(), wanted_languages(&headers), path_text(code));
    let place = JurisdictionCode::new(&code)
        .ok()
        .and_then(|code| Some((registry.jurisdiction(&code)?, registry.jurisdictions().chain(&code)?)));
    let Some((place, chain)) = place else {
        return app.problem(match JurisdictionCode::new(&code) {
            Ok(code) => RequestError::Unknown(DecideError::UnknownJurisdiction(code)),
            Err(_) => RequestError::NotFound,
        });
    };
    let own = registry.rules().filter(|rule| rule.head.jurisdiction == place.code);
    Json(JurisdictionDetailReply {
        jurisdiction: place_reply(place, &languages),
        chain: chain.iter().map(ToString::to_string).collect(),
        children: registry.jurisdictions().children(&place.code).iter().map(ToString::to_string).collect(),
        rules: own.map(|rule| rule_reply(rule, &languages)).collect(),
    })
    .into_response()
}

/// The last step of a path; empty, which names nothing, if it is no text.
fn path_text(path: Result<Path<String>, PathRejection>) -> String {
    path.map(|Path(text)| text).unwrap_or_default()
}

fn place_reply(place: &Jurisdiction, languages: &[String]) -> JurisdictionReply {
    JurisdictionReply {
        code: place.code.to_string(),
        parent: place.parent.as_ref().map(ToString::to_string),
        name: best(&place.names, languages),
        names: place.names.iter().map(|(language, name)| (language.to_owned(), name.to_owned())).collect(),
    }
}

fn best(titles: &Titles, languages: &[String]) -> Option<String> {
    titles.best(languages).map(str::to_owned)
}

/// A service and its contract.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceReply {
    id: String,
    title: Option<String>,
    /// The purpose its facts are processed for, a term of the Data Privacy Vocabulary.
    purpose: String,
    /// The facts that its rules may use.
    facts: Vec<FactReply>,
    /// What a lower level may do to the outcome.
    outcome: BoundReply,
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
    unit: Option<String>,
}

/// A field of a grant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantFieldReply {
    name: String,
    title: Option<String>,
    #[serde(rename = "type")]
    fact_type: TypeReply,
    unit: Option<String>,
    /// What a lower level may do to it.
    bound: BoundReply,
}

/// What a lower level may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoundReply {
    bound: &'static str,
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
    let (registry, languages) = (app.live.registry(), wanted_languages(&headers));
    Json(ServicesReply { services: registry.contracts().map(|contract| service_reply(contract, &languages)).collect() })
}

/// One service with its contract
#[utoipa::path(get, path = "/v1/services/{id}", tag = "catalogue", params(("id" = String, Path, example = "disability-care-subsidy")),
    responses((status = 200, description = "The service", body = ServiceReply), (status = 404, description = "It is unknown", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn service(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let registry = app.live.registry();
    let Ok(id) = Id::new(&path_text(id)) else { return app.problem(RequestError::NotFound) };
    match registry.contract(&id) {
        Some(contract) => Json(service_reply(contract, &wanted_languages(&headers))).into_response(),
        None => app.problem(RequestError::Unknown(DecideError::UnknownService(id))),
    }
}

fn service_reply(contract: &Contract, languages: &[String]) -> ServiceReply {
    ServiceReply {
        id: contract.service.to_string(),
        title: best(&contract.titles, languages),
        purpose: contract.purpose.clone(),
        facts: contract.facts.iter().map(|fact| fact_reply(fact, languages)).collect(),
        outcome: BoundReply {
            bound: contract.outcome.kind.as_str(),
            provision: provision_reply(&contract.outcome.provision),
        },
        grant: contract.grant.iter().map(|field| grant_field_reply(field, languages)).collect(),
    }
}

fn fact_reply(fact: &Fact, languages: &[String]) -> FactReply {
    FactReply {
        name: fact.name.to_string(),
        title: best(&fact.titles, languages),
        fact_type: type_reply(&fact.fact_type),
        sensitivity: fact.sensitivity.as_str(),
        category: fact.category.clone(),
        unit: fact.unit.clone(),
    }
}

fn grant_field_reply(field: &GrantField, languages: &[String]) -> GrantFieldReply {
    GrantFieldReply {
        name: field.name.to_string(),
        title: best(&field.titles, languages),
        fact_type: type_reply(&field.fact_type),
        unit: field.unit.clone(),
        bound: BoundReply { bound: field.bound.kind.as_str(), provision: provision_reply(&field.bound.provision) },
    }
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

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleReply {
    /// `id@version`
    rule: String,
    jurisdiction: String,
    service: String,
    title: Option<String>,
    in_force: InForceReply,
    digest: Option<String>,
    /// `ready` or `broken`. A layer with a broken rule fails.
    state: &'static str,
    /// Why it is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// When a rule is in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InForceReply {
    /// The first day.
    from: String,
    /// The first day on which it no longer is; `null` if it has no end.
    until: Option<String>,
}

/// The rules of the rulebook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesReply {
    /// The digest of the rulebook.
    rulebook: String,
    /// How many are broken.
    broken: usize,
    rules: Vec<RuleReply>,
}

/// A rule with what it may see, its numbers and its criteria.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleDetailReply {
    #[serde(flatten)]
    rule: RuleReply,
    /// The facts that it may see, by the type of its binary, and no others.
    sees: Vec<String>,
    criteria: Vec<CriterionReply>,
    /// Its numbers, each value with the day from which it holds.
    parameters: Vec<ParameterReply>,
    limits: LimitsReply,
    /// The size of its file.
    bytes: usize,
}

/// A criterion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CriterionReply {
    id: String,
    title: Option<String>,
    provision: ProvisionReply,
}

/// The limits of a rule's call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitsReply {
    fuel: u64,
    deadline_ms: u64,
    memory_bytes: usize,
}

/// List the rules, broken ones with the reason
#[utoipa::path(get, path = "/v1/rules", tag = "catalogue", responses((status = 200, description = "The rules", body = RulesReply)))]
pub(crate) async fn rules(State(app): State<Arc<App>>, headers: HeaderMap) -> Json<RulesReply> {
    let (registry, languages) = (app.live.registry(), wanted_languages(&headers));
    let rules: Vec<RuleReply> = registry.rules().map(|rule| rule_reply(rule, &languages)).collect();
    let broken = rules.iter().filter(|rule| rule.reason.is_some()).count();
    Json(RulesReply { rulebook: digest_text(registry.digest()), broken, rules })
}

/// One rule by its digest: what it may see, its numbers, its criteria with their articles
#[utoipa::path(get, path = "/v1/rules/{digest}", tag = "catalogue", params(("digest" = String, Path, description = "sha256:...")),
    responses((status = 200, description = "The rule", body = RuleDetailReply), (status = 404, description = "It is unknown", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn rule(
    State(app): State<Arc<App>>,
    digest: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let (registry, languages) = (app.live.registry(), wanted_languages(&headers));
    let digest = path_text(digest);
    let digest = digest.strip_prefix("sha256:").unwrap_or(&digest);
    match find_ready(&registry, digest) {
        Some((rule, ready)) => Json(rule_detail(rule, ready, &languages)).into_response(),
        None => app.problem(RequestError::UnknownRule),
    }
}

fn find_ready<'a>(registry: &'a Registry, digest: &str) -> Option<(&'a Rule, &'a ReadyRule)> {
    registry.rules().find_map(|rule| match &rule.state {
        RuleState::Ready(ready) if rule.head.digest.as_deref() == Some(digest) => Some((rule, ready.as_ref())),
        RuleState::Ready(_) | RuleState::Broken(_) => None,
    })
}

fn rule_reply(rule: &Rule, languages: &[String]) -> RuleReply {
    let head = &rule.head;
    let (state, reason) = match &rule.state {
        RuleState::Ready(_) => ("ready", None),
        RuleState::Broken(reason) => ("broken", Some(reason.clone())),
    };
    RuleReply {
        rule: head.to_string(),
        jurisdiction: head.jurisdiction.to_string(),
        service: head.service.to_string(),
        title: best(&head.titles, languages),
        in_force: InForceReply {
            from: head.in_force.from().to_string(),
            until: head.in_force.until().map(|until| until.to_string()),
        },
        digest: head.digest.as_deref().map(digest_text),
        state,
        reason,
    }
}

fn rule_detail(rule: &Rule, ready: &ReadyRule, languages: &[String]) -> RuleDetailReply {
    let (manifest, checked) = (ready.manifest(), ready.checked());
    let limits = checked.limits();
    RuleDetailReply {
        rule: rule_reply(rule, languages),
        sees: checked.rule_type().applicant.iter().map(|field| field.name.to_string()).collect(),
        criteria: manifest
            .criteria
            .iter()
            .map(|criterion| CriterionReply {
                id: criterion.id.to_string(),
                title: best(&criterion.titles, languages),
                provision: provision_reply(&criterion.provision),
            })
            .collect(),
        parameters: manifest
            .parameters
            .iter()
            .flat_map(|parameter| parameter.values.iter().map(|dated| parameter_reply(parameter, dated, languages)))
            .collect(),
        limits: LimitsReply { fuel: limits.fuel, deadline_ms: limits.deadline_ms, memory_bytes: limits.memory_bytes },
        bytes: ready.bytes(),
    }
}
