//! The requests as they travel: JSON, read against the service's contract. Every fault names its place; none repeats a
//! value.

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{JurisdictionCode, UnknownPlaceError};
use ordinance_domain::name::{FieldName, Id, shortened};
use ordinance_domain::privacy::{Activity, BasisKind, DataSubject, Disclosure, EXPECTED_PURPOSE, Purpose, Recipient};
use ordinance_domain::query::CaseQuery;
use ordinance_engine::case::{Case, read_facts, read_known_facts, unknown_to_rulebook};
use ordinance_engine::claims::{
    Claimed, complete_subject, disclosure_of, read_basis, read_names, read_recipient, read_subject,
};
use ordinance_engine::literals::read_date;
use ordinance_engine::untyped_value::{RawObject, UntypedValue, pointer_to};
use ordinance_engine::{DecideError, DisclosureCase, InputError, Rulebook};
use serde_json::value::RawValue;

use crate::admission::callers::Caller;
use crate::api::problem::RequestError;
use crate::audit::mode::Mode;

/// A request for a decision, read against its service's contract.
#[derive(Debug)]
pub(crate) struct DecisionRequest {
    pub(crate) case: Case,
    pub(crate) mode: Mode,
}

/// The digest of the revision that a body of `POST /v1/decisions` asks for, if it is one. Only what binds nobody may be query of
/// another revision than the one in use; what else is wrong with the body is found when it is read against that.
pub(crate) fn wanted_revision(body: &[u8]) -> Result<Option<String>, RequestError> {
    let name = b"\"rulebook\"";
    if !body.windows(name.len()).any(|text| text == name) {
        return Ok(None);
    }
    let Ok(RawObject(members)) = serde_json::from_slice(body) else { return Ok(None) };
    let text = |name: &str| {
        let raw = members.iter().find(|(member, _)| member == name).map(|(_, raw)| raw.get());
        raw.map(|raw| serde_json::from_str::<String>(raw).unwrap_or_default())
    };
    let Some(digest) = text("rulebook") else { return Ok(None) };
    if text("mode").as_deref() != Some(Mode::Simulation.as_str()) {
        return Err(RequestError::InvalidRequest(vec![InputError::expecting(
            "/rulebook",
            "an official decision is given on the rulebook in use",
            "none, or \"mode\": \"simulation\" beside it",
        )]));
    }
    Ok(Some(digest.strip_prefix("sha256:").unwrap_or(&digest).to_owned()))
}

/// A request to compare places.
#[derive(Debug)]
pub(crate) struct ComparisonRequest {
    pub(crate) service: Id,
    pub(crate) as_of: Date,
    pub(crate) known_at: Option<Date>,
    pub(crate) facts: Facts,
    pub(crate) places: Places,
    pub(crate) disclosure: Disclosure,
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

/// Who asks, and the day on which facts are processed.
#[derive(Clone, Copy)]
pub(crate) struct RequestContext<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) today: Date,
}

impl RequestContext<'_> {
    /// A case of a service: for whom, for what and on which basis it is decided, on which facts; and whether the caller may
    /// ask for that.
    fn case(
        self,
        rulebook: &Rulebook,
        query: CaseQuery,
        claims: Claims,
        mode: Mode,
        facts: &RawValue,
    ) -> Result<Case, RequestError> {
        let contract = contract_of(rulebook, &query.service)?;
        self.caller.check_service(&query.service, &contract.purpose)?;
        self.caller.check_place(rulebook, &query.jurisdiction, query.as_of)?;
        let on = self.day_of_processing(claims.processed_on, mode)?;
        let recipient = self.caller.recipient(claims.recipient)?;
        let facts =
            UntypedValue::from_json(facts, "/facts").map_err(|fault| RequestError::InvalidRequest(vec![fault]))?;
        let facts = read_facts(contract, &facts, "/facts").map_err(RequestError::InvalidFacts)?;
        let basis = (claims.basis.as_ref(), "/basis");
        let claimed = Claimed { recipient, basis, subject: (claims.subject, "/subject"), on };
        let disclosure = disclosure_of(rulebook, contract, claimed, &facts).map_err(RequestError::InvalidRequest)?;
        Ok(Case { query, facts, disclosure })
    }

    /// Facts are processed today; only what binds nobody can be query for another day.
    fn day_of_processing(self, named: Option<Date>, mode: Mode) -> Result<Date, RequestError> {
        match (named, mode) {
            (None, _) => Ok(self.today),
            (Some(day), Mode::Simulation) => Ok(day),
            (Some(day), Mode::Official) if day == self.today => Ok(day),
            (Some(_), Mode::Official) => Err(RequestError::InvalidRequest(vec![InputError::expecting(
                "/processed_on",
                "the facts are processed today, whose privacy law counts",
                "none, or \"mode\": \"simulation\" beside it",
            )])),
        }
    }
}

