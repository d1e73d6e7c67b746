//! Jurisdictions and the chain from a nation down to a county. It owns the tree and must never own what a place's
//! rules say.

use std::collections::BTreeMap;
use std::fmt;

use crate::calendar::{Date, InForce};
use crate::name::shortened;
use crate::text::Titles;

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
    pub period: InForce,
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
pub enum TreeError {
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

impl TreeError {
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

/// How many times a place may be followed to the one that took its role.
const STEPS_MAX: usize = 32;

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
pub enum NoPlace {
    /// The code is in no tree.
    #[error("unknown jurisdiction `{0}`")]
    Unknown(JurisdictionCode),
    /// The place has ended, and it isn't clear which other takes its role.
    #[error("jurisdiction `{code}` is no more from {until} on; {}", instead(.successors))]
    Ended {
        /// The code.
        code: JurisdictionCode,
        /// The first day on which it isn't there.
        until: Date,
        /// Those that share its role; none or several.
        successors: Vec<JurisdictionCode>,
    },
    /// The place isn't there yet, and it isn't clear which other stood in its place.
    #[error("jurisdiction `{code}` exists only from {from} on; {}", instead(.predecessors))]
    NotYet {
        /// The code.
        code: JurisdictionCode,
        /// Its first day.
        from: Date,
        /// Those that it came from; none or several.
        predecessors: Vec<JurisdictionCode>,
    },
}

fn instead(codes: &[JurisdictionCode]) -> String {
    let named: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    if named.is_empty() { "no other takes its role".to_owned() } else { format!("ask for one of {}", named.join(", ")) }
}

impl Jurisdictions {
    /// Builds the trees.
    ///
    /// # Errors
    /// [`TreeError`] on a duplicate, an unknown parent or a cycle, on any day.
    pub fn new(list: Vec<Jurisdiction>) -> Result<Self, TreeError> {
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
                return Err(TreeError::Twice(code));
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
    /// [`NoPlace`] if the code is unknown, or it isn't clear which place is meant on that day.
    pub fn chain(&self, code: &JurisdictionCode, day: Date) -> Result<Chain, NoPlace> {
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

    /// The place that a code means on a day.
    fn resolve(&self, code: &JurisdictionCode, day: Date) -> Result<&Jurisdiction, NoPlace> {
        let mut code = code;
        for _ in 0..STEPS_MAX {
            let periods = self.by_code.get(code).ok_or_else(|| NoPlace::Unknown(code.clone()))?;
            if let Some(place) = periods.iter().find(|place| place.period.contains(day)) {
                return Ok(place);
            }
            code = match periods.iter().rfind(|place| place.period.from() <= day) {
                Some(ended) => self.only_successor(ended, day)?,
                None => self.only_predecessor(code, periods, day)?,
            };
        }
        Err(NoPlace::Unknown(code.clone()))
    }

    fn only_successor<'a>(&'a self, ended: &'a Jurisdiction, day: Date) -> Result<&'a JurisdictionCode, NoPlace> {
        match ended.successors.as_slice() {
            [only] => Ok(only),
            several => Err(NoPlace::Ended {
                code: ended.code.clone(),
                until: ended.period.until().unwrap_or(day),
                successors: several.to_vec(),
            }),
        }
    }

    fn only_predecessor<'a>(
        &'a self,
        code: &JurisdictionCode,
        periods: &[Jurisdiction],
        day: Date,
    ) -> Result<&'a JurisdictionCode, NoPlace> {
        let then = |code: &&JurisdictionCode| self.on(code, day).is_some();
        let predecessors: Vec<&JurisdictionCode> =
            self.predecessors.get(code).into_iter().flatten().filter(then).collect();
        match predecessors.as_slice() {
            [only] => Ok(only),
            several => Err(NoPlace::NotYet {
                code: code.clone(),
                from: periods.first().map_or(day, |place| place.period.from()),
                predecessors: several.iter().map(|&code| code.clone()).collect(),
            }),
        }
    }

    /// On the first day of each period of the chain above, the parent is there and the chain ends.
    fn check_period(&self, place: &Jurisdiction) -> Result<(), TreeError> {
        match (place.period.until(), place.successors.first()) {
            (None, Some(_)) => return Err(TreeError::SuccessorWithoutEnd(place.code.clone())),
            (Some(until), Some(_)) => {
                if let Some(successor) = place.successors.iter().find(|code| self.on(code, until).is_none()) {
                    let (code, successor) = (place.code.clone(), successor.clone());
                    return Err(TreeError::NoSuccessor { code, successor, day: until });
                }
            }
            (_, None) => {}
        }
        let Some(parent) = &place.parent else { return Ok(()) };
        let periods = self
            .by_code
            .get(parent)
            .ok_or_else(|| TreeError::NoParent { code: place.code.clone(), parent: parent.clone() })?;
        let ends = periods.iter().filter_map(|parent| parent.period.until());
        let begins = periods.iter().map(|parent| parent.period.from());
        let mut days: Vec<Date> = ends.chain(begins).filter(|day| place.period.contains(*day)).collect();
        days.push(place.period.from());
        days.sort_unstable();
        for day in days {
            if self.on(parent, day).is_none() {
                return Err(TreeError::ParentNotThere { code: place.code.clone(), parent: parent.clone(), day });
            }
            self.check_ancestors(place, day)?;
        }
        Ok(())
    }

