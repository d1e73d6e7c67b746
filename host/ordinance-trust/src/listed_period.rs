//! The times for which versions of metadata listed something.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// How much later than a decision a rule may say that it was published or approved: the clocks of two machines differ.
pub(crate) const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

/// The time for which a repository listed something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListedPeriod {
    /// The first moment, if the metadata say it.
    pub(crate) from: Option<Timestamp>,
    /// Whether a later version lists it no longer.
    pub(crate) has_ended: bool,
    /// When that version was signed, if it says so.
    pub(crate) until: Option<Timestamp>,
    /// The moment from which no reader uses any of the versions that list it, if their snapshots are there.
    pub(crate) lapsed: Option<Timestamp>,
}

/// Ends the periods of what is listed no longer, and begins those of what is new. `named` has the first moment of each
/// thing that the version lists.
pub(crate) fn go_on<K: Ord + Clone>(
    open: &mut BTreeMap<K, ListedPeriod>,
    named: &BTreeMap<K, Option<Timestamp>>,
    (signed_at, lapsed): (Option<Timestamp>, Option<Timestamp>),
    past: &mut BTreeMap<K, Vec<ListedPeriod>>,
) {
    for (key, ended) in open.extract_if(.., |key, _| !named.contains_key(key)) {
        let ended = ListedPeriod { has_ended: true, until: signed_at, ..ended };
        past.entry(key).or_default().push(ended);
    }
    for (key, from) in named {
        match open.get_mut(key) {
            // What one snapshot doesn't show isn't known of the whole.
            Some(period) => period.lapsed = period.lapsed.zip(lapsed).map(|(a, b)| a.max(b)),
            None => {
                let period = ListedPeriod { from: *from, lapsed, ..ListedPeriod::default() };
                open.insert(key.clone(), period);
            }
        }
    }
}
