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
    #[error("unknown service `{service}`{}", did_you_mean(near.as_ref()))]
    UnknownService {
        /// What was asked for.
        service: Id,
        /// The service that it may misspell.
        near: Option<Id>,
    },
}

fn did_you_mean(near: Option<&Id>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}
