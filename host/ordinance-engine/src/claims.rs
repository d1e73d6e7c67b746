//! What a request claims of a processing: recipient, purpose, legal basis, the data subject and other people, read from
//! JSON or TOML. Every error has a pointer, and none repeats a value.

use std::collections::HashMap;

use ordinance_domain::calendar::Date;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::privacy::{
    BasisKind, Consent, DataSubject, EXPECTED_PURPOSE, EXPECTED_RECIPIENT_ID, LegalBasis, Party, Purpose, Recipient,
    RecipientId, RecipientIdError, RecipientKind,
};

use crate::input_error::{InputError, unknown_to_rulebook};
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
    pub fn check_facts(&self, pointer: &str, knows: impl Fn(&FieldName) -> bool) -> ReadResult<()> {
        let Self::Consent(consent) = self else { return Ok(()) };
        match consent.facts.iter().position(|name| !knows(name)) {
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
    knows: impl Fn(&FieldName) -> bool,
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

/// Names of facts, or of parts of facts such as `members.age`.
///
/// # Errors
/// The first that is none.
pub fn read_names(tree: &UntypedValue, pointer: &str) -> ReadResult<Vec<FieldName>> {
    let name = |(index, item): (usize, &UntypedValue)| {
        let pointer = pointer_to(pointer, &index.to_string());
        match item {
            UntypedValue::Text(text) => {
                FieldName::path(text).ok().filter(|name| *name == name.without_items()).ok_or_else(|| {
                    vec![InputError::expecting(
                        &pointer,
                        "this is no name of a fact",
                        "a snake_case name, or a path of such names",
                    )]
                })
            }
            other => unexpected(&pointer, other, "a name of a fact"),
        }
    };
    items(tree, pointer)?.iter().enumerate().map(name).collect()
}

/// A word of who the data subject of a request is.
///
/// # Errors
/// If it is none.
pub fn read_party(word: &str, pointer: &str) -> ReadResult<Party> {
    let expected = || format!("one of {}", Party::words());
    Party::parse(word).ok_or_else(|| vec![InputError::expecting(pointer, "this is no party of a case", expected())])
}

/// What a request claims of another person than the applicant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonClaim {
    /// Who it is: an item of a list of people, such as `members[1]`, or a person whom the catalogue names, such as
    /// `child`.
    pub person: FieldName,
    /// Whether the item is the applicant.
    pub is_applicant: bool,
    /// What is known of the person.
    pub subject: DataSubject,
    /// The legal basis on the person's facts; without one, that of the case, unless it is the applicant's consent.
    pub basis: Option<BasisClaim>,
}

/// `[{"person": "members[1]", "subject": {...}, "basis": {...}}, {"person": "members[0]", "is_applicant": true}]`
///
/// # Errors
/// The first error.
pub fn read_people(tree: &UntypedValue, pointer: &str) -> ReadResult<Vec<PersonClaim>> {
    let UntypedValue::List(items) = tree else { return unexpected(pointer, tree, EXPECTED_PEOPLE) };
    if items.len() > NAMES_MAX {
        return unexpected(pointer, tree, format!("at most {NAMES_MAX} people"));
    }
    let mut claims: Vec<PersonClaim> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        claims.push(read_person(item, &pointer_to(pointer, &index.to_string()))?);
    }
    Ok(claims)
}

/// Checks that no claims contradict each other: each person stands once, and one of them is the applicant.
///
/// # Errors
/// Both of the first two that do; `pointer` is that of the claims.
pub(crate) fn check_contradictions(claims: &[PersonClaim], pointer: &str) -> ReadResult<()> {
    let at = |index: usize, member: &str| pointer_to(&pointer_to(pointer, &index.to_string()), member);
    let mut known: HashMap<&FieldName, usize> = HashMap::with_capacity(claims.len());
    let mut applicant: Option<usize> = None;
    for (index, claim) in claims.iter().enumerate() {
        if let Some(earlier) = known.insert(&claim.person, index) {
            return Err(contradicting(
                [at(earlier, "person"), at(index, "person")],
                "names the same person",
                "each person once",
            ));
        }
        // The consent of one would count as that of the other.
        if claim.is_applicant
            && let Some(earlier) = applicant.replace(index)
        {
            return Err(contradicting(
                [at(earlier, "is_applicant"), at(index, "is_applicant")],
                "says so of another person",
                "true of one person: one applies, and the others have a `subject` and a `basis` of their own",
            ));
        }
    }
    Ok(())
}

/// Two members that can't both stand; each error names the other.
fn contradicting([one, other]: [String; 2], fault: &str, expected: &str) -> Vec<InputError> {
    let error = |pointer: &str, of: &str| InputError::expecting(pointer, format!("`{of}` {fault}"), expected);
    vec![error(&one, &other), error(&other, &one)]
}

/// What a list of other people looks like.
pub const EXPECTED_PEOPLE: &str = "an array of objects with `person`";

fn read_person(tree: &UntypedValue, pointer: &str) -> ReadResult<PersonClaim> {
    let members = members(tree, pointer, &["person", "is_applicant", "subject", "basis"])?;
    let expected = "an item of a list of people such as \"members[1]\", or a name of the catalogue such as \"child\"";
    let person = match required(&members, "person", pointer, expected)? {
        UntypedValue::Text(text) => FieldName::path(text).map_err(|_| {
            vec![InputError::expecting(&pointer_to(pointer, "person"), "this names no person of a case", expected)]
        })?,
        other => return unexpected(&pointer_to(pointer, "person"), other, expected),
    };
    let is_applicant = match member(&members, "is_applicant") {
        None => false,
        Some(UntypedValue::Bool(yes)) => *yes,
        Some(other) => return unexpected(&pointer_to(pointer, "is_applicant"), other, "true or false"),
    };
    let subject = member(&members, "subject").map(|tree| read_subject(tree, &pointer_to(pointer, "subject")));
    let basis = member(&members, "basis").map(|tree| read_basis_claim(tree, &pointer_to(pointer, "basis")));
    let (subject, basis) = (subject.transpose()?, basis.transpose()?);
    if is_applicant && (subject.is_some() || basis.is_some()) {
        let expected =
            "only `person` and `is_applicant`; the applicant's `subject` and `basis` are those of the request";
        return Err(vec![InputError::expecting(pointer, "the applicant has other members here", expected)]);
    }
    Ok(PersonClaim { person, is_applicant, subject: subject.unwrap_or_default(), basis })
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
        party: Party::Applicant,
        age_band,
        lacks_capacity: yes_or_no("lacks_capacity")?,
        guardian_consents: yes_or_no("guardian_consents")?,
    })
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
        let basis = |json| read_basis(&tree(json), "/basis", &purpose(), |name| name.is("age"));
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
    fn each_fault_is_pointed_at_without_its_value() {
        let said = |faults: Vec<InputError>| faults.iter().map(ToString::to_string).collect::<String>();
        let basis = |json| said(read_basis(&tree(json), "/basis", &purpose(), |name| name.is("age")).unwrap_err());
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
