//! The levels above a place on a day, also of a place that isn't there on the day.

use super::{JurisdictionCode, Jurisdictions, LEVELS_MAX};
use crate::calendar::Date;

impl Jurisdictions {
    /// A place and those above it as they are on a day, the nearest first; of a place that isn't there on the day as
    /// they were in its last period, or will be in its first. Nothing for an unknown code.
    #[must_use]
    pub fn levels_on(&self, code: &JurisdictionCode, day: Date) -> Vec<&JurisdictionCode> {
        let nearest = |code: &JurisdictionCode| {
            let periods = self.periods_of(code);
            let begun = periods.iter().rfind(|period| period.period.from() <= day);
            begun.or_else(|| periods.first())
        };
        let first = nearest(code);
        let levels = std::iter::successors(first, |place| nearest(place.parent.as_ref()?));
        levels.take(LEVELS_MAX).map(|place| &place.code).collect()
    }
}
