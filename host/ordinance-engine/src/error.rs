//! Why a case can't be put to any rule.

use ordinance_domain::jurisdiction::UnknownPlaceError;
use ordinance_domain::name::Id;

/// A case that can't be put to any rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// The place isn't in the rulebook, or not on that day.
    #[error(transparent)]
    UnknownPlace(#[from] UnknownPlaceError),
    /// The service isn't in the rulebook.
    #[error("unknown service `{0}`")]
    UnknownService(Id),
}
