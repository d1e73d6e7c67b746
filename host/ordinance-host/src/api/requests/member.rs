//! The members of requests. Each type is both: the schema of a member in `/openapi.json`, and the reader of its value.
//! A fault names the place of the value and what was expected, and never repeats the value.

use std::fmt;
use std::marker::PhantomData;

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{BasisKind, DataSubject, EXPECTED_PURPOSE, Purpose, Recipient, RecipientKind};
use ordinance_engine::InputError;
use ordinance_engine::claims::{
    BasisClaim, EXPECTED_PEOPLE, PersonClaim, read_basis_claim, read_names, read_people, read_recipient, read_subject,
};
use ordinance_engine::literals::read_date;
use ordinance_engine::untyped_value::{RawText, UntypedValue};
use ordinance_receipt::objection::{CONTACT_LETTERS_MAX, REASON_LETTERS_MAX};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::api::explain::Explain;
use crate::api::requests::faults::RequestFaults;
use crate::api::requests::sent_receipt::{EXPECTED_ID, SentReceipt, read_uuid};
use crate::api::schema::{self, PLACES_MAX};
use crate::audit::mode::Mode;

/// A member of a request.
pub(crate) trait Member<'a>: Copy {
    type Value;

    /// The value as it was sent, if the member was.
    fn raw(self) -> Option<&'a RawValue>;

    /// What a value is, for a fault.
    fn expected() -> String;

    /// Reads a value; adds the faults of one that doesn't fit.
    fn read(raw: &'a RawValue, pointer: &str, faults: &mut RequestFaults) -> Option<Self::Value>;
}

/// Whether a request has a member; `null` counts as left out.
pub(crate) fn is_given<'a, M: Member<'a>>(member: Option<M>) -> bool {
    member.and_then(M::raw).is_some_and(|raw| raw.get() != "null")
}

impl RequestFaults {
    /// Reads a member that must be there.
    pub(crate) fn required<'a, M: Member<'a>>(&mut self, pointer: &str, member: M) -> Option<M::Value> {
        let Some(raw) = member.raw() else {
            self.add(InputError::expecting(pointer, "this member is missing", M::expected()));
            return None;
        };
        M::read(raw, pointer, self)
    }

    /// Reads a member that must be there; `null` counts as left out.
    pub(crate) fn required_not_null<'a, M: Member<'a>>(&mut self, pointer: &str, member: M) -> Option<M::Value> {
        if is_given(Some(member)) {
            return self.required(pointer, member);
        }
        self.add(InputError::expecting(pointer, "this member is missing", M::expected()));
        None
    }

    /// Reads a member that may be left out; `null` counts as left out.
    pub(crate) fn optional<'a, M: Member<'a>>(&mut self, pointer: &str, member: Option<M>) -> Option<M::Value> {
        let raw = member?.raw().filter(|raw| raw.get() != "null")?;
        M::read(raw, pointer, self)
    }

    fn read_text<T>(
        &mut self,
        raw: &RawValue,
        pointer: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let message = match serde_json::from_str::<RawText<'_>>(raw.get()) {
            Err(_) => "this is no string",
            Ok(RawText(text)) => match read(&text) {
                Some(value) => return Some(value),
                None => "this value is not allowed",
            },
        };
        self.add(InputError::expecting(pointer, message, expected));
        None
    }

    fn read_untyped<T>(
        &mut self,
        raw: &RawValue,
        pointer: &str,
        read: impl FnOnce(UntypedValue) -> Result<T, Vec<InputError>>,
    ) -> Option<T> {
        let value = UntypedValue::from_json(raw, pointer).map_err(|fault| vec![fault]).and_then(read);
        value.map_err(|faults| self.extend(faults)).ok()
    }
}

