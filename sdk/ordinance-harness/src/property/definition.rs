//! Statutory properties and their kinds.

use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Record};

/// A property that must hold for every case of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// The property's name, as its author wrote it.
    pub name: String,
    /// The kind with its parameters.
    pub kind: PropertyKind,
    /// Facts that hold in every case to which the property applies.
    pub given: Record,
    /// The article that requires the property, if its author names one.
    pub provision: Option<Provision>,
}

/// The kinds of properties.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyKind {
    /// A person with more of a fact gets no less, or no more.
    Monotone {
        fact: FieldName,
        /// The values of a choice from less to more; empty if the type has an order.
        order: Vec<String>,
        /// True if more of the fact gets no less; false if no more.
        gets_no_less: bool,
    },
    /// One step more of a fact reduces the grant by no more than `most`.
    NoCliff {
        fact: FieldName,
        /// The field of the grant.
        grant: FieldName,
        /// The largest reduction.
        most: Decimal,
        /// Whether the property applies only to pairs of eligible cases, so that the end of a benefit isn't a cliff.
        while_eligible: bool,
    },
    /// A fact has no influence on the outcome.
    NoInfluence { fact: FieldName },
    /// A field of the grant lies within a range.
    Range {
        /// The field of the grant.
        grant: FieldName,
        /// The least value.
        min: Option<Decimal>,
        /// The greatest value.
        max: Option<Decimal>,
    },
    /// An exchange of the values of two facts doesn't change the outcome.
    Symmetry { facts: [FieldName; 2] },
}
