//! Jurisdictions and the chain from a nation down to a county. This module owns the trees of places over time; it
//! must never know the rules of a place.

mod levels;
pub mod local_days;

use std::collections::BTreeMap;
use std::fmt;

use crate::calendar::{Date, DateRange, TimeZone};
use crate::name::{listed, shortened};
use crate::short_text::ShortText;
use crate::titles::Titles;

/// The code of a place that makes law: GB/T 2260 behind `CN-`, ISO 3166-2, NUTS and the like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JurisdictionCode(ShortText);

/// A text is not a jurisdiction code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a jurisdiction code: use upper-case ASCII letters, digits and single hyphens, at most 32, such as \
     `CN-4403`"
)]
pub struct CodeError(String);

impl JurisdictionCode {
    /// Parses a code: parts of upper-case letters and digits, with single hyphens between them, at most 32 bytes.
    ///
    /// # Errors
    /// [`CodeError`] says what a code looks like.
    pub fn new(code: &str) -> Result<Self, CodeError> {
        if code.len() <= 32 && code.split('-').all(is_code_part) {
            Ok(Self(ShortText::new(code)))
        } else {
            Err(CodeError(shortened(code)))
        }
    }

    /// The code, such as `CN-4403`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn is_code_part(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

impl fmt::Display for JurisdictionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One period in the life of a place that makes law. A place that gets another name or parent has several periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jurisdiction {
    /// The code of the place; it may have several periods.
    pub code: JurisdictionCode,
    /// The place above; `None` for the top of a tree.
    pub parent: Option<JurisdictionCode>,
    /// The days of the period.
    pub period: DateRange,
    /// The places that take over its role when it ends; empty if it goes on, or ends without a successor.
    pub successors: Vec<JurisdictionCode>,
    /// The names of the place in the period.
    pub names: Titles,
    /// The time zone of its days; `None` if it is that of the place above.
    pub time_zone: Option<TimeZone>,
}

/// The trees of jurisdictions over time. Every parent exists on every day on which a child does, and there is no cycle.
#[derive(Debug, Clone, Default)]
pub struct Jurisdictions {
    by_code: BTreeMap<JurisdictionCode, Vec<Jurisdiction>>,
    children: BTreeMap<JurisdictionCode, Vec<JurisdictionCode>>,
    predecessors: BTreeMap<JurisdictionCode, Vec<JurisdictionCode>>,
    /// The time zones that places name, each once.
    time_zones: Vec<TimeZone>,
}

/// Why a list of periods makes no trees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JurisdictionTreeError {
    /// Two periods of one code share a day.
    #[error(
        "jurisdiction `{0}` is listed twice for the same days; give one line an `until`, or the other a later `from`"
    )]
    Twice(JurisdictionCode),
    /// The list lacks a parent.
    #[error("the parent `{parent}` of jurisdiction `{code}` is not listed")]
    NoParent {
        /// The code of the place.
        code: JurisdictionCode,
        /// The code of its parent.
        parent: JurisdictionCode,
    },
    /// A parent doesn't exist on a day on which its child does.
    #[error(
        "the parent `{parent}` of jurisdiction `{code}` doesn't exist on {day}; give the line of `{code}` an `until` \
         and write another for the days after"
    )]
    ParentNotThere {
        /// The code of the place.
        code: JurisdictionCode,
        /// The code of its parent.
        parent: JurisdictionCode,
        /// The first such day.
        day: Date,
    },
    /// A successor doesn't exist on the day on which the place ends.
    #[error(
        "the successor `{successor}` of jurisdiction `{code}` doesn't exist on {day}, the day on which `{code}` is no \
         more"
    )]
    NoSuccessor {
        /// The code of the place.
        code: JurisdictionCode,
        /// The code of its successor.
        successor: JurisdictionCode,
        /// The first day after the place.
        day: Date,
    },
    /// A place names a successor although it doesn't end.
    #[error("jurisdiction `{0}` names a successor and no `until`")]
    SuccessorWithoutEnd(JurisdictionCode),
    /// A place is its own ancestor, or its chain is longer than [`LEVELS_MAX`].
    #[error("jurisdiction `{0}` has a cycle above it, or more than {LEVELS_MAX} levels")]
    Cycle(JurisdictionCode),
}

impl JurisdictionTreeError {
    /// The code of the place that the error is about.
    #[must_use]
    pub fn code(&self) -> &JurisdictionCode {
        match self {
            Self::Twice(code)
            | Self::NoParent { code, .. }
            | Self::ParentNotThere { code, .. }
            | Self::NoSuccessor { code, .. }
            | Self::SuccessorWithoutEnd(code)
            | Self::Cycle(code) => code,
        }
    }
}

