//! Pairs of cases one step apart on the two sides of a line that the law draws: those that a reviewer should have looked at.
//! Where a fact turns the outcome, a finding or the grant, the line is brought down to one step, and the pair proposed unless
//! cases stand there already.

mod sweep;

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Decision;
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Value, field};
use ordinance_engine::samples::BoundaryValues;
use ordinance_engine::{DecideError, Rule, RuleState};

use crate::candidate_values::{candidate_values, numeric_value};
use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::{fact_sets, without};
use crate::law_under_test::LawUnderTest;
use crate::parallel::in_order;
use crate::parameter_numbers::{numbers_in, step_number};
use crate::study::Study;

use self::sweep::{FactSweep, findings};

/// Two cases one step of a fact apart.
#[derive(Debug, Clone)]
pub struct BoundaryPair {
    /// The fact.
    pub fact: FieldName,
    /// The facts of both and what is decided, the lower first.
    pub cases: [(Facts, Decision); 2],
}

/// From how many sets of facts lines are sought: those of the cases come first.
const BASES_MAX: usize = 240;
/// From how many on each of however many days.
const BASES_MIN: usize = 40;

/// How many lines of a kind are proposed that don't stand in the law as a number: they follow from other facts.
const ALIKE_MAX: usize = 1;

/// The pairs that no two cases beside the rule stand for, on every day on which its law changes: that on which it counts now
/// first. A line that comes to the same on several days is proposed once.
///
/// # Errors
/// [`DecideError`] if the rule's place isn't there on one of the days.
pub fn boundaries(study: Study<'_>) -> Result<Vec<BoundaryPair>, DecideError> {
    let days = study.days_from_now();
    let (known, decided) = (study.known(), study.decided_known()?);
    let mut all: Vec<BoundaryPair> = Vec::new();
    for &day in &days {
        let Some(law) = study.law_on(day)? else { continue };
        let bases = fact_sets(&law, study, &known, days.len());
        let most = (BASES_MAX / days.len()).max(BASES_MIN);
        let drawn = lines_on(&LawUnderTest::new(law, day), study, day, bases.get(..most).unwrap_or(&bases));
        for pair in drawn {
            if !pair.is_met_by(&decided) && !all.iter().any(|known| known.comes_to_the_same(&pair)) {
                all.push(pair);
            }
        }
    }
    Ok(all)
}

impl Study<'_> {
    /// The cases as far as they can be read, with what is decided on the day of each.
    fn decided_known(&self) -> Result<Vec<(Facts, Decision)>, DecideError> {
        let mut decided = Vec::new();
        for (day, facts) in self.dated_known() {
            let Some(law) = self.law_on(day)? else { continue };
            decided.push(LawUnderTest::new(law, day).decided(facts));
        }
        Ok(decided)
    }
}

/// A fact with no more values than this is tried in full.
const VALUES_IN_FULL: usize = 32;

/// The lines that the law of a day draws, seen from each of the bases.
fn lines_on(trial: &LawUnderTest<'_>, study: Study<'_>, day: Date, bases: &[Facts]) -> Vec<BoundaryPair> {
    let boundary_values = BoundaryValues::of(&trial.law);
    let mut drawn = BoundarySearch { trial, boundary_values: &boundary_values, study, day, pairs: Vec::new() };
    let facts = trial.law.facts_read();
    let lines = |(at, base, fact): (usize, &Facts, &Fact)| {
        let values = candidate_values(&boundary_values, study.constants_for(at), &fact.fact_type, VALUES_IN_FULL);
        (fact.name.clone(), FactSweep { trial, base, fact }.lines(&values))
    };
    let along = (0..).zip(bases).flat_map(|(at, base)| facts.iter().map(move |fact| (at, base, *fact)));
    in_order(along, lines, |(fact, found)| found.into_iter().for_each(|cases| drawn.add(&fact, cases)));
    drawn.pairs
}

struct BoundarySearch<'t, 'a> {
    trial: &'t LawUnderTest<'a>,
    boundary_values: &'t BoundaryValues,
    study: Study<'t>,
    day: Date,
    pairs: Vec<BoundaryPair>,
}

impl BoundarySearch<'_, '_> {
    /// Keeps each line that stands in the law once, and of those that follow from other facts a few of each kind.
    fn add(&mut self, fact: &FieldName, cases: [(Facts, Decision); 2]) {
        let pair = BoundaryPair { fact: fact.clone(), cases };
        let alike: Vec<&BoundaryPair> = self.pairs.iter().filter(|known| known.turns() == pair.turns()).collect();
        let is_known = |known: &&BoundaryPair| known.value(0) == pair.value(0) && known.value(1) == pair.value(1);
        if alike.iter().any(is_known) || (alike.len() >= ALIKE_MAX && !self.follows_a_number(&pair)) {
            return;
        }
        let pair = self.smaller(pair);
        self.pairs.push(pair);
    }

