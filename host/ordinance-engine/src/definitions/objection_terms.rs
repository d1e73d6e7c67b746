//! The table `[objections]` of a service: who reviews an objection to a decision, and in which times.

use ordinance_domain::contract::ObjectionTerms;
use ordinance_domain::jurisdiction::Jurisdictions;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::manifest::jurisdiction;
use crate::toml_text::{ProvisionToml, TextFile};

/// The most days of a time to object or to answer: ten years.
const DAYS_MAX: u32 = 3_660;
/// The most days for which an objection is kept: a hundred years.
const KEEP_DAYS_MAX: u32 = 36_600;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ObjectionsToml {
    by: Spanned<String>,
    within_days: Spanned<i64>,
    answer_days: Spanned<i64>,
    keep_days: Spanned<i64>,
    provision: Spanned<ProvisionToml>,
}

pub(super) fn objection_terms(file: &TextFile, written: &ObjectionsToml) -> Result<ObjectionTerms, Diagnostic> {
    Ok(ObjectionTerms {
        by: jurisdiction(file, &written.by)?,
        within_days: days(file, &written.within_days, DAYS_MAX)?,
        answer_days: days(file, &written.answer_days, DAYS_MAX)?,
        keep_days: days(file, &written.keep_days, KEEP_DAYS_MAX)?,
        provision: file.provision(&written.provision)?,
    })
}

fn days(file: &TextFile, written: &Spanned<i64>, most: u32) -> Result<u32, Diagnostic> {
    let days = u32::try_from(*written.get_ref()).ok().filter(|days| (1..=most).contains(days));
    days.ok_or_else(|| {
        let message = format!("{} is no number of days from 1 to {most}", written.get_ref());
        file.diagnostic(written.span(), message)
    })
}

/// Checks that the rulebook knows the place whose authority reviews.
pub(super) fn check_reviewer(
    name: &str,
    text: &str,
    terms: &ObjectionTerms,
    places: &Jurisdictions,
) -> Result<(), Diagnostic> {
    if places.knows(&terms.by) {
        return Ok(());
    }
    // Only the table of objections has the member, so its first occurrence behind the table's name is that of the code.
    let at = text.find("[objections]").and_then(|table| {
        let quoted = format!("\"{}\"", terms.by);
        text.get(table..)?.find(&quoted).map(|found| table + found..table + found + quoted.len())
    });
    let message = format!("the place `{}`, whose authority reviews objections, isn't one of the rulebook", terms.by);
    match at {
        Some(span) => {
            Err(TextFile::new(name, text).diagnostic_with_help(span, message, "rulebook.toml lists the places"))
        }
        None => Err(Diagnostic::whole_file(name, message)),
    }
}
