//! What operators see of the host: logs, metrics, traces and the ids of requests.

pub(crate) mod authority_metrics;
pub(crate) mod caller_metrics;
mod decision_metrics;
pub(crate) mod metric_samples;
pub(crate) mod metrics;
pub(crate) mod objection_metrics;
pub(crate) mod panics;
pub(crate) mod report_interval;
pub(crate) mod request_id;
pub(crate) mod telemetry;
pub(crate) mod traces;
