//! The replies of the API as JSON, in the caller's language.

pub(crate) mod authority;
pub(crate) mod compared_place;
pub(crate) mod decision;
pub(crate) mod explained;
pub(crate) mod fact;
pub(crate) mod finding;
pub(crate) mod fragments;
pub(crate) mod intermediate;
pub(crate) mod law_notice;
pub(crate) mod objection;
mod parameter;
pub(crate) mod privacy;
pub(crate) mod provision;
pub(crate) mod publisher;
pub(crate) mod rule;
pub(crate) mod rule_failure;
pub(crate) mod statistics;
pub(crate) mod unit;
pub(crate) mod unset_field;
pub(crate) mod value;

pub use self::decision::DecisionView;
pub(crate) use self::decision::{AtLeastReply, DaysReply, at_least, granted, why_undetermined};
pub(crate) use self::parameter::{ParameterReply, parameter_reply};
pub(crate) use self::provision::{ProvisionReply, provision_reply};
pub(crate) use self::value::value_reply;
