//! The columns of a table of cases, by their names.

use std::fmt;

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Jurisdiction,
    Service,
    AsOf,
    KnownAt,
    Recipient,
    Basis,
    Subject,
    People,
    ProcessedOn,
    Tolerance,
    Outcome,
    Missing,
    Grant(String),
    AtLeast(String),
    Finding(String),
    Fact(String),
    /// A column that belongs to no case.
    Other(String),
    /// A column without a name, which must be empty.
    Unnamed,
}

impl Column {
    /// Whether it belongs to what the author of a case expects.
    pub(super) fn is_expectation(&self) -> bool {
        match self {
            Self::Tolerance | Self::Outcome | Self::Missing | Self::Grant(_) | Self::AtLeast(_) | Self::Finding(_) => {
                true
            }
            Self::Name
            | Self::Jurisdiction
            | Self::Service
            | Self::AsOf
            | Self::KnownAt
            | Self::Recipient
            | Self::Basis
            | Self::Subject
            | Self::People
            | Self::ProcessedOn
            | Self::Fact(_)
            | Self::Other(_)
            | Self::Unnamed => false,
        }
    }
}

impl fmt::Display for Column {
    /// The name of the column.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("name"),
            Self::Jurisdiction => f.write_str("jurisdiction"),
            Self::Service => f.write_str("service"),
            Self::AsOf => f.write_str("as_of"),
            Self::KnownAt => f.write_str("known_at"),
            Self::Recipient => f.write_str("recipient"),
            Self::Basis => f.write_str("basis"),
            Self::Subject => f.write_str("subject"),
            Self::People => f.write_str("people"),
            Self::ProcessedOn => f.write_str("processed_on"),
            Self::Tolerance => f.write_str("tolerance"),
            Self::Outcome => f.write_str("outcome"),
            Self::Missing => f.write_str("missing"),
            Self::Grant(field) => write!(f, "grant.{field}"),
            Self::AtLeast(field) => write!(f, "at_least.{field}"),
            Self::Finding(criterion) => write!(f, "finding.{criterion}"),
            Self::Fact(name) | Self::Other(name) => f.write_str(name),
            Self::Unnamed => Ok(()),
        }
    }
}

pub(super) fn parse_column(name: &str) -> Column {
    match (name, name.split_once('.')) {
        ("", _) => Column::Unnamed,
        ("name", _) => Column::Name,
        ("jurisdiction", _) => Column::Jurisdiction,
        ("service", _) => Column::Service,
        ("as_of", _) => Column::AsOf,
        ("known_at", _) => Column::KnownAt,
        ("recipient", _) => Column::Recipient,
        ("basis", _) => Column::Basis,
        ("subject", _) => Column::Subject,
        ("people", _) => Column::People,
        ("processed_on", _) => Column::ProcessedOn,
        ("tolerance", _) => Column::Tolerance,
        ("outcome", _) => Column::Outcome,
        ("missing", _) => Column::Missing,
        (_, Some(("grant", field))) => Column::Grant(field.to_owned()),
        (_, Some(("at_least", field))) => Column::AtLeast(field.to_owned()),
        (_, Some(("finding", id))) => Column::Finding(id.to_owned()),
        (name, _) => Column::Fact(name.to_owned()),
    }
}
