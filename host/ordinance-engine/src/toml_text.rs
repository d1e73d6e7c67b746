//! A TOML file with its text, so that every fault found in it can point at its line. It owns the small conversions
//! that all files of a rulebook share.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::provision::Provision;
use ordinance_domain::titles::Titles;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::value::Datetime;

use crate::diagnostic::Diagnostic;

/// A file of a rulebook and its text.
#[derive(Debug, Clone)]
pub(crate) struct TextFile {
    name: String,
    text: Arc<str>,
}

impl TextFile {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.into() }
    }

    /// Parses the whole file. Unknown keys and wrong types are errors at their place.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        toml::from_str(&self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let diagnostic = self.diagnostic(span.clone(), error.message().trim());
            // TOML parses a text, a version or an amount without quotes as an incomplete number or date.
            let help = "write texts, versions and amounts in quotes: key = \"...\"";
            Diagnostic { help: self.is_bare_value(span.start).then(|| help.to_owned()), ..diagnostic }
        })
    }

    /// Whether a byte belongs to a value without quotes after a key.
    fn is_bare_value(&self, byte: usize) -> bool {
        let before = self.text.get(..byte).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let value = line.split_once('=').map(|(_, value)| value.trim_start()).unwrap_or_default();
        !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c))
    }

    pub(crate) fn diagnostic(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { file: self.name.clone(), text: Arc::clone(&self.text), span, message: message.into(), help: None }
    }

    pub(crate) fn diagnostic_with_help(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic { help: Some(help.into()), ..self.diagnostic(span, message) }
    }

    pub(crate) fn id(&self, text: &Spanned<String>) -> Result<Id, Diagnostic> {
        Id::new(text.get_ref()).map_err(|error| self.diagnostic(text.span(), error.to_string()))
    }

    pub(crate) fn field_name(&self, text: &str, span: Range<usize>) -> Result<FieldName, Diagnostic> {
        FieldName::new(text).map_err(|error| self.diagnostic(span, error.to_string()))
    }

    pub(crate) fn date(&self, value: &Spanned<Datetime>) -> Result<Date, Diagnostic> {
        to_date(value.get_ref()).ok_or_else(|| {
            self.diagnostic_with_help(
                value.span(),
                "this is not a date without a time",
                "write it as 2026-01-01, without quotes",
            )
        })
    }

    /// Titles; at least one is required.
    pub(crate) fn titles(&self, titles: &Spanned<BTreeMap<String, String>>) -> Result<Titles, Diagnostic> {
        if titles.get_ref().is_empty() {
            return Err(self.diagnostic_with_help(
                titles.span(),
                "there is no title",
                "give one by language: titles = { en = \"...\" }",
            ));
        }
        Ok(Titles::new(titles.get_ref().clone()))
    }

    pub(crate) fn provision(&self, provision: &Spanned<ProvisionToml>) -> Result<Provision, Diagnostic> {
        let written = provision.get_ref();
        for (key, text) in [("document", &written.document), ("article", &written.article)] {
            if text.trim().is_empty() {
                return Err(self.diagnostic_with_help(
                    provision.span(),
                    format!("the provision's {key} is empty"),
                    "cite the law: document and article",
                ));
            }
        }
        Ok(Provision { document: written.document.clone(), article: written.article.clone(), url: written.url.clone() })
    }
}

/// The civil date. `None` if the value has a time.
pub(crate) fn to_date(value: &Datetime) -> Option<Date> {
    match (value.date, value.time, value.offset) {
        (Some(date), None, None) => {
            Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
        }
        _ => None,
    }
}

/// A citation, as its author writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProvisionToml {
    document: String,
    article: String,
    url: Option<String>,
}
