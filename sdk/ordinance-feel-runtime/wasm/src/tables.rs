//! Decision tables: the rows that match are collected, and then looked at together.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ordinance_feel_runtime::Value;
use ordinance_feel_runtime::operators::Truth;
use ordinance_feel_runtime::tables::{Match, UnsortedError, all_of, any, first_of, sort_by_priority};

use crate::memory::keep;

/// The rows of a table that match or may match.
type Rows = Vec<Match>;

#[unsafe(export_name = "table.new")]
extern "C" fn table_new() -> &'static mut Rows {
    Box::leak(Box::new(Vec::new()))
}

#[unsafe(export_name = "table.push")]
extern "C" fn table_push(table: &'static mut Rows, truth: &'static Value, outputs: &'static Value) {
    table.push(Match { truth: Truth::of(truth), outputs: outputs.clone() });
}

#[unsafe(export_name = "table.any")]
extern "C" fn table_any(table: &'static mut Rows, default: Option<&'static Value>) -> &'static Value {
    keep(any(table, default.cloned()))
}

/// The rows by their priority, where they can be sorted.
fn sorted(table: &Rows, priorities: &Value) -> Result<Rows, UnsortedError> {
    let priorities: Vec<&[Value]> = priorities.items().iter().map(Value::items).collect();
    sort_by_priority(table, &priorities)
}

#[unsafe(export_name = "table.priority")]
extern "C" fn table_priority(
    table: &'static mut Rows,
    priorities: &'static Value,
    default: Option<&'static Value>,
) -> &'static Value {
    keep(match sorted(table, priorities) {
        Ok(sorted) => first_of(&sorted, default.cloned()),
        Err(UnsortedError(value)) => value,
    })
}

#[unsafe(export_name = "table.output_order")]
extern "C" fn table_output_order(
    table: &'static mut Rows,
    priorities: &'static Value,
    default: Option<&'static Value>,
) -> &'static Value {
    keep(match sorted(table, priorities) {
        Ok(sorted) => all_of(&sorted, default.cloned()),
        Err(UnsortedError(value)) => value,
    })
}
