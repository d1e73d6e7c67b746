//! A part of a whole.

/// How many of some things have a property, such as points that are covered or mutants that are killed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// The number of those that have the property.
    pub part: usize,
    /// The number of all.
    pub whole: usize,
}

impl Share {
    /// The share in percent, rounded down; 100 if there are none at all.
    #[must_use]
    pub fn percent(self) -> usize {
        (self.part * 100).checked_div(self.whole).unwrap_or(100)
    }
}

impl std::iter::Sum for Share {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self::default(), |sum, share| Self { part: sum.part + share.part, whole: sum.whole + share.whole })
    }
}
