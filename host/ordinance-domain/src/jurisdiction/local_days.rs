//! The day that it is in a place. A moment comes from outside; the time zone is the place's own, or that of the nearest
//! place above it that names one.

use crate::calendar::{Date, TimeZone, Timestamp};

use super::{JurisdictionCode, Jurisdictions, LEVELS_MAX};

/// The day that it is at one moment in each time zone of the trees, and in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalDays {
    utc: Date,
    /// In the order of the trees' time zones.
    by_zone: Vec<Date>,
}

impl LocalDays {
    /// The day in UTC, by which places without a time zone count.
    #[must_use]
    pub fn utc(&self) -> Date {
        self.utc
    }

    /// Whether it is this day somewhere.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.utc == day || self.by_zone.contains(&day)
    }
}

fn day_in(zone: &TimeZone, moment: Timestamp) -> Date {
    zone.to_datetime(moment).date()
}

impl Jurisdictions {
    pub(super) fn add_time_zone(&mut self, zone: Option<&TimeZone>) {
        if let Some(zone) = zone.filter(|zone| !self.time_zones.contains(zone)) {
            self.time_zones.push(zone.clone());
        }
    }

    /// The day in each time zone at a moment.
    #[must_use]
    pub fn local_days(&self, moment: Timestamp) -> LocalDays {
        let by_zone = self.time_zones.iter().map(|zone| day_in(zone, moment)).collect();
        LocalDays { utc: day_in(&TimeZone::UTC, moment), by_zone }
    }

    /// The day that it is in the place of a code at a moment. Without a time zone up its tree it is that in UTC.
    #[must_use]
    pub fn day_at(&self, code: &JurisdictionCode, moment: Timestamp) -> Date {
        let utc = day_in(&TimeZone::UTC, moment);
        self.time_zone(code, utc).map_or(utc, |zone| day_in(zone, moment))
    }

    /// The same among days that were computed before.
    #[must_use]
    pub fn day_of(&self, code: &JurisdictionCode, days: &LocalDays) -> Date {
        let zone = self.time_zone(code, days.utc);
        let index = zone.and_then(|zone| self.time_zones.iter().position(|known| known == zone));
        index.and_then(|index| days.by_zone.get(index)).copied().unwrap_or(days.utc)
    }

    /// Every code, in order.
    pub fn codes(&self) -> impl Iterator<Item = &JurisdictionCode> {
        self.by_code.keys()
    }

    /// The time zone by which the days of a place count, as the trees are on a day. A code that names no place then
    /// stands for the place that has its role, or else for its latest period. `None` if no place up its tree has one.
    #[must_use]
    pub fn time_zone(&self, code: &JurisdictionCode, day: Date) -> Option<&TimeZone> {
        let mut at = self.resolve(code, day).ok().or_else(|| self.latest(code));
        for _ in 0..LEVELS_MAX {
            let place = at?;
            if place.time_zone.is_some() {
                return place.time_zone.as_ref();
            }
            at = place.parent.as_ref().and_then(|parent| self.on(parent, day).or_else(|| self.latest(parent)));
        }
        None
    }
}
