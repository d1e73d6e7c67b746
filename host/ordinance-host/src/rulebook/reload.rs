//! From a folder to the rulebook in use. The host loads, compiles and type-checks a new rulebook and runs the rules'
//! own tests beside the rulebook in use, then swaps the two in one step. It rejects a bad one with the reasons, and the
//! last good one stays in use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::INDEX_FILE;
use ordinance_engine::rulebook::RuleFolder;
use ordinance_engine::rulebook_folder::{FILE_BYTES_MAX, RulebookFolder};
use ordinance_engine::{Engine, Pseudonymiser, Rulebook};
use ordinance_sandbox::{RuleUsage, Sandbox};

use crate::config::{BadRule, HostConfig};
use crate::error::{HostError, with_causes};
use crate::mutex::lock;
use crate::rulebook::activation::{ActivationError, ActivationQueue, PreparedRulebook};
use crate::rulebook::current::CurrentRulebook;
use crate::rulebook::load::{host_sandbox, load, pseudonymiser};
use crate::rulebook::reload_report::{ReloadOutcome, ReloadReport};
use crate::rulebook::repository::{FoundAuthorities, SignedRulebook};
use crate::rulebook::rule_folders::{folders_of, newly_broken, publisher_of};

/// A rule that fails its own tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfTestFailure {
    /// The rule, with all its versions.
    pub folder: RuleFolder,
    /// Which tests, and how.
    pub reason: String,
}

impl std::fmt::Display for SelfTestFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.folder, self.reason)
    }
}

/// The tests of the rules can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SelfTestError {
    /// Which file, and why.
    pub reason: String,
}

/// Runs the tests in a rulebook's folder and returns the rules that fail theirs.
///
/// # Errors
/// [`SelfTestError`] if the tests can't be read.
pub type SelfTest = dyn Fn(&Engine, &Path) -> Result<Vec<SelfTestFailure>, SelfTestError> + Send + Sync;

/// A built rulebook on the disk, from which this host takes its rulebook.
pub struct RulebookLoader {
    folder: PathBuf,
    /// The repositories that the folder is made of; `None` if somebody else writes it.
    signed: Option<SignedRulebook>,
    sandbox: Sandbox,
    pseudonymiser: Pseudonymiser,
    bad_rule: BadRule,
    self_test: Box<SelfTest>,
    /// One reload at a time.
    turn: Mutex<()>,
    last: Mutex<Option<ReloadReport>>,
    /// Reloads by outcome.
    counts: Mutex<BTreeMap<&'static str, u64>>,
    /// The digest of the index that was loaded last; `None` if it was rejected, for the missing files may still come.
    index: Mutex<Option<Digest>>,
    /// The rules that failed their tests at the start; the host starts all the same.
    failures_at_start: Result<Vec<SelfTestFailure>, SelfTestError>,
    /// The rules that the rulebook in use keeps from the one before it, each with the reason.
    kept: Mutex<Vec<String>>,
    activation: ActivationQueue,
    /// Held while the rulebook in use is looked at and replaced, never for long.
    swap: Mutex<()>,
}

impl RulebookLoader {
    /// Loads a folder at the start of a host. Broken rules are in the rulebook as such, and the log names rules that
    /// fail their tests.
    ///
    /// # Errors
    /// [`HostError`] if the sandbox can't be set up or the rulebook can't be loaded.
    pub fn open(config: &HostConfig, folder: &Path, self_test: Box<SelfTest>) -> Result<(Self, Engine), HostError> {
        Self::open_folder(config, folder.to_owned(), None, self_test)
    }

    /// The same of the signed repositories that the settings name; `None` if they name none.
    ///
    /// # Errors
    /// [`HostError`] also if the top authority's repository isn't as it must be and nothing of it was kept.
    pub fn open_repository(config: &HostConfig, self_test: Box<SelfTest>) -> Result<Option<(Self, Engine)>, HostError> {
        let Some(signed) = SignedRulebook::open(&config.rulebook)? else { return Ok(None) };
        let folder = signed.folder().to_owned();
        Self::open_folder(config, folder, Some(signed), self_test).map(Some)
    }

