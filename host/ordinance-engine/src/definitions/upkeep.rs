//! How a rulebook is kept up: how old a value may get before somebody confirms it, and until when the rulebook covers
//! the law.

use jiff::Span;
use ordinance_domain::bounds::LevelBounds;
use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::rule_head::RuleHead;
use toml::Spanned;

use super::files::SERVICES_FOLDER;
use super::levels::BOUNDS_FILE;
use crate::diagnostic::Diagnostic;
use crate::toml_text::TextFile;

/// What `rulebook.toml` says of how the rulebook is kept up. Nothing is said of what it leaves out.
#[derive(Debug, Clone, Default)]
pub struct Upkeep {
    /// How long a value counts as confirmed.
    confirmed_within: Option<Span>,
    /// The first day that the rulebook doesn't cover.
    covers_until: Option<Date>,
}

/// What a reader of a decision should know of the law that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LawNotice {
    /// A value that nobody has confirmed for longer than the rulebook allows.
    Unconfirmed(UnconfirmedValue),
    /// The day of the case is beyond what the rulebook covers.
    NotCovered {
        /// The first day that it doesn't cover.
        until: Date,
    },
}

/// A value that nobody has confirmed for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnconfirmedValue {
    /// Whose law has it; `None` for the contract of a service.
    pub jurisdiction: Option<JurisdictionCode>,
    /// The folder of its file: `CODE/SERVICE`, or `services`.
    pub folder: String,
    /// The rule as `CODE/FOLDER VERSION`, or the file.
    pub source: String,
    pub parameter: FieldName,
    /// The first day on which the value holds.
    pub from: Date,
    /// The day on which it was last confirmed, published, or began.
    pub confirmed: Date,
}

/// The file whose numbers somebody has to confirm: that of a rule, of a service, or of the bounds of a level.
#[derive(Debug, Clone, Copy)]
pub enum NumbersOfLaw<'r> {
    Rule(&'r RuleHead),
    Contract(&'r Contract),
    Level(&'r LevelBounds),
}

impl<'r> NumbersOfLaw<'r> {
    fn numbers(self) -> &'r [Parameter] {
        match self {
            Self::Rule(head) => &head.parameters,
            Self::Contract(contract) => &contract.numbers,
            Self::Level(bounds) => &bounds.numbers,
        }
    }

    fn jurisdiction(self) -> Option<&'r JurisdictionCode> {
        match self {
            Self::Rule(head) => Some(&head.jurisdiction),
            Self::Contract(_) => None,
            Self::Level(bounds) => Some(&bounds.jurisdiction),
        }
    }

    /// `CODE/SERVICE`, or `services`.
    fn folder(self) -> String {
        match self {
            Self::Rule(head) => head.source_path(),
            Self::Contract(_) => SERVICES_FOLDER.to_owned(),
            Self::Level(bounds) => format!("{}/{}", bounds.jurisdiction, bounds.service),
        }
    }

    /// The rule as `CODE/FOLDER VERSION`, or the file.
    fn source(self) -> String {
        match self {
            Self::Rule(head) => head.place_and_version(),
            Self::Contract(contract) => format!("{SERVICES_FOLDER}/{}.toml", contract.service),
            Self::Level(_) => format!("{}/{BOUNDS_FILE}", self.folder()),
        }
    }
}

impl Upkeep {
    pub(super) fn read(
        file: &TextFile,
        confirmed_within: Option<&Spanned<String>>,
        covers_until: Option<Date>,
    ) -> Result<Self, Diagnostic> {
        let confirmed_within = confirmed_within.map(|text| read_age(file, text)).transpose()?;
        Ok(Self { confirmed_within, covers_until })
    }

    /// The notices on the law of a day that has these numbers.
    pub fn notices_on<'r>(&self, day: LawDay, law: impl Iterator<Item = NumbersOfLaw<'r>>) -> Vec<LawNotice> {
        let beyond = self.covers_until.filter(|until| *until <= day.as_of).map(|until| LawNotice::NotCovered { until });
        let unconfirmed = law.flat_map(|numbers| self.unconfirmed_of(numbers, day)).map(LawNotice::Unconfirmed);
        beyond.into_iter().chain(unconfirmed).collect()
    }

    /// The values that hold on a day and that nobody has confirmed for long on the day of knowledge. A value
    /// of the past that another has followed needs no confirmation.
    pub fn unconfirmed_of(&self, law: NumbersOfLaw<'_>, day: LawDay) -> Vec<UnconfirmedValue> {
        let Some(within) = self.confirmed_within else { return Vec::new() };
        let latest = LawDay { as_of: day.as_of.max(day.known_at), ..day };
        let is_old =
            |dated: &DatedValue| dated.last_confirmed().checked_add(within).is_ok_and(|due| due < day.known_at);
        let old = law.numbers().iter().filter_map(|parameter| {
            let dated = parameter.on(day).filter(|dated| is_old(dated))?;
            let still_holds = parameter.on(latest).is_some_and(|current| std::ptr::eq(current, dated));
            still_holds.then(|| UnconfirmedValue {
                jurisdiction: law.jurisdiction().cloned(),
                folder: law.folder(),
                source: law.source(),
                parameter: parameter.name.clone(),
                from: dated.from,
                confirmed: dated.last_confirmed(),
            })
        });
        old.collect()
    }
}

/// `3 years`, `18 months` or `90 days`.
fn read_age(file: &TextFile, text: &Spanned<String>) -> Result<Span, Diagnostic> {
    let words: Vec<&str> = text.get_ref().split_whitespace().collect();
    let span = match words.as_slice() {
        [number, unit] => {
            number.parse::<i64>().ok().filter(|number| (1..=1000).contains(number)).and_then(|number| match *unit {
                "year" | "years" => Some(Span::new().years(number)),
                "month" | "months" => Some(Span::new().months(number)),
                "day" | "days" => Some(Span::new().days(number)),
                _ => None,
            })
        }
        _ => None,
    };
    span.ok_or_else(|| {
        file.diagnostic_with_help(
            text.span(),
            "this is not how long a value counts as confirmed",
            "write a number from 1 to 1000 and a unit, such as \"3 years\", \"18 months\" or \"90 days\"",
        )
    })
}
