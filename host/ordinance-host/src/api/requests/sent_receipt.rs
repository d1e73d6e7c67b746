//! A receipt as a person sends it back: what shows on what was decided. The rest of it may be left out, and isn't read.

use std::borrow::Cow;

use ordinance_engine::InputError;
use ordinance_engine::untyped_value::{RawObject, RawText};
use ordinance_receipt::DecidedCase;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::api::requests::faults::RequestFaults;
use crate::api::schema::RECORD_NUMBER_MAX;

pub(crate) const EXPECTED_ID: &str = "a UUID such as \"01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b\"";
const EXPECTED_TEXT: &str = "the string of the receipt, unchanged";
const EXPECTED_INDEX: &str = "the number of the record, from 0";

/// A receipt that was sent.
#[derive(Debug)]
pub(crate) struct SentReceipt {
    /// As it was sent.
    pub(crate) raw: Box<RawValue>,
    id: Uuid,
    request: String,
    answer: String,
    pub(crate) salt: String,
    pub(crate) leaf: String,
    pub(crate) index: u64,
}

impl SentReceipt {
    /// What of it shows on what was decided.
    pub(crate) fn decided_case(&self) -> DecidedCase<'_> {
        DecidedCase {
            id: self.id,
            request: &self.request,
            answer: &self.answer,
            salt: &self.salt,
            leaf: &self.leaf,
            index: self.index,
        }
    }

    /// Reads the members that are needed.
    pub(crate) fn read(raw: &RawValue, pointer: &str, faults: &mut RequestFaults) -> Option<Self> {
        let members = Members::read(raw, pointer, faults)?;
        let id = members.read_with("id", EXPECTED_ID, faults, |raw| read_uuid(&text_of(raw)?));
        let mut text = |name| members.read_with(name, EXPECTED_TEXT, faults, text_of);
        let (request, answer, salt, leaf) = (text("request"), text("answer"), text("salt"), text("leaf"));
        let log = members.required("log", "an object with `index`", faults);
        let log = log.and_then(|log| Members::read(log, &members.pointer("log"), faults));
        let index = log.and_then(|log| log.read_with("index", EXPECTED_INDEX, faults, read_index));
        Some(Self {
            raw: raw.to_owned(),
            id: id?,
            request: request?,
            answer: answer?,
            salt: salt?,
            leaf: leaf?,
            index: index?,
        })
    }
}

/// Reads a UUID as it is written with hyphens.
pub(crate) fn read_uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}

fn text_of(raw: &RawValue) -> Option<String> {
    serde_json::from_str::<RawText<'_>>(raw.get()).ok().map(|RawText(text)| text.into_owned())
}

/// A whole number, which JSON may also write with a point or an exponent.
fn read_index(raw: &RawValue) -> Option<u64> {
    let number: serde_json::Number = serde_json::from_str(raw.get()).ok()?;
    let whole = || {
        let number = number.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    };
    number.as_u64().or_else(whole).filter(|number| *number <= RECORD_NUMBER_MAX)
}

/// The members of an object.
struct Members<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    pointer: String,
}

impl<'a> Members<'a> {
    fn read(raw: &'a RawValue, pointer: &str, faults: &mut RequestFaults) -> Option<Self> {
        match serde_json::from_str(raw.get()) {
            Ok(RawObject(entries)) => Some(Self { entries, pointer: pointer.to_owned() }),
            Err(_) => {
                faults.add(InputError::expecting(pointer, "this is no object", "an object"));
                None
            }
        }
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    fn required(&self, name: &str, expected: &str, faults: &mut RequestFaults) -> Option<&'a RawValue> {
        let found = self.entries.iter().find(|(known, _)| known == name).map(|(_, raw)| *raw);
        if found.is_none() {
            faults.add(InputError::expecting(&self.pointer(name), "this member is missing", expected));
        }
        found
    }

    fn read_with<T>(
        &self,
        name: &str,
        expected: &str,
        faults: &mut RequestFaults,
        read: impl Fn(&RawValue) -> Option<T>,
    ) -> Option<T> {
        let value = read(self.required(name, expected, faults)?);
        if value.is_none() {
            faults.add(InputError::expecting(&self.pointer(name), "this value is not allowed", expected));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(text: &str) -> Option<u64> {
        read_index(&RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn a_number_of_a_record_is_whole_however_json_writes_it() {
        assert_eq!([index("7"), index("7.0"), index("7e2"), index("0")], [Some(7), Some(7), Some(700), Some(0)]);
        for none in ["-1", "7.5", "9007199254740992", "1e300", "\"7\"", "null", "true"] {
            assert_eq!(index(none), None, "{none}");
        }
    }
}
