//! Errors of tests that can't be run against a rulebook. The test is at fault, not the law.

use ordinance_domain::jurisdiction::CodeError;
use ordinance_domain::name::{Id, NameError};
use ordinance_domain::privacy::Activity;
use ordinance_engine::DecideError;
use ordinance_engine::input_error::InputError;

/// The error of a test that can't be run against a rulebook. The author of the test reads the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestError {
    /// The text isn't a code of a place.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The text isn't an id.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The rulebook has no such service.
    #[error("unknown service `{0}`")]
    UnknownService(Id),
    /// The value of a member isn't a date.
    #[error("`{0}` is not a date; write it as YYYY-MM-DD")]
    NotADate(&'static str),
    /// The value of `activity` isn't an activity.
    #[error("`activity` must be one of {}", Activity::words())]
    UnknownActivity,
    /// Facts, claims or expected amounts that the engine rejects.
    #[error("{}", in_one_line(.0))]
    Input(Vec<InputError>),
    /// The test expects a ruling on a fact that it doesn't request.
    #[error("the case expects a ruling on `{0}`, but doesn't list it in `facts`")]
    FactNotRequested(String),
    /// The test expects an intermediate value that no rule of the chain tells.
    #[error(
        "no rule of this place tells an intermediate value `{0}`; write `intermediates` as an object of those in rule.toml"
    )]
    UnknownIntermediate(String),
    /// The expected outcome doesn't exist.
    #[error("unknown outcome `{0}`; write eligible, ineligible or undetermined")]
    UnknownOutcome(String),
    #[error("`tolerance` is below zero; write the largest difference allowed in a number of the grant")]
    NegativeTolerance,
    /// The tolerance isn't a number.
    #[error("`tolerance` is not a decimal number")]
    NotATolerance,
    /// The expected grant isn't a table.
    #[error("the expected grant must be a table of fields")]
    GrantNotATable,
    /// The test expects a grant together with an outcome that grants nothing.
    #[error("the case expects a grant, but the outcome {0} grants nothing")]
    GrantWithoutEligibility(String),
    /// The test expects a final grant and one that isn't.
    #[error("the case expects both `grant` and `at_least`: a grant is final, or only its least is certain")]
    GrantAndAtLeast,
    /// The service's grant has no such field.
    #[error("the service's grant has no field `{0}`")]
    UnknownGrantField(String),
    /// The shadow rule isn't in force on the day of the case.
    #[error("the shadow rule isn't in force on the day of the case")]
    ShadowNotInForce,
    /// The shadow rule belongs to another place than the case.
    #[error("the shadow rule belongs to another place than the case")]
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
