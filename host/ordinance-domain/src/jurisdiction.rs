//! Jurisdictions and the chain from a nation down to a county. It owns the tree and must never own what a place's
//! rules say.

use std::collections::BTreeMap;
use std::fmt;

use crate::calendar::{Date, DateRange};
use crate::name::shortened;
use crate::titles::Titles;

/// The code of a place that makes law: GB/T 2260 behind `CN-`, ISO 3166-2, NUTS and the like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JurisdictionCode(Box<str>);

/// Text that can't be a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a jurisdiction code: use upper-case ASCII letters, digits and single hyphens, at most 32, such as `CN-4403`"
)]
pub struct CodeError(String);

impl JurisdictionCode {
    /// Takes the code if it is well formed.
    ///
    /// # Errors
    /// [`CodeError`] says what a code looks like.
    pub fn new(code: &str) -> Result<Self, CodeError> {
        let part_ok =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if code.len() <= 32 && code.split('-').all(part_ok) {
            Ok(Self(code.into()))
        } else {
            Err(CodeError(shortened(code)))
        }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JurisdictionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place that makes law, in one period of its life: a place that is renamed or moved to another parent has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jurisdiction {
    /// Its code.
    pub code: JurisdictionCode,
    /// The place above it; none for the top of a tree.
    pub parent: Option<JurisdictionCode>,
    /// The days on which it is so.
    pub period: DateRange,
    /// The places that take its role when it ends; none if it goes on, or ends without any.
    pub successors: Vec<JurisdictionCode>,
    /// Its names by language.
    pub names: Titles,
}

/// Several trees of jurisdictions. Every parent is there, as long as its children are, and there is no cycle.
#[derive(Debug, Clone, Default)]
pub struct Jurisdictions {
    by_code: BTreeMap<JurisdictionCode, Vec<Jurisdiction>>,
    children: BTreeMap<JurisdictionCode, Vec<JurisdictionCode>>,
    predecessors: BTreeMap<JurisdictionCode, Vec<JurisdictionCode>>,
}

/// Why a list of places is no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JurisdictionTreeError {
    /// Two places with one code on one day.
    #[error(
        "jurisdiction `{0}` is listed twice for the same days; give one line an `until`, or the other a later `from`"
    )]
    Twice(JurisdictionCode),
    /// A parent that isn't listed.
    #[error("the parent `{parent}` of jurisdiction `{code}` is not listed")]
    NoParent {
        /// The place.
        code: JurisdictionCode,
        /// Its parent.
        parent: JurisdictionCode,
    },
    /// A parent that isn't there on a day on which its child is.
    #[error(
        "the parent `{parent}` of jurisdiction `{code}` doesn't exist on {day}; give the line of `{code}` an `until` and write another for the days after"
    )]
    ParentNotThere {
        /// The place.
        code: JurisdictionCode,
        /// Its parent.
        parent: JurisdictionCode,
        /// The first such day.
        day: Date,
    },
    /// A successor that isn't there on the day on which the place ends.
    #[error(
        "the successor `{successor}` of jurisdiction `{code}` doesn't exist on {day}, the day on which `{code}` is no more"
    )]
    NoSuccessor {
        /// The place.
        code: JurisdictionCode,
        /// Its successor.
        successor: JurisdictionCode,
        /// The day.
        day: Date,
    },
    /// A place that goes on and names who takes its role.
    #[error("jurisdiction `{0}` names a successor and no `until`")]
    SuccessorWithoutEnd(JurisdictionCode),
    /// A place that is its own ancestor, or a chain longer than [`LEVELS_MAX`].
    #[error("jurisdiction `{0}` has a cycle above it, or more than {LEVELS_MAX} levels")]
    Cycle(JurisdictionCode),
}

impl JurisdictionTreeError {
    /// The place the error is about.
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

/// The most levels a chain may have, the top included.
pub const LEVELS_MAX: usize = 8;

/// The places whose law binds one case, top first. Only [`Jurisdictions::chain`] builds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain(Vec<JurisdictionCode>);

impl Chain {
    /// The codes, top first.
    pub fn iter(&self) -> impl Iterator<Item = &JurisdictionCode> {
        self.0.iter()
    }

    /// The place itself: the last.
    #[must_use]
    pub fn place(&self) -> Option<&JurisdictionCode> {
        self.0.last()
    }
}

/// Why a code names no place on a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPlaceError {
    /// The code is in no tree.
    #[error("unknown jurisdiction `{0}`")]
    Unknown(JurisdictionCode),
    /// The place has ended, and it isn't clear which other takes its role.
    #[error("jurisdiction `{code}` is no more from {until} on; {}", instead(.successors, "no other takes its role"))]
    Ended {
        /// The code.
        code: JurisdictionCode,
        /// The first day on which it isn't there.
        until: Date,
        /// Those that share its role; none or several.
        successors: Vec<JurisdictionCode>,
    },
    /// The place isn't there yet, and it isn't clear which other stood in its place.
    #[error("jurisdiction `{code}` exists only from {from} on; {}", instead(.predecessors, "no other stood in its place"))]
    NotYet {
        /// The code.
        code: JurisdictionCode,
        /// Its first day.
        from: Date,
        /// Those that it came from; none or several.
        predecessors: Vec<JurisdictionCode>,
    },
}

