//! Pairs of cases one step apart on the two sides of a line that the law draws: those that a reviewer should have looked at.
//! Where a fact turns the outcome, a finding or the grant, the line is brought down to one step, and the pair proposed unless
//! cases stand there already.

use ordinance_domain::decision::Decision;
use ordinance_domain::fact::Fact;
use ordinance_domain::minimise::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::DecideError;
use ordinance_engine::samples::Landmarks;

use crate::comes::Comes;
use crate::fact_sets::{Trial, fact_sets, with, without};
use crate::numbers::{halfway, is_one_step, stepped};
use crate::study::Study;

/// Two cases one step of a fact apart.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The fact.
    pub fact: FieldName,
    /// The facts of both and what is decided, the lower first.
    pub cases: [(Facts, Decision); 2],
}

/// From how many sets of facts lines are sought: those of the cases come first.
const BASES_MAX: usize = 120;

/// How many lines of a kind are proposed that don't stand in the law as a number: they follow from other facts.
const ALIKE_MAX: usize = 1;

/// The pairs that no two cases beside the rule stand for, on the day on which it counts now.
///
/// # Errors
/// [`DecideError`] if the rule's place isn't there on that day.
pub fn boundaries(study: Study<'_>) -> Result<Vec<Pair>, DecideError> {
    let Some(law) = study.law_on(study.day())? else { return Ok(Vec::new()) };
    let facts = law.facts_read();
    let landmarks = Landmarks::of(&law);
    let known = study.known();
    let bases = fact_sets(&law, &known);
    let trial = Trial::new(law, study.day());
    let mut drawn = Drawn { trial: &trial, landmarks: &landmarks, pairs: Vec::new() };
    for base in bases.iter().take(BASES_MAX) {
        for fact in &facts {
            let values = landmarks.values_in_full(&fact.fact_type, VALUES_IN_FULL);
            drawn.lines_along(base, fact, &values);
        }
    }
    let decided: Vec<(Facts, Decision)> = known.into_iter().map(|facts| trial.decided(facts)).collect();
    Ok(drawn.pairs.into_iter().filter(|pair| !pair.is_met_by(&decided)).collect())
}

/// A fact with no more values than this is tried in full.
const VALUES_IN_FULL: usize = 32;

struct Drawn<'t, 'a> {
    trial: &'t Trial<'a>,
    landmarks: &'t Landmarks,
    pairs: Vec<Pair>,
}

impl Drawn<'_, '_> {
    /// The case of this value of a fact, and what is decided.
    fn at(&self, base: &Facts, fact: &Fact, value: &Value) -> (Facts, Decision) {
        self.trial.decided(with(base, &fact.name, value.clone()))
    }

    /// Where the law turns between one value and the next.
    fn lines_along(&mut self, base: &Facts, fact: &Fact, values: &[Value]) {
        let sides: Vec<(Facts, Decision)> = values.iter().map(|value| self.at(base, fact, value)).collect();
        let mut found = Vec::new();
        for two in sides.windows(2).zip(values.windows(2)) {
            let ([low, high], [from, to]) = two else { continue };
            if Comes::of(&low.1).is_none() || Comes::of(&high.1).is_none() {
                continue;
            }
            if stepped(&fact.fact_type, from).is_none() {
                // Words and answers have no steps between them: the two are one apart as they are.
                found.extend((turn_between(&low.1, &high.1)).then(|| [low.clone(), high.clone()]));
            } else if turn_between(&low.1, &high.1) || Comes::of(&low.1) != Comes::of(&high.1) {
                found.extend(self.narrowed(base, fact, [from, to]));
            }
        }
        for cases in found {
            self.add(&fact.name, cases);
        }
    }

    /// The line between two values, down to one step of the fact.
    fn narrowed(&self, base: &Facts, fact: &Fact, [low, high]: [&Value; 2]) -> Option<[(Facts, Decision); 2]> {
        let at = |value: &Value| self.at(base, fact, value);
        let (mut low, mut high) = (low.clone(), high.clone());
        while let Some(middle) = halfway(&fact.fact_type, &low, &high) {
            let [below, between, above] = [&low, &middle, &high].map(|value| at(value).1);
            // What turns comes first; of two falls of an amount, the deeper.
            let is_below = match (turn_between(&below, &between), turn_between(&between, &above)) {
                (true, _) => true,
                (false, true) => false,
                (false, false) => fall(&below, &between) >= fall(&between, &above),
            };
            if is_below {
                high = middle;
            } else {
                low = middle;
            }
        }
        let is_pair = is_one_step(&fact.fact_type, &low, &high) && {
            let [below, above] = [&low, &high].map(|value| at(value).1);
            turn_between(&below, &above) || self.leaps(base, fact, [&low, &high])
        };
        is_pair.then(|| [at(&low), at(&high)])
    }

