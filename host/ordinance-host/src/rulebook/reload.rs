//! From a folder to the rulebook in use: a new rulebook is loaded, compiled, type-checked and has its rules' own cases run beside
//! the one in use, then swapped in one step. One that isn't good leaves the last good one in use, and says why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::INDEX_FILE;
use ordinance_engine::rulebook::{RuleFolder, RuleRejection};
use ordinance_engine::{Engine, Pseudonymiser, Rulebook};
use ordinance_sandbox::{RuleUsage, Sandbox};
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::{BadRule, HostConfig};
use crate::error::HostError;
use crate::rulebook::current::CurrentRulebook;
use crate::rulebook::load::load;
use crate::rulebook::load::{pseudonymiser, sandbox};

/// A rule whose own cases come out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfTestFailure {
    /// Which.
    pub folder: RuleFolder,
    /// Which cases, in words.
    pub reason: String,
}

impl std::fmt::Display for SelfTestFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.folder, self.reason)
    }
}

/// Runs the cases that a rulebook's folder carries.
///
/// # Errors
/// Why they can't be read.
pub type SelfTest = dyn Fn(&Engine, &Path) -> Result<Vec<SelfTestFailure>, String> + Send + Sync;

/// A built rulebook on the disk, from which this host takes its rulebook.
pub struct RulebookLoader {
    folder: PathBuf,
    sandbox: Sandbox,
    pseudonymiser: Pseudonymiser,
    bad_rule: BadRule,
    disprove: Box<SelfTest>,
    /// One reload at a time.
    turn: Mutex<()>,
    last: Mutex<Option<Reloaded>>,
    /// How often a reload came to what.
    counts: Mutex<BTreeMap<&'static str, u64>>,
    /// The digest of the index that was loaded last; none if it was refused, as what it lacks may yet come.
    index: Mutex<Option<Digest>>,
    /// The rules that decided their own cases otherwise at the start, or why the cases couldn't be run: a host starts with such.
    disproved: Result<Vec<SelfTestFailure>, String>,
    /// The rules of the rulebook in use that are as they were before it, each with the reason.
    kept: Mutex<Vec<String>>,
}

/// What came of a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reloaded {
    /// When, in UTC.
    pub at: String,
    /// What came of it.
    pub outcome: ReloadOutcome,
    /// The digest of the rulebook that was loaded; none if it can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rulebook: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// What came of a reload, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReloadOutcome {
    /// It is the one in use.
    Unchanged,
    /// It is in use from now on.
    InUse,
    /// It is in use from now on, but for some rules, which are as they were.
    InUseInPart,
    /// It isn't used.
    #[serde(rename = "refused")]
    Rejected,
}

impl ReloadOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unchanged, Self::InUse, Self::InUseInPart, Self::Rejected];

    /// The word that is told.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::InUse => "in-use",
            Self::InUseInPart => "in-use-in-part",
            Self::Rejected => "refused",
        }
    }
}

impl RulebookLoader {
    /// Loads a folder as a host does at its start: rules that are broken are in it as such, and rules whose cases come out otherwise
    /// are told in the log.
    ///
    /// # Errors
    /// [`HostError`] if the sandbox can't be set up or the rulebook can't be loaded.
    pub fn open(config: &HostConfig, folder: &Path, disprove: Box<SelfTest>) -> Result<(Self, Engine), HostError> {
        let mut loader = Self {
            folder: folder.to_owned(),
            sandbox: sandbox(config)?,
            pseudonymiser: pseudonymiser(config)?,
            bad_rule: config.reload.bad_rule,
            disprove,
            turn: Mutex::default(),
            last: Mutex::default(),
            counts: Mutex::new(ReloadOutcome::ALL.map(|outcome| (outcome.as_str(), 0)).into()),
            index: Mutex::default(),
            disproved: Ok(Vec::new()),
            kept: Mutex::default(),
        };
        let rulebook = loader.load()?;
        let engine = loader.engine_of(&Arc::new(rulebook));
        loader.disproved = (loader.disprove)(&engine, folder);
        match &loader.disproved {
            Ok(disproved) => {
                for SelfTestFailure { folder, reason } in disproved {
                    tracing::error!(rule = %folder, reason, "a rule decides its own cases otherwise than they expect");
                }
            }
            Err(reason) => tracing::error!(reason, "the cases of the rules can't be run"),
        }
        Ok((loader, engine))
    }

