//! The people of a case besides the applicant: where their facts stand, and on which terms these are processed.

use super::request::Disclosure;
use crate::name::FieldName;

/// Another person than the applicant, by where the person's facts stand in a case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonPlace {
    /// The facts to which the catalogue gives this name of a person.
    Named(FieldName),
    /// An item of a list of people.
    Item {
        /// The fact.
        list: FieldName,
        /// From 0.
        index: usize,
    },
}

impl PersonPlace {
    /// The name or path by which requests and answers name the person, such as `child` or `members[1]`.
    #[must_use]
    pub fn path(&self) -> FieldName {
        match self {
            Self::Named(person) => person.clone(),
            Self::Item { list, index } => list.item(*index),
        }
    }

    /// Whether the person is an item of this list.
    #[must_use]
    pub fn is_in(&self, name: &FieldName) -> bool {
        matches!(self, Self::Item { list, .. } if list == name)
    }

    /// Gives the name, in the case, of a fact or part of the catalogue that is this person's: `members[1].age` for
    /// `members.age`; `None` for what isn't a part of the person's list.
    pub(super) fn names_in_case(&self) -> impl Fn(&FieldName) -> Option<FieldName> {
        let path = self.path();
        move |fact| match self {
            Self::Named(_) => Some(fact.clone()),
            Self::Item { list, .. } => fact.moved(list, &path),
        }
    }
}

/// Other people than the applicant of whom privacy law can't tell a difference.
#[derive(Debug, Clone, PartialEq)]
pub struct RuledPeople {
    /// Each by name, such as `child` or `members[1]`.
    pub people: Vec<FieldName>,
    /// The processing of their facts.
    pub disclosure: Disclosure,
}

impl RuledPeople {
    /// The people in groups of those whose facts are processed in the same way.
    #[must_use]
    pub fn groups_of<'p>(people: impl Iterator<Item = (&'p PersonPlace, &'p Disclosure)>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for (place, disclosure) in people {
            match groups.iter_mut().find(|group| group.disclosure == *disclosure) {
                Some(group) => group.people.push(place.path()),
                None => groups.push(Self { people: vec![place.path()], disclosure: disclosure.clone() }),
            }
        }
        groups
    }
}
