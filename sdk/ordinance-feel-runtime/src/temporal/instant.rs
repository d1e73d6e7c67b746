//! Points in time: their order and their distance.

use super::types::{Date, DateTime, DaysDuration, Offset, Time};

pub(super) const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

impl Time {
    /// The time of a number of nanoseconds after midnight, which may be on another day.
    #[must_use]
    pub fn from_nanoseconds(nanoseconds: i128, offset: Offset) -> Self {
        Self { nanoseconds: split_days(nanoseconds).1, offset }
    }

    /// How much later this is than another time of the same day. `None` if one of them has an offset and the other has
    /// none, or if they are in different zones, since no data of zones are at hand.
    #[must_use]
    pub fn since(&self, other: &Self) -> Option<DaysDuration> {
        let east = offset_between(&self.offset, &other.offset)?;
        Some(DaysDuration(i128::from(self.nanoseconds) - i128::from(other.nanoseconds) - i128::from(east) * SECOND))
    }

    /// The time so much later, on whatever day.
    #[must_use]
    pub fn plus(&self, duration: DaysDuration) -> Self {
        // Both are reduced to a day first, so that no sum is too large.
        let within_day = split_days(duration.0).1;
        Self::from_nanoseconds(i128::from(self.nanoseconds) + i128::from(within_day), self.offset.clone())
    }
}

impl DateTime {
    /// The beginning of a day in UTC.
    #[must_use]
    pub fn midnight_utc(date: Date) -> Self {
        Self { date, time: Time { nanoseconds: 0, offset: Offset::Seconds(0) } }
    }

    /// How much later this is than another one; `None` as for [`Time::since`].
    #[must_use]
    pub fn since(&self, other: &Self) -> Option<DaysDuration> {
        let days = self.date.to_days() - other.date.to_days();
        Some(DaysDuration(i128::from(days) * DAY + self.time.since(&other.time)?.0))
    }

    /// The point so much later; `None` beyond the limits of years.
    #[must_use]
    pub fn plus(&self, duration: DaysDuration) -> Option<Self> {
        let total = duration.0.checked_add(i128::from(self.time.nanoseconds))?;
        let (days, nanoseconds) = split_days(total);
        let date = Date::from_days(self.date.to_days().checked_add(i64::try_from(days).ok()?)?)?;
        Some(Self { date, time: Time { nanoseconds, offset: self.time.offset.clone() } })
    }
}

impl Date {
    /// The day on which it is so much later than at the beginning of this day.
    #[must_use]
    pub fn plus(self, duration: DaysDuration) -> Option<Self> {
        let (days, _) = split_days(duration.0);
        Self::from_days(self.to_days().checked_add(i64::try_from(days).ok()?)?)
    }
}

/// Whole days, down, and the nanoseconds of the last one.
fn split_days(nanoseconds: i128) -> (i128, u64) {
    (nanoseconds.div_euclid(DAY), nanoseconds.rem_euclid(DAY) as u64)
}

/// How many seconds the first offset is further east than the second one.
fn offset_between(left: &Offset, right: &Offset) -> Option<i32> {
    match (left, right) {
        (Offset::Local, Offset::Local) => Some(0),
        (Offset::Zone(left), Offset::Zone(right)) if left == right => Some(0),
        (left, right) => Some(left.seconds()? - right.seconds()?),
    }
}
