//! The key `normalise` of a text fact: how its text is normalised before it is masked.

use ordinance_domain::name::shortened;
use ordinance_domain::normalisation::{Normalisation, NormalisationStep};
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::spelling::nearest;
use crate::toml_text::TextFile;

/// The normalisation of a fact; that of no step if the catalogue names none.
pub(super) fn normalisation(
    file: &TextFile,
    written: Option<&Spanned<Vec<Spanned<String>>>>,
) -> Result<Normalisation, Diagnostic> {
    let Some(written) = written else { return Ok(Normalisation::default()) };
    let steps = written.get_ref().iter().map(|word| step(file, word)).collect::<Result<Vec<_>, _>>()?;
    Normalisation::of(&steps)
        .map_err(|error| file.diagnostic_with_help(written.span(), error.to_string(), "remove one of them"))
}

fn step(file: &TextFile, word: &Spanned<String>) -> Result<NormalisationStep, Diagnostic> {
    NormalisationStep::parse(word.get_ref()).ok_or_else(|| {
        let words = NormalisationStep::ALL.iter().map(|step| step.as_str());
        let help = match nearest(word.get_ref(), words) {
            Some(step) => format!("did you mean `{step}`?"),
            None => format!("write some of {}; NFC is always there", NormalisationStep::words()),
        };
        let message = format!("`{}` is no step of a normalisation", shortened(word.get_ref()));
        file.diagnostic_with_help(word.span(), message, help)
    })
}
