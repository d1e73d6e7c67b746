//! Data minimisation: from the facts of a case to the facts that one rule's type declares. It must never pass on a
//! fact that the type doesn't declare, at any depth.

use std::fmt;

use crate::facts::Facts;
use crate::name::FieldName;
use crate::rule_type::{RuleField, RuleType, ValueType};
use crate::value::{Record, Value, field};

/// The facts that one rule's type declares, and nothing else. Only [`minimise`] and [`refill`](Self::refill) make it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct MinimisedFacts(Record);

impl MinimisedFacts {
    /// The facts, in the order of the rule's type.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// Replaces the facts by those of another person, for a rule whose facts are single values. `value_of` gives the
    /// value of the declared fact at an index, without the values that nobody may see. False if a fact isn't known that
    /// the type doesn't declare as optional, or has a value that the type can't hold; the facts are then incomplete.
    pub fn refill(&mut self, rule_type: &RuleType, mut value_of: impl FnMut(usize) -> Option<Value>) -> bool {
        self.0.clear();
        for (index, declared) in rule_type.applicant.iter().enumerate() {
            match value_of(index) {
                Some(value) if declared.holds(&value) => self.0.push((declared.name.clone(), value)),
                None if declared.value_type.is_optional() => {}
                Some(_) | None => return false,
            }
        }
        true
    }
}

/// The facts that a rule declares and doesn't know, by their paths, such as `household[1].age`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownFacts {
    /// They are missing.
    pub missing: Vec<String>,
    /// They have values that the rule can't hold: the contract has them, the rule was compiled without them.
    pub unrecognised: Vec<String>,
}

impl UnknownFacts {
    /// Whether the rule knows every fact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unrecognised.is_empty()
    }
}

/// Facts that a rule requires aren't known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("facts aren't known: {}", .0.missing.iter().chain(&.0.unrecognised).cloned().collect::<Vec<_>>().join(", "))]
pub struct UnknownFactsError(pub UnknownFacts);

/// Keeps the facts that the type declares, without the values that it can't hold.
///
/// # Errors
/// [`UnknownFactsError`] if a fact isn't known that the type doesn't declare as optional; it names these alone.
pub fn minimise(rule_type: &RuleType, facts: &Facts) -> Result<MinimisedFacts, UnknownFactsError> {
    let mut unknown = UnknownFacts::default();
    let kept = keep(&rule_type.applicant, &facts.0, FactPath::Root, &mut unknown);
    if unknown.is_empty() { Ok(MinimisedFacts(kept)) } else { Err(UnknownFactsError(unknown)) }
}

/// The facts that the type declares as optional and that aren't known. An undetermined answer may depend on them.
#[must_use]
pub fn unknown_options(rule_type: &RuleType, facts: &Facts) -> UnknownFacts {
    unknown_where(rule_type, facts, |declared| declared.value_type.is_optional())
}

/// The paths of all facts that the type declares and that are missing.
#[must_use]
pub fn missing_paths(rule_type: &RuleType, facts: &Facts) -> Vec<String> {
    unknown_where(rule_type, facts, |_| true).missing
}

