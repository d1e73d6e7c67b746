//! The request as it travels: JSON, read against the service's contract. Every fault names its place; none repeats a
//! value.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{Id, shortened};
use ordinance_engine::case::{Case, read_date, read_facts};
use ordinance_engine::tree::{RawObject, Tree, pointer_to};
use ordinance_engine::{DecideError, InputFault, Registry};
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

const MEMBERS: [&str; 5] = ["jurisdiction", "service", "as_of", "facts", "mode"];

/// Reads the body of `POST /v1/decisions`.
pub(crate) fn read_request(body: &[u8], registry: &Registry) -> Result<DecisionRequest, RequestError> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    if !raw.get().starts_with('{') {
        return Err(RequestError::InvalidRequest(vec![InputFault::expecting("", "this is no object", "an object")]));
    }
    let RawObject(entries) = serde_json::from_str(raw.get()).map_err(|error| malformed(&error))?;
    let mut faults = strangers(&entries);
    let jurisdiction =
        text_member(&entries, "jurisdiction", "a jurisdiction's code such as \"CN-4403\"", &mut faults, |text| {
            JurisdictionCode::new(text).ok()
        });
    let service = text_member(&entries, "service", "a service's id", &mut faults, |text| Id::new(text).ok());
    let as_of = text_member(&entries, "as_of", "a date as \"YYYY-MM-DD\" that exists", &mut faults, read_date);
    let mode = match member(&entries, "mode") {
        None => Some(Mode::Official),
        Some(_) => text_member(&entries, "mode", "\"official\" or \"simulation\"", &mut faults, read_mode),
    };
    if member(&entries, "facts").is_none() {
        faults.push(InputFault::expecting("/facts", "this member is missing", "an object of facts"));
    }
    let (Some(jurisdiction), Some(service), Some(as_of), Some(mode), Some(facts), true) =
        (jurisdiction, service, as_of, mode, member(&entries, "facts"), faults.is_empty())
    else {
        return Err(RequestError::InvalidRequest(faults));
    };
    if registry.jurisdiction(&jurisdiction).is_none() {
        return Err(RequestError::Unknown(DecideError::UnknownJurisdiction(jurisdiction)));
    }
    let contract = registry
        .contract(&service)
        .ok_or_else(|| RequestError::Unknown(DecideError::UnknownService(service.clone())))?;
    let facts = Tree::from_json(facts, "/facts").map_err(|fault| RequestError::InvalidRequest(vec![fault]))?;
    let facts = read_facts(contract, &facts, "/facts").map_err(RequestError::InvalidFacts)?;
    Ok(DecisionRequest { case: Case { jurisdiction, service, as_of, facts }, mode })
}

fn malformed(error: &serde_json::Error) -> RequestError {
    RequestError::MalformedJson { line: error.line(), column: error.column() }
}

fn read_mode(text: &str) -> Option<Mode> {
    [Mode::Official, Mode::Simulation].into_iter().find(|mode| mode.as_str() == text)
}

fn member<'a>(entries: &[(String, &'a RawValue)], name: &str) -> Option<&'a RawValue> {
    entries.iter().find(|(member, _)| member == name).map(|(_, value)| *value)
}

fn strangers(entries: &[(String, &RawValue)]) -> Vec<InputFault> {
    let mut faults = Vec::new();
    for (index, (name, _)) in entries.iter().enumerate() {
        if faults.len() >= MEMBERS.len() {
            break;
        }
        let pointer = pointer_to("", &shortened(name));
        if !MEMBERS.contains(&name.as_str()) {
            faults.push(InputFault::expecting(
                &pointer,
                "a request has no such member",
                format!("only {}", MEMBERS.join(", ")),
            ));
        } else if entries.iter().take(index).any(|(earlier, _)| earlier == name) {
            faults.push(InputFault::new(&pointer, "this name stands in the object twice"));
        }
    }
    faults
}

fn text_member<T>(
    entries: &[(String, &RawValue)],
    name: &str,
    expected: &str,
    faults: &mut Vec<InputFault>,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let pointer = pointer_to("", name);
    let message = match member(entries, name).map(|raw| serde_json::from_str::<String>(raw.get())) {
        None => "this member is missing",
        Some(Err(_)) => "this is no string",
        Some(Ok(text)) => match read(&text) {
            Some(value) => return Some(value),
            None => "this value is not allowed",
        },
    };
    faults.push(InputFault::expecting(&pointer, message, expected));
    None
}
