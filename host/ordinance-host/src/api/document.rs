//! The OpenAPI document: of the interface, and as it is for a rulebook in use.

use utoipa::OpenApi;

use crate::api::handlers::{
    authzen, batch, comparisons, coverage, decisions, disclosures, form, jurisdictions, questions, records, rules,
    services,
};
use crate::api::problem::Problem;
use crate::api::replies::fact::FieldReply;

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
        authzen::configuration,
        records::records,
        form::form,
        coverage::coverage,
        jurisdictions::jurisdictions,
        jurisdictions::jurisdiction,
        services::services,
        services::service,
        rules::rules,
        rules::rule
    ),
    components(schemas(FieldReply, Problem))
)]
struct Api;

/// The OpenAPI 3.1 document of this host.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}
