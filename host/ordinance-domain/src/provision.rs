//! Citations of law.

use std::fmt;

/// A citation of law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// The number or name of the document.
    pub document: String,
    /// The article, section or heading of the document.
    pub article: String,
    /// A link to the text; an ELI (European Legislation Identifier) if it has one.
    pub url: Option<String>,
}

impl fmt::Display for Provision {
    /// `DOCUMENT ARTICLE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.document, self.article)
    }
}
