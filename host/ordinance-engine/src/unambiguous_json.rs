//! JSON that no two programs read differently: no name stands in an object twice, and nothing is nested so deep that a
//! program may give up.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most arrays and objects in which a value may stand.
pub const DEPTH_MAX: usize = 100;

/// Reads a JSON text.
///
/// # Errors
/// If it is no JSON, names a member of an object twice, has a number that isn't finite, or nests values deeper than
/// [`DEPTH_MAX`].
pub fn read_unambiguous(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = ValueAt { depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Reads a value that stands in this many others.
#[derive(Clone, Copy)]
struct ValueAt {
    depth: usize,
}

impl ValueAt {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth <= DEPTH_MAX { Ok(Self { depth }) } else { Err(E::custom("values are nested too deep")) }
    }
}

impl<'de> DeserializeSeed<'de> for ValueAt {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueAt {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number isn't finite"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(Inside(self))? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Inside(self))?;
            if read.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the member {name:?} stands in an object twice")));
            }
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

/// Reads a value that stands in one at a depth.
struct Inside(ValueAt);

impl<'de> DeserializeSeed<'de> for Inside {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.inside()?.deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_any_program_reads_it() {
        let text = r#"{"a": [1, -2, 0.5, true, null, "\u00e9"], "b": {}}"#;
        assert_eq!(read_unambiguous(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_two_programs_may_read_differently_is_refused() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read_unambiguous(nested(DEPTH_MAX).as_bytes()).is_ok());
        let deep = nested(DEPTH_MAX + 1);
        let faults = [
            (r#"{"a": 1, "a": 1}"#, "the member \"a\" stands in an object twice"),
            (r#"{"a": [{"b\n": 1, "b\u000a": 2}]}"#, "the member \"b\\n\" stands"),
            (&deep, "nested too deep"),
            (r#""\udc00""#, "lone leading surrogate"),
            (r#""\ud800""#, "unexpected end of hex escape"),
            ("NaN", "expected value"),
            ("1e999", "number out of range"),
            ("1 2", "trailing characters"),
        ];
        for (text, reason) in faults {
            let error = read_unambiguous(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
