//! Runs one rule: component bytes to a compiled rule, facts to an answer, a request for facts to rulings.
//!
//! This is the only crate that knows the WebAssembly runtime. It owns every limit on a rule (instructions, time,
//! memory, output, imports) and the promise that a rule sees the arguments that its type declares and nothing else:
//! no clock, no randomness, no files, no network, nothing of an earlier call. It must never know a rulebook, a wire
//! format or a place's law, and no error of its own ever shows a fact's value.
//!
//! The life of a rule: a [`Sandbox`] makes a [`Loader`]; the loader compiles a component to a [`CompiledRule`]; each
//! call ([`CompiledEligibilityRule::call`], [`CompiledPrivacyRule::call`]) makes a fresh instance in a fresh store;
//! the [`CallOutcome`] holds the result and what the call cost.
//!
//! A compiled model of DMN is no rule, but a core module: [`PureModules`] runs it.

// What every engine of WebAssembly shares.
mod arguments;
mod call_outcome;
mod component_error;
mod function_names;
mod lift;
mod limits;
mod lower;
mod privacy_type;
mod rule_on;
mod section;
mod type_json;
mod val;
pub mod wit_name;
pub mod wit_type;

// The engine of hosts, commands and tests: wasmtime.
#[cfg(not(target_family = "wasm"))]
mod abi;
#[cfg(not(target_family = "wasm"))]
mod cache;
#[cfg(not(target_family = "wasm"))]
mod call;
#[cfg(not(target_family = "wasm"))]
mod compile_protocol;
#[cfg(not(target_family = "wasm"))]
mod compile_worker;
#[cfg(not(target_family = "wasm"))]
mod compiled_rule;
#[cfg(not(target_family = "wasm"))]
mod compiler;
#[cfg(not(target_family = "wasm"))]
mod core_module;
#[cfg(not(target_family = "wasm"))]
mod direct;
#[cfg(not(target_family = "wasm"))]
mod engine_config;
#[cfg(not(target_family = "wasm"))]
mod instance;
#[cfg(not(target_family = "wasm"))]
mod loader;
#[cfg(not(target_family = "wasm"))]
mod memory_account;
#[cfg(not(target_family = "wasm"))]
mod open_files;
#[cfg(not(target_family = "wasm"))]
mod pure_module;
#[cfg(not(target_family = "wasm"))]
mod read_privacy_type;
#[cfg(not(target_family = "wasm"))]
mod read_type;
#[cfg(not(target_family = "wasm"))]
mod reuse;
#[cfg(not(target_family = "wasm"))]
mod reused_instance;
#[cfg(not(target_family = "wasm"))]
mod sandbox;
#[cfg(not(target_family = "wasm"))]
mod slots;
#[cfg(not(target_family = "wasm"))]
mod ticker;

// The engine of a browser, which calls rules through their page.
#[cfg(target_family = "wasm")]
mod browser;
#[cfg(target_family = "wasm")]
use browser::{compiled_rule, loader, sandbox};

pub use arguments::Arguments;
pub use call_outcome::{BRANCHES_EXPORT, CallOutcome};
pub use compiled_rule::{CompiledEligibilityRule, CompiledPrivacyRule, CompiledRule};
pub use component_error::ComponentError;
pub use limits::{LimitName, Limits};
pub use loader::Loader;
pub use privacy_type::{PrivacyArgument, PrivacyType};
pub use rule_on::{GivenRuling, GivenVerdict, PrivacyArguments};
pub use sandbox::Sandbox;
pub use section::{MANIFEST_SECTION, manifest_section, parse_fault, without_manifest};

#[cfg(target_family = "wasm")]
pub use sandbox::CallRule;
#[cfg(not(target_family = "wasm"))]
pub use {
    cache::{CacheError, default_code_cache},
    compile_worker::compile_requests,
    compiler::CompilerConfig,
    open_files::raise_open_files,
    pure_module::{PureModule, PureModuleError, PureModules, PureOutcome},
    reused_instance::ReusedInstance,
    sandbox::{SandboxConfig, SandboxError},
    slots::RuleUsage,
};
