//! The OpenAPI document: of the interface as such, and as a host serves it for the rulebook in use.

mod conditions;
mod facts;

use ordinance_domain::fact::Fact;
use ordinance_engine::Rulebook;
use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::{Modify, OpenApi};

use self::conditions::{
    add_conditions, any_of, either, facts_by_service, facts_of_service, own_basis, revision_of_simulation,
};
use self::facts::facts_schema;
use crate::api::handlers::{
    authzen, batch, comparisons, coverage, decisions, disclosures, form, jurisdictions, objections, questions,
    receipts, records, rules, services, statistics,
};
use crate::api::problem::Problem;
use crate::api::replies::fact::FieldReply;
use crate::api::responses::pin_problems;
use crate::api::rulebook_header::{RULEBOOK_PARAMETER, request_parameter, response_header};
use crate::api::schema::FactName;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ordinance",
        description = "Regional rules behind one interface: decisions with their reasons and the articles of law.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        decisions::decide,
        batch::batch,
        comparisons::compare,
        questions::questions,
        disclosures::disclosures,
        authzen::evaluation,
        authzen::evaluations,
        authzen::configuration::configuration,
        objections::object,
        objections::objection,
        records::records,
        receipts::receipt,
        form::form,
        coverage::coverage,
        jurisdictions::jurisdictions,
        jurisdictions::jurisdiction,
        services::services,
        services::service,
        statistics::statistics,
        rules::rules,
        rules::rule
    ),
    modifiers(&CallerProofs, &RulebookHeader),
    components(schemas(FactName, FieldReply, Problem))
)]
struct Api;

/// The OpenAPI 3.1 document of the interface, without what depends on a rulebook.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// How a caller proves who it is, on the operations that answer 401.
struct CallerProofs;

const BEARER: &str = "bearer";
const API_KEY: &str = "apiKey";

impl Modify for CallerProofs {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        let bearer = bearer.description(Some("An API key or a token that the operator gave")).build();
        let key = ApiKeyValue::with_description("X-Api-Key", "An API key that the operator gave");
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
        components.add_security_scheme(API_KEY, SecurityScheme::ApiKey(ApiKey::Header(key)));
        let operations = document.paths.paths.values_mut().flat_map(|path| [&mut path.get, &mut path.post]);
        let asks_who = |operation: &&mut Operation| operation.responses.responses.contains_key("401");
        for operation in operations.filter_map(Option::as_mut).filter(asks_who) {
            let proof = |scheme: &str| SecurityRequirement::new(scheme, [] as [&str; 0]);
            operation.security = Some(vec![proof(BEARER), proof(API_KEY)]);
        }
    }
}

/// The header by which every operation names the revision of the rulebook, and may be pinned to one.
struct RulebookHeader;

impl Modify for RulebookHeader {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let operations = document.paths.paths.values_mut().flat_map(|path| [&mut path.get, &mut path.post]);
        for operation in operations.flatten() {
            operation.parameters.get_or_insert_default().push(request_parameter().into());
            let responses = &mut operation.responses.responses;
            for (status, problem) in pin_problems() {
                let RefOr::T(known) = responses.entry(status).or_insert_with(|| problem.clone().into()) else {
                    continue;
                };
                known.content.extend(problem.content);
            }
            for response in responses.values_mut() {
                if let RefOr::T(response) = response {
                    let (name, header) = response_header();
                    response.headers.insert(name.to_owned(), header.into());
                }
            }
        }
    }
}

/// The document as a host serves it: with the services and the facts of the rulebook in use. Where the door is open, no
/// proof is needed.
pub(crate) fn served_document(rulebook: &Rulebook, is_open: bool) -> Value {
    // A document is made of text and numbers, which always can be written.
    let mut document = serde_json::to_value(openapi()).unwrap_or_default();
    if is_open {
        make_proofs_optional(&mut document);
    }
    name_pinnable_revision(&mut document, &rulebook.digest().to_string());
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        add_rulebook(schemas, rulebook);
    }
    document
}

fn operations_of(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut).into_iter();
    paths.flat_map(Map::values_mut).filter_map(Value::as_object_mut).flat_map(Map::values_mut)
}

fn make_proofs_optional(document: &mut Value) {
    for proofs in operations_of(document).filter_map(|operation| operation.get_mut("security")?.as_array_mut()) {
        proofs.push(json!({}));
    }
}

/// The one revision that a request to this host may be pinned to.
fn name_pinnable_revision(document: &mut Value, revision: &str) {
    let parameters = operations_of(document).filter_map(|operation| operation.get_mut("parameters")?.as_array_mut());
    let is_pin = |parameter: &&mut Value| parameter.get("name").is_some_and(|name| name == RULEBOOK_PARAMETER);
    let schemas = parameters.flatten().filter(is_pin).filter_map(|parameter| parameter.get_mut("schema"));
    for schema in schemas.filter_map(Value::as_object_mut) {
        schema.insert("enum".to_owned(), json!([revision]));
    }
}

fn add_rulebook(schemas: &mut Map<String, Value>, rulebook: &Rulebook) {
    let services: Vec<&str> = rulebook.contracts().map(|contract| contract.service.as_str()).collect();
    let names: Vec<&str> = rulebook.facts().flat_map(Fact::with_parts).map(|fact| fact.name.as_str()).collect();
    schemas.insert("FactValues".to_owned(), facts_schema(rulebook.facts()));
    for contract in rulebook.contracts() {
        schemas.insert(facts_of_service(contract.service.as_str()), facts_schema(contract.facts.iter()));
    }
    if let (Some(Value::Object(name)), false) = (schemas.get_mut("FactName"), names.is_empty()) {
        name.insert("enum".to_owned(), json!(names));
    }
    let mut of_service = Vec::new();
    if let (Some(Value::Object(id)), Some(first)) = (schemas.get_mut("ServiceId"), services.first()) {
        id.insert("enum".to_owned(), json!(services));
        id.insert("examples".to_owned(), json!([first]));
        of_service.push(facts_by_service(&services));
    }
    let decision = [of_service.as_slice(), &[revision_of_simulation(), own_basis()]].concat();
    let comparison = [of_service.as_slice(), &[either("jurisdictions", "children_of"), own_basis()]].concat();
    add_conditions(schemas, "DecisionBody", &decision);
    add_conditions(schemas, "ComparisonBody", &comparison);
    add_conditions(schemas, "QuestionsBody", &[own_basis()]);
    add_conditions(schemas, "DisclosureBody", &[any_of("facts", "values")]);
}