    fn engine_of(&self, rulebook: &Arc<Rulebook>) -> Engine {
        Engine::new(Arc::clone(rulebook), self.pseudonymiser.clone())
    }

    fn load(&self) -> Result<Rulebook, HostError> {
        *lock(&self.index) = self.index_on_disk();
        load(&self.folder, &self.sandbox)
    }

    /// The rules that decided their own cases otherwise at the start.
    ///
    /// # Errors
    /// Why the cases couldn't be run.
    pub fn disproved(&self) -> Result<&[SelfTestFailure], &str> {
        self.disproved.as_deref().map_err(String::as_str)
    }

    /// The digest of the index that the folder holds now; `None` if it can't be read.
    #[must_use]
    pub fn index_on_disk(&self) -> Option<Digest> {
        std::fs::read(self.folder.join(INDEX_FILE)).ok().map(|bytes| sha256(&bytes))
    }

    /// What rules have used since the start, and use now.
    #[must_use]
    pub fn used(&self) -> RuleUsage {
        self.sandbox.used()
    }

    /// The rules of the rulebook in use that are as they were before it, each with the reason.
    #[must_use]
    pub fn kept(&self) -> Vec<String> {
        lock(&self.kept).clone()
    }

    /// How often a reload came to what since the start.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        lock(&self.counts).iter().map(|(outcome, count)| (*outcome, *count)).collect()
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the folder holds another rulebook than the one that was loaded last. Files that are still being written are none.
    #[must_use]
    pub fn is_another(&self) -> bool {
        let index = self.index_on_disk();
        index.is_some() && *lock(&self.index) != index
    }

    /// What came of the last reload; none if there was none.
    #[must_use]
    pub fn last(&self) -> Option<Reloaded> {
        lock(&self.last).clone()
    }

    /// Loads what the folder holds now, and uses it if it is good. One that is under way is waited for.
    pub fn reload(&self, live: &CurrentRulebook) -> Reloaded {
        let turn = lock(&self.turn);
        self.reload_in_turn(live, &turn)
    }

    /// The same; none if another reload is under way.
    pub fn try_reload(&self, live: &CurrentRulebook) -> Option<Reloaded> {
        let turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(self.reload_in_turn(live, &turn))
    }

    fn reload_in_turn(&self, live: &CurrentRulebook, _turn: &MutexGuard<'_, ()>) -> Reloaded {
        let reloaded = self.loaded(live);
        if reloaded.outcome == ReloadOutcome::Rejected {
            *lock(&self.index) = None;
        }
        match reloaded.outcome {
            ReloadOutcome::Unchanged => tracing::info!("reload: the rulebook in use is the one in the folder"),
            ReloadOutcome::InUse => tracing::info!(rulebook = reloaded.rulebook, "reload: the new rulebook is in use"),
            ReloadOutcome::InUseInPart => {
                tracing::error!(reasons = ?reloaded.reasons, "reload: the new rulebook is in use but for some rules");
            }
            ReloadOutcome::Rejected => {
                tracing::error!(reasons = ?reloaded.reasons, "reload: refused, the last good rulebook stays in use");
            }
        }
        *lock(&self.counts).entry(reloaded.outcome.as_str()).or_default() += 1;
        *lock(&self.last) = Some(reloaded.clone());
        reloaded
    }

    fn loaded(&self, live: &CurrentRulebook) -> Reloaded {
        let candidate = match self.load() {
            Ok(candidate) => Arc::new(candidate),
            Err(error) => return came(ReloadOutcome::Rejected, None, vec![in_full(&error)]),
        };
        let in_use = live.rulebook();
        // A rule that couldn't be compiled may be there now, though no byte of the rulebook is another.
        let is_mended = candidate.broken_rules().count() < in_use.broken_rules().count();
        if candidate.digest() == in_use.digest() && !is_mended {
            return came(ReloadOutcome::Unchanged, Some(&candidate), Vec::new());
        }
        let bad = match self.bad_rules(&candidate, &in_use) {
            Ok(bad) => bad,
            Err(reason) => return came(ReloadOutcome::Rejected, Some(&candidate), vec![reason]),
        };
        let reasons = bad.iter().map(|(rule, reason)| format!("{rule}: {reason}")).collect();
        match self.bad_rule {
            _ if bad.is_empty() => self.use_from_now_on(candidate, live, reasons),
            BadRule::Refuse => came(ReloadOutcome::Rejected, Some(&candidate), reasons),
            BadRule::KeepLast => self.keep_last(&candidate, live, &bad.into_keys().collect(), reasons),
        }
    }

