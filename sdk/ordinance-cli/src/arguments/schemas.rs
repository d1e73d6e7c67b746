//! The arguments of `ordinance schema` and `ordinance functions`, which print what authors may write.

use clap::{Args, ValueEnum};

/// The kinds of files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// rule.toml
    Rule,
    /// facts.toml
    Facts,
    /// services/ID.toml
    Service,
    /// cases/*.toml
    Case,
}

impl SchemaKind {
    pub(crate) const ALL: [Self; 4] = [Self::Rule, Self::Facts, Self::Service, Self::Case];

    /// The name of the file that `ordinance new` writes.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Rule => "rule.json",
            Self::Facts => "facts.json",
            Self::Service => "service.json",
            Self::Case => "case.json",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// The kind of file
    #[arg(value_enum)]
    pub(crate) kind: SchemaKind,
}

#[derive(Debug, Args)]
pub(crate) struct FunctionsArguments {
    /// Only the rows with each of these words
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
}
