//! A rule under study, with the cases beside it: the days on which its law changes, and facts of nobody to try it on.

use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_engine::trace::Step;
use ordinance_engine::{ApplicableLaw, Asked, DecideError, Rule, Rulebook};

use crate::case_binding::bind_case;
use crate::test_case::DecisionTest;

/// A rule of a rulebook and the cases beside it.
#[derive(Clone, Copy)]
pub struct Study<'a> {
    /// The rulebook.
    pub rulebook: &'a Rulebook,
    /// The rule.
    pub rule: &'a Rule,
    /// The cases beside it.
    pub cases: &'a [DecisionTest],
    /// The whole numbers that stand in its code, as [`constants`](crate::constants) finds them: hints where it may turn.
    pub constants: &'a [i64],
    /// The day on which facts are processed.
    pub today: Date,
}

/// From how many sets of facts the constants of the code are tried.
const CONSTANTS_FROM: usize = 8;

impl<'a> Study<'a> {
    /// The law of the rule's place on a day. A withdrawn version is the law for who asks on what was known before.
    ///
    /// # Errors
    /// [`DecideError`] if the place isn't there on that day.
    pub fn law_on(&self, as_of: Date) -> Result<Option<ApplicableLaw<'a>>, DecideError> {
        let head = &self.rule.head;
        let known_at = head.known.last();
        let Some(service) = head.about.service().cloned() else { return Ok(None) };
        ApplicableLaw::select(
            self.rulebook,
            &Asked { jurisdiction: head.jurisdiction.clone(), service, as_of, known_at },
        )
        .map(Some)
    }

    /// The days on which its law changes while it is in force and its place is there: its own law and that above it.
    #[must_use]
    pub fn days(&self) -> Vec<Date> {
        let head = &self.rule.head;
        let Some(service) = head.about.service() else { return Vec::new() };
        let is_there = |day: &Date| self.rulebook.jurisdictions().on(&head.jurisdiction, *day).is_some();
        let days = self.rulebook.days_of_change(&head.jurisdiction, service);
        days.into_iter().filter(|day| head.in_force.contains(*day)).filter(is_there).collect()
    }

    /// A day for each of these times, that on which it counts now first: today stands for the day on which what holds began.
    #[must_use]
    pub fn days_from_now(&self) -> Vec<Date> {
        let (mut days, later): (Vec<Date>, Vec<Date>) = self.days().into_iter().partition(|day| *day <= self.today);
        days.reverse();
        let is_there = self.law_on(self.today).is_ok() && self.rule.head.in_force.contains(self.today);
        if let Some(now) = days.first_mut().filter(|_| is_there) {
            *now = self.today;
        }
        days.extend(later);
        days
    }

    /// The call of the rule itself among those of a decision; none if it wasn't called.
    #[must_use]
    pub fn own_step<'s>(&self, steps: &'s [Step]) -> Option<&'s Step> {
        steps.iter().find(|step| step.jurisdiction == self.rule.head.jurisdiction)
    }

    /// The constants to try on one of many sets of facts, by its number: those of the first few, since they are many and seldom
    /// mean something.
    pub(crate) fn constants_for(&self, set: usize) -> &'a [i64] {
        if set < CONSTANTS_FROM { self.constants } else { &[] }
    }

    /// The facts of the cases, as far as they can be read.
    #[must_use]
    pub fn known(&self) -> Vec<Facts> {
        self.dated_known().map(|(_, facts)| facts).collect()
    }

    /// The facts of the cases, as far as they can be read, each with the day that it is about.
    pub(crate) fn dated_known(&self) -> impl Iterator<Item = (Date, Facts)> {
        let read = |case: &DecisionTest| bind_case(self.rulebook, case, self.today).ok();
        self.cases.iter().filter_map(read).map(|case| (case.asked.as_of, case.facts))
    }
}
