//! An intermediate value of a rule as JSON.

use ordinance_domain::answer::Answer;
use ordinance_domain::fact::FactType;
use ordinance_domain::manifest::IntermediateValue;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::field;
use ordinance_engine::value_json::ValueJson;
use serde::Serialize;
use utoipa::ToSchema;

use crate::shown::Shown;

/// A value on the way to a rule's answer, such as the income that counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntermediateReply<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its title.
    pub(crate) title: Option<&'a str>,
    /// Its value: a decimal as a string, a list or a record as such; `null` if the rule doesn't know it.
    #[schema(value_type = serde_json::Value)]
    pub(crate) value: Option<ValueJson<'a>>,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) unit: Option<Shown<&'a Unit>>,
}

/// The intermediate values that a rule declares, as an answer of it tells them.
pub(crate) fn intermediate_replies<'a>(
    rule: &'a RuleHead,
    answer: &'a Answer,
    languages: &[String],
) -> Vec<IntermediateReply<'a>> {
    let reply = |declared: &'a IntermediateValue| IntermediateReply {
        name: declared.name.as_str(),
        title: declared.titles.best(languages),
        // A rule tells its value with the digits that it has.
        value: field(&answer.intermediates, &declared.name)
            .map(|value| ValueJson { value, fact_type: &FactType::Bool }),
        unit: declared.unit.as_ref().map(Shown),
    };
    rule.intermediates.iter().map(reply).collect()
}
