//! A branch of a component: a way out of a place where its code may go on in several.

/// A way out of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Which function of the module, by its place in the code section.
    pub function: usize,
    /// Where in the function's body the branch stands, in bytes.
    pub offset: usize,
    /// Which way.
    pub taken: BranchDirection,
}

/// Which way out of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchDirection {
    /// The condition held.
    Yes,
    /// It didn't.
    No,
    /// The branch of this number of several.
    Case(usize),
    /// None of those with a number.
    Otherwise,
}

impl std::fmt::Display for BranchDirection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Yes => f.write_str("its condition never holds"),
            Self::No => f.write_str("its condition always holds"),
            Self::Case(number) => write!(f, "of the several ways on from here, number {} is never taken", number + 1),
            Self::Otherwise => f.write_str("of the several ways on from here, the last is never taken"),
        }
    }
}
