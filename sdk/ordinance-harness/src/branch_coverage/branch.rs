//! A branch of a component: one of the directions of a conditional operator.

/// A direction of a conditional operator in a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The index of the function in the code section.
    pub function: usize,
    /// The offset of the branching operator in the function's body, in bytes.
    pub offset: usize,
    /// The direction that the branch takes.
    pub direction: BranchDirection,
}

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
    /// The gap, if no case takes the branch.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Yes => f.write_str("its condition never holds"),
            Self::No => f.write_str("its condition always holds"),
            Self::Case(number) => write!(f, "case {} of this match is never taken", number + 1),
            Self::Otherwise => f.write_str("the default of this match is never taken"),
        }
    }
}