fn unknown_where(rule_type: &RuleType, facts: &Facts, counts: fn(&RuleField) -> bool) -> UnknownFacts {
    let mut unknown = UnknownFacts::default();
    collect_unknown(&rule_type.applicant, &facts.0, FactPath::Root, counts, &mut unknown);
    unknown
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

fn keep(fields: &[RuleField], record: &Record, path: FactPath<'_>, unknown: &mut UnknownFacts) -> Record {
    let mut kept = Record::with_capacity(fields.len());
    for declared in fields {
        let inner = FactPath::Field(&path, &declared.name);
        let value = field(record, &declared.name);
        match value.filter(|value| declared.holds(value)) {
            Some(value) => {
                kept.push((declared.name.clone(), keep_value(declared.value_type.inner(), value, inner, unknown)));
            }
            None if declared.value_type.is_optional() => {}
            None if value.is_some() => unknown.unrecognised.push(inner.to_string()),
            None => unknown.missing.push(inner.to_string()),
        }
    }
    kept
}

fn keep_value(value_type: &ValueType, value: &Value, path: FactPath<'_>, unknown: &mut UnknownFacts) -> Value {
    match (value_type, value) {
        (ValueType::Record(fields), Value::Record(record)) => Value::Record(keep(fields, record, path, unknown)),
        (ValueType::List(fields), Value::List(items)) => {
            let item = |(index, item): (usize, &Record)| keep(fields, item, FactPath::Item(&path, index), unknown);
            Value::List(items.iter().enumerate().map(item).collect())
        }
        (_, value) => value.clone(),
    }
}

fn collect_unknown(
    fields: &[RuleField],
    record: &Record,
    path: FactPath<'_>,
    counts: fn(&RuleField) -> bool,
    unknown: &mut UnknownFacts,
) {
    for declared in fields {
        let inner = FactPath::Field(&path, &declared.name);
        match (declared.value_type.inner(), field(record, &declared.name)) {
            (_, None) if counts(declared) => unknown.missing.push(inner.to_string()),
            (_, Some(value)) if !declared.holds(value) && counts(declared) => {
                unknown.unrecognised.push(inner.to_string());
            }
            (ValueType::Record(fields), Some(Value::Record(record))) => {
                collect_unknown(fields, record, inner, counts, unknown);
            }
            (ValueType::List(fields), Some(Value::List(items))) => {
                for (index, item) in items.iter().enumerate() {
                    collect_unknown(fields, item, FactPath::Item(&inner, index), counts, unknown);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_type::IntegerType;

    fn name(text: &str) -> FieldName {
        FieldName::new(text).unwrap()
    }

    fn declared(text: &str, value_type: ValueType) -> RuleField {
        RuleField::new(name(text), value_type)
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
        let required = UnknownFacts { missing: vec!["members[1].age".into(), "income".into()], unrecognised: vec![] };
        assert_eq!(minimise(&rule_type, &facts), Err(UnknownFactsError(required)));
        assert_eq!(unknown_options(&rule_type, &facts).missing, ["note"]);
        assert_eq!(missing_paths(&rule_type, &facts), ["members[1].age", "income", "note"]);
    }

    #[test]
    fn a_value_that_the_type_can_not_hold_is_not_known_and_never_another_value() {
        let known = || ValueType::Choice(vec!["mother".into(), "father".into()]);
        let member = vec![declared("role", ValueType::Option(Box::new(known()))), declared("grade", known())];
        let rule_type = rule_type(vec![
            declared("members", ValueType::List(member)),
            declared("points", ValueType::Option(Box::new(ValueType::Integer(IntegerType::U8)))),
        ]);
        let word = |text: &str| Value::Choice(text.into());
        let facts = |grade: &str| {
            let person = vec![(name("role"), word("guardian")), (name("grade"), word(grade))];
            Facts(vec![(name("members"), Value::List(vec![person])), (name("points"), Value::Integer(256))])
        };
        let kept = minimise(&rule_type, &facts("mother")).unwrap();
        let person = vec![(name("grade"), word("mother"))];
        assert_eq!(kept.record(), &vec![(name("members"), Value::List(vec![person]))]);
        let unknown = unknown_options(&rule_type, &facts("mother"));
        let paths = |unrecognised: &[&str]| UnknownFacts {
            missing: vec![],
            unrecognised: unrecognised.iter().map(|&path| path.to_owned()).collect(),
        };
        assert_eq!(unknown, paths(&["members[0].role", "points"]));
        let UnknownFactsError(required) = minimise(&rule_type, &facts("guardian")).unwrap_err();
        assert_eq!(required, paths(&["members[0].grade"]));
        assert!(missing_paths(&rule_type, &facts("guardian")).is_empty());
    }
}
