//! The budget of a search for the missing facts that matter.

/// The limits of a search.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// The largest number of evaluations of the law.
    pub evaluations: u32,
    /// The fuel of all rules together, in units of the sandbox.
    pub fuel: u64,
}

impl Default for Budget {
    /// The limits for one decision.
    fn default() -> Self {
        Self { evaluations: 1_200, fuel: 100_000_000 }
    }
}

impl Budget {
    /// An equal share for each of several cases, at most the default of one decision.
    #[must_use]
    pub fn share(self, cases: usize) -> Self {
        let one = Self::default();
        let cases = cases.max(1);
        let evaluations = self.evaluations / u32::try_from(cases).unwrap_or(u32::MAX);
        let fuel = self.fuel / u64::try_from(cases).unwrap_or(u64::MAX);
        Self { evaluations: evaluations.min(one.evaluations), fuel: fuel.min(one.fuel) }
    }

    /// Whether it is used up, so that the search ended early.
    pub(crate) fn is_spent(&self) -> bool {
        self.evaluations == 0 || self.fuel == 0
    }
}
