//! Boundary-value analysis: finds pairs of cases that differ by one step of a fact and in the outcome, a finding or the
//! grant, and proposes each pair unless the cases beside the rule cover both sides. Nothing else differs in a pair, and
//! the rest of it is the least case that shows the boundary.

mod boundary_pair;
mod known_cases;
mod sweep;

use std::collections::{BTreeSet, HashMap, HashSet};

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::fact::FactType;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::value::{Value, value_at};
use ordinance_engine::boundary_values::BoundaryValues;
use ordinance_engine::{DecideError, Rule, RuleState};

use crate::candidate_values::candidate_values;
use crate::fact_sets::{FactPlace, fact_sets, places_in, without_fact};
use crate::law_under_test::LawUnderTest;
use crate::parallel::par_until;
use crate::parameter_numbers::{numbers_in, step_number};
use crate::shrink::Shrinker;
use crate::study::Study;

use self::boundary_pair::BoundaryKind;
pub use self::boundary_pair::BoundaryPair;
use self::known_cases::KnownCases;
use self::sweep::{FactSweep, SweepDepth};

/// The number of fact sets from which boundaries are searched, for all days together. Those of the cases come first.
const BASES_MAX: usize = 240;
/// The least number of fact sets of one day, whatever the number of days.
const BASES_MIN: usize = 40;
/// The number of fact sets of a day from which a fact is tried at each value; from others it is at those between two
/// values that differ.
const FULL_BASES_MAX: usize = 2;
/// How often the cases of the pairs found become bases themselves, so that a second study finds little more than the
/// first.
const ROUNDS_MAX: usize = 4;

/// The number of boundaries of one kind that are proposed without a number of the law at the boundary. Such boundaries
/// follow from other facts.
const DERIVED_MAX: usize = 1;

/// How often a boundary that isn't added is looked at: from another set of facts a number of the law may set it.
const SEEN_MAX: usize = 3;

/// Finds the boundaries that no two cases beside the rule cover, on every day on which the law changes, the present
/// period first. A boundary that is the same on several days is proposed once.
///
/// # Errors
/// [`DecideError`] if the rule's place doesn't exist on one of the days.
pub fn find_boundaries(study: Study<'_>) -> Result<Vec<BoundaryPair>, DecideError> {
    let days = study.days_from_now();
    let known = study.known_facts();
    let covered = KnownCases::new(study.evaluate_known()?, &days);
    let mut laws = Vec::new();
    for &day in &days {
        let Some(law) = study.law_on(day)? else { continue };
        let mut bases = fact_sets(&law, study, &known, days.len());
        bases.truncate((BASES_MAX / days.len()).max(BASES_MIN));
        let boundary_values = study.boundary_values(&law);
        laws.push((day, LawUnderTest::new(law, day), boundary_values, bases));
    }
    let mut searches: Vec<BoundarySearch<'_, '_>> = laws
        .iter()
        .map(|(day, law, boundary_values, bases)| {
            let bases = bases.clone();
            let (kinds, seen, swept) = (HashMap::new(), HashMap::new(), HashSet::new());
            BoundarySearch { law, boundary_values, study, day: *day, bases, kinds, seen, swept }
        })
        .collect();
    let mut proposals = Proposals { covered, proposed: Vec::new(), turned: BTreeSet::new() };
    for round in 0..ROUNDS_MAX {
        let mut found: Vec<Facts> = Vec::new();
        for search in &mut searches {
            for boundary in search.sweep(round) {
                found.extend(boundary.pair.cases.iter().map(|(facts, _)| facts.clone()));
                proposals.add(boundary);
            }
        }
        if found.is_empty() {
            break;
        }
        searches.iter_mut().for_each(|search| search.bases.clone_from(&found));
    }
    for (search, (.., bases)) in searches.iter_mut().zip(&laws) {
        search.bases = bases.iter().take(FULL_BASES_MAX).cloned().collect();
        for boundary in search.sweep_findings(&proposals.turned) {
            proposals.add(boundary);
        }
    }
    Ok(proposals.proposed)
}

/// The boundaries that are proposed.
struct Proposals {
    covered: KnownCases,
    proposed: Vec<BoundaryPair>,
    /// The criteria whose findings change at some boundary, proposed or covered.
    turned: BTreeSet<(usize, Id)>,
}

