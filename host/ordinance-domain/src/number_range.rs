//! A range of numbers.

use std::fmt;

use crate::value::{Decimal, Value};

/// A range of numbers, both ends included, with a limit on the digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumberRange {
    pub min: Decimal,
    pub max: Decimal,
    /// The most digits after the point.
    pub scale: u32,
}

impl NumberRange {
    /// Whether a value is one of these numbers, or none at all.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        value.number().is_none_or(|number| {
            (self.min..=self.max).contains(&number)
                && (number.scale() <= self.scale || number.normalize().scale() <= self.scale)
        })
    }
}

impl fmt::Display for NumberRange {
    /// `numbers below MIN or above MAX, or with more than N decimals`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, max, scale } = self;
        write!(f, "numbers below {} or above {}", min.normalize(), max.normalize())?;
        if *scale > 0 { write!(f, ", or with more than {scale} decimals") } else { Ok(()) }
    }
}
