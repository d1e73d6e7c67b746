//! What holds for every request by the published privacy rules: less consent never discloses more, and none fails.

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Activity, BasisKind, Consent, DataSubject, Disclosure, LegalBasis, Purpose, Recipient, RecipientId, RecipientKind,
    Rulings,
};
use ordinance_engine::{DisclosureCase, Engine, Rulebook, disclose};
use ordinance_sandbox::{Sandbox, SandboxConfig};

use crate::support::plugins_rulebook;

#[test]
fn the_ages_of_the_member_states_are_the_same_in_both_laws() {
    let engine = engine();
    let rulebook = engine.rulebook();
    let consent_of_children = ordinance_domain::name::Id::new("child-consent").unwrap();
    let day: Date = "2026-01-01".parse().unwrap();
    let states: Vec<String> = rulebook
        .rules_for(&consent_of_children)
        .map(|rule| rule.head.jurisdiction.to_string())
        .filter(|code| code != "EU")
        .collect();
    assert!(states.len() >= 17, "{states:?}");
    for state in states.iter().map(String::as_str).chain(["DE", "HU"]) {
        let place = JurisdictionCode::new(state).unwrap();
        let own = rulebook.in_force(&place, &consent_of_children, LawDay::all_published(day));
        let age = own.map_or(16, |rule| {
            let age = rule.head.parameters.iter().find(|p| p.name.as_str() == "age_of_consent").unwrap();
            let value = age.on(LawDay::all_published(day)).unwrap();
            value.value.to_plain().parse::<i64>().unwrap()
        });
        for years in 12..=18 {
            let subject = DataSubject { age_band: Some(AgeBand::of_years(years)), ..DataSubject::default() };
            let rulings = rule_on(&engine, state, RecipientKind::Business, &consent(&["age"], &[]), subject);
            let permitted = rulings.facts()[0].verdict.as_str() == "permit";
            assert_eq!(permitted, years >= age, "{state} at {years}");
        }
    }
}

fn engine() -> Engine {
    let sandbox = Sandbox::new(SandboxConfig::default()).unwrap();
    Engine::with_throwaway_key(Rulebook::load(plugins_rulebook(), &sandbox).unwrap())
}

fn consent(facts: &[&str], separate: &[&str]) -> LegalBasis {
    let names = |names: &[&str]| names.iter().map(|name| FieldName::new(name).unwrap()).collect();
    let purposes = PURPOSES.iter().map(|purpose| Purpose::new(purpose).unwrap()).collect();
    LegalBasis::Consent(Consent { purposes, facts: names(facts), separate: names(separate), until: None })
}

const PURPOSES: [&str; 3] = ["dpv:PublicBenefit", "dpv:ScientificResearch", "dpv:TargetedAdvertising"];
const FACTS: [&str; 4] = ["age", "disability_grade", "household_scheme", "local_dibao_standard"];

fn rule_on(
    engine: &Engine,
    code: &str,
    kind: RecipientKind,
    basis: &LegalBasis,
    subject: DataSubject,
) -> std::sync::Arc<Rulings> {
    rule_on_for(engine, code, kind, basis, subject, Activity::Disclose, PURPOSES[0])
}

fn rule_on_for(
    engine: &Engine,
    code: &str,
    kind: RecipientKind,
    basis: &LegalBasis,
    subject: DataSubject,
    activity: Activity,
    purpose: &str,
) -> std::sync::Arc<Rulings> {
    let disclosure = Disclosure {
        recipient: Recipient { kind, id: RecipientId::constant("x") },
        purpose: Purpose::new(purpose).unwrap(),
        basis: basis.clone(),
        subject,
        on: "2026-01-01".parse().unwrap(),
        known_at: "2026-01-01".parse().unwrap(),
    };
    let facts = FACTS.iter().map(|name| FieldName::new(name).unwrap()).collect();
    let jurisdiction = JurisdictionCode::new(code).unwrap();
    let case = DisclosureCase {
        jurisdiction,
        disclosure,
        alternatives: Vec::new(),
        others: Vec::new(),
        activity,
        facts,
        values: Default::default(),
        is_dry_run: true,
    };
    disclose(engine, &case).unwrap().rulings
}

/// Every request that differs by who asks, what is done and who is asked about.
fn every_request(act: &mut dyn FnMut(&str, RecipientKind, Activity, DataSubject)) {
    let bands: Vec<Option<AgeBand>> = AgeBand::ALL.iter().copied().map(Some).chain([None]).collect();
    for code in ["CN", "CN-31", "CN-4403", "EU", "FR"] {
        for kind in RecipientKind::ALL {
            for activity in Activity::ALL {
                for age_band in &bands {
                    for lacks_capacity in [None, Some(true)] {
                        for guardian_consents in [Some(true), None] {
                            let unknown = DataSubject::default();
                            let subject =
                                DataSubject { age_band: *age_band, lacks_capacity, guardian_consents, ..unknown };
                            act(code, *kind, *activity, subject);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn removing_consent_never_discloses_more_by_any_published_law() {
    let engine = engine();
    let scopes: [(&[&str], &[&str]); 5] =
        [(&FACTS, &FACTS), (&FACTS, &["disability_grade"]), (&FACTS, &[]), (&["age"], &[]), (&[], &[])];
    let (mut compared, mut differed) = (0, 0);
    every_request(&mut |code, kind, activity, subject| {
        let without_guardian = DataSubject { guardian_consents: None, ..subject };
        for pair in scopes.windows(2) {
            let [more, less] = pair else { continue };
            for (purpose, fewer_by) in PURPOSES.into_iter().flat_map(|purpose| [(purpose, true), (purpose, false)]) {
                let rulings = |scope: &(&[&str], &[&str]), subject| {
                    rule_on_for(&engine, code, kind, &consent(scope.0, scope.1), subject, activity, purpose)
                };
                let with = rulings(more, subject);
                let fewer = if fewer_by { rulings(less, subject) } else { rulings(more, without_guardian) };
                for (with, fewer) in with.facts().iter().zip(fewer.facts()) {
                    assert!(
                        fewer.verdict.is_as_strict_as(with.verdict),
                        "{code} {kind:?} {activity:?} {subject:?} {}: {:?} after {:?}",
                        with.fact,
                        fewer.verdict,
                        with.verdict
                    );
                    compared += 1;
                    differed += usize::from(fewer.verdict != with.verdict);
                }
            }
        }
    });
    assert!(compared > 150_000, "{compared} compared, {differed} differ");
    assert!(differed > 1_000, "{compared} compared, {differed} differ");
}

#[test]
fn no_published_privacy_rule_fails_on_any_request() {
    let engine = engine();
    every_request(&mut |code, kind, activity, subject| {
        let bases = BasisKind::ALL.iter().map(|basis| match basis {
            BasisKind::Consent => consent(&["age"], &[]),
            other => LegalBasis::of_kind(*other),
        });
        for basis in bases {
            for purpose in PURPOSES {
                for layer in rule_on_for(&engine, code, kind, &basis, subject, activity, purpose).layers() {
                    assert!(layer.result.is_ok(), "{code} {kind:?} {activity:?} {purpose}: {:?}", layer.result);
                }
            }
        }
    });
}
