//! The replies of the API as JSON, in the caller's language.

pub mod decision;
pub(crate) mod fact;
pub mod privacy;
pub mod provision;
pub(crate) mod rule;
pub mod rule_failure;
pub(crate) mod value;

pub use self::decision::{
    DaysReply, DecisionReply, DecisionView, GrantReply, MissingContractError, ParameterReply, ViolationReply, granted,
    parameter_reply, violation_reply, why_undetermined,
};
pub use self::provision::{ProvisionReply, provision_reply};
pub(crate) use self::value::value_reply;
