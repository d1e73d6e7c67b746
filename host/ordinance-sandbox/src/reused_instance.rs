//! An instance that serves many people, each from the same state: the one after it was made and got the arguments that
//! are the same for all.

use std::sync::Arc;

use ordinance_domain::answer::{Answer, RuleError};
use ordinance_domain::name::Id;
use wasmtime::{Func, Linker, Memory, Store, TypedFunc, Val};

use crate::arguments::Arguments;
use crate::direct::{DirectFunction, Guest, LoweredConstants, PendingWrites, Realloc, ReallocFunction};
use crate::instance::{deadline_ticks, new_store};
use crate::limits::Limits;
use crate::memory_account::MemoryAccount;
use crate::reuse::{InstanceRoom, LINE_BYTES, MAP_EXPORT, RESTORE_EXPORT, SAVE_EXPORT, STORE_BYTES_MAX};

/// An instance of a rewritten module, with the state to which it returns before each call.
pub struct ReusedInstance {
    direct: Arc<DirectFunction>,
    limits: Limits,
    store: Store<MemoryAccount>,
    memory: Memory,
    map: Memory,
    map_bytes: usize,
    save_globals: TypedFunc<(), ()>,
    restore_globals: TypedFunc<(), ()>,
    function: DetermineFunction,
    realloc: Option<ReallocFunction>,
    post_return: Option<TypedFunc<i32, ()>>,
    /// The memory as it was after these arguments were lowered.
    snapshot: Vec<u8>,
    /// What the host itself writes.
    writes: PendingWrites,
    /// The arguments that are the same in all calls; `None` before the first.
    constants: Option<LoweredConstants>,
    /// The fuel that each call has left after the instance was made and these were lowered.
    fuel: u64,
    /// The ids of criteria that answers had.
    ids: Vec<Id>,
    /// The lines that were written: the first of those beside each other, and how many.
    marked: Vec<(usize, usize)>,
    is_spent: bool,
    _room: InstanceRoom,
}

/// The rule's function.
enum DetermineFunction {
    /// Its arguments are in memory.
    InMemory(TypedFunc<i32, i32>),
    /// Its arguments are core values, of several types.
    Flat(Func),
}

impl ReusedInstance {
    /// A new instance. `None` if the rule can't be reused, or there are too many instances; each call of it needs a
    /// fresh instance.
    pub(crate) fn new(direct: &Arc<DirectFunction>, limits: Limits) -> Option<Self> {
        let reusable = direct.reusable()?;
        let rewritten = reusable.compiled()?;
        let room = reusable.take_room()?;
        let mut store = new_store(rewritten.module.engine(), limits.with_memory(rewritten.map_memory_bytes));
        let instance = Linker::new(rewritten.module.engine()).instantiate(&mut store, &rewritten.module).ok()?;
        let names = direct.names();
        let memory = instance.get_memory(&mut store, names.memory.as_ref()?)?;
        let map = instance.get_memory(&mut store, MAP_EXPORT)?;
        let save_globals = instance.get_typed_func::<(), ()>(&mut store, SAVE_EXPORT).ok()?;
        let restore_globals = instance.get_typed_func::<(), ()>(&mut store, RESTORE_EXPORT).ok()?;
        let function = instance.get_func(&mut store, &names.function)?;
        let function = match function.typed::<i32, i32>(&store) {
            Ok(function) => DetermineFunction::InMemory(function),
            Err(_) => DetermineFunction::Flat(function),
        };
        let realloc = match &names.realloc {
            Some(name) => Some(instance.get_typed_func(&mut store, name).ok()?),
            None => None,
        };
        let post_return = match &names.post_return {
            Some(name) => Some(instance.get_typed_func(&mut store, name).ok()?),
            None => None,
        };
        let fuel = store.get_fuel().ok()?;
        Some(Self {
            direct: Arc::clone(direct),
            limits,
            snapshot: Vec::new(),
            store,
            memory,
            map,
            map_bytes: rewritten.map_bytes,
            save_globals,
            restore_globals,
            function,
            realloc,
            post_return,
            writes: PendingWrites::with_ranges(),
            constants: None,
            fuel,
            ids: Vec::new(),
            marked: Vec::new(),
            is_spent: false,
            _room: room,
        })
    }

    /// Whether a further call is of no use: the instance can't be restored.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Calls the rule, each time from the same state. Day, place and parameters have to be those of the first call. The
    /// inner error is what the answer's type can't express. `None` if the call counts as not made: it trapped, ran out
    /// of fuel, broke the canonical ABI, or changed what can't be restored. The caller makes it in a fresh instance.
    pub fn call(&mut self, arguments: &Arguments<'_>) -> Option<Result<Answer, RuleError>> {
        if self.is_spent {
            return None;
        }
        let answer = self.call_from_one_state(arguments);
        self.is_spent = answer.is_none();
        answer
    }

