//! A branch of a component: one of the ways in which its code goes on after a decision.

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The index of the function in the code section.
    pub function: usize,
    /// The offset of the branching operator in the function's body, in bytes.
    pub offset: usize,
    /// Which of the operator's branches it is.
    pub direction: BranchDirection,
}

/// Which of an operator's branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchDirection {
    /// The condition holds.
    Yes,
    /// The condition doesn't hold.
    No,
    /// The target of this index in a table.
    Case(usize),
    /// The default of a table.
    Otherwise,
}

impl std::fmt::Display for BranchDirection {
    /// What never happens if the branch is never taken.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Yes => f.write_str("its condition never holds"),
            Self::No => f.write_str("its condition always holds"),
            Self::Case(number) => write!(f, "of the several ways on from here, number {} is never taken", number + 1),
            Self::Otherwise => f.write_str("of the several ways on from here, the last is never taken"),
        }
    }
}
