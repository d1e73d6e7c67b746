//! One call in one instance: a fresh store, the arguments and nothing else, every limit on. The name, the arguments
//! and the result of the function are not its concern.

use ordinance_domain::answer::{Answer, FailureCode, RuleError};
use wasmtime::component::Val;
use wasmtime::{Engine, Store, Trap, WasmBacktrace};

use crate::arguments::Arguments;
use crate::call_outcome::CallOutcome;
use crate::compiled_rule::RuleFunction;
use crate::direct::{DirectFunction, GuestError};
use crate::limits::Limits;
use crate::memory_account::MemoryAccount;
use crate::slots::CallWay;
use crate::ticker::TICK_MS;

/// Why a call returned no value.
pub(crate) enum CallError {
    Trap(Trap),
    MemoryRefused,
    /// The answer couldn't be copied out: it is too large or malformed.
    Unreadable,
}

/// How much of an answer the second run copies out, to tell an oversized answer from a malformed one. An answer that
/// claims more than this counts as malformed: it is larger than the memory of any instance.
const PROBE_BYTES: usize = 32 << 20;

impl RuleFunction {
    /// Calls the function through the component runtime, in a fresh instance, on the caller's thread.
    ///
    /// It returns within the deadline (to a few milliseconds), or within twice the deadline if the answer can't be
    /// read: it then runs once more to find out why.
    pub(crate) fn call(&self, lowered: &[Val], counts_branches: bool) -> CallOutcome<Val> {
        let outcome = self.call_component(lowered, self.limits.output_bytes, counts_branches);
        self.slots.add_call(CallWay::ComponentRuntime, outcome.fuel);
        outcome.map_err(|error| self.explain(&error, lowered))
    }

    /// Calls the core module directly, in a fresh instance, on the caller's thread.
    pub(crate) fn call_directly(
        &self,
        direct: &DirectFunction,
        arguments: &Arguments<'_>,
        counts_branches: bool,
    ) -> CallOutcome<Result<Answer, RuleError>, CallError> {
        let outcome = self.call_in_new_store(|store| {
            let (instance, answer) = direct.call(store, arguments, self.limits.output_bytes)?;
            let branches = if counts_branches { direct.branch_bits(store, instance) } else { None };
            let branches = branches.map_or_else(Vec::new, |branches| {
                read_branch_bits(store, |store, word| {
                    let mut results = [wasmtime::Val::I64(0)];
                    branches.call(&mut *store, &[wasmtime::Val::I32(word.cast_signed())], &mut results).ok()?;
                    results[0].i64().map(i64::cast_unsigned)
                })
            });
            Ok((answer, branches))
        });
        self.slots.add_call(CallWay::Direct, outcome.fuel);
        outcome
    }

    fn call_component(
        &self,
        lowered: &[Val],
        output_bytes: usize,
        counts_branches: bool,
    ) -> CallOutcome<Val, CallError> {
        self.call_in_new_store(|store| {
            store.set_hostcall_fuel(output_bytes);
            Ok(self.instantiate_and_call(store, lowered, counts_branches)?)
        })
    }

    /// Runs a call in a fresh store with every limit set, and says what it cost. The call returns its value and the
    /// branch bits.
    fn call_in_new_store<T>(
        &self,
        call: impl FnOnce(&mut Store<MemoryAccount>) -> Result<(T, Vec<u64>), GuestError>,
    ) -> CallOutcome<T, CallError> {
        let _slot = self.slots.take();
        let mut store = new_store(&self.engine, self.limits);
        let result = call(&mut store);
        let fuel = self.limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        let memory_bytes = store.data().bytes();
        match result {
            Ok((value, branches)) => {
                CallOutcome { result: Ok(value), fuel, memory_bytes, branches, trap_frames: Vec::new() }
            }
            Err(error) => {
                let (error, trap_frames) = match error {
                    GuestError::Runtime(error) => {
                        (call_error(&error, store.data().was_exceeded()), trap_frames(&error))
                    }
                    GuestError::Unreadable => (CallError::Unreadable, Vec::new()),
                };
                CallOutcome { result: Err(error), fuel, memory_bytes, branches: Vec::new(), trap_frames }
            }
        }
    }

