//! How a department may share a fact that it holds.

use crate::provision::Provision;
use crate::titles::Titles;
use crate::word_enum::word_enum;

word_enum! {
    /// How a department may share a fact with other departments.
    SharingClass {
        /// With every department that needs the fact for its duties.
        Unconditional = "unconditional",
        /// With some departments, or for some uses.
        Conditional = "conditional",
        /// Not at all.
        NotShared = "not-shared",
    }
}

/// How a department may share a fact, and the provision that says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharing {
    /// With whom it may share the fact.
    pub class: SharingClass,
    /// The condition for people; empty unless the class is conditional.
    pub condition: Titles,
    /// The provision that sets the class.
    pub provision: Provision,
}