    fn call_from_one_state(&mut self, arguments: &Arguments<'_>) -> Option<Result<Answer, RuleError>> {
        match self.constants {
            None => self.prepare(arguments)?,
            Some(_) => self.restore()?,
        }
        let answer = self.try_call(arguments)?;
        let is_restorable = self.map.data(&self.store).get(self.map_bytes) == Some(&0);
        is_restorable.then_some(answer)
    }

    /// Lowers what is the same for all people, and keeps the state after it.
    fn prepare(&mut self, arguments: &Arguments<'_>) -> Option<()> {
        self.begin(self.fuel)?;
        let realloc = self.realloc.as_ref().map_or(Realloc::None, Realloc::Function);
        let mut guest = Guest::of_parts(&mut self.store, self.memory, realloc, &mut self.writes);
        self.constants = Some(self.direct.lower_constants(&mut guest, arguments).ok()?);
        self.fuel = self.store.get_fuel().ok()?;
        self.save_globals.call(&mut self.store, ()).ok()?;
        self.map.data_mut(&mut self.store).get_mut(..=self.map_bytes)?.fill(0);
        self.writes.forget_ranges();
        self.snapshot = self.memory.data(&self.store).to_vec();
        Some(())
    }

    /// Gives a call its fuel and its time.
    fn begin(&mut self, fuel: u64) -> Option<()> {
        self.store.set_fuel(fuel).ok()?;
        self.store.set_epoch_deadline(deadline_ticks(self.limits));
        Some(())
    }

    fn try_call(&mut self, arguments: &Arguments<'_>) -> Option<Result<Answer, RuleError>> {
        self.begin(self.fuel)?;
        let realloc = self.realloc.as_ref().map_or(Realloc::None, Realloc::Function);
        let mut guest = Guest::of_parts(&mut self.store, self.memory, realloc, &mut self.writes);
        let lowered = self.direct.lower_person(&mut guest, arguments, self.constants.as_ref()?).ok()?;
        let address = match (&self.function, lowered.as_slice()) {
            (DetermineFunction::InMemory(function), [Val::I32(arguments)]) => {
                function.call(&mut self.store, *arguments).ok()?
            }
            (DetermineFunction::InMemory(_), _) => return None,
            (DetermineFunction::Flat(function), arguments) => {
                let mut results = [Val::I32(0)];
                function.call(&mut self.store, arguments, &mut results).ok()?;
                results[0].i32()?
            }
        };
        let answer =
            self.direct.lift(self.memory.data(&self.store), address, self.limits.output_bytes, &mut self.ids).ok()?;
        if let Some(post_return) = &self.post_return {
            post_return.call(&mut self.store, address).ok()?;
        }
        Some(answer)
    }

    /// Gives memory and globals the state before the last call. `None` if that can't be done.
    fn restore(&mut self) -> Option<()> {
        if self.memory.data_size(&self.store) != self.snapshot.len() {
            return None;
        }
        let lines_max = self.snapshot.len().div_ceil(LINE_BYTES);
        let marks = self.map.data_mut(&mut self.store).get_mut(..lines_max)?;
        for (address, length) in self.writes.take_ranges() {
            let last = address.saturating_add(length.saturating_sub(1)) / LINE_BYTES;
            marks.get_mut(address / LINE_BYTES..=last)?.fill(1);
        }
        self.marked.clear();
        let (words, rest) = marks.as_chunks_mut::<8>();
        for (index, word) in words.iter_mut().enumerate() {
            // Most of a memory isn't written.
            if u64::from_ne_bytes(*word) != 0 {
                add_marked(&mut self.marked, index * 8, word);
                *word = [0; 8];
            }
        }
        add_marked(&mut self.marked, words.len() * 8, rest);
        rest.fill(0);
        let memory = self.memory.data_mut(&mut self.store);
        for (first, count) in &self.marked {
            let start = first * LINE_BYTES;
            let end = (start + count * LINE_BYTES + STORE_BYTES_MAX).min(self.snapshot.len());
            memory.get_mut(start..end)?.copy_from_slice(self.snapshot.get(start..end)?);
        }
        self.begin(u64::MAX)?;
        self.restore_globals.call(&mut self.store, ()).ok()
    }
}

/// Adds the marked lines, of which the first has this number, to the runs of lines beside each other.
fn add_marked(runs: &mut Vec<(usize, usize)>, first: usize, marks: &[u8]) {
    for (line, _) in (first..).zip(marks).filter(|(_, mark)| **mark != 0) {
        match runs.last_mut() {
            Some((start, count)) if *start + *count == line => *count += 1,
            Some(_) | None => runs.push((line, 1)),
        }
    }
}
