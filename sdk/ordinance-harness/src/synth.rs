//! Generates synthetic people to try a service without real data. Their facts follow the types of the service's
//! contract and given distributions. The same seed gives the same people.

mod distributions;
mod random;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Record, Value};
use serde_json::{Map, Value as Json};

use crate::agreeing_facts::make_agree;

use self::distributions::DistributionShape;
pub use self::distributions::{Distributions, parse_distributions};
use self::random::{RandomSource, rounded};

/// A person of whom nobody is the model.
#[derive(Debug, Clone)]
pub struct SyntheticPerson {
    /// The place of the case.
    pub place: JurisdictionCode,
    /// In the order of the contract.
    pub facts: Facts,
}

/// Generates people of a service.
pub struct PopulationGenerator<'a> {
    contract: &'a Contract,
    distributions: &'a Distributions,
    place: JurisdictionCode,
    as_of: Date,
    random: RandomSource,
}

impl<'a> PopulationGenerator<'a> {
    /// Creates a generator. `place` is the place of the people unless the distributions name places.
    #[must_use]
    pub fn new(
        contract: &'a Contract,
        distributions: &'a Distributions,
        place: JurisdictionCode,
        as_of: Date,
        seed: u64,
    ) -> Self {
        Self { contract, distributions, place, as_of, random: RandomSource::from_seed(seed) }
    }

    /// The next person, as a line of a file of people.
    pub fn next_line(&mut self) -> Json {
        let SyntheticPerson { place, facts } = self.next_person();
        let mut person = Map::new();
        person.insert("jurisdiction".to_owned(), place.to_string().into());
        person.insert("service".to_owned(), self.contract.service.to_string().into());
        person.insert("as_of".to_owned(), self.as_of.to_string().into());
        person.insert("facts".to_owned(), record_json(&facts.0));
        Json::Object(person)
    }

    /// The next person.
    pub fn next_person(&mut self) -> SyntheticPerson {
        let place = self.random.weighted(&self.distributions.jurisdictions).unwrap_or_else(|| self.place.clone());
        let contract = self.contract;
        let facts = contract.facts.iter().filter_map(|fact| Some((fact.name.clone(), self.fact(fact)?))).collect();
        SyntheticPerson { place, facts: self.agreeing(Facts(facts)) }
    }

    /// The same facts as those of one person, whom the host accepts. A number follows from its day, unless the
    /// distributions name the number alone: then the day goes.
    fn agreeing(&self, mut facts: Facts) -> Facts {
        let named = |name: &FieldName| self.distributions.facts.contains_key(name.as_str());
        let follows_by_name = |day: &Fact| {
            self.contract
                .facts
                .iter()
                .flat_map(Fact::with_parts)
                .any(|fact| day.is_source_of(fact) && named(&fact.name))
        };
        let keeps_day = |day: &Fact| named(&day.name) || !follows_by_name(day);
        make_agree(self.contract, &mut facts, self.as_of, &keeps_day);
        facts
    }

    fn fact(&mut self, fact: &Fact) -> Option<Value> {
        let distribution = self.distributions.facts.get(fact.name.as_str());
        let missing = distribution.map_or(0.0, |distribution| distribution.missing);
        let shape = distribution.map_or(&DistributionShape::Type, |distribution| &distribution.shape);
        if self.random.share() < missing {
            return None;
        }
        let value = match shape {
            DistributionShape::Type => self.any_value(&fact.fact_type)?,
            DistributionShape::Uniform(from, to) => self.random.number(&fact.fact_type, *from, *to)?,
            DistributionShape::Normal { mean, deviation } => {
                let number = Decimal::try_from(mean + deviation * self.random.normal()).ok()?;
                rounded(&fact.fact_type, number)?
            }
            DistributionShape::Values(values) => self.random.weighted(values)?,
        };
        Some(fact.fact_type.nearest(value))
    }

    fn any_value(&mut self, fact_type: &FactType) -> Option<Value> {
        Some(match fact_type {
            FactType::Bool => Value::Bool(self.random.below(2) == 1),
            FactType::Choice(choices) => Value::Choice(choices.get(self.random.below(choices.len()))?.clone()),
            FactType::Integer { min, max } => self.random.number(fact_type, (*min).into(), (*max).into())?,
            FactType::Decimal { min, max, .. } => self.random.number(fact_type, *min, *max)?,
            FactType::Date => {
                let back = jiff::Span::new().days(i64::try_from(self.random.below(DAYS_BACK)).ok()?);
                Value::Date(self.as_of.checked_sub(back).ok()?)
            }
            FactType::Record(fields) => Value::Record(self.record(fields)),
            FactType::List { fields, items_max } => {
                // The most items are rare, and a place where rules break.
                let is_full = self.random.below(FULL_LISTS) == 0;
                let items = if is_full { *items_max } else { self.random.below(ITEMS_MAX.min(*items_max) + 1) };
                Value::List((0..items).map(|_| self.record(fields)).collect())
            }
            // A text without a distribution stays missing: there are no sensible values.
            FactType::Text { .. } => return None,
        })
    }

    fn record(&mut self, fields: &[Field]) -> Record {
        fields.iter().filter_map(|field| Some((field.name.clone(), self.fact(&field.part)?))).collect()
    }
}

/// The number of days before `as_of` in which dates lie: a hundred years.
const DAYS_BACK: usize = 36_525;
/// The largest number of items of a list that isn't full.
const ITEMS_MAX: usize = 4;
/// One list in so many is full.
const FULL_LISTS: usize = 32;

fn value_json(value: &Value) -> Json {
    match value {
        Value::Bool(boolean) => (*boolean).into(),
        Value::Integer(number) => (*number).into(),
        Value::Decimal(_) | Value::Date(_) | Value::Text(_) | Value::Choice(_) => value.to_plain().into(),
        Value::Record(record) => record_json(record),
        Value::List(items) => items.iter().map(|item| record_json(item)).collect::<Vec<_>>().into(),
        Value::Decimals(numbers) => numbers.iter().map(ToString::to_string).collect::<Vec<_>>().into(),
    }
}

fn record_json(record: &[(FieldName, Value)]) -> Json {
    Json::Object(record.iter().map(|(name, value)| (name.to_string(), value_json(value))).collect())
}