/// Declares members: the type, its name in the document, the type of its values, its schema.
macro_rules! member_types {
    ($($(#[$doc:meta])* $member:ident as $name:literal: $value:ty, $schema:path, $expected:expr, $read:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $member<'a>(Option<&'a RawValue>);

        impl<'a> Member<'a> for $member<'a> {
            type Value = $value;

            fn raw(self) -> Option<&'a RawValue> {
                self.0
            }

            fn expected() -> String {
                $expected.into()
            }

            fn read(raw: &'a RawValue, pointer: &str, faults: &mut RequestFaults) -> Option<$value> {
                let read: fn(&'a RawValue, &str, &mut RequestFaults) -> Option<$value> = $read;
                read(raw, pointer, faults)
            }
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $member<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_option(RawValueVisitor(PhantomData)).map(Self)
            }
        }

        impl PartialSchema for $member<'_> {
            fn schema() -> RefOr<Schema> {
                $schema()
            }
        }

        impl ToSchema for $member<'_> {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    )* };
}

/// Takes a value unread; none where the member isn't there.
struct RawValueVisitor<'a>(PhantomData<&'a RawValue>);

impl<'de: 'a, 'a> Visitor<'de> for RawValueVisitor<'a> {
    type Value = Option<&'a RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Some)
    }
}

const CODE: &str = "a jurisdiction's code such as \"CN-4403\"";
const DAY: &str = "a date as \"YYYY-MM-DD\" that exists";
const MODE: &str = "\"official\" or \"simulation\"";
const EXPLAIN: &str = "\"none\", \"short\" or \"full\"";

member_types! {
    /// The code of a place.
    CodeMember as "JurisdictionCode": JurisdictionCode, schema::jurisdiction_code, CODE,
        |raw, pointer, faults| faults.read_text(raw, pointer, CODE, |text| JurisdictionCode::new(text).ok());
    /// The codes of the places of a comparison.
    CodesMember as "JurisdictionCodes": Vec<JurisdictionCode>, schema::jurisdiction_codes, expected_codes(), read_codes;
    /// The id of a service.
    ServiceMember as "ServiceId": Id, schema::service_id, "a service's id",
        |raw, pointer, faults| faults.read_text(raw, pointer, "a service's id", |text| Id::new(text).ok());
    /// A day.
    DayMember as "Day": Date, schema::day, DAY,
        |raw, pointer, faults| faults.read_text(raw, pointer, DAY, read_date);
    /// Whether the answer binds.
    ModeMember as "Mode": Mode, schema::mode, MODE,
        |raw, pointer, faults| faults.read_text(raw, pointer, MODE, Mode::parse);
    /// How much the reply explains.
    ExplainMember as "Explain": Explain, schema::explain, EXPLAIN,
        |raw, pointer, faults| faults.read_text(raw, pointer, EXPLAIN, Explain::parse);
    /// The digest of a revision of the rulebook, with `sha256:` before it or not. One that isn't well formed names no
    /// revision.
    RevisionMember as "RevisionDigest": String, schema::revision_digest, "the digest of a revision",
        |raw, pointer, faults| faults.read_text(raw, pointer, "the digest of a revision", |text| Some(text.to_owned()));
    /// Whether to hand out a receipt.
    ReceiptMember as "WantsReceipt": bool, schema::wants_receipt, "true or false", read_bool;
    /// An objection after which a case is decided anew.
    ObjectionMember as "ObjectionId": Uuid, schema::objection_id, EXPECTED_ID,
        |raw, pointer, faults| faults.read_text(raw, pointer, EXPECTED_ID, read_uuid);
    /// The receipt of the decision that somebody objects to.
    SentReceiptMember as "SentReceipt": SentReceipt, schema::sent_receipt, "the receipt of the decision, an object",
        SentReceipt::read;
    /// Why somebody objects.
    ReasonMember as "ObjectionReason": String, schema::objection_reason, expected_letters(REASON_LETTERS_MAX),
        |raw, pointer, faults| read_letters(raw, pointer, REASON_LETTERS_MAX, faults);
    /// How somebody can be reached.
    ContactMember as "ObjectionContact": String, schema::objection_contact, expected_letters(CONTACT_LETTERS_MAX),
        |raw, pointer, faults| read_letters(raw, pointer, CONTACT_LETTERS_MAX, faults);
    /// A purpose.
    PurposeMember as "Purpose": Purpose, schema::purpose, EXPECTED_PURPOSE,
        |raw, pointer, faults| faults.read_text(raw, pointer, EXPECTED_PURPOSE, |text| Purpose::new(text).ok());
    /// A recipient of facts or of a decision.
    RecipientMember as "Recipient": Recipient, schema::recipient, "an object with `kind` and `id`", read_recipient_member;
    /// A legal basis.
    BasisMember as "LegalBasis": BasisClaim, schema::legal_basis,
        format!("one of {}, or an object with `consent`", BasisKind::words()),
        |raw, pointer, faults| faults.read_untyped(raw, pointer, |value| read_basis_claim(&value, pointer));
    /// What is known of the person.
    SubjectMember as "DataSubject": DataSubject, schema::data_subject, "an object",
        |raw, pointer, faults| faults.read_untyped(raw, pointer, |value| read_subject(&value, pointer));
    /// What is claimed of other people than the applicant.
    PeopleMember as "People": Vec<PersonClaim>, schema::people, EXPECTED_PEOPLE,
        |raw, pointer, faults| faults.read_untyped(raw, pointer, |value| read_people(&value, pointer));
    /// Facts by name; their types are those of the service, which is known later.
    FactsMember as "FactValues": UntypedValue, schema::fact_values, "an object of facts",
        |raw, pointer, faults| faults.read_untyped(raw, pointer, Ok);
    /// Names of facts.
    NamesMember as "FactNames": Vec<FieldName>, schema::fact_names, "an array of names of facts",
        |raw, pointer, faults| faults.read_untyped(raw, pointer, |value| read_names(&value, pointer));
}