    /// Whether an amount changes more in this step than in those beside it: a formula changes it a little in each.
    fn leaps(&self, base: &Facts, fact: &Fact, [low, high]: [&Value; 2]) -> bool {
        let at = |value: &Value| self.at(base, fact, value).1;
        let own = fall(&at(low), &at(high));
        let beyond = stepped(&fact.fact_type, high).map_or(Decimal::ZERO, |next| fall(&at(high), &at(&next)));
        own > beyond * Decimal::TWO + Decimal::new(1, 2)
    }

    /// Keeps each line that stands in the law once, and of those that follow from other facts a few of each kind.
    fn add(&mut self, fact: &FieldName, cases: [(Facts, Decision); 2]) {
        let pair = Pair { fact: fact.clone(), cases };
        let is_in_law =
            [0, 1].into_iter().any(|side| pair.value(side).is_some_and(|value| self.landmarks.holds(value)));
        let alike = self.pairs.iter().filter(|known| known.turns() == pair.turns());
        let is_known = if is_in_law {
            alike.into_iter().any(|known| known.value(0) == pair.value(0) && known.value(1) == pair.value(1))
        } else {
            alike.count() >= ALIKE_MAX
        };
        if !is_known {
            let pair = self.smaller(pair);
            self.pairs.push(pair);
        }
    }

    /// Leaves out every fact without which both cases come to the same.
    fn smaller(&self, mut pair: Pair) -> Pair {
        let facts = self.trial.law.contract().facts.iter().map(|fact| &fact.name);
        for name in facts.filter(|name| **name != pair.fact) {
            let fewer = pair.cases.each_ref().map(|(facts, _)| self.trial.decided(without(facts, name)));
            let is_same = fewer.iter().zip(&pair.cases).all(|(fewer, more)| Comes::of(&fewer.1) == Comes::of(&more.1));
            if is_same {
                pair.cases = fewer;
            }
        }
        pair.cases = pair.cases.map(|(facts, decision)| (self.trial.in_order(&facts), decision));
        pair
    }
}

impl Pair {
    fn value(&self, side: usize) -> Option<&Value> {
        field(&self.cases.get(side)?.0.0, &self.fact)
    }

    /// What turns: the fact, the outcomes, and which findings are others.
    fn turns(&self) -> (&FieldName, [&'static str; 2], Vec<usize>) {
        let [(_, low), (_, high)] = &self.cases;
        let changed = findings(low).into_iter().zip(findings(high)).enumerate().filter(|(_, (low, high))| low != high);
        (&self.fact, [low.outcome.as_str(), high.outcome.as_str()], changed.map(|(index, _)| index).collect())
    }

    /// Whether some case stands on each side with the same outcome.
    fn is_met_by(&self, known: &[(Facts, Decision)]) -> bool {
        let stands = |side: usize, decided: &Decision| {
            known.iter().any(|(facts, decision)| {
                field(&facts.0, &self.fact) == self.value(side) && Comes::of(decision) == Comes::of(decided)
            })
        };
        let [(_, low), (_, high)] = &self.cases;
        stands(0, low) && stands(1, high)
    }
}

/// Whether the outcome or a finding is another.
fn turn_between(one: &Decision, other: &Decision) -> bool {
    if one.outcome.as_str() != other.outcome.as_str() {
        return true;
    }
    let grants = |decision: &Decision| Comes::of(decision);
    grants(one) != grants(other) && findings(one) != findings(other)
}

fn findings(decision: &Decision) -> Vec<Option<bool>> {
    let answers = decision.layers.iter().filter_map(|layer| layer.status.answer());
    answers.flat_map(|answer| &answer.findings).map(|finding| finding.satisfied).collect()
}

/// By how much the numbers of what is granted differ, in all.
fn fall(one: &Decision, other: &Decision) -> Decimal {
    let (Some(one), Some(other)) = (Comes::of(one), Comes::of(other)) else { return Decimal::ZERO };
    let names: Vec<&FieldName> = [&one, &other].into_iter().flat_map(Comes::fields).collect();
    let differences = names.into_iter().filter_map(|name| Some((one.amount(name)? - other.amount(name)?).abs()));
    differences.fold(Decimal::ZERO, |sum, more| sum.saturating_add(more))
}