/// The longest chain, in levels, with the top.
pub const LEVELS_MAX: usize = 8;

/// The places whose law binds one case, top first. Only [`Jurisdictions::chain`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain(Vec<JurisdictionCode>);

impl Chain {
    /// The codes, top first.
    pub fn iter(&self) -> impl Iterator<Item = &JurisdictionCode> {
        self.0.iter()
    }

    /// The last place: the one that the chain was made for.
    #[must_use]
    pub fn place(&self) -> Option<&JurisdictionCode> {
        self.0.last()
    }
}

/// Why a code names no place on a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPlaceError {
    /// No period has the code.
    #[error("unknown jurisdiction `{0}`")]
    Unknown(JurisdictionCode),
    /// The place has ended, and not exactly one place took over its role.
    #[error(
        "jurisdiction `{code}` is no more from {until} on; {}",
        alternatives(.successors, "no other takes its role")
    )]
    Ended {
        /// The code of the place.
        code: JurisdictionCode,
        /// The first day after the place.
        until: Date,
        /// The places that took over its role; none or several.
        successors: Vec<JurisdictionCode>,
    },
    /// The place doesn't exist yet, and not exactly one place had its role before.
    #[error(
        "jurisdiction `{code}` exists only from {from} on; {}",
        alternatives(.predecessors, "no other stood in its place")
    )]
    NotYet {
        /// The code of the place.
        code: JurisdictionCode,
        /// The first day of the place.
        from: Date,
        /// The places that had its role before; none or several.
        predecessors: Vec<JurisdictionCode>,
    },
}

fn alternatives(codes: &[JurisdictionCode], none: &str) -> String {
    if codes.is_empty() {
        return none.to_owned();
    }
    format!("ask for one of {}", listed(codes))
}

impl Jurisdictions {
    /// Makes the trees of a list of periods in any order.
    ///
    /// # Errors
    /// [`JurisdictionTreeError`] if the periods make no trees on some day.
    pub fn new(list: Vec<Jurisdiction>) -> Result<Self, JurisdictionTreeError> {
        let mut trees = Self::default();
        for jurisdiction in list {
            let code = jurisdiction.code.clone();
            if let Some(parent) = &jurisdiction.parent {
                trees.children.entry(parent.clone()).or_default().push(code.clone());
            }
            trees.add_time_zone(jurisdiction.time_zone.as_ref());
            for successor in &jurisdiction.successors {
                trees.predecessors.entry(successor.clone()).or_default().push(code.clone());
            }
            let periods = trees.by_code.entry(code.clone()).or_default();
            if periods.iter().any(|other| other.period.overlaps(&jurisdiction.period)) {
                return Err(JurisdictionTreeError::Twice(code));
            }
            periods.push(jurisdiction);
            periods.sort_unstable_by_key(|place| place.period.from());
        }
        for children in trees.children.values_mut() {
            children.sort_unstable();
            children.dedup();
        }
        for place in trees.periods() {
            trees.check_period(place)?;
        }
        Ok(trees)
    }

    /// Whether a place has this code on some day.
    #[must_use]
    pub fn knows(&self, code: &JurisdictionCode) -> bool {
        self.by_code.contains_key(code)
    }

    /// The place with this code on a day, if one exists on that day.
    #[must_use]
    pub fn on(&self, code: &JurisdictionCode, day: Date) -> Option<&Jurisdiction> {
        self.by_code.get(code)?.iter().find(|place| place.period.contains(day))
    }

    /// The latest period of the place with this code.
    #[must_use]
    pub fn latest(&self, code: &JurisdictionCode) -> Option<&Jurisdiction> {
        self.by_code.get(code)?.last()
    }

    /// Every period of the place with this code, by its first day.
    #[must_use]
    pub fn periods_of(&self, code: &JurisdictionCode) -> &[Jurisdiction] {
        self.by_code.get(code).map_or(&[], Vec::as_slice)
    }

    /// The chain of a place on a day. A code of another time resolves to the place that has the role on that day: the
    /// successor of a place that has ended, the predecessor of one that doesn't exist yet.
    ///
    /// # Errors
    /// [`UnknownPlaceError`] if no place has the code, or not exactly one place has the role on that day.
    pub fn chain(&self, code: &JurisdictionCode, day: Date) -> Result<Chain, UnknownPlaceError> {
        let mut at = Some(self.resolve(code, day)?);
        let mut codes = Vec::with_capacity(LEVELS_MAX);
        while let Some(place) = at {
            codes.push(place.code.clone());
            at = place.parent.as_ref().and_then(|parent| self.on(parent, day));
        }
        codes.reverse();
        Ok(Chain(codes))
    }