    fn instantiate_and_call(
        &self,
        store: &mut Store<MemoryAccount>,
        lowered: &[Val],
        counts_branches: bool,
    ) -> wasmtime::Result<(Val, Vec<u64>)> {
        let instance = self.pre.instantiate(&mut *store)?;
        let function = instance
            .get_func(&mut *store, self.export)
            .ok_or_else(|| wasmtime::format_err!("the export that was checked at load is gone"))?;
        let mut results = [Val::Bool(false)];
        function.call(&mut *store, lowered, &mut results)?;
        let [result] = results;
        let export = if counts_branches { self.branches } else { None };
        let branches =
            export.and_then(|export| instance.get_func(&mut *store, export)).map_or_else(Vec::new, |branches| {
                read_branch_bits(store, |store, word| {
                    let mut results = [Val::Bool(false)];
                    branches.call(&mut *store, &[Val::U32(word)], &mut results).ok()?;
                    match results {
                        [Val::U64(bits)] => Some(bits),
                        [_] => None,
                    }
                })
            });
        Ok((result, branches))
    }

    /// Runs the rule once more with room for a larger answer, to tell an oversized answer from a malformed one.
    fn probe_unreadable(&self, lowered: &[Val]) -> RuleError {
        match self.call_component(lowered, PROBE_BYTES, false).result {
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

    /// Says why a call failed; it runs the rule once more if the answer couldn't be read.
    pub(crate) fn explain(&self, error: &CallError, lowered: &[Val]) -> RuleError {
        match error {
            CallError::Unreadable => self.probe_unreadable(lowered),
            CallError::Trap(_) | CallError::MemoryRefused => self.failure(error),
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

fn call_error(error: &wasmtime::Error, memory_exceeded: bool) -> CallError {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => CallError::Trap(Trap::OutOfFuel),
        Some(Trap::Interrupt) => CallError::Trap(Trap::Interrupt),
        _ if memory_exceeded => CallError::MemoryRefused,
        Some(trap) => CallError::Trap(*trap),
        None => CallError::Unreadable,
    }
}

fn trap_frames(error: &wasmtime::Error) -> Vec<(u32, usize)> {
    let frames = error.downcast_ref::<WasmBacktrace>().map_or(&[][..], WasmBacktrace::frames);
    frames.iter().filter_map(|frame| Some((frame.func_index(), frame.func_offset()?))).collect()
}

/// The most words of branch bits that the host reads.
const BRANCH_WORDS_MAX: u32 = 4096;

/// Reads the branch bits, each word by a call of the component. It gives the store other fuel for that, so that reading
/// costs the rule nothing.
fn read_branch_bits(
    store: &mut Store<MemoryAccount>,
    mut read_word: impl FnMut(&mut Store<MemoryAccount>, u32) -> Option<u64>,
) -> Vec<u64> {
    let fuel_left = store.get_fuel().unwrap_or(0);
    // Fuel is on for the whole engine, so setting it can't fail.
    let _ = store.set_fuel(u64::MAX);
    // For a number beyond the last word, the component returns how many words there are.
    let count = read_word(store, u32::MAX).and_then(|count| u32::try_from(count).ok());
    let words = 0..count.unwrap_or(0).min(BRANCH_WORDS_MAX);
    let bits = words.filter_map(|word| read_word(store, word)).collect();
    let _ = store.set_fuel(fuel_left);
    bits
}

/// The ticks after which a call that begins now is interrupted; the tick that is under way doesn't count.
pub(crate) fn deadline_ticks(limits: Limits) -> u64 {
    limits.deadline_ms.div_ceil(TICK_MS).max(1) + 1
}

/// A fresh store with every limit set.
pub(crate) fn new_store(engine: &Engine, limits: Limits) -> Store<MemoryAccount> {
    let mut store = Store::new(engine, MemoryAccount::new(limits.memory_bytes));
    store.limiter(|account| account);
    // Fuel is on for the whole engine, so setting it can't fail; without fuel a rule would stop at once.
    let _ = store.set_fuel(limits.fuel);
    store.set_epoch_deadline(deadline_ticks(limits));
    store
}
