//! The JSON Schemas that `ordinance schema` prints, against every file of the rulebooks here: what the parsers take
//! fits the schema of its kind, and an unknown key doesn't.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{root, run, scratch, text_of};

/// The part of JSON Schema (draft 7) that the schemas use. Returns the path of the first misfit.
fn misfit(schema: &Value, value: &Value, whole: &Value, path: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = whole.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return misfit(target, value, whole, path);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Some(found) = misfit(part, value, whole, path) {
            return Some(found);
        }
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let found: Vec<String> = choices.iter().filter_map(|choice| misfit(choice, value, whole, path)).collect();
        if found.len() == choices.len() {
            return Some(format!("{path}: none of {found:?}"));
        }
    }
    if let Some(condition) = schema.get("if")
        && misfit(condition, value, whole, path).is_none()
        && let Some(found) = misfit(&schema["then"], value, whole, path)
    {
        return Some(found);
    }
    if let Some(other) = schema.get("not")
        && misfit(other, value, whole, path).is_none()
    {
        return Some(format!("{path}: must not fit"));
    }
    let is_of = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        other => panic!("no type {other}"),
    };
    let is_typed = match &schema["type"] {
        Value::Null => true,
        Value::String(name) => is_of(name),
        names => names.as_array().unwrap().iter().any(|name| is_of(name.as_str().unwrap())),
    };
    let has_length = |key: &str, length: usize| schema[key].as_u64().is_none_or(|least| length as u64 >= least);
    let is_named = schema["enum"].as_array().is_none_or(|words| words.contains(value));
    if !is_typed || !is_named || !value.as_str().is_none_or(|text| has_length("minLength", text.len())) {
        return Some(format!("{path}: {value}"));
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && value.as_str().is_some_and(|text| !matches(pattern, text))
    {
        return Some(format!("{path}: {value} isn't {pattern}"));
    }
    misfit_within(schema, value, whole, path)
}

/// The first misfit of the items of an array, or of the members of an object.
fn misfit_within(schema: &Value, value: &Value, whole: &Value, path: &str) -> Option<String> {
    let inner = |schema: &Value, value: &Value, at: &str| misfit(schema, value, whole, &format!("{path}/{at}"));
    let has_length = |key: &str, length: usize| schema[key].as_u64().is_none_or(|least| length as u64 >= least);
    let item = |(index, item)| inner(&schema["items"], item, &format!("{index}"));
    if let Some(found) = value.as_array().and_then(|items| items.iter().enumerate().find_map(item)) {
        return Some(found);
    }
    let members = value.as_object()?;
    let required = schema["required"].as_array().into_iter().flatten();
    if let Some(missing) = required.map(|name| name.as_str().unwrap()).find(|name| !members.contains_key(*name)) {
        return Some(format!("{path}: lacks {missing}"));
    }
    if !has_length("minProperties", members.len()) {
        return Some(format!("{path}: is empty"));
    }
    members.iter().find_map(|(name, member)| {
        if let Some(pattern) = schema["propertyNames"]["pattern"].as_str()
            && !matches(pattern, name)
        {
            return Some(format!("{path}: the name {name}"));
        }
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(known), _) => inner(known, member, name),
            (None, Value::Bool(false)) => Some(format!("{path}: unknown {name}")),
            (None, other) => inner(other, member, name),
        }
    })
}

/// The few patterns of the schemas.
fn matches(pattern: &str, text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let all = |is: fn(char) -> bool| text.chars().all(|c| is(c) || c.is_ascii_digit());
    match pattern {
        "^https://" => text.starts_with("https://"),
        "^[a-z][a-z0-9_]*$" => begins && all(|c| c.is_ascii_lowercase() || c == '_'),
        "^[a-z][a-z0-9-]*$" => begins && all(|c| c.is_ascii_lowercase() || c == '-'),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => text.len() == 10 && all(|c| c == '-'),
        "^[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}$" => text.split('.').count() == 3 && all(|c| c == '.'),
        pattern if pattern.starts_with("\\.(") => text.contains('.'),
        other => panic!("no pattern {other}"),
    }
}

