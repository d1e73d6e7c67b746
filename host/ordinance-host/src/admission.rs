//! Admission control: the callers, their quotas, and the concurrency limit with its overload detection. The layer that
//! sheds load in front of the router is in the wing `api`, since it answers requests.

pub(crate) mod address_block;
pub(crate) mod arrival_rate;
pub(crate) mod batch_limit;
pub(crate) mod caller_quota;
pub(crate) mod callers;
pub(crate) mod callers_error;
pub(crate) mod concurrency_limit;
pub(crate) mod overload;
pub(crate) mod public_lane;
pub(crate) mod stage_observer;
pub(crate) mod stranger_rate;
pub(crate) mod thread_priority;
pub(crate) mod token_error;
pub(crate) mod turn_queue;
pub(crate) mod verification_keys;
pub(crate) mod visitor_limits;
pub(crate) mod work_units;
