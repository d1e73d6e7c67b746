//! What the choices of a fact are called: `choice-titles` in `facts.toml`.

use std::collections::BTreeMap;

use ordinance_domain::name::shortened;
use ordinance_domain::titles::Titles;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::spelling::nearest;
use crate::toml_text::TextFile;

/// Titles by language, by choice.
pub(super) type ChoiceTitlesToml = BTreeMap<String, Spanned<BTreeMap<String, String>>>;

pub(super) fn choice_titles(
    file: &TextFile,
    choices: Option<&Spanned<Vec<String>>>,
    written: Option<&Spanned<ChoiceTitlesToml>>,
) -> Result<BTreeMap<String, Titles>, Diagnostic> {
    let known = choices.map(|choices| choices.get_ref().as_slice()).unwrap_or_default();
    let mut titles = BTreeMap::new();
    for (choice, texts) in written.into_iter().flat_map(|written| written.get_ref()) {
        if !known.contains(choice) {
            let help = match nearest(choice, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name one of its `choices`".to_owned(),
            };
            let message = format!("`{}` is no choice of this fact", shortened(choice));
            return Err(file.diagnostic_with_help(texts.span(), message, help));
        }
        titles.insert(choice.clone(), file.titles(texts)?);
    }
    Ok(titles)
}