    /// The places that have on a day the role of the place that a code names on another day, by code: the place itself
    /// while it lasts; then its successors, or its predecessors, of which a split or a merger makes several. None if
    /// nobody has its role. A code that was given to another place since names the place that had it then.
    #[must_use]
    pub fn role_on(&self, code: &JurisdictionCode, then: Date, day: Date) -> Vec<&Jurisdiction> {
        let mut seen: Vec<&Jurisdiction> = Vec::new();
        let mut next: Vec<&Jurisdiction> = self.on(code, then).into_iter().collect();
        let mut found: Vec<&Jurisdiction> = Vec::new();
        while let Some(place) = next.pop() {
            if seen.iter().any(|known| std::ptr::eq(*known, place)) {
                continue;
            }
            seen.push(place);
            if place.period.contains(day) {
                found.push(place);
            } else if day < place.period.from() {
                next.extend(self.before(place));
            } else {
                next.extend(self.after(place));
            }
        }
        found.sort_unstable_by_key(|place| &place.code);
        found.dedup_by_key(|place| &place.code);
        found
    }

    /// The periods that take over the role of one that ends: those of its successors, or else the next of its code.
    fn after(&self, place: &Jurisdiction) -> Vec<&Jurisdiction> {
        let Some(until) = place.period.until() else { return Vec::new() };
        if place.successors.is_empty() {
            let next = self.periods_of(&place.code).iter().find(|period| period.period.from() >= until);
            return next.into_iter().collect();
        }
        place.successors.iter().filter_map(|code| self.on(code, until)).collect()
    }

    /// The periods that had the role of one before it began: those that ended in its favour, and the last of its code,
    /// unless this ended in favour of others.
    fn before(&self, place: &Jurisdiction) -> Vec<&Jurisdiction> {
        let from = place.period.from();
        let others = self.predecessors.get(&place.code).into_iter().flatten().flat_map(|code| self.periods_of(code));
        let ended = others.filter(|other| other.period.until() == Some(from) && other.successors.contains(&place.code));
        let own =
            self.periods_of(&place.code).iter().rfind(|period| period.period.until().is_some_and(|end| end <= from));
        ended.chain(own.filter(|own| own.successors.is_empty())).collect()
    }

    /// The places whose parent is this one on a day, by code.
    pub fn children(&self, code: &JurisdictionCode, day: Date) -> impl Iterator<Item = &Jurisdiction> {
        let ever_children = self.children.get(code).map_or(&[] as &[_], Vec::as_slice);
        let on_day = ever_children.iter().filter_map(move |child| self.on(child, day));
        on_day.filter(move |place| place.parent.as_ref() == Some(code))
    }

    /// Every place on a day, by code.
    pub fn all_on(&self, day: Date) -> impl Iterator<Item = &Jurisdiction> {
        self.by_code.values().filter_map(move |periods| periods.iter().find(|place| place.period.contains(day)))
    }

    /// Every period of every place, by code and first day.
    pub fn periods(&self) -> impl Iterator<Item = &Jurisdiction> {
        self.by_code.values().flatten()
    }

    /// Every place that is above this one on some day, in no order.
    #[must_use]
    pub fn ever_above(&self, code: &JurisdictionCode) -> Vec<&JurisdictionCode> {
        let mut above: Vec<&JurisdictionCode> = Vec::new();
        let mut next = self.periods_of(code).iter().collect::<Vec<_>>();
        while let Some(period) = next.pop() {
            if let Some(parent) = &period.parent
                && !above.contains(&parent)
            {
                above.push(parent);
                next.extend(self.periods_of(parent));
            }
        }
        above
    }

    /// The days on which a period of the place, or of one that is ever above it, begins or ends; in no order, with
    /// repeats.
    pub fn days_of_change(&self, code: &JurisdictionCode) -> impl Iterator<Item = Date> {
        let places = [code].into_iter().chain(self.ever_above(code)).map(|code| self.periods_of(code));
        let periods: Vec<&Jurisdiction> = places.flatten().collect();
        periods.into_iter().flat_map(|place| [Some(place.period.from()), place.period.until()]).flatten()
    }