/// What a request claims of who asks and on which basis.
struct Claims {
    recipient: Option<Recipient>,
    basis: Option<UntypedValue>,
    subject: DataSubject,
    processed_on: Option<Date>,
}

/// The members that hold claims.
const CLAIMS: [&str; 4] = ["recipient", "basis", "subject", "processed_on"];

fn known<'a>(members: &[&'a str], claims: &[&'a str]) -> Vec<&'a str> {
    members.iter().chain(claims).copied().collect()
}

/// A request for facts.
#[derive(Debug)]
pub(crate) struct DisclosureRequest {
    pub(crate) case: DisclosureCase,
    /// Whether values were sent, so that they are to be handed back as it is ruled.
    pub(crate) has_values: bool,
    pub(crate) mode: Mode,
}

/// Reads the body of `POST /v1/disclosures`.
pub(crate) fn read_disclosure(
    body: &[u8],
    rulebook: &Rulebook,
    asking: RequestContext<'_>,
) -> Result<DisclosureRequest, RequestError> {
    let mut members = Members::read(body, &known(&["jurisdiction", "purpose", "facts", "values", "mode"], &CLAIMS))?;
    let jurisdiction = members.text("jurisdiction", CODE, |text| JurisdictionCode::new(text).ok());
    let purpose = members.text("purpose", EXPECTED_PURPOSE, |text| Purpose::new(text).ok());
    let mode = members.optional_text("mode", "\"official\" or \"simulation\"", Mode::parse);
    let claims = members.claims()?;
    let names = members.tree("facts")?.map(|tree| read_names(&tree, "/facts")).transpose();
    let names = names.map_err(RequestError::InvalidRequest)?;
    let values = members.tree("values")?;
    if names.is_none() && values.is_none() {
        let expected = "an array of names of facts, or `values` by name";
        members.faults.push(InputError::expecting("/facts", "it isn't said which facts are query for", expected));
    }
    if claims.basis.is_none() {
        let expected = format!("one of {}, or an object with `consent`", BasisKind::words());
        members.faults.push(InputError::expecting("/basis", "this member is missing", expected));
    }
    let (Some(jurisdiction), Some(purpose), Some(basis), true) =
        (jurisdiction, purpose, claims.basis, members.faults.is_empty())
    else {
        return Err(RequestError::InvalidRequest(members.faults));
    };
    known_place(rulebook, &jurisdiction)?;
    let mode = mode.unwrap_or(Mode::Official);
    let on = asking.day_of_processing(claims.processed_on, mode)?;
    asking.caller.check_purpose(&purpose)?;
    asking.caller.check_place(rulebook, &jurisdiction, on)?;
    let has_values = values.is_some();
    let values = values.map(|tree| read_known_facts(|name| rulebook.fact(name), &tree, "/values")).transpose();
    let values = values.map_err(RequestError::InvalidFacts)?.unwrap_or_default();
    let facts = requested(rulebook, names, &values)?;
    let mut disclosure = Disclosure {
        recipient: asking.caller.recipient(claims.recipient)?,
        basis: read_basis(&basis, "/basis", &purpose, |name| rulebook.fact(name).is_some())
            .map_err(RequestError::InvalidRequest)?,
        subject: claims.subject,
        purpose,
        on,
    };
    complete_subject(&mut disclosure, &values, |name| rulebook.fact(name), "/subject")
        .map_err(RequestError::InvalidRequest)?;
    let (activity, is_dry_run) = (Activity::Disclose, mode == Mode::Simulation);
    let case = DisclosureCase { jurisdiction, disclosure, activity, facts, values, is_dry_run };
    Ok(DisclosureRequest { case, has_values, mode })
}

/// The facts that are query for: those named, else those of which a value was sent.
fn requested(
    rulebook: &Rulebook,
    names: Option<Vec<FieldName>>,
    values: &Facts,
) -> Result<Vec<FieldName>, RequestError> {
    let Some(names) = names else { return Ok(values.0.iter().map(|(name, _)| name.clone()).collect()) };
    if let Some(index) = names.iter().position(|name| rulebook.fact(name.as_str()).is_none()) {
        return Err(RequestError::InvalidFacts(vec![unknown_to_rulebook(&format!("/facts/{index}"))]));
    }
    let mut facts: Vec<FieldName> = Vec::with_capacity(names.len());
    for name in names {
        if !facts.contains(&name) {
            facts.push(name);
        }
    }
    Ok(facts)
}

/// The members of a decision on the revision in use.
pub(crate) const DECISION: [&str; 6] = ["jurisdiction", "service", "as_of", "known_at", "facts", "mode"];

/// Those of one on a revision that it names, which [`wanted_revision`] has read.
pub(crate) const DECISION_ON_REVISION: [&str; 7] =
    ["jurisdiction", "service", "as_of", "known_at", "facts", "mode", "rulebook"];

/// Reads the body of `POST /v1/decisions`, or a line of a batch, by the members that it may have.
pub(crate) fn read_decision(
    body: &[u8],
    own: &[&'static str],
    rulebook: &Rulebook,
    asking: RequestContext<'_>,
) -> Result<DecisionRequest, RequestError> {
    let mut members = Members::read(body, &known(own, &CLAIMS))?;
    let claims = members.claims()?;
    let jurisdiction = members.text("jurisdiction", CODE, |text| JurisdictionCode::new(text).ok());
    let service = members.text("service", "a service's id", |text| Id::new(text).ok());
    let (as_of, known_at) = members.days();
    let mode = members.optional_text("mode", "\"official\" or \"simulation\"", Mode::parse);
    let facts = members.facts();
    let (Some(jurisdiction), Some(service), Some(as_of), Some(facts), true) =
        (jurisdiction, service, as_of, facts, members.faults.is_empty())
    else {
        return Err(RequestError::InvalidRequest(members.faults));
    };
    let (query, mode) = (CaseQuery { jurisdiction, service, as_of, known_at }, mode.unwrap_or(Mode::Official));
    known_place(rulebook, &query.jurisdiction)?;
    Ok(DecisionRequest { case: asking.case(rulebook, query, claims, mode, facts)?, mode })
}

/// Reads the body of `POST /v1/services/{id}/questions`.
pub(crate) fn read_questions(
    body: &[u8],
    service: Id,
    rulebook: &Rulebook,
    asking: RequestContext<'_>,
) -> Result<Case, RequestError> {
    let mut members = Members::read(body, &known(&["jurisdiction", "as_of", "known_at", "facts"], &CLAIMS))?;
    let claims = members.claims()?;
    let jurisdiction = members.text("jurisdiction", CODE, |text| JurisdictionCode::new(text).ok());
    let (as_of, known_at) = members.days();
    let facts = members.facts();
    let (Some(jurisdiction), Some(as_of), Some(facts), true) = (jurisdiction, as_of, facts, members.faults.is_empty())
    else {
        return Err(RequestError::InvalidRequest(members.faults));
    };
    let query = CaseQuery { jurisdiction, service, as_of, known_at };
    known_place(rulebook, &query.jurisdiction)?;
    asking.case(rulebook, query, claims, Mode::Simulation, facts)
}

/// Reads the body of `POST /v1/comparisons`.
pub(crate) fn read_comparison(
    body: &[u8],
    rulebook: &Rulebook,
    asking: RequestContext<'_>,
) -> Result<ComparisonRequest, RequestError> {
    let own = ["service", "as_of", "known_at", "facts", "jurisdictions", "children_of"];
    let mut members = Members::read(body, &known(&own, &CLAIMS))?;
    let claims = members.claims()?;
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
    named.iter().try_for_each(|code| known_place(rulebook, code))?;
    named.iter().try_for_each(|code| asking.caller.check_place(rulebook, code, as_of))?;
    let Some(jurisdiction) = named.first().cloned() else { return Err(RequestError::InvalidRequest(members.faults)) };
    let query = CaseQuery { jurisdiction, service: service.clone(), as_of, known_at };
    let Case { facts, disclosure, query: _ } = asking.case(rulebook, query, claims, Mode::Simulation, facts)?;
    Ok(ComparisonRequest { service, as_of, known_at, facts, places, disclosure })
}

/// The contract of a service that the rulebook knows.
pub(crate) fn contract_of<'a>(rulebook: &'a Rulebook, service: &Id) -> Result<&'a Contract, RequestError> {
    rulebook.contract(service).ok_or_else(|| RequestError::Unknown(DecideError::UnknownService(service.clone())))
}

