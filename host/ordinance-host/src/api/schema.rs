//! The schemas of the members of requests, beside the members that name them. What depends on the rulebook in use, the
//! served document adds.

use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::{NAME_BYTES_MAX, PATH_BYTES_MAX};
use ordinance_domain::privacy::{
    BasisKind, EXPECTED_RECIPIENT_ID, Purpose, RECIPIENT_ID_BYTES_MAX, RECIPIENT_ID_PATTERN, RecipientKind,
};
use ordinance_engine::claims::NAMES_MAX;
use ordinance_receipt::objection::{CONTACT_LETTERS_MAX, REASON_LETTERS_MAX};
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::explain::Explain;
use crate::audit::mode::Mode;

/// How a place's code is written.
pub(crate) const CODE_PATTERN: &str = "^[A-Z0-9]+(-[A-Z0-9]+)*$";
/// How the id of a service is written.
pub(crate) const ID_PATTERN: &str = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";
/// How one name of a fact or part is written.
macro_rules! name_pattern {
    () => {
        "[a-z][a-z0-9]*(_[a-z0-9]+)*"
    };
}
/// How the item of a list is written after the list's name, if a path names one.
macro_rules! item_pattern {
    () => {
        r"(\[(0|[1-9][0-9]{0,3})\])?"
    };
}
/// How the name of a fact is written, or the path of a part.
const FACT_NAME_PATTERN: &str = concat!("^", name_pattern!(), r"(\.", name_pattern!(), ")*$");
/// How a person of a case is written: a name, or the path of an item of a list.
const PERSON_PATTERN: &str =
    concat!("^", name_pattern!(), item_pattern!(), r"(\.", name_pattern!(), item_pattern!(), ")*$");
/// How a day is written.
pub(crate) const DAY_PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// How a digest is written.
pub(crate) const DIGEST_PATTERN: &str = "^(sha256:)?[0-9a-f]{64}$";
/// The most places of one comparison.
pub(crate) const PLACES_MAX: usize = 500;
/// The longest code of a place.
pub(crate) const CODE_BYTES_MAX: usize = 32;

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    text().enum_values(Some(words))
}

/// The schema of a member that may be `null`, which counts as left out.
pub(crate) fn nullable(schema: impl Into<RefOr<Schema>>) -> Schema {
    AnyOfBuilder::new().item(schema).item(ObjectBuilder::new().schema_type(Type::Null)).into()
}

/// The schema of a reply that has these forms.
pub(crate) fn forms_by_explain(names: [&str; 3]) -> RefOr<Schema> {
    let forms = names.into_iter().map(component).fold(AnyOfBuilder::new(), AnyOfBuilder::item);
    forms.description(Some("As `explain` of the request says: `full`, `short` or `none`.")).into()
}

/// Adds a schema with those that it names.
pub(crate) fn add_schema<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn component(name: &str) -> Ref {
    Ref::from_schema_name(name)
}

pub(crate) fn jurisdiction_code() -> RefOr<Schema> {
    let code = text().pattern(Some(CODE_PATTERN)).max_length(Some(CODE_BYTES_MAX)).examples(["CN-4403"]);
    code.description(Some("The code of a place; GET /v1/jurisdictions lists them.")).into()
}

pub(crate) fn jurisdiction_codes() -> RefOr<Schema> {
    let codes = ArrayBuilder::new().items(component("JurisdictionCode"));
    codes.min_items(Some(1)).max_items(Some(PLACES_MAX)).into()
}

pub(crate) fn service_id() -> RefOr<Schema> {
    let id = text().pattern(Some(ID_PATTERN)).max_length(Some(NAME_BYTES_MAX)).examples(["disability-care-subsidy"]);
    id.description(Some("The id of a service; GET /v1/services lists them.")).into()
}

pub(crate) fn day() -> RefOr<Schema> {
    let day = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).pattern(Some(DAY_PATTERN));
    day.description(Some("A day of the calendar as YYYY-MM-DD.")).examples(["2026-03-01"]).into()
}

pub(crate) fn mode() -> RefOr<Schema> {
    let mode = word(Mode::REQUESTED.map(Mode::as_str));
    mode.description(Some("`official` records the answer before it is sent; `simulation` leaves no record.")).into()
}

pub(crate) fn explain() -> RefOr<Schema> {
    let explain = word(Explain::ALL.map(Explain::as_str));
    let meaning = "How much the reply explains: `none` is the outcome alone, `short` has also who decided and the ids of \
                   the findings, `full` everything.";
    explain.description(Some(meaning)).into()
}

