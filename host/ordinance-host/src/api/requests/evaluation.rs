//! Requests of AuthZEN: the bodies of `POST /access/v1/evaluation` and `/access/v1/evaluations`. An evaluation has four
//! entities; those of a request with several are defaults. Members that AuthZEN doesn't know are ignored, as it asks.

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::fact::Holder;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::privacy::{
    Activity, DataSubject, Disclosure, EXPECTED_PURPOSE, LegalBasis, Party, Purpose, Recipient, RecipientId,
    RecipientKind,
};
use ordinance_engine::claims::{read_basis, read_subject};
use ordinance_engine::spelling::nearest;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{DisclosureCase, InputError, Rulebook};

use utoipa::openapi::schema::{AnyOfBuilder, ArrayItems, SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::problem::{Problem, RequestError};
use crate::api::requests::permit::{AccessScope, RequestedDay, RequestedPlace, authorise};
use crate::api::requests::terms::RequestContext;
use crate::api::schema::nullable;
use crate::audit::mode::Mode;

/// The most evaluations of one request.
const EVALUATIONS_MAX: usize = 256;

/// One evaluation
pub(crate) struct EvaluationBody;

/// Several evaluations with defaults, or one
pub(crate) struct EvaluationsBody;

impl PartialSchema for EvaluationBody {
    fn schema() -> RefOr<Schema> {
        evaluation_schema().into()
    }
}

impl ToSchema for EvaluationBody {}

impl PartialSchema for EvaluationsBody {
    fn schema() -> RefOr<Schema> {
        // What is wrong with one evaluation is answered in its place, whatever it is.
        let item = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        let several = ArrayBuilder::new().items(item).min_items(Some(1)).max_items(Some(EVALUATIONS_MAX));
        let words = Semantic::ALL.iter().map(|semantic| semantic.as_str());
        let semantic = nullable(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)));
        let options = ObjectBuilder::new().schema_type(Type::Object).property("evaluations_semantic", semantic);
        let mut with_several = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("evaluations", several)
            .required("evaluations")
            .property("options", nullable(options));
        for entity in ENTITIES {
            with_several = with_several.property(entity, nullable(entity_schema(entity, false)));
        }
        let none = ArrayBuilder::new().items(ArrayItems::False).max_items(Some(0));
        let single = evaluation_schema().property("evaluations", nullable(none));
        AnyOfBuilder::new().item(with_several).item(single).into()
    }
}

impl ToSchema for EvaluationsBody {}

fn evaluation_schema() -> ObjectBuilder {
    ENTITIES.into_iter().fold(ObjectBuilder::new().schema_type(Type::Object), |schema, entity| match entity {
        "context" => schema.property(entity, nullable(entity_schema(entity, true))),
        entity => schema.property(entity, entity_schema(entity, true)).required(entity),
    })
}

/// The schema of an entity; that of a default need not have its required members.
fn entity_schema(entity: &str, is_whole: bool) -> ObjectBuilder {
    let mut schema = ObjectBuilder::new().schema_type(Type::Object);
    let required: &[&str] = match entity {
        "subject" | "resource" => &["type", "id"],
        "action" => &["name"],
        _ => &[],
    };
    for name in required.iter().filter(|_| is_whole) {
        schema = schema.property(*name, ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)));
        schema = schema.required(*name);
    }
    let person = if entity == "resource" { OF_PERSON.as_slice() } else { &[] };
    if entity == "resource" || entity == "context" {
        let absent = || ObjectBuilder::new().schema_type(Type::Null);
        schema = schema.property("subject", absent());
        schema = OF_PERSON.iter().fold(schema, |schema, name| schema.property(*name, absent()));
    }
    if entity == "context" {
        return schema;
    }
    let absent = || ObjectBuilder::new().schema_type(Type::Null);
    let properties = ObjectBuilder::new().schema_type(Type::Object);
    let properties = person.iter().fold(properties, |schema, name| schema.property(*name, absent()));
    schema.property("properties", nullable(properties))
}

