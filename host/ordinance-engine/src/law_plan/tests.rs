//! Tests of the plans of law.

use super::*;
use ordinance_domain::calendar::{Date, Timeline};
use ordinance_domain::privacy::{
    BasisKind, Consent, LegalBasis, Purpose, Recipient, RecipientId, RecipientKind, Rulings,
};
use ordinance_domain::provision::Provision;
use ordinance_domain::titles::Titles;

pub(crate) fn query(place: &str, day: &str) -> CaseQuery {
    CaseQuery {
        jurisdiction: JurisdictionCode::new(place).unwrap(),
        service: Id::new("benefit").unwrap(),
        as_of: day.parse().unwrap(),
        known_at: Date::MIN,
    }
}

/// A plan without levels, for the day of the query alone.
pub(crate) fn plan_for(query: &CaseQuery) -> LawPlan {
    let provision = Provision { document: "Act".into(), article: "1".into(), url: None };
    let contract = Contract {
        service: query.service.clone(),
        titles: Titles::default(),
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: BasisKind::StatutoryDuty,
        basis_provision: provision,
        facts: Vec::new(),
        privacy_reach: Timeline::default(),
        numbers: Vec::new(),
        description: Default::default(),
        application_points: Vec::new(),
        approvals: Vec::new(),
        objections: None,
        outcome: Timeline::default(),
        eligible: ordinance_domain::contract::EligibleMeaning::Benefit,
        grant: Vec::new(),
    };
    LawPlan {
        place: query.jurisdiction.clone(),
        service: query.service.clone(),
        known: UnchangedDays::only(query.known_at),
        days: UnchangedDays::only(query.as_of),
        contract: Arc::new(contract),
        levels: Vec::new(),
        declared: Vec::new(),
        rulings: Mutex::default(),
    }
}

fn disclosure(plan: &LawPlan, id: &'static str) -> Disclosure {
    let portal = Recipient { kind: RecipientKind::Portal, id: RecipientId::constant(id) };
    plan.contract.disclosure(portal, "2026-01-01".parse().unwrap())
}

fn keep(plan: &LawPlan, disclosure: &Disclosure) {
    let rulings = PrivacyRulings::new(disclosure.clone(), Rulings::default(), Vec::new(), Rulings::default());
    plan.keep_rulings(PersonKind::Applicant, disclosure, &[], false, &rulings);
}

#[test]
fn rulings_are_found_for_the_same_processing_alone() {
    let plan = plan_for(&query("N", "2026-01-01"));
    let asked = disclosure(&plan, "a");
    keep(&plan, &asked);
    assert!(plan.kept_rulings(PersonKind::Applicant, &asked, &[], false).is_some());
    assert!(plan.kept_rulings(PersonKind::Applicant, &asked, &[], true).is_none());
    assert!(plan.kept_rulings(PersonKind::Applicant, &asked, std::slice::from_ref(&asked), false).is_none());
    let other_day = Disclosure { on: "2026-01-02".parse().unwrap(), ..asked.clone() };
    assert!(plan.kept_rulings(PersonKind::Applicant, &other_day, &[], false).is_none());
    assert!(plan.kept_rulings(PersonKind::Applicant, &disclosure(&plan, "b"), &[], false).is_none());
}

#[test]
fn a_plan_keeps_few_rulings_and_none_on_a_consent_of_very_many_names() {
    let plan = plan_for(&query("N", "2026-01-01"));
    for id in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
        keep(&plan, &disclosure(&plan, id));
    }
    assert_eq!(plan.rulings.lock().unwrap().len(), RULINGS_MAX);
    assert!(plan.kept_rulings(PersonKind::Applicant, &disclosure(&plan, "a"), &[], false).is_none());
    let names = (0..100).map(|number| FieldName::new(&format!("fact{number}")).unwrap()).collect();
    let consent = LegalBasis::Consent(Consent { facts: names, ..Consent::default() });
    let of_many_names = Disclosure { basis: consent, ..disclosure(&plan, "a") };
    keep(&plan, &of_many_names);
    assert!(plan.kept_rulings(PersonKind::Applicant, &of_many_names, &[], false).is_none());
}
