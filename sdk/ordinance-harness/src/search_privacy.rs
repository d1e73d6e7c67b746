//! Searches for defects of a privacy rule before it is published: requests on which it fails, or on which less consent
//! discloses more. The search tries every kind of recipient, activity, legal basis and data subject, for the purposes
//! of the rulebook's services and of [`PURPOSES`].

use std::collections::BTreeSet;
use std::sync::Arc;

use ordinance_domain::calendar::{LawDay, Timestamp};
use ordinance_domain::contract::{Contract, PrivacyReach};
use ordinance_domain::fact::{Fact, Holder, Sensitivity};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{
    Activity, BasisKind, Consent, DataSubject, Disclosure, LegalBasis, Party, PrivacyLayer, Purpose, Recipient,
    RecipientId, RecipientKind, Rulings, Verdict,
};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::sharing::SharingClass;
use ordinance_engine::rulebook::PrivacyRule;
use ordinance_engine::{DecideError, DisclosureCase, Engine, Rule, Rulebook, disclose};

use crate::render::disclosure_toml;

/// A defect of a privacy rule.
#[derive(Debug, Clone)]
pub struct PrivacyDefect {
    /// The description, for the author.
    pub what: String,
    /// A request that shows the defect, as a case file. `None` for a criterion that no request reaches.
    pub case: Option<String>,
}

/// The result of a search of a privacy rule.
#[derive(Debug, Default)]
pub struct PrivacySearchReport {
    /// The number of requests that were ruled on.
    pub requests: usize,
    /// At most one defect of each kind.
    pub defects: Vec<PrivacyDefect>,
    /// Facts that the rule tries to take from rules of upper levels, which upper law gives them: there its rulings are
    /// without effect.
    pub without_effect: BTreeSet<String>,
}

/// Purposes on which every privacy law should rule, in addition to those of the services.
const PURPOSES: [&str; 4] =
    ["dpv:TargetedAdvertising", "dpv:ScientificResearch", "dpv:LegalCompliance", "dpv:ServiceProvision"];

/// Searches one privacy rule on the present day, or on the nearest day on which the rule is in force.
///
/// # Errors
/// [`DecideError`] if the rule's place doesn't exist on that day.
pub fn search_privacy(engine: &Engine, rule: &PrivacyRule, now: Timestamp) -> Result<PrivacySearchReport, DecideError> {
    let rulebook = engine.rulebook();
    let today = rulebook.day_at(&rule.head.jurisdiction, now);
    let as_of = rule.head.in_force.nearest(today);
    let day = LawDay { as_of, known_at: rule.head.publication.nearest(today) };
    let with_parts = rulebook.facts().flat_map(|fact| std::iter::once(fact).chain(fact.ruled_parts()));
    let facts: Vec<FieldName> = with_parts.map(|fact| fact.name.clone()).collect();
    let purposes: BTreeSet<Purpose> = PURPOSES
        .iter()
        .filter_map(|term| Purpose::new(term).ok())
        .chain(rulebook.contracts().map(|contract| contract.purpose.clone()))
        .collect();
    let mut search = PrivacySearch {
        engine,
        rule,
        facts,
        purposes: purposes.into_iter().collect(),
        day,
        used_criteria: BTreeSet::new(),
        upper_readers: upper_readers(rulebook, &rule.head.jurisdiction, day),
        report: PrivacySearchReport::default(),
    };
    search.search_all()?;
    // If a class has no fact, a criterion may be unused only because no fact needs it.
    if has_every_class(rulebook) {
        search.add_unused_criteria();
    }
    Ok(search.report)
}

/// Whether the rulebook has facts of every sensitivity and of every sharing class.
fn has_every_class(rulebook: &Rulebook) -> bool {
    let has_class = |class: &SharingClass| {
        rulebook.facts().any(|fact| fact.sharing.as_ref().is_some_and(|sharing| sharing.class == *class))
    };
    let has_sensitivity = |sensitivity: &Sensitivity| rulebook.facts().any(|fact| fact.sensitivity == *sensitivity);
    SharingClass::ALL.iter().all(has_class) && Sensitivity::ALL.iter().all(has_sensitivity)
}

/// An eligibility rule of an upper level, of a service in which lower privacy law doesn't bind it.
struct UpperReader<'s> {
    head: &'s RuleHead,
    contract: &'s Contract,
}

