//! Where a value of a manifest doesn't fit the type that a rule declares for it, and why: the row of a table, counted
//! from 1, and the field. The values are law, which everybody may see.

use std::fmt;

use crate::name::FieldName;
use crate::rule_type::{RuleField, ValueType};
use crate::value::{Record, Value, field};

/// The first part of a value that doesn't fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueMisfit {
    /// The row of a table, counted from 1.
    pub row: Option<usize>,
    /// The field of the row or of a record.
    pub field: Option<FieldName>,
    pub reason: MisfitReason,
}

/// Why a part doesn't fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MisfitReason {
    /// The type requires a field that the manifest leaves out.
    Missing,
    /// The type has no such field.
    Unknown,
    /// The value is not one of the type; as the manifest writes it, where that is short.
    Type(String),
}

impl fmt::Display for ValueMisfit {
    /// Such as ``row 2 has no `amount` ``; empty where the whole value doesn't fit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.row.map(|row| format!("row {row}"));
        let whole = row.clone().unwrap_or_else(|| "the record".to_owned());
        match (&self.field, &self.reason) {
            (Some(field), MisfitReason::Missing) => write!(f, "{whole} has no `{field}`"),
            (Some(field), MisfitReason::Unknown) => write!(f, "{whole} has a field `{field}` that the type doesn't"),
            (Some(field), MisfitReason::Type(found)) => write!(f, "`{field}` of {whole} is {found}"),
            (None, MisfitReason::Type(found)) => write!(f, "{} is {found}", row.as_deref().unwrap_or("it")),
            (None, MisfitReason::Missing | MisfitReason::Unknown) => f.write_str(&whole),
        }
    }
}

/// The first part of `value` that isn't of `value_type`; `None` if the value fits.
#[must_use]
pub fn find_misfit(value_type: &ValueType, value: &Value) -> Option<ValueMisfit> {
    if value_type.read(value).is_some() {
        return None;
    }
    let within = match (value_type.inner(), value) {
        (ValueType::Record(fields), Value::Record(record)) => misfit_of_record(fields, record),
        (ValueType::List(fields), Value::List(rows)) => {
            let mut rows = (1..).zip(rows);
            rows.find_map(|(row, record)| {
                misfit_of_record(fields, record).map(|misfit| ValueMisfit { row: Some(row), ..misfit })
            })
        }
        _ => None,
    };
    let whole = || ValueMisfit { row: None, field: None, reason: MisfitReason::Type(shown(value)) };
    Some(within.unwrap_or_else(whole))
}

fn misfit_of_record(fields: &[RuleField], record: &Record) -> Option<ValueMisfit> {
    let misfit = |name: &FieldName, reason| ValueMisfit { row: None, field: Some(name.clone()), reason };
    let unknown = record.iter().find(|(name, _)| !fields.iter().any(|field| field.name == *name));
    if let Some((name, _)) = unknown {
        return Some(misfit(name, MisfitReason::Unknown));
    }
    fields.iter().find_map(|declared| match field(record, &declared.name) {
        Some(value) => {
            let unfit = declared.value_type.read(value).is_none();
            unfit.then(|| misfit(&declared.name, MisfitReason::Type(shown(value))))
        }
        None if declared.value_type.is_optional() => None,
        None => Some(misfit(&declared.name, MisfitReason::Missing)),
    })
}

/// The longest value that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 40;

fn shown(value: &Value) -> String {
    let text = value.to_plain();
    match value {
        Value::Record(_) => "a record".to_owned(),
        Value::List(_) => "a table".to_owned(),
        Value::Decimals(_) => "a list of numbers".to_owned(),
        _ if text.chars().count() > SHOWN_CHARS_MAX => "a long text".to_owned(),
        Value::Text(_) | Value::Choice(_) => format!("\"{text}\""),
        Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) | Value::Date(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_type::IntegerType;

    fn name(text: &str) -> FieldName {
        FieldName::new(text).unwrap()
    }

    fn check(rows: &[&[(&str, Value)]], expect: &str) {
        let field = |text: &str, value_type| RuleField::new(name(text), value_type);
        let of_row = vec![field("persons", ValueType::Integer(IntegerType::U8)), field("amount", ValueType::Decimal)];
        let row = |row: &&[(&str, Value)]| row.iter().map(|(text, value)| (name(text), value.clone())).collect();
        let table = Value::List(rows.iter().map(row).collect());
        let found = find_misfit(&ValueType::List(of_row), &table);
        assert_eq!(found.map(|misfit| misfit.to_string()).unwrap_or_default(), expect);
    }

    #[test]
    fn the_row_and_the_field_of_a_table_are_named() {
        let amount = |text: &str| ("amount", Value::Text(text.to_owned()));
        let persons = |number| ("persons", Value::Integer(number));
        check(&[&[persons(1), amount("1.00")]], "");
        check(&[&[persons(1), amount("1.00")], &[persons(2)]], "row 2 has no `amount`");
        check(&[&[persons(300), amount("1.00")]], "`persons` of row 1 is 300");
        check(&[&[persons(1), amount("a")]], "`amount` of row 1 is \"a\"");
        let unknown = ("amuont", Value::Text("1.00".to_owned()));
        check(&[&[persons(1), unknown]], "row 1 has a field `amuont` that the type doesn't");
    }
}
