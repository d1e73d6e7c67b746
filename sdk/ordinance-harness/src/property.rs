//! Statutory properties: what must hold for every case of a rule, such as that more need never gets less. They stand in
//! `properties.toml` beside the rule. A pair of cases that breaks one is sought on every day on which the law changes, and made
//! as small as it can be. Finding none is no proof.

mod pairs;
mod read;

use ordinance_domain::decision::Evaluation;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::provision::Provision;
use ordinance_domain::value::{Decimal, Record, Value, field};
use ordinance_engine::DecideError;
use ordinance_engine::boundary_values::BoundaryValues;

use crate::comes::Comes;
use crate::fact_sets::{Trial, fact_sets, with, without};
use crate::study::Study;

pub use self::read::{PropertyFault, parse_properties};

/// What must hold for every case of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What must hold.
    pub holds: Holds,
    /// Facts that the cases have; it is asked of no others.
    pub given: Record,
    /// The law that asks for it, if that is said.
    pub provision: Option<Provision>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    /// Who has more of a fact gets no less, or no more.
    Monotone {
        /// The fact.
        fact: FieldName,
        /// Its values from less to more, where they have no order of their own.
        order: Vec<String>,
        /// Whether more of it gets no less; else no more.
        gets_no_less: bool,
    },
    /// One step more of a fact loses no more of the grant than this.
    NoCliff {
        /// The fact.
        fact: FieldName,
        /// The field of the grant.
        grant: FieldName,
        /// The most that may be lost.
        most: Decimal,
        /// Whether only who is granted something in both cases counts, so that the end of a benefit is no cliff.
        while_eligible: bool,
    },
    /// A fact changes nothing.
    NoInfluence {
        /// The fact.
        fact: FieldName,
    },
    /// What is granted lies within a range.
    Range {
        /// The field of the grant.
        grant: FieldName,
        /// The least.
        min: Option<Decimal>,
        /// The most.
        max: Option<Decimal>,
    },
    /// Two facts count alike: exchanged, they change nothing.
    Symmetry {
        /// The facts.
        facts: [FieldName; 2],
    },
}

/// Cases that break a property.
#[derive(Debug, Clone)]
pub struct Violation {
    /// One case, or two that don't go together, the one with less first; each with what is decided.
    pub cases: Vec<(Facts, Evaluation)>,
}

/// What a search for violations of one property came to.
#[derive(Debug, Default)]
pub struct Sought {
    /// How many cases were tried.
    pub cases: usize,
    /// How many of them were decided; of the others nothing can be said.
    pub decided: usize,
    /// The first that was found, on the first day on which there is one.
    pub violation: Option<Violation>,
}

