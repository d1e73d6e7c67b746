//! A rule under study and the cases beside it: the days on which its law changes, and its law on each day.

use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_domain::facts::Facts;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::value::{Value, each_part};
use ordinance_engine::boundary_values::BoundaryValues;
use ordinance_engine::trace::CallTrace;
use ordinance_engine::{ApplicableLaw, DecideError, Engine, Rule, Rulebook};

use crate::case_binding::bind_case;
use crate::pace::Pace;
use crate::test_case::DecisionTest;

/// A rule of a rulebook and the cases beside it.
#[derive(Clone, Copy)]
pub struct Study<'a> {
    /// The engine with the rulebook that holds the rule.
    pub engine: &'a Engine,
    /// The rule under study.
    pub rule: &'a Rule,
    /// The decision tests beside the rule.
    pub cases: &'a [DecisionTest],
    /// The whole numbers in the rule's code, from [`code_constants`](crate::code_constants). The answer may change at
    /// these values.
    pub constants: &'a [i64],
    /// The texts in the rule's code, from [`code_texts`](crate::code_texts), for facts that are text.
    pub texts: &'a [String],
    /// The days with which the rule's expressions compare the day of a case, on which its answer may change.
    pub days_in_code: &'a [Date],
    /// The moment at which facts are processed.
    pub now: Timestamp,
    /// The time that the study may take, and how far it is.
    pub pace: &'a Pace,
}

/// The number of fact sets for which the constants of the code are tried.
const CONSTANT_SETS_MAX: usize = 8;

impl<'a> Study<'a> {
    /// The rulebook that holds the rule.
    #[must_use]
    pub fn rulebook(&self) -> &'a Rulebook {
        self.engine.rulebook()
    }

    /// The day that it is in the rule's place.
    #[must_use]
    pub fn today(&self) -> Date {
        self.rulebook().day_at(&self.rule.head.jurisdiction, self.now)
    }

    /// The day on which the rule counts as the published law: today, or the nearest to it.
    #[must_use]
    pub fn known_at(&self) -> Date {
        self.rule.head.publication.nearest(self.today())
    }

    /// The law of the rule's place on a day, as it is known when the rule counts: a withdrawn version still applies to
    /// queries with an earlier `known_at`, an announced one to later ones.
    ///
    /// # Errors
    /// [`DecideError`] if the place doesn't exist on that day.
    pub fn law_on(&self, as_of: Date) -> Result<Option<ApplicableLaw<'a>>, DecideError> {
        let head = &self.rule.head;
        let known_at = self.known_at();
        let Some(service) = head.scope.service().cloned() else { return Ok(None) };
        let query = CaseQuery { jurisdiction: head.jurisdiction.clone(), service, as_of, known_at };
        ApplicableLaw::select(self.engine, &query).map(Some)
    }

    /// The days on which the rule, what its expressions say, or the law above it changes, while the rule is in force
    /// and its place exists.
    #[must_use]
    pub fn days(&self) -> Vec<Date> {
        let head = &self.rule.head;
        let Some(service) = head.scope.service() else { return Vec::new() };
        let places = self.rulebook().jurisdictions_at(self.known_at());
        let exists = |day: &Date| places.on(&head.jurisdiction, *day).is_some();
        let mut days = self.rulebook().days_of_change(&head.jurisdiction, service);
        days.extend(self.days_in_code);
        days.into_iter().filter(|day| head.in_force.contains(*day)).filter(exists).collect()
    }

    /// The first day of each period between two changes, the present period first: a case is dated by the law, so that
    /// the same study gives the same cases on any day of the period.
    #[must_use]
    pub fn days_from_now(&self) -> Vec<Date> {
        let (mut days, later): (Vec<Date>, Vec<Date>) = self.days().into_iter().partition(|day| *day <= self.today());
        days.reverse();
        days.extend(later);
        days
    }

    /// The call of the rule under study among those of a decision. `None` if it wasn't called.
    #[must_use]
    pub fn own_call<'s>(&self, calls: &'s [CallTrace]) -> Option<&'s CallTrace> {
        calls.iter().find(|call| call.jurisdiction == self.rule.head.jurisdiction)
    }

    /// The constants of the code to try on a fact set, by its index. Empty except for the first sets: there are many
    /// constants, and few have an effect.
    pub(crate) fn constants_for(&self, set: usize) -> &'a [i64] {
        if set < CONSTANT_SETS_MAX { self.constants } else { &[] }
    }

    /// The boundary values of a law, with the texts of the cases beside the rule and of its code.
    pub(crate) fn boundary_values(&self, law: &ApplicableLaw<'_>) -> BoundaryValues {
        let mut values = BoundaryValues::of(law);
        self.texts.iter().for_each(|text| values.add_text(text));
        for facts in self.known_facts() {
            for (name, value) in &facts.0 {
                let mut add = |value: &Value| {
                    if let Value::Text(text) = value {
                        values.add_text(text);
                    }
                };
                add(value);
                each_part(name, value, &mut |_, value| add(value));
            }
        }
        values
    }

    /// The facts of the cases that can be decided.
    #[must_use]
    pub fn known_facts(&self) -> Vec<Facts> {
        self.dated_facts().map(|(_, facts)| facts).collect()
    }

    /// The facts of the cases that can be decided, each with the day of its case.
    pub(crate) fn dated_facts(&self) -> impl Iterator<Item = (Date, Facts)> {
        let cases = self.cases.iter().filter_map(|test| bind_case(self.rulebook(), test, self.now).ok());
        cases.map(|case| (case.query.as_of, case.facts))
    }
}
