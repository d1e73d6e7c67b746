//! Units of measure: in what a number stands. This module owns their grammar: a currency, a share, a time or a count,
//! then what it is per.

use std::fmt;

use crate::name::shortened;
use crate::word_enum::word_enum;

/// The unit of a fact, a parameter or a grant field, such as `CNY per month`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    text: String,
    /// What the number counts.
    pub measure: Measure,
    /// The thing for each of which it stands, as in `EUR per person per month`.
    pub thing: Option<Thing>,
    /// The time for each of which it stands.
    pub period: Option<Period>,
}

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// An amount of money, by the code of the currency in ISO 4217.
    Currency(&'static str),
    /// Hundredths, of what the text says if there is one.
    Percent {
        /// Of what.
        of: Option<String>,
    },
    /// A length of time.
    Time(Time),
    /// So many of them.
    Count(Thing),
}

word_enum! {
    /// A length of time.
    Time {
        /// 60 minutes.
        Hours = "hours",
        /// Days of the calendar, or working days: the law says which.
        Days = "days",
        /// 7 days.
        Weeks = "weeks",
        /// Months of the calendar.
        Months = "months",
        /// 3 months.
        Quarters = "quarters",
        /// 6 months.
        HalfYears = "half-years",
        /// Years of the calendar, or of a kind of their own, such as tax years.
        Years = "years",
    }
}

word_enum! {
    /// What is counted or measured.
    Thing {
        /// People.
        Persons = "persons",
        /// Children.
        Children = "children",
        /// Households.
        Households = "households",
        /// Flats and houses.
        Dwellings = "dwellings",
        /// Rooms.
        Rooms = "rooms",
        /// Vehicles.
        Vehicles = "vehicles",
        /// Animals.
        Animals = "animals",
        /// Events, applications, visits.
        Times = "times",
        /// Points of a scale or a list.
        Points = "points",
        /// Square metres.
        SquareMetres = "m2",
        /// Cubic metres.
        CubicMetres = "m3",
        /// Hectares.
        Hectares = "ha",
        /// The Chinese acre, a fifteenth of a hectare.
        Mu = "mu",
        /// Kilometres.
        Kilometres = "km",
        /// Metres.
        Metres = "m",
        /// Kilograms.
        Kilograms = "kg",
        /// Tonnes.
        Tonnes = "t",
        /// Litres.
        Litres = "litres",
        /// Kilowatt hours.
        KilowattHours = "kWh",
    }
}

/// A time for each of which a number stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// How long.
    pub time: Time,
    /// The word that tells it from one of the calendar, such as `tax` or `rating`.
    pub kind: Option<String>,
}

/// What is wrong with the text of a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// It doesn't say what the number counts.
    #[error("a unit begins with what the number counts")]
    NoMeasure,
    /// It begins with no measure.
    #[error("`{}` is no unit", shortened(.0))]
    UnknownMeasure(String),
    /// What stands after `per` is neither a thing nor a time.
    #[error("`per {}` is none of the things and times that a number can be per", shortened(.0))]
    UnknownBase(String),
    /// Before the time stands something that has a `per` of its own, as in `EUR per person month`.
    #[error("`per {kind} {time}` says two things: write `per {kind} per {time}`", kind = shortened(.kind), time = .time)]
    TwoInOne {
        /// What stands before the time.
        kind: String,
        /// The time.
        time: &'static str,
    },
    /// A part stands twice, or a thing after the time.
    #[error("`per {}` stands too late: write one thing and then one time, such as `CNY per person per month`", shortened(.0))]
    OutOfOrder(String),
}

/// What the text of a unit may be, for a message.
#[must_use]
pub fn expected_units() -> String {
    format!(
        "write a currency of ISO 4217 (CNY, EUR, USD), %, `% of` and of what, {} or {}; then, if it is so, `per` and a thing \
         in the singular (person, household, m2) and `per` and a time (hour, day, week, month, quarter, half-year, year, tax \
         year)",
        Time::words(),
        Thing::words()
    )
}

/// The words with which a unit may begin.
pub fn measures() -> impl Iterator<Item = &'static str> {
    let words = Time::ALL.iter().map(|time| time.as_str()).chain(Thing::ALL.iter().map(|thing| thing.as_str()));
    words.chain(CURRENCIES.split_ascii_whitespace())
}

