//! Searches a privacy rule for a request on which it fails, or on which less consent discloses more, before it binds anybody:
//! every kind of recipient, activity, basis and person, for the purposes of the rulebook's services and some others.

use std::collections::BTreeSet;
use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::fact::Sensitivity;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{
    Activity, BasisKind, Consent, DataSubject, Disclosure, LegalBasis, Purpose, Recipient, RecipientKind, Rulings,
};
use ordinance_domain::sharing::SharingClass;
use ordinance_engine::rulebook::PrivacyRule;
use ordinance_engine::{DecideError, DisclosureCase, Rulebook, disclose};

use crate::render::disclosure_toml;

/// A request, and what is wrong with what is ruled on it.
#[derive(Debug, Clone)]
pub struct PrivacyDefect {
    /// What is wrong.
    pub what: String,
    /// The request, as a case file; none of a criterion that no request reaches.
    pub case: Option<String>,
}

/// What a search of a privacy rule came to.
#[derive(Debug, Default)]
pub struct PrivacySearchReport {
    /// How many requests were ruled on.
    pub requests: usize,
    /// What was found, once for each kind.
    pub findings: Vec<PrivacyDefect>,
}

/// Purposes that every law should have an answer to, beside those of the services.
const PURPOSES: [&str; 4] =
    ["dpv:TargetedAdvertising", "dpv:ScientificResearch", "dpv:LegalCompliance", "dpv:ServiceProvision"];

/// Searches one privacy rule on the day on which it counts now.
///
/// # Errors
/// [`DecideError`] if the rule's place isn't there on that day.
pub fn search_privacy(
    rulebook: &Rulebook,
    rule: &PrivacyRule,
    today: Date,
) -> Result<PrivacySearchReport, DecideError> {
    let facts: Vec<FieldName> = rulebook.facts().map(|fact| fact.name.clone()).collect();
    let purposes: BTreeSet<Purpose> = PURPOSES
        .iter()
        .filter_map(|term| Purpose::new(term).ok())
        .chain(rulebook.contracts().map(|contract| contract.purpose.clone()))
        .collect();
    let mut search = PrivacySearch {
        rulebook,
        rule,
        facts,
        purposes: purposes.into_iter().collect(),
        day: rule.head.in_force.nearest(today),
        said: BTreeSet::new(),
        found: PrivacySearchReport::default(),
    };
    search.try_all()?;
    if !has_every_class(rulebook) {
        return Ok(search.found);
    }
    let criteria = rule.head.criteria.iter().filter(|criterion| !search.said.contains(&criterion.id));
    let silent = criteria.map(|criterion| PrivacyDefect {
        what: format!(
            "`{}`, {criterion}, is a criterion of rule.toml, and the rule never rests a ruling on it",
            criterion.id
        ),
        case: None,
    });
    let silent: Vec<PrivacyDefect> = silent.collect();
    search.found.findings.extend(silent);
    Ok(search.found)
}

/// Whether there are facts of every sensitivity and every class of sharing: else a criterion may be silent for want of a fact.
fn has_every_class(rulebook: &Rulebook) -> bool {
    let has_class = |class: &SharingClass| {
        rulebook.facts().any(|fact| fact.sharing.as_ref().is_some_and(|sharing| sharing.class == *class))
    };
    let has_sensitivity = |wanted: &Sensitivity| rulebook.facts().any(|fact| fact.sensitivity == *wanted);
    SharingClass::ALL.iter().all(has_class) && Sensitivity::ALL.iter().all(has_sensitivity)
}

struct PrivacySearch<'s> {
    rulebook: &'s Rulebook,
    rule: &'s PrivacyRule,
    facts: Vec<FieldName>,
    purposes: Vec<Purpose>,
    day: Date,
    said: BTreeSet<Id>,
    found: PrivacySearchReport,
}

