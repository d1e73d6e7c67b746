//! Masks: forms of a fact that disclose less than the fact itself. This module owns which mask fits which fact, the
//! masked value, and the order of masks by what they disclose. It must never return the value that a mask hides.

use std::fmt;

use crate::calendar::Date;
use crate::category::Category;
use crate::fact::{Fact, FactType};
use crate::normalisation::Normalisation;
use crate::value::{Decimal, Value};

/// A form of a fact that discloses less than the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mask {
    /// The year of a date, as a whole number.
    YearOnly,
    /// The [`AgeBand`] of an age in years or a date of birth.
    AgeBand,
    /// The first characters (Unicode code points) of a normalised text, never the whole text. 1 to 99.
    Prefix(u8),
    /// The last characters of a normalised text, never the whole text. 1 to 99.
    Last(u8),
    /// The multiple of this number at or below a number. At least 2.
    RoundTo(u64),
    /// A keyed code of a normalised text: one recipient always receives the same code, and each recipient another.
    Pseudonym,
    /// Only that the fact has a value. It fits every fact.
    PresenceOnly,
}

/// A text names no mask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no mask")]
pub struct MaskError(String);

/// The text that says in messages what to write for a mask.
pub const MASKS: &str = "write \"year-only\", \"age-band\", \"prefix N\", \"last N\" (N from 1 to 99), \"round to N\" \
                         (N from 2), \"pseudonym\" or \"presence-only\"";

/// An age, as coarse as laws on children's data need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgeBand {
    /// Below 13.
    Under13,
    /// 13.
    Age13,
    /// 14.
    Age14,
    /// 15.
    Age15,
    /// 16 or 17.
    Age16To17,
    /// 18 and over.
    Adult,
}

impl AgeBand {
    /// Every band, youngest first.
    pub const ALL: [Self; 6] = [Self::Under13, Self::Age13, Self::Age14, Self::Age15, Self::Age16To17, Self::Adult];

    /// The stable word for machines and authors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Under13 => "under13",
            Self::Age13 => "age13",
            Self::Age14 => "age14",
            Self::Age15 => "age15",
            Self::Age16To17 => "age16to17",
            Self::Adult => "adult",
        }
    }

    /// The band of an age in full years.
    #[must_use]
    pub fn of_years(years: i64) -> Self {
        match years {
            ..13 => Self::Under13,
            13 => Self::Age13,
            14 => Self::Age14,
            15 => Self::Age15,
            16 | 17 => Self::Age16To17,
            18.. => Self::Adult,
        }
    }

    /// The band on a day of a person born on another. A year is full on the birthday; for 29 February, on 1 March in
    /// years without that day.
    #[must_use]
    pub fn of_birth(born: Date, day: Date) -> Self {
        let before_birthday = (day.month(), day.day()) < (born.month(), born.day());
        Self::of_years(i64::from(day.year()) - i64::from(born.year()) - i64::from(before_birthday))
    }

    /// The band of a fact that is an age in years or a date of birth; `None` for any other fact.
    #[must_use]
    pub fn of_fact(fact: &Fact, value: &Value, day: Date) -> Option<Self> {
        if tells_age(fact) { Self::of_value(value, day) } else { None }
    }

    fn of_value(value: &Value, day: Date) -> Option<Self> {
        match value {
            Value::Integer(years) => Some(Self::of_years(*years)),
            Value::Date(born) => Some(Self::of_birth(*born, day)),
            _ => None,
        }
    }

    /// The words of all bands, youngest first, as the choices of a type.
    #[must_use]
    pub fn choices() -> Vec<String> {
        Self::ALL.map(|band| band.as_str().to_owned()).into()
    }
}

/// Whether a fact is an age in years or a date of birth.
fn tells_age(fact: &Fact) -> bool {
    match fact.fact_type {
        FactType::Integer { .. } => fact.category.is_some_and(Category::is_age),
        FactType::Date => fact.category.is_some_and(Category::is_birth_date),
        FactType::Bool
        | FactType::Decimal { .. }
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => false,
    }
}

/// What a mask needs besides the value.
#[derive(Clone, Copy)]
pub struct MaskContext<'a> {
    /// The day of processing.
    pub day: Date,
    /// How the fact has a text normalised before it is masked.
    pub normalisation: Normalisation,
    /// Makes the recipient's code for a normalised text, of [`PSEUDONYM_BYTES`] bytes.
    pub pseudonym: &'a dyn Fn(&str) -> String,
}

/// The length of a pseudonym, in bytes.
pub const PSEUDONYM_BYTES: usize = 64;

const ROUND_MAX: u64 = 1_000_000_000_000;

