//! Sandboxes for the commands.

use ordinance_sandbox::{Limits, Sandbox, SandboxConfig, SandboxError};

use crate::exit::CommandError;

/// A sandbox with the default limits. It uses the user's code cache unless that cache is unusable.
pub(crate) fn sandbox() -> Result<Sandbox, CommandError> {
    sandbox_with(Limits::default())
}

/// A sandbox with a deadline of ten seconds, so that results don't depend on the load of the machine. Fuel still limits
/// each rule, and does so equally on every machine.
pub(crate) fn long_deadline_sandbox() -> Result<Sandbox, CommandError> {
    sandbox_with(Limits { deadline_ms: 10_000, ..Limits::default() })
}

fn sandbox_with(limits: Limits) -> Result<Sandbox, CommandError> {
    let without_cache = SandboxConfig { limits, ..SandboxConfig::default() };
    let with_cache = SandboxConfig { code_cache: ordinance_host::default_code_cache(), ..without_cache.clone() };
    match Sandbox::new(with_cache) {
        Err(SandboxError::Cache(_)) => Ok(Sandbox::new(without_cache)?),
        result => Ok(result?),
    }
}
