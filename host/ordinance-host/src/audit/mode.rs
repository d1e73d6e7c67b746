//! Whether a request is answered officially or as a simulation.

/// Whether the answer binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It binds, and is recorded before it is sent.
    Official,
    /// It binds nobody and leaves no record.
    Simulation,
}

impl Mode {
    pub(crate) const ALL: [Self; 2] = [Self::Official, Self::Simulation];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Simulation => "simulation",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}
