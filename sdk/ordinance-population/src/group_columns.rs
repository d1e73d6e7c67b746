//! The groups of the rows of a batch: rows with the same cell are of the same group, whose name is read once.

use std::collections::HashMap;
use std::hash::Hash;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{Engine, Rulebook};
use ordinance_harness::{Comparison, Grouping, bind_case};

use crate::case_columns::CaseRows;
use crate::cell::CellColumn;

/// The groups by one fact or column.
pub(crate) struct GroupColumn<'g> {
    grouping: &'g Grouping,
    /// The number of the cell of each row; `None` if the table has no such column, so that a fact follows from others.
    cells: Option<Vec<usize>>,
    /// The name of each cell that was asked for, by the number of the row's place and service and of its cell.
    names: HashMap<(usize, usize), usize>,
    /// The numbers of the names.
    known: HashMap<String, usize>,
    texts: Vec<String>,
}

impl<'g> GroupColumn<'g> {
    pub(crate) fn new(grouping: &'g Grouping, column: Option<&ArrayRef>) -> Self {
        let cells = column.map(cell_numbers);
        Self { grouping, cells, names: HashMap::new(), known: HashMap::new(), texts: Vec::new() }
    }

    /// The number of the group of a row that is a case.
    pub(crate) fn group_of(
        &mut self,
        rows: &CaseRows<'_>,
        row: usize,
        query: usize,
        engine: &Engine,
        comparison: &Comparison,
    ) -> usize {
        let cell = self.cells.as_ref().and_then(|cells| cells.get(row)).copied();
        if let Some(number) = cell.and_then(|cell| self.names.get(&(query, cell))) {
            return *number;
        }
        let (name, is_own) = self.name_of(rows, row, engine.rulebook(), comparison);
        let next = self.texts.len();
        let number = *self.known.entry(name.clone()).or_insert(next);
        if number == next {
            self.texts.push(name);
        }
        // What follows from other facts differs from row to row.
        if let Some(cell) = cell.filter(|_| is_own) {
            self.names.insert((query, cell), number);
        }
        number
    }

    /// The name of the group of a row, and whether its own cell tells it.
    fn name_of(&self, rows: &CaseRows<'_>, row: usize, rulebook: &Rulebook, comparison: &Comparison) -> (String, bool) {
        let named = rows.test(row, rulebook).ok().and_then(|test| {
            let case = bind_case(rulebook, &test, comparison.now).ok()?;
            let is_own = match (self.grouping, &test.facts) {
                (Grouping::Fact(fact), UntypedValue::Object(facts)) => facts.iter().any(|(name, _)| fact.is(name)),
                (Grouping::Fact(_), _) => false,
                (Grouping::Column(_), _) => true,
            };
            Some((self.grouping.group_of(&case, &test), is_own))
        });
        // The row is a case, so that it has a group.
        named.unwrap_or_default()
    }

    /// The fact or the column, and the name of a group.
    pub(crate) fn named(&self, number: usize) -> (String, String) {
        (self.grouping.name().to_owned(), self.texts.get(number).cloned().unwrap_or_default())
    }
}

/// Numbers for the cells of a column: the same for the same cells.
fn cell_numbers(column: &ArrayRef) -> Vec<usize> {
    match column.data_type() {
        DataType::Utf8 => numbers_of(column.as_string::<i32>().iter()),
        DataType::LargeUtf8 => numbers_of(column.as_string::<i64>().iter()),
        DataType::Utf8View => numbers_of(column.as_string_view().iter()),
        DataType::Boolean => numbers_of(column.as_boolean().iter()),
        DataType::Int32 => numbers_of(column.as_primitive::<Int32Type>().iter()),
        DataType::Int64 => numbers_of(column.as_primitive::<Int64Type>().iter()),
        DataType::Date32 => numbers_of(column.as_primitive::<Date32Type>().iter()),
        DataType::Dictionary(..) if !column.as_any_dictionary().values().is_empty() => {
            let keys = column.as_any_dictionary().normalized_keys();
            numbers_of(keys.into_iter().enumerate().map(|(row, key)| column.is_valid(row).then_some(key)))
        }
        _ => {
            let cells = CellColumn::new(column);
            numbers_of((0..cells.len()).map(|row| format!("{:?}", cells.cell(row))))
        }
    }
}

fn numbers_of<Cell: Hash + Eq>(cells: impl Iterator<Item = Cell>) -> Vec<usize> {
    let mut known: HashMap<Cell, usize> = HashMap::new();
    let number = |cell: Cell| {
        let next = known.len();
        *known.entry(cell).or_insert(next)
    };
    cells.map(number).collect()
}
