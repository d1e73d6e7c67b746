//! An instance during a direct call: its functions and its memory.

use wasmtime::{Extern, Func, Instance, Memory, ModuleExport, Store, Val};

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

/// An instance while its function is being called.
pub(super) struct Guest<'a> {
    pub(super) store: &'a mut Store<MemoryAccount>,
    instance: Instance,
    memory: Memory,
    realloc: Option<&'a ModuleExport>,
}

impl<'a> Guest<'a> {
    pub(super) fn new(
        store: &'a mut Store<MemoryAccount>,
        instance: Instance,
        memory: &ModuleExport,
        realloc: Option<&'a ModuleExport>,
    ) -> Result<Self, GuestError> {
        let memory = instance.get_module_export(&mut *store, memory).and_then(Extern::into_memory);
        Ok(Self { store, instance, memory: memory.ok_or(GuestError::Unreadable)?, realloc })
    }

    pub(super) fn function(&mut self, export: &ModuleExport) -> Result<Func, GuestError> {
        let found = self.instance.get_module_export(&mut *self.store, export).and_then(Extern::into_func);
        found.ok_or(GuestError::Unreadable)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.memory.data(&*self.store)
    }

    /// Lets the rule allocate this many bytes of its memory, and checks what it returns.
    pub(super) fn allocate(&mut self, size: usize, align: usize) -> Result<usize, GuestError> {
        let realloc = self.realloc.ok_or(GuestError::Unreadable)?;
        let realloc = self.function(realloc)?;
        let number = |number: usize| i32::try_from(number).map_err(|_| GuestError::Unreadable);
        let arguments = [Val::I32(0), Val::I32(0), Val::I32(number(align)?), Val::I32(number(size)?)];
        let mut results = [Val::I32(0)];
        realloc.call(&mut *self.store, &arguments, &mut results)?;
        let [Val::I32(address)] = results else { return Err(GuestError::Unreadable) };
        let address = usize::try_from(address.cast_unsigned()).map_err(|_| GuestError::Unreadable)?;
        let end = address.checked_add(size).ok_or(GuestError::Unreadable)?;
        if !address.is_multiple_of(align) || end > self.bytes().len() {
            return Err(GuestError::Unreadable);
        }
        Ok(address)
    }

    pub(super) fn write(&mut self, address: usize, bytes: &[u8]) -> Result<(), GuestError> {
        let memory = self.memory.data_mut(&mut *self.store);
        let place = memory.get_mut(address..).and_then(|rest| rest.get_mut(..bytes.len()));
        place.ok_or(GuestError::Unreadable)?.copy_from_slice(bytes);
        Ok(())
    }
}
