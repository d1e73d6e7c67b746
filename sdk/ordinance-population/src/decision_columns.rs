//! Decisions as columns: the outcome, what is missing, what is granted, and which criteria refuse.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use jiff::civil::Date;
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::decision::Outcome;
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision};
use ordinance_domain::value::Value;
use ordinance_engine::value_json::ValueJson;

/// The digits of a column of decimal numbers, of which the contract says how many stand after the point.
const DECIMAL_DIGITS: u8 = 38;

/// Two services of one table grant a field of the same name in different types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the services `{first}` and `{second}` grant `{field}` in different types, which one column can't hold; decide the \
     people of each service apart"
)]
pub struct GrantColumnError {
    first: String,
    second: String,
    field: FieldName,
}

/// The columns of decisions on cases of some services.
#[derive(Debug, Clone)]
pub struct DecisionSchema {
    grant: Vec<GrantField>,
    schema: SchemaRef,
}

impl DecisionSchema {
    /// The columns for these services: `outcome`; `open`, why the outcome isn't final; `missing`, the facts for which it
    /// waits; `withheld`, the facts that privacy law withholds; `grant.FIELD` for each field that is granted, and
    /// `at_least.FIELD` for what is certain of a grant that isn't final; `refused_by`, the criteria that aren't
    /// satisfied at the levels that decided, as `CODE CRITERION`; `violations`, the bounds of upper law that answers
    /// break, as `CODE SUBJECT`; `fault`, why a row isn't a case.
    ///
    /// # Errors
    /// [`GrantColumnError`] if two services grant a field of one name in different types.
    pub fn new<'c>(contracts: impl Iterator<Item = &'c Contract>) -> Result<Self, GrantColumnError> {
        let mut grant: Vec<(&str, &GrantField)> = Vec::new();
        for contract in contracts {
            for field in &contract.grant {
                match grant.iter().find(|(_, known)| known.name == field.name) {
                    None => grant.push((contract.service.as_str(), field)),
                    Some((_, known)) if data_type(&known.fact_type) == data_type(&field.fact_type) => {}
                    Some((first, _)) => {
                        let (first, second) = ((*first).to_owned(), contract.service.to_string());
                        return Err(GrantColumnError { first, second, field: field.name.clone() });
                    }
                }
            }
        }
        let grant: Vec<GrantField> = grant.into_iter().map(|(_, field)| field.clone()).collect();
        let schema = Arc::new(Schema::new(fields(&grant)));
        Ok(Self { grant, schema })
    }

    /// The columns and their types.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

fn fields(grant: &[GrantField]) -> Vec<Field> {
    let texts = || DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
    let amounts = |prefix: &'static str| {
        grant.iter().map(move |field| Field::new(format!("{prefix}.{}", field.name), data_type(&field.fact_type), true))
    };
    let mut fields = vec![
        Field::new("outcome", DataType::Utf8, true),
        Field::new("open", DataType::Utf8, true),
        Field::new("missing", texts(), true),
        Field::new("withheld", texts(), true),
    ];
    fields.extend(amounts("grant"));
    fields.extend(amounts("at_least"));
    fields.push(Field::new("refused_by", texts(), true));
    fields.push(Field::new("violations", texts(), true));
    fields.push(Field::new("fault", DataType::Utf8, true));
    fields
}

/// The type of the column of a grant field.
fn data_type(fact_type: &FactType) -> DataType {
    match fact_type {
        FactType::Bool => DataType::Boolean,
        FactType::Integer { .. } => DataType::Int64,
        FactType::Decimal { scale, .. } => DataType::Decimal128(DECIMAL_DIGITS, scale_of(*scale)),
        FactType::Date => DataType::Date32,
        FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) | FactType::List { .. } => DataType::Utf8,
    }
}

/// A scale in the type that Arrow has for it. No fact type has more than 18 digits after the point.
fn scale_of(scale: u32) -> i8 {
    i8::try_from(scale).unwrap_or(i8::MAX)
}

