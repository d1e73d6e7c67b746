//! `ordinance compile`: the compiler process of a host. Only a host starts it.

use std::io::{stdin, stdout};

use ordinance_host::HostConfig;
use ordinance_sandbox::{CompilerConfig, Limits, Sandbox, SandboxConfig, compile_requests};

use crate::arguments::CompileArguments;
use crate::exit::{CommandError, Exit};

pub(crate) fn run(arguments: &CompileArguments) -> Result<Exit, CommandError> {
    let sandbox = Sandbox::new(SandboxConfig {
        limits: Limits { memory_bytes: arguments.rule_memory_bytes, ..Limits::default() },
        slots: arguments.slots,
        code_cache: Some(arguments.code_cache.clone()),
        trusts_cache_parents: arguments.trust_cache_parents,
        ..SandboxConfig::default()
    })?;
    let result = compile_requests(&sandbox, arguments.memory_bytes, &mut stdin().lock(), &mut stdout().lock());
    // The host sees that the stream ends, and reports the error.
    Ok(if result.is_ok() { Exit::Good } else { Exit::Internal })
}

/// The configuration with which a host starts this program as its compiler. `None` if the program's path is unknown.
pub(crate) fn compiler_config(config: &HostConfig) -> Option<CompilerConfig> {
    let program = std::env::current_exe().ok()?;
    let arguments = [
        "compile".to_owned(),
        format!("--rule-memory-bytes={}", config.rules.memory_bytes),
        format!("--slots={}", config.rule_slots()),
        format!("--memory-bytes={}", config.rules.compile_memory_bytes),
    ];
    let trust_flag = config.rules.trust_cache_parents.then(|| "--trust-cache-parents".to_owned());
    let arguments = arguments.into_iter().chain(trust_flag).collect();
    Some(CompilerConfig { program, arguments, time_ms: config.rules.compile_ms })
}
