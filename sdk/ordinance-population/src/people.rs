//! Synthetic people as columns.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Date32Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::value::field;
use ordinance_harness::SyntheticPerson;

use crate::value_column::{ValueColumn, data_type, days_from_1970};

/// People of a service on a day, as a table whose rows are cases: `jurisdiction`, `service`, `as_of`, and each fact of
/// the contract. A list or a record is a text in JSON.
///
/// # Errors
/// [`ArrowError`] if a number has more digits than its column.
pub fn people_table(
    contract: &Contract,
    as_of: Date,
    people: impl Iterator<Item = SyntheticPerson>,
) -> Result<RecordBatch, ArrowError> {
    let mut places = StringBuilder::new();
    let mut facts: Vec<ValueColumn> = contract.facts.iter().map(|fact| ValueColumn::new(&fact.fact_type)).collect();
    let mut count = 0;
    for person in people {
        places.append_value(person.place.as_str());
        for (column, fact) in facts.iter_mut().zip(&contract.facts) {
            column.add(field(&person.facts.0, &fact.name));
        }
        count += 1;
    }
    let mut fields = vec![
        Field::new("jurisdiction", DataType::Utf8, false),
        Field::new("service", DataType::Utf8, false),
        Field::new("as_of", DataType::Date32, false),
    ];
    let of_fact =
        |fact: &ordinance_domain::fact::Fact| Field::new(fact.name.as_str(), data_type(&fact.fact_type), true);
    fields.extend(contract.facts.iter().map(of_fact));
    let mut columns: Vec<arrow_array::ArrayRef> = vec![
        Arc::new(places.finish()),
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(contract.service.as_str(), count))),
        Arc::new(Date32Array::from_value(days_from_1970(as_of), count)),
    ];
    for column in facts {
        columns.push(column.finish()?);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
