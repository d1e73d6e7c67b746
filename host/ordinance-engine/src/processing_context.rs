//! The processing context of a request: recipient, purpose, legal basis and data subject, read from JSON or TOML. Every
//! error has a pointer, and none repeats a value.

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::privacy::{
    BasisKind, Consent, DataSubject, Disclosure, EXPECTED_PURPOSE, EXPECTED_RECIPIENT_ID, LegalBasis, Purpose,
    Recipient, RecipientId, RecipientIdError, RecipientKind,
};
use ordinance_domain::value::Value;

use crate::case::unknown_to_rulebook;
use crate::input_error::InputError;
use crate::json_path::pointer_to;
use crate::literals::read_date;
use crate::untyped_value::UntypedValue;

/// The largest number of purposes or facts of one consent, and of facts of one request.
pub const NAMES_MAX: usize = 256;

type ReadResult<T> = Result<T, Vec<InputError>>;

fn unexpected<T>(pointer: &str, found: &UntypedValue, expected: impl Into<String>) -> ReadResult<T> {
    Err(vec![InputError::expecting(pointer, format!("this is {} that doesn't fit", found.kind()), expected)])
}

/// The members of an object. An unknown member is an error.
fn members<'t>(tree: &'t UntypedValue, pointer: &str, known: &[&str]) -> ReadResult<Vec<(&'t str, &'t UntypedValue)>> {
    let UntypedValue::Object(entries) = tree else { return unexpected(pointer, tree, "an object") };
    let unknown = entries.iter().find(|(name, _)| !known.contains(&name.as_str()));
    if let Some((name, _)) = unknown {
        let expected = format!("only {}", known.join(", "));
        let pointer = pointer_to(pointer, &shortened(name));
        return Err(vec![InputError::expecting(&pointer, "there is no such member", expected)]);
    }
    Ok(entries
        .iter()
        .filter(|(_, value)| *value != UntypedValue::Null)
        .map(|(name, value)| (name.as_str(), value))
        .collect())
}

fn member<'t>(members: &[(&str, &'t UntypedValue)], name: &str) -> Option<&'t UntypedValue> {
    members.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn required<'t>(
    members: &[(&str, &'t UntypedValue)],
    name: &str,
    pointer: &str,
    expected: &str,
) -> ReadResult<&'t UntypedValue> {
    member(members, name)
        .ok_or_else(|| vec![InputError::expecting(&pointer_to(pointer, name), "this member is missing", expected)])
}

/// `{"kind": "public-body", "id": "..."}`
///
/// # Errors
/// The first error.
pub fn read_recipient(tree: &UntypedValue, pointer: &str) -> ReadResult<Recipient> {
    let members = members(tree, pointer, &["kind", "id"])?;
    let kinds = format!("one of {}", RecipientKind::words());
    let kind = match required(&members, "kind", pointer, &kinds)? {
        UntypedValue::Text(name) => RecipientKind::parse(name),
        _ => None,
    };
    let Some(kind) = kind else {
        return Err(vec![InputError::expecting(&pointer_to(pointer, "kind"), "this is no kind of recipient", kinds)]);
    };
    let pointer_to_id = pointer_to(pointer, "id");
    match required(&members, "id", pointer, EXPECTED_RECIPIENT_ID)? {
        UntypedValue::Text(id) => match RecipientId::new(id) {
            Ok(id) => Ok(Recipient { kind, id }),
            Err(RecipientIdError) => {
                Err(vec![InputError::expecting(&pointer_to_id, "this is no id of a recipient", EXPECTED_RECIPIENT_ID)])
            }
        },
        other => unexpected(&pointer_to_id, other, EXPECTED_RECIPIENT_ID),
    }
}

/// A term such as `dpv:PublicBenefit`.
///
/// # Errors
/// If the term isn't a purpose of the vocabulary.
pub fn read_purpose(tree: &UntypedValue, pointer: &str) -> ReadResult<Purpose> {
    match tree {
        UntypedValue::Text(term) => {
            Purpose::new(term).map_err(|_| vec![InputError::expecting(pointer, "this is no purpose", EXPECTED_PURPOSE)])
        }
        other => unexpected(pointer, other, EXPECTED_PURPOSE),
    }
}

/// A legal basis as a request names it, before the facts of a consent are checked against the rulebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasisClaim {
    /// A basis without particulars; never consent.
    Kind(BasisKind),
    /// A consent with its scope.
    Consent(ConsentClaim),
}

