//! Functions that look into lists and make lists.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::failure::Failure;
use crate::operators::{Truth, equal_truth};
use crate::value::{Value, misfit, strict};

/// What decides the result of a function of a list: a failure, null, or that it or one of its items' presence isn't
/// known.
fn strict_list(list: &Value, others: &[&Value]) -> Option<Value> {
    let early = strict(others);
    match (strict(&[list]), early) {
        (Some(failed @ Value::Failed(_)), _) | (_, Some(failed @ Value::Failed(_))) => Some(failed),
        (Some(Value::Null), _) | (_, Some(Value::Null)) => Some(Value::Null),
        (Some(unknown), _) | (_, Some(unknown)) => Some(unknown),
        (None, None) => list.items().iter().any(|item| matches!(item, Value::Perhaps(_))).then_some(Value::Unknown),
    }
}

/// `list contains(list, element)`
#[must_use]
pub fn list_contains(list: &Value, element: &Value) -> Value {
    if let Some(early) = strict_list(list, &[]) {
        return early;
    }
    list.items().iter().fold(Truth::False, |found, item| found.or(equal_truth(item, element))).value()
}

/// `index of(list, match)`: the numbers of the items that equal it, from 1.
#[must_use]
pub fn index_of(list: &Value, element: &Value) -> Value {
    if let Some(early) = strict_list(list, &[]) {
        return early;
    }
    let mut found = Vec::new();
    for (item, number) in list.items().iter().zip(1..) {
        match equal_truth(item, element) {
            Truth::True => found.push(Value::integer(number)),
            Truth::False | Truth::Null => (),
            undecided @ (Truth::Unknown | Truth::Failed(_)) => return undecided.value(),
        }
    }
    Value::list(found)
}

/// The index of a position: from 1, or from the end if it is negative; what is behind its point is cut off. `None` if
/// no item is there.
fn index(position: &Value, length: usize) -> Option<usize> {
    let Value::Number(number) = position else { return None };
    let number = number.truncated()?;
    let from_begin = usize::try_from(number.unsigned_abs()).ok()?.checked_sub(1)?;
    if from_begin >= length {
        return None;
    }
    Some(if number > 0 { from_begin } else { length - 1 - from_begin })
}

/// What a position is that no item has.
fn wrong_position(position: &Value) -> Value {
    match position {
        Value::Number(_) => Value::Failed(Failure::NotInDomain),
        _ => Value::Failed(Failure::TypesDontFit),
    }
}

/// `sublist(list, start position, length?)`
#[must_use]
pub fn sublist(list: &Value, start: &Value, length: Option<&Value>) -> Value {
    let early = match length {
        Some(length) => strict_list(list, &[start, length]),
        None => strict_list(list, &[start]),
    };
    if let Some(early) = early {
        return early;
    }
    let items = list.items();
    let Some(first) = index(start, items.len()) else { return wrong_position(start) };
    let rest = items.get(first..).unwrap_or(&[]);
    let taken = match length {
        None => Some(rest),
        // The last item of the part has to be there.
        Some(length) => match length {
            Value::Number(number) if number.truncated() == Some(0) => Some(&[][..]),
            Value::Number(number) if !number.negative => index(length, rest.len()).and_then(|last| rest.get(..=last)),
            _ => None,
        },
    };
    match (taken, length) {
        (Some(taken), _) => Value::List(Rc::from(taken)),
        (None, length) => wrong_position(length.unwrap_or(start)),
    }
}

/// `append(list, item...)`
#[must_use]
pub fn append(list: &Value, items: &[Value]) -> Value {
    if let Some(early) = strict(&[list]) {
        return early;
    }
    Value::list(list.items().iter().chain(items).cloned().collect())
}

/// `concatenate(list...)`
#[must_use]
pub fn concatenate(lists: &[Value]) -> Value {
    let lists_known: Vec<&Value> = lists.iter().collect();
    if let Some(early) = strict(&lists_known) {
        return early;
    }
    Value::list(lists.iter().flat_map(Value::items).cloned().collect())
}

