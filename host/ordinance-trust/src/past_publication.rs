//! What metadata of the past show of a rule that decided.

use jiff::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;

/// What metadata show of a rule that decided at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastPublication {
    /// The authority had published it and was delegated then.
    Shown,
    /// The same, but the metadata are of before they said when they were signed.
    Undated,
    /// It was taken back before. A reader may have kept what it had until that lapsed.
    Ended {
        /// What was taken back.
        word: EndedWord,
        /// When.
        until: Timestamp,
    },
    /// It can't be shown, since a part of the past can't be read.
    NotShown {
        /// What can't be read, and why.
        reasons: Vec<String>,
    },
    /// Every version that listed it had lapsed by then, so nobody could use it.
    Lapsed {
        /// What had lapsed.
        word: EndedWord,
        /// When.
        lapsed: Timestamp,
    },
    /// It was listed only afterwards.
    NotYet {
        /// What was listed.
        word: EndedWord,
        /// When.
        from: Timestamp,
    },
    /// The authority never published it, or wasn't ever delegated, or the place is neither its own nor below.
    Never,
}

/// What an authority lists, and takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndedWord {
    /// The rule.
    Rule,
    /// The delegation of who published it, or of an authority above that.
    Delegation {
        /// Who was delegated.
        of: JurisdictionCode,
        /// Who delegated it.
        by: Option<JurisdictionCode>,
    },
}

impl PastPublication {
    /// The less it shows the higher.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Shown => 0,
            Self::Undated => 1,
            Self::Ended { .. } => 2,
            Self::NotShown { .. } => 3,
            Self::Lapsed { .. } => 4,
            Self::NotYet { .. } => 5,
            Self::Never => 6,
        }
    }

    /// Whether the record contradicts what is known.
    pub(crate) fn is_fault(&self) -> bool {
        match self {
            Self::Lapsed { .. } | Self::NotYet { .. } | Self::Never => true,
            Self::Shown | Self::Undated | Self::Ended { .. } | Self::NotShown { .. } => false,
        }
    }
}