/// The code of a currency that people call by another name; `None` for a name that is no currency, or of several.
#[must_use]
pub fn currency_called(name: &str) -> Option<&'static str> {
    const NAMES: [(&str, &[&str]); 5] = [
        ("CNY", &["rmb", "yuan", "renminbi", "元", "人民币", "人民币元", "块", "¥", "￥"]),
        ("EUR", &["euro", "euros", "€", "欧元"]),
        ("GBP", &["£", "英镑"]),
        ("HKD", &["hk$", "港元", "港币"]),
        ("USD", &["us$", "美元"]),
    ];
    let name = name.trim().to_lowercase();
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(code, _)| *code)
}

impl Unit {
    /// Reads a unit, such as `% of taxable income` or `USD per person per tax year`.
    ///
    /// # Errors
    /// [`UnitError`] with the part that can't be read.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut parts = words.split(|word| *word == "per");
        let measure = measure(parts.next().unwrap_or_default())?;
        let (mut thing, mut period) = (None, None);
        for part in parts {
            match (base(part)?, thing.is_some(), period.is_some()) {
                (Base::Thing(found), false, false) => thing = Some(found),
                (Base::Period(found), _, false) => period = Some(found),
                (_, _, _) => return Err(UnitError::OutOfOrder(part.join(" "))),
            }
        }
        let mut canonical = measure.to_string();
        for base in
            thing.map(Thing::singular).map(str::to_owned).into_iter().chain(period.as_ref().map(Period::to_string))
        {
            canonical.push_str(" per ");
            canonical.push_str(&base);
        }
        Ok(Self { text: canonical, measure, thing, period })
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The code of the currency, if it is an amount of money.
    #[must_use]
    pub fn currency(&self) -> Option<&'static str> {
        match self.measure {
            Measure::Currency(code) => Some(code),
            Measure::Percent { .. } | Measure::Time(_) | Measure::Count(_) => None,
        }
    }

    /// Whether numbers in both units can be compared: the units are the same, or both are percentages and one doesn't
    /// say of what.
    #[must_use]
    pub fn is_comparable_with(&self, other: &Self) -> bool {
        let is_same_measure = match (&self.measure, &other.measure) {
            (Measure::Percent { of }, Measure::Percent { of: other }) => of.is_none() || other.is_none() || of == other,
            (one, other) => one == other,
        };
        is_same_measure && self.thing == other.thing && self.period == other.period
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Currency(code) => f.write_str(code),
            Self::Percent { of: None } => f.write_str("%"),
            Self::Percent { of: Some(of) } => write!(f, "% of {of}"),
            Self::Time(time) => f.write_str(time.as_str()),
            Self::Count(thing) => f.write_str(thing.as_str()),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{kind} {}", self.time.singular()),
            None => f.write_str(self.time.singular()),
        }
    }
}

impl Time {
    /// The word for one of them.
    #[must_use]
    pub fn singular(self) -> &'static str {
        let word = self.as_str();
        word.strip_suffix('s').unwrap_or(word)
    }
}

impl Thing {
    /// The word for one of them.
    #[must_use]
    pub fn singular(self) -> &'static str {
        match self {
            Self::Children => "child",
            Self::SquareMetres
            | Self::CubicMetres
            | Self::Hectares
            | Self::Mu
            | Self::Kilometres
            | Self::Metres
            | Self::Kilograms
            | Self::Tonnes
            | Self::KilowattHours => self.as_str(),
            Self::Persons
            | Self::Households
            | Self::Dwellings
            | Self::Rooms
            | Self::Vehicles
            | Self::Animals
            | Self::Times
            | Self::Points
            | Self::Litres => self.as_str().strip_suffix('s').unwrap_or(self.as_str()),
        }
    }
}

/// What stands after `per`.
enum Base {
    Thing(Thing),
    Period(Period),
}

