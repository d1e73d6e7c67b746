//! Why the sandbox rejects a component. Each error names the place and the mend.

use crate::function_names::kind_hint;
use crate::limits::LimitName;
use ordinance_domain::built_ranges::NumberRangesError;

/// Why the sandbox won't run a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// The component has more bytes than a rule may have.
    #[error("the component has {bytes} bytes, a rule has at most {bytes_max}; build it with the SDK's release profile")]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        bytes_max: usize,
    },
    /// The rule requests a higher limit than the host gives.
    #[error(
        "`limits.{}` in rule.toml asks for {asked}, the host gives at most {most}; ask for less, or leave it out",
        .limit.as_str()
    )]
    LimitTooHigh {
        limit: LimitName,
        /// What the rule requests, in the unit of the limit.
        asked: u64,
        /// What the host gives at most.
        most: u64,
    },
    /// The bytes are a core module, which only has to be encoded as a component.
    #[error("this is a core module, not a component; `ordinance build` encodes it")]
    CoreModule,
    /// The component has more functions than a rule may have.
    #[error("it has {functions} functions, a rule has at most {most}; build it with the SDK's release profile")]
    TooManyFunctions {
        /// The functions of all its modules.
        functions: usize,
        /// The limit.
        most: usize,
    },
    /// The host gave up compiling the component.
    #[error("it can't be compiled: {reason}; simplify the rule, and build it with the SDK's release profile")]
    NotCompiled {
        /// Why, for people.
        reason: String,
    },
    /// The worker process that compiles ended, twice in a row.
    #[error(
        "the compiler process ended twice: it reached its memory limit, hit a defect or was killed; load the rule \
         again, or simplify it"
    )]
    CompilerDied,
    /// The bytes are no valid component of the allowed features.
    #[error("not a valid component: {reason}; build it with `ordinance build`")]
    Invalid {
        /// The validator's message.
        reason: String,
    },
    /// The component doesn't tell well for which numbers the rule was built.
    #[error("{0}; build it with `ordinance build`")]
    Ranges(#[from] NumberRangesError),
    /// The component uses another version of the interface.
    #[error(
        "it was built for the interface `{found}`; this host reads {spoken}: build it again with the SDK of this host"
    )]
    InterfaceVersion {
        /// The import, with its version.
        found: String,
        /// The versions that this host reads.
        spoken: String,
    },
    /// The component imports something else than types.
    #[error(
        "it imports {kind} `{name}`; a rule imports nothing but types: remove what needs it (a clock, randomness, \
         files, printing), and build for wasm32-unknown-unknown"
    )]
    Import {
        /// Its kind, such as `the function`.
        kind: &'static str,
        /// Its name; of an item of an instance, `INSTANCE#ITEM`.
        name: String,
    },
    /// The component doesn't export the function of its kind of rule.
    #[error(
        "it exports no function `{function}`; export it from the world in wit/, and use \
         `ordinance_sdk::{macro_name}!`{}",
        kind_hint(.function)
    )]
    NoFunction {
        /// The name of the function.
        function: &'static str,
        /// The macro of the SDK that exports the function.
        macro_name: &'static str,
    },
    /// The function is asynchronous.
    #[error("`{function}` is an async function; write `func` instead of `async func` in wit/")]
    Async { function: &'static str },
    /// The function has an argument that the host doesn't know.
    #[error("`{function}` takes an unknown argument `{name}`; it may take {known}")]
    UnknownArgument {
        /// The name of the function.
        function: &'static str,
        /// The name of the argument.
        name: String,
        /// The arguments that the host knows, in words.
        known: &'static str,
    },
    /// A type differs from the one that the host expects at its place.
    #[error("`{place}` has the type {found}; {expected}")]
    WrongType {
        /// Where, such as `determine.applicant.age`.
        place: String,
        /// The kind of the type there, such as `list`.
        found: String,
        /// What to write, in a full clause.
        expected: String,
    },
    /// The name of a field can't be the name of a fact.
    #[error("the field `{name}` in `{place}` can't be mapped to snake_case: use lower-case words with hyphens")]
    WrongName {
        /// The record, such as `applicant`.
        place: String,
        /// The name of the field.
        name: String,
    },
    /// The runtime can't set the component up for calls.
    #[error(
        "it can't be instantiated: {reason}; a rule needs at most one memory, one table and no start code that traps"
    )]
    Instantiation {
        /// The runtime's message.
        reason: String,
    },
}
