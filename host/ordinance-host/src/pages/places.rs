//! The day that pages about no one place are of.

use ordinance_domain::calendar::LawDay;
use ordinance_engine::Rulebook;

use crate::clock::now;

/// The day in UTC now, for what is about no one place.
pub(crate) fn utc_today(rulebook: &Rulebook) -> LawDay {
    let now = now();
    let today = rulebook.jurisdictions_now(now).local_days(now).utc();
    LawDay { as_of: today, known_at: today }
}
