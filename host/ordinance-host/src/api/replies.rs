//! The replies of the API as JSON, in the caller's language.

pub(crate) mod decision;
pub(crate) mod fact;
pub(crate) mod privacy;
pub(crate) mod provision;
pub(crate) mod rule;
pub(crate) mod rule_failure;
pub(crate) mod value;

pub use self::decision::DecisionView;
pub(crate) use self::decision::{
    AtLeastReply, DaysReply, DecisionReply, GrantReply, ParameterReply, ViolationReply, at_least, granted,
    parameter_reply, violation_reply, why_undetermined,
};
pub(crate) use self::provision::{ProvisionReply, provision_reply};
pub(crate) use self::value::value_reply;
