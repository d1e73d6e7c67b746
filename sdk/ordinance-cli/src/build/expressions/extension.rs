//! Rules that take the expressions of another as they are, with numbers of their own: what their numbers make wrong
//! there is told with the line of the number, since the expressions are another author's.

use ordinance_domain::manifest::Manifest;
use ordinance_domain::parameters::Parameter;
use ordinance_engine::diagnostic::{Diagnostic, line_and_column};
use ordinance_engine::manifest::expressions::parse_expressions;
use ordinance_engine::manifest::{ManifestKey, place_of};
use ordinance_feel::source_text::ExpressionError;

use super::rule_texts::RuleTexts;
use crate::source::{RuleSource, Source};

/// The rule whose expressions another takes, if that has none of its own: both have the same code.
pub(super) fn shared_with<'s>(source: &'s Source, rule: &RuleSource) -> Option<(&'s RuleSource, &'s Manifest)> {
    let base = source.rules.get(rule.expressions_of?)?;
    let own = parse_expressions(&rule.manifest_path(), &rule.author_text).ok()?;
    let manifest = base.manifest.as_ref().ok()?;
    own.first().is_none().then_some((base, manifest))
}

/// The error message for the author of the rule that extends another, for a fault that only its own parameters bring.
pub(super) fn with_own_numbers(
    texts: &RuleTexts,
    fault: &ExpressionError,
    rule: &RuleSource,
    manifest: &Manifest,
) -> Diagnostic {
    let told = texts.diagnostic(fault);
    let written = texts.text.texts.0.get(fault.place.text.0).map_or("", |text| text.text.as_str());
    let is_named = |parameter: &&Parameter| {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        written.split(|letter| !is_part(letter)).any(|word| word == parameter.name.as_str())
    };
    let lines: Vec<String> = (manifest.parameters.iter().filter(is_named))
        .filter_map(|parameter| {
            let span = place_of(&ManifestKey::Parameter(parameter.name.clone()), &rule.manifest_text);
            let (line, _) = line_and_column(&rule.manifest_text, span.start);
            rule.is_own(span.start).then(|| format!("`{}` is at {}:{line}", parameter.name, rule.manifest_path()))
        })
        .collect();
    let help = told.help.iter().filter(|help| !help.is_empty()).cloned().chain(lines);
    let help: Vec<String> = help.collect();
    Diagnostic {
        message: format!("{}, with the parameters of `{}`, which extends this rule", told.message, rule.place),
        help: (!help.is_empty()).then(|| help.join("; ")),
        ..told
    }
}
