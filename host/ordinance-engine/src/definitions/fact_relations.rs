//! What a fact of `facts.toml` says of people and of other facts: whose it is, with whom it may be shared, from which
//! day it follows.

use std::collections::BTreeMap;

use ordinance_domain::derivation::{Derivation, LeapDay, Reached, TimeUnit};
use ordinance_domain::fact::Holder;
use ordinance_domain::name::shortened;
use ordinance_domain::sharing::{Sharing, SharingClass};
use ordinance_domain::titles::Titles;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::toml_text::{ProvisionToml, TextFile};

/// Whose a fact is: a word, or the name of another person.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum HolderToml {
    Word(String),
    Person(PersonToml),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonToml {
    person: String,
}

/// How a number follows from a day.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DerivedToml {
    pub(super) from: Spanned<String>,
    unit: Spanned<String>,
    leap_day: Option<Spanned<String>>,
    reached: Option<Spanned<String>>,
}

impl DerivedToml {
    /// What is counted, as it is written.
    pub(super) fn counted(&self) -> &str {
        self.unit.get_ref()
    }
}

/// How a fact may be shared between departments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SharingToml {
    class: Spanned<String>,
    condition: Option<Spanned<BTreeMap<String, String>>>,
    provision: Spanned<ProvisionToml>,
}

/// Whose a fact is; `is_list` says whether it is a list.
pub(super) fn holder(
    file: &TextFile,
    holder: Option<&Spanned<HolderToml>>,
    is_list: bool,
) -> Result<Holder, Diagnostic> {
    let Some(holder) = holder else { return Ok(Holder::Applicant) };
    match holder.get_ref() {
        HolderToml::Word(word) => match word.as_str() {
            "applicant" => Ok(Holder::Applicant),
            "household" => Ok(Holder::Household),
            "each-item" if is_list => Ok(Holder::EachItem),
            "each-item" => Err(file.diagnostic_with_help(
                holder.span(),
                "only the items of a list can be people",
                "write `holder = \"each-item\"` at a fact with `type = \"list\"`, or leave it out here",
            )),
            other => Err(file.diagnostic_with_help(
                holder.span(),
                format!("`{}` is no holder of a fact", shortened(other)),
                "write \"applicant\", \"household\", at a list of people \"each-item\", or { person = \"child\" } for \
                 another person, by a name that the facts of this person share",
            )),
        },
        HolderToml::Person(PersonToml { person }) => Ok(Holder::Other(file.field_name(person, holder.span())?)),
    }
}

/// How a fact follows from a day; `is_integer` says whether it is a whole number.
pub(super) fn derivation(
    file: &TextFile,
    derived: Option<&Spanned<DerivedToml>>,
    is_integer: bool,
) -> Result<Option<Derivation>, Diagnostic> {
    let Some(derived) = derived else { return Ok(None) };
    if !is_integer {
        let help = "years and months are counted in whole numbers: type = \"integer\"";
        return Err(file.diagnostic_with_help(derived.span(), "only a whole number follows from a day", help));
    }
    let DerivedToml { from, unit, leap_day, reached } = derived.get_ref();
    Ok(Some(Derivation {
        from: file.field_name(from.get_ref(), from.span())?,
        unit: read_word(file, unit, TimeUnit::parse, TimeUnit::words)?,
        leap_day: match leap_day {
            Some(written) => read_word(file, written, LeapDay::parse, LeapDay::words)?,
            None => LeapDay::March,
        },
        reached: match reached {
            Some(written) => read_word(file, written, Reached::parse, Reached::words)?,
            None => Reached::OnTheDay,
        },
    }))
}

/// One of the words of a key.
pub(super) fn read_word<T>(
    file: &TextFile,
    written: &Spanned<String>,
    parse: fn(&str) -> Option<T>,
    words: fn() -> String,
) -> Result<T, Diagnostic> {
    parse(written.get_ref()).ok_or_else(|| {
        let message = format!("`{}` is none of the words that stand here", shortened(written.get_ref()));
        file.diagnostic_with_help(written.span(), message, format!("write one of {}", words()))
    })
}

pub(super) fn sharing(file: &TextFile, written: &Spanned<SharingToml>) -> Result<Sharing, Diagnostic> {
    let SharingToml { class, condition, provision } = written.get_ref();
    let help = format!("write one of {}", SharingClass::words());
    let known = SharingClass::parse(class.get_ref());
    let class = known.ok_or_else(|| file.diagnostic_with_help(class.span(), "unknown class of sharing", help))?;
    let condition = match (class, condition) {
        (SharingClass::Conditional, Some(condition)) => file.titles(condition)?,
        (SharingClass::Conditional, None) => {
            let help = "write the condition: condition = { en = \"...\" }";
            return Err(file.diagnostic_with_help(
                written.span(),
                "the class is conditional and has no condition",
                help,
            ));
        }
        (SharingClass::Unconditional | SharingClass::NotShared, Some(condition)) => {
            return Err(file.diagnostic(condition.span(), "only the class `conditional` has a condition"));
        }
        (SharingClass::Unconditional | SharingClass::NotShared, None) => Titles::default(),
    };
    Ok(Sharing { class, condition, provision: file.provision(provision)? })
}
