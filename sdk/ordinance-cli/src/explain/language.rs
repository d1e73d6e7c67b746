//! The languages in which rules are explained.

use crate::exit::CommandError;
use crate::source::RuleSource;

/// The languages of the words around titles.
const LANGUAGES: [&str; 2] = ["en", "zh"];

/// Refuses a language that has neither words nor a title of the rules, since all would be told in English.
pub(super) fn check_language<'s>(
    language: &str,
    rules: impl Iterator<Item = &'s RuleSource>,
) -> Result<(), CommandError> {
    let mut known = LANGUAGES.map(str::to_owned).to_vec();
    for manifest in rules.filter_map(|rule| rule.manifest.as_ref().ok()) {
        let criteria = manifest.criteria.iter().map(|criterion| &criterion.titles);
        let titles = criteria.chain([&manifest.titles]).flat_map(|titles| titles.iter());
        for (tag, _) in titles {
            let primary = primary(tag);
            if !known.contains(&primary) {
                known.push(primary);
            }
        }
    }
    if known.contains(&primary(language)) {
        return Ok(());
    }
    let (last, others) = known.split_last().map_or(("", [].as_slice()), |(last, others)| (last.as_str(), others));
    Err(CommandError::bad_use(
        format!("there is no language `{language}`"),
        format!("write {} or {last}", others.join(", ")),
    ))
}

/// The language of a tag of BCP 47 without its script and region.
fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}
