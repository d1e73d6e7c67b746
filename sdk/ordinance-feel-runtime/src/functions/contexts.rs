//! Functions of contexts.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::failure::Failure;
use crate::value::{Context, Value, misfit, strict};

const OUTSIDE: Value = Value::Failed(Failure::NotInDomain);

fn new_context(entries: Vec<(Rc<str>, Value)>) -> Value {
    Value::Context(Rc::new(Context(entries)))
}

/// `get value(m, key)`; the key may be a list of names that lead into contexts within contexts. Null if there is none.
#[must_use]
pub fn get_value(context: &Value, key: &Value) -> Value {
    if let Some(early) = strict(&[context, key]) {
        return early;
    }
    let mut found = context;
    for name in key.items() {
        match (found, name) {
            (Value::Context(context), Value::Text(name)) => match context.get(name) {
                Some(value) => found = value,
                None => return Value::Null,
            },
            (Value::Null, Value::Text(_)) => return Value::Null,
            _ => return misfit(&[found, name]),
        }
    }
    found.clone()
}

/// `get entries(m)`: a list of contexts with `key` and `value`.
#[must_use]
pub fn get_entries(context: &Value) -> Value {
    let Value::Context(context) = context else { return misfit(&[context]) };
    let entry = |(name, value): &(Rc<str>, Value)| {
        let key = (Rc::from("key"), Value::Text(name.clone()));
        new_context(Vec::from([key, (Rc::from("value"), value.clone())]))
    };
    Value::list(context.0.iter().map(entry).collect())
}

/// `context(entries)`: the context of a list of contexts with `key` and `value`. Keys have to differ.
#[must_use]
pub fn context(entries: &Value) -> Value {
    if let Some(early) = strict(&[entries]) {
        return early;
    }
    let mut made = Context::default();
    for entry in entries.items() {
        let Value::Context(entry) = entry else { return misfit(&[entry]) };
        let (Some(key), Some(value)) = (entry.get("key"), entry.get("value")) else { return OUTSIDE };
        let Value::Text(name) = key else { return misfit(&[key]) };
        if made.get(name).is_some() {
            return OUTSIDE;
        }
        made.0.push((name.clone(), value.clone()));
    }
    Value::Context(Rc::new(made))
}

/// `context put(context, key, value)`: with a value in place of the one of this name, or at the end. The key may be a
/// list of names that lead into contexts within contexts.
#[must_use]
pub fn context_put(context: &Value, key: &Value, value: &Value) -> Value {
    if let Some(early) = strict(&[context, key]) {
        return early;
    }
    let Some((last, way)) = key.items().split_last() else { return OUTSIDE };
    // The contexts on the way, from the outer one.
    let mut outer: Vec<(&Context, &Value)> = Vec::new();
    let mut found = context;
    for name in way {
        let (Value::Context(context), Value::Text(text)) = (found, name) else { return misfit(&[found, name]) };
        outer.push((context, name));
        // Whether it is made, those who implement DMN differ.
        let Some(next) = context.get(text) else { return Value::Failed(Failure::TypesDontFit) };
        found = next;
    }
    let Value::Context(innermost) = found else { return misfit(&[found]) };
    outer.push((innermost, last));
    let mut value = value.clone();
    for (context, name) in outer.into_iter().rev() {
        let Value::Text(name) = name else { return misfit(&[name]) };
        value = Value::Context(Rc::new(with_entry(context, name, value)));
    }
    value
}

fn with_entry(context: &Context, name: &Rc<str>, value: Value) -> Context {
    let mut changed = context.clone();
    match changed.0.iter_mut().find(|(found, _)| found == name) {
        Some((_, slot)) => *slot = value,
        None => changed.0.push((name.clone(), value)),
    }
    changed
}

/// `context merge(contexts)`: of values with the same name the last.
#[must_use]
pub fn context_merge(contexts: &Value) -> Value {
    if let Some(early) = strict(&[contexts]) {
        return early;
    }
    let mut merged = Context::default();
    for context in contexts.items() {
        let Value::Context(context) = context else { return misfit(&[context]) };
        for (name, value) in &context.0 {
            merged = with_entry(&merged, name, value.clone());
        }
    }
    Value::Context(Rc::new(merged))
}