/// Writes decisions as columns, one row each.
pub struct DecisionColumns {
    schema: SchemaRef,
    rows: usize,
    outcome: StringBuilder,
    open: StringBuilder,
    missing: TextListBuilder,
    withheld: TextListBuilder,
    grant: Vec<GrantColumn>,
    at_least: Vec<GrantColumn>,
    refused_by: TextListBuilder,
    violations: TextListBuilder,
    fault: StringBuilder,
}

impl DecisionColumns {
    /// Empty columns.
    #[must_use]
    pub fn new(schema: &DecisionSchema) -> Self {
        let grant = || schema.grant.iter().map(GrantColumn::new).collect();
        Self {
            schema: schema.schema.clone(),
            rows: 0,
            outcome: StringBuilder::new(),
            open: StringBuilder::new(),
            missing: TextListBuilder::default(),
            withheld: TextListBuilder::default(),
            grant: grant(),
            at_least: grant(),
            refused_by: TextListBuilder::default(),
            violations: TextListBuilder::default(),
            fault: StringBuilder::new(),
        }
    }

    /// Adds a decision as its recipient may see it.
    pub fn add(&mut self, decision: &RedactedDecision<'_>) {
        let outcome = decision.outcome();
        self.outcome.append_value(outcome.as_str());
        self.open.append_option(outcome.open().map(|open| open.as_str()));
        self.missing.add(outcome.missing_facts().iter().map(String::as_str));
        self.withheld.add(decision.withheld().map(|ruled| ruled.fact.as_str()));
        let (grant, least) = match outcome {
            Outcome::Eligible(grant) if !decision.is_redacted() => (Some(grant), None),
            Outcome::EligibleAtLeast { least, .. } if !decision.is_redacted() => (None, Some(least)),
            Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. } | Outcome::Ineligible | Outcome::Undetermined(_) => {
                (None, None)
            }
        };
        self.grant.iter_mut().for_each(|column| column.add(grant.and_then(|grant| grant.get(&column.field.name))));
        self.at_least.iter_mut().for_each(|column| column.add(least.and_then(|least| least.get(&column.field.name))));
        self.refused_by.add(refusing_criteria(decision).iter().map(String::as_str));
        self.violations.add(violations(decision).iter().map(String::as_str));
        self.fault.append_null();
        self.rows += 1;
    }

    /// Adds a row that isn't a case, and why.
    pub fn add_fault(&mut self, fault: &str) {
        self.outcome.append_null();
        self.open.append_null();
        self.missing.add_null();
        self.withheld.add_null();
        self.grant.iter_mut().chain(&mut self.at_least).for_each(|column| column.add(None));
        self.refused_by.add_null();
        self.violations.add_null();
        self.fault.append_value(fault);
        self.rows += 1;
    }

    /// The columns so far.
    ///
    /// # Errors
    /// [`ArrowError`] if a number has more digits than its column.
    pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.outcome.finish()),
            Arc::new(self.open.finish()),
            self.missing.finish(),
            self.withheld.finish(),
        ];
        for column in self.grant.into_iter().chain(self.at_least) {
            columns.push(column.finish()?);
        }
        columns.push(self.refused_by.finish());
        columns.push(self.violations.finish());
        columns.push(Arc::new(self.fault.finish()));
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(self.schema, columns, &options)
    }
}

/// The criteria that aren't satisfied at the levels that decided that the person isn't eligible.
fn refusing_criteria(decision: &RedactedDecision<'_>) -> Vec<String> {
    if !matches!(decision.outcome(), Outcome::Ineligible) {
        return Vec::new();
    }
    let mut criteria = Vec::new();
    for layer in decision.deciding_layers() {
        let LayerVisibility::Full(status) = &layer.status else { continue };
        let refusing = status.answer().into_iter().flat_map(|answer| &answer.findings);
        for finding in refusing.filter(|finding| finding.satisfied == Some(false)) {
            let criterion = format!("{} {}", layer.jurisdiction, finding.criterion);
            // Several items of a list may fail one criterion.
            if !criteria.contains(&criterion) {
                criteria.push(criterion);
            }
        }
    }
    criteria
}