impl Proposals {
    /// Adds a boundary, unless the known cases cover it or it is proposed already.
    fn add(&mut self, Found { pair, is_derived }: Found) {
        let kind = pair.kind();
        self.turned.extend(kind.2.iter().cloned());
        let is_known = |other: &BoundaryPair| other.is_same_boundary(&pair) || (is_derived && other.kind() == kind);
        if !self.covered.cover(&pair, is_derived) && !self.proposed.iter().any(is_known) {
            self.proposed.push(pair);
        }
    }
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

/// A boundary, and whether no number of the law sets it.
struct Found {
    pair: BoundaryPair,
    is_derived: bool,
}

/// The boundaries of the law on a day, found by sweeping each fact of each base.
struct BoundarySearch<'t, 'a> {
    law: &'t LawUnderTest<'a>,
    boundary_values: &'t BoundaryValues,
    study: Study<'t>,
    day: Date,
    bases: Vec<Facts>,
    /// The number of boundaries of each kind that were found so far.
    kinds: HashMap<BoundaryKind, usize>,
    /// How often each boundary came up, by its kind and its values.
    seen: HashMap<(BoundaryKind, [Option<Value>; 2]), usize>,
    /// The sweeps so far: a place, and the base without it.
    swept: HashSet<(FieldName, Facts)>,
}

impl BoundarySearch<'_, '_> {
    /// Sweeps the facts of the bases. Returns the boundaries that are new.
    fn sweep(&mut self, round: usize) -> Vec<Found> {
        let boundaries = self.boundaries(&[], |index| match round {
            0 if index < FULL_BASES_MAX => SweepDepth::EachValue,
            _ => SweepDepth::WhereItChanges,
        });
        boundaries.into_iter().filter_map(|pair| self.add(pair)).collect()
    }

    /// Sweeps the facts of the bases for the criteria of the rule whose findings change at no boundary so far, so that
    /// nothing is decided by them alone. Returns a boundary of each that is found.
    fn sweep_findings(&mut self, turned: &BTreeSet<(usize, Id)>) -> Vec<Found> {
        let head = &self.study.rule.head;
        let Some(base) = self.bases.first() else { return Vec::new() };
        let layers = self.law.evaluate(base).layers;
        let Some(level) = layers.iter().position(|layer| layer.jurisdiction == head.jurisdiction) else {
            return Vec::new();
        };
        let criteria = head.criteria.iter().map(|criterion| (level, criterion.id.clone()));
        let alone: Vec<(usize, Id)> = criteria.filter(|criterion| !turned.contains(criterion)).collect();
        if alone.is_empty() {
            return Vec::new();
        }
        self.swept.clear();
        let mut boundaries = self.boundaries(&alone, |_| SweepDepth::EachValue);
        boundaries.retain(|pair| pair.kind().2.iter().any(|criterion| alone.contains(criterion)));
        boundaries.into_iter().filter_map(|pair| self.add(pair)).collect()
    }

