//! Values of parameters that are written as numbers of another kind, such as `"5,5"`: TOML has them as texts, and an
//! expression that needs a number can only say that the parameter is a text.

use std::ops::Range;
use std::str::FromStr as _;
use std::sync::Arc;

use ordinance_domain::manifest::Manifest;
use ordinance_domain::parameters::Parameter;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::manifest::{ManifestKey, place_of};
use ordinance_feel::source_text::ExpressionError;

use super::rule_texts::RuleTexts;
use crate::source::RuleSource;

const HELP: &str =
    "write a number with a point before its decimals and no other mark or blank, such as value = \"5.5\"";

/// The faults of a rule, with those of such values in place of those of the expressions that name their parameters.
pub(super) fn with_miswritten(
    texts: &RuleTexts,
    faults: &[ExpressionError],
    rule: &RuleSource,
    manifest: &Manifest,
) -> Vec<Diagnostic> {
    let found: Vec<(&Parameter, Diagnostic)> = (manifest.parameters.iter())
        .flat_map(|parameter| miswritten(parameter).into_iter().map(move |text| (parameter, text)))
        .filter_map(|(parameter, text)| Some((parameter, diagnostic(parameter, text, rule)?)))
        .collect();
    let is_named = |fault: &ExpressionError, parameter: &Parameter| {
        let written = texts.text.texts.0.get(fault.place.text.0).map_or("", |text| text.text.as_str());
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        written.split(|letter| !is_part(letter)).any(|word| word == parameter.name.as_str())
    };
    let (mut told, mut of_values) = (Vec::new(), Vec::new());
    for fault in faults {
        let mut values = found.iter().filter(|(parameter, _)| is_named(fault, parameter)).peekable();
        if values.peek().is_none() {
            told.push(texts.diagnostic(fault));
        }
        for (_, value) in values.filter(|(_, value)| !of_values.contains(&value.span)).collect::<Vec<_>>() {
            of_values.push(value.span.clone());
            told.push(value.clone());
        }
    }
    told
}

/// The values of a parameter, and in its tables, that look like numbers and are none.
fn miswritten(parameter: &Parameter) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open: Vec<&Value> = parameter.values.iter().map(|dated| &dated.value).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Text(text) if is_like_number(text) => found.push(text.as_str()),
            Value::Record(record) => open.extend(record.iter().map(|(_, value)| value)),
            Value::List(rows) => open.extend(rows.iter().flatten().map(|(_, value)| value)),
            Value::Text(_)
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Decimal(_)
            | Value::Date(_)
            | Value::Choice(_)
            | Value::Decimals(_) => {}
        }
    }
    found
}

fn is_like_number(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || "+-.,'_%".contains(letter);
    text.chars().all(is_part)
        && text.contains(|letter: char| letter.is_ascii_digit())
        && Decimal::from_str(text).is_err()
}

/// The diagnostic for a parameter's value. `None` if the rule takes the value from the manifest that it extends.
fn diagnostic(parameter: &Parameter, text: &str, rule: &RuleSource) -> Option<Diagnostic> {
    let manifest = &rule.manifest_text;
    let span = place_of(&ManifestKey::Parameter(parameter.name.clone()), manifest);
    let span = value_span(manifest, span.start, text).unwrap_or(span);
    rule.is_own(span.start).then(|| Diagnostic {
        is_cell: false,
        file: rule.manifest_path(),
        text: Arc::from(manifest.as_str()),
        span,
        message: format!("this value of `{}` is a text and no number", parameter.name),
        help: Some(HELP.to_owned()),
    })
}

/// The span of the first TOML string with this text after the byte `start` of the manifest, with its quotes.
fn value_span(manifest: &str, start: usize, text: &str) -> Option<Range<usize>> {
    let rest = manifest.get(start..)?;
    let found = ['"', '\''].iter().filter_map(|quote| rest.find(&format!("{quote}{text}{quote}"))).min()?;
    Some(start + found..start + found + text.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_like_numbers_are_told_apart_from_numbers_and_words() {
        for text in ["5,5", " 5", "1 000", "1'000", "5 %", "1.234.5"] {
            assert!(is_like_number(text), "{text}");
        }
        for text in ["5", "5.5", "-5", "five", "", "-", "5 EUR"] {
            assert!(!is_like_number(text), "{text}");
        }
    }
}
