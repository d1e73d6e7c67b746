//! Bounds as they are written: `floor`, `at-least inherited`, `between 13 and rate_max`. It owns the grammar; what a
//! bound does is the domain's.

use std::collections::BTreeMap;
use std::ops::Range;

use ordinance_domain::bounds::{Bound, GrantBound, Limit, OutcomeBound};
use ordinance_domain::calendar::{Date, Dated, Timeline};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::Parameter;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::{Decimal, Value};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::diagnostic::Diagnostic;
use crate::literals::{read_date, read_decimal};
use crate::manifest::{ParameterToml, parameter};
use crate::toml_text::{ProvisionToml, TextFile};

/// A bound with its provision, or several with the days from which they hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct BoundToml {
    pub(crate) bound: Option<Spanned<String>>,
    pub(crate) provision: Option<Spanned<ProvisionToml>>,
    pub(crate) bounds: Option<Spanned<Vec<DatedBoundToml>>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DatedBoundToml {
    pub(super) from: Option<Spanned<Datetime>>,
    pub(super) published: Option<Spanned<Datetime>>,
    pub(super) bound: Spanned<String>,
    pub(super) provision: Spanned<ProvisionToml>,
}

/// What a bound on a number is about.
#[derive(Clone, Copy)]
pub(crate) enum BoundTarget<'a> {
    /// A grant field of this type and in this unit.
    Grant(&'a FactType, Option<&'a Unit>),
    /// A parameter of lower rules, which alone have its type.
    Parameter,
}

const HOW: &str = "add bound = \"...\" and provision = { document = \"...\", article = \"...\" }, or bounds = [{ from = 2026-01-01, bound = \"...\", provision = { ... } }]";
const OUTCOMES: &str = "write \"floor\", \"ceiling\", \"both\", \"delegated\" or \"fixed\"";
const NUMBERS: &str = "write \"at-least X\", \"at-most X\" or \"between X and Y\", each end being `inherited`, a number or a parameter of this file, or \"sum\", \"delegated\" or \"fixed\"";

/// The dated parameters of a file that sets bounds.
pub(crate) fn parameters(
    file: &TextFile,
    written: &BTreeMap<String, Spanned<ParameterToml>>,
) -> Result<Vec<Parameter>, Diagnostic> {
    written.iter().map(|(name, table)| parameter(file, name, table)).collect()
}

pub(crate) fn outcome_bounds(
    file: &TextFile,
    at: Range<usize>,
    written: &BoundToml,
) -> Result<Timeline<Bound<OutcomeBound>>, Diagnostic> {
    dated(file, at, written, |text| {
        let known = OutcomeBound::ALL.into_iter().find(|bound| bound.as_str() == text.get_ref());
        known.ok_or_else(|| {
            file.diagnostic_with_help(text.span(), format!("`{}` is no bound of an outcome", text.get_ref()), OUTCOMES)
        })
    })
}

/// The bounds of a grant field or of a parameter.
pub(crate) fn number_bounds(
    file: &TextFile,
    at: Range<usize>,
    written: &BoundToml,
    bounded: BoundTarget<'_>,
    parameters: &[Parameter],
) -> Result<Timeline<Bound<GrantBound>>, Diagnostic> {
    dated(file, at, written, |text| number_bound(file, text, bounded, parameters))
}

/// One bound, or several with the days from which they hold and on which they were published.
pub(super) fn dated<FactKind>(
    file: &TextFile,
    at: Range<usize>,
    written: &BoundToml,
    read: impl Fn(&Spanned<String>) -> Result<FactKind, Diagnostic>,
) -> Result<Timeline<Bound<FactKind>>, Diagnostic> {
    let bound = |text: &Spanned<String>, provision: &Spanned<ProvisionToml>| {
        Ok(Bound { kind: read(text)?, provision: file.provision(provision)? })
    };
    match (&written.bound, &written.provision, &written.bounds) {
        (Some(text), Some(provision), None) => Ok(Timeline::always(bound(text, provision)?)),
        (None, None, Some(several)) if !several.get_ref().is_empty() => {
            let day = |day: &Option<Spanned<Datetime>>| day.as_ref().map(|day| file.date(day)).transpose();
            let one = |one: &DatedBoundToml| -> Result<Dated<Bound<FactKind>>, Diagnostic> {
                let from = day(&one.from)?.unwrap_or(Date::MIN);
                let value = bound(&one.bound, &one.provision)?;
                Ok(Dated { from, until: None, published: day(&one.published)?, value })
            };
            let read: Vec<Dated<Bound<FactKind>>> = several.get_ref().iter().map(one).collect::<Result<_, _>>()?;
            let place = |dated: &Dated<Bound<FactKind>>| (dated.from, dated.published);
            for (index, dated) in read.iter().enumerate() {
                if read.iter().take(index).any(|earlier| place(earlier) >= place(dated)) {
                    let message =
                        "these bounds aren't ordered by the days from which they hold, or two hold from one day";
                    return Err(file.diagnostic_with_help(
                        several.span(),
                        message,
                        "order them by `from`, and those of one day by `published`; only the first may have no `from`",
                    ));
                }
            }
            Ok(Timeline::new(read))
        }
        (_, _, _) => Err(file.diagnostic_with_help(at, "there is no bound with its provision", HOW)),
    }
}