    /// The boundaries at which an outcome changes or, with it or not, a finding on one of the criteria `alone`, each
    /// fact of each base swept at the depth for the base's index.
    fn boundaries(&mut self, alone: &[(usize, Id)], depth: impl Fn(usize) -> SweepDepth + Sync) -> Vec<BoundaryPair> {
        let Self { law, boundary_values, study, day, .. } = *self;
        let facts = law.applicable.facts_read();
        let bases = std::mem::take(&mut self.bases);
        let mut sweeps: Vec<(usize, &Facts, FactPlace<'_>)> = Vec::new();
        for (index, base) in bases.iter().enumerate() {
            for place in places_in(&law.applicable, &facts, base) {
                if self.swept.insert((place.name.clone(), without_fact(base, &place.name))) {
                    sweeps.push((index, base, place));
                }
            }
        }
        study.pace.begin_part(format!("facts of cases on {day}"), sweeps.len());
        let sweep = |_: &mut (), (index, base, place): &(usize, &Facts, FactPlace<'_>)| {
            let depth = depth(*index);
            let constants = if depth == SweepDepth::EachValue { study.constants_for(*index) } else { &[] };
            if study.pace.is_over() {
                return None;
            }
            let values = swept_values(boundary_values, constants, place, base);
            let boundaries = FactSweep::new(law, base, place, alone).boundaries(&values, depth);
            study.pace.step();
            Some(boundaries)
        };
        let results = par_until(&sweeps, || (), sweep, |_| false);
        let unreached = results.iter().filter(|boundaries| boundaries.is_none()).count();
        if unreached > 0 {
            let (rule, all) = (study.rule.head.place_and_version(), sweeps.len());
            study.pace.leave_out(format!("{rule} on {day}: {unreached} of {all} facts of tried cases"));
        }
        let pairs = sweeps.iter().zip(results).flat_map(|((.., place), boundaries)| {
            let pair = |cases| BoundaryPair { fact: place.name.clone(), cases };
            boundaries.into_iter().flatten().map(pair).collect::<Vec<_>>()
        });
        pairs.collect()
    }

    /// Shrinks a boundary and adds it, unless it is known. Of the boundaries that no number of the law sets, it adds
    /// [`DERIVED_MAX`] of each kind.
    fn add(&mut self, pair: BoundaryPair) -> Option<Found> {
        let kind = pair.kind();
        let values = [pair.value(0), pair.value(1)].map(Option::<&Value>::cloned);
        let seen = self.seen.entry((kind.clone(), values)).or_default();
        if *seen >= SEEN_MAX {
            return None;
        }
        *seen += 1;
        let is_derived = !self.is_set_by_parameter(&pair);
        let count = self.kinds.entry(kind.clone()).or_default();
        if is_derived && *count >= DERIVED_MAX {
            return None;
        }
        *count += 1;
        let pair = self.shrink(pair);
        // A boundary that is added comes up no more.
        let values = [pair.value(0), pair.value(1)].map(Option::<&Value>::cloned);
        self.seen.insert((kind, values), SEEN_MAX);
        Some(Found { pair, is_derived })
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

    /// The least pair found with the same boundary: it lies at the same values, and the same findings change. Where no
    /// finding changes, the grants stay too.
    fn shrink(&self, pair: BoundaryPair) -> BoundaryPair {
        let kind = pair.kind();
        let outcomes = pair.outcomes();
        let is_turn =
            outcomes[0] != outcomes[1] && !kind.2.is_empty() || kind.1[0] != kind.1[1] || outcomes[0].is_none();
        let mut occurs = |cases: &[Facts]| {
            let [low, high] = cases else { return false };
            let low = self.law.with_evaluation(low.clone());
            if low.1.outcome.as_str() != kind.1[0] {
                return false;
            }
            let cases = [low, self.law.with_evaluation(high.clone())];
            let other = BoundaryPair { fact: pair.fact.clone(), cases };
            let is_same =
                if is_turn { other.outcomes()[0] != other.outcomes()[1] } else { other.outcomes() == outcomes };
            is_same && other.kind() == kind
        };
        let shrinker = Shrinker { law: self.law, boundary_values: self.boundary_values };
        let cases = pair.cases.iter().map(|(facts, _)| facts.clone()).collect();
        let cases = shrinker.shrink(cases, &mut occurs);
        let fact = shrinker.differing(&cases, &pair.fact);
        match <[Facts; 2]>::try_from(cases) {
            Ok(cases) => BoundaryPair { fact, cases: cases.map(|facts| self.law.with_evaluation(facts)) },
            Err(_) => pair,
        }
    }
}

/// The values at which a fact is swept. A list gets longer item by item, so that a pair differs in one person; records
/// are swept by their parts, and no text is blank.
fn swept_values(
    boundary_values: &BoundaryValues,
    constants: &[i64],
    place: &FactPlace<'_>,
    base: &Facts,
) -> Vec<Value> {
    let fact_type = &place.fact.fact_type;
    match (fact_type, value_at(&base.0, &place.name)) {
        (FactType::List { .. }, Some(Value::List(items))) => {
            (0..=items.len()).map(|length| Value::List(items.iter().take(length).cloned().collect())).collect()
        }
        (FactType::List { .. } | FactType::Record(_), _) => Vec::new(),
        (FactType::Text { .. }, _) => {
            let texts = boundary_values.values(fact_type).into_iter();
            texts.filter(|text| !matches!(text, Value::Text(text) if text.trim().is_empty())).collect()
        }
        (_, _) => candidate_values(boundary_values, constants, fact_type, VALUES_IN_FULL),
    }
}