fn measure(words: &[&str]) -> Result<Measure, UnitError> {
    let unknown = || UnitError::UnknownMeasure(words.join(" "));
    match words {
        [] => Err(UnitError::NoMeasure),
        ["%" | "percent"] => Ok(Measure::Percent { of: None }),
        ["%" | "percent", "of", of @ ..] if !of.is_empty() => Ok(Measure::Percent { of: Some(of.join(" ")) }),
        [word] => {
            let currency = || CURRENCIES.split_ascii_whitespace().find(|code| code == word).map(Measure::Currency);
            let time = || Time::parse(word).map(Measure::Time);
            currency().or_else(time).or_else(|| Thing::parse(word).map(Measure::Count)).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

fn base(words: &[&str]) -> Result<Base, UnitError> {
    let unknown = || UnitError::UnknownBase(words.join(" "));
    let time = |word: &str| Time::ALL.iter().copied().find(|time| time.singular() == word);
    match words {
        [word] => {
            let thing = || Thing::ALL.iter().copied().find(|thing| thing.singular() == *word).map(Base::Thing);
            let period = time(word).map(|time| Base::Period(Period { time, kind: None }));
            period.or_else(thing).ok_or_else(unknown)
        }
        [kind @ .., last] => {
            let of = time(last).ok_or_else(unknown)?;
            let is_thing = |word: &str| {
                Thing::ALL.iter().any(|thing| [thing.singular(), thing.as_str()].contains(&word))
                    || Time::ALL.iter().any(|time| [time.singular(), time.as_str()].contains(&word))
            };
            if kind.iter().any(|word| is_thing(word)) {
                return Err(UnitError::TwoInOne { kind: kind.join(" "), time: of.singular() });
            }
            Ok(Base::Period(Period { time: of, kind: Some(kind.join(" ")) }))
        }
        [] => Err(unknown()),
    }
}

/// The codes of the currencies in use, by ISO 4217.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF \
    CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR \
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU \
    MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD \
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF \
    XPF YER ZAR ZMW ZWG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_has_other_names() {
        for name in ["RMB", "yuan", "元", "人民币"] {
            assert_eq!(currency_called(name), Some("CNY"), "{name}");
        }
        assert_eq!(currency_called("RUB"), None);
    }

    #[test]
    fn a_unit_has_a_measure_and_what_it_is_per() {
        let unit = Unit::parse("USD  per person per tax year").unwrap();
        assert_eq!(unit.currency(), Some("USD"));
        assert_eq!(unit.thing, Some(Thing::Persons));
        assert_eq!(unit.period, Some(Period { time: Time::Years, kind: Some("tax".to_owned()) }));
        assert_eq!(unit.to_string(), "USD per person per tax year");
        for text in [
            "CNY",
            "% of Maryland taxable income",
            "years",
            "persons",
            "hours per week",
            "EUR per child per month",
            "mu",
        ] {
            assert_eq!(Unit::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Unit::parse("percent"), Unit::parse("%"));
    }

    #[test]
    fn the_part_that_cannot_be_read_is_named() {
        let error = |text| Unit::parse(text).unwrap_err().to_string();
        assert_eq!(error("a month"), "`a month` is no unit");
        assert_eq!(error(""), "a unit begins with what the number counts");
        assert_eq!(error("per month"), "a unit begins with what the number counts");
        assert_eq!(error("yuan per month"), "`yuan` is no unit");
        assert_eq!(error("CNY per moon"), "`per moon` is none of the things and times that a number can be per");
        assert_eq!(error("CNY per"), "`per ` is none of the things and times that a number can be per");
        assert!(error("CNY per month per person").starts_with("`per person` stands too late"));
        assert!(error("CNY per month per year").starts_with("`per year` stands too late"));
        let two = "`per person month` says two things: write `per person per month`";
        assert_eq!(error("EUR per person month"), two);
        assert!(error("EUR per tax year month").starts_with("`per tax year month` says two things"));
    }

    #[test]
    fn amounts_of_another_currency_or_period_cannot_be_compared() {
        let are_comparable = |one, other| {
            let (one, other) = (Unit::parse(one).unwrap(), Unit::parse(other).unwrap());
            one.is_comparable_with(&other) && other.is_comparable_with(&one)
        };
        assert!(are_comparable("CNY per month", "CNY per month"));
        assert!(are_comparable("%", "% of income"));
        assert!(!are_comparable("CNY per month", "CNY per year"));
        assert!(!are_comparable("CNY per month", "USD per month"));
        assert!(!are_comparable("CNY per month", "CNY"));
        assert!(!are_comparable("% of income", "% of rent"));
        assert!(!are_comparable("months", "years"));
    }
}
