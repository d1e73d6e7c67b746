//! Why a program can't be compiled.

use crate::source_text::Place;

/// Why a program can't be compiled. Programs that the checker of a rule makes can be, but for what is said here.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CompileError {
    /// The contract has no such fact, or not as the expression reads it.
    #[error("the service's contract has no fact `{0}` of the type that the expressions read")]
    UnknownFact(String),
    /// A name can't stand in the component's type.
    #[error(
        "`{0}` can't be a name in a rule's type: use lower-case words of Latin letters and digits with `_` between"
    )]
    Name(String),
    /// A parameter has a type that the interface of rules doesn't have.
    #[error("the parameter `{0}` has a type that a rule can't be given")]
    Parameter(String),
    /// An intermediate value has a type that a rule can't tell.
    #[error(
        "the intermediate value `{0}` is no number, day, text, word or condition; only such values can be told, so leave \
         it out of [intermediates]"
    )]
    Untellable(String),
    /// An input of a model of DMN, which only the evaluator takes.
    #[error(
        "the input `{0}` is one of a model; a rule reads facts, parameters, `as_of`, `jurisdiction` and `inherited`"
    )]
    Model(String),
    /// An expression that has no code.
    #[error("this can't be compiled: {what}")]
    Unsupported {
        /// What it is.
        what: String,
        /// Where it is.
        place: Place,
    },
    /// The program contradicts itself, which the checker never lets happen.
    #[error("the checked rule contradicts itself: {0}; please report this")]
    Inconsistent(String),
    /// The encoder rejects the module.
    #[error("the module can't be encoded: {0}; please report this")]
    Encoding(String),
}

/// The result of a step of compiling.
pub(super) type Compiling<T> = Result<T, CompileError>;
