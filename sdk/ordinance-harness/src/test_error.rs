//! Why a test can't be run against a rulebook: the test is at fault, not the law.

use ordinance_domain::jurisdiction::CodeError;
use ordinance_domain::name::{Id, NameError};
use ordinance_domain::privacy::Activity;
use ordinance_engine::DecideError;
use ordinance_engine::input_error::InputError;

/// Why a test can't be run against a rulebook. The text is what its author reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestError {
    /// The text is no code of a place.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The text is no id.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The rulebook has no such service.
    #[error("unknown service `{0}`")]
    UnknownService(Id),
    /// The value of a member is no date.
    #[error("`{0}` is no date as YYYY-MM-DD that exists")]
    NotADate(&'static str),
    /// The value of `activity` is no activity.
    #[error("`activity` is one of {}", Activity::words())]
    UnknownActivity,
    /// Facts, claims or expected amounts that the engine refuses.
    #[error("{}", in_one_line(.0))]
    Input(Vec<InputError>),
    /// The test expects a ruling on a fact that it doesn't request.
    #[error("the case expects a ruling on `{0}`, which it doesn't ask for")]
    FactNotRequested(String),
    /// The expected outcome is none.
    #[error("`{0}` is no outcome; write eligible, ineligible or undetermined")]
    UnknownOutcome(String),
    /// The tolerance is negative.
    #[error("`tolerance` is below zero; write how far a number of the grant may be off")]
    NegativeTolerance,
    /// The tolerance is no number.
    #[error("`tolerance` is no decimal number")]
    NotATolerance,
    /// The expected grant is no table.
    #[error("the expected grant is no table of fields")]
    GrantNotATable,
    /// The test expects a grant together with an outcome that grants nothing.
    #[error("the case expects a grant and the outcome {0}, which grants nothing")]
    GrantWithoutEligibility(String),
    /// The service's grant has no such field.
    #[error("the service's grant has no field `{0}`")]
    UnknownGrantField(String),
    /// The shadow rule isn't in force on the day of the case.
    #[error("the shadow rule wouldn't be in force on that day")]
    ShadowNotInForce,
    /// The shadow rule is no law of the place of the case.
    #[error("the shadow rule is for another place")]
    ShadowElsewhere,
    /// The engine can't select the law.
    #[error(transparent)]
    Decide(#[from] DecideError),
}

impl From<Vec<InputError>> for TestError {
    fn from(errors: Vec<InputError>) -> Self {
        Self::Input(errors)
    }
}

/// The texts of several errors, joined by semicolons.
pub(crate) fn in_one_line(errors: &[InputError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
