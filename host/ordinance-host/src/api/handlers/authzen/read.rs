//! Reads AuthZEN requests: the four entities, the defaults of several evaluations, and what they mean here.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::privacy::{
    Activity, DataSubject, Disclosure, EXPECTED_PURPOSE, Purpose, Recipient, RecipientKind,
};
use ordinance_engine::claims::{RECIPIENT_BYTES_MAX, read_basis, read_subject};
use ordinance_engine::spelling::nearest;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{DisclosureCase, InputError, Rulebook};

use crate::admission::callers::ForbiddenError;
use crate::api::problem::Problem;
use crate::api::requests::RequestContext;

/// The most evaluations of one request.
const EVALUATIONS_MAX: usize = 256;

/// What is wrong with one evaluation, with the HTTP status that it would have by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ItemError {
    pub(super) status: u16,
    pub(super) message: String,
}

/// The status of an evaluation that the caller may not ask for.
pub(super) const FORBIDDEN: u16 = 403;

impl ItemError {
    fn bad(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }
}

/// One evaluation, its entities well formed.
#[derive(Debug, Clone)]
pub(super) struct Question {
    recipient: (String, String),
    purpose: String,
    resource: (String, String),
    jurisdiction: Option<UntypedValue>,
    subject: Option<UntypedValue>,
    basis: Option<UntypedValue>,
    pub(super) understands_mask: bool,
}

/// How several evaluations are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// Several evaluations, each read or with what is wrong with it.
pub(super) struct Several {
    pub(super) semantic: Semantic,
    pub(super) items: Vec<Result<Question, ItemError>>,
}

/// The evaluations of a request; none if it holds none and is one evaluation itself.
pub(super) fn read_evaluations(tree: &UntypedValue) -> Result<Option<Several>, String> {
    object(tree, "the request")?;
    let items = match member(tree, "evaluations") {
        None => return Ok(None),
        Some(UntypedValue::List(items)) if items.is_empty() => return Ok(None),
        Some(UntypedValue::List(items)) if items.len() <= EVALUATIONS_MAX => items,
        Some(UntypedValue::List(_)) => return Err(format!("`evaluations` has more than {EVALUATIONS_MAX} entries")),
        Some(_) => return Err("`evaluations` is no array".to_owned()),
    };
    // Defaults must be sound even where no evaluation needs them.
    for entity in ENTITIES {
        if let Some(default) = member(tree, entity) {
            object(default, &format!("`{entity}`"))?;
        }
    }
    check_person(tree).and_then(|()| check_entities(tree)).map_err(|error| error.message)?;
    let semantic = read_semantic(tree)?;
    let items = items.iter().map(|item| read_question(item, Some(tree))).collect();
    Ok(Some(Several { semantic, items }))
}

fn read_semantic(tree: &UntypedValue) -> Result<Semantic, String> {
    let Some(options) = member(tree, "options") else { return Ok(Semantic::ExecuteAll) };
    object(options, "`options`")?;
    match member(options, "evaluations_semantic") {
        None => Ok(Semantic::ExecuteAll),
        Some(UntypedValue::Text(word)) if word == "execute_all" => Ok(Semantic::ExecuteAll),
        Some(UntypedValue::Text(word)) if word == "deny_on_first_deny" => Ok(Semantic::DenyOnFirstDeny),
        Some(UntypedValue::Text(word)) if word == "permit_on_first_permit" => Ok(Semantic::PermitOnFirstPermit),
        Some(_) => {
            Err("`options.evaluations_semantic` is one of execute_all, deny_on_first_deny and permit_on_first_permit"
                .to_owned())
        }
    }
}

