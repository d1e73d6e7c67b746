//! The requests as they travel: JSON, read against the service's contract. Every fault names its place; none repeats a
//! value.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::{JurisdictionCode, NoPlace};
use ordinance_domain::minimise::Facts;
use ordinance_domain::name::{Id, shortened};
use ordinance_engine::case::{Case, read_date, read_facts};
use ordinance_engine::tree::{RawObject, Tree, pointer_to};
use ordinance_engine::{Asked, DecideError, InputFault, Registry};
use serde_json::value::RawValue;

use crate::problem::RequestError;

/// Whether a decision binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It does, and is recorded.
    Official,
    /// It doesn't, and leaves no record.
    Simulation,
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Simulation => "simulation",
        }
    }
}

/// A request for a decision, read against its service's contract.
#[derive(Debug)]
pub(crate) struct DecisionRequest {
    pub(crate) case: Case,
    pub(crate) mode: Mode,
}

/// A request to compare places.
#[derive(Debug)]
pub(crate) struct ComparisonRequest {
    pub(crate) service: Id,
    pub(crate) as_of: Date,
    pub(crate) known_at: Option<Date>,
    pub(crate) facts: Facts,
    pub(crate) places: Places,
}

/// Which places are compared.
#[derive(Debug)]
pub(crate) enum Places {
    /// These.
    Listed(Vec<JurisdictionCode>),
    /// All right below this one.
    ChildrenOf(JurisdictionCode),
}

/// The most places of one comparison.
pub(crate) const PLACES_MAX: usize = 500;

const CODE: &str = "a jurisdiction's code such as \"CN-4403\"";
const DAY: &str = "a date as \"YYYY-MM-DD\" that exists";

/// Reads the body of `POST /v1/decisions`, or a line of a batch.
pub(crate) fn read_decision(body: &[u8], registry: &Registry) -> Result<DecisionRequest, RequestError> {
    let mut members = Members::read(body, &["jurisdiction", "service", "as_of", "known_at", "facts", "mode"])?;
    let jurisdiction = members.text("jurisdiction", CODE, |text| JurisdictionCode::new(text).ok());
    let service = members.text("service", "a service's id", |text| Id::new(text).ok());
    let (as_of, known_at) = members.days();
    let mode = members.optional_text("mode", "\"official\" or \"simulation\"", read_mode);
    let facts = members.facts();
    let (Some(jurisdiction), Some(service), Some(as_of), Some(facts), true) =
        (jurisdiction, service, as_of, facts, members.faults.is_empty())
    else {
        return Err(RequestError::InvalidRequest(members.faults));
    };
    let asked = Asked { jurisdiction, service, as_of, known_at };
    let facts = facts_for(registry, &asked, facts)?;
    Ok(DecisionRequest { case: Case { asked, facts }, mode: mode.unwrap_or(Mode::Official) })
}

/// Reads the body of `POST /v1/services/{id}/questions`.
pub(crate) fn read_questions(body: &[u8], service: Id, registry: &Registry) -> Result<Case, RequestError> {
    let mut members = Members::read(body, &["jurisdiction", "as_of", "known_at", "facts"])?;
    let jurisdiction = members.text("jurisdiction", CODE, |text| JurisdictionCode::new(text).ok());
    let (as_of, known_at) = members.days();
    let facts = members.facts();
    let (Some(jurisdiction), Some(as_of), Some(facts), true) = (jurisdiction, as_of, facts, members.faults.is_empty())
    else {
        return Err(RequestError::InvalidRequest(members.faults));
    };
    let asked = Asked { jurisdiction, service, as_of, known_at };
    let facts = facts_for(registry, &asked, facts)?;
    Ok(Case { asked, facts })
}

/// Reads the body of `POST /v1/comparisons`.
pub(crate) fn read_comparison(body: &[u8], registry: &Registry) -> Result<ComparisonRequest, RequestError> {
    let mut members = Members::read(body, &["service", "as_of", "known_at", "facts", "jurisdictions", "children_of"])?;
    let service = members.text("service", "a service's id", |text| Id::new(text).ok());
    let (as_of, known_at) = members.days();
    let facts = members.facts();
    let places = members.places();
    let (Some(service), Some(as_of), Some(facts), Some(places), true) =
        (service, as_of, facts, places, members.faults.is_empty())
    else {
        return Err(RequestError::InvalidRequest(members.faults));
    };
    let named = match &places {
        Places::Listed(codes) => codes.as_slice(),
        Places::ChildrenOf(code) => std::slice::from_ref(code),
    };
    named.iter().try_for_each(|code| known_place(registry, code))?;
    let facts = facts_of_service(registry, &service, facts)?;
    Ok(ComparisonRequest { service, as_of, known_at, facts, places })
}

fn known_place(registry: &Registry, code: &JurisdictionCode) -> Result<(), RequestError> {
    if registry.jurisdictions().knows(code) {
        return Ok(());
    }
    Err(RequestError::Unknown(DecideError::NoPlace(NoPlace::Unknown(code.clone()))))
}