/// The scope of a consent as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentClaim {
    /// `None` if the request names no purposes: the consent is then one for the purpose of the request.
    purposes: Option<Vec<Purpose>>,
    facts: Vec<FieldName>,
    separate: Vec<FieldName>,
    until: Option<Date>,
}

impl BasisClaim {
    /// The kind of the basis.
    #[must_use]
    pub fn kind(&self) -> BasisKind {
        match self {
            Self::Kind(kind) => *kind,
            Self::Consent(_) => BasisKind::Consent,
        }
    }

    /// Checks that the rulebook has each fact of a consent. Without this check, a misspelt name would be a consent
    /// without effect and without an error.
    ///
    /// # Errors
    /// The first unknown fact.
    pub fn check_facts(&self, pointer: &str, knows: impl Fn(&str) -> bool) -> ReadResult<()> {
        let Self::Consent(consent) = self else { return Ok(()) };
        match consent.facts.iter().position(|name| !knows(name.as_str())) {
            Some(index) => Err(vec![unknown_to_rulebook(&format!("{pointer}/consent/facts/{index}"))]),
            None => Ok(()),
        }
    }

    /// Checks that the facts of a separate consent are among the facts of the consent.
    ///
    /// # Errors
    /// The first fact that isn't.
    pub fn check_separate(&self, pointer: &str) -> ReadResult<()> {
        let Self::Consent(consent) = self else { return Ok(()) };
        match consent.separate.iter().position(|name| !consent.facts.contains(name)) {
            Some(index) => Err(vec![InputError::expecting(
                &format!("{pointer}/consent/separate/{index}"),
                "this fact isn't among the `facts` of the consent",
                "a name that stands in `facts` too",
            )]),
            None => Ok(()),
        }
    }

    /// The basis of a request for a purpose. The names of a consent are sets: an order or a repetition that a caller
    /// chooses makes no other consent, neither for the law nor in a record.
    #[must_use]
    pub fn for_purpose(self, purpose: &Purpose) -> LegalBasis {
        match self {
            Self::Kind(kind) => LegalBasis::of_kind(kind),
            Self::Consent(ConsentClaim { purposes, facts, separate, until }) => LegalBasis::Consent(Consent {
                purposes: set_of(purposes.unwrap_or_else(|| vec![purpose.clone()])),
                facts: set_of(facts),
                separate: set_of(separate),
                until,
            }),
        }
    }
}

/// The names in order, each once.
fn set_of<T: Ord>(mut names: Vec<T>) -> Vec<T> {
    names.sort_unstable();
    names.dedup();
    names
}

/// Reads a basis and checks its scope. `knows` returns whether the rulebook has a fact. See [`read_basis_claim`] for
/// the form.
///
/// # Errors
/// The first error.
pub fn read_basis(
    tree: &UntypedValue,
    pointer: &str,
    purpose: &Purpose,
    knows: impl Fn(&str) -> bool,
) -> ReadResult<LegalBasis> {
    let claim = read_basis_claim(tree, pointer)?;
    claim.check_facts(pointer, knows)?;
    claim.check_separate(pointer)?;
    Ok(claim.for_purpose(purpose))
}

/// Reads a name such as `"statutory-duty"`, or `{"consent": {"facts": [...], "separate": [...], "purposes": [...],
/// "until": "..."}}`.
///
/// # Errors
/// The first error.
pub fn read_basis_claim(tree: &UntypedValue, pointer: &str) -> ReadResult<BasisClaim> {
    let expected = format!("one of {}, or an object {{\"consent\": {{\"facts\": [...]}}}}", BasisKind::words());
    match tree {
        UntypedValue::Text(name) => match BasisKind::parse(name) {
            Some(BasisKind::Consent) => {
                let message = "the request doesn't give the scope of the consent";
                let expected = "{\"consent\": {\"facts\": [...], \"separate\": [...]}}";
                Err(vec![InputError::expecting(pointer, message, expected)])
            }
            Some(kind) => Ok(BasisClaim::Kind(kind)),
            None => Err(vec![InputError::expecting(pointer, "this is no legal basis", expected)]),
        },
        UntypedValue::Object(_) => {
            let members = members(tree, pointer, &["consent"])?;
            let consent = required(&members, "consent", pointer, "the scope of the consent")?;
            Ok(BasisClaim::Consent(read_consent(consent, &pointer_to(pointer, "consent"))?))
        }
        other => unexpected(pointer, other, expected),
    }
}

