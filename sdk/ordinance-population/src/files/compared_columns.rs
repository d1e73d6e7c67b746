//! The columns of the outcomes of people under two rulebooks.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Decimal128Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray, UInt64Array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use ordinance_domain::fact::FactType;
use ordinance_engine::Rulebook;

use crate::comparer::ComparedRows;
use crate::outcome_columns::OutcomeColumns;

/// The digits of a column of amounts.
const DIGITS: u8 = 38;

/// The columns: the file and the row in it from 1; the columns that are kept; `jurisdiction`, `service`, `change`,
/// `old.outcome` and `new.outcome`; `old.FIELD` and `new.FIELD` for each field that a service grants; and `fault`.
pub(super) struct ComparedSchema {
    kept: Vec<String>,
    fields: Vec<(String, GrantType)>,
}

/// The type of the columns of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GrantType {
    /// A number with so many digits after the point.
    Number(u32),
    Text,
}

impl ComparedSchema {
    /// The columns for one service of both rulebooks, or for all of them if none is named.
    pub(super) fn new(rulebooks: [&Rulebook; 2], service: Option<&str>, kept: &[String]) -> Self {
        let mut fields: BTreeMap<String, GrantType> = BTreeMap::new();
        let contracts = rulebooks.into_iter().flat_map(Rulebook::contracts);
        for contract in contracts.filter(|contract| service.is_none_or(|service| contract.service.as_str() == service))
        {
            for field in &contract.grant {
                let own = match &field.fact_type {
                    FactType::Decimal { scale, .. } => GrantType::Number(*scale),
                    FactType::Integer { .. } => GrantType::Number(0),
                    _ => GrantType::Text,
                };
                let known = fields.entry(field.name.to_string()).or_insert(own);
                *known = match (*known, own) {
                    (GrantType::Number(one), GrantType::Number(other)) => GrantType::Number(one.max(other)),
                    _ => GrantType::Text,
                };
            }
        }
        Self { kept: kept.to_vec(), fields: fields.into_iter().collect() }
    }

    /// The first of the kept columns that has the name of another.
    pub(super) fn taken_name(&self) -> Option<&str> {
        let own = ["file", "row", "jurisdiction", "service", "change", "old.outcome", "new.outcome", "fault"];
        let is_amount = |name: &str| {
            let field = name.strip_prefix("old.").or_else(|| name.strip_prefix("new."));
            field.is_some_and(|field| self.fields.iter().any(|(known, _)| known == field))
        };
        let mut earlier = Vec::new();
        for name in &self.kept {
            if own.contains(&name.as_str()) || is_amount(name) || earlier.contains(&name) {
                return Some(name);
            }
            earlier.push(name);
        }
        None
    }

    /// The schema of rows of a file with this schema.
    pub(super) fn schema(&self, file: &Schema) -> Result<SchemaRef, ArrowError> {
        let mut fields = vec![Field::new("file", DataType::Utf8, false), Field::new("row", DataType::UInt64, false)];
        for name in &self.kept {
            fields.push(file.field_with_name(name)?.clone());
        }
        for name in ["jurisdiction", "service", "change", "old.outcome", "new.outcome"] {
            fields.push(Field::new(name, DataType::Utf8, true));
        }
        for (name, grant_type) in &self.fields {
            let data_type = match grant_type {
                GrantType::Number(scale) => DataType::Decimal128(DIGITS, i8::try_from(*scale).unwrap_or(i8::MAX)),
                GrantType::Text => DataType::Utf8,
            };
            fields.push(Field::new(format!("old.{name}"), data_type.clone(), true));
            fields.push(Field::new(format!("new.{name}"), data_type, true));
        }
        fields.push(Field::new("fault", DataType::Utf8, true));
        Ok(Arc::new(Schema::new(fields)))
    }

    /// The columns of the rows of a batch, before which the file has so many. `schema` is that of the file's rows.
    pub(super) fn batch(
        &self,
        schema: &SchemaRef,
        (file, rows_before): (&str, usize),
        batch: &RecordBatch,
        compared: &ComparedRows,
    ) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(file, rows))),
            Arc::new(UInt64Array::from_iter_values((0..rows).map(|row| (rows_before + row + 1) as u64))),
        ];
        for name in &self.kept {
            let column = batch.column_by_name(name);
            columns
                .push(column.ok_or_else(|| ArrowError::SchemaError(format!("there is no column `{name}`")))?.clone());
        }
        let [old, new] = &compared.outcomes;
        let texts = |text: &dyn Fn(usize) -> Option<String>| -> ArrayRef {
            Arc::new((0..rows).map(text).collect::<StringArray>())
        };
        columns.push(texts(&|row| old.query(row).map(|(place, _)| place.to_owned())));
        columns.push(texts(&|row| old.query(row).map(|(_, service)| service.to_owned())));
        let change = |row: usize| compared.rows.get(row)?.as_ref().ok();
        columns.push(texts(&|row| change(row).map(|change| change.as_str().to_owned())));
        columns.push(texts(&|row| old.kind(row).map(|kind| kind.as_str().to_owned())));
        columns.push(texts(&|row| new.kind(row).map(|kind| kind.as_str().to_owned())));
        for (name, grant_type) in &self.fields {
            columns.push(amounts(old, name, *grant_type, rows)?);
            columns.push(amounts(new, name, *grant_type, rows)?);
        }
        columns.push(texts(&|row| compared.rows.get(row)?.as_ref().err().map(ToString::to_string)));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(schema.clone(), columns, &options)
    }
}

fn amounts(outcomes: &OutcomeColumns, name: &str, grant_type: GrantType, rows: usize) -> Result<ArrayRef, ArrowError> {
    let field = outcomes.field(name);
    Ok(match grant_type {
        GrantType::Number(scale) => {
            let mut amounts = Decimal128Builder::with_capacity(rows);
            for row in 0..rows {
                amounts.append_option(outcomes.amount(field, row).map(|mut amount| {
                    amount.rescale(scale);
                    amount.mantissa()
                }));
            }
            Arc::new(amounts.finish().with_precision_and_scale(DIGITS, i8::try_from(scale).unwrap_or(i8::MAX))?)
        }
        GrantType::Text => {
            let mut texts = StringBuilder::new();
            for row in 0..rows {
                let amount = outcomes.amount(field, row).map(|amount| amount.to_string());
                texts.append_option(amount.or_else(|| outcomes.text(field, row).map(str::to_owned)));
            }
            Arc::new(texts.finish())
        }
    })
}