    fn open_folder(
        config: &HostConfig,
        folder: PathBuf,
        signed: Option<SignedRulebook>,
        self_test: Box<SelfTest>,
    ) -> Result<(Self, Engine), HostError> {
        let mut loader = Self {
            folder,
            signed,
            sandbox: host_sandbox(config)?,
            pseudonymiser: pseudonymiser(config)?,
            bad_rule: config.reload.bad_rule,
            self_test,
            turn: Mutex::default(),
            last: Mutex::default(),
            counts: Mutex::new(ReloadOutcome::ALL.map(|outcome| (outcome.as_str(), 0)).into()),
            index: Mutex::default(),
            failures_at_start: Ok(Vec::new()),
            kept: Mutex::default(),
            activation: ActivationQueue::new(config.reload.activate),
            swap: Mutex::default(),
        };
        let rulebook = loader.load()?;
        let engine = loader.start_engine(&Arc::new(rulebook));
        loader.failures_at_start = (loader.self_test)(&engine, &loader.folder);
        match &loader.failures_at_start {
            Ok(failures) => {
                for SelfTestFailure { folder, reason } in failures {
                    tracing::error!(rule = %folder, reason, "a rule fails its own tests");
                }
            }
            Err(error) => tracing::error!(%error, "the tests of the rules can't be run"),
        }
        Ok((loader, engine))
    }

    fn start_engine(&self, rulebook: &Arc<Rulebook>) -> Engine {
        Engine::new(Arc::clone(rulebook), self.pseudonymiser.clone())
    }

    /// Loads what the folder holds now, without the rules that may no longer be used.
    fn load(&self) -> Result<Rulebook, HostError> {
        *lock(&self.index) = self.index_on_disk();
        let rulebook = load(&self.folder, &self.sandbox)?;
        Ok(self.without_unusable(&rulebook).unwrap_or(rulebook))
    }

    /// A rulebook without the rules that may no longer be used; `None` if all of them may.
    fn without_unusable(&self, rulebook: &Rulebook) -> Option<Rulebook> {
        self.signed.as_ref()?.without_unusable(rulebook, Timestamp::now())
    }

    /// The rules that failed their tests at the start.
    ///
    /// # Errors
    /// [`SelfTestError`] if the tests couldn't be read.
    pub fn failures_at_start(&self) -> Result<&[SelfTestFailure], &SelfTestError> {
        self.failures_at_start.as_deref()
    }

    /// The digest of the index that the folder holds now; `None` if it can't be read.
    #[must_use]
    pub fn index_on_disk(&self) -> Option<Digest> {
        let folder = RulebookFolder::open(&self.folder).ok()?;
        folder.read(INDEX_FILE, FILE_BYTES_MAX).ok().map(|bytes| sha256(&bytes))
    }

    /// The fuel, calls and slots of rules.
    #[must_use]
    pub fn usage(&self) -> RuleUsage {
        self.sandbox.usage()
    }

    /// The rules that the rulebook in use keeps from the one before it, each with the reason.
    #[must_use]
    pub fn kept(&self) -> Vec<String> {
        lock(&self.kept).clone()
    }

