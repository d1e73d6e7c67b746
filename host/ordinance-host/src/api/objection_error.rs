//! Why an objection isn't taken or can't be told of, apart from what is wrong with the request itself.

use std::time::Duration;

use crate::api::problem_kind::ProblemKind;

/// Why an objection isn't taken, or its state isn't told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectionError {
    /// There is another objection to the decision.
    Exists,
    /// The host has taken as many in this hour as it may.
    TooMany { retry_after: Duration },
    /// The host keeps as many bytes of them as it may.
    Full,
    /// The folder can't be written.
    Unwritable,
    /// The authority that reviews has no key to which an objection could be sealed.
    NoKey,
    /// There is none with this id and this token.
    Unknown,
}

/// After how many seconds it makes sense to try again, where somebody has to do something first.
const LATER_S: u64 = 3_600;

impl ObjectionError {
    pub(crate) fn kind(self) -> ProblemKind {
        match self {
            Self::Exists => ProblemKind::ObjectionExists,
            Self::TooMany { .. } => ProblemKind::TooManyRequests,
            Self::Full | Self::Unwritable => ProblemKind::ObjectionsUnavailable,
            Self::NoKey => ProblemKind::NoObjectionsKey,
            Self::Unknown => ProblemKind::UnknownObjection,
        }
    }

    pub(crate) fn retry_after_s(self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after } => Some(retry_after.as_secs().max(1)),
            Self::Full | Self::NoKey => Some(LATER_S),
            Self::Unwritable => Some(1),
            Self::Exists | Self::Unknown => None,
        }
    }

    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::TooMany { .. } => {
                "the host takes no more objections in this hour; the operator sets that by `objections.per-hour`"
            }
            Self::Full => {
                "the host keeps as many bytes of objections as it may; the operator sets that by `objections.bytes-max`"
            }
            Self::Exists | Self::Unwritable | Self::NoKey | Self::Unknown => self.kind().spec().mend,
        }
    }
}
