//! What the columns of a table in a file are.

use ordinance_engine::manifest::expressions::{WrittenTable, WrittenText};
use ordinance_harness::{Cell, TableRow};

/// The columns of a table; each has its number, from 1.
#[derive(Debug)]
pub(super) struct SheetColumns {
    pub(super) inputs: Vec<Column>,
    /// With the name of each.
    pub(super) outputs: Vec<(usize, String)>,
    /// The first day of each row.
    pub(super) from: Option<usize>,
    /// The first day on which a row no longer holds.
    pub(super) until: Option<usize>,
    /// Remarks.
    pub(super) ignored: Vec<usize>,
}

/// An input column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) column: usize,
    /// Its expression, if the manifest has it in place of the header.
    pub(super) written: Option<WrittenText>,
}

/// A header that doesn't fit the manifest.
#[derive(Debug)]
pub(super) struct ColumnsError {
    /// The column of the header; `None` if it is in the manifest.
    pub(super) column: Option<usize>,
    /// The text of the manifest.
    pub(super) at: WrittenText,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Tells the columns of a table apart by its header.
pub(super) fn columns_of(table: &WrittenTable, header: &TableRow) -> Result<SheetColumns, ColumnsError> {
    let names: Vec<(usize, String)> = (1..)
        .zip(&header.cells)
        .filter(|(_, cell)| **cell != Cell::Empty)
        .map(|(at, cell)| (at, cell.as_name()))
        .collect();
    let named = |wanted: &str| names.iter().find(|(_, name)| name.trim() == wanted).map(|(at, _)| *at);
    let (from, until) = (named("from"), named("until"));
    let ignored: Vec<usize> =
        names.iter().filter(|(_, name)| name.trim_start().starts_with('#')).map(|(at, _)| *at).collect();
    let is_other = |at: &usize| Some(*at) == from || Some(*at) == until || ignored.contains(at);
    let mut rest: Vec<(usize, String)> = names.into_iter().filter(|(at, _)| !is_other(at)).collect();
    let outputs = outputs_of(table, &mut rest)?;
    let inputs = inputs_of(table, rest)?;
    Ok(SheetColumns { inputs, outputs, from, until, ignored })
}

/// Takes the output columns out of the others: those that the manifest names, or the last.
fn outputs_of(table: &WrittenTable, rest: &mut Vec<(usize, String)>) -> Result<Vec<(usize, String)>, ColumnsError> {
    let at = table.file.as_ref().unwrap_or(&table.name).clone();
    let Some(outputs) = table.outputs.as_deref().filter(|outputs| !outputs.is_empty()) else {
        let (column, name) = rest.pop().ok_or_else(|| ColumnsError {
            column: None,
            at,
            message: format!("the table `{}` has no column of outputs", table.name.text),
            help: "the last column is the output, or write outputs = [\"NAME\"]",
        })?;
        return Ok(vec![(column, name)]);
    };
    let place = |output: &WrittenText| rest.iter().position(|(_, name)| name.trim() == output.text);
    let places: Vec<Option<usize>> = outputs.iter().map(place).collect();
    if places.iter().all(Option::is_none) && rest.len() >= outputs.len() {
        let last = rest.split_off(rest.len() - outputs.len());
        return Ok(last.into_iter().zip(outputs).map(|((column, _), output)| (column, output.text.clone())).collect());
    }
    if let Some((missing, _)) = outputs.iter().zip(&places).find(|(_, place)| place.is_none()) {
        return Err(ColumnsError {
            column: None,
            at: missing.clone(),
            message: format!("the table has no column `{}`", missing.text),
            help: "write the names as the header has them, or name none of them so: then the last columns are the outputs",
        });
    }
    let found: Vec<(usize, String)> = places.iter().flatten().filter_map(|place| rest.get(*place).cloned()).collect();
    rest.retain(|column| !found.contains(column));
    Ok(found.into_iter().map(|(column, name)| (column, name.trim().to_owned())).collect())
}

/// The input columns, whose expressions are in the header, or in the manifest in the order of the columns.
fn inputs_of(table: &WrittenTable, rest: Vec<(usize, String)>) -> Result<Vec<Column>, ColumnsError> {
    match &table.inputs {
        None => Ok(rest.into_iter().map(|(column, _)| Column { column, written: None }).collect()),
        Some(inputs) if inputs.len() == rest.len() => {
            let columns = rest.into_iter().zip(inputs);
            Ok(columns.map(|((column, _), input)| Column { column, written: Some(input.clone()) }).collect())
        }
        Some(inputs) => Err(ColumnsError {
            column: rest.get(inputs.len()).map(|(column, _)| *column),
            at: inputs.first().unwrap_or(&table.name).clone(),
            message: format!(
                "the table has {} columns of conditions, and rule.toml has {} inputs",
                rest.len(),
                inputs.len()
            ),
            help: "write an input for each column but the outputs, `from`, `until` and those that begin with #",
        }),
    }
}