    /// Reloads since the start, by outcome.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        lock(&self.counts).iter().map(|(outcome, count)| (*outcome, *count)).collect()
    }

    /// The folder that it loads.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the folder holds another rulebook than the one that was loaded last. It holds none while a build writes
    /// its files.
    #[must_use]
    pub fn has_new_index(&self) -> bool {
        let index = self.index_on_disk();
        index.is_some() && *lock(&self.index) != index
    }

    /// The repositories that the rulebook is made of; `None` if it comes from a folder.
    pub(crate) fn signed(&self) -> Option<&SignedRulebook> {
        self.signed.as_ref()
    }

    /// Reads the repositories again, and loads the rulebook that they make if it is another one. Does nothing where the
    /// rulebook comes from a folder.
    pub fn update(&self, live: &CurrentRulebook) {
        let Some(signed) = &self.signed else { return };
        let found = signed.update();
        // What was withdrawn ends before anything is written or loaded.
        self.take_out_unusable(live);
        let turn = lock(&self.turn);
        if let Some(found) = found {
            signed.put(&found, &live.revisions());
        }
        if self.has_new_index() {
            self.reload_exclusively(live, &turn);
        }
        self.take_out_unusable(live);
        if signed.has_usable_again(&live.rulebook(), Timestamp::now()) {
            self.reload_exclusively(live, &turn);
        }
    }

    /// Takes rules out of use whose publication has lapsed since the repositories were read. Waits for neither the
    /// repositories nor the disk nor a reload.
    pub fn revoke(&self, live: &CurrentRulebook) {
        if self.signed.as_ref().is_some_and(|signed| signed.has_newly_expired(Timestamp::now())) {
            self.take_out_unusable(live);
        }
    }

    fn take_out_unusable(&self, live: &CurrentRulebook) {
        let _swap = lock(&self.swap);
        if let Some(without) = self.without_unusable(&live.rulebook()) {
            live.swap(self.start_engine(&Arc::new(without)));
        }
    }

    /// The report of the last reload; `None` before the first.
    #[must_use]
    pub fn last(&self) -> Option<ReloadReport> {
        lock(&self.last).clone()
    }

    /// Loads what the folder holds now, and activates it if it is good. Waits for a reload that is under way.
    pub fn reload(&self, live: &CurrentRulebook) -> ReloadReport {
        let found = self.signed.as_ref().and_then(SignedRulebook::update);
        let turn = lock(&self.turn);
        self.reload_found(found, live, &turn)
    }

    /// The same; `None` if another reload is under way.
    pub fn try_reload(&self, live: &CurrentRulebook) -> Option<ReloadReport> {
        if self.signed.as_ref().is_some_and(SignedRulebook::is_reading) {
            return None;
        }
        let found = self.signed.as_ref().and_then(SignedRulebook::update);
        let turn = self.try_turn()?;
        Some(self.reload_found(found, live, &turn))
    }

    /// The turn to change the rulebook; `None` while another has it.
    fn try_turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn reload_found(
        &self,
        found: Option<Arc<FoundAuthorities>>,
        live: &CurrentRulebook,
        turn: &MutexGuard<'_, ()>,
    ) -> ReloadReport {
        if let (Some(signed), Some(found)) = (&self.signed, found) {
            signed.put(&found, &live.revisions());
        }
        self.reload_exclusively(live, turn)
    }

    fn reload_exclusively(&self, live: &CurrentRulebook, _turn: &MutexGuard<'_, ()>) -> ReloadReport {
        let report = self.load_and_activate(live);
        if report.outcome == ReloadOutcome::Rejected {
            *lock(&self.index) = None;
        }
        self.tell(&report);
        report
    }

    /// Logs, counts and keeps a report.
    fn tell(&self, report: &ReloadReport) {
        match report.outcome {
            ReloadOutcome::Unchanged => tracing::info!("reload: the rulebook in use is the one in the folder"),
            ReloadOutcome::InUse => tracing::info!(rulebook = report.rulebook, "reload: the new rulebook is in use"),
            ReloadOutcome::InUseInPart => {
                tracing::error!(reasons = ?report.reasons, "reload: the new rulebook is in use but for some rules");
            }
            ReloadOutcome::Prepared => {
                tracing::info!(rulebook = report.rulebook, reasons = ?report.reasons, "reload: a rulebook is prepared");
            }
            ReloadOutcome::Rejected => {
                tracing::error!(reasons = ?report.reasons, "reload: refused, the last good rulebook stays in use");
            }
        }
        *lock(&self.counts).entry(report.outcome.as_str()).or_default() += 1;
        *lock(&self.last) = Some(report.clone());
    }

    fn load_and_activate(&self, live: &CurrentRulebook) -> ReloadReport {
        let candidate = match self.load() {
            Ok(candidate) => Arc::new(candidate),
            Err(error) => return ReloadReport::new(ReloadOutcome::Rejected, None, vec![with_causes(&error)]),
        };
        let in_use = live.rulebook();
        // A rule that couldn't be compiled before may compile now, though the rulebook is the same.
        let is_mended = candidate.broken_rules().count() < in_use.broken_rules().count();
        if candidate.digest() == in_use.digest() && !is_mended {
            self.activation.clear();
            return ReloadReport::new(ReloadOutcome::Unchanged, Some(&candidate), Vec::new());
        }
        let bad = match self.bad_rules(&candidate, &in_use) {
            Ok(bad) => bad,
            Err(error) => return ReloadReport::new(ReloadOutcome::Rejected, Some(&candidate), vec![error.to_string()]),
        };
        let reasons = bad.iter().map(|(rule, reason)| format!("{rule}: {reason}")).collect();
        match self.bad_rule {
            _ if bad.is_empty() => self.accept(candidate, live, reasons),
            // One authority must not hold up the law of all others.
            BadRule::Refuse | BadRule::KeepLast if self.signed.is_some() => {
                self.keep_last_publication(&candidate, live, &bad)
            }
            BadRule::Refuse => ReloadReport::new(ReloadOutcome::Rejected, Some(&candidate), reasons),
            BadRule::KeepLast => self.keep_last(&candidate, live, &bad.into_keys().collect(), reasons),
        }
    }

    /// Activates a new rulebook with the bad rules kept from the one in use, unless the two don't fit together.
    fn keep_last(
        &self,
        candidate: &Rulebook,
        live: &CurrentRulebook,
        bad: &BTreeSet<RuleFolder>,
        mut reasons: Vec<String>,
    ) -> ReloadReport {
        let in_use = live.rulebook();
        let refused = ReloadReport::new(ReloadOutcome::Rejected, Some(candidate), Vec::new());
        let Some(candidate) = candidate.with_rules_kept_from(&in_use, bad) else {
            reasons.push(
                "the definitions are others too, so the rules can't stay as they were and the rulebook is refused as a whole"
                    .to_owned(),
            );
            return ReloadReport { reasons, ..refused };
        };
        // Other rules may not fit beside those that are kept.
        let misfits = newly_broken(&candidate, &in_use);
        if !misfits.is_empty() {
            reasons.extend(misfits.into_iter().map(|(rule, reason)| format!("{rule}, beside what stays: {reason}")));
            return ReloadReport { reasons, ..refused };
        }
        if candidate.digest() == in_use.digest() {
            return ReloadReport::new(ReloadOutcome::Unchanged, Some(&candidate), reasons);
        }
        self.accept(Arc::new(candidate), live, reasons)
    }

    /// Activates a new rulebook of signed repositories in which the authorities of bad rules keep what they published
    /// last. Where that doesn't fit the new definitions, the bad rules alone can't be used.
    fn keep_last_publication(
        &self,
        candidate: &Rulebook,
        live: &CurrentRulebook,
        bad: &BTreeMap<RuleFolder, String>,
    ) -> ReloadReport {
        let in_use = live.rulebook();
        let publishers: BTreeSet<JurisdictionCode> = bad
            .keys()
            .filter_map(|folder| publisher_of(candidate, folder).or_else(|| publisher_of(&in_use, folder)))
            .collect();
        let folders = folders_of(candidate, &publishers).chain(folders_of(&in_use, &publishers)).collect();
        let reasons = bad.iter().map(|(rule, reason)| format!("{rule}: {reason}")).collect();
        let kept = candidate.with_rules_kept_from(&in_use, &folders);
        let fitting = kept.filter(|kept| newly_broken(kept, &in_use).is_empty());
        let rulebook = match (&self.signed, fitting) {
            (Some(signed), Some(kept)) => signed.keeping(candidate, kept, &in_use, &publishers),
            (Some(signed), None) => signed.without_bad(candidate, bad),
            (None, kept) => kept.unwrap_or_else(|| candidate.clone()),
        };
        if rulebook.digest() == in_use.digest() {
            return ReloadReport::new(ReloadOutcome::Unchanged, Some(&rulebook), reasons);
        }
        self.accept(Arc::new(rulebook), live, reasons)
    }

    /// Activates a new rulebook, or keeps it until it is activated.
    fn accept(&self, candidate: Arc<Rulebook>, live: &CurrentRulebook, kept: Vec<String>) -> ReloadReport {
        if !self.activation.waits() {
            return self.activate(candidate, live, kept);
        }
        let report = ReloadReport::new(ReloadOutcome::Prepared, Some(&candidate), kept.clone());
        self.activation.put(PreparedRulebook { rulebook: candidate, kept });
        report
    }

    /// Activates the rulebook with this digest, which is prepared or in use already.
    ///
    /// # Errors
    /// [`ActivationError`] if it is neither, or a reload is under way.
    pub fn activate_prepared(&self, live: &CurrentRulebook, digest: Digest) -> Result<ReloadReport, ActivationError> {
        let _turn = self.try_turn().ok_or(ActivationError::ReloadUnderWay)?;
        let in_use = live.rulebook();
        // One of the same digest is prepared if a rule of it can be compiled now that couldn't be before.
        let report = match self.activation.take(digest) {
            Some(PreparedRulebook { rulebook, kept }) => self.activate(rulebook, live, kept),
            None if in_use.digest() == digest => ReloadReport::new(ReloadOutcome::Unchanged, Some(&in_use), Vec::new()),
            None => return Err(ActivationError::NotPrepared { wanted: digest, prepared: self.activation.newest() }),
        };
        self.activation.set_activated();
        self.tell(&report);
        Ok(report)
    }

    /// The rulebook that was prepared last and waits to be activated.
    #[must_use]
    pub fn prepared(&self) -> Option<Digest> {
        self.activation.newest()
    }

    /// Whether no rulebook was activated since the start, and one must be.
    #[must_use]
    pub fn waits_since_start(&self) -> bool {
        self.activation.waits_since_start()
    }

    /// Swaps the rulebook in use for `candidate`; `kept` names the rules that it keeps, with the reasons.
    fn activate(&self, candidate: Arc<Rulebook>, live: &CurrentRulebook, kept: Vec<String>) -> ReloadReport {
        let outcome = if kept.is_empty() { ReloadOutcome::InUse } else { ReloadOutcome::InUseInPart };
        lock(&self.kept).clone_from(&kept);
        let _swap = lock(&self.swap);
        // A publication may have lapsed while the rules were tested.
        let candidate = self.without_unusable(&candidate).map_or(candidate, Arc::new);
        let report = ReloadReport::new(outcome, Some(&candidate), kept);
        live.swap(self.start_engine(&candidate));
        report
    }

    /// The newly broken rules, and those that newly fail their tests.
    fn bad_rules(
        &self,
        candidate: &Arc<Rulebook>,
        in_use: &Rulebook,
    ) -> Result<BTreeMap<RuleFolder, String>, SelfTestError> {
        let mut bad = newly_broken(candidate, in_use);
        let known = self.failures_at_start.as_deref().unwrap_or_default();
        for failure in (self.self_test)(&self.start_engine(candidate), &self.folder)? {
            if !known.contains(&failure) {
                bad.entry(failure.folder).or_insert(failure.reason);
            }
        }
        Ok(bad)
    }
}
