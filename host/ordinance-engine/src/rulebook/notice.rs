//! A notice on a rulebook: what is lawful and may yet be a mistake.

use std::fmt;

use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id, listed};
use ordinance_domain::type_check::OutsideType;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Days between two versions of a place's law for a service on which it has none, so that the place inherits.
    Gap {
        place: JurisdictionCode,
        /// The service, or the privacy rule.
        folder: Id,
        days: DateRange,
    },
    /// A rule that is in force after the end of its place.
    OutlivesPlace {
        place: JurisdictionCode,
        /// The service, or the privacy rule.
        folder: Id,
        version: String,
        /// The first day on which the place no longer exists.
        until: Date,
    },
    /// A service whose bound on a subject begins on a day. Before that day, the levels are free.
    BoundBegins {
        service: Id,
        /// `outcome`, or `grant.FIELD`.
        subject: String,
        /// The first day.
        from: Date,
    },
    /// A tree with rules but without privacy law, where the rulebook doesn't allow for that: no fact may be used.
    NoPrivacyLaw {
        /// The top of the tree.
        place: JurisdictionCode,
    },
    /// A tree with rules of places for which no place up the tree names a time zone.
    NoTimeZone {
        /// The top of the tree.
        place: JurisdictionCode,
    },
    /// A rule that can't run any more once law is known that is announced.
    BreaksLater {
        /// `CODE/FOLDER VERSION`
        rule: String,
        /// The first day on which that law is known.
        from: Date,
        /// Why it can't run then.
        why: String,
    },
    /// Values of a fact that rules were made without. To these the fact isn't known where it has such a value.
    UnrecognisedValues {
        /// The fact, or the part of one.
        fact: FieldName,
        values: OutsideType,
        /// The rules that were made without the values, as `CODE/FOLDER VERSION`.
        unaware: Vec<String>,
        /// The other rules that take the fact.
        aware: Vec<String>,
    },
    /// A value of a parameter that says that it ends after the next one begins, which ends it.
    EndsTooLate {
        /// `CODE/FOLDER VERSION`
        rule: String,
        parameter: FieldName,
        /// The day that the value names.
        until: Date,
        /// The first day of the next value.
        next: Date,
    },
    /// A bound on a parameter that no rule below has.
    BoundOnNothing {
        /// The place that sets it.
        place: JurisdictionCode,
        service: Id,
        parameter: FieldName,
    },
}

/// How many rules a notice names.
const NAMED_MAX: usize = 5;

/// The first rules, and how many more there are.
fn shortened(rules: &[String]) -> String {
    let named = rules.get(..NAMED_MAX).unwrap_or(rules).join(", ");
    match rules.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrivacyLaw { place } => write!(
                f,
                "no privacy rule governs `{place}`, so no fact may be used there and nothing is decided; write one (ordinance new --kind privacy {place}/ID), or list the place in rulebook.toml: [privacy] ungoverned = [\"{place}\"]"
            ),
            Self::NoTimeZone { place } => write!(
                f,
                "`{place}` has no time zone, so the days of its law begin at midnight UTC; write one in its [[jurisdictions]] of rulebook.toml, such as time-zone = \"Asia/Shanghai\""
            ),
            Self::BreaksLater { rule, from, why } => write!(
                f,
                "{rule} can't run once the law is known that is published on {from}: {why}; give it a value or a version that is published by that day"
            ),
            Self::UnrecognisedValues { fact, values, unaware, aware } => {
                let (values, mend) = match values {
                    OutsideType::Choices(words) => (listed(words), "one whose enum has the word knows it".to_owned()),
                    OutsideType::Numbers { found, fits } => {
                        let (least, greatest) = found.range();
                        let mend = format!("one that writes `{}` in its wit knows them", fits.as_str());
                        (format!("numbers below {least} or above {greatest}"), mend)
                    }
                    OutsideType::Range(range) => {
                        (range.to_string(), "one that is built anew from its expressions knows them".to_owned())
                    }
                };
                let known = match aware.is_empty() {
                    true => "no rule that takes the fact knows it".to_owned(),
                    false => format!("known by {}", shortened(aware)),
                };
                let (were, take) = if unaware.len() == 1 { ("was", "takes") } else { ("were", "take") };
                write!(
                    f,
                    "{} {were} made without {values} of `{fact}`, and {take} the fact as not known where it has such a value; {known}; {mend}",
                    shortened(unaware),
                )
            }
            Self::EndsTooLate { rule, parameter, until, next } => write!(
                f,
                "{rule}: a value of `{parameter}` says until {until}, but the next one holds from {next} on; leave `until` out, or correct one of the days"
            ),
            Self::Gap { place, folder, days } => {
                let until = days.until().map(|until| format!(" until {until}")).unwrap_or_default();
                let from = days.from();
                write!(f, "{place}/{folder} has no version in force from {from}{until}; it inherits on these days")
            }
            Self::OutlivesPlace { place, folder, version, until } => write!(
                f,
                "{place}/{folder} {version} goes on after {until}, when `{place}` is no more; from then on the law of the places that take its role counts"
            ),
            Self::BoundBegins { service, subject, from } => write!(
                f,
                "services/{service}.toml bounds `{subject}` only from {from} on; before that day each level may do as it likes"
            ),
            Self::BoundOnNothing { place, service, parameter } => write!(
                f,
                "{place}/{service}/bounds.toml bounds the parameter `{parameter}`, which no rule of a place below has"
            ),
        }
    }
}
