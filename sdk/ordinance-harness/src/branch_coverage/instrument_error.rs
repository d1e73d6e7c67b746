//! The error of a component that can't be instrumented.

/// The error of a component that can't be instrumented.
#[derive(Debug, thiserror::Error)]
pub enum InstrumentError {
    /// The component isn't valid WebAssembly, or uses a feature that can't be re-encoded.
    #[error("the component can't be instrumented: {0}")]
    Component(String),
    /// The rulebook rejects the instrumented component.
    #[error("the instrumented component is rejected: {0}")]
    Rejected(String),
}

pub(super) fn invalid(error: impl std::fmt::Display) -> InstrumentError {
    InstrumentError::Component(error.to_string())
}
