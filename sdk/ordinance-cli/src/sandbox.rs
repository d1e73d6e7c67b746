//! Sandboxes for the commands. Each compiles in a worker process with the limits of a host, since a command runs the
//! rules of others too.

use ordinance_host::RulesConfig;
use ordinance_sandbox::{Limits, Sandbox, SandboxConfig, SandboxError};

use crate::compile::compiler_config;
use crate::exit::CommandError;

/// A sandbox with the default limits. It uses the user's code cache unless that cache is unusable.
pub(crate) fn sandbox() -> Result<Sandbox, CommandError> {
    sandbox_with(SandboxConfig::default())
}

/// A sandbox with a deadline of ten seconds, so that results don't depend on the load of the machine. Fuel still limits
/// each rule, and does so equally on every machine.
pub(crate) fn long_deadline_sandbox() -> Result<Sandbox, CommandError> {
    let limits = Limits { deadline_ms: 10_000, ..Limits::default() };
    sandbox_with(SandboxConfig { limits, ..SandboxConfig::default() })
}

/// The same, in which one instance of a rule serves many people of a simulation.
pub(crate) fn simulation_sandbox() -> Result<Sandbox, CommandError> {
    let limits = Limits { deadline_ms: 10_000, ..Limits::default() };
    sandbox_with(SandboxConfig { limits, reuses_instances: true, ..SandboxConfig::default() })
}

/// How many times the instructions of a rule its unoptimised build may take.
const UNOPTIMISED_FACTOR: u64 = 100;

/// A sandbox that records where an unoptimised rule traps.
pub(crate) fn backtrace_sandbox() -> Result<Sandbox, CommandError> {
    let fuel = Limits::default().fuel.saturating_mul(UNOPTIMISED_FACTOR);
    let limits = Limits { fuel, deadline_ms: 10_000, ..Limits::default() };
    sandbox_with(SandboxConfig { limits, trap_backtrace: true, ..SandboxConfig::default() })
}

fn sandbox_with(config: SandboxConfig) -> Result<Sandbox, CommandError> {
    let compiler = compiler_config(&config, &RulesConfig::default());
    let without_cache = SandboxConfig { compiler, ..config };
    let with_cache = SandboxConfig { code_cache: ordinance_sandbox::default_code_cache(), ..without_cache.clone() };
    match Sandbox::new(with_cache) {
        Err(SandboxError::Cache(_)) => Ok(Sandbox::new(without_cache)?),
        result => Ok(result?),
    }
}
