//! A request for facts, and what it is made of.

use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, Disclosure};

use crate::processing::OtherPerson;

/// A request for facts of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct DisclosureCase {
    /// The place whose law rules on it.
    pub jurisdiction: JurisdictionCode,
    /// Recipient, purpose, legal basis, data subject and day.
    pub disclosure: Disclosure,
    /// Other forms of the request on which privacy law rules as well; see [`Case::alternatives`](crate::Case).
    pub alternatives: Vec<Disclosure>,
    /// The other people whom the values are about.
    pub others: Vec<OtherPerson>,
    /// What is to be done with the facts.
    pub activity: Activity,
    /// The facts, or parts of facts by their names in the catalogue.
    pub facts: Vec<FieldName>,
    /// Their values, where they are to be handed over; a fact without one is ruled on alone.
    pub values: Facts,
    /// Whether it is a dry run. A dry run makes pseudonyms with a throw-away key; with the real key, an unrecorded
    /// caller could confirm guesses (a dictionary attack).
    pub is_dry_run: bool,
}

impl DisclosureCase {
    /// Another day than that of the request, whose privacy law counts as well.
    #[must_use]
    pub fn also_on(&self) -> Option<Date> {
        self.alternatives.iter().map(|alternative| alternative.on).find(|day| *day != self.disclosure.on)
    }
}
