//! The rulebook of signed repositories: what the authorities publish, checked and made into one rulebook in a folder
//! of this host, from which it is loaded like any other.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, TryLockError};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::manifest::RuleScope;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook::{RuleLoadError, RuleState, UnusableRules};
use ordinance_trust::{
    AssembledRulebook, Authorities, PublishedRule, RepositoryError, TrustedAuthorities, UpdateLimits, assemble,
    open_source,
};

use crate::config::RulebookConfig;
use crate::error::{HostError, with_causes};
use crate::mutex::lock;

/// The folder of the rulebook that is made of the repositories, in the folder of what was trusted last.
const RULEBOOK_FOLDER: &str = "rulebook";
/// The folder of the copies of the repositories.
const COPIES_FOLDER: &str = "authorities";
/// The most rulebooks whose authorities are remembered beside those in use, the newest first.
const FOUND_MAX: usize = 8;

/// The repositories from which a host takes its rulebook.
pub(crate) struct SignedRulebook {
    trusted: TrustedAuthorities,
    folder: PathBuf,
    /// What was found, by the digest of the rulebook that was made of it, the newest first.
    found: Mutex<VecDeque<Arc<FoundAuthorities>>>,
    /// What was found last, whether its rulebook could be written or not.
    latest: Mutex<Option<Arc<FoundAuthorities>>>,
    failure: Mutex<Option<String>>,
    /// One reading at a time.
    reading: Mutex<()>,
    /// The first moment at which a part of what was found expires.
    next_expiry: Mutex<Option<Timestamp>>,
}

/// The authorities of a rulebook, as the host found them.
#[derive(Debug)]
pub(crate) struct FoundAuthorities {
    pub(crate) authorities: Authorities,
    /// The rulebook that was made of what they publish.
    pub(crate) rulebook: AssembledRulebook,
}

impl FoundAuthorities {
    /// Why a rule of a rulebook may not be used at a moment; `None` if it may, or nobody signed it.
    fn why_unusable(&self, head: &RuleHead, now: Timestamp) -> Option<String> {
        let publisher = &head.published_by.as_ref()?.authority;
        let service = match &head.scope {
            RuleScope::Service(service) => Some(service.as_str()),
            RuleScope::Privacy => None,
        };
        let rule = PublishedRule { place: &head.jurisdiction, service, version: &head.version, digest: head.digest? };
        self.authorities.why_unusable(&rule, publisher, now)
    }

    /// The rules of a rulebook that may not be used at a moment, each with the reason, but those that can't run anyway.
    fn unusable_of(&self, rulebook: &Rulebook, now: Timestamp) -> UnusableRules {
        let eligibility = rulebook.rules().filter(|rule| matches!(rule.state, RuleState::Ready(_)));
        let privacy = rulebook.privacy_rules().filter(|rule| matches!(rule.state, RuleState::Ready(_)));
        let heads = eligibility.map(|rule| &rule.head).chain(privacy.map(|rule| &rule.head));
        let unusable =
            |head: &Arc<RuleHead>| Some(((head.jurisdiction.clone(), head.digest?), self.why_unusable(head, now)?));
        heads.filter_map(unusable).collect()
    }
}

impl SignedRulebook {
    /// Reads the repositories of the settings for the first time; `None` if they name none.
    pub(crate) fn open(config: &RulebookConfig) -> Result<Option<Self>, HostError> {
        let Some(address) = &config.repository else { return Ok(None) };
        let root = config.root.as_ref().ok_or(HostError::NoPinnedRoot)?;
        let pinned = fs::read(root).map_err(|source| HostError::UnreadablePinnedRoot { path: root.clone(), source })?;
        let failed = |source| HostError::Repository { address: address.clone(), source };
        let source = open_source(address).map_err(RepositoryError::from).map_err(failed)?;
        let copies = config.state.join(COPIES_FOLDER);
        let limits = UpdateLimits::default();
        let signed = Self {
            trusted: TrustedAuthorities::new(source, pinned, copies, limits).map_err(failed)?,
            folder: config.state.join(RULEBOOK_FOLDER),
            found: Mutex::default(),
            latest: Mutex::default(),
            failure: Mutex::default(),
            reading: Mutex::default(),
            next_expiry: Mutex::default(),
        };
        let found = signed.read(Timestamp::now()).map_err(failed)?;
        signed.write(&found, &[]).map_err(failed)?;
        Ok(Some(signed))
    }

    /// Reads the repositories again. What can't be read is logged once and shown until it can.
    pub(crate) fn update(&self) -> Option<Arc<FoundAuthorities>> {
        let found = self.read(Timestamp::now()).map_err(|error| self.fail(&error));
        found.ok()
    }

