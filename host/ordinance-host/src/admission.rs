//! Admission control: who calls, how much of the host a caller may take, and what is rejected while the host is overloaded.

pub(crate) mod caller_quota;
pub(crate) mod callers;
pub(crate) mod concurrency_limit;
pub(crate) mod load_shed;
pub(crate) mod overload;
pub(crate) mod stage_observer;