fn number_bound(
    file: &TextFile,
    text: &Spanned<String>,
    bounded: BoundTarget<'_>,
    parameters: &[Parameter],
) -> Result<GrantBound, Diagnostic> {
    let error_at = |message: String| file.diagnostic_with_help(text.span(), message, NUMBERS);
    let words: Vec<&str> = text.get_ref().split_whitespace().collect();
    let limit = |text: &str| limit(text, bounded, parameters).map_err(|error| error_at(error.to_string()));
    let bound = match words.as_slice() {
        ["at-least", least] => GrantBound::Within { least: Some(limit(least)?), most: None },
        ["at-most", most] => GrantBound::Within { least: None, most: Some(limit(most)?) },
        ["between", least, "and", most] => GrantBound::Within { least: Some(limit(least)?), most: Some(limit(most)?) },
        ["sum"] => GrantBound::Sum,
        ["delegated"] => GrantBound::Delegated,
        ["fixed"] => GrantBound::Fixed,
        _ => return Err(error_at(format!("`{}` is no bound of a number", text.get_ref()))),
    };
    let (is_number, is_ordered) = match bounded {
        BoundTarget::Parameter => (false, true),
        BoundTarget::Grant(FactType::Integer { .. } | FactType::Decimal { .. }, _) => (true, true),
        BoundTarget::Grant(FactType::Date, _) => (false, true),
        BoundTarget::Grant(
            FactType::Bool | FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) | FactType::List { .. },
            _,
        ) => (false, false),
    };
    match &bound {
        GrantBound::Sum if !is_number => Err(error_at("only the numbers of a grant can be summed".to_owned())),
        GrantBound::Within { .. } if !is_ordered => Err(error_at("only numbers and dates can be compared".to_owned())),
        GrantBound::Within { least: Some(Limit::Value(least)), most: Some(Limit::Value(most)) }
            if least.compare(most).is_none_or(std::cmp::Ordering::is_gt) =>
        {
            Err(error_at("the least value is greater than the greatest".to_owned()))
        }
        GrantBound::Within { .. } | GrantBound::Sum | GrantBound::Delegated | GrantBound::Fixed => Ok(bound),
    }
}

/// A limit of a bound that can't be read.
#[derive(Debug, thiserror::Error)]
enum LimitError {
    #[error("`{0}` is neither a number nor the name of a parameter")]
    NoName(String),
    #[error("this file has no [parameters.{0}] with the values of this limit")]
    UnknownParameter(FieldName),
    #[error("`{text}` is not {expected}")]
    NoValue { text: String, expected: FactType },
    #[error("`{0}` is neither a number nor a date")]
    NoNumber(String),
    #[error("the parameter `{name}` is in `{unit}`, but what it limits is in `{limited}`")]
    OtherUnit { name: FieldName, unit: String, limited: String },
}

fn limit(text: &str, bounded: BoundTarget<'_>, parameters: &[Parameter]) -> Result<Limit, LimitError> {
    if text == "inherited" {
        return Ok(Limit::Inherited);
    }
    if let Some(value) = literal(text) {
        return typed(&value, bounded).map(Limit::Value).ok_or_else(|| no_value(text.to_owned(), bounded));
    }
    let name = FieldName::new(text).map_err(|_| LimitError::NoName(text.to_owned()))?;
    let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
        return Err(LimitError::UnknownParameter(name));
    };
    if let (BoundTarget::Grant(_, Some(limited)), Some(unit)) = (bounded, &parameter.unit)
        && !unit.is_comparable_with(limited)
    {
        return Err(LimitError::OtherUnit { name, unit: unit.to_string(), limited: limited.to_string() });
    }
    let mut values: Vec<Dated<Value>> = Vec::with_capacity(parameter.values.len());
    for dated in &parameter.values {
        let value = match &dated.value {
            Value::Text(text) => literal(text),
            value => Some(value.clone()),
        };
        let value = value.and_then(|value| typed(&value, bounded));
        let value = value.ok_or_else(|| no_value(format!("{name} from {}", dated.from), bounded))?;
        values.push(Dated { from: dated.from, until: dated.until, published: dated.published, value });
    }
    Ok(Limit::Parameter { name, values: Timeline::new(values) })
}

fn no_value(text: String, bounded: BoundTarget<'_>) -> LimitError {
    match bounded {
        BoundTarget::Grant(fact_type, _) => LimitError::NoValue { text, expected: fact_type.clone() },
        BoundTarget::Parameter => LimitError::NoNumber(text),
    }
}

/// A whole number, a decimal number (with the digits that the law writes) or a day.
fn literal(text: &str) -> Option<Value> {
    let integer = text.parse().ok().map(Value::Integer);
    let decimal = || read_decimal(text).and_then(|_| Decimal::from_str_exact(text).ok()).map(Value::Decimal);
    integer.or_else(decimal).or_else(|| read_date(text).map(Value::Date))
}

fn typed(value: &Value, bounded: BoundTarget<'_>) -> Option<Value> {
    match (bounded, value) {
        (BoundTarget::Grant(fact_type @ FactType::Decimal { .. }, _), Value::Integer(number)) => {
            Some(Value::Decimal((*number).into())).filter(|value| fact_type.admits(value))
        }
        (BoundTarget::Grant(fact_type, _), value) => Some(value.clone()).filter(|value| fact_type.admits(value)),
        (BoundTarget::Parameter, Value::Integer(_) | Value::Decimal(_) | Value::Date(_)) => Some(value.clone()),
        (
            BoundTarget::Parameter,
            Value::Bool(_) | Value::Text(_) | Value::Choice(_) | Value::Record(_) | Value::List(_) | Value::Decimals(_),
        ) => None,
    }
}