fn read_bool(raw: &RawValue, pointer: &str, faults: &mut RequestFaults) -> Option<bool> {
    let value = serde_json::from_str(raw.get()).ok();
    if value.is_none() {
        faults.add(InputError::expecting(pointer, "this is neither true nor false", "true or false"));
    }
    value
}

fn expected_letters(most: usize) -> String {
    format!("a string of 1 to {most} letters")
}

fn read_letters(raw: &RawValue, pointer: &str, most: usize, faults: &mut RequestFaults) -> Option<String> {
    let fits = |text: &str| (1..=most).contains(&text.chars().count()).then(|| text.to_owned());
    faults.read_text(raw, pointer, &expected_letters(most), fits)
}

fn expected_codes() -> String {
    format!("an array of 1 to {PLACES_MAX} codes such as [\"CN-4403\"]")
}

fn read_codes(raw: &RawValue, pointer: &str, faults: &mut RequestFaults) -> Option<Vec<JurisdictionCode>> {
    let texts: Option<Vec<String>> = serde_json::from_str(raw.get()).ok();
    let Some(texts) = texts.filter(|texts| (1..=PLACES_MAX).contains(&texts.len())) else {
        faults.add(InputError::expecting(pointer, "this value is not allowed", expected_codes()));
        return None;
    };
    let codes: Vec<JurisdictionCode> = texts.iter().map_while(|text| JurisdictionCode::new(text).ok()).collect();
    if codes.len() < texts.len() {
        let pointer = format!("{pointer}/{}", codes.len());
        faults.add(InputError::expecting(&pointer, "this value is not allowed", CODE));
        return None;
    }
    Some(codes)
}

/// An id that is a string and none of a recipient is a fault of its own kind (422): what is wrong is not the shape of
/// the request but what the caller would have the log say.
fn read_recipient_member(raw: &RawValue, pointer: &str, faults: &mut RequestFaults) -> Option<Recipient> {
    let value = faults.read_untyped(raw, pointer, Ok)?;
    match read_recipient(&value, pointer) {
        Ok(recipient) => Some(recipient),
        Err(found) if is_wrong_in_id_alone(&value) => {
            found.into_iter().for_each(|fault| faults.add_between_members(fault));
            None
        }
        Err(found) => {
            faults.extend(found);
            None
        }
    }
}

fn is_wrong_in_id_alone(recipient: &UntypedValue) -> bool {
    let UntypedValue::Object(members) = recipient else { return false };
    let text = |name: &str| {
        members.iter().find_map(|(known, value)| match value {
            UntypedValue::Text(text) if known == name => Some(text.as_str()),
            _ => None,
        })
    };
    let has_kind = text("kind").and_then(RecipientKind::parse).is_some();
    members.len() == 2 && has_kind && text("id").is_some()
}
