//! One run of one function of a rule: a fresh store, the arguments and nothing else, every limit on. What the function
//! is called, takes and gives is not its concern.

use std::sync::Arc;

use ordinance_domain::answer::{FailureCode, RuleFailure};
use wasmtime::component::{ComponentExportIndex, Func, InstancePre, Val};
use wasmtime::{Engine, Store, Trap, WasmBacktrace};

use crate::limits::{Limits, MemoryAccount};
use crate::slots::Slots;

/// A component that has been checked and compiled, and the one function of it that is called.
#[derive(Clone)]
pub(crate) struct Runnable {
    pub(crate) engine: Engine,
    pub(crate) pre: InstancePre<MemoryAccount>,
    pub(crate) function: ComponentExportIndex,
    /// Of a component whose branches are counted, the function that gives the bits.
    pub(crate) branches: Option<ComponentExportIndex>,
    pub(crate) limits: Limits,
    pub(crate) slots: Arc<Slots>,
}

/// A component that has been checked and compiled, and the type of the function that is called. Only
/// [`Loader`](crate::Loader) and [`Sandbox`](crate::Sandbox) build it.
#[derive(Clone)]
pub struct Compiled<Type> {
    pub(crate) runnable: Runnable,
    pub(crate) checked_type: Type,
}

impl<Type> Compiled<Type> {
    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.runnable.limits
    }
}

/// Why a run gave no value.
enum RunError {
    Trap(Trap),
    MemoryRefused,
    /// The runtime couldn't copy the answer out: it is too large or malformed.
    Unreadable,
}

/// The result of a run, and what the run took.
pub(crate) struct RunOutcome<Error = RuleFailure> {
    pub(crate) result: Result<Val, Error>,
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: usize,
    /// The bits of the branches that were taken, if they were asked for and are counted.
    pub(crate) branches: Vec<u64>,
    /// Where it trapped, innermost first, if the sandbox tells where: functions of the module and bytes from their start.
    pub(crate) trapped_in: Vec<(u32, usize)>,
}

/// How much of an answer is copied out to tell an oversized answer from a malformed one. An answer that claims more
/// than this counts as malformed: it is larger than the instance's whole memory could honestly hold.
const PROBE_BYTES: usize = 32 << 20;

impl Runnable {
    /// Calls the function in a fresh instance, on the caller's thread, and says what that took.
    ///
    /// It returns within the deadline (to a few milliseconds), or within two where the answer can't be read: then it is
    /// run once more to say why.
    pub(crate) fn run(&self, lowered: &[Val], counting: bool) -> RunOutcome {
        let RunOutcome { result, fuel, memory_bytes, branches, trapped_in } =
            self.run_once(lowered, self.limits.output_bytes, counting);
        let result = result.map_err(|error| match error {
            RunError::Unreadable => self.why_unreadable(lowered),
            error => self.failed(&error),
        });
        self.slots.add(fuel);
        RunOutcome { result, fuel, memory_bytes, branches, trapped_in }
    }