    /// Whether the repositories are being read.
    pub(crate) fn is_reading(&self) -> bool {
        matches!(self.reading.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Whether a part of what was found has expired since this was asked the last time.
    pub(crate) fn has_newly_expired(&self, now: Timestamp) -> bool {
        let mut next = lock(&self.next_expiry);
        let has_expired = next.is_some_and(|next| next <= now);
        if has_expired {
            *next = self.latest().and_then(|latest| latest.authorities.next_expiry(now));
        }
        has_expired
    }

    fn read(&self, now: Timestamp) -> Result<Arc<FoundAuthorities>, RepositoryError> {
        let _reading = lock(&self.reading);
        let authorities = self.trusted.update(now)?;
        let rulebook = assemble(&authorities, now);
        let found = Arc::new(FoundAuthorities { authorities, rulebook });
        let before = lock(&self.latest).replace(Arc::clone(&found));
        *lock(&self.next_expiry) = found.authorities.next_expiry(now);
        report_changes(before.as_deref(), &found);
        Ok(found)
    }

    /// Writes the rulebook that was made of what was found into its folder. The rulebooks with the digests `in_use` are
    /// remembered.
    pub(crate) fn put(&self, found: &Arc<FoundAuthorities>, in_use: &[Digest]) {
        if !self.latest().is_some_and(|latest| Arc::ptr_eq(&latest, found)) {
            // Somebody read them again since.
            return;
        }
        match (self.write(found, in_use), found.authorities.unwritten.first()) {
            (Err(error), _) => self.fail(&error),
            (Ok(()), Some(unwritten)) => self.tell_failure(format!("a copy can't be kept: {unwritten}")),
            (Ok(()), None) => *lock(&self.failure) = None,
        }
    }

    fn write(&self, found: &Arc<FoundAuthorities>, in_use: &[Digest]) -> Result<(), RepositoryError> {
        found.rulebook.write(&found.authorities, &self.folder)?;
        self.remember(found, in_use);
        Ok(())
    }

    fn remember(&self, found: &Arc<FoundAuthorities>, in_use: &[Digest]) {
        let mut all = lock(&self.found);
        all.retain(|known| known.rulebook.digest != found.rulebook.digest);
        all.push_front(Arc::clone(found));
        let mut others = 0;
        all.retain(|known| {
            others += usize::from(!in_use.contains(&known.rulebook.digest));
            others <= FOUND_MAX || in_use.contains(&known.rulebook.digest)
        });
    }

    /// A rulebook without the rules that may not be used at a moment: whose publication has lapsed or ended since the
    /// rulebook was made. `None` if all of them may.
    pub(crate) fn without_unusable(&self, rulebook: &Rulebook, now: Timestamp) -> Option<Rulebook> {
        let latest = self.latest()?;
        let unusable = latest.unusable_of(rulebook, now);
        if unusable.is_empty() {
            return None;
        }
        for ((place, digest), reason) in &unusable {
            tracing::error!(%place, %digest, reason, "a rule may no longer be used: its layer reads as failed");
        }
        let Some(found) = self.of_rulebook(rulebook.digest()) else {
            // The rulebook keeps rules of an earlier one, so that no index names it.
            let names: Vec<String> =
                unusable.keys().map(|(place, digest)| format!("{place} {}", digest.hex())).collect();
            let digest = sha256(format!("{} without {}", rulebook.digest().hex(), names.join(" ")).as_bytes());
            return Some(rulebook.with_untrusted(&unusable, digest));
        };
        let authorities = latest.authorities.clone();
        let found = Arc::new(FoundAuthorities { authorities, rulebook: found.rulebook.without(&unusable) });
        self.remember(&found, &[rulebook.digest()]);
        Some(rulebook.with_untrusted(&unusable, found.rulebook.digest))
    }

    /// Whether a rule that was taken out of a rulebook may be used again.
    pub(crate) fn has_usable_again(&self, rulebook: &Rulebook, now: Timestamp) -> bool {
        let Some(latest) = self.latest() else { return false };
        let mut taken_out = rulebook.broken_rules().filter(|(head, why)| {
            let is_published = head.digest.is_some() && head.published_by.is_some();
            is_published && matches!(why, RuleLoadError::Untrusted(_))
        });
        taken_out.any(|(head, _)| latest.why_unusable(head, now).is_none())
    }

    fn fail(&self, error: &RepositoryError) {
        self.tell_failure(with_causes(error));
    }

    fn tell_failure(&self, reason: String) {
        let mut known = lock(&self.failure);
        if known.as_ref() != Some(&reason) {
            tracing::error!(
                reason,
                "the repositories of the authorities can't be read or kept; the last good rulebook stays, but for law \
                 that lapses or is withdrawn"
            );
        }
        *known = Some(reason);
    }

    /// The folder of the rulebook.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The authorities as they were found last.
    pub(crate) fn latest(&self) -> Option<Arc<FoundAuthorities>> {
        lock(&self.latest).clone()
    }

    /// The authorities that published a rulebook.
    pub(crate) fn of_rulebook(&self, digest: Digest) -> Option<Arc<FoundAuthorities>> {
        lock(&self.found).iter().find(|known| known.rulebook.digest == digest).cloned()
    }

    /// Why the repositories couldn't be read, or what they hold be kept, the last time.
    pub(crate) fn failure(&self) -> Option<String> {
        lock(&self.failure).clone()
    }
}

/// Logs what changed of each authority.
fn report_changes(before: Option<&FoundAuthorities>, now: &FoundAuthorities) {
    for report in &now.authorities.reports {
        let known = before.and_then(|before| {
            before.authorities.reports.iter().find(|known| known.jurisdiction == report.jurisdiction)
        });
        if known.map(|known| &known.state) == Some(&report.state) {
            continue;
        }
        let authority = report.jurisdiction.as_str();
        match report.state.reason() {
            None => tracing::info!(authority, "the repository of an authority is as it must be"),
            Some(reason) => {
                tracing::error!(authority, state = report.state.as_str(), reason, "the repository of an authority");
            }
        }
    }
    let is_known = |refused: &&String| before.is_some_and(|before| before.rulebook.refused.contains(refused));
    for refused in now.rulebook.refused.iter().filter(|refused| !is_known(refused)) {
        tracing::warn!(reason = refused, "a publication is refused");
    }
}
