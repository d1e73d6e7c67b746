//! The limits of one call, and the accounting of memory over all memories and tables of an instance.

use ordinance_domain::manifest::RequestedLimits;
use wasmtime::ResourceLimiter;

/// A limit that a rule may request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitName {
    /// Instructions, in units of fuel.
    Fuel,
    /// Wall-clock time of one call, in milliseconds.
    DeadlineMs,
    /// All memories and tables together, in bytes.
    MemoryBytes,
}

impl LimitName {
    /// The key under `limits` in a manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::DeadlineMs => "deadline-ms",
            Self::MemoryBytes => "memory-bytes",
        }
    }
}

/// What one call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Instructions, in units of fuel: the budget that is the same on every machine.
    pub fuel: u64,
    /// Wall-clock time in milliseconds, at least 1, exact to 1 ms. It guards against what fuel doesn't count.
    pub deadline_ms: u64,
    /// All memories and tables of the instance together, in bytes.
    pub memory_bytes: usize,
    /// The size of an answer as the host holds it, in bytes.
    pub output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fuel: 2_000_000, deadline_ms: 100, memory_bytes: 4 << 20, output_bytes: 64 << 10 }
    }
}

/// A rule requests a higher limit than the host gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitTooHighError {
    pub(crate) limit: LimitName,
    pub(crate) asked: u64,
    pub(crate) most: u64,
}

impl Limits {
    /// These limits, lowered to those that the rule requests.
    pub(crate) fn lowered(self, requested: RequestedLimits) -> Result<Self, LimitTooHighError> {
        let bytes = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
        let memory_bytes = lower(LimitName::MemoryBytes, requested.memory_bytes.map(bytes), bytes(self.memory_bytes))?;
        Ok(Self {
            fuel: lower(LimitName::Fuel, requested.fuel, self.fuel)?,
            deadline_ms: lower(LimitName::DeadlineMs, requested.deadline_ms, self.deadline_ms)?,
            memory_bytes: usize::try_from(memory_bytes).unwrap_or(self.memory_bytes),
            output_bytes: self.output_bytes,
        })
    }
}

fn lower(limit: LimitName, asked: Option<u64>, most: u64) -> Result<u64, LimitTooHighError> {
    match asked {
        Some(asked) if asked > most => Err(LimitTooHighError { limit, asked, most }),
        Some(asked) => Ok(asked),
        None => Ok(most),
    }
}

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
