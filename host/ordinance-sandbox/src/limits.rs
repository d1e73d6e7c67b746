//! The limits of one call.

use ordinance_domain::manifest::RequestedLimits;

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

impl Limits {
    /// These limits with more memory, for a host that adds some of its own.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn with_memory(self, more_bytes: usize) -> Self {
        Self { memory_bytes: self.memory_bytes.saturating_add(more_bytes), ..self }
    }
}

fn lower(limit: LimitName, asked: Option<u64>, most: u64) -> Result<u64, LimitTooHighError> {
    match asked {
        Some(asked) if asked > most => Err(LimitTooHighError { limit, asked, most }),
        Some(asked) => Ok(asked),
        None => Ok(most),
    }
}