/// The bounds of upper law that answers break, by the place whose rule breaks them.
fn violations(decision: &RedactedDecision<'_>) -> Vec<String> {
    let of_layer = |layer: &ordinance_domain::redaction::RedactedLayer<'_>| {
        let place = layer.jurisdiction.clone();
        layer.violations.iter().map(move |violation| format!("{place} {}", violation.subject)).collect::<Vec<_>>()
    };
    decision.layers().iter().flat_map(of_layer).collect()
}

/// A column of lists of texts.
#[derive(Default)]
struct TextListBuilder(ListBuilder<StringBuilder>);

impl TextListBuilder {
    fn add<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        texts.for_each(|text| self.0.values().append_value(text));
        self.0.append(true);
    }

    fn add_null(&mut self) {
        self.0.append(false);
    }

    fn finish(mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

/// A column of a field of the grant.
struct GrantColumn {
    field: GrantField,
    values: GrantBuilder,
}

enum GrantBuilder {
    Bool(BooleanBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, u32),
    Date(Date32Builder),
    Text(StringBuilder),
}

impl GrantColumn {
    fn new(field: &GrantField) -> Self {
        let values = match &field.fact_type {
            FactType::Bool => GrantBuilder::Bool(BooleanBuilder::new()),
            FactType::Integer { .. } => GrantBuilder::Integer(Int64Builder::new()),
            FactType::Decimal { scale, .. } => GrantBuilder::Decimal(Decimal128Builder::new(), *scale),
            FactType::Date => GrantBuilder::Date(Date32Builder::new()),
            FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) | FactType::List { .. } => {
                GrantBuilder::Text(StringBuilder::new())
            }
        };
        Self { field: field.clone(), values }
    }

    fn add(&mut self, value: Option<&Value>) {
        match (&mut self.values, value) {
            (GrantBuilder::Bool(values), Some(Value::Bool(yes))) => values.append_value(*yes),
            (GrantBuilder::Bool(values), _) => values.append_null(),
            (GrantBuilder::Integer(values), Some(Value::Integer(number))) => values.append_value(*number),
            (GrantBuilder::Integer(values), _) => values.append_null(),
            (GrantBuilder::Decimal(values, scale), Some(Value::Decimal(number))) => {
                let mut number = *number;
                // No value of a grant has more digits after the point than its type.
                number.rescale(*scale);
                values.append_value(number.mantissa());
            }
            (GrantBuilder::Decimal(values, _), _) => values.append_null(),
            (GrantBuilder::Date(values), Some(Value::Date(day))) => values.append_option(days_from_1970(*day)),
            (GrantBuilder::Date(values), _) => values.append_null(),
            (GrantBuilder::Text(values), Some(Value::Text(text) | Value::Choice(text))) => values.append_value(text),
            (GrantBuilder::Text(values), Some(value)) => {
                let json = ValueJson { value, fact_type: &self.field.fact_type };
                values.append_option(serde_json::to_string(&json).ok());
            }
            (GrantBuilder::Text(values), None) => values.append_null(),
        }
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self.values {
            GrantBuilder::Bool(mut values) => Arc::new(values.finish()),
            GrantBuilder::Integer(mut values) => Arc::new(values.finish()),
            GrantBuilder::Decimal(mut values, scale) => {
                Arc::new(values.finish().with_precision_and_scale(DECIMAL_DIGITS, scale_of(scale))?)
            }
            GrantBuilder::Date(mut values) => Arc::new(values.finish()),
            GrantBuilder::Text(mut values) => Arc::new(values.finish()),
        })
    }
}

/// The days of a day since 1970; every day of the calendar has one.
fn days_from_1970(day: Date) -> Option<i32> {
    (day - jiff::civil::date(1970, 1, 1)).get_days().into()
}
