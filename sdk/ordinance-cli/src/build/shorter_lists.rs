//! Lists of parameters that become shorter on a later day: a value replaces the whole list before it, so a row that the
//! author forgot to repeat falls away, and nothing tells.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::Date;
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::value::{Record, Value, field};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::literals::read_decimal;
use serde::Deserialize;
use toml::Spanned;

use crate::source::RuleSource;

/// The most rows that a warning names.
const NAMED_MAX: usize = 6;

/// A warning for each list in a rule's own manifest that lacks rows of the list before it.
pub(super) fn shorter_lists(rule: &RuleSource) -> Vec<Diagnostic> {
    let Ok(manifest) = &rule.manifest else { return Vec::new() };
    let Ok(written) = toml::from_str::<WrittenManifest>(&rule.author_text) else { return Vec::new() };
    let mut warnings = Vec::new();
    for parameter in &manifest.parameters {
        // One that another rule gives is told there.
        let Some(values) = written.parameters.get(parameter.name.as_str()).map(|written| &written.values) else {
            continue;
        };
        for (index, (value, at)) in parameter.values.iter().zip(values).enumerate() {
            let before = parameter.values.iter().take(index).rfind(|before| before.from < value.from);
            let Some(before) = before.filter(|before| before.until.is_none_or(|until| until >= value.from)) else {
                continue;
            };
            let Some(lost) = lost_rows(&before.value, &value.value) else { continue };
            warnings.push(warning(rule, parameter, [before, value], &lost, at.value.span()));
        }
    }
    warnings
}

fn warning(
    rule: &RuleSource,
    parameter: &Parameter,
    [before, value]: [&DatedValue; 2],
    lost: &[String],
    span: std::ops::Range<usize>,
) -> Diagnostic {
    let Parameter { name, .. } = parameter;
    let (old_day, day): (Date, Date) = (before.from, value.from);
    let named = lost.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    let more = lost.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Diagnostic {
        text: rule.author_text.as_str().into(),
        span,
        help: Some(format!(
            "a value replaces the whole list: repeat there what the law still has, with the old amount if that stays; \
             if the law of {day} no longer has it, the list is right"
        )),
        ..Diagnostic::whole_file(
            &rule.manifest_path(),
            format!(
                "the list `{name}` of {day} has no {named}{more}, which that of {old_day} has: from {day} on there is \
                 none"
            ),
        )
    }
}

/// What an earlier list has and a later one, which has nothing else, lacks. `None` if they aren't lists, or the later
/// one isn't merely shorter.
fn lost_rows(before: &Value, after: &Value) -> Option<Vec<String>> {
    match (before, after) {
        (Value::Decimals(before), Value::Decimals(after)) if is_little_shorter(before.len(), after.len()) => {
            Some((after.len() + 1..=before.len()).map(|number| format!("place {number}")).collect())
        }
        (Value::List(before), Value::List(after)) if is_little_shorter(before.len(), after.len()) => {
            lost_keys(before, after)
        }
        _ => None,
    }
}

/// Whether a list lost fewer rows than it kept. A law that sets out its list anew, such as two amounts and what each
/// further person adds in place of ten amounts, drops most of them on purpose.
fn is_little_shorter(before: usize, after: usize) -> bool {
    after < before && before - after < after
}

/// The rows that are lost, by the column that names rows: one whose values differ from row to row in both lists, and
/// of which the later list has only such as the earlier one. An amount, which is written as a text, seldom names a row.
fn lost_keys(before: &[Record], after: &[Record]) -> Option<Vec<String>> {
    let is_amount = |value: &Value| matches!(value, Value::Text(text) if read_decimal(text).is_some());
    let (amounts, others): (Vec<_>, Vec<_>) = before.first()?.iter().partition(|(_, value)| is_amount(value));
    others.into_iter().chain(amounts).find_map(|(column, _)| {
        let (before, after) = (keys(before, column)?, keys(after, column)?);
        let is_part = after.iter().all(|key| before.contains(key));
        let lost = before.iter().filter(|key| !after.contains(key)).map(|key| format!("`{column} = {key}`"));
        is_part.then(|| lost.collect())
    })
}

/// The values of a column, in the order of the rows. `None` if a row lacks one or two rows have the same.
fn keys(rows: &[Record], column: &FieldName) -> Option<Vec<String>> {
    let keys: Vec<String> = rows.iter().map(|row| Some(field(row, column)?.to_plain())).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = keys.iter().collect();
    (distinct.len() == keys.len()).then_some(keys)
}

#[derive(Deserialize)]
struct WrittenManifest {
    #[serde(default)]
    parameters: BTreeMap<String, WrittenParameter>,
}

#[derive(Deserialize)]
struct WrittenParameter {
    #[serde(default)]
    values: Vec<WrittenValue>,
}

#[derive(Deserialize)]
struct WrittenValue {
    value: Spanned<toml::Value>,
}
