//! The faults of rows that aren't compared.

use std::collections::BTreeMap;

/// The most different faults that are kept: the first ones by their text. Of further ones there is only their number.
const FAULTS_MAX: usize = 20;

/// The faults of rows, each with the first row that has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "files", derive(serde::Serialize, serde::Deserialize))]
pub struct RowFaults {
    faults: BTreeMap<String, RowFault>,
    /// The number of rows with faults that aren't kept.
    others: u64,
}

/// A fault of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "files", derive(serde::Serialize, serde::Deserialize))]
pub struct RowFault {
    /// The first row of the population that has it, from 0.
    pub first: u64,
    /// The number of rows that have it.
    pub rows: u64,
}

impl RowFaults {
    pub(crate) fn add(&mut self, row: u64, message: &str) {
        self.merge_fault(message, RowFault { first: row, rows: 1 });
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.faults.iter().for_each(|(message, fault)| self.merge_fault(message, *fault));
        self.others = self.others.saturating_add(other.others);
    }

    fn merge_fault(&mut self, message: &str, fault: RowFault) {
        if let Some(known) = self.faults.get_mut(message) {
            known.first = known.first.min(fault.first);
            known.rows = known.rows.saturating_add(fault.rows);
            return;
        }
        self.faults.insert(message.to_owned(), fault);
        // The first messages are kept, whatever the order in which they come.
        if self.faults.len() > FAULTS_MAX
            && let Some((_, last)) = self.faults.pop_last()
        {
            self.others = self.others.saturating_add(last.rows);
        }
    }

    /// Each fault in the order of first rows.
    #[must_use]
    pub fn by_row(&self) -> Vec<(&str, RowFault)> {
        let mut faults: Vec<(&str, RowFault)> =
            self.faults.iter().map(|(message, fault)| (&**message, *fault)).collect();
        faults.sort_by_key(|(_, fault)| fault.first);
        faults
    }

    /// The number of rows with faults that aren't among those.
    #[must_use]
    pub fn others(&self) -> u64 {
        self.others
    }
}
