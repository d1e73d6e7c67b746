//! Facts: the information about a case, and its types. This module owns the check of a value against its type.

use std::fmt;

use crate::calendar::Date;
use crate::category::Category;
use crate::derivation::Derivation;
use crate::guidance::FactGuidance;
use crate::name::FieldName;
use crate::normalisation::Normalisation;
use crate::sharing::Sharing;
use crate::titles::Titles;
use crate::unit::Unit;
use crate::value::{Decimal, Value};

/// A piece of information about a case (CCCEV: Information Concept).
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Unique within the rulebook.
    pub name: FieldName,
    /// The type and range of its values.
    pub fact_type: FactType,
    /// Titles for people.
    pub titles: Titles,
    /// The category of personal data; `None` only for a public fact.
    pub category: Option<Category>,
    /// How sensitive the fact is.
    pub sensitivity: Sensitivity,
    /// In what it stands, if it is a number.
    pub unit: Option<Unit>,
    /// How the department that holds the fact may share it; `None` if the catalogue doesn't say.
    pub sharing: Option<Sharing>,
    /// Whose it is.
    pub holder: Holder,
    /// Of a yes-or-no fact: those facts that nobody has who hasn't this one. If one of them is known, no is a
    /// contradiction.
    pub implied_by: Vec<FieldName>,
    /// How it follows from a day, if the catalogue says so.
    pub derivation: Option<Derivation>,
    /// How its text is normalised before it is masked, if it is one.
    pub normalisation: Normalisation,
    /// How a person is asked for it.
    pub guidance: FactGuidance,
}

/// Whose a fact is. Privacy law rules on each fact for the person whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The person for whom the case is decided.
    Applicant,
    /// The household's in which the applicant lives: it counts as the applicant's.
    Household,
    /// Another person's, by the name that facts of the same person share, such as `child`.
    Other(FieldName),
    /// Each item of the list is a person, whose its parts are; that there is a list is the household's.
    EachItem,
}

/// How sensitive a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// Not about a person.
    Public,
    /// About a person.
    Personal,
    /// About a person and specially protected.
    Sensitive,
}

impl Sensitivity {
    /// All of them, least sensitive first.
    pub const ALL: [Self; 3] = [Self::Public, Self::Personal, Self::Sensitive];

    /// The stable word for machines and authors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Personal => "personal",
            Self::Sensitive => "sensitive",
        }
    }
}

/// The type of a fact or of a grant field.
#[derive(Debug, Clone, PartialEq)]
pub enum FactType {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer {
        /// The least value, included.
        min: i64,
        /// The greatest value, included.
        max: i64,
    },
    /// An exact decimal number.
    Decimal {
        /// The least value, included.
        min: Decimal,
        /// The greatest value, included.
        max: Decimal,
        /// The most digits after the point, at most [`SCALE_MAX`].
        scale: u32,
    },
    /// A day.
    Date,
    Text {
        /// The longest text, in bytes of UTF-8.
        bytes_max: usize,
    },
    /// One of these words.
    Choice(Vec<String>),
    /// A record of these fields.
    Record(Vec<Field>),
    /// A list of records.
    List {
        /// The fields of each record.
        fields: Vec<Field>,
        /// The longest list, in records.
        items_max: usize,
    },
}

/// A field of a record type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Unique within its record.
    pub name: FieldName,
    /// The field as a fact. Its name is the path from the whole fact, such as `members.age`; what the catalogue doesn't
    /// say of it, it has from the record or list around it.
    pub part: Fact,
    /// Whether privacy law rules on it by itself: it is a part of a person, or the catalogue gives it a category, a
    /// sensitivity or a sharing of its own. Else the ruling on what is around it counts.
    pub is_ruled_on: bool,
}

impl Fact {
    /// The last name of its path: that within its record.
    #[must_use]
    pub fn short_name(&self) -> Option<FieldName> {
        let (name, _) = self.name.steps().last()?;
        FieldName::new(name).ok()
    }

    /// Whether another fact or part, of the same record, follows from this one.
    #[must_use]
    pub fn is_source_of(&self, other: &Self) -> bool {
        let around = |fact: &Self| fact.name.as_str().rsplit_once('.').map(|(around, _)| around.to_owned());
        let derivation = other.derivation.as_ref();
        derivation.is_some_and(|derivation| self.short_name().as_ref() == Some(&derivation.from))
            && around(self) == around(other)
    }

    /// The part that a path names from this fact, whatever items of lists the path names; the fact itself for its name.
    #[must_use]
    pub fn at(&self, path: &FieldName) -> Option<&Self> {
        let mut steps = path.steps();
        steps.next().filter(|(name, _)| self.name.is(name))?;
        steps.try_fold(self, |fact, (name, _)| {
            fact.fact_type.fields().iter().find(|field| field.name.is(name)).map(|field| &field.part)
        })
    }

