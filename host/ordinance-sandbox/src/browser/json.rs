//! Values between this crate and the page, as JSON of the form in which `js-component-bindgen` takes and gives them:
//! records with names in `camelCase`, variants with `tag` and `val`, absent options as `null`. Numbers of 64 bits are
//! `{"$int64": "..."}`, which the page turns into a `BigInt` and back; no field has such a name.

use ordinance_domain::rule_type::IntegerType;
use serde_json::{Map, Value, json};

use super::shape::Shape;
use crate::lower::lower_integer;
use crate::val::Val;

const INT64: &str = "$int64";

/// The arguments of a call, as a list.
pub(crate) fn written(arguments: &[Val]) -> String {
    Value::Array(arguments.iter().map(value).collect()).to_string()
}

/// The value that a rule returned; `None` if it doesn't have the shape of its type.
pub(crate) fn read_value(text: &str, shape: &Shape) -> Option<Val> {
    read(&serde_json::from_str(text).ok()?, shape)
}

fn value(of: &Val) -> Value {
    match of {
        Val::Bool(yes) => json!(yes),
        Val::U8(number) => json!(number),
        Val::S8(number) => json!(number),
        Val::U16(number) => json!(number),
        Val::S16(number) => json!(number),
        Val::U32(number) => json!(number),
        Val::S32(number) => json!(number),
        Val::U64(number) => json!({ INT64: number.to_string() }),
        Val::S64(number) => json!({ INT64: number.to_string() }),
        Val::String(text) | Val::Enum(text) => json!(text),
        Val::List(items) => Value::Array(items.iter().map(value).collect()),
        Val::Record(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (camel_case(name), value(field))).collect())
        }
        Val::Variant(case, None) => json!({ "tag": case }),
        Val::Variant(case, Some(inner)) => json!({ "tag": case, "val": value(inner) }),
        Val::Option(inner) => inner.as_deref().map_or(Value::Null, value),
    }
}

fn read(found: &Value, shape: &Shape) -> Option<Val> {
    match shape {
        Shape::Bool => found.as_bool().map(Val::Bool),
        Shape::Integer(width) => integer(found, *width),
        Shape::Text => found.as_str().map(|text| Val::String(text.to_owned())),
        Shape::Enum => found.as_str().map(|case| Val::Enum(case.to_owned())),
        Shape::Option(_) if found.is_null() => Some(Val::Option(None)),
        Shape::Option(inner) => Some(Val::Option(Some(Box::new(read(found, inner)?)))),
        Shape::List(item) => {
            found.as_array()?.iter().map(|found| read(found, item)).collect::<Option<_>>().map(Val::List)
        }
        Shape::Record(fields) => {
            let found = found.as_object()?;
            let field = |(name, shape): &(String, Shape)| {
                Some((name.clone(), read(found.get(&camel_case(name)).unwrap_or(&Value::Null), shape)?))
            };
            fields.iter().map(field).collect::<Option<_>>().map(Val::Record)
        }
        Shape::Variant(cases) => variant(found.as_object()?, cases),
    }
}

fn variant(found: &Map<String, Value>, cases: &[(&'static str, Option<Shape>)]) -> Option<Val> {
    let tag = found.get("tag")?.as_str()?;
    let (case, shape) = cases.iter().find(|(case, _)| *case == tag)?;
    let payload = match shape {
        Some(shape) => Some(Box::new(read(found.get("val")?, shape)?)),
        None => None,
    };
    Some(Val::Variant((*case).to_owned(), payload))
}

fn integer(found: &Value, width: IntegerType) -> Option<Val> {
    let written = || found.get(INT64)?.as_str();
    match width {
        IntegerType::U64 => written()?.parse().ok().map(Val::U64),
        IntegerType::S64 => written()?.parse().ok().map(Val::S64),
        narrower => lower_integer(narrower, found.as_i64()?),
    }
}

/// A name of WIT as JavaScript writes it.
fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut whole, word| {
        let mut characters = word.chars();
        whole.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        whole.push_str(characters.as_str());
        whole
    })
}
