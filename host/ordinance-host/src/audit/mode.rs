//! Whether a request is answered officially or as a simulation.

/// Whether the answer binds, and whether it leaves a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It binds, and is recorded before it is sent.
    Official,
    /// It binds nobody and leaves no record.
    Simulation,
    /// It binds nobody. The privacy law of a past day alone rules on it, so it is recorded before it is sent.
    PastLaw,
}

impl Mode {
    /// The modes that a request may name.
    pub(crate) const REQUESTED: [Self; 2] = [Self::Official, Self::Simulation];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Simulation => "simulation",
            Self::PastLaw => "past-law",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::REQUESTED.into_iter().find(|mode| mode.as_str() == word)
    }
}
