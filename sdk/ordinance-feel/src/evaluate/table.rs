//! Computes decision tables. Where it isn't known whether a row matches, the result is what all possible results have
//! in common.

use ordinance_feel_runtime::operators::{self, Truth};
use ordinance_feel_runtime::tables::{Match, UnsortedError, all_of, any, first_of, sort_by_priority, unique};
use ordinance_feel_runtime::{Builtin, Value};

use super::evaluator::{Evaluator, context_of};
use crate::tree::{Aggregation, Expr, HitPolicy, Row, Table};

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
            HitPolicy::Priority => match sort_by_priority(&matches, &priorities(table)) {
                Ok(sorted) => first_of(&sorted, default),
                Err(UnsortedError(value)) => value,
            },
            HitPolicy::OutputOrder => match sort_by_priority(&matches, &priorities(table)) {
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

fn priorities(table: &Table) -> Vec<&[Value]> {
    table.priorities.iter().map(Vec::as_slice).collect()
}

/// One number of the outputs of all rows that match.
fn aggregate(aggregation: Aggregation, matches: &[Match], default: Option<Value>) -> Value {
    let function = function_of(aggregation);
    let counts_none = matches!(function, Builtin::Count) && matches!(default, None | Some(Value::Null));
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

fn function_of(aggregation: Aggregation) -> Builtin {
    match aggregation {
        Aggregation::Sum => Builtin::Sum,
        Aggregation::Min => Builtin::Min,
        Aggregation::Max => Builtin::Max,
        Aggregation::Count => Builtin::Count,
    }
}
