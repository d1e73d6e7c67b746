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

mod abi;
mod arguments;
mod cache;
mod call;
mod compile_protocol;
mod compile_worker;
mod compiled_rule;
mod compiler;
mod component_error;
mod core_module;
mod direct;
mod engine_config;
mod function_names;
mod instance;
mod lift;
mod limits;
mod loader;
mod lower;
mod open_files;
mod privacy_type;
mod pure_module;
mod read_type;
mod rule_on;
mod sandbox;
mod section;
mod slots;
mod ticker;
pub mod wit_name;
pub mod wit_type;

pub use arguments::Arguments;
pub use cache::CacheError;
pub use compile_worker::compile_requests;
pub use compiled_rule::{CompiledEligibilityRule, CompiledPrivacyRule, CompiledRule};
pub use compiler::CompilerConfig;
pub use component_error::ComponentError;
pub use instance::{BRANCHES_EXPORT, CallOutcome};
pub use limits::{LimitName, Limits};
pub use loader::Loader;
pub use open_files::raise_open_files;
pub use privacy_type::{PrivacyArgument, PrivacyType};
pub use pure_module::{PureModule, PureModuleError, PureModules, PureOutcome};
pub use rule_on::{GivenRuling, GivenVerdict, PrivacyArguments};
pub use sandbox::{Sandbox, SandboxConfig, SandboxError};
pub use section::{MANIFEST_SECTION, manifest_section, parse_fault, without_manifest};
pub use slots::RuleUsage;