    fn check_ancestors(&self, place: &Jurisdiction, day: Date) -> Result<(), TreeError> {
        let mut at = place;
        for _ in 0..LEVELS_MAX {
            match at.parent.as_ref().and_then(|parent| self.on(parent, day)) {
                Some(parent) => at = parent,
                None => return Ok(()),
            }
        }
        Err(TreeError::Cycle(place.code.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> JurisdictionCode {
        JurisdictionCode::new(text).unwrap()
    }

    /// Places written `CODE<PARENT from FROM until UNTIL to SUCCESSOR`, years for days.
    fn trees(list: &[&str]) -> Result<Jurisdictions, TreeError> {
        let place = |text: &&str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let after = |word| words.iter().position(|found| *found == word).map(|at| words[at + 1]);
            let year = |word| after(word).map(|year| jiff::civil::date(year.parse().unwrap(), 1, 1));
            let (own, parent) = words[0].split_once('<').unwrap_or((words[0], ""));
            Jurisdiction {
                code: code(own),
                parent: (!parent.is_empty()).then(|| code(parent)),
                period: InForce::new(year("from").unwrap_or(Date::MIN), year("until")).unwrap(),
                successors: after("to").into_iter().flat_map(|codes| codes.split(',').map(code)).collect(),
                names: Titles::default(),
            }
        };
        Jurisdictions::new(list.iter().map(place).collect())
    }

    fn check(trees: &Jurisdictions, place: &str, year: i16, expect: &str) {
        let found = match trees.chain(&code(place), jiff::civil::date(year, 6, 1)) {
            Ok(chain) => chain.iter().map(JurisdictionCode::as_str).collect::<Vec<_>>().join(" > "),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expect, "{place} in {year}");
    }

    #[test]
    fn a_chain_runs_from_the_nation_to_the_county() {
        let trees = trees(&["CN", "NZ", "CN-370602<CN-3706", "CN-3706<CN-37", "CN-37<CN"]).unwrap();
        check(&trees, "CN-370602", 2026, "CN > CN-37 > CN-3706 > CN-370602");
        check(&trees, "FR", 2026, "unknown jurisdiction `FR`");
        let children: Vec<_> =
            trees.children(&code("CN"), jiff::civil::date(2026, 1, 1)).map(|place| &place.code).collect();
        assert_eq!(children, [&code("CN-37")]);
    }

    #[test]
    fn a_code_of_another_time_is_followed_where_it_is_clear_to_where() {
        let trees = trees(&[
            "CN",
            "CN-1<CN",
            "CN-2<CN until 2019 to CN-1",
            "CN-21<CN-2 until 2019 to CN-12",
            "CN-12<CN-1 from 2019",
            "CN-3<CN until 2010 to CN-4,CN-5",
            "CN-4<CN from 2010",
            "CN-5<CN from 2010",
            "CN-6<CN until 2000",
            "CN-7<CN from 2005",
        ])
        .unwrap();
        check(&trees, "CN-21", 2018, "CN > CN-2 > CN-21");
        check(&trees, "CN-21", 2020, "CN > CN-1 > CN-12");
        check(&trees, "CN-12", 2018, "CN > CN-2 > CN-21");
        check(&trees, "CN-2", 2020, "CN > CN-1");
        check(&trees, "CN-3", 2011, "jurisdiction `CN-3` is no more from 2010-01-01 on; ask for one of `CN-4`, `CN-5`");
        check(&trees, "CN-4", 2009, "CN > CN-3");
        check(&trees, "CN-6", 2001, "jurisdiction `CN-6` is no more from 2000-01-01 on; no other takes its role");
        check(&trees, "CN-7", 2001, "jurisdiction `CN-7` exists only from 2005-01-01 on; no other takes its role");
    }

    #[test]
    fn a_place_that_moves_has_another_chain_from_that_day() {
        let trees =
            trees(&["CN", "CN-1<CN", "CN-2<CN from 2000", "CN-9<CN-1 until 2005", "CN-9<CN-2 from 2005"]).unwrap();
        check(&trees, "CN-9", 2004, "CN > CN-1 > CN-9");
        check(&trees, "CN-9", 2005, "CN > CN-2 > CN-9");
    }

    #[test]
    fn a_list_that_is_no_tree_is_refused_naming_the_place() {
        let check = |list: &[&str], expect: &str| {
            let error = trees(list).unwrap_err().to_string();
            assert!(error.starts_with(expect), "{error}");
        };
        check(&["A", "A"], "jurisdiction `A` is listed twice");
        check(&["A until 2020", "A from 2019"], "jurisdiction `A` is listed twice");
        check(&["A<B"], "the parent `B` of jurisdiction `A` is not listed");
        check(&["A<B", "B until 2020"], "the parent `B` of jurisdiction `A` doesn't exist on 2020-01-01");
        check(&["A<B", "B from 2020"], "the parent `B` of jurisdiction `A` doesn't exist on -009999-01-01");
        check(&["A<B", "B<A"], "jurisdiction `A` has a cycle");
        check(&["A until 2020 to B"], "the successor `B` of jurisdiction `A` doesn't exist");
        check(&["A to B", "B"], "jurisdiction `A` names a successor and no `until`");
    }

    #[test]
    fn a_code_is_upper_case_with_hyphens() {
        for bad in ["", "cn", "CN--1", "CN-", "中国", "CN/../x", &"A".repeat(33)] {
            assert!(JurisdictionCode::new(bad).is_err(), "{bad}");
        }
    }
}
