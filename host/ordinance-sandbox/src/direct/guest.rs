//! An instance during a direct call: its functions and its memory.

use wasmtime::{Extern, Instance, Memory, ModuleExport, Store, TypedFunc, Val};

use crate::memory_account::MemoryAccount;

/// Why an instance gave no answer.
pub(crate) enum GuestError {
    /// The rule trapped, or the pool gave it no instance.
    Runtime(wasmtime::Error),
    /// The rule broke the canonical ABI: a pointer out of bounds or unaligned, a case that doesn't exist, text that
    /// isn't UTF-8, an answer larger than the limit. Also a value of the host that doesn't fit the rule's type. The
    /// component runtime tells which.
    Unreadable,
}

impl From<wasmtime::Error> for GuestError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Runtime(error)
    }
}

/// An instance while its function is being called: what lowering of arguments needs of it.
///
/// What is written waits until the instance runs again, so that its memory is looked up once for many values.
pub(crate) struct Guest<'a> {
    store: &'a mut Store<MemoryAccount>,
    memory: Memory,
    realloc: Realloc<'a>,
    writes: &'a mut PendingWrites,
}

/// How an instance allocates memory for arguments.
pub(crate) enum Realloc<'a> {
    /// It can't.
    None,
    /// By a function of the instance, which is looked up when it is needed.
    Export(Instance, &'a ModuleExport),
    Function(&'a ReallocFunction),
}

/// Takes the address and the size of what is allocated so far, the alignment and the new size; returns the address.
pub(crate) type ReallocFunction = TypedFunc<(i32, i32, i32, i32), i32>;

#[derive(Debug)]
struct PendingWrite {
    address: usize,
    /// The start and the end of its bytes.
    start: usize,
    end: usize,
}

/// Writes that wait, and the ranges that were written.
#[derive(Debug, Default)]
pub(crate) struct PendingWrites {
    bytes: Vec<u8>,
    pending: Vec<PendingWrite>,
    /// The ranges that were written, if somebody has to know: address and length.
    written: Option<Vec<(usize, usize)>>,
}

impl PendingWrites {
    /// Writes of which somebody has to know where they were.
    pub(crate) fn with_ranges() -> Self {
        Self { written: Some(Vec::new()), ..Self::default() }
    }

    /// Takes the ranges that were written since they were last taken.
    pub(crate) fn take_ranges(&mut self) -> impl Iterator<Item = (usize, usize)> {
        self.written.iter_mut().flat_map(|ranges| ranges.drain(..))
    }

    /// Forgets the ranges that were written so far.
    pub(crate) fn forget_ranges(&mut self) {
        self.written.iter_mut().for_each(Vec::clear);
    }

    fn flush(&mut self, memory: &mut [u8]) -> Result<(), GuestError> {
        for PendingWrite { address, start, end } in self.pending.drain(..) {
            let bytes = self.bytes.get(start..end).unwrap_or_default();
            let place = memory.get_mut(address..).and_then(|rest| rest.get_mut(..bytes.len()));
            place.ok_or(GuestError::Unreadable)?.copy_from_slice(bytes);
            if let Some(written) = &mut self.written {
                written.push((address, bytes.len()));
            }
        }
        self.bytes.clear();
        Ok(())
    }
}

impl<'a> Guest<'a> {
    pub(crate) fn of_parts(
        store: &'a mut Store<MemoryAccount>,
        memory: Memory,
        realloc: Realloc<'a>,
        writes: &'a mut PendingWrites,
    ) -> Self {
        writes.bytes.clear();
        writes.pending.clear();
        Self { store, memory, realloc, writes }
    }

    /// Lets the rule allocate this many bytes of its memory, and checks what it returns.
    pub(super) fn allocate(&mut self, size: usize, align: usize) -> Result<usize, GuestError> {
        self.flush()?;
        let number = |number: usize| i32::try_from(number).map_err(|_| GuestError::Unreadable);
        let arguments = (0, 0, number(align)?, number(size)?);
        let address = match &self.realloc {
            Realloc::None => return Err(GuestError::Unreadable),
            Realloc::Function(realloc) => realloc.call(&mut *self.store, arguments)?,
            Realloc::Export(instance, export) => {
                let realloc = instance.get_module_export(&mut *self.store, export).and_then(Extern::into_func);
                let realloc = realloc.ok_or(GuestError::Unreadable)?;
                let arguments = [Val::I32(0), Val::I32(0), Val::I32(arguments.2), Val::I32(arguments.3)];
                let mut results = [Val::I32(0)];
                realloc.call(&mut *self.store, &arguments, &mut results)?;
                results[0].i32().ok_or(GuestError::Unreadable)?
            }
        };
        let address = usize::try_from(address.cast_unsigned()).map_err(|_| GuestError::Unreadable)?;
        let end = address.checked_add(size).ok_or(GuestError::Unreadable)?;
        if !address.is_multiple_of(align) || end > self.memory.data_size(&*self.store) {
            return Err(GuestError::Unreadable);
        }
        Ok(address)
    }

    /// Writes at an address, before the instance runs again.
    pub(super) fn write(&mut self, address: usize, bytes: &[u8]) {
        let PendingWrites { bytes: waiting, pending, .. } = &mut *self.writes;
        let start = waiting.len();
        waiting.extend_from_slice(bytes);
        let end = waiting.len();
        match pending.last_mut() {
            // Right behind the last write: one copy does both.
            Some(last) if last.address + (last.end - last.start) == address => last.end = end,
            Some(_) | None => pending.push(PendingWrite { address, start, end }),
        }
    }

    /// Does the writes that wait.
    ///
    /// # Errors
    /// [`GuestError::Unreadable`] if one is beyond the memory.
    pub(crate) fn flush(&mut self) -> Result<(), GuestError> {
        if self.writes.pending.is_empty() {
            return Ok(());
        }
        self.writes.flush(self.memory.data_mut(&mut *self.store))
    }
}
