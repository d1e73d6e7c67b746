//! The sandbox of a command.

use ordinance_sandbox::{Limits, Sandbox, SandboxConfig, SandboxError};

use crate::exit::CommandError;

/// A sandbox with the user's code cache, or without one where that can't be used.
pub(crate) fn sandbox() -> Result<Sandbox, CommandError> {
    sandbox_with(Limits::default())
}

/// The same with limits that don't hang on how busy the machine is: fuel is the budget, the same everywhere, and the deadline
/// only there for what fuel doesn't count.
pub(crate) fn patient_sandbox() -> Result<Sandbox, CommandError> {
    sandbox_with(Limits { deadline_ms: 10_000, ..Limits::default() })
}

fn sandbox_with(limits: Limits) -> Result<Sandbox, CommandError> {
    let without_cache = SandboxConfig { limits, ..SandboxConfig::default() };
    let with_cache = SandboxConfig { code_cache: ordinance_host::default_code_cache(), ..without_cache.clone() };
    match Sandbox::new(with_cache) {
        Err(SandboxError::Cache(_)) => Ok(Sandbox::new(without_cache)?),
        other => Ok(other?),
    }
}