/// What is wrong with one evaluation; each has a text for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EvaluationError {
    #[error("{0}")]
    Malformed(String),
    /// The caller may not make this request.
    #[error("{0}")]
    Forbidden(String),
    /// An entity is a text that may not be written, such as a sentence for an id.
    #[error("{0}")]
    Unprocessable(String),
    /// An entity is well formed, and the rulebook doesn't know it.
    #[error("{0}")]
    Unknown(String),
}

impl EvaluationError {
    fn malformed(message: impl Into<String>) -> Self {
        Self::Malformed(message.into())
    }

    /// The HTTP status that the evaluation would have by itself.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::Unprocessable(_) => 422,
            Self::Forbidden(_) => 403,
            Self::Unknown(_) => 404,
        }
    }
}

/// One evaluation, its entities well formed.
#[derive(Debug, Clone)]
pub(crate) struct EvaluationRequest {
    recipient: (String, String),
    purpose: String,
    resource: (String, String),
    jurisdiction: Option<UntypedValue>,
    subject: Option<UntypedValue>,
    basis: Option<UntypedValue>,
    pub(crate) understands_mask: bool,
}

/// How several evaluations are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    const ALL: [Self; 3] = [Self::ExecuteAll, Self::DenyOnFirstDeny, Self::PermitOnFirstPermit];

    fn as_str(self) -> &'static str {
        match self {
            Self::ExecuteAll => "execute_all",
            Self::DenyOnFirstDeny => "deny_on_first_deny",
            Self::PermitOnFirstPermit => "permit_on_first_permit",
        }
    }
}

/// Several evaluations, each well formed or with what is wrong with it.
pub(crate) struct EvaluationsRequest {
    pub(crate) semantic: Semantic,
    pub(crate) items: Vec<Result<EvaluationRequest, EvaluationError>>,
}

/// The evaluations of a request; none if it holds none and is one evaluation itself.
pub(crate) fn parse_evaluations(tree: &UntypedValue) -> Result<Option<EvaluationsRequest>, EvaluationError> {
    check_object(tree, "the request")?;
    let items = match member(tree, "evaluations") {
        None => return Ok(None),
        Some(UntypedValue::List(items)) if items.is_empty() => return Ok(None),
        Some(UntypedValue::List(items)) if items.len() <= EVALUATIONS_MAX => items,
        Some(UntypedValue::List(_)) => {
            return Err(EvaluationError::malformed(format!("`evaluations` has more than {EVALUATIONS_MAX} entries")));
        }
        Some(_) => return Err(EvaluationError::malformed("`evaluations` is no array")),
    };
    // Defaults must be sound even where no evaluation needs them.
    for entity in ENTITIES {
        if let Some(default) = member(tree, entity) {
            check_object(default, &format!("`{entity}`"))?;
        }
    }
    check_person(tree)?;
    check_entities(tree)?;
    let semantic = read_semantic(tree)?;
    let items = items.iter().map(|item| parse_evaluation(item, Some(tree))).collect();
    Ok(Some(EvaluationsRequest { semantic, items }))
}

fn read_semantic(tree: &UntypedValue) -> Result<Semantic, EvaluationError> {
    let Some(options) = member(tree, "options") else { return Ok(Semantic::ExecuteAll) };
    check_object(options, "`options`")?;
    let found = match member(options, "evaluations_semantic") {
        None => return Ok(Semantic::ExecuteAll),
        Some(UntypedValue::Text(word)) => Semantic::ALL.into_iter().find(|semantic| semantic.as_str() == word),
        Some(_) => None,
    };
    found.ok_or_else(|| {
        let [first, second, third] = Semantic::ALL.map(Semantic::as_str);
        EvaluationError::malformed(format!("`options.evaluations_semantic` is one of {first}, {second} and {third}"))
    })
}

fn check_object(tree: &UntypedValue, what: &str) -> Result<(), EvaluationError> {
    match tree {
        UntypedValue::Object(_) => Ok(()),
        other => Err(EvaluationError::malformed(format!("{what} is {}, not an object", other.kind()))),
    }
}

