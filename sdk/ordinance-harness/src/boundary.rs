//! Boundary-value analysis: finds pairs of cases that differ by one step of a fact and in the outcome, a finding or the
//! grant, and proposes each pair unless the cases beside the rule cover both sides.

mod sweep;

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Value, value_at};
use ordinance_engine::boundary_values::BoundaryValues;
use ordinance_engine::{DecideError, Rule, RuleState};

use crate::candidate_values::{candidate_values, numeric_value};
use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::{FactPlace, fact_sets, places_in, without_fact};
use crate::law_under_test::LawUnderTest;
use crate::parallel::par_map_ordered;
use crate::parameter_numbers::{numbers_in, step_number};
use crate::study::Study;

use self::sweep::{FactSweep, findings_in};

/// Two cases that differ by one step of a fact.
#[derive(Debug, Clone)]
pub struct BoundaryPair {
    /// The fact whose value differs.
    pub fact: FieldName,
    /// The facts of both cases and the decisions on them; the lower value of the fact first.
    pub cases: [(Facts, Evaluation); 2],
}

/// The number of fact sets from which boundaries are searched, for all days together. Those of the cases come first.
const BASES_MAX: usize = 240;
/// The least number of fact sets of one day, whatever the number of days.
const BASES_MIN: usize = 40;

/// The number of boundaries of one kind that are proposed without a number of the law at the boundary. Such boundaries
/// follow from other facts.
const DERIVED_MAX: usize = 1;

/// Finds the boundaries that no two cases beside the rule cover, on every day on which the law changes, the present
/// period first. A boundary that is the same on several days is proposed once.
///
/// # Errors
/// [`DecideError`] if the rule's place doesn't exist on one of the days.
pub fn find_boundaries(study: Study<'_>) -> Result<Vec<BoundaryPair>, DecideError> {
    let days = study.days_from_now();
    let known = study.known_facts();
    let evaluated = study.evaluate_known()?;
    let mut proposed: Vec<BoundaryPair> = Vec::new();
    for &day in &days {
        let Some(law) = study.law_on(day)? else { continue };
        let bases = fact_sets(&law, study, &known, days.len());
        let bases_max = (BASES_MAX / days.len()).max(BASES_MIN);
        let bases = bases.get(..bases_max).unwrap_or(&bases);
        for pair in boundaries_on(&LawUnderTest::new(law, day), study, day, bases) {
            if !pair.is_covered_by(&evaluated) && !proposed.iter().any(|known| known.is_same_boundary(&pair)) {
                proposed.push(pair);
            }
        }
    }
    Ok(proposed)
}

impl Study<'_> {
    /// The facts of the known cases, with the decision on the day of each.
    fn evaluate_known(&self) -> Result<Vec<(Facts, Evaluation)>, DecideError> {
        let mut evaluated = Vec::new();
        for (day, facts) in self.dated_facts() {
            let Some(law) = self.law_on(day)? else { continue };
            evaluated.push(LawUnderTest::new(law, day).with_evaluation(facts));
        }
        Ok(evaluated)
    }
}

/// Every value of a fact is tried if it has no more values than this.
const VALUES_IN_FULL: usize = 32;

/// The boundaries of the law on a day, found by sweeping each fact of each base.
fn boundaries_on(law: &LawUnderTest<'_>, study: Study<'_>, day: Date, bases: &[Facts]) -> Vec<BoundaryPair> {
    let boundary_values = study.boundary_values(&law.applicable);
    let mut search = BoundarySearch { law, boundary_values: &boundary_values, study, day, pairs: Vec::new() };
    let facts = law.applicable.facts_read();
    let sweep = |(index, base, place): (usize, &Facts, FactPlace<'_>)| {
        let constants = study.constants_for(index);
        let values = candidate_values(&boundary_values, constants, &place.fact.fact_type, VALUES_IN_FULL);
        let boundaries = FactSweep { law, base, place: &place }.boundaries(&values);
        (place.name, boundaries)
    };
    let places = |base: &Facts| places_in(&law.applicable, &facts, base);
    let sweeps =
        (0..).zip(bases).flat_map(|(index, base)| places(base).into_iter().map(move |place| (index, base, place)));
    par_map_ordered(sweeps, sweep, |(fact, boundaries)| {
        for cases in boundaries {
            search.add(BoundaryPair { fact: fact.clone(), cases });
        }
    });
    search.pairs
}

struct BoundarySearch<'t, 'a> {
    law: &'t LawUnderTest<'a>,
    boundary_values: &'t BoundaryValues,
    study: Study<'t>,
    day: Date,
    pairs: Vec<BoundaryPair>,
}

impl BoundarySearch<'_, '_> {
    /// Shrinks a boundary and adds it, unless it is known. Of the boundaries that no number of the law sets, it adds
    /// [`DERIVED_MAX`] of each kind.
    fn add(&mut self, pair: BoundaryPair) {
        let of_same_kind: Vec<&BoundaryPair> = self.pairs.iter().filter(|known| known.kind() == pair.kind()).collect();
        let is_known = |known: &&BoundaryPair| known.value(0) == pair.value(0) && known.value(1) == pair.value(1);
        if of_same_kind.iter().any(is_known) {
            return;
        }
        if of_same_kind.len() >= DERIVED_MAX && !self.is_set_by_parameter(&pair) {
            return;
        }
        let pair = self.shrink(pair);
        self.pairs.push(pair);
    }

