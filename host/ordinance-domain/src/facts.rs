//! The facts of one case.

use crate::name::FieldName;
use crate::value::{Record, field};

/// The facts of a case, each of its contract's type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(pub Record);

impl Facts {
    /// Whether the fact is known.
    #[must_use]
    pub fn has(&self, name: &FieldName) -> bool {
        field(&self.0, name).is_some()
    }
}