    fn run_once(&self, lowered: &[Val], output_bytes: usize, counting: bool) -> RunOutcome<RunError> {
        let _slot = self.slots.take();
        let mut store = fresh_store(&self.engine, self.limits);
        store.set_hostcall_fuel(output_bytes);
        let mut branches = Vec::new();
        let counted = if counting { Some(&mut branches) } else { None };
        let result = self.instantiate_and_call(&mut store, lowered, counted);
        let fuel = self.limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        let trapped_in = result.as_ref().err().map_or_else(Vec::new, frames_of);
        let result = result.map_err(|error| match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => RunError::Trap(Trap::OutOfFuel),
            Some(Trap::Interrupt) => RunError::Trap(Trap::Interrupt),
            _ if store.data().refused() => RunError::MemoryRefused,
            Some(trap) => RunError::Trap(*trap),
            None => RunError::Unreadable,
        });
        RunOutcome { result, fuel, memory_bytes: store.data().bytes(), branches, trapped_in }
    }

    fn instantiate_and_call(
        &self,
        store: &mut Store<MemoryAccount>,
        lowered: &[Val],
        counted: Option<&mut Vec<u64>>,
    ) -> wasmtime::Result<Val> {
        let instance = self.pre.instantiate(&mut *store)?;
        let function = instance
            .get_func(&mut *store, self.function)
            .ok_or_else(|| wasmtime::format_err!("the export that was checked at load is gone"))?;
        let mut results = [Val::Bool(false)];
        function.call(&mut *store, lowered, &mut results)?;
        let [result] = results;
        if let (Some(counted), Some(branches)) = (counted, self.branches) {
            let bits = instance.get_func(&mut *store, branches);
            *counted = bits.map_or_else(Vec::new, |bits| words_of(store, bits));
        }
        Ok(result)
    }

    fn why_unreadable(&self, lowered: &[Val]) -> RuleFailure {
        match self.run_once(lowered, PROBE_BYTES, false).result {
            Ok(_) => RuleFailure::new(
                FailureCode::OversizedOutput,
                format!("the answer is larger than {} bytes", self.limits.output_bytes),
            ),
            Err(RunError::Unreadable) => RuleFailure::new(
                FailureCode::MalformedOutput,
                "the answer can't be read: a pointer out of bounds, a case that doesn't exist, or text that isn't UTF-8",
            ),
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&self, error: &RunError) -> RuleFailure {
        let limits = self.limits;
        match error {
            RunError::Trap(Trap::OutOfFuel) => {
                RuleFailure::new(FailureCode::OutOfFuel, format!("the rule used up its {} units of fuel", limits.fuel))
            }
            RunError::Trap(Trap::Interrupt) => RuleFailure::new(
                FailureCode::DeadlinePassed,
                format!("the rule was still running after {} ms", limits.deadline_ms),
            ),
            RunError::Trap(trap) => RuleFailure::new(FailureCode::Trap, trap.to_string()),
            RunError::MemoryRefused => RuleFailure::new(
                FailureCode::MemoryRefused,
                format!("the rule asked for more than its {} bytes of memory", limits.memory_bytes),
            ),
            RunError::Unreadable => RuleFailure::new(FailureCode::MalformedOutput, "the answer can't be read"),
        }
    }
}

/// The calls in which a trap came about.
fn frames_of(error: &wasmtime::Error) -> Vec<(u32, usize)> {
    let frames = error.downcast_ref::<WasmBacktrace>().map_or(&[][..], WasmBacktrace::frames);
    frames.iter().filter_map(|frame| Some((frame.func_index(), frame.func_offset()?))).collect()
}

/// The bits of the branches that were taken. To read them costs the rule nothing.
fn words_of(store: &mut Store<MemoryAccount>, bits: Func) -> Vec<u64> {
    let left = store.get_fuel().unwrap_or(0);
    let _ = store.set_fuel(u64::MAX);
    let mut word = |number: u32| {
        let mut results = [Val::Bool(false)];
        bits.call(&mut *store, &[Val::U32(number)], &mut results).ok()?;
        match results {
            [Val::U64(word)] => Some(word),
            [_] => None,
        }
    };
    // Beyond its words it says how many there are.
    let count = word(u32::MAX).and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let words = (0..count.min(WORDS_MAX)).filter_map(word).collect();
    let _ = store.set_fuel(left);
    words
}

/// The most words of bits that are read.
const WORDS_MAX: u32 = 4096;

/// A store with every limit set.
pub(crate) fn fresh_store(engine: &Engine, limits: Limits) -> Store<MemoryAccount> {
    let mut store = Store::new(engine, MemoryAccount::new(limits.memory_bytes));
    store.limiter(|account| account);
    // Fuel is switched on for the whole engine, so setting it can't fail; without fuel a rule would stop at once.
    let _ = store.set_fuel(limits.fuel);
    store.set_epoch_deadline(limits.deadline_ms.div_ceil(crate::ticker::TICK_MS).max(1) + 1);
    store
}