    /// Whether a number of the law sets the boundary: one of the boundary's values is a boundary value of the law, and
    /// the boundary moves with a number of that size. The second condition excludes numbers that are equal by chance.
    fn is_set_by_parameter(&self, pair: &BoundaryPair) -> bool {
        let values = [pair.value(0), pair.value(1)];
        if !values.into_iter().flatten().any(|value| self.boundary_values.holds(value)) {
            return false;
        }
        self.law.applicable.rules_in_force().any(|rule| {
            let RuleState::Ready(ready) = &rule.state else { return false };
            let parameters = ready.parameters_on(self.law.applicable.query().day());
            parameters.iter().any(|(name, value)| self.moves_with(pair, rule, name, value))
        })
    }

    /// Whether the boundary moves if a number of this parameter is one step lower or higher.
    fn moves_with(&self, pair: &BoundaryPair, rule: &Rule, parameter: &FieldName, value: &Value) -> bool {
        let numbers = numbers_in(value);
        let candidates = numbers.iter().filter(|(_, number)| pair.may_be_set_by(number));
        for (path, _) in candidates {
            for is_up in [false, true] {
                let Some(stepped) = step_number(value, path, is_up) else { continue };
                let Some(other) = rule.with_parameter(parameter, self.law.applicable.query().day(), stepped) else {
                    continue;
                };
                if self.vanishes_with(pair, rule, &other) {
                    return true;
                }
            }
        }
        false
    }

    /// Whether the pair is no longer the same boundary if `other` replaces `own`.
    fn vanishes_with(&self, pair: &BoundaryPair, own: &Rule, other: &Rule) -> bool {
        let Ok(Some(law)) = self.study.law_on(self.day) else { return false };
        let law = LawUnderTest::new(law.with_rule(own, other), self.day);
        let cases = pair.cases.each_ref().map(|(facts, _)| law.with_evaluation(facts.clone()));
        BoundaryPair { fact: pair.fact.clone(), cases }.kind() != pair.kind()
    }

    /// Removes each fact whose absence leaves the outcomes of both cases unchanged.
    fn shrink(&self, mut pair: BoundaryPair) -> BoundaryPair {
        let names = self.law.applicable.contract().facts.iter().map(|fact| &fact.name);
        for name in names.filter(|name| !name.is(pair.fact.fact_name())) {
            let fewer = pair.cases.each_ref().map(|(facts, _)| self.law.with_evaluation(without_fact(facts, name)));
            let is_same = fewer.iter().zip(&pair.cases).all(|((_, evaluation), (_, earlier))| {
                ComparableOutcome::of(evaluation) == ComparableOutcome::of(earlier)
            });
            if is_same {
                pair.cases = fewer;
            }
        }
        pair.cases = pair.cases.map(|(facts, evaluation)| (self.law.in_contract_order(&facts), evaluation));
        pair
    }
}

/// The fact or part by its name in the catalogue, the outcomes on both sides, and the indices of the findings that
/// differ.
type BoundaryKind = (FieldName, [&'static str; 2], Vec<usize>);

impl BoundaryPair {
    fn value(&self, side: usize) -> Option<&Value> {
        let (facts, _) = self.cases.get(side)?;
        value_at(&facts.0, &self.fact)
    }

    fn kind(&self) -> BoundaryKind {
        let [(_, low), (_, high)] = &self.cases;
        let findings = findings_in(low).into_iter().zip(findings_in(high)).enumerate();
        let changed = findings.filter(|(_, (low, high))| low != high).map(|(index, _)| index).collect();
        (self.fact.without_items(), [low.outcome.as_str(), high.outcome.as_str()], changed)
    }

    /// Whether a number of the law may set this boundary: it equals one of the values, or the values are dates (an age
    /// may set a date of birth).
    fn may_be_set_by(&self, number: &Value) -> bool {
        let values = [self.value(0), self.value(1)];
        matches!(values[0], Some(Value::Date(_)))
            || values.into_iter().flatten().any(|value| numeric_value(value) == numeric_value(number))
    }

    /// Whether both pairs have the same values and the same outcomes, possibly on different days.
    fn is_same_boundary(&self, other: &Self) -> bool {
        let is_same_side = |side: usize| {
            let outcome = |pair: &Self| pair.cases.get(side).map(|(_, evaluation)| ComparableOutcome::of(evaluation));
            self.value(side) == other.value(side) && outcome(self) == outcome(other)
        };
        self.fact.without_items() == other.fact.without_items() && is_same_side(0) && is_same_side(1)
    }

    /// Whether known cases have the values and the outcomes of both sides.
    fn is_covered_by(&self, known: &[(Facts, Evaluation)]) -> bool {
        let is_side_covered = |side: usize, evaluation: &Evaluation| {
            known.iter().any(|(facts, known)| {
                value_at(&facts.0, &self.fact) == self.value(side)
                    && ComparableOutcome::of(known) == ComparableOutcome::of(evaluation)
            })
        };
        let [(_, low), (_, high)] = &self.cases;
        is_side_covered(0, low) && is_side_covered(1, high)
    }
}
