//! The rulebook of signed repositories: what the authorities publish, checked and made into one rulebook in a folder
//! of this host, from which it is loaded like any other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, TryLockError};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RuleScope;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{INDEX_FILE, IndexedRule};
use ordinance_engine::rulebook::{RuleFolder, RuleState, UnusableRules};
use ordinance_trust::{
    AssembledRulebook, Authorities, Evidence, RepositoryError, RuleReference, TrustedAuthorities, VerifiedRepository,
    assemble, open_source,
};

use crate::config::RulebookConfig;
use crate::error::{HostError, with_causes};
use crate::mutex::lock;
use crate::rulebook::rule_folders::{folder_of, heads_of};

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
    /// The rules that were taken out of use since their publication had lapsed or ended.
    taken_out: Mutex<BTreeSet<(JurisdictionCode, Digest)>>,
}

/// The authorities of a rulebook, as the host found them.
#[derive(Debug)]
pub(crate) struct FoundAuthorities {
    pub(crate) authorities: Authorities,
    /// The rulebook that was made of what they publish.
    pub(crate) rulebook: AssembledRulebook,
    /// The repositories of the authorities whose earlier publication the rulebook keeps, as they were then.
    kept: BTreeMap<JurisdictionCode, Arc<VerifiedRepository>>,
}

impl FoundAuthorities {
    fn new(authorities: Authorities, rulebook: AssembledRulebook) -> Self {
        Self { authorities, rulebook, kept: BTreeMap::new() }
    }

    /// The metadata that show who published the law of some authorities, as far as they hold at a moment.
    pub(crate) fn evidence(&self, wanted: &BTreeSet<JurisdictionCode>, at: Timestamp) -> Evidence {
        let mut evidence = Evidence::of(&self.authorities, wanted, at);
        for (authority, repository) in &self.kept {
            evidence.replace(authority, repository, at);
        }
        evidence
    }

    /// The repository from which an authority's law in the rulebook comes.
    fn repository_of(&self, authority: &JurisdictionCode) -> Option<&Arc<VerifiedRepository>> {
        self.kept.get(authority).or_else(|| self.authorities.find(authority)?.repository.as_ref())
    }

    /// Why a rule of a rulebook may not be used at a moment; `None` if it may, or nobody signed it.
    fn why_unusable(&self, head: &RuleHead, now: Timestamp) -> Option<String> {
        let publisher = &head.published_by.as_ref()?.authority;
        let service = match &head.scope {
            RuleScope::Service(service) => Some(service.as_str()),
            RuleScope::Privacy => None,
        };
        let rule = RuleReference { place: &head.jurisdiction, service, version: &head.version, digest: head.digest? };
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
        let signed = Self {
            trusted: TrustedAuthorities::new(source, pinned, copies).map_err(failed)?,
            folder: config.state.join(RULEBOOK_FOLDER),
            found: Mutex::default(),
            latest: Mutex::default(),
            failure: Mutex::default(),
            reading: Mutex::default(),
            next_expiry: Mutex::default(),
            taken_out: Mutex::default(),
        };
        let found = signed.read(Timestamp::now()).map_err(failed)?;
        if let Err(error) = signed.write(&found, &[]) {
            // The rulebook that was written last is better than none; what of it may no longer be used is taken out.
            if !signed.folder.join(INDEX_FILE).is_file() {
                return Err(failed(error));
            }
            signed.fail(&error);
        }
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
        let found = Arc::new(FoundAuthorities::new(authorities, rulebook));
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
        let unwritten = found.authorities.reports.iter().find_map(|report| report.unwritten.as_ref());
        match (self.write(found, in_use), unwritten) {
            (Err(error), _) => self.fail(&error),
            (Ok(()), Some(unwritten)) => self.tell_failure(format!("a copy can't be kept: {unwritten}")),
            (Ok(()), None) => *lock(&self.failure) = None,
        }
    }

