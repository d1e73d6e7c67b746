//! The rulebook of signed repositories: what the authorities publish, checked and made into one rulebook in a folder
//! of this host, from which it is loaded like any other.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_trust::{Authorities, RepositoryError, TrustedAuthorities, assemble, open_source};

use crate::config::RulebookConfig;
use crate::error::{HostError, with_causes};
use crate::mutex::lock;

/// The folder of the rulebook that is made of the repositories, in the folder of what was trusted last.
const RULEBOOK_FOLDER: &str = "rulebook";
/// The folder of the copies of the repositories.
const COPIES_FOLDER: &str = "authorities";
/// The most rulebooks whose authorities are remembered, the newest first.
const FOUND_MAX: usize = 8;

/// The repositories from which a host takes its rulebook.
pub(crate) struct SignedRulebook {
    trusted: TrustedAuthorities,
    folder: PathBuf,
    /// What was found, by the digest of the rulebook that was made of it.
    found: Mutex<VecDeque<(Digest, Arc<FoundAuthorities>)>>,
    failure: Mutex<Option<String>>,
}

/// The authorities of a rulebook, as the host found them.
#[derive(Debug)]
pub(crate) struct FoundAuthorities {
    pub(crate) authorities: Authorities,
    /// The text of the index of the rulebook that was made of what they publish.
    pub(crate) index: String,
    /// What was published or delegated by somebody who may not, each with the reason.
    pub(crate) refused: Vec<String>,
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
            failure: Mutex::default(),
        };
        signed.read(Timestamp::now()).map_err(failed)?;
        Ok(Some(signed))
    }

    /// Reads the repositories again and makes the rulebook anew. What can't be done is logged once and shown until it
    /// can.
    pub(crate) fn update(&self) {
        let failure = self.read(Timestamp::now()).err().map(|error| with_causes(&error));
        let mut known = lock(&self.failure);
        if failure.is_some() && *known != failure {
            tracing::error!(
                reason = failure,
                "the repositories of the authorities can't be read; the last good rulebook stays"
            );
        }
        *known = failure;
    }

    fn read(&self, now: Timestamp) -> Result<(), RepositoryError> {
        let authorities = self.trusted.update(now)?;
        let made = assemble(&authorities, &self.folder, now)?;
        let found = Arc::new(FoundAuthorities { authorities, index: made.index, refused: made.refused });
        let mut all = lock(&self.found);
        let before = all.front().map(|(_, before)| Arc::clone(before));
        report_changes(before.as_deref(), &found);
        all.retain(|(digest, _)| *digest != made.digest);
        all.push_front((made.digest, found));
        all.truncate(FOUND_MAX);
        Ok(())
    }

    /// The folder of the rulebook.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The authorities as they were found last.
    pub(crate) fn latest(&self) -> Option<Arc<FoundAuthorities>> {
        lock(&self.found).front().map(|(_, found)| Arc::clone(found))
    }

    /// The authorities that published a rulebook.
    pub(crate) fn of_rulebook(&self, digest: Digest) -> Option<Arc<FoundAuthorities>> {
        lock(&self.found).iter().find(|(known, _)| *known == digest).map(|(_, found)| Arc::clone(found))
    }

    /// Why the repositories couldn't be read the last time.
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
    for refused in now.refused.iter().filter(|refused| !before.is_some_and(|before| before.refused.contains(refused))) {
        tracing::warn!(reason = refused, "a publication is refused");
    }
}
