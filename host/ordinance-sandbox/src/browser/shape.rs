//! The shapes of what rules return, by which JSON of a page is read as values.

use ordinance_domain::rule_type::{IntegerType, RuleField, RuleType, ValueType};

use crate::lift::INTERMEDIATES;
use crate::wit_name::to_wit;

/// The shape of a value: its type without what is checked elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Bool,
    Integer(IntegerType),
    Text,
    Enum,
    Option(Box<Shape>),
    List(Box<Shape>),
    /// The fields by their names in WIT.
    Record(Vec<(String, Shape)>),
    /// The cases by their names in WIT.
    Variant(Vec<(&'static str, Option<Shape>)>),
}

impl Shape {
    /// That of the answer of an eligibility rule.
    pub(crate) fn answer(rule_type: &RuleType) -> Self {
        let grant = (!rule_type.grant.is_empty()).then(|| Self::fields(&rule_type.grant));
        let mut finding = vec![("criterion", Self::Text), ("satisfied", Self::optional(Self::Bool))];
        if rule_type.finds_items {
            finding.push(("item", Self::optional(Self::Integer(IntegerType::U32))));
        }
        let determination = Self::Variant(vec![("eligible", grant), ("ineligible", None), ("undetermined", None)]);
        let mut answer = vec![("determination", determination), ("findings", Self::list(Self::record(finding)))];
        if !rule_type.intermediates.is_empty() {
            answer.push((INTERMEDIATES, Self::fields(&rule_type.intermediates)));
        }
        Self::record(answer)
    }

    /// That of the rulings of a privacy rule.
    pub(crate) fn rulings() -> Self {
        let verdict = Self::Variant(vec![("permit", None), ("mask", Some(Self::Text)), ("withhold", None)]);
        let obligation = Self::Variant(vec![
            ("retain-at-most-days", Some(Self::Integer(IntegerType::U32))),
            ("notify-subject", None),
            ("log-access", None),
            ("no-onward-transfer", None),
            ("ask-separate-consent", None),
        ]);
        Self::list(Self::record(vec![
            ("fact", Self::Text),
            ("verdict", verdict),
            ("criterion", Self::Text),
            ("obligations", Self::list(obligation)),
        ]))
    }

    fn record(fields: Vec<(&str, Self)>) -> Self {
        Self::Record(fields.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect())
    }

    fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    fn optional(inner: Self) -> Self {
        Self::Option(Box::new(inner))
    }

    fn fields(fields: &[RuleField]) -> Self {
        Self::Record(fields.iter().map(|field| (to_wit(&field.name), Self::of(&field.value_type))).collect())
    }

    fn of(value_type: &ValueType) -> Self {
        match value_type {
            ValueType::Bool => Self::Bool,
            ValueType::Integer(width) => Self::Integer(*width),
            ValueType::Decimal => Self::decimal(),
            ValueType::Decimals => Self::list(Self::decimal()),
            ValueType::Date => Self::record(vec![
                ("year", Self::Integer(IntegerType::S32)),
                ("month", Self::Integer(IntegerType::U8)),
                ("day", Self::Integer(IntegerType::U8)),
            ]),
            ValueType::Text => Self::Text,
            ValueType::Choice(_) => Self::Enum,
            ValueType::Record(inner) => Self::fields(inner),
            ValueType::List(inner) => Self::list(Self::fields(inner)),
            ValueType::Option(inner) => Self::optional(Self::of(inner)),
        }
    }

    fn decimal() -> Self {
        Self::record(vec![("units", Self::Integer(IntegerType::S64)), ("scale", Self::Integer(IntegerType::U8))])
    }
}
