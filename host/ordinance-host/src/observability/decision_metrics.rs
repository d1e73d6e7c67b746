//! The metrics of decisions. Each request counts some, so that the counters are looked up by the service as it stands
//! in the decision, and their labels are written once.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use ordinance_domain::decision::Decision;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::audit::mode::Mode;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    service: String,
    /// The level of the place: 1 is a nation.
    level: u32,
    outcome: &'static str,
    mode: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TimeLabels {
    service: String,
    mode: &'static str,
}

/// How many decisions there were, and how long they took.
pub(super) struct DecisionMetrics {
    decisions: Family<DecisionLabels, Counter>,
    seconds: Family<TimeLabels, Histogram>,
    /// By service; only services of a rulebook decide.
    handles: RwLock<HashMap<String, ServiceHandles>>,
}

/// The metrics of one service that were used so far, a few of each kind.
#[derive(Default)]
struct ServiceHandles {
    decisions: Vec<(DecisionKind, Counter)>,
    seconds: Vec<(Mode, Histogram)>,
}

/// What tells the decisions of a service apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DecisionKind {
    level: usize,
    outcome: &'static str,
    mode: Mode,
}

impl DecisionMetrics {
    pub(super) fn new(times: fn() -> Histogram, registry: &mut Registry) -> Self {
        let decisions = Family::default();
        let seconds = Family::new_with_constructor(times);
        registry.register("decisions", "Decisions given", decisions.clone());
        registry.register("decision_seconds", "Time from the whole request to the reply", seconds.clone());
        Self { decisions, seconds, handles: RwLock::default() }
    }

    /// Counts a decision; `time` is `None` for a line of a batch.
    pub(super) fn count(&self, decision: &Decision, mode: Mode, time: Option<Duration>) {
        let service = decision.query.service.as_str();
        let kind = DecisionKind { level: decision.layers.len(), outcome: decision.outcome.as_str(), mode };
        let handles = self.handles.read().unwrap_or_else(PoisonError::into_inner);
        let is_counted = handles.get(service).is_some_and(|handles| handles.count(kind, time));
        drop(handles);
        if !is_counted {
            self.add(service, kind, time);
        }
    }

    /// Counts the first decision of its kind.
    fn add(&self, service: &str, kind: DecisionKind, time: Option<Duration>) {
        let DecisionKind { level, outcome, mode } = kind;
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        let handles = handles.entry(service.to_owned()).or_default();
        if handles.decisions.iter().all(|(known, _)| *known != kind) {
            let level = u32::try_from(level).unwrap_or(u32::MAX);
            let labels = DecisionLabels { service: service.to_owned(), level, outcome, mode: mode.as_str() };
            handles.decisions.push((kind, self.decisions.get_or_create(&labels).clone()));
        }
        if time.is_some() && handles.seconds.iter().all(|(known, _)| *known != mode) {
            let labels = TimeLabels { service: service.to_owned(), mode: mode.as_str() };
            handles.seconds.push((mode, self.seconds.get_or_create(&labels).clone()));
        }
        handles.count(kind, time);
    }
}

impl ServiceHandles {
    /// Counts a decision if its metrics are known, and says whether they are.
    fn count(&self, kind: DecisionKind, time: Option<Duration>) -> bool {
        let Some((_, counter)) = self.decisions.iter().find(|(known, _)| *known == kind) else { return false };
        if let Some(time) = time {
            let Some((_, histogram)) = self.seconds.iter().find(|(known, _)| *known == kind.mode) else { return false };
            histogram.observe(time.as_secs_f64());
        }
        counter.inc();
        true
    }
}
