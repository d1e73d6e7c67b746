//! Statutory properties: what must hold for every case of a rule, such as that more need never gets less. They stand in
//! `properties.toml` beside the rule. A pair of cases that breaks one is sought on every day on which the law changes, and made
//! as small as it can be. Finding none is no proof.

mod checker;
mod definition;
mod parse;
mod violation_search;

use ordinance_domain::decision::Decision;
use ordinance_domain::facts::Facts;
use ordinance_domain::value::Record;
use ordinance_engine::DecideError;
use ordinance_engine::samples::BoundaryValues;

use crate::fact_sets::{fact_sets, with};
use crate::law_under_test::LawUnderTest;
use crate::study::Study;

use self::checker::PropertyChecker;
pub use self::definition::{Property, PropertyKind};
pub use self::parse::{PropertyFault, parse_properties};

/// Cases that break a property.
#[derive(Debug, Clone)]
pub struct PropertyViolation {
    /// One case, or two that don't go together, the one with less first; each with what is decided.
    pub cases: Vec<(Facts, Decision)>,
}

/// What a search for violations of one property came to.
#[derive(Debug, Default)]
pub struct PropertyReport {
    /// How many cases were tried.
    pub cases: usize,
    /// How many of them were decided; of the others nothing can be said.
    pub decided: usize,
    /// The first that was found, on the first day on which there is one.
    pub violation: Option<PropertyViolation>,
}

/// Seeks cases that break a property.
///
/// # Errors
/// [`DecideError`] if the rule's place isn't there on one of the days.
pub fn seek(study: Study<'_>, property: &Property) -> Result<PropertyReport, DecideError> {
    let mut sought = PropertyReport::default();
    let (days, known) = (study.days(), study.known());
    for &day in &days {
        let Some(law) = study.law_on(day)? else { continue };
        let bases = fact_sets(&law, study, &known, days.len());
        let boundary_values = BoundaryValues::of(&law);
        let mut seeker = PropertyChecker {
            boundary_values,
            constants: &[],
            trial: LawUnderTest::new(law, day),
            property,
            cases: 0,
            decided: 0,
        };
        let found = (0..).zip(bases.iter().take(BASES_MAX)).find_map(|(at, base)| {
            seeker.constants = study.constants_for(at);
            seeker.find_violation(&overlaid(base, &property.given))
        });
        let found = found.map(|pair| seeker.smaller(pair));
        sought.cases += seeker.cases;
        sought.decided += seeker.decided;
        if let Some(pair) = found {
            let cases = pair.into_iter().map(|facts| seeker.trial.decided(facts)).collect();
            sought.violation = Some(PropertyViolation { cases });
            return Ok(sought);
        }
    }
    Ok(sought)
}

/// From how many sets of facts pairs are made.
const BASES_MAX: usize = 600;

/// The same facts, but for those that are given.
fn overlaid(base: &Facts, given: &Record) -> Facts {
    given.iter().fold(base.clone(), |facts, (name, value)| with(&facts, name, value.clone()))
}
