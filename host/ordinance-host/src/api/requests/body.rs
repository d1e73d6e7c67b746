//! Parses the body of a request once. The type of the body derives `Deserialize`: its fields are the members that a
//! request may have. Each value stays unread, so that a wrong one doesn't hide the faults of the others; unknown and
//! repeated names are faults too.

use std::borrow::Cow;
use std::vec;

use ordinance_domain::name::shortened;
use ordinance_engine::InputError;
use ordinance_engine::json_path::pointer_to;
use ordinance_engine::untyped_value::RawObject;
use serde::de::value::MapDeserializer;
use serde::de::{Deserialize, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use crate::api::problem::RequestError;
use crate::api::requests::faults::RequestFaults;

/// Parses a body; the faults are those of the names of its members.
pub(crate) fn parse_body<'a, B: Deserialize<'a>>(body: &'a [u8]) -> Result<(B, RequestFaults), RequestError> {
    let RawObject(entries) = serde_json::from_slice(body).map_err(|error| not_an_object(body, &error))?;
    let mut faults = RequestFaults::default();
    let body = B::deserialize(Object { entries, faults: &mut faults }).map_err(|error| malformed(&error))?;
    Ok((body, faults))
}

/// The fault of a member that a request may not have.
pub(crate) fn unknown_member(name: &str, known: &[&str]) -> InputError {
    let pointer = pointer_to("", &shortened(name));
    InputError::expecting(&pointer, "a request has no such member", format!("only {}", known.join(", ")))
}

fn malformed(error: &serde_json::Error) -> RequestError {
    RequestError::MalformedJson { line: error.line(), column: error.column() }
}

/// Tells JSON of another type from text that is no JSON.
fn not_an_object(body: &[u8], error: &serde_json::Error) -> RequestError {
    if !error.is_data() {
        return malformed(error);
    }
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(_) => RequestError::InvalidRequest(vec![InputError::expecting("", "this is no object", "an object")]),
        Err(error) => malformed(&error),
    }
}

/// The object of a request, as a deserializer. `deserialize_struct` tells it the names of the members.
struct Object<'de, 'f> {
    entries: Vec<(Cow<'de, str>, &'de RawValue)>,
    faults: &'f mut RequestFaults,
}

impl<'de> Deserializer<'de> for Object<'de, '_> {
    type Error = serde_json::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let mut members: Vec<(&'static str, UnreadValue<'de>)> = Vec::with_capacity(self.entries.len());
        let mut faults: Vec<InputError> = Vec::new();
        for (name, value) in self.entries {
            // One fault for each member that there may be is enough to mend a request by.
            if faults.len() >= known.len() {
                break;
            }
            match known.iter().find(|known| **known == name) {
                None => faults.push(unknown_member(&name, known)),
                Some(known) if members.iter().any(|(earlier, _)| earlier == known) => {
                    faults.push(InputError::new(&pointer_to("", &name), "this name stands in the object twice"));
                }
                Some(known) => members.push((known, UnreadValue(value))),
            }
        }
        self.faults.extend(faults);
        visitor.visit_map(MapDeserializer::new(members.into_iter()))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let members: vec::IntoIter<(Cow<'de, str>, &'de RawValue)> = self.entries.into_iter();
        visitor.visit_map(MapDeserializer::new(members.map(|(name, value)| (name, UnreadValue(value)))))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The value of a member. Unlike a value of JSON it is there even if it is `null`; its reader decides what that means.
struct UnreadValue<'de>(&'de RawValue);

impl<'de> IntoDeserializer<'de, serde_json::Error> for UnreadValue<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for UnreadValue<'de> {
    type Error = serde_json::Error;

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.into_deserializer().deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.into_deserializer().deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
