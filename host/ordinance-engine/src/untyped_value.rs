//! A value from a caller, before its type is known. Numbers keep their text, so that no digit is lost.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::input_error::InputError;
use crate::json_path::{JsonPath, Step};

/// A value whose type isn't known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UntypedValue {
    /// `null`: the value is unknown.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as the caller wrote it.
    Number(String),
    /// A string; in TOML also a date.
    Text(String),
    /// An array.
    List(Vec<UntypedValue>),
    /// An object, in the order in which it was written; no name occurs twice.
    Object(Vec<(String, UntypedValue)>),
}

/// How deep values may be nested.
const DEPTH_MAX: usize = 16;

/// An object of JSON whose values aren't read yet.
pub struct RawObject<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

/// A string of JSON, borrowed from the input unless it has an escape.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct RawText<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl<'de> Deserialize<'de> for RawObject<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = RawObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((RawText(name), value)) = map.next_entry()? {
                    entries.push((name, value));
                }
                Ok(RawObject(entries))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

impl UntypedValue {
    /// Reads a JSON value; `pointer` is its JSON pointer.
    ///
    /// # Errors
    /// Values nested too deep, and objects in which a name occurs twice.
    pub fn from_json(raw: &RawValue, pointer: &str) -> Result<Self, InputError> {
        read_json(raw, &JsonPath::root(pointer))
    }

    /// Reads a TOML value. A float is read as its shortest decimal text.
    #[must_use]
    pub fn from_toml(value: &toml::Value) -> Self {
        match value {
            toml::Value::Boolean(yes) => Self::Bool(*yes),
            toml::Value::Integer(number) => Self::Number(number.to_string()),
            toml::Value::Float(number) => Self::Number(number.to_string()),
            toml::Value::String(text) => Self::Text(text.clone()),
            toml::Value::Datetime(day) => Self::Text(day.to_string()),
            toml::Value::Array(items) => Self::List(items.iter().map(Self::from_toml).collect()),
            toml::Value::Table(table) => {
                Self::Object(table.iter().map(|(name, value)| (name.clone(), Self::from_toml(value))).collect())
            }
        }
    }

    /// What it is, for an error message; never its value.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

fn read_json(raw: &RawValue, path: &JsonPath<'_>) -> Result<UntypedValue, InputError> {
    if path.depth > DEPTH_MAX {
        return Err(InputError::new(&path.pointer(), format!("values are nested more than {DEPTH_MAX} deep")));
    }
    let text = raw.get();
    let unreadable = |error: serde_json::Error| {
        InputError::new(&path.pointer(), format!("not valid JSON here ({})", in_words(&error)))
    };
    Ok(match text.as_bytes().first() {
        Some(b'n') => UntypedValue::Null,
        Some(b't') => UntypedValue::Bool(true),
        Some(b'f') => UntypedValue::Bool(false),
        Some(b'"') => UntypedValue::Text(serde_json::from_str(text).map_err(unreadable)?),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(unreadable)?;
            let read = |(index, item): (usize, &&RawValue)| read_json(item, &path.below(Step::Index(index)));
            UntypedValue::List(items.iter().enumerate().map(read).collect::<Result<_, _>>()?)
        }
        Some(b'{') => {
            let RawObject(entries) = serde_json::from_str(text).map_err(unreadable)?;
            if let Some(name) = repeated_name(&entries) {
                let pointer = path.below(Step::Name(name)).pointer();
                return Err(InputError::new(&pointer, "this name stands in the object twice"));
            }
            let mut read: Vec<UntypedValue> = Vec::with_capacity(entries.len());
            for (name, value) in &entries {
                read.push(read_json(value, &path.below(Step::Name(name)))?);
            }
            UntypedValue::Object(entries.into_iter().map(|(name, _)| name.into_owned()).zip(read).collect())
        }
        Some(_) | None => UntypedValue::Number(text.to_owned()),
    })
}

/// The entries of an object up to which its names are compared with each other.
const FEW_ENTRIES: usize = 16;

/// The first name that two entries of an object have.
fn repeated_name<'e>(entries: &'e [(Cow<'_, str>, &RawValue)]) -> Option<&'e str> {
    let mut names = entries.iter().map(|(name, _)| name.as_ref());
    if entries.len() > FEW_ENTRIES {
        let mut seen = HashSet::with_capacity(entries.len());
        return names.find(|name| !seen.insert(*name));
    }
    let stands_before = |at: usize, name: &str| entries.iter().take(at).any(|(before, _)| before == name);
    names.enumerate().find(|(at, name)| stands_before(*at, name)).map(|(_, name)| name)
}

/// What kind of error it is; its own text may quote what the caller sent.
fn in_words(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io => "it can't be read",
        serde_json::error::Category::Syntax => "its syntax is wrong",
        serde_json::error::Category::Data => "it has the wrong type",
        serde_json::error::Category::Eof => "it ends too early",
    }
}
