//! Which authority makes the law of a place.

use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions, LEVELS_MAX};

/// The authority that makes the law of a place: its own, or else the nearest above it by the latest period of each
/// place. Of those that were above it only on earlier days the first by code. `find` knows the authorities by place.
pub(crate) fn maker_of<'a>(
    place: &JurisdictionCode,
    find: impl Fn(&JurisdictionCode) -> Option<&'a JurisdictionCode>,
    places: &Jurisdictions,
) -> Option<&'a JurisdictionCode> {
    let mut at = Some(place);
    for _ in 0..LEVELS_MAX {
        let Some(level) = at else { break };
        if let Some(authority) = find(level) {
            return Some(authority);
        }
        at = places.latest(level).and_then(|period| period.parent.as_ref());
    }
    places.ever_above(place).into_iter().filter_map(find).min()
}

/// Whether a place is another one or was ever below it.
pub(crate) fn is_within(place: &JurisdictionCode, upper: &JurisdictionCode, places: &Jurisdictions) -> bool {
    place == upper || places.ever_above(place).contains(&upper)
}
