//! `ordinance compile`: the compiler process of a host. Only a host starts it.

use std::io::{stdin, stdout};

use ordinance_host::{HostConfig, RulesConfig};
use ordinance_sandbox::{CompilerConfig, Limits, Sandbox, SandboxConfig, compile_requests};

use crate::arguments::CompileArguments;
use crate::exit::{CommandError, Exit};

pub(crate) fn run(arguments: &CompileArguments) -> Result<Exit, CommandError> {
    let sandbox = Sandbox::new(SandboxConfig {
        limits: Limits { memory_bytes: arguments.rule_memory_bytes, ..Limits::default() },
        slots: arguments.slots,
        code_cache: Some(arguments.code_cache.clone()),
        trusts_cache_parents: arguments.trust_cache_parents,
        trap_backtrace: arguments.trap_backtrace,
        ..SandboxConfig::default()
    })?;
    let result = compile_requests(&sandbox, arguments.memory_bytes, &mut stdin().lock(), &mut stdout().lock());
    // The host sees that the stream ends, and reports the error.
    Ok(if result.is_ok() { Exit::Good } else { Exit::Internal })
}

/// The configuration with which a host starts this program as its compiler. `None` if the program's path is unknown.
pub(crate) fn host_compiler(config: &HostConfig) -> Option<CompilerConfig> {
    let sandbox = SandboxConfig {
        limits: Limits { memory_bytes: config.rules.memory_bytes, ..Limits::default() },
        slots: config.rule_slots(),
        trusts_cache_parents: config.rules.trust_cache_parents,
        ..SandboxConfig::default()
    };
    compiler_config(&sandbox, &config.rules)
}

/// The configuration with which a sandbox of these settings starts this program as its compiler. `None` if the
/// program's path is unknown.
pub(crate) fn compiler_config(sandbox: &SandboxConfig, rules: &RulesConfig) -> Option<CompilerConfig> {
    let program = std::env::current_exe().ok()?;
    let arguments = [
        "compile".to_owned(),
        format!("--rule-memory-bytes={}", sandbox.limits.memory_bytes),
        format!("--slots={}", sandbox.slots),
        format!("--memory-bytes={}", rules.compile_memory_bytes),
    ];
    let trust_flag = sandbox.trusts_cache_parents.then(|| "--trust-cache-parents".to_owned());
    let trap_flag = sandbox.trap_backtrace.then(|| "--trap-backtrace".to_owned());
    let arguments = arguments.into_iter().chain(trust_flag).chain(trap_flag).collect();
    Some(CompilerConfig { program, arguments, time_ms: rules.compile_ms })
}