fn facts_for(registry: &Registry, asked: &Asked, facts: &RawValue) -> Result<Facts, RequestError> {
    known_place(registry, &asked.jurisdiction)?;
    facts_of_service(registry, &asked.service, facts)
}

fn facts_of_service(registry: &Registry, service: &Id, facts: &RawValue) -> Result<Facts, RequestError> {
    let unknown = || RequestError::Unknown(DecideError::UnknownService(service.clone()));
    let contract = registry.contract(service).ok_or_else(unknown)?;
    let facts = Tree::from_json(facts, "/facts").map_err(|fault| RequestError::InvalidRequest(vec![fault]))?;
    read_facts(contract, &facts, "/facts").map_err(RequestError::InvalidFacts)
}

fn malformed(error: &serde_json::Error) -> RequestError {
    RequestError::MalformedJson { line: error.line(), column: error.column() }
}

fn read_mode(text: &str) -> Option<Mode> {
    [Mode::Official, Mode::Simulation].into_iter().find(|mode| mode.as_str() == text)
}

/// The members of a request's object, and what is wrong with them so far.
struct Members<'a> {
    entries: Vec<(String, &'a RawValue)>,
    faults: Vec<InputFault>,
}

impl<'a> Members<'a> {
    /// Reads an object that has no other members than the known ones.
    fn read(body: &'a [u8], known: &[&str]) -> Result<Self, RequestError> {
        let raw: &RawValue = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
        if !raw.get().starts_with('{') {
            return Err(RequestError::InvalidRequest(vec![InputFault::expecting(
                "",
                "this is no object",
                "an object",
            )]));
        }
        let RawObject(entries) = serde_json::from_str(raw.get()).map_err(|error| malformed(&error))?;
        let faults = strangers(&entries, known);
        Ok(Self { entries, faults })
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.entries.iter().find(|(member, _)| member == name).map(|(_, value)| *value)
    }

    /// A member that need not be there; one that is `null` is absent.
    fn optional(&self, name: &str) -> Option<&'a RawValue> {
        self.get(name).filter(|value| value.get() != "null")
    }

    /// A member that is a string.
    fn text<T>(&mut self, name: &str, expected: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let pointer = pointer_to("", name);
        let message = match self.get(name).map(|raw| serde_json::from_str::<String>(raw.get())) {
            None => "this member is missing",
            Some(Err(_)) => "this is no string",
            Some(Ok(text)) => match read(&text) {
                Some(value) => return Some(value),
                None => "this value is not allowed",
            },
        };
        self.faults.push(InputFault::expecting(&pointer, message, expected));
        None
    }

    fn optional_text<T>(&mut self, name: &str, expected: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.optional(name)?;
        self.text(name, expected, read)
    }

    /// `as_of` and `known_at`.
    fn days(&mut self) -> (Option<Date>, Option<Date>) {
        (self.text("as_of", DAY, read_date), self.optional_text("known_at", DAY, read_date))
    }

    fn facts(&mut self) -> Option<&'a RawValue> {
        let facts = self.get("facts");
        if facts.is_none() {
            self.faults.push(InputFault::expecting("/facts", "this member is missing", "an object of facts"));
        }
        facts
    }

    /// `jurisdictions` or `children_of`.
    fn places(&mut self) -> Option<Places> {
        match (self.optional("jurisdictions"), self.optional("children_of")) {
            (None, Some(_)) => {
                let code = self.text("children_of", CODE, |text| JurisdictionCode::new(text).ok())?;
                Some(Places::ChildrenOf(code))
            }
            (Some(raw), None) => {
                let codes: Option<Vec<String>> = serde_json::from_str(raw.get()).ok();
                let codes: Option<Vec<JurisdictionCode>> = codes
                    .filter(|codes| (1..=PLACES_MAX).contains(&codes.len()))
                    .and_then(|codes| codes.iter().map(|code| JurisdictionCode::new(code).ok()).collect());
                if codes.is_none() {
                    let expected = format!("an array of 1 to {PLACES_MAX} codes such as [\"CN-4403\"]");
                    self.faults.push(InputFault::expecting("/jurisdictions", "this value is not allowed", expected));
                }
                codes.map(Places::Listed)
            }
            (Some(_), Some(_)) | (None, None) => {
                let expected = "one of `jurisdictions` (codes) and `children_of` (one code)";
                self.faults.push(InputFault::expecting("", "it must be said which places to compare", expected));
                None
            }
        }
    }
}

fn strangers(entries: &[(String, &RawValue)], known: &[&str]) -> Vec<InputFault> {
    let mut faults = Vec::new();
    for (index, (name, _)) in entries.iter().enumerate() {
        if faults.len() >= known.len() {
            break;
        }
        let pointer = pointer_to("", &shortened(name));
        if !known.contains(&name.as_str()) {
            faults.push(InputFault::expecting(
                &pointer,
                "a request has no such member",
                format!("only {}", known.join(", ")),
            ));
        } else if entries.iter().take(index).any(|(earlier, _)| earlier == name) {
            faults.push(InputFault::new(&pointer, "this name stands in the object twice"));
        }
    }
    faults
}
