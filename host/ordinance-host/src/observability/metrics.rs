//! Metrics in the Prometheus text form. Labels are ids of the rulebook and words of this program, never what a caller
//! sent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ordinance_domain::decision::{Decision, Layer, LayerStatus};
use ordinance_domain::privacy::{PrivacyLayer, RuledFact, Verdict};
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_sandbox::RuleUsage;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::audit::mode::Mode;
use crate::objections::state::ObjectionCounts;
use crate::observability::authority_metrics::AuthorityMetrics;
use crate::observability::caller_metrics::{CallerMetrics, CallerUsage};
use crate::observability::decision_metrics::DecisionMetrics;
use crate::observability::objection_metrics::ObjectionMetrics;
use crate::rulebook::repository::FoundAuthorities;
use crate::rulebook::shadow::{DifferenceCounts, ShadowRule};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RulingLabels {
    fact: String,
    ruling: &'static str,
    mode: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RuleLabels {
    jurisdiction: String,
    rule: String,
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemLabels {
    problem: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    outcome: &'static str,
}

/// The metrics of a host.
pub(crate) struct Metrics {
    registry: Registry,
    decisions: DecisionMetrics,
    disclosures: Family<RulingLabels, Counter>,
    withheld: Family<RulingLabels, Counter>,
    failures: Family<RuleLabels, Counter>,
    violations: Family<RuleLabels, Counter>,
    problems: Family<ProblemLabels, Counter>,
    queue_seconds: Histogram,
    queued: Gauge,
    overloaded: Gauge,
    batches: Gauge,
    broken: Gauge,
    revisions: Gauge,
    kept: Gauge,
    slots: Gauge,
    slots_taken: Gauge,
    fuel: Counter,
    calls: Counter,
    direct_calls: Counter,
    reloads: Family<ReloadLabels, Counter>,
    shadow: Family<RuleLabels, Counter>,
    spans_dropped: Counter,
    callers: CallerMetrics,
    authorities: AuthorityMetrics,
    objections: ObjectionMetrics,
}

/// The state of the host at the time of a scrape.
#[derive(Debug, Clone)]
pub(crate) struct HostState {
    /// Decisions in the queue.
    pub(crate) queued: usize,
    pub(crate) is_overloaded: bool,
    /// Running batches.
    pub(crate) batches: usize,
    /// Broken rules.
    pub(crate) broken: usize,
    /// Revisions that a simulation may ask for.
    pub(crate) revisions: usize,
    /// Rules that the last reload kept from the rulebook before.
    pub(crate) kept: usize,
    /// Fuel, calls and slots of rules.
    pub(crate) sandbox: RuleUsage,
    /// Reloads by outcome.
    pub(crate) reloads: Vec<(&'static str, u64)>,
    pub(crate) spans_dropped: u64,
    /// Cases of shadow rules by difference.
    pub(crate) shadow: BTreeMap<ShadowRule, DifferenceCounts>,
    pub(crate) callers: Vec<CallerUsage>,
    /// The authorities that published the rulebook, if it is signed.
    pub(crate) authorities: Option<Arc<FoundAuthorities>>,
    /// Objections by state.
    pub(crate) objections: ObjectionCounts,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("ordinance");
        let metrics = Self {
            decisions: DecisionMetrics::new(times, &mut registry),
            disclosures: Family::default(),
            withheld: Family::default(),
            failures: Family::default(),
            violations: Family::default(),
            problems: Family::default(),
            queue_seconds: times(),
            queued: Gauge::default(),
            overloaded: Gauge::default(),
            batches: Gauge::default(),
            broken: Gauge::default(),
            revisions: Gauge::default(),
            kept: Gauge::default(),
            slots: Gauge::default(),
            slots_taken: Gauge::default(),
            fuel: Counter::default(),
            calls: Counter::default(),
            direct_calls: Counter::default(),
            reloads: Family::default(),
            shadow: Family::default(),
            spans_dropped: Counter::default(),
            callers: CallerMetrics::new(&mut registry),
            authorities: AuthorityMetrics::new(&mut registry),
            objections: ObjectionMetrics::new(&mut registry),
            registry: Registry::default(),
        };
        registry.register("disclosures", "Facts ruled on for a recipient", metrics.disclosures.clone());
        registry.register("facts_withheld", "Facts withheld from rules or masked", metrics.withheld.clone());
        registry.register("rule_failures", "Calls of rules without a valid answer", metrics.failures.clone());
        registry.register("violations", "Answers of rules outside the bounds of upper law", metrics.violations.clone());
        registry.register("problems", "Requests answered with a problem", metrics.problems.clone());
        registry.register("decision_queue_seconds", "Of it, the time in the queue", metrics.queue_seconds.clone());
        registry.register("decisions_queued", "Decisions that wait in the queue", metrics.queued.clone());
        registry.register("overloaded", "1 during an overload", metrics.overloaded.clone());
        registry.register("batches_running", "Batches that run", metrics.batches.clone());
        registry.register("rules_broken", "Rules of the rulebook that can't run", metrics.broken.clone());
        registry.register("rules_kept", "Rules kept from the rulebook before the one in use", metrics.kept.clone());
        registry.register(
            "revisions",
            "Revisions of the rulebook that a simulation may ask for",
            metrics.revisions.clone(),
        );
        registry.register("rule_slots", "Rules that may run at the same time", metrics.slots.clone());
        registry.register("rule_slots_in_use", "Rules that run now", metrics.slots_taken.clone());
        registry.register("rule_fuel", "Fuel that rules have used", metrics.fuel.clone());
        registry.register("rule_calls", "Calls of rules that have ended", metrics.calls.clone());
        registry.register(
            "rule_direct_calls",
            "Calls of rules that called their core module directly",
            metrics.direct_calls.clone(),
        );
        registry.register(
            "shadow_decisions",
            "Cases decided with a shadow rule, by the difference",
            metrics.shadow.clone(),
        );
        registry.register("spans_dropped", "Spans that the collector didn't take", metrics.spans_dropped.clone());
        registry.register("reloads", "Reloads of the rulebook, by outcome", metrics.reloads.clone());
        Self { registry, ..metrics }
    }

    /// Counts a decision; `time` is `None` for a line of a batch.
    pub(crate) fn decided(&self, decision: &Decision, mode: Mode, time: Option<Duration>) {
        self.decisions.count(decision, mode, time);
        let rulings = &decision.rulings.for_rules();
        for ruled in rulings.facts().iter().filter(|ruled| ruled.verdict != Verdict::Permit) {
            self.withheld.get_or_create(&ruling_labels(ruled, mode)).inc();
        }
        self.privacy_failures(decision.rulings.layers());
        for layer in &decision.layers {
            if let LayerStatus::Failed(failed) = &layer.status {
                self.failures.get_or_create(&rule_labels(layer, failed.code.as_str())).inc();
            }
            for violation in &layer.violations {
                self.violations.get_or_create(&rule_labels(layer, &violation.subject.to_string())).inc();
            }
        }
    }

    /// Counts the time of a decision in the queue.
    pub(crate) fn record_queue_time(&self, time: Duration) {
        self.queue_seconds.observe(time.as_secs_f64());
    }

    /// Counts the rulings on a request for facts.
    pub(crate) fn disclosed(&self, disclosed: &DisclosureDecision, mode: Mode) {
        for ruled in disclosed.rulings.facts() {
            let labels = ruling_labels(ruled, mode);
            self.disclosures.get_or_create(&labels).inc();
        }
        self.privacy_failures(disclosed.rulings.layers().iter());
    }

    fn privacy_failures<'a>(&self, layers: impl Iterator<Item = &'a PrivacyLayer>) {
        for layer in layers {
            if let Err(failed) = &layer.result {
                let labels = RuleLabels {
                    jurisdiction: layer.jurisdiction.to_string(),
                    rule: layer.rule.to_string(),
                    code: failed.code.as_str().to_owned(),
                };
                self.failures.get_or_create(&labels).inc();
            }
        }
    }

    pub(crate) fn problem(&self, problem: &'static str) {
        self.problems.get_or_create(&ProblemLabels { problem }).inc();
    }

    /// All metrics in the Prometheus text format.
    pub(crate) fn text(&self, now: HostState) -> String {
        for (gauge, count) in [
            (&self.queued, now.queued),
            (&self.overloaded, usize::from(now.is_overloaded)),
            (&self.batches, now.batches),
            (&self.broken, now.broken),
            (&self.revisions, now.revisions),
            (&self.kept, now.kept),
        ] {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let RuleUsage { slots, taken, calls, direct_calls, fuel } = now.sandbox;
        self.slots.set(slots.into());
        self.slots_taken.set(taken.into());
        // These are counted elsewhere.
        self.calls.inner().store(calls, Ordering::Relaxed);
        self.direct_calls.inner().store(direct_calls, Ordering::Relaxed);
        self.fuel.inner().store(fuel, Ordering::Relaxed);
        self.spans_dropped.inner().store(now.spans_dropped, Ordering::Relaxed);
        self.callers.set(now.callers);
        self.authorities.set(now.authorities, jiff::Timestamp::now());
        self.objections.set(now.objections);
        let mut shadow: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for (ShadowRule { jurisdiction, rule, .. }, counts) in now.shadow {
            // One version may have had several digests.
            for (code, count) in counts {
                *shadow.entry((jurisdiction.clone(), rule.clone(), code.to_string())).or_default() += count;
            }
        }
        for ((jurisdiction, rule, code), count) in shadow {
            let labels = RuleLabels { jurisdiction, rule, code };
            self.shadow.get_or_create(&labels).inner().store(count, Ordering::Relaxed);
        }
        for (outcome, count) in now.reloads {
            self.reloads.get_or_create(&ReloadLabels { outcome }).inner().store(count, Ordering::Relaxed);
        }
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// From 50 microseconds to 1.6 seconds.
fn times() -> Histogram {
    Histogram::new(exponential_buckets(0.000_05, 2.0, 16))
}

fn ruling_labels(ruled: &RuledFact, mode: Mode) -> RulingLabels {
    RulingLabels { fact: ruled.fact.without_items().to_string(), ruling: ruled.verdict.as_str(), mode: mode.as_str() }
}

fn rule_labels(layer: &Layer, code: &str) -> RuleLabels {
    let rule = layer.rule.as_ref().map(ToString::to_string);
    RuleLabels { jurisdiction: layer.jurisdiction.to_string(), rule: rule.unwrap_or_default(), code: code.to_owned() }
}
