//! Rules on trial: a version that is marked `shadow` is asked beside the one in force, in a lane of its own, and what
//! it would have changed is counted. It affects no answer; of the cases nothing is kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;

use ordinance_domain::decision::{Decision, Outcome, UndeterminedReason};
use ordinance_engine::case::Case;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Engine, NoObserver, Rule};
use serde::Serialize;

/// How many cases wait for their trial; further ones are left out.
const WAITING_MAX: usize = 1024;

/// The trials.
pub(crate) struct Shadow {
    cases: SyncSender<Decided>,
    tally: Arc<Tally>,
}

/// A case that was decided, on its way to the trial.
struct Decided {
    engine: Arc<Engine>,
    case: Case,
    decision: Decision,
}

/// What was counted.
#[derive(Default)]
struct Tally {
    rules: Mutex<BTreeMap<OnTrial, Counts>>,
    left_out: AtomicU64,
    /// How many cases wait.
    waiting: AtomicUsize,
}

/// A rule on trial.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct OnTrial {
    /// Whose law it would be.
    pub(crate) jurisdiction: String,
    /// The rule, with its version.
    pub(crate) rule: String,
    /// Its digest.
    pub(crate) digest: String,
}

/// How often a rule on trial came to what: `same`, `fails`, `grant`, or two outcomes.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What `/admin/shadow` says.
#[derive(Debug, Serialize)]
pub(crate) struct ShadowReply {
    rules: Vec<TrialReply>,
    /// The cases that came while too many waited.
    left_out: u64,
}

/// A rule on trial and what was counted.
#[derive(Debug, Serialize)]
struct TrialReply {
    #[serde(flatten)]
    rule: OnTrial,
    /// How many cases it was asked.
    cases: u64,
    /// How many of them come out as they do.
    same: u64,
    /// The others, by what is other.
    differences: Counts,
}

impl Shadow {
    /// Starts the lane, which ends with this.
    ///
    /// # Errors
    /// If there can be no further thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (cases, waiting) = sync_channel(WAITING_MAX);
        let tally = Arc::new(Tally::default());
        let counted = Arc::downgrade(&tally);
        thread::Builder::new().name("shadow".to_owned()).spawn(move || try_all(&waiting, &counted))?;
        Ok(Self { cases, tally })
    }

    /// Puts a decided case on trial, if a rule on trial might have a say in it; never waits.
    pub(crate) fn offer(&self, engine: &Arc<Engine>, case: &Case, decision: &Decision) {
        self.put(engine, case, decision, WAITING_MAX);
    }

    /// The same for a line of a batch, which takes no more than half of the places.
    pub(crate) fn offer_of_batch(&self, engine: &Arc<Engine>, case: &Case, decision: &Decision) {
        self.put(engine, case, decision, WAITING_MAX / 2);
    }

    fn put(&self, engine: &Arc<Engine>, case: &Case, decision: &Decision, waiting_max: usize) {
        if !engine.rulebook().shadows().any(|rule| rule.head.scope.service() == Some(&case.query.service)) {
            return;
        }
        if self.tally.waiting.load(Ordering::Relaxed) >= waiting_max {
            self.tally.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.tally.waiting.fetch_add(1, Ordering::Relaxed);
        let decided = Decided { engine: Arc::clone(engine), case: case.clone(), decision: decision.clone() };
        if let Err(error) = self.cases.try_send(decided) {
            self.tally.waiting.fetch_sub(1, Ordering::Relaxed);
            let is_first = self.tally.left_out.fetch_add(1, Ordering::Relaxed) == 0;
            if is_first && matches!(error, TrySendError::Disconnected(_)) {
                tracing::error!("rules on trial are no longer asked: their lane has ended with a defect");
            }
        }
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> BTreeMap<OnTrial, Counts> {
        self.tally.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same with its sums.
    pub(crate) fn reply(&self) -> ShadowReply {
        let trial = |(rule, mut counts): (OnTrial, Counts)| {
            let cases = counts.values().sum();
            let same = counts.remove(SAME).unwrap_or_default();
            TrialReply { rule, cases, same, differences: counts }
        };
        let left_out = self.tally.left_out.load(Ordering::Relaxed);
        ShadowReply { rules: self.counts().into_iter().map(trial).collect(), left_out }
    }
}

const SAME: &str = "same";
const FAILS: &str = "fails";
const GRANT: &str = "grant";

fn try_all(waiting: &Receiver<Decided>, tally: &Weak<Tally>) {
    while let Ok(Decided { engine, case, decision }) = waiting.recv() {
        let Some(tally) = tally.upgrade() else { return };
        tally.waiting.fetch_sub(1, Ordering::Relaxed);
        for rule in engine.rulebook().shadows() {
            let Some(came) = tried(&engine, rule, &case, &decision) else { continue };
            let key = OnTrial {
                jurisdiction: rule.head.jurisdiction.to_string(),
                rule: rule.head.to_string(),
                digest: rule.head.digest.map(|digest| digest.to_string()).unwrap_or_default(),
            };
            let mut rules = tally.rules.lock().unwrap_or_else(PoisonError::into_inner);
            *rules.entry(key).or_default().entry(came).or_default() += 1;
        }
    }
}

/// What a rule on trial would have changed; none if it has no say in the case.
fn tried(engine: &Engine, rule: &Rule, case: &Case, decision: &Decision) -> Option<String> {
    let head = &rule.head;
    if head.scope.service() != Some(&case.query.service) || !head.in_force.contains(case.query.as_of) {
        return None;
    }
    let law = ApplicableLaw::select(engine, &case.query).ok()?.with_shadow(rule)?;
    let tried = decide_under(&law, case, &mut Budget::default(), &mut NoObserver).decision;
    Some(match (&decision.outcome, &tried.outcome) {
        (_, Outcome::Undetermined(UndeterminedReason::FailedRule)) => FAILS.to_owned(),
        (Outcome::Undetermined(_), Outcome::Undetermined(_)) => SAME.to_owned(),
        (before, after) if before == after => SAME.to_owned(),
        (Outcome::Eligible(_), Outcome::Eligible(_)) => GRANT.to_owned(),
        (before, after) => format!("{} -> {}", before.as_str(), after.as_str()),
    })
}
