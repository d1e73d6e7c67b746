//! The accounting of memory over all memories and tables of an instance.

use wasmtime::ResourceLimiter;

const TABLE_ELEMENT_BYTES: usize = size_of::<usize>();

/// Counts the bytes of all memories and tables of one instance together.
#[derive(Debug)]
pub(crate) struct MemoryAccount {
    bytes_max: usize,
    bytes: usize,
    exceeded: bool,
}

impl MemoryAccount {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, exceeded: false }
    }

    /// Bytes of all memories and tables together.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the instance ever requested more than it may have.
    pub(crate) fn was_exceeded(&self) -> bool {
        self.exceeded
    }

    fn grow(&mut self, more: usize) -> bool {
        match self.bytes.checked_add(more) {
            Some(bytes) if bytes <= self.bytes_max => {
                self.bytes = bytes;
                true
            }
            Some(_) | None => {
                self.exceeded = true;
                false
            }
        }
    }
}

impl ResourceLimiter for MemoryAccount {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT_BYTES)))
    }
}