/// The eligibility rules above a place that its privacy law doesn't bind on a day.
fn upper_readers<'s>(rulebook: &'s Rulebook, place: &JurisdictionCode, day: LawDay) -> Vec<UpperReader<'s>> {
    let above = rulebook.jurisdictions_at(day.known_at).ever_above(place);
    let reader = |rule: &'s Rule| {
        let contract = rulebook.contract(rule.head.scope.service()?)?;
        let is_free = contract.privacy_reach_on(day) == PrivacyReach::OwnAndLower;
        let is_upper = above.contains(&&rule.head.jurisdiction) && rule.head.in_force.contains(day.as_of);
        (is_free && is_upper).then_some(UpperReader { head: &rule.head, contract })
    };
    rulebook.rules().filter_map(reader).collect()
}

struct PrivacySearch<'s> {
    engine: &'s Engine,
    rule: &'s PrivacyRule,
    facts: Vec<FieldName>,
    purposes: Vec<Purpose>,
    day: LawDay,
    /// The criteria that at least one ruling names.
    used_criteria: BTreeSet<Id>,
    /// The rules of upper levels that this level's law doesn't bind.
    upper_readers: Vec<UpperReader<'s>>,
    report: PrivacySearchReport,
}

impl PrivacySearch<'_> {
    fn search_all(&mut self) -> Result<(), DecideError> {
        let bands: Vec<Option<AgeBand>> = AgeBand::ALL.into_iter().map(Some).chain([None]).collect();
        for kind in RecipientKind::ALL {
            for activity in Activity::ALL {
                for age_band in &bands {
                    for (party, lacks_capacity) in self.subjects() {
                        let subject =
                            DataSubject { party, age_band: *age_band, lacks_capacity, guardian_consents: Some(true) };
                        for purpose in self.purposes.clone() {
                            let scenario = Scenario { kind: *kind, activity: *activity, purpose };
                            self.search_bases(&scenario, subject)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Who the data subject may be, and whether that person lacks capacity; another person than the applicant only
    /// where the rulebook has facts of one.
    fn subjects(&self) -> Vec<(Party, Option<bool>)> {
        let is_of_other = |fact: &Fact| matches!(fact.holder, Holder::Other(_) | Holder::EachItem);
        let has_others = self.engine.rulebook().facts().any(is_of_other);
        let parties = Party::ALL.iter().filter(|party| **party == Party::Applicant || has_others);
        parties.flat_map(|party| [(*party, None), (*party, Some(true))]).collect()
    }

    /// Requests the facts on every legal basis, and with decreasing consent. Less consent must never disclose more.
    fn search_bases(&mut self, scenario: &Scenario, subject: DataSubject) -> Result<(), DecideError> {
        for basis in BasisKind::ALL.iter().filter(|basis| **basis != BasisKind::Consent) {
            self.rule_on(&scenario.disclosure(LegalBasis::of_kind(*basis), subject, self.day), scenario.activity)?;
        }
        let all = self.facts.clone();
        let without_guardian = DataSubject { guardian_consents: None, ..subject };
        let descending_consent = [
            (scenario.consent(&all, &all), subject),
            (scenario.consent(&all, &all), without_guardian),
            (scenario.consent(&all, &[]), without_guardian),
            (scenario.consent(&[], &[]), without_guardian),
        ];
        let mut previous: Option<Arc<Rulings>> = None;
        for (basis, subject) in descending_consent {
            let disclosure = scenario.disclosure(basis, subject, self.day);
            let rulings = self.rule_on(&disclosure, scenario.activity)?;
            if let Some(previous) = &previous {
                self.compare(previous, &rulings, &disclosure, scenario.activity);
            }
            previous = Some(rulings);
        }
        Ok(())
    }

    fn rule_on(&mut self, disclosure: &Disclosure, activity: Activity) -> Result<Arc<Rulings>, DecideError> {
        let case = DisclosureCase {
            jurisdiction: self.rule.head.jurisdiction.clone(),
            disclosure: disclosure.clone(),
            alternatives: Vec::new(),
            others: Vec::new(),
            activity,
            facts: self.facts.clone(),
            values: Default::default(),
            is_dry_run: true,
        };
        let rulings = disclose(self.engine, &case)?.rulings;
        self.report.requests += 1;
        if activity == Activity::Decide {
            self.add_without_effect(disclosure, &rulings);
        }
        let own_layer = rulings.layers().iter().find(|layer| Arc::ptr_eq(&layer.rule, &self.rule.head));
        match own_layer.map(|layer| &layer.result) {
            Some(Ok(own)) => self.used_criteria.extend(own.iter().map(|ruling| ruling.criterion.clone())),
            Some(Err(failed)) => {
                let what = format!("fails: {}, {}", failed.code.as_str(), failed.detail);
                self.add_defect(what, disclosure, activity, &self.facts.clone(), "withhold");
            }
            None => {}
        }
        Ok(rulings)
    }

    /// Adds each fact that the rule withholds or masks, though the levels above it give it to a rule of theirs.
    fn add_without_effect(&mut self, disclosure: &Disclosure, rulings: &Rulings) {
        let head = &self.rule.head;
        let Some(own) = rulings.layers().iter().position(|layer| Arc::ptr_eq(&layer.rule, head)) else { return };
        let above = rulings.layers().iter().filter(|layer| layer.jurisdiction != head.jurisdiction);
        let verdict_of = |layer: &PrivacyLayer, fact: &FieldName| match &layer.result {
            Ok(ruled) => ruled.iter().find(|ruling| ruling.fact == *fact).map_or(Verdict::Withhold, |own| own.verdict),
            Err(_) => Verdict::Withhold,
        };
        let is_of = |reader: &&UpperReader<'_>| {
            reader.contract.purpose == disclosure.purpose && reader.contract.basis == disclosure.basis.kind()
        };
        for reader in self.upper_readers.iter().filter(is_of) {
            for fact in &reader.head.reads {
                let is_bound = |layer: &&PrivacyLayer| self.above_or_at(reader, &layer.jurisdiction);
                let upper = above.clone().filter(is_bound).map(|layer| verdict_of(layer, fact));
                let Some(upper) = upper.reduce(Verdict::join) else { continue };
                let Some(layer) = rulings.layers().get(own) else { continue };
                if !upper.is_as_strict_as(verdict_of(layer, fact)) {
                    self.report.without_effect.insert(format!(
                        "takes `{fact}` from {}, which upper law gives it, and the outcome of `{}` is a floor: the \
                         ruling counts for the rules of {} and below alone",
                        reader.head.place_and_version(),
                        reader.contract.service,
                        head.jurisdiction,
                    ));
                }
            }
        }
    }

    /// Whether a place is that of an upper rule, or above it.
    fn above_or_at(&self, reader: &UpperReader<'_>, place: &JurisdictionCode) -> bool {
        let own = &reader.head.jurisdiction;
        own == place || self.engine.rulebook().jurisdictions().ever_above(own).contains(&place)
    }

    /// Adds a defect for the first fact on which less consent discloses more.
    fn compare(&mut self, more: &Rulings, less: &Rulings, disclosure: &Disclosure, activity: Activity) {
        for (with_more, with_less) in more.facts().iter().zip(less.facts()) {
            if !with_less.verdict.is_as_strict_as(with_more.verdict) {
                let what = format!(
                    "less consent discloses more: the ruling on `{}` is {} with more consent, and {} here",
                    with_more.fact,
                    with_more.verdict.as_str(),
                    with_less.verdict.as_str()
                );
                let expected = with_more.verdict.as_str();
                self.add_defect(what, disclosure, activity, std::slice::from_ref(&with_more.fact), expected);
                return;
            }
        }
    }

    /// Adds a defect with the request that shows it, unless the report has one of the same kind.
    fn add_defect(
        &mut self,
        what: String,
        disclosure: &Disclosure,
        activity: Activity,
        facts: &[FieldName],
        expected: &str,
    ) {
        let kind = what.split([':', '`']).next().unwrap_or_default().to_owned();
        if self.report.defects.iter().any(|known| known.what.starts_with(&kind)) {
            return;
        }
        let case = Some(disclosure_toml(&what, disclosure, activity, facts, expected));
        self.report.defects.push(PrivacyDefect { what, case });
    }

    fn add_unused_criteria(&mut self) {
        for criterion in &self.rule.head.criteria {
            if !self.used_criteria.contains(&criterion.id) {
                let what = format!(
                    "rule.toml declares the criterion `{}`, {criterion}, but no ruling ever names it",
                    criterion.id
                );
                self.report.defects.push(PrivacyDefect { what, case: None });
            }
        }
    }
}

/// The recipient of every request of the search.
const ANYBODY: RecipientId = RecipientId::constant("anybody");

/// The part of a request that stays the same while its basis changes.
struct Scenario {
    kind: RecipientKind,
    activity: Activity,
    purpose: Purpose,
}

impl Scenario {
    fn disclosure(&self, basis: LegalBasis, subject: DataSubject, day: LawDay) -> Disclosure {
        let recipient = Recipient { kind: self.kind, id: ANYBODY };
        Disclosure { recipient, purpose: self.purpose.clone(), basis, subject, on: day.as_of, known_at: day.known_at }
    }

    fn consent(&self, facts: &[FieldName], separate: &[FieldName]) -> LegalBasis {
        LegalBasis::Consent(Consent {
            purposes: vec![self.purpose.clone()],
            facts: facts.to_vec(),
            separate: separate.to_vec(),
            until: None,
        })
    }
}
