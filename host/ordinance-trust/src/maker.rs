//! Which authority makes the law of a place.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};

/// The authority that makes the law of a place on a day: its own, or else the nearest above it. `find` knows the
/// authorities by place. One that was above the place before, or will be, makes no law of it.
pub(crate) fn maker_of<'a>(
    place: &JurisdictionCode,
    find: impl Fn(&JurisdictionCode) -> Option<&'a JurisdictionCode>,
    places: &Jurisdictions,
    day: Date,
) -> Option<&'a JurisdictionCode> {
    places.levels_on(place, day).into_iter().find_map(find)
}

/// Whether a place is another one or lies below it on a day.
pub(crate) fn is_within(place: &JurisdictionCode, upper: &JurisdictionCode, places: &Jurisdictions, day: Date) -> bool {
    places.levels_on(place, day).contains(&upper)
}

/// The day on which who lies below whom counts for a moment, in UTC.
pub(crate) fn day_of(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}
