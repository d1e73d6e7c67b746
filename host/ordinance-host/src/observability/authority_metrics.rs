//! Metrics of the authorities whose repositories a host reads.

use std::sync::Arc;

use jiff::Timestamp;
use ordinance_trust::AuthorityState;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::rulebook::repository::FoundAuthorities;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

/// The metrics of authorities. Without a repository all of them are 0.
pub(crate) struct AuthorityMetrics {
    authorities: Family<StateLabels, Gauge>,
    refused: Gauge,
    expiry: Gauge,
}

impl AuthorityMetrics {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self { authorities: Family::default(), refused: Gauge::default(), expiry: Gauge::default() };
        registry.register("authorities", "Authorities by the state of their repository", metrics.authorities.clone());
        registry.register(
            "publications_refused",
            "Publications and delegations by somebody who may not make them",
            metrics.refused.clone(),
        );
        registry.register(
            "publication_expiry_seconds",
            "Seconds until the first publication that still holds expires",
            metrics.expiry.clone(),
        );
        metrics
    }

    pub(crate) fn set(&self, found: Option<Arc<FoundAuthorities>>, now: Timestamp) {
        let Some(found) = found else { return };
        let reports = &found.authorities.reports;
        for state in AuthorityState::WORDS {
            let count = reports.iter().filter(|report| report.state.as_str() == state).count();
            self.authorities.get_or_create(&StateLabels { state }).set(gauge_value(count));
        }
        self.refused.set(gauge_value(found.rulebook.refused.len()));
        let holding =
            reports.iter().filter(|report| matches!(report.state, AuthorityState::Current | AuthorityState::Kept(_)));
        let expires = holding.filter_map(|report| Some(report.repository.as_ref()?.expires())).min();
        self.expiry.set(expires.map_or(0, |expires| expires.as_second().saturating_sub(now.as_second())));
    }
}

fn gauge_value(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