fn object(tree: &UntypedValue, what: &str) -> Result<(), String> {
    match tree {
        UntypedValue::Object(_) => Ok(()),
        other => Err(format!("{what} is {}, not an object", other.kind())),
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
pub(super) fn read_question(item: &UntypedValue, defaults: Option<&UntypedValue>) -> Result<Question, ItemError> {
    object(item, "the evaluation").map_err(ItemError::bad)?;
    check_person(item)?;
    check_entities(item)?;
    let entity = |name: &'static str| Entity {
        name,
        own: member(item, name),
        default: defaults.and_then(|defaults| member(defaults, name)),
    };
    let (subject, action, resource) = (entity("subject"), entity("action"), entity("resource"));
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
        return Err(ItemError::bad(format!(
            "`{PERSON}` of the defaults isn't taken over by a `resource` with `properties` of its own; repeat it there"
        )));
    }
    let context = entity("context");
    let context = match context.whole() {
        Some(context) => {
            object(context, "`context`").map_err(ItemError::bad)?;
            Some(context)
        }
        None => None,
    };
    let of_context = |name| context.and_then(|context| member(context, name));
    let understands_mask = match of_context("understands") {
        Some(UntypedValue::List(words)) => words.contains(&UntypedValue::Text("mask".to_owned())),
        Some(_) | None => false,
    };
    Ok(Question {
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
fn check_entities(body: &UntypedValue) -> Result<(), ItemError> {
    let UntypedValue::Object(members) = body else { return Ok(()) };
    match members.iter().find_map(|(name, _)| Some((name, nearest(name, ENTITIES.into_iter())?))) {
        Some((name, meant)) => {
            Err(ItemError::bad(format!("there is no `{}`; did you mean `{meant}`?", shortened(name))))
        }
        None => Ok(()),
    }
}

/// What is known of the person, where it is read.
const PERSON: &str = "resource.properties.subject";
/// Its members.
const OF_PERSON: [&str; 3] = ["age_band", "lacks_capacity", "guardian_consents"];

/// Members that are unknown are ignored, as the interface asks. What is known of the person must not be, because it is misspelt
/// or stands elsewhere: a child would pass for one of unknown age. An object counts as that if it has a member of it.
fn check_person(body: &UntypedValue) -> Result<(), ItemError> {
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
                return Err(ItemError::bad(message));
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
    fn text(&self, key: &str) -> Result<String, ItemError> {
        let Some(whole) = self.whole() else { return Err(ItemError::bad(format!("`{}` is missing", self.name))) };
        object(whole, &format!("`{}`", self.name)).map_err(ItemError::bad)?;
        let found = member(whole, key).or_else(|| member(self.default?, key));
        match found {
            Some(UntypedValue::Text(text)) if !text.is_empty() => Ok(text.clone()),
            Some(UntypedValue::Text(_)) => Err(ItemError::bad(format!("`{}.{key}` is empty", self.name))),
            Some(other) => Err(ItemError::bad(format!("`{}.{key}` is {}, not a string", self.name, other.kind()))),
            None => Err(ItemError::bad(format!("`{}.{key}` is missing", self.name))),
        }
    }

    fn check_properties(&self) -> Result<(), ItemError> {
        match self.whole().and_then(|whole| member(whole, "properties")) {
            Some(properties) => object(properties, &format!("`{}.properties`", self.name)).map_err(ItemError::bad),
            None => Ok(()),
        }
    }
}

impl Question {
    /// What the evaluation asks here. Entities that are well formed and unknown are no error of the request.
    pub(super) fn case(&self, rulebook: &Rulebook, asking: RequestContext<'_>) -> Result<DisclosureCase, ItemError> {
        let unknown = |message: String| ItemError { status: 404, message };
        let said = |faults: Vec<InputError>| {
            ItemError::bad(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        };
        let kind = RecipientKind::parse(&self.recipient.0).ok_or_else(|| {
            unknown(format!("`subject.type` is no kind of recipient; it is one of {}", RecipientKind::words()))
        })?;
        if self.recipient.1.len() > RECIPIENT_BYTES_MAX {
            return Err(ItemError::bad(format!("`subject.id` has more than {RECIPIENT_BYTES_MAX} bytes")));
        }
        let purpose = Purpose::new(&self.purpose)
            .map_err(|_| unknown(format!("`action.name` is no purpose; write {EXPECTED_PURPOSE}")))?;
        if self.resource.0 != "fact" {
            return Err(unknown("`resource.type` is not `fact`".to_owned()));
        }
        let fact = FieldName::new(&self.resource.1).ok().filter(|name| rulebook.fact(name.as_str()).is_some());
        let fact = fact.ok_or_else(|| unknown("`resource.id` is no fact of the rulebook".to_owned()))?;
        let jurisdiction = match &self.jurisdiction {
            Some(UntypedValue::Text(code)) => {
                JurisdictionCode::new(code).ok().filter(|code| rulebook.jurisdictions().knows(code))
            }
            Some(_) | None => {
                return Err(ItemError::bad(
                    "`resource.properties.jurisdiction` is missing: the place whose law rules; a `resource` of an evaluation has `properties` of its own and takes none from the defaults",
                ));
            }
        };
        let jurisdiction = jurisdiction
            .ok_or_else(|| unknown("`resource.properties.jurisdiction` is no place of the rulebook".to_owned()))?;
        let basis = self.basis.as_ref().ok_or_else(|| {
            ItemError::bad("`context.basis` is missing: what entitles to the fact, such as \"statutory-duty\"")
        })?;
        let basis =
            read_basis(basis, "/context/basis", &purpose, |name| rulebook.fact(name).is_some()).map_err(said)?;
        let subject = self.subject.as_ref().map(|tree| read_subject(tree, "/resource/properties/subject"));
        let subject: DataSubject = subject.transpose().map_err(said)?.unwrap_or_default();
        let recipient = Recipient { kind, id: self.recipient.1.clone() };
        let on = asking.today;
        let forbidden =
            |error: ForbiddenError| ItemError { status: FORBIDDEN, message: Problem::of(error.into()).0.text() };
        let recipient = asking.caller.recipient(Some(recipient)).map_err(forbidden)?;
        asking.caller.check_purpose(&purpose).map_err(forbidden)?;
        asking.caller.check_place(rulebook, &jurisdiction, on).map_err(forbidden)?;
        let disclosure = Disclosure { recipient, purpose, basis, subject, on };
        let (activity, facts) = (Activity::Disclose, vec![fact]);
        Ok(DisclosureCase { jurisdiction, disclosure, activity, facts, values: Default::default(), is_dry_run: false })
    }
}