fn read_consent(tree: &UntypedValue, pointer: &str) -> ReadResult<ConsentClaim> {
    let members = members(tree, pointer, &["purposes", "facts", "separate", "until"])?;
    let facts = required(&members, "facts", pointer, "an array of names of facts")?;
    let facts = read_names(facts, &pointer_to(pointer, "facts"))?;
    let separate = member(&members, "separate").map(|tree| read_names(tree, &pointer_to(pointer, "separate")));
    let purposes = member(&members, "purposes").map(|tree| {
        let pointer = pointer_to(pointer, "purposes");
        let read =
            |(index, item): (usize, &UntypedValue)| read_purpose(item, &pointer_to(&pointer, &index.to_string()));
        items(tree, &pointer)?.iter().enumerate().map(read).collect::<ReadResult<Vec<Purpose>>>()
    });
    let until = member(&members, "until").map(|tree| match tree {
        UntypedValue::Text(text) if read_date(text).is_some() => Ok(read_date(text)),
        other => unexpected(&pointer_to(pointer, "until"), other, "a date as YYYY-MM-DD that exists"),
    });
    Ok(ConsentClaim {
        purposes: purposes.transpose()?,
        separate: separate.transpose()?.unwrap_or_default(),
        until: until.transpose()?.flatten(),
        facts,
    })
}

fn items<'t>(tree: &'t UntypedValue, pointer: &str) -> ReadResult<&'t [UntypedValue]> {
    match tree {
        UntypedValue::List(items) if items.len() <= NAMES_MAX => Ok(items),
        other => unexpected(pointer, other, format!("an array of at most {NAMES_MAX} strings")),
    }
}

/// Names of facts.
///
/// # Errors
/// The first that is none.
pub fn read_names(tree: &UntypedValue, pointer: &str) -> ReadResult<Vec<FieldName>> {
    let name = |(index, item): (usize, &UntypedValue)| {
        let pointer = pointer_to(pointer, &index.to_string());
        match item {
            UntypedValue::Text(text) => FieldName::new(text)
                .map_err(|_| vec![InputError::expecting(&pointer, "this is no name of a fact", "a snake_case name")]),
            other => unexpected(&pointer, other, "a name of a fact"),
        }
    };
    items(tree, pointer)?.iter().enumerate().map(name).collect()
}

/// `{"age_band": "adult", "lacks_capacity": false, "guardian_consents": true}`, each member only if it is known.
///
/// # Errors
/// The first error.
pub fn read_subject(tree: &UntypedValue, pointer: &str) -> ReadResult<DataSubject> {
    let members = members(tree, pointer, &["age_band", "lacks_capacity", "guardian_consents"])?;
    let yes_or_no = |name: &str| match member(&members, name) {
        None => Ok(None),
        Some(UntypedValue::Bool(yes)) => Ok(Some(*yes)),
        Some(other) => unexpected(&pointer_to(pointer, name), other, "true or false"),
    };
    let bands = || format!("one of {}", AgeBand::choices().join(", "));
    let age_band = match member(&members, "age_band") {
        None => None,
        Some(UntypedValue::Text(word)) => {
            let band = AgeBand::ALL.into_iter().find(|band| band.as_str() == word);
            let pointer = pointer_to(pointer, "age_band");
            Some(band.ok_or_else(|| vec![InputError::expecting(&pointer, "there is no such band", bands())])?)
        }
        Some(other) => return unexpected(&pointer_to(pointer, "age_band"), other, bands()),
    };
    Ok(DataSubject {
        age_band,
        lacks_capacity: yes_or_no("lacks_capacity")?,
        guardian_consents: yes_or_no("guardian_consents")?,
    })
}

/// The context in which the facts of a case are processed. The basis of a service doesn't apply to the police, a
/// company, a researcher or another person: these must name their own basis.
pub struct ProcessingContext<'t> {
    /// The recipient of the decision.
    pub recipient: Recipient,
    /// The basis, if the request names one, and its pointer in the request.
    pub basis: (Option<LegalBasis>, &'t str),
    /// The data subject.
    pub subject: DataSubject,
    /// The day on which the facts are processed.
    pub on: Date,
    /// Another day whose privacy law counts as well.
    pub also_on: Option<Date>,
    /// The day whose published privacy law counts.
    pub known_at: Date,
}

