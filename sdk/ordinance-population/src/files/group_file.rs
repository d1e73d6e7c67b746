//! The groups of an impact as a file of Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Decimal128Builder, StringBuilder};
use arrow_array::{Array, ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::{ArrowError, Field, Schema};
use ordinance_domain::value::Decimal;
use ordinance_harness::GroupRow;
use parquet::arrow::ArrowWriter;

use super::files_error::FilesError;

/// The digits of a column of amounts, and those after the point.
const AMOUNT: (u8, i8) = (38, 6);

/// Writes the groups of an impact. Amounts have 6 digits after the point, further ones are rounded.
///
/// # Errors
/// [`FilesError::Io`].
pub fn write_groups(path: &Path, rows: &[GroupRow]) -> Result<(), FilesError> {
    let failed = |error: std::io::Error| FilesError::io("written", path, error);
    let batch = batch_of(rows).map_err(|error| failed(std::io::Error::other(error)))?;
    let file = File::create(path).map_err(failed)?;
    let written = ArrowWriter::try_new(file, batch.schema(), None).and_then(|mut writer| {
        writer.write(&batch)?;
        writer.close()
    });
    written.map(drop).map_err(|error| failed(std::io::Error::other(error)))
}

fn batch_of(rows: &[GroupRow]) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (index, name) in GroupRow::COLUMNS.into_iter().enumerate() {
        let column: ArrayRef = match name {
            "grouping" | "group" | "field" => {
                let mut texts = StringBuilder::new();
                for row in rows {
                    let cell = row.cells().into_iter().nth(index);
                    texts.append_option(cell.filter(|_| name != "field" || row.field.is_some()));
                }
                Arc::new(texts.finish())
            }
            "old" => amounts(rows, |row| row.totals.map(|[old, _]| old))?,
            "new" => amounts(rows, |row| row.totals.map(|[_, new]| new))?,
            "people" => Arc::new(UInt64Array::from_iter_values(rows.iter().map(GroupRow::size))),
            _ => match name.strip_prefix('p').and_then(|percent| percent.parse().ok()) {
                Some(percent) => amounts(rows, |row| row.quantile(percent))?,
                // The changes stand after the grouping, the group and the people.
                None => Arc::new(UInt64Array::from_iter_values(
                    rows.iter().map(|row| row.people.get(index - 3).copied().unwrap_or_default()),
                )),
            },
        };
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn amounts(rows: &[GroupRow], amount: impl Fn(&GroupRow) -> Option<Decimal>) -> Result<ArrayRef, ArrowError> {
    let (digits, scale) = AMOUNT;
    let mut amounts = Decimal128Builder::with_capacity(rows.len());
    for row in rows {
        amounts.append_option(amount(row).map(|amount| {
            let amount = amount.round_dp(u32::from(scale.unsigned_abs()));
            let missing = u32::from(scale.unsigned_abs()) - amount.scale();
            // At most 29 digits and 6 zeros.
            amount.mantissa() * 10_i128.pow(missing)
        }));
    }
    Ok(Arc::new(amounts.finish().with_precision_and_scale(digits, scale)?))
}
