//! The trees of places as they were known over time. A change of places that is published later doesn't count for who
//! didn't know of it.

use crate::calendar::{Date, PublicationPeriod};
use crate::jurisdiction::{Jurisdiction, JurisdictionTreeError, Jurisdictions};

/// The most days on which what is known of places changes. Each has trees of its own in memory.
pub const PUBLICATIONS_MAX: usize = 64;

/// A period of a place, and the days on which it counts as known.
#[derive(Debug, Clone)]
pub struct PublishedPeriod {
    pub publication: PublicationPeriod,
    pub place: Jurisdiction,
}

/// The trees of places, each with the first day on which they were known so.
#[derive(Debug, Clone)]
pub struct PlaceHistory {
    /// What was known before any publication.
    first: Jurisdictions,
    /// What is known from each day of publication on, earliest first.
    later: Vec<(Date, Jurisdictions)>,
}

/// Why a list of published periods makes no trees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceHistoryError {
    /// On some day the known periods make no trees.
    #[error("{error}{}", known_from(*.from))]
    Trees {
        /// The first day on which they are known; [`Date::MIN`] for those known before any publication.
        from: Date,
        error: JurisdictionTreeError,
    },
    /// What is known of places changes too often.
    #[error(
        "what is known of the places changes on {0} days; give changes that belong together the same `published`, so that there are at most {PUBLICATIONS_MAX}"
    )]
    TooManyPublications(usize),
}

fn known_from(day: Date) -> String {
    if day == Date::MIN { String::new() } else { format!(", as the places are known from {day} on") }
}

impl PlaceHistory {
    /// Makes the trees of every day on which what is known changes.
    ///
    /// # Errors
    /// [`PlaceHistoryError`] if the periods that are known on some day make no trees.
    pub fn new(list: &[PublishedPeriod]) -> Result<Self, PlaceHistoryError> {
        let mut days: Vec<Date> = list.iter().flat_map(|period| period.publication.days()).collect();
        days.sort_unstable();
        days.dedup();
        if days.len() > PUBLICATIONS_MAX {
            return Err(PlaceHistoryError::TooManyPublications(days.len()));
        }
        let trees = |from: Date| {
            let known = list.iter().filter(|period| period.publication.covers(from));
            let known = known.map(|period| period.place.clone()).collect();
            Jurisdictions::new(known).map_err(|error| PlaceHistoryError::Trees { from, error })
        };
        let later = days.into_iter().map(|day| Ok((day, trees(day)?))).collect::<Result<_, _>>()?;
        Ok(Self { first: trees(Date::MIN)?, later })
    }

    /// The trees as they are known on a day.
    #[must_use]
    pub fn known_at(&self, day: Date) -> &Jurisdictions {
        self.later.iter().rev().find(|(from, _)| *from <= day).map_or(&self.first, |(_, trees)| trees)
    }

    /// The trees once all that is announced is published.
    #[must_use]
    pub fn all_published(&self) -> &Jurisdictions {
        self.known_at(Date::MAX)
    }

    /// The trees of all times, earliest first.
    pub fn trees(&self) -> impl Iterator<Item = &Jurisdictions> {
        [&self.first].into_iter().chain(self.later.iter().map(|(_, trees)| trees))
    }

    /// The days on which what is known changes, earliest first.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        self.later.iter().map(|(day, _)| *day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DateRange;
    use crate::jurisdiction::JurisdictionCode;
    use crate::titles::Titles;
    use jiff::civil::date;

    fn code(text: &str) -> JurisdictionCode {
        JurisdictionCode::new(text).unwrap()
    }

    fn period(own: &str, until: Option<Date>, published: Option<Date>, withdrawn: Option<Date>) -> PublishedPeriod {
        let place = Jurisdiction {
            code: code(own),
            parent: None,
            period: DateRange::new(Date::MIN, until).unwrap(),
            successors: until.map(|_| code("B")).into_iter().collect(),
            names: Titles::default(),
            time_zone: None,
        };
        PublishedPeriod { publication: PublicationPeriod { published, withdrawn }, place }
    }

    #[test]
    fn a_merger_counts_for_who_knows_of_it() {
        let (decided, merged) = (date(2018, 12, 26), date(2019, 1, 1));
        let history = PlaceHistory::new(&[
            period("A", None, None, Some(decided)),
            period("A", Some(merged), Some(decided), None),
            period("B", None, None, None),
        ])
        .unwrap();
        let place = |known_at| {
            let chain = history.known_at(known_at).chain(&code("A"), date(2019, 6, 1)).unwrap();
            chain.place().unwrap().to_string()
        };
        assert_eq!(place(date(2018, 12, 25)), "A");
        assert_eq!(place(decided), "B");
        assert_eq!(place(Date::MAX), "B");
        assert_eq!(history.days().collect::<Vec<_>>(), [decided]);
    }

    #[test]
    fn two_periods_of_one_code_that_are_known_at_once_are_refused_with_the_day() {
        let decided = date(2018, 12, 26);
        let twice = [period("A", None, None, None), period("A", None, Some(decided), None)];
        let error = PlaceHistory::new(&twice).unwrap_err().to_string();
        assert!(error.ends_with(", as the places are known from 2018-12-26 on"), "{error}");
    }
}
