//! What operators see of the host: logs, metrics, traces and the ids of requests.

pub(crate) mod metrics;
pub(crate) mod panics;
pub(crate) mod request_id;
pub(crate) mod telemetry;
pub(crate) mod traces;
