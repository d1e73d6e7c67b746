//! From a folder on the command line to a rulebook that decides, the way every command does it.

use std::path::{Path, PathBuf};

use ordinance_engine::{Engine, Rulebook};
use ordinance_sandbox::{Limits, Sandbox, SandboxConfig, SandboxError};

use crate::build;
use crate::exit::CommandError;
use crate::source::{Folder, kind_of};

/// A rulebook that was loaded from a folder.
pub(crate) struct Loaded {
    /// The folder of the built rulebook.
    pub(crate) folder: PathBuf,
    pub(crate) engine: Engine,
    /// How many of its rules are broken.
    pub(crate) broken: usize,
}

impl Loaded {
    pub(crate) fn rulebook(&self) -> &Rulebook {
        self.engine.rulebook()
    }
}

/// Loads a built rulebook, or builds a source folder and loads that.
pub(crate) fn load(folder: &Path) -> Result<Loaded, CommandError> {
    let path = match kind_of(folder)? {
        Folder::Built => folder.to_owned(),
        Folder::Source => build::build(folder, None)?.out,
    };
    let rulebook = Rulebook::load(&path, &sandbox_with(patient())?)?;
    let broken = rulebook.broken_rules().count();
    Ok(Loaded { broken, folder: path, engine: Engine::with_throwaway_key(rulebook) })
}

/// A sandbox with the user's code cache, or without one where that can't be used.
pub(crate) fn sandbox() -> Result<Sandbox, CommandError> {
    sandbox_with(Limits::default())
}

/// Limits that don't hang on how busy the machine is: fuel is the budget, the same everywhere, and the deadline only there for
/// what fuel doesn't count.
fn patient() -> Limits {
    Limits { deadline_ms: 10_000, ..Limits::default() }
}

fn sandbox_with(limits: Limits) -> Result<Sandbox, CommandError> {
    let without_cache = SandboxConfig { limits, ..SandboxConfig::default() };
    let with_cache = SandboxConfig { code_cache: ordinance_host::default_code_cache(), ..without_cache.clone() };
    match Sandbox::new(with_cache) {
        Err(SandboxError::Cache(_)) => Ok(Sandbox::new(without_cache)?),
        other => Ok(other?),
    }
}

/// Where `ordinance dev` keeps its log beside the rulebook it builds.
pub(crate) fn development_log(rulebook: &Path) -> PathBuf {
    rulebook.with_file_name("decisions.ndjson")
}
