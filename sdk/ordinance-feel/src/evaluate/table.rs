//! Computes decision tables. Where it isn't known whether a row matches, the result is what all possible results have
//! in common.

use std::rc::Rc;

use ordinance_feel_runtime::operators::{self, Truth};
use ordinance_feel_runtime::{Builtin, Failure, Value};

use super::evaluator::{Evaluator, context_of};
use crate::tree::{Aggregation, Expr, HitPolicy, Row, Table};

/// A row that matches or may match, with its outputs.
struct Match {
    truth: Truth,
    outputs: Value,
}

impl Match {
    fn is_certain(&self) -> bool {
        self.truth == Truth::True
    }
}

impl Evaluator {
    /// The value of a table. Unless it may be null, or there is a default, one of its rows always matches.
    pub(super) fn table(&mut self, table: &Table, may_be_null: bool) -> Value {
        for (local, input) in &table.inputs {
            let value = self.value(input);
            self.bind(*local, value);
        }
        let stops_at_first = matches!(table.hit, HitPolicy::First);
        let mut matches = Vec::new();
        for row in &table.rows {
            let truth = self.row_matches(row);
            if matches!(truth, Truth::False | Truth::Null) {
                continue;
            }
            matches.push(Match { truth, outputs: self.outputs(table, &row.outputs) });
            if stops_at_first && truth == Truth::True {
                break;
            }
        }
        let default = match &table.default {
            Some(outputs) => Some(self.outputs(table, outputs)),
            None => may_be_null.then_some(Value::Null),
        };
        match table.hit {
            HitPolicy::First => first_of(&matches, default),
            HitPolicy::Unique => unique(&matches, default),
            HitPolicy::Any => any(&matches, default),
            HitPolicy::Priority => match sort_by_priority(matches, &table.priorities) {
                Ok(sorted) => first_of(&sorted, default),
                Err(UnsortedError(value)) => value,
            },
            HitPolicy::OutputOrder => match sort_by_priority(matches, &table.priorities) {
                Ok(sorted) => all_of(&sorted, default),
                Err(UnsortedError(value)) => value,
            },
            HitPolicy::RuleOrder | HitPolicy::Collect(None) => all_of(&matches, default),
            HitPolicy::Collect(Some(aggregation)) => aggregate(aggregation, &matches, default),
        }
    }

    /// Whether all conditions of a row hold; one that is null doesn't.
    fn row_matches(&mut self, row: &Row) -> Truth {
        let mut all = Truth::True;
        for condition in row.conditions.iter().flatten() {
            let truth = match self.truth(condition) {
                Truth::Null => Truth::False,
                truth => truth,
            };
            all = all.and(truth);
            if all == Truth::False {
                break;
            }
        }
        all
    }

    fn outputs(&mut self, table: &Table, outputs: &[Expr]) -> Value {
        let mut values: Vec<Value> = outputs.iter().map(|output| self.value(output)).collect();
        match values.pop() {
            Some(value) if values.is_empty() => value,
            last => {
                values.extend(last);
                context_of(&table.output, values)
            }
        }
    }
}

/// The first row that matches, else the default; of a complete table without a default the last row that may match
/// does.
fn first_of(matches: &[Match], default: Option<Value>) -> Value {
    let otherwise = matches.iter().rev().fold(default, |otherwise, found| match otherwise {
        Some(otherwise) if !found.is_certain() => {
            Some(operators::agree(&found.truth.value(), &found.outputs, &otherwise))
        }
        Some(_) | None => Some(found.outputs.clone()),
    });
    otherwise.unwrap_or(Value::Failed(Failure::NoSingleRow))
}

/// The only row that matches. Two that certainly match are a failure; where one does, no other can.
fn unique(matches: &[Match], default: Option<Value>) -> Value {
    let mut certain = matches.iter().filter(|found| found.is_certain());
    match (certain.next(), certain.next()) {
        (Some(_), Some(_)) => Value::Failed(Failure::NoSingleRow),
        (Some(found), None) => found.outputs.clone(),
        (None, _) => first_of(matches, default),
    }
}

/// The outputs of all rows that match, which have to be the same.
fn any(matches: &[Match], default: Option<Value>) -> Value {
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
fn all_of(matches: &[Match], default: Option<Value>) -> Value {
    if let Some(failure) = failure_of(matches) {
        return failure;
    }
    if matches.is_empty() {
        return match default {
            None | Some(Value::Null) => Value::Null,
            Some(default) => Value::list(vec![default]),
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

/// One number of the outputs of all rows that match.
fn aggregate(aggregation: Aggregation, matches: &[Match], default: Option<Value>) -> Value {
    let function = match aggregation {
        Aggregation::Sum => Builtin::Sum,
        Aggregation::Min => Builtin::Min,
        Aggregation::Max => Builtin::Max,
        Aggregation::Count => Builtin::Count,
    };
    let counts_none = matches!(aggregation, Aggregation::Count) && matches!(default, None | Some(Value::Null));
    if matches.is_empty() && !counts_none {
        return default.unwrap_or(Value::Null);
    }
    let some_match = matches.iter().any(Match::is_certain);
    let list = all_of(matches, None);
    let list = if matches.is_empty() { Value::list(Vec::new()) } else { list };
    let value = function.call(&[list]);
    match default {
        Some(default) if !some_match && !counts_none => operators::agree(&Value::Unknown, &value, &default),
        _ => value,
    }
}

fn failure_of(matches: &[Match]) -> Option<Value> {
    matches.iter().find_map(|found| match found.truth {
        Truth::Failed(failure) => Some(Value::Failed(failure)),
        Truth::False | Truth::True | Truth::Unknown | Truth::Null => None,
    })
}

/// What a table is whose rows can't be sorted: unknown or a failure.
struct UnsortedError(Value);

/// Sorts rows by the priority of their outputs; those of the same priority keep their order.
fn sort_by_priority(matches: Vec<Match>, priorities: &[Vec<Value>]) -> Result<Vec<Match>, UnsortedError> {
    let mut ranked = Vec::with_capacity(matches.len());
    for found in matches {
        ranked.push((ranks(&found.outputs, priorities)?, found));
    }
    ranked.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(ranked.into_iter().map(|(_, found)| found).collect())
}

/// The place of each output among its values in the order of priority, from 0.
fn ranks(outputs: &Value, priorities: &[Vec<Value>]) -> Result<Vec<usize>, UnsortedError> {
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