/// Seeks cases that break a property.
///
/// # Errors
/// [`DecideError`] if the rule's place isn't there on one of the days.
pub fn seek(study: Study<'_>, property: &Property) -> Result<Sought, DecideError> {
    let mut sought = Sought::default();
    let (days, known) = (study.days(), study.known());
    for &day in &days {
        let Some(law) = study.law_on(day)? else { continue };
        let bases = fact_sets(&law, study, &known, days.len());
        let landmarks = BoundaryValues::of(&law);
        let mut seeker =
            Seeker { landmarks, constants: &[], trial: Trial::new(law, day), property, cases: 0, decided: 0 };
        let found = (0..).zip(bases.iter().take(BASES_MAX)).find_map(|(at, base)| {
            seeker.constants = study.constants_for(at);
            seeker.seek_from(&overlaid(base, &property.given))
        });
        let found = found.map(|pair| seeker.smaller(pair));
        sought.cases += seeker.cases;
        sought.decided += seeker.decided;
        if let Some(pair) = found {
            let cases = pair.into_iter().map(|facts| seeker.trial.evaluated(facts)).collect();
            sought.violation = Some(Violation { cases });
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

struct Seeker<'s, 'a> {
    trial: Trial<'a>,
    landmarks: BoundaryValues,
    constants: &'s [i64],
    property: &'s Property,
    cases: usize,
    decided: usize,
}

impl Seeker<'_, '_> {
    fn comes(&mut self, facts: &Facts) -> Option<Comes> {
        self.cases += 1;
        let comes = Comes::of(&self.trial.evaluate(facts));
        self.decided += usize::from(comes.is_some());
        comes
    }

    fn fact(&self, name: &FieldName) -> Option<Fact> {
        self.trial.law.contract().fact(name.as_str()).cloned()
    }

    /// Whether these cases break the property: one case of a range, else two.
    fn is_broken_by(&mut self, cases: &[Facts]) -> bool {
        let comes: Option<Vec<Comes>> = cases.iter().map(|facts| self.comes(facts)).collect();
        let holds = &self.property.holds;
        match (comes.as_deref(), holds) {
            (Some([one]), Holds::Range { grant, min, max }) => match one {
                Comes::Nothing => false,
                granted @ Comes::Granted(_) => granted
                    .amount(grant)
                    .is_some_and(|amount| min.is_some_and(|min| amount < min) || max.is_some_and(|max| amount > max)),
            },
            (Some([less, more]), Holds::Monotone { gets_no_less, .. }) => {
                if *gets_no_less {
                    less.is_less_in(more)
                } else {
                    more.is_less_in(less)
                }
            }
            (Some([less, more]), Holds::NoCliff { grant, most, while_eligible, .. }) => {
                let counts = !while_eligible || ![less, more].contains(&&Comes::Nothing);
                counts
                    && less.amount(grant).zip(more.amount(grant)).is_some_and(|(before, after)| before - after > *most)
            }
            (Some([one, other]), Holds::NoInfluence { .. } | Holds::Symmetry { .. }) => one != other,
            (Some(_) | None, _) => false,
        }
    }

    /// Leaves out every fact without which the cases still break the property, and makes the others as plain as they can be.
    fn smaller(&mut self, mut cases: Vec<Facts>) -> Vec<Facts> {
        let is_free = |name: &FieldName| !self.is_about(name) && field(&self.property.given, name).is_none();
        let sent = cases.first().into_iter().flat_map(|facts| &facts.0).map(|(name, _)| name);
        let names: Vec<FieldName> = sent.filter(|name| is_free(name)).cloned().collect();
        for name in &names {
            let fewer: Vec<Facts> = cases.iter().map(|facts| without(facts, name)).collect();
            if self.is_broken_by(&fewer) {
                cases = fewer;
                continue;
            }
            for value in self.fact(name).map(|fact| plain_values(&fact.fact_type)).unwrap_or_default() {
                let plainer: Vec<Facts> = cases.iter().map(|facts| with(facts, name, value.clone())).collect();
                if self.is_broken_by(&plainer) {
                    cases = plainer;
                    break;
                }
            }
        }
        cases.into_iter().map(|facts| self.trial.in_order(&facts)).collect()
    }

    /// Whether the property is about a fact.
    fn is_about(&self, name: &FieldName) -> bool {
        match &self.property.holds {
            Holds::Monotone { fact, .. } | Holds::NoCliff { fact, .. } | Holds::NoInfluence { fact } => fact == name,
            Holds::Symmetry { facts } => facts.contains(name),
            Holds::Range { .. } => false,
        }
    }
}

/// Values that say least: nothing, no, the least.
fn plain_values(fact_type: &FactType) -> Vec<Value> {
    match fact_type {
        FactType::Bool => vec![Value::Bool(false)],
        FactType::Integer { min, max } => vec![Value::Integer(0.clamp(*min, *max))],
        FactType::Decimal { min, max, .. } => vec![Value::Decimal(Decimal::ZERO.clamp(*min, *max))],
        FactType::Date | FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) | FactType::List { .. } => {
            Vec::new()
        }
    }
}
