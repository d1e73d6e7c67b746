//! The query of a case: the law of which place, for which service, on which day, as known on which day.

use crate::calendar::{Date, LawDay};
use crate::jurisdiction::JurisdictionCode;
use crate::name::Id;

/// Selects the law that applies to a case. The two days make the query bitemporal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseQuery {
    /// The place, by the code that the caller sent; on `as_of` it may name another place.
    pub jurisdiction: JurisdictionCode,
    pub service: Id,
    /// Valid time: the day for which the case is decided.
    pub as_of: Date,
    /// Transaction time: only law that was published by this day counts, and not withdrawn by it.
    pub known_at: Date,
}

impl CaseQuery {
    /// Both days.
    #[must_use]
    pub fn day(&self) -> LawDay {
        LawDay { as_of: self.as_of, known_at: self.known_at }
    }
}