/// A member that is there; one that is `null` is absent.
fn member<'t>(tree: &'t UntypedValue, name: &str) -> Option<&'t UntypedValue> {
    match tree {
        UntypedValue::Object(entries) => {
            entries.iter().find(|(known, value)| known == name && *value != UntypedValue::Null).map(|(_, value)| value)
        }
        _ => None,
    }
}

/// Reads one evaluation; an entity that it lacks comes from the defaults, and so does a required member that its entity
/// lacks.
pub(crate) fn parse_evaluation(
    item: &UntypedValue,
    defaults: Option<&UntypedValue>,
) -> Result<EvaluationRequest, EvaluationError> {
    check_object(item, "the evaluation")?;
    check_person(item)?;
    check_entities(item)?;
    let entity = |name: &'static str| Entity {
        name,
        own: member(item, name),
        default: defaults.and_then(|defaults| member(defaults, name)),
    };
    let subject = entity("subject");
    let action = entity("action");
    let resource = entity("resource");
    let recipient = (subject.text("type")?, subject.text("id")?);
    let purpose = action.text("name")?;
    let fact = (resource.text("type")?, resource.text("id")?);
    for entity in [&subject, &action, &resource] {
        entity.check_properties()?;
    }
    let properties = resource.whole().and_then(|resource| member(resource, "properties"));
    let default = resource.default.and_then(|resource| member(resource, "properties"));
    let is_left_behind = |properties| {
        default.is_some_and(|default| member(default, "subject").is_some() && member(properties, "subject").is_none())
    };
    if properties.is_some_and(is_left_behind) {
        return Err(EvaluationError::malformed(format!(
            "`{PERSON}` of the defaults isn't taken over by a `resource` with `properties` of its own; repeat it there"
        )));
    }
    let context = entity("context");
    let context = match context.whole() {
        Some(context) => {
            check_object(context, "`context`")?;
            Some(context)
        }
        None => None,
    };
    let of_context = |name| context.and_then(|context| member(context, name));
    let understands_mask = match of_context("understands") {
        Some(UntypedValue::List(words)) => words.contains(&UntypedValue::Text("mask".to_owned())),
        Some(_) | None => false,
    };
    Ok(EvaluationRequest {
        recipient,
        purpose,
        resource: fact,
        jurisdiction: properties.and_then(|properties| member(properties, "jurisdiction")).cloned(),
        subject: properties.and_then(|properties| member(properties, "subject")).cloned(),
        basis: of_context("basis").cloned(),
        understands_mask,
    })
}

/// The members of an evaluation.
const ENTITIES: [&str; 4] = ["subject", "action", "resource", "context"];

/// A misspelt entity would be taken from the defaults instead.
fn check_entities(body: &UntypedValue) -> Result<(), EvaluationError> {
    let UntypedValue::Object(members) = body else { return Ok(()) };
    match members.iter().find_map(|(name, _)| Some((name, nearest(name, ENTITIES.into_iter())?))) {
        Some((name, meant)) => {
            Err(EvaluationError::malformed(format!("there is no `{}`; did you mean `{meant}`?", shortened(name))))
        }
        None => Ok(()),
    }
}

/// What is known of the person, where it is read.
const PERSON: &str = "resource.properties.subject";
/// Its members.
const OF_PERSON: [&str; 3] = ["age_band", "lacks_capacity", "guardian_consents"];