    /// Uses a new rulebook but for the bad rules, which stay as they were, unless that makes no rulebook.
    fn keep_last(
        &self,
        candidate: &Rulebook,
        live: &CurrentRulebook,
        bad: &BTreeSet<RuleFolder>,
        mut reasons: Vec<String>,
    ) -> Reloaded {
        let in_use = live.rulebook();
        let refused = came(ReloadOutcome::Rejected, Some(candidate), Vec::new());
        let Some(candidate) = candidate.with_rules_kept_from(&in_use, bad) else {
            reasons.push(
                "the definitions are others too, so the rules can't stay as they were and the rulebook is refused as a whole"
                    .to_owned(),
            );
            return Reloaded { reasons, ..refused };
        };
        // Beside the rules that stay, others may no longer fit.
        let misfits = broken_anew(&candidate, &in_use);
        if !misfits.is_empty() {
            reasons.extend(misfits.into_iter().map(|(rule, reason)| format!("{rule}, beside what stays: {reason}")));
            return Reloaded { reasons, ..refused };
        }
        if candidate.digest() == in_use.digest() {
            return came(ReloadOutcome::Unchanged, Some(&candidate), reasons);
        }
        self.use_from_now_on(Arc::new(candidate), live, reasons)
    }

    /// Swaps the rulebook in use for another, in which some rules may be kept, each with the reason.
    fn use_from_now_on(&self, candidate: Arc<Rulebook>, live: &CurrentRulebook, kept: Vec<String>) -> Reloaded {
        let outcome = if kept.is_empty() { ReloadOutcome::InUse } else { ReloadOutcome::InUseInPart };
        lock(&self.kept).clone_from(&kept);
        let reloaded = came(outcome, Some(&candidate), kept);
        live.swap(self.engine_of(&candidate));
        reloaded
    }

    /// The rules that can't run though the one in use could or was another, and those whose own cases come out otherwise.
    fn bad_rules(&self, candidate: &Arc<Rulebook>, in_use: &Rulebook) -> Result<BTreeMap<RuleFolder, String>, String> {
        let mut bad = broken_anew(candidate, in_use);
        let known = self.disproved.as_deref().unwrap_or_default();
        for disproved in (self.disprove)(&self.engine_of(candidate), &self.folder)? {
            if !known.contains(&disproved) {
                bad.entry(disproved.folder).or_insert(disproved.reason);
            }
        }
        Ok(bad)
    }
}

/// What a reload came to, now.
fn came(outcome: ReloadOutcome, rulebook: Option<&Rulebook>, reasons: Vec<String>) -> Reloaded {
    let rulebook = rulebook.map(|rulebook| rulebook.digest().to_string());
    Reloaded { at: Timestamp::now().to_string(), outcome, rulebook, reasons }
}

/// The rules that can't run, but for those of the rulebook in use that can't for the same reason.
fn broken_anew(candidate: &Rulebook, in_use: &Rulebook) -> BTreeMap<RuleFolder, String> {
    let known: Vec<(RuleFolder, &RuleRejection)> =
        in_use.broken_rules().map(|(head, why)| (folder_of(head), why)).collect();
    let is_new = |(head, why): &(&RuleHead, &RuleRejection)| !known.contains(&(folder_of(head), *why));
    let broken = candidate.broken_rules().filter(is_new);
    broken.map(|(head, why)| (folder_of(head), format!("it can't run: {}", why))).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folder_of(head: &RuleHead) -> RuleFolder {
    RuleFolder { place: head.jurisdiction.clone(), folder: head.folder().clone() }
}

/// An error with its causes.
fn in_full(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(in_full).filter(|cause| !error.to_string().contains(cause.as_str()));
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
