//! One call in one instance: a fresh store, the arguments and nothing else, every limit on. The name, the arguments
//! and the result of the function are not its concern.

use ordinance_domain::answer::{Answer, FailureCode, RuleError};
use wasmtime::component::{Func, Val};
use wasmtime::{Engine, Store, Trap, WasmBacktrace};

use crate::compiled_rule::RuleFunction;
use crate::limits::{Limits, MemoryAccount};
use crate::ticker::TICK_MS;

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

    fn map_err<F>(self, convert: impl FnOnce(E) -> F) -> CallOutcome<T, F> {
        let Self { result, fuel, memory_bytes, branches, trap_frames } = self;
        CallOutcome { result: result.map_err(convert), fuel, memory_bytes, branches, trap_frames }
    }
}

/// Why a call returned no value.
enum CallError {
    Trap(Trap),
    MemoryRefused,
    /// The runtime couldn't copy the answer out: it is too large or malformed.
    Unreadable,
}

/// How much of an answer the second run copies out, to tell an oversized answer from a malformed one. An answer that
/// claims more than this counts as malformed: it is larger than the memory of any instance.
const PROBE_BYTES: usize = 32 << 20;

impl RuleFunction {
    /// Calls the function in a fresh instance, on the caller's thread.
    ///
    /// It returns within the deadline (to a few milliseconds), or within twice the deadline if the answer can't be
    /// read: it then runs once more to find out why.
    pub(crate) fn call(&self, lowered: &[Val], counts_branches: bool) -> CallOutcome<Val> {
        let outcome = self.call_once(lowered, self.limits.output_bytes, counts_branches);
        let outcome = outcome.map_err(|error| match error {
            CallError::Unreadable => self.probe_unreadable(lowered),
            CallError::Trap(_) | CallError::MemoryRefused => self.failure(&error),
        });
        self.slots.add_call(outcome.fuel);
        outcome
    }

    fn call_once(&self, lowered: &[Val], output_bytes: usize, counts_branches: bool) -> CallOutcome<Val, CallError> {
        let _slot = self.slots.take();
        let mut store = new_store(&self.engine, self.limits);
        store.set_hostcall_fuel(output_bytes);
        let mut branches = Vec::new();
        let branches_out = if counts_branches { Some(&mut branches) } else { None };
        let result = self.instantiate_and_call(&mut store, lowered, branches_out);
        let fuel = self.limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        let trap_frames = result.as_ref().err().map_or_else(Vec::new, trap_frames);
        let result = result.map_err(|error| match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => CallError::Trap(Trap::OutOfFuel),
            Some(Trap::Interrupt) => CallError::Trap(Trap::Interrupt),
            _ if store.data().was_exceeded() => CallError::MemoryRefused,
            Some(trap) => CallError::Trap(*trap),
            None => CallError::Unreadable,
        });
        CallOutcome { result, fuel, memory_bytes: store.data().bytes(), branches, trap_frames }
    }

    fn instantiate_and_call(
        &self,
        store: &mut Store<MemoryAccount>,
        lowered: &[Val],
        branches_out: Option<&mut Vec<u64>>,
    ) -> wasmtime::Result<Val> {
        let instance = self.pre.instantiate(&mut *store)?;
        let function = instance
            .get_func(&mut *store, self.export)
            .ok_or_else(|| wasmtime::format_err!("the export that was checked at load is gone"))?;
        let mut results = [Val::Bool(false)];
        function.call(&mut *store, lowered, &mut results)?;
        let [result] = results;
        if let (Some(branches), Some(export)) = (branches_out, self.branches)
            && let Some(branch_bits) = instance.get_func(&mut *store, export)
        {
            *branches = read_branch_bits(store, branch_bits);
        }
        Ok(result)
    }

    /// Runs the rule once more with room for a larger answer, to tell an oversized answer from a malformed one.
    fn probe_unreadable(&self, lowered: &[Val]) -> RuleError {
        match self.call_once(lowered, PROBE_BYTES, false).result {
            Ok(_) => RuleError::new(
                FailureCode::OversizedOutput,
                format!("the answer is larger than {} bytes", self.limits.output_bytes),
            ),
            Err(CallError::Unreadable) => RuleError::new(
                FailureCode::MalformedOutput,
                "the answer can't be read: a pointer out of bounds, a case that doesn't exist, or text that isn't \
                 UTF-8",
            ),
            Err(error @ (CallError::Trap(_) | CallError::MemoryRefused)) => self.failure(&error),
        }
    }

    fn failure(&self, error: &CallError) -> RuleError {
        let limits = self.limits;
        match error {
            CallError::Trap(Trap::OutOfFuel) => {
                RuleError::new(FailureCode::OutOfFuel, format!("the rule used up its {} units of fuel", limits.fuel))
            }
            CallError::Trap(Trap::Interrupt) => RuleError::new(
                FailureCode::DeadlinePassed,
                format!("the rule was still running after {} ms", limits.deadline_ms),
            ),
            CallError::Trap(trap) => RuleError::new(FailureCode::Trap, trap.to_string()),
            CallError::MemoryRefused => RuleError::new(
                FailureCode::MemoryRefused,
                format!("the rule asked for more than its {} bytes of memory", limits.memory_bytes),
            ),
            CallError::Unreadable => RuleError::new(FailureCode::MalformedOutput, "the answer can't be read"),
        }
    }
}

fn trap_frames(error: &wasmtime::Error) -> Vec<(u32, usize)> {
    let frames = error.downcast_ref::<WasmBacktrace>().map_or(&[][..], WasmBacktrace::frames);
    frames.iter().filter_map(|frame| Some((frame.func_index(), frame.func_offset()?))).collect()
}

/// The most words of branch bits that the host reads.
const BRANCH_WORDS_MAX: u32 = 4096;

/// Reads the branch bits. It gives the store other fuel for that, so that reading costs the rule nothing.
fn read_branch_bits(store: &mut Store<MemoryAccount>, branch_bits: Func) -> Vec<u64> {
    let fuel_left = store.get_fuel().unwrap_or(0);
    // Fuel is on for the whole engine, so setting it can't fail.
    let _ = store.set_fuel(u64::MAX);
    // For a number beyond the last word, the component returns how many words there are.
    let count = read_branch_word(store, branch_bits, u32::MAX).and_then(|count| u32::try_from(count).ok());
    let words = 0..count.unwrap_or(0).min(BRANCH_WORDS_MAX);
    let bits = words.filter_map(|word| read_branch_word(store, branch_bits, word)).collect();
    let _ = store.set_fuel(fuel_left);
    bits
}

fn read_branch_word(store: &mut Store<MemoryAccount>, branch_bits: Func, word: u32) -> Option<u64> {
    let mut results = [Val::Bool(false)];
    branch_bits.call(store, &[Val::U32(word)], &mut results).ok()?;
    match results {
        [Val::U64(bits)] => Some(bits),
        [_] => None,
    }
}

/// A fresh store with every limit set.
pub(crate) fn new_store(engine: &Engine, limits: Limits) -> Store<MemoryAccount> {
    let mut store = Store::new(engine, MemoryAccount::new(limits.memory_bytes));
    store.limiter(|account| account);
    // Fuel is on for the whole engine, so setting it can't fail; without fuel a rule would stop at once.
    let _ = store.set_fuel(limits.fuel);
    store.set_epoch_deadline(limits.deadline_ms.div_ceil(TICK_MS).max(1) + 1);
    store
}
