//! The masks of a privacy rule's manifest.

use std::collections::BTreeMap;

use ordinance_domain::category::Category;
use ordinance_domain::fact::Fact;
use ordinance_domain::manifest::DeclaredMask;
use ordinance_domain::mask::{MASKS, Mask};
use ordinance_domain::name::Id;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::toml_text::TextFile;

/// A mask that a privacy rule may ask for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MaskToml {
    method: Spanned<String>,
    facts: Vec<Spanned<String>>,
}

pub(super) fn masks(
    file: &TextFile,
    written: &BTreeMap<String, Spanned<MaskToml>>,
    is_privacy: bool,
) -> Result<Vec<DeclaredMask>, Diagnostic> {
    let mask = |(id, table): (&String, &Spanned<MaskToml>)| {
        let MaskToml { method, facts } = table.get_ref();
        if !is_privacy {
            return Err(file.diagnostic(table.span(), "only a privacy rule has masks"));
        }
        Ok(DeclaredMask {
            id: Id::new(id).map_err(|error| file.diagnostic(table.span(), error.to_string()))?,
            mask: Mask::parse(method.get_ref())
                .map_err(|error| file.diagnostic_with_help(method.span(), error.to_string(), MASKS))?,
            facts: facts.iter().map(|fact| file.fact_path(fact.get_ref(), fact.span())).collect::<Result<_, _>>()?,
        })
    };
    written.iter().map(mask).collect()
}

/// Checks that a mask fits the types of its facts.
pub(super) fn check_mask(file: &TextFile, table: &MaskToml, facts: &BTreeMap<String, Fact>) -> Result<(), Diagnostic> {
    // It was read before, so it is a mask.
    let Ok(mask) = Mask::parse(table.method.get_ref()) else { return Ok(()) };
    for name in &table.facts {
        let path = file.fact_path(name.get_ref(), name.span())?;
        let Some(fact) = facts.get(path.fact_name()).and_then(|fact| fact.at(&path)) else {
            let message = format!("the fact `{}` is unknown", name.get_ref());
            return Err(file.diagnostic_with_help(
                name.span(),
                message,
                "name a fact of facts.toml, or a part of one as `members.age`",
            ));
        };
        if mask.masked_type(fact).is_none() {
            let category = fact.category.map_or("of no category", Category::as_str);
            let message = format!(
                "the mask `{mask}` doesn't fit the fact `{}`, which is {} ({category})",
                fact.name, fact.fact_type
            );
            let help = "year-only is for dates, age-band for ages and dates of birth, prefix, last and pseudonym for text, round for numbers; presence-only fits every fact";
            return Err(file.diagnostic_with_help(name.span(), message, help));
        }
    }
    Ok(())
}
