//! Loads a rulebook with the sandbox and the key of pseudonyms of the settings, and logs its broken rules.

use std::path::Path;
use std::sync::OnceLock;

use ordinance_engine::{Engine, Pseudonymiser, Rulebook};
use ordinance_sandbox::{Sandbox, SandboxError};

use crate::config::HostConfig;
use crate::error::HostError;

/// The engine of a rulebook that was loaded with [`host_sandbox`], with the key of pseudonyms of the settings. Logs the
/// broken rules.
///
/// # Errors
/// [`HostError`] if the key can't be used.
pub fn start_engine(config: &HostConfig, rulebook: Rulebook) -> Result<Engine, HostError> {
    log_broken_rules(&rulebook);
    Ok(Engine::new(rulebook, pseudonymiser(config)?))
}

/// The pseudonymiser with the key of the settings, or with a key that lasts as long as this process.
pub(crate) fn pseudonymiser(config: &HostConfig) -> Result<Pseudonymiser, HostError> {
    let Some(path) = &config.privacy.pseudonym_key else {
        // One key for the process, so that a reload changes no pseudonym.
        static MADE: OnceLock<Pseudonymiser> = OnceLock::new();
        return Ok(MADE
            .get_or_init(|| {
                tracing::info!("pseudonyms last as long as this process: no privacy.pseudonym-key is set");
                Pseudonymiser::with_random_key()
            })
            .clone());
    };
    let key = std::fs::read(path).map_err(|source| HostError::UnreadablePseudonymKey { path: path.clone(), source })?;
    Pseudonymiser::new(key).map_err(|source| HostError::ShortPseudonymKey { path: path.clone(), source })
}

/// The sandbox with the limits and the code cache of the settings, or with the user's cache if that can be used.
///
/// # Errors
/// [`HostError`] if the sandbox can't be set up.
pub fn host_sandbox(config: &HostConfig) -> Result<Sandbox, HostError> {
    match &config.rules.code_cache {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Sandbox::new(config.sandbox(None))?),
        Some(folder) => Ok(Sandbox::new(config.sandbox(Some(folder.clone())))?),
        None => match Sandbox::new(config.sandbox(ordinance_sandbox::default_code_cache())) {
            Err(SandboxError::Cache(error)) => {
                tracing::warn!(%error, "no code cache; every start compiles every rule");
                Ok(Sandbox::new(config.sandbox(None))?)
            }
            other => Ok(other?),
        },
    }
}

/// Loads a folder and logs the rulebook and its broken rules.
pub(crate) fn load(folder: &Path, sandbox: &Sandbox) -> Result<Rulebook, HostError> {
    let rulebook = Rulebook::load(folder, sandbox)?;
    log_broken_rules(&rulebook);
    if sandbox.has_unkept_code() {
        tracing::warn!(
            "the code cache can't be written, so the next start compiles rules anew; make room on its disk, or name \
             another folder with rules.code-cache"
        );
    }
    Ok(rulebook)
}

fn log_broken_rules(rulebook: &Rulebook) {
    for notice in rulebook.notices() {
        tracing::warn!("{notice}");
    }
    for (head, why) in rulebook.broken_shadows() {
        tracing::error!(rule = %head.place_and_version(), reason = %why, "a shadow rule can't run");
    }
    for (head, why) in rulebook.broken_rules() {
        tracing::error!(jurisdiction = %head.jurisdiction, rule = %head.id, version = %head.version, reason = %why, "broken rule: its layer reads as failed");
    }
    let rules = rulebook.rules().count() + rulebook.privacy_rules().count();
    let places = rulebook.jurisdictions().periods().count();
    tracing::info!(rulebook = rulebook.digest().hex(), rules, places, "rulebook loaded");
}
