//! Columns of values of one type: facts, or fields of a grant.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder};
use arrow_schema::{ArrowError, DataType};
use jiff::civil::Date;
use ordinance_domain::fact::FactType;
use ordinance_domain::value::Value;
use ordinance_engine::value_json::ValueJson;

/// The digits of a column of decimal numbers, of which the contract says how many stand after the point.
const DECIMAL_DIGITS: u8 = 38;

/// The type of the column of a fact or of a grant field. A list or a record is a text in JSON.
pub(crate) fn data_type(fact_type: &FactType) -> DataType {
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

/// A column of values of one type, or of none.
pub(crate) struct ValueColumn {
    fact_type: FactType,
    values: ValueBuilder,
}

enum ValueBuilder {
    Bool(BooleanBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, u32),
    Date(Date32Builder),
    Text(StringBuilder),
}

impl ValueColumn {
    pub(crate) fn new(fact_type: &FactType) -> Self {
        let values = match fact_type {
            FactType::Bool => ValueBuilder::Bool(BooleanBuilder::new()),
            FactType::Integer { .. } => ValueBuilder::Integer(Int64Builder::new()),
            FactType::Decimal { scale, .. } => ValueBuilder::Decimal(Decimal128Builder::new(), *scale),
            FactType::Date => ValueBuilder::Date(Date32Builder::new()),
            FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) | FactType::List { .. } => {
                ValueBuilder::Text(StringBuilder::new())
            }
        };
        Self { fact_type: fact_type.clone(), values }
    }

    /// Adds a value of the type; one of another type counts as none.
    pub(crate) fn add(&mut self, value: Option<&Value>) {
        match (&mut self.values, value) {
            (ValueBuilder::Bool(values), Some(Value::Bool(yes))) => values.append_value(*yes),
            (ValueBuilder::Bool(values), _) => values.append_null(),
            (ValueBuilder::Integer(values), Some(Value::Integer(number))) => values.append_value(*number),
            (ValueBuilder::Integer(values), _) => values.append_null(),
            (ValueBuilder::Decimal(values, scale), Some(Value::Decimal(number))) => {
                let mut number = *number;
                // No value has more digits after the point than its type.
                number.rescale(*scale);
                values.append_value(number.mantissa());
            }
            (ValueBuilder::Decimal(values, _), _) => values.append_null(),
            (ValueBuilder::Date(values), Some(Value::Date(day))) => values.append_value(days_from_1970(*day)),
            (ValueBuilder::Date(values), _) => values.append_null(),
            (ValueBuilder::Text(values), Some(Value::Text(text) | Value::Choice(text))) => values.append_value(text),
            (ValueBuilder::Text(values), Some(value)) => {
                let json = ValueJson { value, fact_type: &self.fact_type };
                values.append_option(serde_json::to_string(&json).ok());
            }
            (ValueBuilder::Text(values), None) => values.append_null(),
        }
    }

    /// The column.
    ///
    /// # Errors
    /// [`ArrowError`] if a number has more digits than its column.
    pub(crate) fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self.values {
            ValueBuilder::Bool(mut values) => Arc::new(values.finish()),
            ValueBuilder::Integer(mut values) => Arc::new(values.finish()),
            ValueBuilder::Decimal(mut values, scale) => {
                Arc::new(values.finish().with_precision_and_scale(DECIMAL_DIGITS, scale_of(scale))?)
            }
            ValueBuilder::Date(mut values) => Arc::new(values.finish()),
            ValueBuilder::Text(mut values) => Arc::new(values.finish()),
        })
    }
}

/// The days of a day since 1970.
pub(crate) fn days_from_1970(day: Date) -> i32 {
    (day - jiff::civil::date(1970, 1, 1)).get_days()
}
