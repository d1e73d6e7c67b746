//! A part of a whole.

/// A number of items out of a whole, such as covered points or killed mutants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// The number of items that count, at most `whole`.
    pub part: usize,
    /// The number of all items.
    pub whole: usize,
}

impl Share {
    /// The share in percent, rounded down; 100 if the whole is 0.
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