    /// The fact and its parts at every depth, each before its own parts.
    pub fn with_parts(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let fact = open.pop()?;
            open.extend(fact.fact_type.fields().iter().rev().map(|field| &field.part));
            Some(fact)
        })
    }

    /// The number that follows on a day from the day of its source. `None` if it follows from no day, the counting
    /// hasn't begun, or the type doesn't have the number.
    #[must_use]
    pub fn derived_number(&self, from: Date, as_of: Date) -> Option<Value> {
        let number = Value::Integer(self.derivation.as_ref()?.count(from, as_of)?);
        let is_integer = matches!(self.fact_type, FactType::Integer { .. });
        (is_integer && self.fact_type.admits(&number)).then_some(number)
    }

    /// Whether it tells a person's age.
    #[must_use]
    pub fn tells_age(&self) -> bool {
        self.category.is_some_and(|category| category.is_age() || category.is_birth_date())
    }

    /// The parts on which privacy law rules by themselves, at every depth, each before its own parts.
    #[must_use]
    pub fn ruled_parts(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        self.add_ruled_parts(&mut found);
        found
    }

    fn add_ruled_parts<'f>(&'f self, found: &mut Vec<&'f Self>) {
        for field in self.fact_type.fields() {
            if field.is_ruled_on {
                found.push(&field.part);
            }
            field.part.add_ruled_parts(found);
        }
    }
}

/// The most digits after the point that a decimal can have between host and rule.
pub const SCALE_MAX: u32 = 18;

impl FactType {
    /// The fields of a record, or of each record of a list; empty for another type.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match self {
            Self::Record(fields) | Self::List { fields, .. } => fields,
            Self::Bool
            | Self::Integer { .. }
            | Self::Decimal { .. }
            | Self::Date
            | Self::Text { .. }
            | Self::Choice(_) => &[],
        }
    }

    /// The longest list, in records; 0 for another type.
    #[must_use]
    pub fn items_max(&self) -> usize {
        match self {
            Self::List { items_max, .. } => *items_max,
            Self::Bool
            | Self::Integer { .. }
            | Self::Decimal { .. }
            | Self::Date
            | Self::Text { .. }
            | Self::Choice(_)
            | Self::Record(_) => 0,
        }
    }

    /// Whether the value is of this type and within its range. A record may lack fields.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool, Value::Bool(_)) | (Self::Date, Value::Date(_)) => true,
            (Self::Integer { min, max }, Value::Integer(number)) => min <= number && number <= max,
            (Self::Decimal { min, max, scale }, Value::Decimal(number)) => {
                min <= number && number <= max && number.normalize().scale() <= *scale
            }
            (Self::Text { bytes_max }, Value::Text(text)) => text.len() <= *bytes_max,
            (Self::Choice(choices), Value::Choice(word)) => choices.contains(word),
            (Self::Record(fields), Value::Record(record)) => fields_admit(fields, record),
            (Self::List { fields, items_max }, Value::List(items)) => {
                items.len() <= *items_max && items.iter().all(|item| fields_admit(fields, item))
            }
            (
                Self::Bool
                | Self::Date
                | Self::Integer { .. }
                | Self::Decimal { .. }
                | Self::Text { .. }
                | Self::Choice(_)
                | Self::Record(_)
                | Self::List { .. },
                _,
            ) => false,
        }
    }
}

impl FactType {
    /// The number with all digits of the type, such as 80.00; as it is if this is no type of decimals.
    #[must_use]
    pub fn scaled(&self, mut number: Decimal) -> Decimal {
        if let Self::Decimal { scale, .. } = self {
            number.rescale(*scale);
        }
        number
    }

    /// Every value of this type; `None` if there are more than `most`, or if the type isn't enumerable.
    #[must_use]
    pub fn all_values(&self, most: usize) -> Option<Vec<Value>> {
        match self {
            Self::Bool => Some(vec![Value::Bool(true), Value::Bool(false)]),
            Self::Choice(choices) => Some(choices.iter().cloned().map(Value::Choice).collect()),
            Self::Integer { min, max } if max.checked_sub(*min).is_some_and(|range| range < most as i64) => {
                Some((*min..=*max).map(Value::Integer).collect())
            }
            Self::Integer { .. }
            | Self::Decimal { .. }
            | Self::Date
            | Self::Text { .. }
            | Self::Record(_)
            | Self::List { .. } => None,
        }
        .filter(|values: &Vec<Value>| values.len() <= most)
    }

    /// The number within the range that is nearest to a number; any other value unchanged.
    #[must_use]
    pub fn nearest(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Integer { min, max }, Value::Integer(number)) => Value::Integer(number.clamp(*min, *max)),
            (Self::Decimal { min, max, .. }, Value::Decimal(number)) => Value::Decimal(number.clamp(*min, *max)),
            (_, value) => value,
        }
    }
}

fn fields_admit(fields: &[Field], record: &[(FieldName, Value)]) -> bool {
    record
        .iter()
        .all(|(name, value)| fields.iter().any(|field| &field.name == name && field.part.fact_type.admits(value)))
}

impl fmt::Display for FactType {
    /// The expected value in words, for an error message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Decimal { min, max, scale } => {
                write!(
                    f,
                    "a decimal number from {min} to {max} with at most {scale} digits after the point, as a string"
                )
            }
            Self::Date => f.write_str("a date as YYYY-MM-DD that exists"),
            Self::Text { bytes_max } => write!(f, "a string of at most {bytes_max} bytes"),
            Self::Choice(choices) => {
                f.write_str("one of ")?;
                for (index, choice) in choices.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}`{choice}`")?;
                }
                Ok(())
            }
            Self::Record(_) => f.write_str("an object"),
            Self::List { items_max, .. } => write!(f, "an array of at most {items_max} objects"),
        }
    }
}
