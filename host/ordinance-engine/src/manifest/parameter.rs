//! Parameters with their values over time, in manifests and in the definitions of services, levels and places.

use std::collections::BTreeMap;

use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::titles::Titles;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::{Decimal, Record, Value};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::diagnostic::Diagnostic;
use crate::literals::read_decimal;
use crate::toml_text::{ProvisionToml, TextFile, to_date};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ParameterToml {
    titles: Spanned<BTreeMap<String, String>>,
    unit: Option<Spanned<String>>,
    pending: Option<Spanned<String>>,
    values: Spanned<Vec<DatedToml>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DatedToml {
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
    published: Option<Spanned<Datetime>>,
    confirmed: Option<Spanned<Datetime>>,
    value: Spanned<toml::Value>,
    provision: Option<Spanned<ProvisionToml>>,
}

/// A dated parameter. It has a value, unless it is pending; on which days a rule needs one follows from its type.
pub(crate) fn parameter(file: &TextFile, name: &str, table: &Spanned<ParameterToml>) -> Result<Parameter, Diagnostic> {
    let written = table.get_ref();
    let name = file.field_name(name, table.span())?;
    let mut values: Vec<DatedValue> = Vec::new();
    for dated in written.values.get_ref() {
        let value = dated_value(file, dated)?;
        let place = |value: &DatedValue| (value.from, value.published);
        if values.last().is_some_and(|earlier| place(earlier) >= place(&value)) {
            return Err(file.diagnostic_with_help(
                dated.from.span(),
                "this date isn't after the one before it",
                "order the values by `from`, and those of one day by `published`",
            ));
        }
        values.push(value);
    }
    if written.pending.is_none() && values.is_empty() {
        return Err(file.diagnostic_with_help(
            written.values.span(),
            format!("the parameter `{name}` has no value"),
            "add one, or write which body must still set it: pending = \"...\"",
        ));
    }
    let pending = written.pending.as_ref().map(|pending| match pending.get_ref().trim() {
        "" => Err(file.diagnostic_with_help(
            pending.span(),
            "`pending` is empty",
            "write which body sets the value, and why it is open",
        )),
        text => Ok(text.to_owned()),
    });
    let titles: Titles = file.titles(&written.titles)?;
    let unit =
        written.unit.as_ref().map(|text| parameter_unit(file, text, &values, written.values.get_ref())).transpose()?;
    Ok(Parameter { name, titles, unit, values, pending: pending.transpose()? })
}

/// The unit of a parameter, which has one only if its values are numbers, or hold numbers.
fn parameter_unit(
    file: &TextFile,
    text: &Spanned<String>,
    values: &[DatedValue],
    written: &[DatedToml],
) -> Result<Unit, Diagnostic> {
    for (dated, at) in values.iter().zip(written) {
        if let Value::Text(value) = &dated.value
            && let Some(mend) = number_mend(value)
        {
            return Err(file.diagnostic_with_help(
                at.value.span(),
                format!("`{value}` is not a number: a number has a point before its decimals and no other marks"),
                mend,
            ));
        }
    }
    if !values.iter().all(|dated| holds_number(&dated.value)) {
        return Err(file.diagnostic_with_help(text.span(), "only a number has a unit", "remove it"));
    }
    file.unit(text)
}

/// How to write what a person would read as a number, such as `2,000.00`, `$90` or `20 %`; `None` of a number, and of
/// any other text.
fn number_mend(text: &str) -> Option<String> {
    let is_mark = |mark: char| mark.is_whitespace() || "$€£¥￥元%％,，'’_".contains(mark);
    let is_number = |text: &str| read_decimal(text).is_some();
    if is_number(text) || !text.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let is_thousands = |(_, rest): (&str, &str)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.len() == 3
    };
    let plain: String = text.chars().filter(|c| !is_mark(*c)).collect();
    let mend = is_number(&plain).then_some(plain)?;
    let comma = text.split_once([',', '，']);
    let is_decimal_comma = comma.is_some_and(|comma| !is_thousands(comma) && !text.contains('.'));
    let mend = match comma {
        Some((whole, decimals)) if is_decimal_comma => {
            let kept = |part: &str| part.chars().filter(|c| !is_mark(*c)).collect::<String>();
            format!("{}.{}", kept(whole), kept(decimals))
        }
        _ => mend,
    };
    let unit = if text.contains(['%', '％']) { ", with unit = \"%\"" } else { "" };
    Some(format!("write value = \"{mend}\"{unit}"))
}