fn schema(kind: &str) -> Value {
    let printed = run(&["schema", kind]);
    assert!(printed.status.success(), "{}", text_of(&printed));
    serde_json::from_slice(&printed.stdout).unwrap()
}

/// TOML as the JSON that editors check: a day is a text.
fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(day) => json!(day.to_string()),
        toml::Value::Array(items) => items.iter().map(json_of).collect(),
        toml::Value::Table(table) => table.iter().map(|(name, value)| (name.clone(), json_of(value))).collect(),
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(yes) => json!(yes),
    }
}

/// The files beneath a folder.
fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            files_in(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
}

/// The kind of file that a path names, if it is one with a schema.
fn kind_of(path: &Path) -> Option<&'static str> {
    let folder = path.parent()?.file_name()?.to_str()?;
    match path.file_name()?.to_str()? {
        "rule.toml" => Some("rule"),
        "facts.toml" => Some("facts"),
        _ if folder == "services" => Some("service"),
        _ if folder == "cases" => Some("case"),
        _ => None,
    }
}

/// The manifests of scenarios that are about a mistake in them.
const WRONG: [&str; 3] = [
    "privacy-kind-misspelt/N/guard/rule.toml",
    "privacy-manifest-unreadable/N/guard/rule.toml",
    "manifest-unreadable/N-1/benefit/rule.toml",
];

#[test]
fn every_file_of_the_rulebooks_here_fits_the_schema_of_its_kind() {
    let mut files = Vec::new();
    files_in(&root().join("plugins"), &mut files);
    files_in(&root().join("tests/scenarios"), &mut files);
    let mut counts = BTreeMap::new();
    let schemas: BTreeMap<_, _> =
        ["rule", "facts", "service", "case"].into_iter().map(|kind| (kind, schema(kind))).collect();
    for path in files {
        let Some(kind) = kind_of(&path) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let table: toml::Value = toml::from_str(&text).unwrap();
        let found = misfit(&schemas[kind], &json_of(&table), &schemas[kind], "");
        if WRONG.iter().any(|wrong| path.ends_with(wrong)) {
            assert!(found.is_some(), "{}", path.display());
        } else {
            assert_eq!(found, None, "{}", path.display());
        }
        *counts.entry(kind).or_insert(0) += 1;
    }
    for (kind, least) in [("rule", 100), ("case", 50), ("facts", 5), ("service", 5)] {
        assert!(counts[kind] >= least, "{counts:?}");
    }
}

#[test]
fn what_the_parsers_refuse_the_schema_refuses() {
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    assert!(run(&["new", "NZ/benefit", "--dir", dir]).status.success());
    let files = [
        ("rule", "NZ/benefit/rule.toml", "\n[grants]\namount = \"1\"\n"),
        ("rule", "NZ/benefit/rule.toml", "\n[tables.band]\ncolumns = []\n"),
        ("rule", "NZ/benefit/rule.toml", "\n[tables.band]\nhit = \"last\"\n"),
        (
            "facts",
            "facts.toml",
            "\n[size]\ntype = \"integer\"\nleast = 0\ntitles = { en = \"Size\" }\nsensitivity = \"personal\"\n",
        ),
        ("service", "services/benefit.toml", "\n[privacy]\nreaching = \"all\"\n"),
        (
            "case",
            "NZ/benefit/cases/first.toml",
            "\n[[cases]]\nname = \"a\"\nas_of = 2026-01-01\nfact = {}\nexpect = { outcome = \"eligible\" }\n",
        ),
    ];
    for (kind, file, added) in files {
        let schema = schema(kind);
        let path = book.join(file);
        let good = fs::read_to_string(&path).unwrap();
        let fits = |text: &str| misfit(&schema, &json_of(&toml::from_str(text).unwrap()), &schema, "");
        assert_eq!(fits(&good), None, "{file}");
        let wrong = format!("{good}{added}");
        assert!(fits(&wrong).is_some(), "{added}");
        fs::write(&path, &wrong).unwrap();
        let refused = run(&["test", dir]);
        assert!(!refused.status.success(), "{added}");
        fs::write(&path, good).unwrap();
    }
}
