//! One call of one rule: a fresh store, the rule's arguments and nothing else, every limit on.

use std::sync::Arc;

use ordinance_domain::answer::{Answer, Failed, FailureCode, Grant};
use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::minimise::MinimisedFacts;
use ordinance_domain::rule_type::RuleType;
use ordinance_domain::value::Record;
use wasmtime::component::{ComponentExportIndex, InstancePre, Val};
use wasmtime::{Engine, Store, Trap};

use crate::lift::lift_answer;
use crate::limits::{Limits, MemoryAccount};
use crate::lower::lower_arguments;
use crate::slots::Slots;

/// A rule that has been checked and compiled. Only [`Sandbox::check`](crate::Sandbox::check) builds it.
pub struct CheckedRule {
    pub(crate) engine: Engine,
    pub(crate) pre: InstancePre<MemoryAccount>,
    pub(crate) determine: ComponentExportIndex,
    pub(crate) rule_type: RuleType,
    pub(crate) limits: Limits,
    pub(crate) slots: Arc<Slots>,
}

/// What a rule may be told.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    /// The day the case is decided for.
    pub as_of: Date,
    /// The facts that the rule's type declares.
    pub applicant: &'a MinimisedFacts,
    /// The parameters in force on that day, of the rule's types.
    pub parameters: &'a Record,
    /// What the upper levels grant, if anything.
    pub inherited: Option<&'a Grant>,
    /// The place the case is about.
    pub jurisdiction: &'a JurisdictionCode,
}

/// What came of a call.
#[derive(Debug, Clone)]
pub struct CallReport {
    /// The answer, or how the rule failed.
    pub answer: Result<Answer, Failed>,
    /// The fuel it used.
    pub fuel: u64,
}

/// Why a run gave no value.
enum RunError {
    Trap(Trap),
    MemoryRefused,
    /// The runtime couldn't copy the answer out: it is too large or malformed.
    Unreadable,
}

/// How much of an answer is copied out to tell an oversized answer from a malformed one. An answer that claims more
/// than this counts as malformed: it is larger than the instance's whole memory could honestly hold.
const PROBE_BYTES: usize = 32 << 20;

impl CheckedRule {
    /// The type of its `determine`: what it may see.
    #[must_use]
    pub fn rule_type(&self) -> &RuleType {
        &self.rule_type
    }

    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Calls the rule in a fresh instance, on the caller's thread.
    ///
    /// It returns within the deadline (to a few milliseconds), or within two where the answer can't be read: then the
    /// rule is run once more to say why. The result depends on the arguments and the limits alone; only
    /// `deadline-passed`, and how deep a recursion may go before it traps, depend on the machine.
    #[must_use]
    pub fn call(&self, arguments: &Arguments<'_>) -> CallReport {
        let lowered = match lower_arguments(&self.rule_type, arguments) {
            Ok(lowered) => lowered,
            Err(misfit) => {
                return CallReport { answer: Err(Failed::new(FailureCode::NotLoaded, misfit.to_string())), fuel: 0 };
            }
        };
        let (result, fuel) = self.run(&lowered, self.limits.output_bytes);
        let answer = match result {
            Ok(value) => lift_answer(&self.rule_type, value),
            Err(RunError::Unreadable) => Err(self.why_unreadable(&lowered)),
            Err(error) => Err(self.failed(&error)),
        };
        CallReport { answer, fuel }
    }

    fn run(&self, lowered: &[Val], output_bytes: usize) -> (Result<Val, RunError>, u64) {
        let _slot = self.slots.take();
        let mut store = fresh_store(&self.engine, self.limits);
        store.set_hostcall_fuel(output_bytes);
        let result = self.instantiate_and_call(&mut store, lowered);
        let fuel = self.limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        let result = result.map_err(|error| match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => RunError::Trap(Trap::OutOfFuel),
            Some(Trap::Interrupt) => RunError::Trap(Trap::Interrupt),
            _ if store.data().refused() => RunError::MemoryRefused,
            Some(trap) => RunError::Trap(*trap),
            None => RunError::Unreadable,
        });
        (result, fuel)
    }

    fn instantiate_and_call(&self, store: &mut Store<MemoryAccount>, lowered: &[Val]) -> wasmtime::Result<Val> {
        let instance = self.pre.instantiate(&mut *store)?;
        let determine = instance
            .get_func(&mut *store, self.determine)
            .ok_or_else(|| wasmtime::format_err!("the export that was checked at load is gone"))?;
        let mut results = [Val::Bool(false)];
        determine.call(&mut *store, lowered, &mut results)?;
        let [result] = results;
        Ok(result)
    }

    fn why_unreadable(&self, lowered: &[Val]) -> Failed {
        match self.run(lowered, PROBE_BYTES).0 {
            Ok(_) => Failed::new(
                FailureCode::OversizedOutput,
                format!("the answer is larger than {} bytes", self.limits.output_bytes),
            ),
            Err(RunError::Unreadable) => Failed::new(
                FailureCode::MalformedOutput,
                "the answer can't be read: a pointer out of bounds, a case that doesn't exist, or text that isn't UTF-8",
            ),
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&self, error: &RunError) -> Failed {
        let limits = self.limits;
        match error {
            RunError::Trap(Trap::OutOfFuel) => {
                Failed::new(FailureCode::OutOfFuel, format!("the rule used up its {} units of fuel", limits.fuel))
            }
            RunError::Trap(Trap::Interrupt) => Failed::new(
                FailureCode::DeadlinePassed,
                format!("the rule was still running after {} ms", limits.deadline_ms),
            ),
            RunError::Trap(trap) => Failed::new(FailureCode::Trap, trap.to_string()),
            RunError::MemoryRefused => Failed::new(
                FailureCode::MemoryRefused,
                format!("the rule asked for more than its {} bytes of memory", limits.memory_bytes),
            ),
            RunError::Unreadable => Failed::new(FailureCode::MalformedOutput, "the answer can't be read"),
        }
    }
}

/// A store with every limit set.
pub(crate) fn fresh_store(engine: &Engine, limits: Limits) -> Store<MemoryAccount> {
    let mut store = Store::new(engine, MemoryAccount::new(limits.memory_bytes));
    store.limiter(|account| account);
    // Fuel is switched on for the whole engine, so setting it can't fail; without fuel a rule would stop at once.
    let _ = store.set_fuel(limits.fuel);
    store.set_epoch_deadline(limits.deadline_ms.div_ceil(crate::ticker::TICK_MS).max(1) + 1);
    store
}
