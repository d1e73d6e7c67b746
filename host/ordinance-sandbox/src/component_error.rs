//! Why the sandbox rejects a component. Each error names the place and the mend.

use crate::function_names::kind_hint;
use crate::limits::LimitName;

/// A component that the sandbox won't run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// More bytes than a rule may have.
    #[error("the component has {bytes} bytes, a rule has at most {bytes_max}; build it with the SDK's release profile")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A limit above the host's.
    #[error(
        "`limits.{}` in rule.toml asks for {asked}, the host gives at most {most}; ask for less, or leave it out", .limit.as_str()
    )]
    LimitTooHigh {
        /// The key in the manifest.
        limit: LimitName,
        /// What the rule asks for.
        asked: u64,
        /// What the host gives.
        most: u64,
    },
    /// A core module, which only has to be encoded.
    #[error("this is a core module, not a component; `ordinance build` encodes it")]
    CoreModule,
    /// More functions than a rule may have.
    #[error("it has {functions} functions, a rule has at most {most}; build it with the SDK's release profile")]
    TooManyFunctions {
        /// How many there are.
        functions: usize,
        /// The limit.
        most: usize,
    },
    /// A component that the compiler gives up on.
    #[error("it can't be compiled: {reason}; simplify the rule, and build it with the SDK's release profile")]
    NotCompiled {
        /// Why.
        reason: String,
    },
    /// The process that compiles ended, twice.
    #[error(
        "the process that compiles it ended, as it came to its limit of memory, met a defect or was killed; load it again, or simplify the rule"
    )]
    CompilerDied,
    /// Bytes that are no valid component of the allowed features.
    #[error("not a valid component: {reason}; build it with `ordinance build`")]
    Invalid {
        /// What the validator says.
        reason: String,
    },
    /// Types of another version of the interface.
    #[error(
        "it was built for the interface `{found}`; this host speaks {spoken}: build it again with the SDK of this host"
    )]
    InterfaceVersion {
        /// What it imports, with its version.
        found: String,
        /// The version that is spoken here.
        spoken: &'static str,
    },
    /// A function, module or resource that the component wants from its host.
    #[error(
        "it imports {kind} `{name}`; a rule imports nothing but types: remove what needs it (a clock, randomness, files, printing), and build for wasm32-unknown-unknown"
    )]
    Import {
        /// What it imports.
        kind: &'static str,
        /// The import's name.
        name: String,
    },
    /// The function of its kind isn't exported.
    #[error(
        "it exports no function `{function}`; export it from the world in wit/, and use `ordinance_sdk::{macro_name}!`{}", kind_hint(.function)
    )]
    NoFunction {
        /// The function.
        function: &'static str,
        /// The macro of the SDK that exports it.
        macro_name: &'static str,
    },
    /// An asynchronous function.
    #[error("`{function}` is an async function; write `func` instead of `async func` in wit/")]
    Async {
        /// The function.
        function: &'static str,
    },
    /// An argument that the host doesn't know.
    #[error("`{function}` takes an unknown argument `{name}`; it may take {known}")]
    UnknownArgument {
        /// The function.
        function: &'static str,
        /// The argument's name.
        name: String,
        /// Those that it may take.
        known: &'static str,
    },
    /// A type that isn't the one expected at its place.
    #[error("`{place}` has the type {found}; {expected}")]
    WrongType {
        /// Where, such as `determine.applicant.age`.
        place: String,
        /// What stands there.
        found: String,
        /// What is expected, in a full clause.
        expected: String,
    },
    /// A field whose name is no fact's name.
    #[error("the field `{name}` in `{place}` can't be mapped to snake_case: use lower-case words with hyphens")]
    WrongName {
        /// The record.
        place: String,
        /// The field.
        name: String,
    },
    /// A component that can't be set up for calls.
    #[error(
        "it can't be instantiated: {reason}; a rule needs at most one memory, one table and no start code that traps"
    )]
    Instantiation {
        /// What the runtime says.
        reason: String,
    },
}