    /// The place that has the role of a code on a day.
    fn resolve(&self, code: &JurisdictionCode, day: Date) -> Result<&Jurisdiction, UnknownPlaceError> {
        let periods = self.by_code.get(code).ok_or_else(|| UnknownPlaceError::Unknown(code.clone()))?;
        if let Some(place) = periods.iter().find(|place| place.period.contains(day)) {
            return Ok(place);
        }
        let ended = periods.iter().rfind(|place| place.period.from() <= day);
        let found = self.follow(code, day, |code| match ended {
            Some(_) => self.successors(code, day),
            None => self.predecessors(code, day),
        });
        match (found.as_slice(), ended) {
            ([only], _) => Ok(only),
            (several, Some(ended)) => Err(UnknownPlaceError::Ended {
                code: code.clone(),
                until: ended.period.until().unwrap_or(day),
                successors: several.iter().map(|place| place.code.clone()).collect(),
            }),
            (several, None) => Err(UnknownPlaceError::NotYet {
                code: code.clone(),
                from: periods.first().map_or(day, |place| place.period.from()),
                predecessors: several.iter().map(|place| place.code.clone()).collect(),
            }),
        }
    }

    /// The places of a day that are reached from a code of another time, step by step.
    fn follow<'a>(
        &'a self,
        code: &JurisdictionCode,
        day: Date,
        step: impl Fn(&JurisdictionCode) -> Vec<&'a JurisdictionCode>,
    ) -> Vec<&'a Jurisdiction> {
        let mut seen: Vec<&JurisdictionCode> = Vec::new();
        let mut found: Vec<&Jurisdiction> = Vec::new();
        let mut next = step(code);
        while let Some(code) = next.pop() {
            if seen.contains(&code) {
                continue;
            }
            seen.push(code);
            match self.on(code, day) {
                Some(place) => found.push(place),
                None => next.extend(step(code)),
            }
        }
        found.sort_unstable_by_key(|place| &place.code);
        found
    }

    /// The places that ended in favour of a place on the day on which its next period begins.
    fn predecessors(&self, code: &JurisdictionCode, day: Date) -> Vec<&JurisdictionCode> {
        let Some(next) = self.periods_of(code).iter().find(|place| place.period.from() > day) else {
            return Vec::new();
        };
        let first_day = Some(next.period.from());
        let mut predecessors = Vec::new();
        for other in self.predecessors.get(code).into_iter().flatten() {
            let mut periods = self.periods_of(other).iter();
            if periods.any(|place| place.period.until() == first_day && place.successors.contains(code)) {
                predecessors.push(other);
            }
        }
        predecessors
    }

    /// The places that took over the role of a place that had ended by a day.
    fn successors(&self, code: &JurisdictionCode, day: Date) -> Vec<&JurisdictionCode> {
        let ended = self.periods_of(code).iter().rfind(|place| place.period.from() <= day);
        ended.into_iter().flat_map(|place| &place.successors).collect()
    }

    /// Checks that the successors exist, and that on the first day of each period of the chain above, the parent
    /// exists and the chain ends.
    fn check_period(&self, place: &Jurisdiction) -> Result<(), JurisdictionTreeError> {
        match (place.period.until(), place.successors.first()) {
            (None, Some(_)) => return Err(JurisdictionTreeError::SuccessorWithoutEnd(place.code.clone())),
            (Some(until), Some(_)) => {
                if let Some(successor) = place.successors.iter().find(|code| self.on(code, until).is_none()) {
                    return Err(JurisdictionTreeError::NoSuccessor {
                        code: place.code.clone(),
                        successor: successor.clone(),
                        day: until,
                    });
                }
            }
            (_, None) => {}
        }
        let Some(parent) = &place.parent else { return Ok(()) };
        if !self.knows(parent) {
            return Err(JurisdictionTreeError::NoParent { code: place.code.clone(), parent: parent.clone() });
        }
        let mut days: Vec<Date> = self.days_of_change(&place.code).filter(|day| place.period.contains(*day)).collect();
        days.sort_unstable();
        days.dedup();
        for day in days {
            if self.on(parent, day).is_none() {
                return Err(JurisdictionTreeError::ParentNotThere {
                    code: place.code.clone(),
                    parent: parent.clone(),
                    day,
                });
            }
            self.check_ancestors(place, day)?;
        }
        Ok(())
    }

    fn check_ancestors(&self, place: &Jurisdiction, day: Date) -> Result<(), JurisdictionTreeError> {
        let mut at = place;
        for _ in 0..LEVELS_MAX {
            match at.parent.as_ref().and_then(|parent| self.on(parent, day)) {
                Some(parent) => at = parent,
                None => return Ok(()),
            }
        }
        Err(JurisdictionTreeError::Cycle(place.code.clone()))
    }
}

#[cfg(test)]
mod tests;