fn instead(codes: &[JurisdictionCode], none: &str) -> String {
    let named: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    if named.is_empty() { none.to_owned() } else { format!("ask for one of {}", named.join(", ")) }
}

impl Jurisdictions {
    /// Builds the trees.
    ///
    /// # Errors
    /// [`JurisdictionTreeError`] on a duplicate, an unknown parent or a cycle, on any day.
    pub fn new(list: Vec<Jurisdiction>) -> Result<Self, JurisdictionTreeError> {
        let mut trees = Self::default();
        for jurisdiction in list {
            let code = jurisdiction.code.clone();
            if let Some(parent) = &jurisdiction.parent {
                trees.children.entry(parent.clone()).or_default().push(code.clone());
            }
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

    /// Whether some day knows a place with this code.
    #[must_use]
    pub fn knows(&self, code: &JurisdictionCode) -> bool {
        self.by_code.contains_key(code)
    }

    /// The place with this code on a day; none if there is none on that day.
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

    /// The chain of a place on a day, top first, the place itself last. A code of another time is followed: an ended
    /// place to the one that took its role, one that isn't there yet to the one that it came from.
    ///
    /// # Errors
    /// [`UnknownPlaceError`] if the code is unknown, or it isn't clear which place is meant on that day.
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

    /// The places right below on a day, by code.
    pub fn children(&self, code: &JurisdictionCode, day: Date) -> impl Iterator<Item = &Jurisdiction> {
        let children = self.children.get(code).map_or(&[] as &[_], Vec::as_slice);
        let on_day = move |child: &JurisdictionCode| self.on(child, day);
        children.iter().filter_map(on_day).filter(move |place| place.parent.as_ref() == Some(code))
    }

    /// Every place on a day, by code.
    pub fn all_on(&self, day: Date) -> impl Iterator<Item = &Jurisdiction> {
        self.by_code.values().filter_map(move |periods| periods.iter().find(|place| place.period.contains(day)))
    }

    /// Every period of every place, by code and first day.
    pub fn periods(&self) -> impl Iterator<Item = &Jurisdiction> {
        self.by_code.values().flatten()
    }

    /// Every place that was or will be above another.
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

    /// The days on which a place, or one that is ever above it, begins, ends, moves or gets another name.
    pub fn days_of_change(&self, code: &JurisdictionCode) -> impl Iterator<Item = Date> {
        let places = [code].into_iter().chain(self.ever_above(code)).map(|code| self.periods_of(code));
        let periods: Vec<&Jurisdiction> = places.flatten().collect();
        periods.into_iter().flat_map(|place| [Some(place.period.from()), place.period.until()]).flatten()
    }

    /// The place that a code means on a day.
    fn resolve(&self, code: &JurisdictionCode, day: Date) -> Result<&Jurisdiction, UnknownPlaceError> {
        let periods = self.by_code.get(code).ok_or_else(|| UnknownPlaceError::Unknown(code.clone()))?;
        if let Some(place) = periods.iter().find(|place| place.period.contains(day)) {
            return Ok(place);
        }
        let ended = periods.iter().rfind(|place| place.period.from() <= day);
        let found = self.followed(code, day, |code| match ended {
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
    fn followed<'a>(
        &'a self,
        code: &JurisdictionCode,
        day: Date,
        step: impl Fn(&JurisdictionCode) -> Vec<&'a JurisdictionCode>,
    ) -> Vec<&'a Jurisdiction> {
        let (mut seen, mut found): (Vec<&JurisdictionCode>, Vec<&Jurisdiction>) = (Vec::new(), Vec::new());
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

    /// Those that became a place on the day on which it next begins.
    fn predecessors(&self, code: &JurisdictionCode, day: Date) -> Vec<&JurisdictionCode> {
        let Some(next) = self.periods_of(code).iter().find(|place| place.period.from() > day) else {
            return Vec::new();
        };
        let became = |other: &&JurisdictionCode| {
            self.periods_of(other)
                .iter()
                .any(|place| place.period.until() == Some(next.period.from()) && place.successors.contains(code))
        };
        self.predecessors.get(code).into_iter().flatten().filter(became).collect()
    }

    /// Who took the role of a place that had ended by a day.
    fn successors(&self, code: &JurisdictionCode, day: Date) -> Vec<&JurisdictionCode> {
        let ended = self.periods_of(code).iter().rfind(|place| place.period.from() <= day);
        ended.into_iter().flat_map(|place| &place.successors).collect()
    }

    /// On the first day of each period of the chain above, the parent is there and the chain ends.
    fn check_period(&self, place: &Jurisdiction) -> Result<(), JurisdictionTreeError> {
        match (place.period.until(), place.successors.first()) {
            (None, Some(_)) => return Err(JurisdictionTreeError::SuccessorWithoutEnd(place.code.clone())),
            (Some(until), Some(_)) => {
                if let Some(successor) = place.successors.iter().find(|code| self.on(code, until).is_none()) {
                    let (code, successor) = (place.code.clone(), successor.clone());
                    return Err(JurisdictionTreeError::NoSuccessor { code, successor, day: until });
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