/// The processing of the facts of a case, in every form on which privacy law rules; see
/// [`Case`](crate::Case).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processing {
    /// On the day of processing, for the age that the facts give.
    pub disclosure: Disclosure,
    /// On another day, or for the age that the request claims.
    pub alternatives: Vec<Disclosure>,
}

/// The recipient, the purpose and the legal basis for a case of a service with these facts.
///
/// # Errors
/// A recipient that must name its own basis names none.
pub fn processing_of(contract: &Contract, context: ProcessingContext<'_>, facts: &Facts) -> ReadResult<Processing> {
    let mut disclosure = contract.disclosure(context.recipient, context.on);
    let (basis, pointer) = context.basis;
    if let Some(basis) = basis {
        disclosure.basis = basis;
    } else if !disclosure.recipient.kind.acts_for_service() {
        let kind = disclosure.recipient.kind.as_str();
        let message = format!("a recipient of the kind `{kind}` doesn't act on the basis of the service");
        let expected = "its own basis, such as \"contract\" or {\"consent\": {\"facts\": [...]}}";
        return Err(vec![InputError::expecting(pointer, message, expected)]);
    }
    disclosure.subject = context.subject;
    disclosure.known_at = context.known_at;
    Ok(with_alternatives(disclosure, context.also_on, facts, |name| contract.fact(name)))
}

