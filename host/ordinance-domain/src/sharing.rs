//! How a department may share a fact that it holds.

use crate::provision::Provision;
use crate::titles::Titles;
use crate::word_enum::word_enum;

word_enum! {
    /// How a department's data may be shared with others.
    SharingClass {
        /// With every department that needs it for its duties.
        Unconditional = "unconditional",
        /// With some, or for some uses.
        Conditional = "conditional",
        /// Not at all.
        NotShared = "not-shared",
    }
}

/// How a department's fact may be shared, and where that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharing {
    /// The class.
    pub class: SharingClass,
    /// On what condition, by language; none unless the class is conditional.
    pub condition: Titles,
    /// Where it is written.
    pub provision: Provision,
}