    /// Whether the line stands where a number of the law does, and goes away from there with it. A number that is equal by
    /// chance draws no line.
    fn follows_a_number(&self, pair: &BoundaryPair) -> bool {
        let values = [pair.value(0), pair.value(1)];
        if !values.into_iter().flatten().any(|value| self.boundary_values.holds(value)) {
            return false;
        }
        let is_it = |number: &Value| {
            // A date of birth stands where an age does.
            matches!(values[0], Some(Value::Date(_)))
                || values.into_iter().flatten().any(|value| numeric_value(value) == numeric_value(number))
        };
        self.trial.law.rules_in_force().any(|rule| {
            let RuleState::Ready(ready) = &rule.state else { return false };
            let goes_with = |(name, value): (FieldName, Value)| {
                let numbers = numbers_in(&value);
                let paths = numbers.iter().filter(|(_, number)| is_it(number)).map(|(path, _)| path);
                let mut moves =
                    paths.flat_map(|path| [false, true].map(|is_up| step_number(&value, path, is_up))).flatten();
                moves.any(|other| {
                    rule.with_parameter(&name, self.day, other).is_some_and(|other| self.ends_with(pair, rule, &other))
                })
            };
            ready.parameters_on(self.day).into_iter().any(goes_with)
        })
    }

    /// Whether the pair no longer turns as it does once a rule is another.
    fn ends_with(&self, pair: &BoundaryPair, own: &Rule, other: &Rule) -> bool {
        let Ok(Some(law)) = self.study.law_on(self.day) else { return false };
        let trial = LawUnderTest::new(law.with_rule(own, other), self.day);
        let cases = pair.cases.each_ref().map(|(facts, _)| trial.decided(facts.clone()));
        BoundaryPair { fact: pair.fact.clone(), cases }.turns() != pair.turns()
    }

    /// Leaves out every fact without which both cases come to the same.
    fn smaller(&self, mut pair: BoundaryPair) -> BoundaryPair {
        let facts = self.trial.law.contract().facts.iter().map(|fact| &fact.name);
        for name in facts.filter(|name| **name != pair.fact) {
            let fewer = pair.cases.each_ref().map(|(facts, _)| self.trial.decided(without(facts, name)));
            let is_same = fewer
                .iter()
                .zip(&pair.cases)
                .all(|(fewer, more)| ComparableOutcome::of(&fewer.1) == ComparableOutcome::of(&more.1));
            if is_same {
                pair.cases = fewer;
            }
        }
        pair.cases = pair.cases.map(|(facts, decision)| (self.trial.in_order(&facts), decision));
        pair
    }
}

impl BoundaryPair {
    fn value(&self, side: usize) -> Option<&Value> {
        field(&self.cases.get(side)?.0.0, &self.fact)
    }

    /// What turns: the fact, the outcomes, and which findings are others.
    fn turns(&self) -> (&FieldName, [&'static str; 2], Vec<usize>) {
        let [(_, low), (_, high)] = &self.cases;
        let changed = findings(low).into_iter().zip(findings(high)).enumerate().filter(|(_, (low, high))| low != high);
        (&self.fact, [low.outcome.as_str(), high.outcome.as_str()], changed.map(|(index, _)| index).collect())
    }

    /// Whether both are the same line with the same on each side, though maybe on other days.
    fn comes_to_the_same(&self, other: &Self) -> bool {
        let is_same = |side: usize| {
            let comes = |pair: &Self| pair.cases.get(side).map(|(_, decision)| ComparableOutcome::of(decision));
            self.value(side) == other.value(side) && comes(self) == comes(other)
        };
        self.fact == other.fact && is_same(0) && is_same(1)
    }

    /// Whether some case stands on each side with the same outcome.
    fn is_met_by(&self, known: &[(Facts, Decision)]) -> bool {
        let stands = |side: usize, decided: &Decision| {
            known.iter().any(|(facts, decision)| {
                field(&facts.0, &self.fact) == self.value(side)
                    && ComparableOutcome::of(decision) == ComparableOutcome::of(decided)
            })
        };
        let [(_, low), (_, high)] = &self.cases;
        stands(0, low) && stands(1, high)
    }
}
