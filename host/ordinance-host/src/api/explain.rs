//! How much a reply explains. A portal that shows only the outcome spares itself and the host the rest; what is decided
//! and recorded is the same.

/// How much a reply explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Explain {
    /// What is decided and by which law: no reasons.
    None,
    /// Also who decided, and each finding by its id.
    Short,
    /// Everything, with titles, provisions, numbers and rulings on facts.
    #[default]
    Full,
}

impl Explain {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::Short, Self::Full];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Short => "short",
            Self::Full => "full",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|explain| explain.as_str() == word)
    }
}