impl Mask {
    /// Parses a mask as authors write it, such as `round to 100`.
    ///
    /// # Errors
    /// [`MaskError`] for any other text; [`MASKS`] says what authors may write.
    pub fn parse(text: &str) -> Result<Self, MaskError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let count = |word: &str| word.parse::<u8>().ok().filter(|count| (1..=99).contains(count));
        let step = |word: &str| word.parse::<u64>().ok().filter(|step| (2..=ROUND_MAX).contains(step));
        let mask = match words.as_slice() {
            ["year-only"] => Some(Self::YearOnly),
            ["age-band"] => Some(Self::AgeBand),
            ["prefix", number] => count(number).map(Self::Prefix),
            ["last", number] => count(number).map(Self::Last),
            ["round", "to", number] => step(number).map(Self::RoundTo),
            ["pseudonym"] => Some(Self::Pseudonym),
            ["presence-only"] => Some(Self::PresenceOnly),
            _ => None,
        };
        mask.ok_or_else(|| MaskError(crate::name::shortened(text)))
    }

    /// The type of the masked form of a fact; `None` if the mask doesn't fit the fact.
    #[must_use]
    pub fn masked_type(self, fact: &Fact) -> Option<FactType> {
        match (self, &fact.fact_type) {
            (Self::PresenceOnly, _) => Some(FactType::Bool),
            (Self::YearOnly, FactType::Date) => Some(FactType::Integer { min: 0, max: 9999 }),
            (Self::AgeBand, _) if tells_age(fact) => Some(FactType::Choice(AgeBand::choices())),
            (Self::Prefix(_) | Self::Last(_), text @ FactType::Text { .. }) => Some(text.clone()),
            (Self::Pseudonym, FactType::Text { .. }) => Some(FactType::Text { bytes_max: PSEUDONYM_BYTES }),
            (Self::RoundTo(step), FactType::Integer { min, max }) => {
                Some(FactType::Integer { min: round_down(*min, step), max: *max })
            }
            (Self::RoundTo(step), FactType::Decimal { min, max, scale }) => {
                Some(FactType::Decimal { min: round_decimal_down(*min, step), max: *max, scale: *scale })
            }
            (
                Self::YearOnly | Self::AgeBand | Self::Prefix(_) | Self::Last(_) | Self::Pseudonym | Self::RoundTo(_),
                _,
            ) => None,
        }
    }

    /// The masked form of a value; a text is normalised before. If the mask doesn't fit the value, the form is `true`:
    /// that there is a value.
    #[must_use]
    pub fn apply(self, value: &Value, context: MaskContext<'_>) -> Value {
        let normal = |text| context.normalisation.normalise(text);
        match (self, value) {
            (Self::YearOnly, Value::Date(day)) => Value::Integer(day.year().into()),
            (Self::AgeBand, value) => AgeBand::of_value(value, context.day)
                .map_or(Value::Bool(true), |band| Value::Choice(band.as_str().to_owned())),
            (Self::Prefix(count), Value::Text(text)) => Value::Text(mask_all_but_first(&normal(text), count)),
            (Self::Last(count), Value::Text(text)) => Value::Text(mask_all_but_last(&normal(text), count)),
            (Self::RoundTo(step), Value::Integer(number)) => Value::Integer(round_down(*number, step)),
            (Self::RoundTo(step), Value::Decimal(number)) => Value::Decimal(round_decimal_down(*number, step)),
            (Self::Pseudonym, Value::Text(text)) => Value::Text((context.pseudonym)(&normal(text))),
            (
                Self::YearOnly
                | Self::Prefix(_)
                | Self::Last(_)
                | Self::RoundTo(_)
                | Self::Pseudonym
                | Self::PresenceOnly,
                _,
            ) => Value::Bool(true),
        }
    }

    /// A mask that discloses no more than either: the coarser of two masks of one kind, else
    /// [`PresenceOnly`](Self::PresenceOnly).
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Prefix(a), Self::Prefix(b)) => Self::Prefix(a.min(b)),
            (Self::Last(a), Self::Last(b)) => Self::Last(a.min(b)),
            // Rounding to the least common multiple gives the same result for a number and for its multiple of either
            // step.
            (Self::RoundTo(a), Self::RoundTo(b)) => {
                least_common_multiple(a, b).map_or(Self::PresenceOnly, Self::RoundTo)
            }
            (a, b) if a == b => a,
            (_, _) => Self::PresenceOnly,
        }
    }
}

impl fmt::Display for Mask {
    /// The mask as authors write it, such as `round to 100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::YearOnly => f.write_str("year-only"),
            Self::AgeBand => f.write_str("age-band"),
            Self::Prefix(count) => write!(f, "prefix {count}"),
            Self::Last(count) => write!(f, "last {count}"),
            Self::RoundTo(step) => write!(f, "round to {step}"),
            Self::Pseudonym => f.write_str("pseudonym"),
            Self::PresenceOnly => f.write_str("presence-only"),
        }
    }
}

/// This character replaces the hidden characters, however many there are.
const HIDDEN: char = '*';

/// A text of at most `count` characters is hidden whole.
fn mask_all_but_first(text: &str, count: u8) -> String {
    let shown = match hidden_count(text, count) {
        0 => String::new(),
        _ => text.chars().take(count.into()).collect(),
    };
    format!("{shown}{HIDDEN}")
}

/// A text of at most `count` characters is hidden whole.
fn mask_all_but_last(text: &str, count: u8) -> String {
    let shown: String = match hidden_count(text, count) {
        0 => String::new(),
        hidden => text.chars().skip(hidden).collect(),
    };
    format!("{HIDDEN}{shown}")
}

fn hidden_count(text: &str, count: u8) -> usize {
    text.chars().count().saturating_sub(count.into())
}

fn round_down(number: i64, step: u64) -> i64 {
    let step = i64::try_from(step).unwrap_or(i64::MAX).max(1);
    number.div_euclid(step).saturating_mul(step)
}

fn round_decimal_down(number: Decimal, step: u64) -> Decimal {
    let step = Decimal::from(step);
    number.checked_div(step).and_then(|share| share.floor().checked_mul(step)).unwrap_or(Decimal::ZERO)
}

fn least_common_multiple(a: u64, b: u64) -> Option<u64> {
    let mut greater = a;
    let mut smaller = b;
    while smaller > 0 {
        (greater, smaller) = (smaller, greater % smaller);
    }
    (a / greater.max(1)).checked_mul(b).filter(|multiple| *multiple <= ROUND_MAX)
}

#[cfg(test)]
mod tests;
