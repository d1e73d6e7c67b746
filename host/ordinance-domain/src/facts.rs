//! The facts of one case.

use crate::name::FieldName;
use crate::value::{Record, field};

/// The facts of a case, each of the type that the contract gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Facts(pub Record);

impl Facts {
    /// Whether the case has a value for the fact.
    #[must_use]
    pub fn has(&self, name: &FieldName) -> bool {
        field(&self.0, name).is_some()
    }
}