/// Completes the data subject from the facts: an age among the facts is the person's age on the day of processing, so
/// that no caller has to send it twice, and none can declare a child an adult. On another day whose law counts as well
/// the person has the same age, or a caller could find a date of birth by naming day after day. If the request claims
/// another age band, privacy law rules for both: an error would tell whoever may not be shown the age whether a guess
/// of it is right.
#[must_use]
pub fn with_alternatives<'a>(
    disclosure: Disclosure,
    also_on: Option<Date>,
    facts: &Facts,
    fact_of: impl Fn(&str) -> Option<&'a Fact>,
) -> Processing {
    let band_of = |(name, value): &(FieldName, Value)| AgeBand::of_fact(fact_of(name.as_str())?, value, disclosure.on);
    let claimed = disclosure.subject.age_band;
    let of_facts = facts.0.iter().filter_map(band_of).min();
    let contradicted = claimed.filter(|claimed| of_facts.is_some_and(|band| band != *claimed));
    let with = |age_band, on| {
        let subject = DataSubject { age_band, ..disclosure.subject };
        Disclosure { subject, on, ..disclosure.clone() }
    };
    let bands = [Some(of_facts.or(claimed)), contradicted.map(Some)];
    let days = [Some(disclosure.on), also_on.filter(|day| *day != disclosure.on)];
    let mut forms = days.into_iter().flatten().flat_map(|day| bands.into_iter().flatten().map(move |band| (band, day)));
    let first = forms.next().map_or_else(|| disclosure.clone(), |(band, day)| with(band, day));
    Processing { disclosure: first, alternatives: forms.map(|(band, day)| with(band, day)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(json: &str) -> UntypedValue {
        let raw: &serde_json::value::RawValue = serde_json::from_str(json).unwrap();
        UntypedValue::from_json(raw, "").unwrap()
    }

    fn purpose() -> Purpose {
        Purpose::new("dpv:PublicBenefit").unwrap()
    }

    #[test]
    fn a_basis_is_a_word_or_a_consent_with_its_scope() {
        let basis = |json| read_basis(&tree(json), "/basis", &purpose(), |name| name == "age");
        assert_eq!(basis("\"statutory-duty\""), Ok(LegalBasis::StatutoryDuty));
        let Ok(LegalBasis::Consent(consent)) = basis(r#"{"consent":{"facts":["age"],"until":"2027-01-01"}}"#) else {
            panic!("no consent")
        };
        assert_eq!(consent.purposes, [purpose()]);
        assert_eq!(consent.separate, []);
        assert!(consent.until.is_some());
    }

    #[test]
    fn the_names_of_a_consent_are_sets() {
        let basis = |json: &str| read_basis(&tree(json), "/basis", &purpose(), |_| true).unwrap();
        let once =
            basis(r#"{"consent":{"facts":["age","income"],"separate":["age"],"purposes":["dpv:PublicBenefit"]}}"#);
        let often = r#"{"consent":{"facts":["income","age","income"],"separate":["age","age"],
            "purposes":["dpv:PublicBenefit","dpv:PublicBenefit"]}}"#;
        assert_eq!(basis(often), once);
    }

    #[test]
    fn another_day_makes_nobody_younger_or_older() {
        let disclosure = Disclosure {
            recipient: Recipient { kind: RecipientKind::Business, id: RecipientId::constant("bank") },
            purpose: purpose(),
            basis: LegalBasis::Contract,
            subject: DataSubject { age_band: Some(AgeBand::Adult), ..DataSubject::default() },
            on: "2026-11-01".parse().unwrap(),
            known_at: "2026-11-01".parse().unwrap(),
        };
        let born: Fact = fact("born");
        let facts = Facts(vec![(born.name.clone(), Value::Date("2012-11-02".parse().unwrap()))]);
        let on = |day: &str| {
            let processing = with_alternatives(disclosure.clone(), Some(day.parse().unwrap()), &facts, |_| Some(&born));
            let forms = [processing.disclosure].into_iter().chain(processing.alternatives);
            forms.map(|form| form.subject.age_band.map(AgeBand::as_str)).collect::<Vec<_>>()
        };
        let of_both = [Some("age13"), Some("adult"), Some("age13"), Some("adult")];
        assert_eq!(on("2026-11-02"), of_both);
        assert_eq!(on("2020-01-01"), of_both);
        assert_eq!(on("2026-11-01"), of_both[..2]);
    }

    fn fact(name: &str) -> Fact {
        Fact {
            name: FieldName::new(name).unwrap(),
            fact_type: ordinance_domain::fact::FactType::Date,
            titles: Default::default(),
            category: Some(ordinance_domain::category::Category::new("dpv-pd:BirthDate").unwrap()),
            sensitivity: ordinance_domain::fact::Sensitivity::Personal,
            sharing: None,
            unit: None,
        }
    }

    #[test]
    fn each_fault_is_pointed_at_without_its_value() {
        let said = |faults: Vec<InputError>| faults.iter().map(ToString::to_string).collect::<String>();
        let basis = |json| said(read_basis(&tree(json), "/basis", &purpose(), |name| name == "age").unwrap_err());
        assert!(basis("\"secret\"").starts_with("`/basis`: this is no legal basis; expected one of consent,"));
        assert!(basis("\"consent\"").starts_with("`/basis`: the request doesn't give the scope of the consent"));
        assert!(basis(r#"{"consent":{}}"#).starts_with("`/basis/consent/facts`: this member is missing"));
        assert!(basis(r#"{"consent":{"facts":["Age"]}}"#).starts_with("`/basis/consent/facts/0`: this is no name"));
        let misspelt = r#"{"consent":{"facts":["age","ega"]}}"#;
        assert!(basis(misspelt).starts_with("`/basis/consent/facts/1`: the rulebook has no such fact"));
        let beyond = r#"{"consent":{"facts":[],"separate":["age"]}}"#;
        assert!(basis(beyond).starts_with("`/basis/consent/separate/0`: this fact isn't among the `facts`"));
        let purpose = r#"{"consent":{"facts":[],"purposes":["dpv:Welfare"]}}"#;
        assert!(basis(purpose).starts_with("`/basis/consent/purposes/0`: this is no purpose; expected a purpose of"));
        assert!(basis(r#"{"consent":{"facts":[],"until":"2027-02-30"}}"#).starts_with("`/basis/consent/until`"));
        let subject = |json| said(read_subject(&tree(json), "/subject").unwrap_err());
        assert!(subject(r#"{"age_band":"old"}"#).contains("one of under13, age13"));
        assert!(subject(r#"{"name":"x"}"#).starts_with("`/subject/name`: there is no such member"));
        let recipient = |json| said(read_recipient(&tree(json), "/recipient").unwrap_err());
        assert!(recipient(r#"{"kind":"spy","id":"x"}"#).starts_with("`/recipient/kind`: this is no kind of recipient"));
        assert!(recipient(r#"{"kind":"portal","id":""}"#).starts_with("`/recipient/id`: this is no id of a recipient"));
        assert!(!recipient(r#"{"kind":"portal","id":"Li Ming"}"#).contains("Li Ming"));
    }
}
