//! What a request may claim of who asks, on which basis and about whom, as /openapi.json describes it. The types are only
//! described here; `wire` reads them.

use serde::Serialize;
use utoipa::ToSchema;

/// Who asks, on which basis, about whom; each member may be left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClaimsBody {
    /// For whom it is asked, where the caller is a gateway that asks for others; else it is the caller.
    #[schema(required = false)]
    recipient: RecipientBody,
    /// What entitles to the facts: a word such as `statutory-duty`, or `{"consent": {"facts": [...], "separate": [...]}}`.
    /// Without it, the basis of the service, which is none of the police, a company, a researcher or another person.
    #[schema(required = false, value_type = String, example = "statutory-duty")]
    basis: (),
    /// What is known of the person whom the facts are about.
    #[schema(required = false)]
    subject: SubjectBody,
    /// The day whose privacy law counts, as YYYY-MM-DD: today, unless nothing is recorded.
    #[schema(format = Date, required = false, value_type = String)]
    processed_on: Option<String>,
}

/// Who asks for facts.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"kind": "public-body", "id": "civil-affairs"}))]
pub(crate) struct RecipientBody {
    /// `subject`, `portal`, `public-body`, `law-enforcement`, `auditor`, `researcher`, `business` or `individual`.
    kind: String,
    /// Which one, in at most 128 bytes.
    id: String,
}

/// What is known of the person whom the facts are about.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"age_band": "age13", "guardian_consents": true}))]
pub(crate) struct SubjectBody {
    /// How old the person is: `under13`, `age13`, `age14`, `age15`, `age16to17` or `adult`. An age or a date of birth among
    /// the facts that are sent says the same, and another band beside it is refused.
    #[schema(required = false, value_type = String)]
    age_band: Option<String>,
    /// Whether it is an adult who can't act alone.
    #[schema(required = false, value_type = bool)]
    lacks_capacity: Option<bool>,
    /// Whether a parent or guardian consents.
    #[schema(required = false, value_type = bool)]
    guardian_consents: Option<bool>,
}
