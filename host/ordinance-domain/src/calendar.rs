//! Dates and intervals of validity. It owns when something is in force and must never ask what day it is.

/// A civil date; the host's side of the `date` record of the interface.
pub use jiff::civil::Date;

/// The days on which something is in force: from the first day, up to but not including `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    from: Date,
    until: Option<Date>,
}

/// An interval that ends before it begins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("in force until {until}, which is not after its first day {from}")]
pub struct EmptyInterval {
    from: Date,
    until: Date,
}

impl InForce {
    /// An interval from `from` (in force on that day) until `until` (no longer in force on that day).
    ///
    /// # Errors
    /// [`EmptyInterval`] if no day lies in it.
    pub fn new(from: Date, until: Option<Date>) -> Result<Self, EmptyInterval> {
        match until {
            Some(until) if until <= from => Err(EmptyInterval { from, until }),
            Some(_) | None => Ok(Self { from, until }),
        }
    }

    /// The first day.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// The first day on which it is no longer in force.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        self.until
    }

    /// Whether it is in force on the day.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// Whether some day lies in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from < until) && other.until.is_none_or(|until| self.from < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_last_day_belongs_to_the_next_version() {
        let old = InForce::new(date(2020, 1, 1), Some(date(2026, 1, 1))).unwrap();
        let new = InForce::new(date(2026, 1, 1), None).unwrap();
        assert!(old.contains(date(2025, 12, 31)) && !old.contains(date(2026, 1, 1)));
        assert!(new.contains(date(2026, 1, 1)));
        assert!(!old.overlaps(&new) && !new.overlaps(&old));
        assert!(new.overlaps(&new));
        assert!(InForce::new(date(2026, 1, 1), Some(date(2026, 1, 1))).is_err());
    }
}