pub(crate) fn wants_receipt() -> RefOr<Schema> {
    let meaning = "Whether to hand out a receipt with the reply: what was asked and answered, its place in the decision log, and \
                   who published the law. It is handed out once; the host keeps neither it nor its salt.";
    ObjectBuilder::new().schema_type(Type::Boolean).description(Some(meaning)).into()
}

/// The greatest number of a record: the greatest whole number that every program reads as it is written.
pub(crate) const RECORD_NUMBER_MAX: u64 = (1 << 53) - 1;
/// How a UUID is written.
pub(crate) const UUID_PATTERN: &str = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

pub(crate) fn objection_id() -> RefOr<Schema> {
    let meaning = "The id of the objection after which the case is decided anew. The record and the reply then name it, and the \
                   decision that it was against.";
    text().pattern(Some(UUID_PATTERN)).description(Some(meaning)).into()
}

pub(crate) fn sent_receipt() -> RefOr<Schema> {
    let index = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(RECORD_NUMBER_MAX));
    let log = ObjectBuilder::new().property("index", index).required("index");
    let id = text().pattern(Some(UUID_PATTERN));
    let mut receipt = ObjectBuilder::new().property("id", id).required("id");
    for name in ["request", "answer", "salt", "leaf"] {
        receipt = receipt.property(name, text()).required(name);
    }
    let meaning = "The receipt of the decision, as it was handed out. These members of it are needed; the others, such as \
                   `publication`, may be left out.";
    receipt.property("log", log).required("log").description(Some(meaning)).into()
}

pub(crate) fn objection_reason() -> RefOr<Schema> {
    let reason = text().min_length(Some(1)).max_length(Some(REASON_LETTERS_MAX));
    let meaning = "Why you object. Only the authority that reviews the decision can read it.";
    reason.description(Some(meaning)).into()
}

pub(crate) fn objection_contact() -> RefOr<Schema> {
    let contact = text().min_length(Some(1)).max_length(Some(CONTACT_LETTERS_MAX));
    let meaning = "How the authority can reach you; only it can read that.";
    contact.description(Some(meaning)).into()
}

pub(crate) fn revision_digest() -> RefOr<Schema> {
    let digest = text().pattern(Some(DIGEST_PATTERN));
    digest.description(Some("The digest of a revision of the rulebook, as in `rulebook` of a decision.")).into()
}

pub(crate) fn purpose() -> RefOr<Schema> {
    let all: Vec<Purpose> = Purpose::all().collect();
    let purpose = word(all.iter().map(Purpose::as_str)).examples(["dpv:PublicBenefit"]);
    purpose.description(Some("A purpose of the Data Privacy Vocabulary 2.3.")).into()
}

pub(crate) fn recipient() -> RefOr<Schema> {
    let id = text().pattern(Some(RECIPIENT_ID_PATTERN)).max_length(Some(RECIPIENT_ID_BYTES_MAX));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("kind", word(RecipientKind::ALL.iter().map(|kind| kind.as_str())))
        .property(
            "id",
            id.description(Some(format!("Which one: {EXPECTED_RECIPIENT_ID}. Another text is answered with 422."))),
        )
        .required("kind")
        .required("id")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .examples([serde_json::json!({"kind": "public-body", "id": "civil-affairs"})])
        .description(Some("Who gets the answer."))
        .into()
}

pub(crate) fn legal_basis() -> RefOr<Schema> {
    let words = BasisKind::ALL.iter().filter(|kind| **kind != BasisKind::Consent).map(|kind| kind.as_str());
    let purposes = ArrayBuilder::new().items(component("Purpose")).max_items(Some(NAMES_MAX));
    let scope = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("facts", component("FactNames"))
        .required("facts")
        .property("separate", nullable(component("FactNames")))
        .property("purposes", nullable(purposes))
        .property("until", nullable(component("Day")))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let scope = scope.description(Some(
        "`facts` the person consents to; of these, those it consents to separately; `purposes`, without which it is that of the \
         request; `until`, the first day on which the consent no longer holds.",
    ));
    let consent = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("consent", scope)
        .required("consent")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let basis = AnyOfBuilder::new().item(word(words)).item(consent);
    basis.description(Some("What entitles to the facts.")).examples([serde_json::json!("statutory-duty")]).into()
}

