//! People who don't exist, for when there is no data: facts drawn from the types of a service's contract and from given
//! distributions. The same seed gives the same people.

use std::collections::BTreeMap;
use std::ops::Range;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::shortened;
use ordinance_domain::value::{Decimal, Record, Value};
use ordinance_engine::case::read_decimal;
use ordinance_engine::diagnostic::Diagnostic;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use toml::Spanned;

/// How the people of a place are spread; what isn't said is as even as its type.
#[derive(Debug, Default)]
pub struct Distributions {
    /// The places and their weights; none for the one place that is asked for.
    jurisdictions: Vec<(JurisdictionCode, f64)>,
    facts: BTreeMap<String, Distribution>,
}

impl Distributions {
    /// The places that they name.
    pub fn places(&self) -> impl Iterator<Item = &JurisdictionCode> {
        self.jurisdictions.iter().map(|(place, _)| place)
    }
}

/// How one fact is spread.
#[derive(Debug, Clone)]
struct Distribution {
    /// The share of people of whom it isn't known.
    missing: f64,
    shape: DistributionShape,
}

#[derive(Debug, Clone)]
enum DistributionShape {
    /// As even as the type.
    Even,
    /// Between two numbers.
    Uniform(Decimal, Decimal),
    /// Around a mean, within the type.
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

/// Reads a file of distributions. `file` is the name that faults show.
///
/// # Errors
/// The first fault, at its line.
pub fn parse_distributions(file: &str, text: &str, contract: &Contract) -> Result<Distributions, Diagnostic> {
    let fault = |span: Range<usize>, message: String, help: Option<&str>| Diagnostic {
        file: file.to_owned(),
        text: text.into(),
        span,
        message,
        help: help.map(str::to_owned),
    };
    let read: DistributionFileToml = toml::from_str(text)
        .map_err(|error| fault(error.span().unwrap_or_default(), error.message().trim().to_owned(), None))?;
    let mut jurisdictions = Vec::new();
    for (code, weight) in &read.jurisdictions {
        let known =
            JurisdictionCode::new(code.get_ref()).map_err(|error| fault(code.span(), error.to_string(), None))?;
        jurisdictions.push((known, weight_of(weight).ok_or_else(|| fault(weight.span(), NO_WEIGHT.to_owned(), None))?));
    }
    let mut facts = BTreeMap::new();
    for (name, written) in &read.facts {
        let fact = contract.fact(name.get_ref()).ok_or_else(|| {
            let message = format!("the service has no fact `{}`", shortened(name.get_ref()));
            fault(name.span(), message, Some("name a fact of the service's `facts`"))
        })?;
        let distribution = distribution(fact, written).map_err(|(span, message)| fault(span, message, Some(SHAPES)))?;
        facts.insert(name.get_ref().clone(), distribution);
    }
    Ok(Distributions { jurisdictions, facts })
}

const NO_WEIGHT: &str = "a weight is a number above 0";
const SHAPES: &str = "write uniform = [0, 100], normal = { mean = 45, deviation = 18 } or values = { yes = 3, no = 7 }, and missing = 0.05";

fn weight_of(written: &Spanned<f64>) -> Option<f64> {
    Some(*written.get_ref()).filter(|weight| weight.is_finite() && *weight > 0.0)
}

/// What was read, or where and what is wrong.
type Read<T> = Result<T, (Range<usize>, String)>;

fn distribution(fact: &Fact, written: &Spanned<FactToml>) -> Read<Distribution> {
    let table = written.get_ref();
    let missing = match &table.missing {
        Some(share) if !(0.0..=1.0).contains(share.get_ref()) => {
            return Err((share.span(), "`missing` is a share from 0 to 1".to_owned()));
        }
        Some(share) => *share.get_ref(),
        None => 0.0,
    };
    let is_number = matches!(fact.fact_type, FactType::Integer { .. } | FactType::Decimal { .. });
    let shape = match (&table.uniform, &table.normal, &table.values) {
        (None, None, None) => DistributionShape::Even,
        (Some(range), None, None) if is_number => {
            let numbers = range.get_ref().each_ref().map(toml_number);
            match numbers {
                [Some(from), Some(to)] if from <= to => DistributionShape::Uniform(from, to),
                [_, _] => return Err((range.span(), "these are no two numbers, the less first".to_owned())),
            }
        }
        (None, Some(normal), None) if is_number => {
            let NormalToml { mean, deviation } = *normal.get_ref();
            if !(mean.is_finite() && deviation.is_finite() && deviation >= 0.0) {
                return Err((normal.span(), "the mean is a number, the deviation one from 0 on".to_owned()));
            }
            DistributionShape::Normal { mean, deviation }
        }
        (None, None, Some(values)) => DistributionShape::Values(weighted(fact, values)?),
        (_, _, _) => {
            return Err((written.span(), format!("this doesn't fit `{}`, which is {}", fact.name, fact.fact_type)));
        }
    };
    Ok(Distribution { missing, shape })
}

fn toml_number(value: &toml::Value) -> Option<Decimal> {
    match value {
        toml::Value::Integer(number) => Some((*number).into()),
        toml::Value::String(text) => read_decimal(text),
        toml::Value::Float(number) => Decimal::try_from(*number).ok(),
        _ => None,
    }
}

fn weighted(fact: &Fact, values: &Spanned<BTreeMap<String, f64>>) -> Read<Vec<(Value, f64)>> {
    let mut all = Vec::new();
    for (word, weight) in values.get_ref() {
        let value = match (&fact.fact_type, word.as_str()) {
            (FactType::Bool, "true") => Some(Value::Bool(true)),
            (FactType::Bool, "false") => Some(Value::Bool(false)),
            (FactType::Choice(choices), word) if choices.iter().any(|choice| choice == word) => {
                Some(Value::Choice(word.to_owned()))
            }
            (FactType::Integer { .. }, word) => word.parse().ok().map(Value::Integer),
            (FactType::Decimal { .. }, word) => read_decimal(word).map(Value::Decimal),
            (FactType::Text { .. }, word) => Some(Value::Text(word.to_owned())),
            (_, _) => None,
        };
        match value.filter(|value| fact.fact_type.admits(value)) {
            Some(value) if weight.is_finite() && *weight > 0.0 => all.push((value, *weight)),
            Some(_) => return Err((values.span(), NO_WEIGHT.to_owned())),
            None => {
                let message =
                    format!("`{}` is no value of `{}`, which is {}", shortened(word), fact.name, fact.fact_type);
                return Err((values.span(), message));
            }
        }
    }
    Ok(all)
}

/// Draws people of a service.
pub struct PopulationGenerator<'a> {
    contract: &'a Contract,
    distributions: &'a Distributions,
    place: JurisdictionCode,
    as_of: Date,
    draw: RandomSource,
}