/// Members that are unknown are ignored, as the interface asks. What is known of the person must not be, because it is
/// misspelt or stands elsewhere: a child would pass for one of unknown age. An object counts as that if it has a member
/// of it.
fn check_person(body: &UntypedValue) -> Result<(), EvaluationError> {
    let resource = member(body, "resource");
    let properties = resource.and_then(|resource| member(resource, "properties"));
    let places = [
        ("", Some(body)),
        ("context", member(body, "context")),
        ("resource", resource),
        ("resource.properties", properties),
    ];
    for (place, tree) in places {
        let Some(UntypedValue::Object(members)) = tree else { continue };
        for (name, value) in members {
            let is_person = is_of_person(name)
                || has_person(value)
                || (name == "subject" && matches!(place, "context" | "resource"));
            let is_read = place == "resource.properties" && name == "subject";
            // The entities have members of their own, and are looked at by themselves.
            let is_entity = place.is_empty() && matches!(name.as_str(), "context" | "resource" | "evaluations")
                || place == "resource" && name == "properties";
            if is_person && !is_read && !is_entity && *value != UntypedValue::Null {
                let dot = if place.is_empty() { "" } else { "." };
                let message = format!(
                    "`{place}{dot}{}` is not read: what is known of the person stands in `{PERSON}`",
                    shortened(name)
                );
                return Err(EvaluationError::malformed(message));
            }
        }
    }
    Ok(())
}

fn is_of_person(name: &str) -> bool {
    OF_PERSON.contains(&name) || nearest(name, OF_PERSON.into_iter()).is_some()
}

fn has_person(value: &UntypedValue) -> bool {
    matches!(value, UntypedValue::Object(members) if members.iter().any(|(name, _)| is_of_person(name)))
}

/// An entity of an evaluation, and the default beside it.
struct Entity<'t> {
    name: &'static str,
    own: Option<&'t UntypedValue>,
    default: Option<&'t UntypedValue>,
}

impl<'t> Entity<'t> {
    /// The entity that counts: its own takes the place of the whole default.
    fn whole(&self) -> Option<&'t UntypedValue> {
        self.own.or(self.default)
    }

    /// A required member.
    fn text(&self, key: &str) -> Result<String, EvaluationError> {
        let Some(whole) = self.whole() else {
            return Err(EvaluationError::malformed(format!("`{}` is missing", self.name)));
        };
        check_object(whole, &format!("`{}`", self.name))?;
        let found = member(whole, key).or_else(|| member(self.default?, key));
        match found {
            Some(UntypedValue::Text(text)) if !text.is_empty() => Ok(text.clone()),
            Some(UntypedValue::Text(_)) => Err(EvaluationError::malformed(format!("`{}.{key}` is empty", self.name))),
            Some(other) => {
                Err(EvaluationError::malformed(format!("`{}.{key}` is {}, not a string", self.name, other.kind())))
            }
            None => Err(EvaluationError::malformed(format!("`{}.{key}` is missing", self.name))),
        }
    }

    fn check_properties(&self) -> Result<(), EvaluationError> {
        match self.whole().and_then(|whole| member(whole, "properties")) {
            Some(properties) => check_object(properties, &format!("`{}.properties`", self.name)),
            None => Ok(()),
        }
    }
}

impl EvaluationRequest {
    /// Authorises the evaluation and binds it to the rulebook. Entities that are well formed and unknown are no error
    /// of the request.
    ///
    /// # Errors
    /// What is wrong with this evaluation.
    pub(crate) fn authorise_and_bind(
        &self,
        rulebook: &Rulebook,
        context: RequestContext<'_>,
    ) -> Result<DisclosureCase, EvaluationError> {
        let evaluation = self.resolve(rulebook)?;
        let today = context.today_in(rulebook, &evaluation.jurisdiction);
        let place =
            RequestedPlace::resolve(rulebook, &evaluation.jurisdiction, LawDay { as_of: today, known_at: today })
                .map_err(|error| EvaluationError::Unknown(error.to_string()))?;
        let places = [place];
        let scope = AccessScope {
            service: None,
            purpose: &evaluation.purpose,
            basis: evaluation.basis.kind(),
            bases_of_people: Vec::new(),
            places: &places,
            recipient: Some(&evaluation.recipient),
            day: RequestedDay { today, named: None, is_recordable: true },
            mode: Mode::Official,
        };
        let forbidden = |error| EvaluationError::Forbidden(Problem::of(RequestError::Forbidden(error)).text());
        let permit = authorise(context.caller, &scope).map_err(forbidden)?;
        permit.check_person(evaluation.subject, rulebook.fact_at(&evaluation.fact)).map_err(forbidden)?;
        permit.check_home(rulebook, &Facts::default()).map_err(forbidden)?;
        let (recipient, on) = (permit.recipient(), permit.days().on);
        Ok(evaluation.into_case(recipient, on))
    }

