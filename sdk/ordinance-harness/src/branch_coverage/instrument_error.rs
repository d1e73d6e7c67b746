//! Why a component can't be instrumented.

/// Why a component can't be instrumented.
#[derive(Debug, thiserror::Error)]
pub enum InstrumentError {
    /// The component is no valid WebAssembly, or uses something that can't be re-encoded.
    #[error("the component can't be instrumented: {0}")]
    Component(String),
    /// The instrumented component is refused as a rule.
    #[error("{0}")]
    Rejected(String),
}

pub(super) fn invalid(error: impl std::fmt::Display) -> InstrumentError {
    InstrumentError::Component(error.to_string())
}
