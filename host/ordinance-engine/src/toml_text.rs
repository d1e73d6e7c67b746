//! A TOML file with its text, so that every fault found in it can point at its line. It owns the small conversions
//! that all files of a rulebook share.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::name::{FieldName, Id, shortened};
use ordinance_domain::plain_text::{find_hidden, is_hidden};
use ordinance_domain::provision::Provision;
use ordinance_domain::titles::{Titles, is_language_tag};
use ordinance_domain::unit::{Unit, UnitError, currency_called, expected_units, measures};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use crate::diagnostic::Diagnostic;
use crate::spelling::nearest;
use crate::toml_help::help_for;

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

    /// Parses the whole file. Unknown keys, wrong types and hidden characters are errors at their place.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        self.parse_with_code(&[])
    }

    /// The same for a file some of whose texts are code, which may have several lines: those under one of `keys`.
    pub(crate) fn parse_with_code<T: DeserializeOwned>(&self, keys: &[&str]) -> Result<T, Diagnostic> {
        self.check_characters()?;
        if let Ok(table) = DeTable::parse(&self.text) {
            self.check_strings(table.get_ref(), keys)?;
        }
        toml::from_str(&self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let diagnostic = self.diagnostic(span.clone(), error.message().trim());
            Diagnostic { help: help_for(error.message(), &self.text, span.start), ..diagnostic }
        })
    }

    /// Checks that the text, comments included, shows what it says.
    pub(crate) fn check_characters(&self) -> Result<(), Diagnostic> {
        let hidden = self.text.char_indices().find(|(_, character)| is_hidden(*character) && !is_layout(*character));
        // A mark at the start tells the encoding, and isn't a part of the text.
        match hidden.filter(|found| *found != (0, '\u{feff}')) {
            Some((at, character)) => Err(self.hidden(at..at + character.len_utf8(), character)),
            None => Ok(()),
        }
    }

    /// Checks what escapes such as `\u202e` put into strings and keys. What is under one of `code_keys` is code.
    fn check_strings(&self, table: &DeTable<'_>, code_keys: &[&str]) -> Result<(), Diagnostic> {
        let mut pending: Vec<(Range<usize>, &DeValue<'_>, bool)> = Vec::new();
        let mut tables = vec![(table, false)];
        loop {
            while let Some((table, is_code)) = tables.pop() {
                for (key, value) in table {
                    if let Some((_, character)) = find_hidden(key.get_ref()) {
                        return Err(self.hidden(key.span(), character));
                    }
                    let is_code = is_code || code_keys.contains(&key.get_ref().as_ref());
                    pending.push((value.span(), value.get_ref(), is_code));
                }
            }
            match pending.pop() {
                Some((span, DeValue::String(text), is_code)) => {
                    let mut hidden = text.chars().filter(|character| is_hidden(*character));
                    if let Some(character) = hidden.find(|character| !(is_code && is_layout(*character))) {
                        return Err(self.hidden(span, character));
                    }
                }
                Some((_, DeValue::Array(items), is_code)) => {
                    pending.extend(items.iter().map(|item| (item.span(), item.get_ref(), is_code)));
                }
                Some((_, DeValue::Table(table), is_code)) => tables.push((table, is_code)),
                Some((_, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_), _)) => {}
                None => return Ok(()),
            }
        }
    }

    fn hidden(&self, span: Range<usize>, character: char) -> Diagnostic {
        self.diagnostic_with_help(
            span,
            format!(
                "the text holds the hidden character U+{:04X}, which changes what readers see",
                u32::from(character)
            ),
            "remove it: texts hold no control characters, line breaks or marks of direction",
        )
    }

    pub(crate) fn diagnostic(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            is_cell: false,
            file: self.name.clone(),
            text: Arc::clone(&self.text),
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn diagnostic_with_help(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic { help: Some(help.into()), ..self.diagnostic(span, message) }
    }

    /// The source of a value.
    pub(crate) fn text_at(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }

    pub(crate) fn id(&self, text: &Spanned<String>) -> Result<Id, Diagnostic> {
        Id::new(text.get_ref()).map_err(|error| self.diagnostic(text.span(), error.to_string()))
    }

    pub(crate) fn field_name(&self, text: &str, span: Range<usize>) -> Result<FieldName, Diagnostic> {
        FieldName::new(text).map_err(|error| self.diagnostic(span, error.to_string()))
    }

    /// A name of a fact, or the path of a part of one in the catalogue.
    pub(crate) fn fact_path(&self, text: &str, span: Range<usize>) -> Result<FieldName, Diagnostic> {
        let path = FieldName::path(text).ok().filter(|path| *path == path.without_items());
        path.map_or_else(|| self.field_name(text, span), Ok)
    }

    pub(crate) fn unit(&self, text: &Spanned<String>) -> Result<Unit, Diagnostic> {
        Unit::parse(text.get_ref()).map_err(|error| {
            let help = match &error {
                UnitError::UnknownMeasure(word) => currency_called(word)
                    .or_else(|| nearest(word, measures().filter(|known| known.len() > 2)))
                    .map(|near| format!("did you mean `{near}`?")),
                UnitError::NoMeasure
                | UnitError::UnknownBase(_)
                | UnitError::TwoInOne { .. }
                | UnitError::OutOfOrder(_) => None,
            };
            self.diagnostic_with_help(text.span(), error.to_string(), help.unwrap_or_else(expected_units))
        })
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
        if let Some(tag) = titles.get_ref().keys().find(|tag| !is_language_tag(tag)) {
            return Err(self.diagnostic_with_help(
                titles.span(),
                format!("`{}` is no language tag", shortened(tag)),
                "write the language as BCP 47 has it, such as en, zh or zh-Hant",
            ));
        }
        Ok(Titles::new(titles.get_ref().clone()))
    }

    /// Texts by language that may be missing.
    pub(crate) fn optional_titles(
        &self,
        titles: Option<&Spanned<BTreeMap<String, String>>>,
    ) -> Result<Titles, Diagnostic> {
        titles.map(|titles| self.titles(titles)).transpose().map(Option::unwrap_or_default)
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

/// Whether a character only parts lines and words.
fn is_layout(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t')
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
