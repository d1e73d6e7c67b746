//! What each caller wrote to the decision log, and the replies to requests that it may repeat. All of it is counted
//! elsewhere.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The id of a caller in `host.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallerLabels {
    caller: String,
}

/// The metrics by caller.
#[derive(Default)]
pub(crate) struct CallerMetrics {
    log_bytes: Family<CallerLabels, Counter>,
    log_refused: Family<CallerLabels, Counter>,
    replayed: Family<CallerLabels, Counter>,
    replies_dropped: Family<CallerLabels, Counter>,
    reply_bytes: Gauge,
}

/// What one caller has written to the decision log, and its replies that are kept.
#[derive(Debug, Clone)]
pub(crate) struct CallerUsage {
    pub(crate) caller: String,
    pub(crate) bytes: u64,
    /// Records that its quota refused.
    pub(crate) refused: u64,
    /// Repeats that were answered with the first reply.
    pub(crate) replayed: u64,
    /// First replies that were dropped before their time.
    pub(crate) replies_dropped: u64,
    /// Bytes of those that are kept.
    pub(crate) reply_bytes: usize,
}

impl CallerMetrics {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "decision_log_bytes",
            "Bytes of the decision log without the numbers of its records, by caller",
            metrics.log_bytes.clone(),
        );
        registry.register(
            "decision_log_quota_refusals",
            "Records that the caller's quota of the decision log refused",
            metrics.log_refused.clone(),
        );
        registry.register(
            "idempotency_replays",
            "Repeated requests that were answered with the first reply",
            metrics.replayed.clone(),
        );
        registry.register(
            "idempotency_replies_dropped",
            "First replies that were dropped before their time, for want of room",
            metrics.replies_dropped.clone(),
        );
        registry.register(
            "idempotency_reply_bytes",
            "Bytes of the first replies that are kept",
            metrics.reply_bytes.clone(),
        );
        metrics
    }

    /// Sets the counts of all callers. Two entries of host.toml may have one id, such as while a key is replaced.
    pub(crate) fn set(&self, callers: Vec<CallerUsage>) {
        let reply_bytes: usize = callers.iter().map(|caller| caller.reply_bytes).sum();
        self.reply_bytes.set(i64::try_from(reply_bytes).unwrap_or(i64::MAX));
        let mut sums: BTreeMap<String, [u64; 4]> = BTreeMap::new();
        for CallerUsage { caller, bytes, refused, replayed, replies_dropped, reply_bytes: _ } in callers {
            let sum = sums.entry(caller).or_default();
            for (total, count) in sum.iter_mut().zip([bytes, refused, replayed, replies_dropped]) {
                *total += count;
            }
        }
        let families = [&self.log_bytes, &self.log_refused, &self.replayed, &self.replies_dropped];
        for (caller, sum) in sums {
            let labels = CallerLabels { caller };
            for (family, count) in families.iter().zip(sum) {
                family.get_or_create(&labels).inner().store(count, Ordering::Relaxed);
            }
        }
    }
}