/// Whether a value is a number (a decimal is written as text), or a record or table with numbers. An empty one may get
/// numbers later.
fn holds_number(value: &Value) -> bool {
    match value {
        Value::Integer(_) | Value::Decimal(_) => true,
        Value::Text(text) => read_decimal(text).is_some(),
        Value::Record(record) => record.iter().next().is_none() || record.iter().any(|(_, value)| holds_number(value)),
        Value::List(rows) => rows.is_empty() || rows.iter().flatten().any(|(_, value)| holds_number(value)),
        Value::Decimals(_) => true,
        Value::Bool(_) | Value::Choice(_) | Value::Date(_) => false,
    }
}

fn dated_value(file: &TextFile, dated: &DatedToml) -> Result<DatedValue, Diagnostic> {
    let from = file.date(&dated.from)?;
    let until = dated.until.as_ref().map(|until| file.date(until)).transpose()?;
    if let (Some(at), Some(until)) = (&dated.until, until)
        && until <= from
    {
        return Err(file.diagnostic_with_help(
            at.span(),
            "the value ends before it begins",
            "`until` is the first day on which the value no longer holds; leave it out where another value follows",
        ));
    }
    Ok(DatedValue {
        from,
        until,
        published: dated.published.as_ref().map(|day| file.date(day)).transpose()?,
        confirmed: dated.confirmed.as_ref().map(|day| file.date(day)).transpose()?,
        value: parameter_value(file, &dated.value)?,
        provision: dated.provision.as_ref().map(|provision| file.provision(provision)).transpose()?,
    })
}

fn parameter_value(file: &TextFile, written: &Spanned<toml::Value>) -> Result<Value, Diagnostic> {
    let help = "write a decimal as \"110.00\", a whole number as 110, a date as 2026-01-01, a table of rows as \
                [{ size = 1 }], a list of numbers as [\"1.00\", \"2.50\"]";
    value_of(written.get_ref())
        .ok_or_else(|| file.diagnostic_with_help(written.span(), "this is not a value of a parameter", help))
}

fn value_of(value: &toml::Value) -> Option<Value> {
    match value {
        toml::Value::Boolean(yes) => Some(Value::Bool(*yes)),
        toml::Value::Integer(number) => Some(Value::Integer(*number)),
        toml::Value::String(text) => Some(Value::Text(text.clone())),
        toml::Value::Datetime(day) => to_date(day).map(Value::Date),
        toml::Value::Array(items) => {
            let rows = || items.iter().map(record_of).collect::<Option<_>>().map(Value::List);
            rows().or_else(|| items.iter().map(decimal_of).collect::<Option<_>>().map(Value::Decimals))
        }
        toml::Value::Table(_) => record_of(value).map(Value::Record),
        // A float is not exact.
        toml::Value::Float(_) => None,
    }
}

/// A number of a list, written as a decimal in quotes or as a whole number.
fn decimal_of(value: &toml::Value) -> Option<Decimal> {
    match value {
        // With the digits that the author writes.
        toml::Value::String(text) => read_decimal(text).and_then(|_| Decimal::from_str_exact(text).ok()),
        toml::Value::Integer(number) => Some(Decimal::from(*number)),
        toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_) => None,
    }
}

fn record_of(value: &toml::Value) -> Option<Record> {
    let field = |(name, value): (&String, &toml::Value)| Some((FieldName::new(name).ok()?, value_of(value)?));
    value.as_table()?.iter().map(field).collect()
}
