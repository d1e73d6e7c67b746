//! Shadow rules. After a decision the host decides the case once more with each version that is marked `shadow` in the
//! place of the one in force, on a thread of its own, and counts the differences. It affects no reply and keeps no
//! case.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

use ordinance_domain::decision::{Decision, Outcome, UndeterminedReason};
use ordinance_engine::case::Case;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Engine, NoObserver, Rule};
use serde::Serialize;

use crate::admission::overload::ClientLoad;
use crate::admission::thread_priority::give_way;
use crate::mutex::lock;

/// The most cases that wait for the shadow thread; further ones are skipped and counted.
const QUEUE_MAX: usize = 1024;
/// The most of them that one caller sent, so that the cases of the others are counted too.
const CALLER_QUEUE_MAX: usize = QUEUE_MAX / 4;
/// How much the thread gives way to others, from 0 to 19: a decision comes before its shadow.
const NICENESS: i32 = 19;

/// The shadow thread and its counts.
pub(crate) struct Shadow {
    cases: SyncSender<ShadowCase>,
    counts: Arc<ShadowCounts>,
}

/// A case with its decision, on its way to the shadow thread.
struct ShadowCase {
    engine: Arc<Engine>,
    caller: Arc<ClientLoad>,
    case: Case,
    decision: Decision,
}

/// The counts that the thread and the handlers share.
#[derive(Default)]
struct ShadowCounts {
    rules: Mutex<BTreeMap<ShadowRule, DifferenceCounts>>,
    left_out: AtomicU64,
    /// The cases in the queue.
    queued: AtomicUsize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct ShadowRule {
    /// The place whose law it would be.
    pub(crate) jurisdiction: String,
    /// `id@version`.
    pub(crate) rule: String,
    pub(crate) digest: String,
}

/// Cases by difference.
pub(crate) type DifferenceCounts = BTreeMap<Difference, u64>;

/// The reply of `/admin/shadow`.
#[derive(Debug, Serialize)]
pub(crate) struct ShadowReply {
    rules: Vec<ShadowRuleReply>,
    /// The cases that were skipped because the queue was full.
    left_out: u64,
}

/// A shadow rule and its counts.
#[derive(Debug, Serialize)]
struct ShadowRuleReply {
    #[serde(flatten)]
    rule: ShadowRule,
    /// The cases that it decided.
    cases: u64,
    /// Those with the same outcome and grant.
    same: u64,
    /// The others, by difference.
    differences: BTreeMap<String, u64>,
}

impl Shadow {
    /// Starts the thread, which ends when this is dropped.
    ///
    /// # Errors
    /// If the system starts no further thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (cases, queue) = sync_channel(QUEUE_MAX);
        let counts = Arc::new(ShadowCounts::default());
        let counted = Arc::downgrade(&counts);
        thread::Builder::new().name("shadow".to_owned()).spawn(move || run_shadow(&queue, &counted))?;
        Ok(Self { cases, counts })
    }

    /// Queues a case if there is a shadow rule for its service. Never waits.
    pub(crate) fn offer(&self, engine: &Arc<Engine>, caller: &Arc<ClientLoad>, case: &Case, decision: &Decision) {
        self.enqueue(engine, caller, case, decision, QUEUE_MAX);
    }

    /// The same for a line of a batch; batches use at most half of the queue.
    pub(crate) fn offer_of_batch(
        &self,
        engine: &Arc<Engine>,
        caller: &Arc<ClientLoad>,
        case: &Case,
        decision: &Decision,
    ) {
        self.enqueue(engine, caller, case, decision, QUEUE_MAX / 2);
    }