pub(crate) fn data_subject() -> RefOr<Schema> {
    let flag = || nullable(ObjectBuilder::new().schema_type(Type::Boolean));
    let bands = nullable(word(AgeBand::ALL.map(AgeBand::as_str)));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("age_band", bands)
        .property("lacks_capacity", flag())
        .property("guardian_consents", flag())
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .examples([serde_json::json!({"age_band": "age13", "guardian_consents": true})])
        .description(Some(
            "What is known of the person whom the facts are about: the age band; whether it is an adult who can't act alone; whether a \
             parent or guardian consents. An age or a date of birth among the facts says the same as an age band; with another band \
             beside it the stricter ruling on each fact counts.",
        ))
        .into()
}

pub(crate) fn people() -> RefOr<Schema> {
    let person = || {
        text().pattern(Some(PERSON_PATTERN)).max_length(Some(PATH_BYTES_MAX)).description(Some(
        "An item of a list of people, such as `members[1]`, or a person whom the catalogue of facts names, such as `child`.",
    ))
    };
    let is_applicant = |word: bool| {
        let flag = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([word]));
        flag.description(Some("Whether the item is the applicant; it has no other member then."))
    };
    let claim = |claim: ObjectBuilder| {
        claim
            .schema_type(Type::Object)
            .property("person", person())
            .required("person")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
    };
    let null = || ObjectBuilder::new().schema_type(Type::Null);
    let of_applicant = claim(ObjectBuilder::new())
        .property("is_applicant", is_applicant(true))
        .required("is_applicant")
        .property("subject", null())
        .property("basis", null());
    let of_other = claim(ObjectBuilder::new())
        .property("is_applicant", nullable(is_applicant(false)))
        .property("subject", nullable(Ref::from_schema_name("DataSubject")))
        .property("basis", nullable(Ref::from_schema_name("LegalBasis")));
    ArrayBuilder::new()
        .items(AnyOfBuilder::new().item(of_other).item(of_applicant))
        .max_items(Some(NAMES_MAX))
        .description(Some(
            "What is known of other people of the case than the applicant, and the legal basis on their facts. Without a basis of their \
             own it is that of the case, but the applicant's consent covers no other person's facts. It names each person once, and at \
             most one of them as the applicant; at most 16 claims differ in `subject` or `basis`. A guardian's consent counts where the person isn't an adult with \
             capacity. A claim about an item that the list doesn't have is about nobody.",
        ))
        .into()
}

pub(crate) fn fact_values() -> RefOr<Schema> {
    let facts = ObjectBuilder::new().schema_type(Type::Object);
    let facts = facts.additional_properties(Some(AdditionalProperties::FreeForm(true)));
    facts.description(Some("Facts by name; `null` for one that isn't known.")).into()
}

/// A number of a grant: a decimal is a string, a whole number a number.
pub(crate) fn amount() -> RefOr<Schema> {
    let decimal = text().pattern(Some("^-?[0-9]+(\\.[0-9]+)?$"));
    let number = ObjectBuilder::new().schema_type(Type::Number);
    AnyOfBuilder::new().item(decimal).item(number).into()
}

/// The value of a fact or of a field of a grant, of whatever type.
pub(crate) fn any_value() -> RefOr<Schema> {
    let types = [Type::String, Type::Number, Type::Boolean, Type::Object, Type::Array];
    ObjectBuilder::new().schema_type(SchemaType::from_iter(types)).into()
}

/// The code of a place in a query, or nothing for the top.
pub(crate) fn code_or_empty() -> RefOr<Schema> {
    text().pattern(Some("^([A-Z0-9]+(-[A-Z0-9]+)*)?$")).max_length(Some(CODE_BYTES_MAX)).into()
}

/// A month in a query.
pub(crate) fn month() -> RefOr<Schema> {
    let month = text().pattern(Some("^[0-9]{4}-(0[1-9]|1[0-2])$"));
    month.description(Some("A month as YYYY-MM.")).examples(["2026-03"]).into()
}

/// The hash of a record in a query.
pub(crate) fn record_hash() -> RefOr<Schema> {
    text().pattern(Some(DIGEST_PATTERN)).into()
}

pub(crate) fn fact_names() -> RefOr<Schema> {
    ArrayBuilder::new().items(component("FactName")).max_items(Some(NAMES_MAX)).into()
}

/// The name of a fact, or the path of a part of one such as `members.age`.
pub(crate) struct FactName;

impl PartialSchema for FactName {
    fn schema() -> RefOr<Schema> {
        text().pattern(Some(FACT_NAME_PATTERN)).max_length(Some(PATH_BYTES_MAX)).into()
    }
}

impl ToSchema for FactName {}
