//! The distributions of a population, parsed from TOML.

use std::collections::BTreeMap;
use std::ops::Range;

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::literals::read_decimal;
use serde::Deserialize;
use toml::Spanned;

/// The distributions of the facts of a population. A fact without one is uniform over its type.
#[derive(Debug, Default)]
pub struct Distributions {
    /// The places with their weights; empty if all people have the generator's place.
    pub(super) jurisdictions: Vec<(JurisdictionCode, f64)>,
    pub(super) facts: BTreeMap<String, Distribution>,
}

impl Distributions {
    /// The places that the distributions name.
    pub fn places(&self) -> impl Iterator<Item = &JurisdictionCode> {
        self.jurisdictions.iter().map(|(place, _)| place)
    }
}

/// The distribution of one fact.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    /// The share of people whose fact is missing, from 0 to 1.
    pub(super) missing: f64,
    pub(super) shape: DistributionShape,
}

#[derive(Debug, Clone)]
pub(super) enum DistributionShape {
    /// Uniform over the type.
    Type,
    /// Uniform between two numbers.
    Uniform(Decimal, Decimal),
    /// Normal, cut to the type.
    Normal { mean: f64, deviation: f64 },
    /// Values with their weights.
    Values(Vec<(Value, f64)>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DistributionFileToml {
    #[serde(default)]
    jurisdictions: BTreeMap<Spanned<String>, Spanned<f64>>,
    #[serde(default)]
    facts: BTreeMap<Spanned<String>, Spanned<FactToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactToml {
    missing: Option<Spanned<f64>>,
    uniform: Option<Spanned<[toml::Value; 2]>>,
    normal: Option<Spanned<NormalToml>>,
    values: Option<Spanned<BTreeMap<String, f64>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormalToml {
    mean: f64,
    deviation: f64,
}

/// Parses a file of distributions. `file` is the name that the diagnostic shows.
///
/// # Errors
/// The first diagnostic, at its line.
pub fn parse_distributions(file: &str, text: &str, contract: &Contract) -> Result<Distributions, Diagnostic> {
    parse(text, contract).map_err(|SpanError { span, message, help }| Diagnostic {
        is_cell: false,
        file: file.to_owned(),
        text: text.into(),
        span,
        message,
        help: help.map(str::to_owned),
    })
}

/// An error, with its span in the text.
struct SpanError {
    span: Range<usize>,
    message: String,
    help: Option<&'static str>,
}

fn error<T>(span: Range<usize>, message: impl Into<String>, help: Option<&'static str>) -> Result<T, SpanError> {
    Err(SpanError { span, message: message.into(), help })
}

fn parse(text: &str, contract: &Contract) -> Result<Distributions, SpanError> {
    let file: DistributionFileToml = match toml::from_str(text) {
        Ok(file) => file,
        Err(toml_error) => return error(toml_error.span().unwrap_or_default(), toml_error.message().trim(), None),
    };
    let mut jurisdictions = Vec::new();
    for (code, weight) in &file.jurisdictions {
        let place = match JurisdictionCode::new(code.get_ref()) {
            Ok(place) => place,
            Err(code_error) => return error(code.span(), code_error.to_string(), None),
        };
        if !is_weight(*weight.get_ref()) {
            return error(weight.span(), NO_WEIGHT, None);
        }
        jurisdictions.push((place, *weight.get_ref()));
    }
    let mut facts = BTreeMap::new();
    for (name, table) in &file.facts {
        let path = FieldName::path(name.get_ref()).ok().filter(|path| *path == path.without_items());
        let Some(fact) = path.and_then(|path| contract.fact_at(&path)) else {
            let message = format!("the service has no fact `{}`", shortened(name.get_ref()));
            return error(
                name.span(),
                message,
                Some("name a fact of the service's `facts`, or a part of one as \"members.age\""),
            );
        };
        facts.insert(name.get_ref().clone(), parse_distribution(fact, table)?);
    }
    Ok(Distributions { jurisdictions, facts })
}

const NO_WEIGHT: &str = "a weight must be a number above 0";
const SHAPES: &str = "write uniform = [0, 100], normal = { mean = 45, deviation = 18 } or values = { yes = 3, no = 7 }, and missing = 0.05";

fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight > 0.0
}

fn parse_distribution(fact: &Fact, spanned: &Spanned<FactToml>) -> Result<Distribution, SpanError> {
    let table = spanned.get_ref();
    let missing = match &table.missing {
        Some(share) if !(0.0..=1.0).contains(share.get_ref()) => {
            return error(share.span(), "`missing` must be a share from 0 to 1", Some(SHAPES));
        }
        Some(share) => *share.get_ref(),
        None => 0.0,
    };
    let is_number = matches!(fact.fact_type, FactType::Integer { .. } | FactType::Decimal { .. });
    let shape = match (&table.uniform, &table.normal, &table.values) {
        (None, None, None) => DistributionShape::Type,
        (Some(range), None, None) if is_number => match range.get_ref().each_ref().map(toml_number) {
            [Some(from), Some(to)] if from <= to && has_both(&fact.fact_type, from, to) => {
                DistributionShape::Uniform(from, to)
            }
            [Some(from), Some(to)] if from <= to => {
                let message = format!("`uniform` goes beyond `{}`, which is {}", fact.name, fact.fact_type);
                return error(range.span(), message, Some("keep both numbers within the range of facts.toml"));
            }
            [_, _] => return error(range.span(), "`uniform` must be two numbers, the smaller first", Some(SHAPES)),
        },
        (None, Some(normal), None) if is_number => {
            let NormalToml { mean, deviation } = *normal.get_ref();
            if !(mean.is_finite() && deviation.is_finite() && deviation >= 0.0) {
                return error(
                    normal.span(),
                    "`mean` must be a number, and `deviation` a number from 0 on",
                    Some(SHAPES),
                );
            }
            DistributionShape::Normal { mean, deviation }
        }
        (None, None, Some(values)) => DistributionShape::Values(parse_weights(fact, values)?),
        (_, _, _) => {
            let message = format!("this distribution doesn't fit `{}`, which is {}", fact.name, fact.fact_type);
            return error(spanned.span(), message, Some(SHAPES));
        }
    };
    Ok(Distribution { missing, shape })
}

/// Whether both ends of a range are within a type of numbers.
fn has_both(fact_type: &FactType, from: Decimal, to: Decimal) -> bool {
    let (min, max) = match fact_type {
        FactType::Integer { min, max } => ((*min).into(), (*max).into()),
        FactType::Decimal { min, max, .. } => (*min, *max),
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => return false,
    };
    min <= from && to <= max
}

fn toml_number(value: &toml::Value) -> Option<Decimal> {
    match value {
        toml::Value::Integer(number) => Some((*number).into()),
        toml::Value::String(text) => read_decimal(text),
        toml::Value::Float(number) => Decimal::try_from(*number).ok(),
        _ => None,
    }
}

fn parse_weights(fact: &Fact, values: &Spanned<BTreeMap<String, f64>>) -> Result<Vec<(Value, f64)>, SpanError> {
    let mut weights = Vec::new();
    for (text, weight) in values.get_ref() {
        let value = parse_value(&fact.fact_type, text).filter(|value| fact.fact_type.admits(value));
        let Some(value) = value else {
            let message =
                format!("`{}` is not a value of `{}`, which is {}", shortened(text), fact.name, fact.fact_type);
            return error(values.span(), message, Some(SHAPES));
        };
        if !is_weight(*weight) {
            return error(values.span(), NO_WEIGHT, Some(SHAPES));
        }
        weights.push((value, *weight));
    }
    Ok(weights)
}

fn parse_value(fact_type: &FactType, text: &str) -> Option<Value> {
    match (fact_type, text) {
        (FactType::Bool, "true") => Some(Value::Bool(true)),
        (FactType::Bool, "false") => Some(Value::Bool(false)),
        (FactType::Choice(choices), text) if choices.iter().any(|choice| choice == text) => {
            Some(Value::Choice(text.to_owned()))
        }
        (FactType::Integer { .. }, text) => text.parse().ok().map(Value::Integer),
        (FactType::Decimal { .. }, text) => read_decimal(text).map(Value::Decimal),
        (FactType::Text { .. }, text) => Some(Value::Text(text.to_owned())),
        (_, _) => None,
    }
}
