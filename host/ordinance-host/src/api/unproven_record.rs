//! Why the host proves no record: each reason with what to send instead.

/// Why the host proves no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnprovenRecordError {
    /// The log has no such record, or not where the host looks for it.
    NotFound,
    /// The record of the number that was sent has another id.
    OtherId { index: u64 },
    /// The record of the number has another hash than the one that was sent.
    OtherLeaf { index: u64 },
    /// The record of the number isn't that of a receipt.
    NotOfReceipt { index: u64 },
    /// The host no longer has the line of the record, so it can't tell whose id it has.
    NotCompared { index: u64 },
}

impl UnprovenRecordError {
    /// What is wrong; `None` where the kind of the problem says it all.
    pub(crate) fn detail(self) -> Option<String> {
        match self {
            Self::NotFound => None,
            Self::OtherId { index } => Some(format!(
                "the record {index} of this log isn't that of this id: send the `log.index` of its receipt, or no `index`"
            )),
            Self::OtherLeaf { index } => Some(format!(
                "the record {index} of this log has another hash than `leaf`: send `log.index` and the hash of the record \
                 as its receipt has them, and ask the host whose log it is"
            )),
            Self::NotOfReceipt { index } => Some(format!(
                "this host's log has another record {index} than the receipt, or none: send the receipt unchanged to the \
                 host that handed it out"
            )),
            Self::NotCompared { index } => Some(format!(
                "this id isn't in the file that the decision log writes now, so the host can't tell whether the record \
                 {index} is its own: send also `&leaf=` and the hash of the record, as on the page of the receipt (SHA-256 \
                 of a zero byte and its `leaf`)"
            )),
        }
    }
}