/// What a function makes of the items of a list and the index that a position means.
fn at_position(list: &Value, position: &Value, change: impl FnOnce(&mut Vec<Value>, usize)) -> Value {
    if let Some(early) = strict_list(list, &[position]) {
        return early;
    }
    let mut items = list.items().to_vec();
    let Some(index) = index(position, items.len()) else { return wrong_position(position) };
    change(&mut items, index);
    Value::list(items)
}

/// `insert before(list, position, newItem)`
#[must_use]
pub fn insert_before(list: &Value, position: &Value, item: &Value) -> Value {
    at_position(list, position, |items, index| items.insert(index.min(items.len()), item.clone()))
}

/// `remove(list, position)`
#[must_use]
pub fn remove(list: &Value, position: &Value) -> Value {
    at_position(list, position, |items, index| drop(items.drain(index..=index)))
}

/// `list replace(list, position, newItem)`
#[must_use]
pub fn list_replace(list: &Value, position: &Value, item: &Value) -> Value {
    at_position(list, position, |items, index| {
        if let Some(slot) = items.get_mut(index) {
            *slot = item.clone();
        }
    })
}

/// `reverse(list)`
#[must_use]
pub fn reverse(list: &Value) -> Value {
    if let Some(early) = strict(&[list]) {
        return early;
    }
    Value::list(list.items().iter().rev().cloned().collect())
}

/// `distinct values(list)`: without items that equal one before them.
#[must_use]
pub fn distinct_values(list: &Value) -> Value {
    if let Some(early) = strict_list(list, &[]) {
        return early;
    }
    let mut found: Vec<Value> = Vec::new();
    for item in list.items() {
        match found.iter().fold(Truth::False, |known, other| known.or(equal_truth(item, other))) {
            Truth::True => (),
            Truth::False | Truth::Null => found.push(item.clone()),
            undecided @ (Truth::Unknown | Truth::Failed(_)) => return undecided.value(),
        }
    }
    Value::list(found)
}

/// `union(list...)`: the distinct values of all lists.
#[must_use]
pub fn union(lists: &[Value]) -> Value {
    distinct_values(&concatenate(lists))
}

/// `flatten(list)`: the items of all lists within lists, in their order.
#[must_use]
pub fn flatten(list: &Value) -> Value {
    if let Some(early) = strict_list(list, &[]) {
        return early;
    }
    let mut found = Vec::new();
    // Lists are taken apart from a stack, so that their depth doesn't matter.
    let mut open: Vec<&Value> = list.items().iter().rev().collect();
    while let Some(item) = open.pop() {
        match item {
            Value::List(items) => open.extend(items.iter().rev()),
            Value::Perhaps(_) => return Value::Unknown,
            item => found.push(item.clone()),
        }
    }
    Value::list(found)
}

/// `string join(list, delimiter?)`: null items are left out.
#[must_use]
pub fn string_join(list: &Value, delimiter: Option<&Value>) -> Value {
    let delimiter = match delimiter {
        None | Some(Value::Null) => "",
        Some(Value::Text(delimiter)) => delimiter,
        Some(other) => return misfit(&[list, other]),
    };
    if let Some(early) = strict_list(list, &[]) {
        return early;
    }
    let mut text = alloc::string::String::new();
    let mut is_first = true;
    let mut unknown = None;
    for item in list.items() {
        match item {
            Value::Null => continue,
            Value::Text(part) => {
                if !is_first {
                    text.push_str(delimiter);
                }
                text.push_str(part);
                is_first = false;
            }
            other => match misfit(&[other]) {
                Value::Unknown => unknown = Some(Value::Unknown),
                failed => return failed,
            },
        }
    }
    unknown.unwrap_or_else(|| Value::text(&text))
}