    fn enqueue(
        &self,
        engine: &Arc<Engine>,
        caller: &Arc<ClientLoad>,
        case: &Case,
        decision: &Decision,
        queued_max: usize,
    ) {
        if !engine.rulebook().shadows().any(|rule| rule.head.scope.service() == Some(&case.query.service)) {
            return;
        }
        let is_full = self.counts.queued.load(Ordering::Relaxed) >= queued_max;
        if is_full || caller.shadow_cases.load(Ordering::Relaxed) >= CALLER_QUEUE_MAX {
            self.counts.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.counts.queued.fetch_add(1, Ordering::Relaxed);
        caller.shadow_cases.fetch_add(1, Ordering::Relaxed);
        let (engine, caller) = (Arc::clone(engine), Arc::clone(caller));
        let shadow_case = ShadowCase { engine, caller, case: case.clone(), decision: decision.clone() };
        if let Err(error) = self.cases.try_send(shadow_case) {
            let (TrySendError::Full(unsent) | TrySendError::Disconnected(unsent)) = &error;
            self.counts.queued.fetch_sub(1, Ordering::Relaxed);
            unsent.caller.shadow_cases.fetch_sub(1, Ordering::Relaxed);
            let is_first = self.counts.left_out.fetch_add(1, Ordering::Relaxed) == 0;
            if is_first && matches!(error, TrySendError::Disconnected(_)) {
                tracing::error!("shadow rules are no longer evaluated: their thread has panicked");
            }
        }
    }

    pub(crate) fn counts(&self) -> BTreeMap<ShadowRule, DifferenceCounts> {
        lock(&self.counts.rules).clone()
    }

    pub(crate) fn reply(&self) -> ShadowReply {
        let reply = |(rule, mut counts): (ShadowRule, DifferenceCounts)| {
            let cases = counts.values().sum();
            let same = counts.remove(&Difference::Same).unwrap_or_default();
            let differences = counts.into_iter().map(|(difference, count)| (difference.to_string(), count)).collect();
            ShadowRuleReply { rule, cases, same, differences }
        };
        let left_out = self.counts.left_out.load(Ordering::Relaxed);
        ShadowReply { rules: self.counts().into_iter().map(reply).collect(), left_out }
    }
}

/// What a shadow rule would have changed in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    Same,
    /// A rule fails, the shadow rule or one that takes its grant.
    Fails,
    /// Both outcomes grant, and the grants differ.
    Grant,
    /// The names of the two outcomes.
    Outcome {
        decided: &'static str,
        shadow: &'static str,
    },
}

impl fmt::Display for Difference {
    /// `same`, `fails`, `grant` or `eligible -> ineligible`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("same"),
            Self::Fails => f.write_str("fails"),
            Self::Grant => f.write_str("grant"),
            Self::Outcome { decided, shadow } => write!(f, "{decided} -> {shadow}"),
        }
    }
}

fn run_shadow(queue: &Receiver<ShadowCase>, counts: &Weak<ShadowCounts>) {
    give_way(NICENESS);
    while let Ok(ShadowCase { engine, caller, case, decision }) = queue.recv() {
        let Some(counts) = counts.upgrade() else { return };
        counts.queued.fetch_sub(1, Ordering::Relaxed);
        caller.shadow_cases.fetch_sub(1, Ordering::Relaxed);
        for rule in engine.rulebook().shadows() {
            let Some(difference) = difference_of(&engine, rule, &case, &decision) else { continue };
            let key = ShadowRule {
                jurisdiction: rule.head.jurisdiction.to_string(),
                rule: rule.head.to_string(),
                digest: rule.head.digest.map(|digest| digest.to_string()).unwrap_or_default(),
            };
            let mut rules = lock(&counts.rules);
            *rules.entry(key).or_default().entry(difference).or_default() += 1;
        }
    }
}

/// What a shadow rule would have changed; `None` if it doesn't apply to the case.
fn difference_of(engine: &Engine, rule: &Rule, case: &Case, decision: &Decision) -> Option<Difference> {
    let head = &rule.head;
    if head.scope.service() != Some(&case.query.service) || !head.in_force.contains(case.query.as_of) {
        return None;
    }
    let law = ApplicableLaw::select(engine, &case.query).ok()?.with_shadow(rule)?;
    let shadow = decide_under(&law, case, &mut Budget::default(), &mut NoObserver).decision;
    if shadow.outcome.open() == Some(&UndeterminedReason::FailedRule) {
        return Some(Difference::Fails);
    }
    Some(match (&decision.outcome, &shadow.outcome) {
        (Outcome::Undetermined(_), Outcome::Undetermined(_)) => Difference::Same,
        (before, after) if before == after => Difference::Same,
        (before, after) if before.as_str() == after.as_str() => Difference::Grant,
        (before, after) => Difference::Outcome { decided: before.as_str(), shadow: after.as_str() },
    })
}
