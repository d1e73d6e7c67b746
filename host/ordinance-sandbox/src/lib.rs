//! Runs one rule: component bytes to a checked rule, facts to an answer, a request for facts to rulings.
//!
//! The only crate that knows the WebAssembly runtime. It owns every limit on a rule (instructions, time, memory,
//! output, imports) and the promise that a rule sees the arguments its type declares and nothing else: no clock, no
//! randomness, no files, no network, nothing of an earlier call. It must never know a rulebook, a wire format or a
//! place's law, and no error of its own ever shows a fact's value.
//!
//! One call is one fresh store; see [`CompiledRule::call`] and [`CompiledPrivacyRule::call`].

mod arguments;
mod cache;
mod call;
mod compile_protocol;
mod compile_worker;
mod compiler;
mod component_error;
mod function_names;
mod lift;
mod limits;
mod lower;
mod privacy_type;
mod read_type;
mod rule_on;
mod run;
mod sandbox;
mod section;
mod slots;
mod ticker;
pub mod wit_name;

pub use arguments::Arguments;
pub use cache::CacheError;
pub use call::{BRANCHES_EXPORT, CallReport, CompiledRule};
pub use compile_worker::compile_requests;
pub use compiler::CompilerConfig;
pub use component_error::ComponentError;
pub use limits::{LimitName, Limits};
pub use privacy_type::{PrivacyArgument, PrivacyType};
pub use rule_on::{CompiledPrivacyRule, GivenRuling, GivenVerdict, PrivacyArguments};
pub use run::Compiled;
pub use sandbox::{Loader, Sandbox, SandboxConfig, SandboxError};
pub use section::{MANIFEST_SECTION, manifest_section};
pub use slots::RuleUsage;
