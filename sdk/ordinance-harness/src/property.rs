//! Statutory properties: statements that must hold for every case of a rule, such as "a person with more need gets no
//! less". The file `properties.toml` beside the rule declares them. The check searches for a counterexample on every
//! day on which the law changes, and shrinks it. It can't prove that there is none.

mod checker;
mod definition;
mod parse;
mod violation_search;

use std::collections::HashSet;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::value::Record;
use ordinance_engine::{ApplicableLaw, DecideError};

use crate::agreeing_facts::give_way_to;
use crate::fact_sets::{fact_sets, with_fact, without_fact};
use crate::law_under_test::LawUnderTest;
use crate::parallel::par_until;
use crate::study::Study;

use self::checker::PropertyChecker;
pub use self::definition::{Property, PropertyKind};
pub use self::parse::parse_properties;

/// Cases that violate a property.
#[derive(Debug, Clone)]
pub struct PropertyViolation {
    /// One case, or two cases that contradict each other, the case with less of the fact first. Each has its
    /// evaluation.
    pub cases: Vec<(Facts, Evaluation)>,
}

/// The result of checking one property.
#[derive(Debug, Default)]
pub struct PropertyReport {
    /// The number of cases tried.
    pub cases: usize,
    /// The number of cases tried with a determined outcome. Other cases don't test the property.
    pub decided: usize,
    /// The number of these in which the person is eligible. Where nobody is, no property is tested.
    pub granted: usize,
    /// The number of days on which the property was to be tried, and of those on which the time of the study ended
    /// before all cases.
    pub days: usize,
    /// See `days`.
    pub unreached_days: usize,
    /// The violation on the first day that has one. `None` if the property holds in every case tried.
    pub violation: Option<PropertyViolation>,
}

/// Searches for cases that violate a property, as long as the pace of the study lets it.
///
/// # Errors
/// [`DecideError`] if the rule's place doesn't exist on one of the days.
pub fn check_property(study: Study<'_>, property: &Property) -> Result<PropertyReport, DecideError> {
    let mut report = PropertyReport::default();
    let days = study.days();
    let known = study.known_facts();
    for &day in &days {
        let Some(law) = study.law_on(day)? else { continue };
        report.days += 1;
        // Making the sets of facts takes time too.
        if study.pace.is_over() {
            report.unreached_days += 1;
            continue;
        }
        study.pace.begin_part(format!("`{}` on {day}", property.name), 0);
        let bases = fact_sets(&law, study, &known, days.len());
        report.violation = check_on(study, law, day, property, &bases, &mut report);
        if report.violation.is_some() {
            break;
        }
    }
    Ok(report)
}

/// The largest number of fact sets from which pairs are made.
const BASES_MAX: usize = 600;

/// The number of fact sets from which every value is tried; from others if the fact has an effect at a few values.
const FULL_BASES_MAX: usize = 64;

/// Checks the property on one day and adds the counts of cases to the report.
fn check_on(
    study: Study<'_>,
    law: ApplicableLaw<'_>,
    day: Date,
    property: &Property,
    bases: &[Facts],
    report: &mut PropertyReport,
) -> Option<PropertyViolation> {
    let boundary_values = study.boundary_values(&law);
    let law = LawUnderTest::new(law, day);
    let bases = distinct_bases(law.applicable.contract(), property, bases);
    study.pace.begin_part(format!("`{}` on {day}", property.name), bases.len());
    let checker = |constants, is_full| PropertyChecker::new(&law, &boundary_values, constants, property, is_full);
    let work = |_: &mut (), (index, base): &(usize, Facts)| {
        let mut checker = checker(study.constants_for(*index), *index < FULL_BASES_MAX);
        let found = (!study.pace.is_over()).then(|| checker.find_violation(base));
        if found.is_some() {
            study.pace.step();
        }
        (found, [checker.cases, checker.decided, checker.granted])
    };
    let results = par_until(&bases, || (), work, |(found, ..)| matches!(found, Some(Some(_))));
    for (_, [cases, decided, granted]) in &results {
        report.cases += cases;
        report.decided += decided;
        report.granted += granted;
    }
    report.unreached_days += usize::from(results.iter().any(|(found, ..)| found.is_none()));
    let violation = results.into_iter().find_map(|(found, ..)| found.flatten())?;
    let mut checker = checker(&[], true);
    let cases = checker.shrink(violation);
    Some(PropertyViolation { cases: cases.into_iter().map(|facts| law.with_evaluation(facts)).collect() })
}

/// The first of the sets of facts, with what the property requires, each with its index. Of sets that differ only in
/// the facts that the property varies anyway, it is the first.
fn distinct_bases(contract: &Contract, property: &Property, sets: &[Facts]) -> Vec<(usize, Facts)> {
    let mut seen: HashSet<Facts> = HashSet::new();
    let varied = match property.kind.facts().as_slice() {
        [fact] if !fact.is_part() => Some(*fact),
        _ => None,
    };
    let based = sets.iter().take(BASES_MAX).map(|set| with_given(contract, set, &property.given));
    let mut is_new = |(_, base): &(usize, Facts)| {
        let mut rest = varied.map_or_else(|| base.clone(), |fact| without_fact(base, fact));
        rest.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        seen.insert(rest)
    };
    based.enumerate().filter(|indexed| is_new(indexed)).collect()
}

/// The facts of a base, with the facts that the property requires and without those that would contradict them.
fn with_given(contract: &Contract, base: &Facts, given: &Record) -> Facts {
    let mut facts = base.clone();
    given.iter().for_each(|(name, _)| give_way_to(contract, &mut facts, name));
    given.iter().fold(facts, |facts, (name, value)| with_fact(&facts, name, value.clone()))
}
