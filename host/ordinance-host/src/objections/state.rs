//! How objections stand.

use ordinance_domain::calendar::Date;
use ordinance_receipt::objection::ObjectionNotice;
use serde::Serialize;

/// How an objection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectionState {
    /// The authority has time to answer.
    Received,
    /// The authority hasn't answered in time.
    Overdue,
    /// The authority has answered.
    Answered,
}

impl ObjectionState {
    pub(crate) fn of(notice: &ObjectionNotice, today: Date) -> Self {
        match (&notice.answered, notice.is_overdue(today)) {
            (Some(_), _) => Self::Answered,
            (None, true) => Self::Overdue,
            (None, false) => Self::Received,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Overdue => "overdue",
            Self::Answered => "answered",
        }
    }
}

/// How many objections are kept in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ObjectionCounts {
    pub(crate) received: usize,
    pub(crate) overdue: usize,
    pub(crate) answered: usize,
    /// Those whose notice can't be read.
    pub(crate) unreadable: usize,
}

impl ObjectionCounts {
    pub(crate) fn add(&mut self, state: ObjectionState) {
        match state {
            ObjectionState::Received => self.received += 1,
            ObjectionState::Overdue => self.overdue += 1,
            ObjectionState::Answered => self.answered += 1,
        }
    }

    pub(crate) fn total(self) -> usize {
        self.received + self.overdue + self.answered + self.unreadable
    }
}
