//! A property, and what kinds there are.

use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Record};

/// What must hold for every case of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What must hold.
    pub holds: PropertyKind,
    /// Facts that the cases have; it is asked of no others.
    pub given: Record,
    /// The law that asks for it, if that is said.
    pub provision: Option<Provision>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyKind {
    /// Who has more of a fact gets no less, or no more.
    Monotone {
        /// The fact.
        fact: FieldName,
        /// Its values from less to more, where they have no order of their own.
        order: Vec<String>,
        /// Whether more of it gets no less; else no more.
        gets_no_less: bool,
    },
    /// One step more of a fact loses no more of the grant than this.
    NoCliff {
        /// The fact.
        fact: FieldName,
        /// The field of the grant.
        grant: FieldName,
        /// The most that may be lost.
        most: Decimal,
        /// Whether only who is granted something in both cases counts, so that the end of a benefit is no cliff.
        while_eligible: bool,
    },
    /// A fact changes nothing.
    NoInfluence {
        /// The fact.
        fact: FieldName,
    },
    /// What is granted lies within a range.
    Range {
        /// The field of the grant.
        grant: FieldName,
        /// The least.
        min: Option<Decimal>,
        /// The most.
        max: Option<Decimal>,
    },
    /// Two facts count alike: exchanged, they change nothing.
    Symmetry {
        /// The facts.
        facts: [FieldName; 2],
    },
}