    /// Reads the entities against the rulebook.
    fn resolve(&self, rulebook: &Rulebook) -> Result<ResolvedEvaluation, EvaluationError> {
        let said = |faults: Vec<InputError>| {
            EvaluationError::malformed(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        };
        let kind = RecipientKind::parse(&self.recipient.0).ok_or_else(|| {
            EvaluationError::Unknown(format!(
                "`subject.type` is no kind of recipient; it is one of {}",
                RecipientKind::words()
            ))
        })?;
        let id = RecipientId::new(&self.recipient.1)
            .map_err(|error| EvaluationError::Unprocessable(format!("`subject.id`: {error}")))?;
        let purpose = Purpose::new(&self.purpose)
            .map_err(|_| EvaluationError::Unknown(format!("`action.name` is no purpose; write {EXPECTED_PURPOSE}")))?;
        if self.resource.0 != "fact" {
            return Err(EvaluationError::Unknown("`resource.type` is not `fact`".to_owned()));
        }
        let fact = FieldName::path(&self.resource.1)
            .ok()
            .filter(|name| *name == name.without_items() && rulebook.fact_at(name).is_some());
        let fact =
            fact.ok_or_else(|| EvaluationError::Unknown("`resource.id` is no fact of the rulebook".to_owned()))?;
        let jurisdiction = self.place(rulebook)?;
        let basis = self.basis.as_ref().ok_or_else(|| {
            EvaluationError::malformed(
                "`context.basis` is missing: what entitles to the fact, such as \"statutory-duty\"",
            )
        })?;
        let has_fact = |name: &FieldName| rulebook.fact_at(name).is_some();
        let basis = read_basis(basis, "/context/basis", &purpose, has_fact).map_err(said)?;
        let subject = self.subject.as_ref().map(|tree| read_subject(tree, "/resource/properties/subject"));
        let subject: DataSubject = subject.transpose().map_err(said)?.unwrap_or_default();
        // The data subject is the person whom the catalogue names as the holder of the fact.
        let is_of_other = rulebook.fact(fact.fact_name()).is_some_and(|fact| matches!(fact.holder, Holder::Other(_)));
        let subject = DataSubject { party: if is_of_other { Party::Other } else { subject.party }, ..subject };
        let recipient = Recipient { kind, id };
        Ok(ResolvedEvaluation { recipient, purpose, fact, jurisdiction, basis, subject })
    }

    fn place(&self, rulebook: &Rulebook) -> Result<JurisdictionCode, EvaluationError> {
        let Some(UntypedValue::Text(code)) = &self.jurisdiction else {
            return Err(EvaluationError::malformed(
                "`resource.properties.jurisdiction` is missing: the place whose law rules; a `resource` of an evaluation has `properties` of its own and takes none from the defaults",
            ));
        };
        let code = JurisdictionCode::new(code).ok().filter(|code| rulebook.knows(code));
        code.ok_or_else(|| {
            EvaluationError::Unknown("`resource.properties.jurisdiction` is no place of the rulebook".to_owned())
        })
    }
}

/// An evaluation whose entities the rulebook knows.
struct ResolvedEvaluation {
    recipient: Recipient,
    purpose: Purpose,
    fact: FieldName,
    jurisdiction: JurisdictionCode,
    basis: LegalBasis,
    subject: DataSubject,
}

impl ResolvedEvaluation {
    fn into_case(self, recipient: Recipient, on: Date) -> DisclosureCase {
        let purpose = self.purpose;
        let basis = self.basis;
        let subject = self.subject;
        DisclosureCase {
            jurisdiction: self.jurisdiction,
            disclosure: Disclosure { recipient, purpose, basis, subject, on, known_at: on },
            alternatives: Vec::new(),
            others: Vec::new(),
            activity: Activity::Disclose,
            facts: vec![self.fact],
            values: Facts::default(),
            is_dry_run: false,
        }
    }
}
