//! A number of a rule as JSON.

use ordinance_domain::fact::FactType;
use ordinance_domain::parameters::{DatedValue, Parameter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::replies::provision::{ProvisionReply, provision_reply};
use crate::api::replies::value::value_reply;

/// A number of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParameterReply {
    /// Its name.
    pub(crate) name: String,
    /// Its title.
    pub(crate) title: Option<String>,
    /// Its value: a decimal as a string, a list or a record as such; `null` while it is pending.
    #[schema(value_type = serde_json::Value)]
    pub(crate) value: serde_json::Value,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<String>,
    /// The day from which it has this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// The day of the publication of this value, if it was published later than its rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<String>,
    /// The first day on which it no longer has this value, though no other follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    /// The day on which somebody last held this value against the law, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirmed: Option<String>,
    /// Who still has to set or confirm it, and why it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<String>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provision: Option<ProvisionReply>,
}

/// A parameter with one of its values; without one while it is pending.
pub(crate) fn parameter_reply(
    parameter: &Parameter,
    dated: Option<&DatedValue>,
    languages: &[String],
) -> ParameterReply {
    ParameterReply {
        name: parameter.name.to_string(),
        title: parameter.titles.best(languages).map(str::to_owned),
        // The manifest writes a parameter as it is shown; its type only says how the rule reads it.
        value: dated.map_or(serde_json::Value::Null, |dated| value_reply(&dated.value, &FactType::Bool)),
        unit: parameter.unit.as_ref().map(ToString::to_string),
        from: dated.map(|dated| dated.from.to_string()),
        published: dated.and_then(|dated| dated.published).map(|day| day.to_string()),
        until: dated.and_then(|dated| dated.until).map(|day| day.to_string()),
        confirmed: dated.and_then(|dated| dated.confirmed).map(|day| day.to_string()),
        pending: parameter.pending.clone(),
        provision: dated.and_then(|dated| dated.provision.as_ref()).map(provision_reply),
    }
}
