//! Citations of law.

use std::fmt;

/// A citation of law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// The document, by its number or name.
    pub document: String,
    /// The article, section or heading in it.
    pub article: String,
    /// Where it can be read; an ELI where there is one.
    pub url: Option<String>,
}

impl fmt::Display for Provision {
    /// `DOCUMENT ARTICLE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.document, self.article)
    }
}
