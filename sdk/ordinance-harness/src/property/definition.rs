//! Statutory properties and their kinds.

use ordinance_domain::contract::{Better, Contract, EligibleMeaning, GrantField};
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
    /// A person with more of a fact is no worse off, or no better, as the service says what is better.
    Monotone {
        fact: FieldName,
        /// The values of a choice from less to more; empty if the type has an order.
        order: Vec<String>,
        /// True if more of the fact is no worse for the person; false if no better.
        gets_no_less: bool,
    },
    /// With one step more of a fact the person loses no more than `most` of the grant.
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

impl PropertyKind {
    /// The facts that the property is about. A path that passes a list without naming an item is about each item.
    #[must_use]
    pub fn facts(&self) -> Vec<&FieldName> {
        match self {
            Self::Monotone { fact, .. } | Self::NoCliff { fact, .. } | Self::NoInfluence { fact } => vec![fact],
            Self::Symmetry { facts } => facts.iter().collect(),
            Self::Range { .. } => Vec::new(),
        }
    }

    /// Which way the property takes better and worse where the service doesn't take more for better: a remark for its
    /// reader. `None` where more is better.
    #[must_use]
    pub fn direction(&self, contract: &Contract) -> Option<String> {
        let fields: Vec<&GrantField> = match self {
            Self::Monotone { .. } => contract.grant.iter().collect(),
            Self::NoCliff { grant, .. } => contract.grant_field(grant).into_iter().collect(),
            Self::NoInfluence { .. } | Self::Range { .. } | Self::Symmetry { .. } => return None,
        };
        let mut remarks: Vec<String> = fields
            .into_iter()
            .filter_map(|field| match field.better {
                Better::More => None,
                Better::Less => Some(format!("less of `{}` is better", field.name)),
                Better::Neither => Some(format!("`{}` counts for neither side", field.name)),
            })
            .collect();
        if contract.eligible == EligibleMeaning::Liability && matches!(self, Self::Monotone { .. }) {
            remarks.push("not to be eligible is better".to_owned());
        }
        (!remarks.is_empty()).then(|| remarks.join(", "))
    }
}