/// A place that the rulebook knows, on whatever day.
pub(crate) fn known_place(rulebook: &Rulebook, code: &JurisdictionCode) -> Result<(), RequestError> {
    if rulebook.jurisdictions().knows(code) {
        return Ok(());
    }
    Err(RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(code.clone()))))
}

fn malformed(error: &serde_json::Error) -> RequestError {
    RequestError::MalformedJson { line: error.line(), column: error.column() }
}

/// The members of a request's object, and what is wrong with them so far.
struct Members<'a> {
    entries: Vec<(String, &'a RawValue)>,
    faults: Vec<InputError>,
}

impl<'a> Members<'a> {
    /// Reads an object that has no other members than the known ones.
    fn read(body: &'a [u8], known: &[&str]) -> Result<Self, RequestError> {
        let raw: &RawValue = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
        if !raw.get().starts_with('{') {
            return Err(RequestError::InvalidRequest(vec![InputError::expecting(
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
        self.faults.push(InputError::expecting(&pointer, message, expected));
        None
    }

    fn optional_text<T>(&mut self, name: &str, expected: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.optional(name)?;
        self.text(name, expected, read)
    }

    /// A member that may be there, as it was written.
    fn tree(&self, name: &str) -> Result<Option<UntypedValue>, RequestError> {
        let read = |raw| UntypedValue::from_json(raw, &pointer_to("", name));
        self.optional(name).map(read).transpose().map_err(|fault| RequestError::InvalidRequest(vec![fault]))
    }

    /// What is claimed of who asks and on which basis. Faults in it are told with the others.
    fn claims(&mut self) -> Result<Claims, RequestError> {
        let recipient = self.tree("recipient")?.map(|tree| read_recipient(&tree, "/recipient"));
        let subject = self.tree("subject")?.map(|tree| read_subject(&tree, "/subject"));
        let (recipient, subject) = (self.kept(recipient), self.kept(subject).unwrap_or_default());
        let processed_on = self.optional_text("processed_on", DAY, read_date);
        Ok(Claims { recipient, basis: self.tree("basis")?, subject, processed_on })
    }

    fn kept<T>(&mut self, read: Option<Result<T, Vec<InputError>>>) -> Option<T> {
        read?.map_err(|faults| self.faults.extend(faults)).ok()
    }

    /// `as_of` and `known_at`.
    fn days(&mut self) -> (Option<Date>, Option<Date>) {
        (self.text("as_of", DAY, read_date), self.optional_text("known_at", DAY, read_date))
    }

    fn facts(&mut self) -> Option<&'a RawValue> {
        let facts = self.get("facts");
        if facts.is_none() {
            self.faults.push(InputError::expecting("/facts", "this member is missing", "an object of facts"));
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
                let Some(codes) = codes.filter(|codes| (1..=PLACES_MAX).contains(&codes.len())) else {
                    let expected = format!("an array of 1 to {PLACES_MAX} codes such as [\"CN-4403\"]");
                    self.faults.push(InputError::expecting("/jurisdictions", "this value is not allowed", expected));
                    return None;
                };
                let read: Vec<JurisdictionCode> =
                    codes.iter().map_while(|code| JurisdictionCode::new(code).ok()).collect();
                if read.len() < codes.len() {
                    let pointer = format!("/jurisdictions/{}", read.len());
                    self.faults.push(InputError::expecting(&pointer, "this value is not allowed", CODE));
                    return None;
                }
                Some(Places::Listed(read))
            }
            (Some(_), Some(_)) | (None, None) => {
                let expected = "one of `jurisdictions` (codes) and `children_of` (one code)";
                self.faults.push(InputError::expecting("", "it must be said which places to compare", expected));
                None
            }
        }
    }
}

fn strangers(entries: &[(String, &RawValue)], known: &[&str]) -> Vec<InputError> {
    let mut faults = Vec::new();
    for (index, (name, _)) in entries.iter().enumerate() {
        if faults.len() >= known.len() {
            break;
        }
        let pointer = pointer_to("", &shortened(name));
        if !known.contains(&name.as_str()) {
            faults.push(InputError::expecting(
                &pointer,
                "a request has no such member",
                format!("only {}", known.join(", ")),
            ));
        } else if entries.iter().take(index).any(|(earlier, _)| earlier == name) {
            faults.push(InputError::new(&pointer, "this name stands in the object twice"));
        }
    }
    faults
}
