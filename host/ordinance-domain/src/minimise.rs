//! Data minimisation: from the facts of a case to the facts that one rule's type declares. It must never pass on a
//! fact that the type doesn't declare, at any depth.

use std::fmt;

use crate::facts::Facts;
use crate::name::FieldName;
use crate::rule_type::{RuleField, RuleType, ValueType};
use crate::value::{Record, Value, field};

/// The facts that one rule's type declares, and nothing else. Only [`minimise`] makes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MinimisedFacts(Record);

impl MinimisedFacts {
    /// The facts, in the order of the rule's type.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.0
    }
}

/// The paths of missing facts that a rule requires, such as `household[1].age`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("facts are missing: {}", .0.join(", "))]
pub struct MissingFactsError(pub Vec<String>);

/// Keeps the facts that the type declares.
///
/// # Errors
/// [`MissingFactsError`] if a fact is missing that the type doesn't declare as optional.
pub fn minimise(rule_type: &RuleType, facts: &Facts) -> Result<MinimisedFacts, MissingFactsError> {
    let mut missing = Vec::new();
    let kept = keep(&rule_type.applicant, &facts.0, FactPath::Root, &mut missing);
    if missing.is_empty() { Ok(MinimisedFacts(kept)) } else { Err(MissingFactsError(missing)) }
}

/// The paths of the missing facts that the type declares as optional. An undetermined answer may depend on them.
#[must_use]
pub fn missing_options(rule_type: &RuleType, facts: &Facts) -> Vec<String> {
    missing_where(rule_type, facts, |declared| declared.value_type.is_optional())
}

/// The paths of all facts that the type declares and that are missing.
#[must_use]
pub fn missing_paths(rule_type: &RuleType, facts: &Facts) -> Vec<String> {
    missing_where(rule_type, facts, |_| true)
}

fn missing_where(rule_type: &RuleType, facts: &Facts, counts: fn(&RuleField) -> bool) -> Vec<String> {
    let mut missing = Vec::new();
    collect_missing(&rule_type.applicant, &facts.0, FactPath::Root, counts, &mut missing);
    missing
}

/// Where in the facts a record is. It becomes a text only where a fact is missing.
#[derive(Clone, Copy)]
enum FactPath<'p> {
    /// The facts themselves.
    Root,
    /// A field of a record.
    Field(&'p FactPath<'p>, &'p FieldName),
    /// An item of a list, by its index.
    Item(&'p FactPath<'p>, usize),
}

impl fmt::Display for FactPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => write!(f, "{name}"),
            Self::Field(record, name) => write!(f, "{record}.{name}"),
            Self::Item(list, index) => write!(f, "{list}[{index}]"),
        }
    }
}

fn keep(fields: &[RuleField], record: &Record, path: FactPath<'_>, missing: &mut Vec<String>) -> Record {
    let mut kept = Record::with_capacity(fields.len());
    for declared in fields {
        let inner = FactPath::Field(&path, &declared.name);
        match field(record, &declared.name) {
            Some(value) => {
                kept.push((declared.name.clone(), keep_value(declared.value_type.inner(), value, inner, missing)));
            }
            None if declared.value_type.is_optional() => {}
            None => missing.push(inner.to_string()),
        }
    }
    kept
}

fn keep_value(value_type: &ValueType, value: &Value, path: FactPath<'_>, missing: &mut Vec<String>) -> Value {
    match (value_type, value) {
        (ValueType::Record(fields), Value::Record(record)) => Value::Record(keep(fields, record, path, missing)),
        (ValueType::List(fields), Value::List(items)) => {
            let item = |(index, item): (usize, &Record)| keep(fields, item, FactPath::Item(&path, index), missing);
            Value::List(items.iter().enumerate().map(item).collect())
        }
        (_, value) => value.clone(),
    }
}

fn collect_missing(
    fields: &[RuleField],
    record: &Record,
    path: FactPath<'_>,
    counts: fn(&RuleField) -> bool,
    missing: &mut Vec<String>,
) {
    for declared in fields {
        let inner = FactPath::Field(&path, &declared.name);
        match (declared.value_type.inner(), field(record, &declared.name)) {
            (_, None) if counts(declared) => missing.push(inner.to_string()),
            (ValueType::Record(fields), Some(Value::Record(record))) => {
                collect_missing(fields, record, inner, counts, missing);
            }
            (ValueType::List(fields), Some(Value::List(items))) => {
                for (index, item) in items.iter().enumerate() {
                    collect_missing(fields, item, FactPath::Item(&inner, index), counts, missing);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> FieldName {
        FieldName::new(text).unwrap()
    }

    fn declared(text: &str, value_type: ValueType) -> RuleField {
        RuleField { name: name(text), value_type }
    }

    fn rule_type(applicant: Vec<RuleField>) -> RuleType {
        RuleType {
            arguments: vec![],
            applicant,
            parameters: vec![],
            grant: vec![],
            intermediates: vec![],
            finds_items: true,
        }
    }

    #[test]
    fn what_the_type_does_not_declare_does_not_reach_the_rule_at_any_depth() {
        let member = vec![declared("age", ValueType::Bool)];
        let rule_type = rule_type(vec![declared("members", ValueType::List(member))]);
        let person = vec![(name("age"), Value::Bool(true)), (name("illness"), Value::Text("secret".into()))];
        let facts = Facts(vec![(name("members"), Value::List(vec![person])), (name("income"), Value::Integer(7))]);
        let kept = minimise(&rule_type, &facts).unwrap();
        assert_eq!(kept.record(), &vec![(name("members"), Value::List(vec![vec![(name("age"), Value::Bool(true))]]))]);
    }

    #[test]
    fn a_missing_fact_that_is_not_an_option_is_named_with_its_path() {
        let member = vec![declared("age", ValueType::Bool)];
        let option = ValueType::Option(Box::new(ValueType::Bool));
        let rule_type = rule_type(vec![
            declared("members", ValueType::List(member)),
            declared("income", ValueType::Bool),
            declared("note", option),
        ]);
        let facts = Facts(vec![(name("members"), Value::List(vec![vec![(name("age"), Value::Bool(true))], vec![]]))]);
        assert_eq!(
            minimise(&rule_type, &facts),
            Err(MissingFactsError(vec!["members[1].age".into(), "income".into()]))
        );
        assert_eq!(missing_options(&rule_type, &facts), ["note"]);
        assert_eq!(missing_paths(&rule_type, &facts), ["members[1].age", "income", "note"]);
    }
}
