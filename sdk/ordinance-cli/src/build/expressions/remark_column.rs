//! A last column of remarks whose heading lacks its `#`, so that it is taken as the output.

use ordinance_engine::manifest::expressions::WrittenTable;
use ordinance_feel::syntax::{Scope, parse_expression};
use ordinance_harness::{Cell, TableRow};

use super::sheet_columns::SheetColumns;
use super::words::ColumnWords;

/// How people head a column of remarks.
const HEADINGS: [&str; 14] = [
    "remark", "remarks", "note", "notes", "comment", "comments", "source", "sources", "备注", "備註", "说明", "說明",
    "注释", "依据",
];

/// What a cell in a column of outputs may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CellKind {
    Empty,
    /// A word that isn't one of a choice: a name, or the beginning of a remark.
    Name,
    /// Words that are no expression.
    Words,
    /// What gives a value, or was meant to.
    Value,
}

/// The last column of a table and its heading, if it is taken as the output, and all its cells are words or empty.
pub(super) fn remark_column(
    table: &WrittenTable,
    columns: &SheetColumns,
    rows: &[TableRow],
    words: &ColumnWords<'_>,
) -> Option<(usize, String)> {
    let [(column, heading)] = columns.outputs.as_slice() else { return None };
    // With outputs that the manifest names, the author has said which column is the output.
    if table.outputs.as_ref().is_some_and(|outputs| !outputs.is_empty()) || columns.inputs.is_empty() {
        return None;
    }
    let cell = |row: &TableRow| row.cells.get(column.saturating_sub(1)).map_or(CellKind::Empty, |c| kind_of(c, words));
    let kinds: Vec<CellKind> = rows.iter().map(cell).collect();
    let has = |wanted: CellKind| kinds.contains(&wanted);
    let is_headed = HEADINGS.contains(&heading.trim().to_lowercase().as_str());
    let is_remark = !has(CellKind::Value) && (is_headed || (has(CellKind::Empty) && has(CellKind::Words)));
    is_remark.then(|| (*column, heading.clone()))
}

fn kind_of(cell: &Cell, words: &ColumnWords<'_>) -> CellKind {
    let Cell::Text(text) = cell else {
        return if *cell == Cell::Empty { CellKind::Empty } else { CellKind::Value };
    };
    let begins_as_word = text.starts_with(char::is_alphabetic);
    if ["null", "true", "false"].contains(&text.as_str()) || words.has(text) {
        CellKind::Value
    } else if text.chars().all(|c| c.is_alphanumeric() || c == '_') && begins_as_word {
        CellKind::Name
    } else if parse_expression(text, &Scope::default()).is_err() && !is_amount(text) {
        CellKind::Words
    } else {
        CellKind::Value
    }
}

/// Whether it is a number with marks or a unit, which its author meant as an output: `217,50` or `100 CNY`.
fn is_amount(text: &str) -> bool {
    let mut parts = text.split_whitespace();
    let is_number = |part: &str| part.chars().all(|c| c.is_ascii_digit() || ".,%-".contains(c));
    parts.next().is_some_and(is_number) && parts.count() <= 1
}
