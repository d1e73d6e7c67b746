//! The faults of a file's rows. A fault that many rows have is told once, at the first, with their number.

use ordinance_harness::FilePlace;

use crate::count::counted;

/// The number of different faults that are told; further ones are only counted.
const KINDS_MAX: usize = 20;

/// A fault of one or more rows.
pub(crate) struct Fault {
    /// Where it is first.
    pub(crate) place: FilePlace,
    /// The name of the first case that has it.
    pub(crate) case: String,
    message: String,
    /// The line or row of the last.
    last: usize,
    more: usize,
}

/// The faults so far.
#[derive(Default)]
pub(crate) struct Faults {
    kinds: Vec<Fault>,
    /// The rows with a fault of yet another kind.
    others: usize,
}

impl Faults {
    /// Adds a fault of a case. Two are the same if they have the same message in the same column.
    pub(crate) fn add(&mut self, place: FilePlace, case: &str, message: &str) {
        let is_same = |fault: &&mut Fault| fault.place.column == place.column && fault.message == message;
        if let Some(fault) = self.kinds.iter_mut().find(is_same) {
            fault.more += 1;
            fault.last = place.line;
        } else if self.kinds.len() < KINDS_MAX {
            let (case, message) = (case.to_owned(), message.to_owned());
            self.kinds.push(Fault { place, case, message, last: place.line, more: 0 });
        } else {
            self.others += 1;
        }
    }

    /// The different faults, each at its first row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.kinds.iter()
    }

    /// How many further rows have faults of further kinds, in words. `None` if there are none.
    pub(crate) fn others(&self) -> Option<String> {
        (self.others > 0).then(|| format!("{} of further kinds", counted(self.others, "fault", "faults")))
    }
}

impl Fault {
    /// The fault, and how many more rows have it.
    pub(crate) fn told(&self) -> String {
        let unit = self.place.unit();
        match self.more {
            0 => self.message.clone(),
            more => {
                let rows = counted(more, &format!("more {unit}"), &format!("more {unit}s"));
                format!("{} (and {rows}, to {unit} {})", self.message, self.last)
            }
        }
    }
}
