//! The outcome of one call of a rule.

use ordinance_domain::answer::{Answer, RuleError};

/// The export by which an instrumented component gives its branch bits, 64 at a time: `func(word: u32) -> u64`. For a
/// number beyond the last word it returns how many words there are. Only studies of a rule call it.
pub const BRANCHES_EXPORT: &str = "ordinance-branches";

/// The outcome of one call, and what the call cost.
#[derive(Debug, Clone)]
pub struct CallOutcome<T = Answer, E = RuleError> {
    /// What the rule returned, or how it failed.
    pub result: Result<T, E>,
    /// Units of fuel, at most those of the limits.
    pub fuel: u64,
    /// Bytes of all memories and tables together.
    pub memory_bytes: usize,
    /// One bit for each branch that was taken, 64 in a word, as [`BRANCHES_EXPORT`] gives them; empty unless the
    /// caller asked for them and the component counts branches.
    pub branches: Vec<u64>,
    /// The call stack of a trap, innermost first: the number of the core module's function, and bytes from the start
    /// of its body. Empty unless the sandbox records backtraces.
    pub trap_frames: Vec<(u32, usize)>,
}

impl<T, E> CallOutcome<T, E> {
    /// An outcome that cost nothing, since the host could not call the rule.
    pub(crate) fn without_call(error: E) -> Self {
        Self { result: Err(error), fuel: 0, memory_bytes: 0, branches: Vec::new(), trap_frames: Vec::new() }
    }

    /// The same outcome with a returned value converted; an error stays.
    #[must_use]
    pub fn and_then<U>(self, convert: impl FnOnce(T) -> Result<U, E>) -> CallOutcome<U, E> {
        let Self { result, fuel, memory_bytes, branches, trap_frames } = self;
        CallOutcome { result: result.and_then(convert), fuel, memory_bytes, branches, trap_frames }
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn map_err<F>(self, convert: impl FnOnce(E) -> F) -> CallOutcome<T, F> {
        let Self { result, fuel, memory_bytes, branches, trap_frames } = self;
        CallOutcome { result: result.map_err(convert), fuel, memory_bytes, branches, trap_frames }
    }
}
