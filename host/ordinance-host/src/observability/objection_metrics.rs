//! Metrics of objections: how many are kept in each state.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::objections::state::ObjectionCounts;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ObjectionLabels {
    state: &'static str,
}

/// The metrics of objections.
pub(crate) struct ObjectionMetrics {
    objections: Family<ObjectionLabels, Gauge>,
    overdue: Gauge,
}

impl ObjectionMetrics {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self { objections: Family::default(), overdue: Gauge::default() };
        registry.register("objections", "Objections that are kept, by state", metrics.objections.clone());
        registry.register(
            "objections_overdue",
            "Objections that the reviewing authority hasn't answered in time",
            metrics.overdue.clone(),
        );
        metrics
    }

    pub(crate) fn set(&self, counts: ObjectionCounts) {
        let ObjectionCounts { received, overdue, answered, unreadable } = counts;
        let by_state =
            [("received", received), ("overdue", overdue), ("answered", answered), ("unreadable", unreadable)];
        for (state, count) in by_state {
            self.objections.get_or_create(&ObjectionLabels { state }).set(gauge_value(count));
        }
        self.overdue.set(gauge_value(overdue));
    }
}

fn gauge_value(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