impl<'a> PopulationGenerator<'a> {
    /// Begins; `place` is where people live of whom the distributions say nothing else.
    #[must_use]
    pub fn new(
        contract: &'a Contract,
        distributions: &'a Distributions,
        place: JurisdictionCode,
        as_of: Date,
        seed: u64,
    ) -> Self {
        let mut bytes = [0_u8; 32];
        bytes.iter_mut().zip(seed.to_le_bytes()).for_each(|(byte, part)| *byte = part);
        let draw = RandomSource(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        Self { contract, distributions, place, as_of, draw }
    }

    /// The next person, as a line of a file of people.
    pub fn next_person(&mut self) -> Json {
        let place = self.draw.weighted(&self.distributions.jurisdictions).unwrap_or_else(|| self.place.clone());
        let contract = self.contract;
        let facts: Record =
            contract.facts.iter().filter_map(|fact| Some((fact.name.clone(), self.fact(fact)?))).collect();
        let mut person = Map::new();
        person.insert("jurisdiction".to_owned(), place.to_string().into());
        person.insert("service".to_owned(), contract.service.to_string().into());
        person.insert("as_of".to_owned(), self.as_of.to_string().into());
        person.insert("facts".to_owned(), record_json(&facts));
        Json::Object(person)
    }

    fn fact(&mut self, fact: &Fact) -> Option<Value> {
        let distribution = self.distributions.facts.get(fact.name.as_str());
        let (missing, shape) =
            distribution.map_or((0.0, &DistributionShape::Even), |known| (known.missing, &known.shape));
        if self.draw.share() < missing {
            return None;
        }
        let value = match shape {
            DistributionShape::Even => self.even(&fact.fact_type)?,
            DistributionShape::Uniform(from, to) => self.draw.number(&fact.fact_type, *from, *to)?,
            DistributionShape::Normal { mean, deviation } => {
                let number = Decimal::try_from(mean + deviation * self.draw.normal()).ok()?;
                rounded(&fact.fact_type, number)?
            }
            DistributionShape::Values(values) => self.draw.weighted(values)?,
        };
        Some(fact.fact_type.nearest(value))
    }

    fn even(&mut self, fact_type: &FactType) -> Option<Value> {
        Some(match fact_type {
            FactType::Bool => Value::Bool(self.draw.below(2) == 1),
            FactType::Choice(choices) => Value::Choice(choices.get(self.draw.below(choices.len()))?.clone()),
            FactType::Integer { min, max } => self.draw.number(fact_type, (*min).into(), (*max).into())?,
            FactType::Decimal { min, max, .. } => self.draw.number(fact_type, *min, *max)?,
            FactType::Date => {
                let back = jiff::Span::new().days(i64::try_from(self.draw.below(DAYS_BACK)).ok()?);
                Value::Date(self.as_of.checked_sub(back).ok()?)
            }
            FactType::Record(fields) => Value::Record(self.record(fields)),
            FactType::List { fields, items_max } => {
                let items = self.draw.below(ITEMS_MAX.min(*items_max) + 1);
                Value::List((0..items).map(|_| self.record(fields)).collect())
            }
            // Nothing is known of what a text could be.
            FactType::Text { .. } => return None,
        })
    }

    fn record(&mut self, fields: &[Field]) -> Record {
        fields.iter().filter_map(|field| Some((field.name.clone(), self.even(&field.fact_type)?))).collect()
    }
}

/// How many days back a date may lie: those of a hundred years.
const DAYS_BACK: usize = 36_525;
/// The most items of a list.
const ITEMS_MAX: usize = 4;

/// Numbers as if drawn by lot.
struct RandomSource(TestRng);

impl RandomSource {
    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        // The 53 bits that such a number can hold.
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.0.next_u64() % (count.max(1) as u64)).unwrap_or_default()
    }

    /// From the standard normal distribution (G. E. P. Box and M. E. Muller, 1958).
    fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.share(), self.share());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    fn number(&mut self, fact_type: &FactType, from: Decimal, to: Decimal) -> Option<Value> {
        let part = Decimal::try_from(self.share()).ok()?;
        rounded(fact_type, from + (to - from).checked_mul(part)?)
    }

    fn weighted<T: Clone>(&mut self, values: &[(T, f64)]) -> Option<T> {
        let all: f64 = values.iter().map(|(_, weight)| weight).sum();
        let mut left = self.share() * all;
        for (value, weight) in values {
            left -= weight;
            if left < 0.0 {
                return Some(value.clone());
            }
        }
        values.last().map(|(value, _)| value.clone())
    }
}

/// A number as its type writes it.
fn rounded(fact_type: &FactType, number: Decimal) -> Option<Value> {
    match fact_type {
        FactType::Integer { .. } => i64::try_from(number.round()).ok().map(Value::Integer),
        FactType::Decimal { scale, .. } => Some(Value::Decimal(number.round_dp(*scale).normalize())),
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => None,
    }
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Bool(yes) => (*yes).into(),
        Value::Integer(number) => (*number).into(),
        Value::Decimal(_) | Value::Date(_) | Value::Text(_) | Value::Choice(_) => value.to_plain().into(),
        Value::Record(record) => record_json(record),
        Value::List(items) => items.iter().map(|item| record_json(item)).collect::<Vec<_>>().into(),
    }
}

fn record_json(record: &[(ordinance_domain::name::FieldName, Value)]) -> Json {
    Json::Object(record.iter().map(|(name, value)| (name.to_string(), value_json(value))).collect())
}
