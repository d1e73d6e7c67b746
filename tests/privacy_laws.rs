//! What holds for every request by the published privacy rules: less consent and more levels never disclose more.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Activity, BasisKind, Consent, Disclosure, LegalBasis, Purpose, Recipient, RecipientKind, Rulings, Subject,
};
use ordinance_engine::{DisclosureCase, Registry, disclose};
use ordinance_sandbox::{Sandbox, SandboxConfig};

use crate::support::plugins_rulebook;

#[test]
fn the_ages_of_the_member_states_are_the_same_in_both_laws() {
    let registry = registry();
    let consent_of_children = ordinance_domain::name::Id::new("child-consent").unwrap();
    let day: Date = "2026-01-01".parse().unwrap();
    let states: Vec<String> = registry
        .rules_for(&consent_of_children)
        .map(|rule| rule.head.jurisdiction.to_string())
        .filter(|code| code != "EU")
        .collect();
    assert!(states.len() >= 17, "{states:?}");
    for state in states.iter().map(String::as_str).chain(["DE", "HU"]) {
        let place = JurisdictionCode::new(state).unwrap();
        let own = registry.in_force(&place, &consent_of_children, day, None);
        let age = own.map_or(16, |rule| {
            let value =
                rule.head.parameters.iter().find(|p| p.name.as_str() == "age_of_consent").unwrap().on(day).unwrap();
            value.value.to_plain().parse::<i64>().unwrap()
        });
        for years in 12..=18 {
            let subject = Subject { age_band: Some(AgeBand::of_years(years)), ..Subject::default() };
            let rulings = rule_on(&registry, state, RecipientKind::Business, &consent(&["age"], &[]), subject);
            let permitted = rulings.facts[0].verdict.as_str() == "permit";
            assert_eq!(permitted, years >= age, "{state} at {years}");
        }
    }
}

fn registry() -> Registry {
    let sandbox = Sandbox::new(SandboxConfig::default()).unwrap();
    Registry::load(plugins_rulebook(), &sandbox).unwrap()
}

fn consent(facts: &[&str], separate: &[&str]) -> LegalBasis {
    let names = |names: &[&str]| names.iter().map(|name| FieldName::new(name).unwrap()).collect();
    let purposes = vec![Purpose::new("dpv:PublicBenefit").unwrap()];
    LegalBasis::Consent(Consent { purposes, facts: names(facts), separate: names(separate), until: None })
}

const FACTS: [&str; 4] = ["age", "disability_grade", "household_scheme", "local_dibao_standard"];

fn rule_on(
    registry: &Registry,
    code: &str,
    kind: RecipientKind,
    basis: &LegalBasis,
    subject: Subject,
) -> std::sync::Arc<Rulings> {
    rule_on_for(registry, code, kind, basis, subject, Activity::Disclose)
}

fn rule_on_for(
    registry: &Registry,
    code: &str,
    kind: RecipientKind,
    basis: &LegalBasis,
    subject: Subject,
    activity: Activity,
) -> std::sync::Arc<Rulings> {
    let disclosure = Disclosure {
        recipient: Recipient { kind, id: "x".to_owned() },
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: basis.clone(),
        subject,
        on: "2026-01-01".parse().unwrap(),
    };
    let facts = FACTS.iter().map(|name| FieldName::new(name).unwrap()).collect();
    let jurisdiction = JurisdictionCode::new(code).unwrap();
    let case = DisclosureCase { jurisdiction, disclosure, activity, facts, values: Default::default() };
    disclose(registry, &case).unwrap().rulings
}

/// Every request that differs by who asks, what is done and who is asked about.
fn every_request(act: &mut dyn FnMut(&str, RecipientKind, Activity, Subject)) {
    let bands: Vec<Option<AgeBand>> = AgeBand::ALL.iter().copied().map(Some).chain([None]).collect();
    for code in ["CN", "CN-31", "CN-4403", "EU", "FR"] {
        for kind in RecipientKind::ALL {
            for activity in Activity::ALL {
                for age_band in &bands {
                    for lacks_capacity in [None, Some(true)] {
                        for guardian_consents in [Some(true), None] {
                            let subject = Subject { age_band: *age_band, lacks_capacity, guardian_consents };
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
    let registry = registry();
    let scopes: [(&[&str], &[&str]); 5] =
        [(&FACTS, &FACTS), (&FACTS, &["disability_grade"]), (&FACTS, &[]), (&["age"], &[]), (&[], &[])];
    let (mut compared, mut differed) = (0, 0);
    every_request(&mut |code, kind, activity, subject| {
        let without_guardian = Subject { guardian_consents: None, ..subject };
        for pair in scopes.windows(2) {
            let [more, less] = pair else { continue };
            let rulings = |scope: &(&[&str], &[&str]), subject| {
                rule_on_for(&registry, code, kind, &consent(scope.0, scope.1), subject, activity)
            };
            let with = rulings(more, subject);
            for fewer in [rulings(less, subject), rulings(more, without_guardian)] {
                for (with, fewer) in with.facts.iter().zip(&fewer.facts) {
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
    assert!(compared > 50_000 && differed > 1_000, "{compared} compared, {differed} differ");
}

#[test]
fn a_lower_level_never_discloses_more_than_its_nation_by_any_published_law() {
    let registry = registry();
    let bases: Vec<LegalBasis> = BasisKind::ALL
        .iter()
        .map(|kind| match kind {
            BasisKind::Consent => consent(&FACTS, &FACTS),
            other => LegalBasis::of_kind(*other),
        })
        .collect();
    let mut stricter = 0;
    every_request(&mut |code, kind, activity, subject| {
        let nation = if code.starts_with("CN") { "CN" } else { "EU" };
        if code == nation || code == "FR" {
            return;
        }
        for basis in &bases {
            let (upper, lower) = (
                rule_on_for(&registry, nation, kind, basis, subject, activity),
                rule_on_for(&registry, code, kind, basis, subject, activity),
            );
            for (upper, lower) in upper.facts.iter().zip(&lower.facts) {
                assert!(lower.verdict.is_as_strict_as(upper.verdict), "{code} {kind:?} {basis:?} {}", upper.fact);
                assert!(upper.obligations.iter().all(|one| lower.obligations.contains(one)), "{code} {}", upper.fact);
                stricter += usize::from(lower.verdict != upper.verdict);
            }
        }
    });
    assert!(stricter > 100, "{stricter}");
}

#[test]
fn no_published_privacy_rule_fails_on_any_request() {
    let registry = registry();
    every_request(&mut |code, kind, activity, subject| {
        for basis in [consent(&["age"], &[]), LegalBasis::StatutoryDuty, LegalBasis::PublicInterest] {
            for layer in &rule_on_for(&registry, code, kind, &basis, subject, activity).layers {
                assert!(layer.said.is_ok(), "{code} {kind:?} {activity:?}: {:?}", layer.said);
            }
        }
    });
}