    fn write(&self, found: &Arc<FoundAuthorities>, in_use: &[Digest]) -> Result<(), RepositoryError> {
        found.rulebook.write(&found.authorities, &self.folder)?;
        // A rule that a reload keeps from before stays with its pages.
        let remembered = lock(&self.found).iter().cloned().collect::<Vec<_>>();
        let rules = remembered.iter().flat_map(|known| known.rulebook.rules());
        let still_in_use = rules.filter_map(IndexedRule::file_digest).collect();
        for (authority, error) in found.rulebook.write_pages(&found.authorities, &still_in_use, &self.folder) {
            let reason = with_causes(&error);
            tracing::warn!(%authority, reason, "the pages about rules of an authority can't be read; those that there are stay");
        }
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
        lock(&self.taken_out).extend(unusable.keys().cloned());
        Some(self.taking_out(rulebook, &unusable))
    }

    /// A rulebook in which rules can't be used, under the digest of an index that says so.
    fn taking_out(&self, rulebook: &Rulebook, unusable: &UnusableRules) -> Rulebook {
        let (Some(found), Some(latest)) = (self.of_rulebook(rulebook.digest()), self.latest()) else {
            // It was loaded from what an earlier run of the host wrote.
            let names: Vec<String> =
                unusable.keys().map(|(place, digest)| format!("{place} {}", digest.hex())).collect();
            let digest = sha256(format!("{} without {}", rulebook.digest().hex(), names.join(" ")).as_bytes());
            return rulebook.with_untrusted(unusable, digest);
        };
        let authorities = latest.authorities.clone();
        // The rulebook has what authorities published when it was made, also of those that published since.
        let mut kept = found.kept.clone();
        let publishers = found.rulebook.rules().iter().filter_map(|rule| JurisdictionCode::new(rule.publisher()?).ok());
        for publisher in publishers {
            if let Some(repository) = found.repository_of(&publisher) {
                kept.entry(publisher).or_insert_with(|| Arc::clone(repository));
            }
        }
        let made = FoundAuthorities { authorities, rulebook: found.rulebook.without(unusable), kept };
        let digest = made.rulebook.digest;
        self.remember(&Arc::new(made), &[rulebook.digest()]);
        rulebook.with_untrusted(unusable, digest)
    }

    /// A new rulebook without its bad rules, each with the reason.
    pub(crate) fn without_bad(&self, rulebook: &Rulebook, bad: &BTreeMap<RuleFolder, String>) -> Rulebook {
        let unusable = heads_of(rulebook)
            .filter_map(|head| Some(((head.jurisdiction.clone(), head.digest?), bad.get(&folder_of(head))?.clone())));
        self.taking_out(rulebook, &unusable.collect())
    }

    /// A new rulebook that keeps what some authorities published in the one in use, under the digest of an index that
    /// says so.
    pub(crate) fn keeping(
        &self,
        candidate: &Rulebook,
        kept: Rulebook,
        in_use: &Rulebook,
        publishers: &BTreeSet<JurisdictionCode>,
    ) -> Rulebook {
        let (Some(found), Some(before)) = (self.of_rulebook(candidate.digest()), self.of_rulebook(in_use.digest()))
        else {
            return kept;
        };
        let rulebook = found.rulebook.keeping(&before.rulebook, publishers);
        let digest = rulebook.digest;
        let authorities = found.authorities.clone();
        let of_authority =
            |authority: &JurisdictionCode| Some((authority.clone(), Arc::clone(before.repository_of(authority)?)));
        let made =
            FoundAuthorities { authorities, rulebook, kept: publishers.iter().filter_map(of_authority).collect() };
        self.remember(&Arc::new(made), &[candidate.digest(), in_use.digest()]);
        kept.with_untrusted(&UnusableRules::new(), digest)
    }

    /// Whether a rule that was taken out of a rulebook may be used again, since this was asked the last time.
    pub(crate) fn has_usable_again(&self, rulebook: &Rulebook, now: Timestamp) -> bool {
        let Some(latest) = self.latest() else { return false };
        let mut taken_out = lock(&self.taken_out);
        let before = taken_out.len();
        for (head, _) in rulebook.broken_rules() {
            let Some(digest) = head.digest else { continue };
            if latest.why_unusable(head, now).is_none() {
                taken_out.remove(&(head.jurisdiction.clone(), digest));
            }
        }
        taken_out.len() < before
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
