//! Texts of JSON without a string in between: what can be displayed is written straight into the buffer.

use std::fmt::Display;

use serde::{Serialize, Serializer};

/// A value that travels as the text by which it is displayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