impl PrivacySearch<'_> {
    fn try_all(&mut self) -> Result<(), DecideError> {
        let bands: Vec<Option<AgeBand>> = AgeBand::ALL.into_iter().map(Some).chain([None]).collect();
        for kind in RecipientKind::ALL {
            for activity in Activity::ALL {
                for age_band in &bands {
                    for lacks_capacity in [None, Some(true)] {
                        let subject =
                            DataSubject { age_band: *age_band, lacks_capacity, guardian_consents: Some(true) };
                        for purpose in self.purposes.clone() {
                            self.try_person(*kind, *activity, subject, &purpose)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Every basis, and every consent beside one that goes less far.
    fn try_person(
        &mut self,
        kind: RecipientKind,
        activity: Activity,
        subject: DataSubject,
        purpose: &Purpose,
    ) -> Result<(), DecideError> {
        let disclosure = |basis: LegalBasis, subject: DataSubject, day: Date| Disclosure {
            recipient: Recipient { kind, id: "anybody".to_owned() },
            purpose: purpose.clone(),
            basis,
            subject,
            on: day,
        };
        for basis in BasisKind::ALL.iter().filter(|basis| **basis != BasisKind::Consent) {
            self.rule_on(disclosure(LegalBasis::of_kind(*basis), subject, self.day), activity)?;
        }
        let consent = |facts: &[FieldName], separate: &[FieldName]| {
            let (facts, separate) = (facts.to_vec(), separate.to_vec());
            LegalBasis::Consent(Consent { purposes: vec![purpose.clone()], facts, separate, until: None })
        };
        let all = self.facts.clone();
        let alone = DataSubject { guardian_consents: None, ..subject };
        let steps = [
            (consent(&all, &all), subject),
            (consent(&all, &all), alone),
            (consent(&all, &[]), alone),
            (consent(&[], &[]), alone),
        ];
        let mut before: Option<Arc<Rulings>> = None;
        for (basis, subject) in steps {
            let disclosure = disclosure(basis, subject, self.day);
            let rulings = self.rule_on(disclosure.clone(), activity)?;
            if let Some(before) = &before {
                self.compare(before, &rulings, &disclosure, activity);
            }
            before = Some(rulings);
        }
        Ok(())
    }

    fn rule_on(&mut self, disclosure: Disclosure, activity: Activity) -> Result<Arc<Rulings>, DecideError> {
        let case = DisclosureCase {
            jurisdiction: self.rule.head.jurisdiction.clone(),
            disclosure: disclosure.clone(),
            activity,
            facts: self.facts.clone(),
            values: Default::default(),
            is_trial: true,
        };
        let rulings = disclose(self.rulebook, &case)?.rulings;
        self.found.requests += 1;
        let own = rulings.layers.iter().find(|layer| Arc::ptr_eq(&layer.rule, &self.rule.head));
        match own.map(|layer| &layer.result) {
            Some(Ok(said)) => self.said.extend(said.iter().map(|ruling| ruling.criterion.clone())),
            Some(Err(failed)) => {
                let what = format!("fails: {}, {}", failed.code.as_str(), failed.detail);
                self.note(what, &disclosure, activity, &self.facts.clone(), "withhold");
            }
            None => {}
        }
        Ok(rulings)
    }

    /// Notes each fact of which less consent discloses more.
    fn compare(&mut self, more: &Rulings, less: &Rulings, disclosure: &Disclosure, activity: Activity) {
        for (with, fewer) in more.facts.iter().zip(&less.facts) {
            if !fewer.verdict.is_as_strict_as(with.verdict) {
                let what = format!(
                    "less consent discloses more: `{}` is ruled {} with it, and {} here",
                    with.fact,
                    with.verdict.as_str(),
                    fewer.verdict.as_str()
                );
                self.note(what, disclosure, activity, std::slice::from_ref(&with.fact), with.verdict.as_str());
                return;
            }
        }
    }

    /// Keeps one finding of a kind.
    fn note(&mut self, what: String, disclosure: &Disclosure, activity: Activity, facts: &[FieldName], expected: &str) {
        let kind = what.split([':', '`']).next().unwrap_or_default().to_owned();
        if self.found.findings.iter().any(|known| known.what.starts_with(&kind)) {
            return;
        }
        let case = Some(disclosure_toml(&what, disclosure, activity, facts, expected));
        self.found.findings.push(PrivacyDefect { what, case });
    }
}
