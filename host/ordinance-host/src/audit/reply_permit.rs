//! The proof that a reply may be sent. Only this wing makes one: after the record is written, or for a simulation,
//! which leaves no record.

use uuid::Uuid;

use crate::audit::mode::Mode;

/// The proof that a decision or a disclosure was recorded, or that it is a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyPermit {
    Recorded(RecordId, Mode),
    Simulation(RecordExemption),
}

/// The id of a record that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordId(Uuid);

/// A simulation has no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordExemption(());

impl ReplyPermit {
    pub(super) fn recorded(id: Uuid, mode: Mode) -> Self {
        Self::Recorded(RecordId(id), mode)
    }

    /// The permit of a simulation, which leaves no record.
    pub(crate) fn simulation() -> Self {
        Self::Simulation(RecordExemption(()))
    }

    /// The permit of a decision in a mode that leaves no record; `None` in another.
    pub(crate) fn of_unrecorded(mode: Mode) -> Option<Self> {
        match mode {
            Mode::Simulation => Some(Self::simulation()),
            Mode::Official | Mode::PastLaw => None,
        }
    }

    /// The id of the record; `None` for a simulation.
    pub(crate) fn id(&self) -> Option<Uuid> {
        match self {
            Self::Recorded(RecordId(id), _) => Some(*id),
            Self::Simulation(_) => None,
        }
    }

    pub(crate) fn mode(&self) -> Mode {
        match self {
            Self::Recorded(_, mode) => *mode,
            Self::Simulation(_) => Mode::Simulation,
        }
    }
}
