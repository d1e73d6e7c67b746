//! Decision tables, of which it is known which rows match. Where it isn't known whether one does, the result is what
//! all possible results have in common.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::failure::Failure;
use crate::operators::{self, Truth};
use crate::value::Value;

/// A row that matches or may match, with its outputs.
#[derive(Debug, Clone)]
pub struct Match {
    /// Whether it does; never false or null.
    pub truth: Truth,
    /// Its output: a value, or a context.
    pub outputs: Value,
}

impl Match {
    /// Whether it certainly matches.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.truth == Truth::True
    }
}

/// The first row that matches, else the default; of a complete table without a default the last row that may match
/// does.
#[must_use]
pub fn first_of(matches: &[Match], default: Option<Value>) -> Value {
    let otherwise = matches.iter().rev().fold(default, |otherwise, found| match otherwise {
        Some(otherwise) if !found.is_certain() => {
            Some(operators::agree(&found.truth.value(), &found.outputs, &otherwise))
        }
        Some(_) | None => Some(found.outputs.clone()),
    });
    otherwise.unwrap_or(Value::Failed(Failure::NoSingleRow))
}

/// The only row that matches. Two that certainly match are a failure; where one does, no other can.
#[must_use]
pub fn unique(matches: &[Match], default: Option<Value>) -> Value {
    let mut certain = matches.iter().filter(|found| found.is_certain());
    match (certain.next(), certain.next()) {
        (Some(_), Some(_)) => Value::Failed(Failure::NoSingleRow),
        (Some(found), None) => found.outputs.clone(),
        (None, _) => first_of(matches, default),
    }
}

/// The outputs of all rows that match, which have to be the same.
#[must_use]
pub fn any(matches: &[Match], default: Option<Value>) -> Value {
    let mut certain = matches.iter().filter(|found| found.is_certain());
    let Some(first) = certain.next() else { return first_of(matches, default) };
    let agreed =
        certain.fold(Truth::True, |all, other| all.and(Truth::of(&operators::equal(&first.outputs, &other.outputs))));
    match agreed {
        Truth::False => return Value::Failed(Failure::NoSingleRow),
        Truth::Failed(failure) => return Value::Failed(failure),
        Truth::Unknown | Truth::Null => return Value::Unknown,
        Truth::True => (),
    }
    let possible = matches.iter().filter(|found| !found.is_certain());
    possible.fold(first.outputs.clone(), |all, other| operators::agree(&other.truth.value(), &all, &other.outputs))
}

/// The list of the outputs of all rows that match, with those that may match; the default alone if none does.
#[must_use]
pub fn all_of(matches: &[Match], default: Option<Value>) -> Value {
    if let Some(failure) = failure_of(matches) {
        return failure;
    }
    if matches.is_empty() {
        return match default {
            None | Some(Value::Null) => Value::Null,
            Some(default) => Value::list([default].into()),
        };
    }
    if default.is_some() && !matches.iter().any(Match::is_certain) {
        return Value::Unknown;
    }
    let item = |found: &Match| {
        let outputs = found.outputs.clone();
        if found.is_certain() { outputs } else { Value::Perhaps(Rc::new(outputs)) }
    };
    Value::list(matches.iter().map(item).collect())
}

fn failure_of(matches: &[Match]) -> Option<Value> {
    matches.iter().find_map(|found| match found.truth {
        Truth::Failed(failure) => Some(Value::Failed(failure)),
        Truth::False | Truth::True | Truth::Unknown | Truth::Null => None,
    })
}

/// Rows that can't be sorted: what the table is then, unknown or a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsortedError(pub Value);

/// Sorts rows by the priority of their outputs: for each output its values, first one first. Rows of the same priority
/// keep their order.
///
/// # Errors
/// [`UnsortedError`] if the rank of a row isn't known, or comparing it fails.
pub fn sort_by_priority(matches: &[Match], priorities: &[&[Value]]) -> Result<Vec<Match>, UnsortedError> {
    let mut sorted: Vec<(Vec<usize>, Match)> = Vec::with_capacity(matches.len());
    for found in matches {
        let ranks = ranks(&found.outputs, priorities)?;
        // Few rows match, and a sort of the standard library calls through tables.
        let at = sorted.iter().rposition(|(other, _)| *other <= ranks).map_or(0, |at| at + 1);
        sorted.insert(at, (ranks, found.clone()));
    }
    Ok(sorted.into_iter().map(|(_, found)| found).collect())
}

/// The place of each output among its values in the order of priority, from 0.
fn ranks(outputs: &Value, priorities: &[&[Value]]) -> Result<Vec<usize>, UnsortedError> {
    let mut ranks = Vec::with_capacity(priorities.len());
    for (index, values) in priorities.iter().enumerate() {
        let output = if priorities.len() == 1 { outputs } else { operators::field(outputs, index) };
        let mut rank = values.len();
        for (at, value) in values.iter().enumerate() {
            match Truth::of(&operators::equal(output, value)) {
                Truth::True => {
                    rank = at;
                    break;
                }
                Truth::False | Truth::Null => (),
                Truth::Unknown => return Err(UnsortedError(Value::Unknown)),
                Truth::Failed(failure) => return Err(UnsortedError(Value::Failed(failure))),
            }
        }
        ranks.push(rank);
    }
    Ok(ranks)
}
