//! Tests of the composition of rulings: its laws, for any number of levels.

use super::*;
use crate::answer::FailureCode;
use crate::calendar::{Date, DateRange, PublicationPeriod};
use crate::fact::Sensitivity;
use crate::manifest::RuleScope;
use crate::titles::Titles;
use proptest::prelude::*;

impl Rulings {
    /// Rulings for tests of what follows from them.
    pub(crate) fn without_layers(facts: Vec<RuledFact>) -> Self {
        Self::of(Vec::new(), facts)
    }
}

fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

fn requested() -> Vec<RequestedFact> {
    let fact = |text: &str| RequestedFact {
        name: name(text),
        category: None,
        sensitivity: Sensitivity::Personal,
        sharing: None,
        holder: RequestedHolder::Subject,
    };
    vec![fact("age"), fact("income")]
}

fn layer(code: &str, result: Result<Vec<Ruling>, RuleError>) -> PrivacyLayer {
    let jurisdiction = JurisdictionCode::new(code).unwrap();
    let head = RuleHead {
        id: Id::new("privacy").unwrap(),
        version: "1.0.0".to_owned(),
        jurisdiction: jurisdiction.clone(),
        scope: RuleScope::Privacy,
        in_force: DateRange::new(Date::MIN, None).unwrap(),
        publication: PublicationPeriod::default(),
        published_by: None,
        digest: None,
        titles: Titles::default(),
        criteria: vec![],
        intermediates: vec![],
        parameters: vec![],
        reads: vec![],
        reads_parts: vec![],
        compound: vec![],
        inherits: false,
    };
    PrivacyLayer { jurisdiction, rule: Arc::new(head), result }
}

fn ruling(fact: &str, verdict: Verdict, obligations: &[Obligation]) -> Ruling {
    Ruling { fact: name(fact), verdict, criterion: Id::new("law").unwrap(), obligations: obligations.to_vec() }
}

fn compose(layers: Vec<PrivacyLayer>) -> Rulings {
    compose_rulings(&requested(), layers, |_| DefaultVerdict::Withhold, |_| None)
}

/// Each ruling as `FACT VERDICT: REASON, REASON`.
fn rulings_text(rulings: &Rulings) -> Vec<String> {
    let reason_text = |reason: &RulingReason| match reason {
        RulingReason::Ruled { layer, .. } | RulingReason::Silent { layer } | RulingReason::Failed { layer } => {
            format!("{} {}", reason.as_str(), rulings.layers()[*layer].jurisdiction)
        }
        RulingReason::Catalogue(_) | RulingReason::NoLaw | RulingReason::Ungoverned => reason.as_str().to_owned(),
    };
    let fact = |ruled: &RuledFact| {
        let mask = if let Verdict::Mask(mask) = ruled.verdict { format!(" {mask}") } else { String::new() };
        let reasons: Vec<String> = ruled.reasons.iter().map(reason_text).collect();
        format!("{} {}{mask}: {}", ruled.fact, ruled.verdict.as_str(), reasons.join(", "))
    };
    rulings.facts().iter().map(fact).collect()
}

#[test]
fn the_most_restrictive_level_decides_each_fact() {
    let nation = layer("N", Ok(vec![ruling("age", Verdict::Permit, &[]), ruling("income", Verdict::Permit, &[])]));
    let rounded = Verdict::Mask(Mask::RoundTo(100));
    let city = layer("N-1", Ok(vec![ruling("age", Verdict::Withhold, &[]), ruling("income", rounded, &[])]));
    assert_eq!(
        rulings_text(&compose(vec![nation, city])),
        ["age withhold: ruling N-1", "income mask round to 100: ruling N-1"]
    );
}

#[test]
fn a_level_that_is_silent_or_failed_withholds() {
    let nation = layer("N", Ok(vec![ruling("age", Verdict::Permit, &[])]));
    assert_eq!(rulings_text(&compose(vec![nation])), ["age permit: ruling N", "income withhold: no-ruling N"]);
    let failed = layer("N", Err(RuleError::new(FailureCode::Trap, "it trapped")));
    assert_eq!(rulings_text(&compose(vec![failed])), ["age withhold: failed-rule N", "income withhold: failed-rule N"]);
}

#[test]
fn without_any_law_nothing_is_disclosed_unless_the_rulebook_says_so() {
    assert_eq!(rulings_text(&compose(vec![]))[0], "age withhold: no-privacy-law");
    let ungoverned = compose_rulings(&requested(), vec![], |_| DefaultVerdict::Permit, |_| None);
    assert_eq!(rulings_text(&ungoverned)[0], "age permit: ungoverned");
}

#[test]
fn a_fact_that_the_catalogue_does_not_share_is_withheld_whatever_the_rules_say() {
    let nation = layer("N", Ok(vec![ruling("age", Verdict::Permit, &[]), ruling("income", Verdict::Permit, &[])]));
    let provision = Provision { document: "Catalogue".into(), article: "1".into(), url: None };
    let not_shared = |fact: &FieldName| (fact.as_str() == "age").then(|| provision.clone());
    let rulings = compose_rulings(&requested(), vec![nation], |_| DefaultVerdict::Withhold, not_shared);
    assert_eq!(rulings_text(&rulings), ["age withhold: not-shared", "income permit: ruling N"]);
}

#[test]
fn two_masks_of_different_kinds_leave_only_the_presence_of_the_fact() {
    let with = |code: &str, mask| {
        let rulings = vec![ruling("age", Verdict::Mask(mask), &[]), ruling("income", Verdict::Permit, &[])];
        layer(code, Ok(rulings))
    };
    let rulings = compose(vec![with("N", Mask::AgeBand), with("N-1", Mask::RoundTo(10))]);
    assert_eq!(rulings_text(&rulings)[0], "age mask presence-only: ruling N, ruling N-1");
}

#[test]
fn obligations_add_up_and_the_shortest_time_counts() {
    use Obligation::{LogAccess, NotifySubject, RetainAtMostDays};
    let with =
        |code: &str, obligations: &[Obligation]| layer(code, Ok(vec![ruling("age", Verdict::Permit, obligations)]));
    let nation = with("N", &[RetainAtMostDays(90), LogAccess]);
    let city = with("N-1", &[NotifySubject, RetainAtMostDays(30), LogAccess]);
    let rulings = compose(vec![nation, city]);
    assert_eq!(rulings.facts()[0].obligations, [RetainAtMostDays(30), NotifySubject, LogAccess]);
}

#[test]
fn a_withheld_fact_bears_only_what_may_lead_to_it() {
    use Obligation::{AskSeparateConsent, LogAccess, NotifySubject, RetainAtMostDays};
    let nation =
        layer("N", Ok(vec![ruling("age", Verdict::Permit, &[RetainAtMostDays(90), NotifySubject, LogAccess])]));
    let city = layer("N-1", Ok(vec![ruling("age", Verdict::Withhold, &[NotifySubject, AskSeparateConsent])]));
    assert_eq!(compose(vec![nation, city]).facts[0].obligations, [AskSeparateConsent]);
}

#[test]
fn a_purpose_is_one_that_the_vocabulary_has() {
    assert_eq!(Purpose::new("dpv:PublicBenefit").unwrap().as_str(), "dpv:PublicBenefit");
    // A term that isn't there would pass every law that names the purposes it forbids.
    for bad in ["", "PublicBenefit", "dpv:", "dpv:MARKETING", "dpv:Xyzzy", "dpv:Age", "ex:Marketing", "dpv:Marketing\n"]
    {
        assert!(Purpose::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_purpose_knows_every_broader_one() {
    let broader = |term: &str| -> Vec<String> {
        let mut all: Vec<String> = Purpose::new(term).unwrap().broader().iter().map(ToString::to_string).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(broader("dpv:Marketing"), <[&str; 0]>::default());
    assert_eq!(
        broader("dpv:TargetedAdvertising"),
        ["dpv:Advertising", "dpv:Marketing", "dpv:Personalisation", "dpv:PersonalisedAdvertising"]
    );
    assert_eq!(
        broader("dpv:SellDataToThirdParties"),
        ["dpv:SellProducts", "dpv:ServiceManagement", "dpv:ServiceProvision"]
    );
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        3 => Just(Verdict::Permit),
        1 => Just(Verdict::Withhold),
        1 => (2..9_u64).prop_map(|step| Verdict::Mask(Mask::RoundTo(step))),
        1 => (1..9_u8).prop_map(|count| Verdict::Mask(Mask::Prefix(count))),
        1 => Just(Verdict::Mask(Mask::PresenceOnly)),
    ]
}

/// A level that rules on both facts, on one, or fails.
fn any_layer() -> impl Strategy<Value = PrivacyLayer> {
    let rulings = (prop::option::weighted(0.9, any_verdict()), prop::option::weighted(0.9, any_verdict()));
    let days = prop::option::of(1..100_u32);
    (prop::bool::weighted(0.1), rulings, days).prop_map(|(fails, (age, income), days)| {
        let obligations: Vec<Obligation> = days.map(Obligation::RetainAtMostDays).into_iter().collect();
        let verdicts = [("age", age), ("income", income)].into_iter();
        let rulings = verdicts.filter_map(|(fact, verdict)| Some(ruling(fact, verdict?, &obligations))).collect();
        layer("N", if fails { Err(RuleError::new(FailureCode::OutOfFuel, "x")) } else { Ok(rulings) })
    })
}

proptest! {
    #[test]
    fn adding_a_level_never_discloses_more(
        layers in prop::collection::vec(any_layer(), 0..5),
        added in any_layer(),
        at in any::<prop::sample::Index>(),
        without_law in prop_oneof![Just(DefaultVerdict::Permit), Just(DefaultVerdict::Withhold)],
    ) {
        let rulings = |layers| compose_rulings(&requested(), layers, |_| without_law, |_| None);
        let before = rulings(layers.clone());
        let mut more = layers.clone();
        more.insert(at.index(layers.len() + 1), added);
        // Where nothing governs and the rulebook withholds, the first law may permit: that is the one way to more.
        prop_assume!(!(layers.is_empty() && without_law == DefaultVerdict::Withhold));
        for (before, after) in before.facts.iter().zip(rulings(more).facts) {
            prop_assert!(after.verdict.is_as_strict_as(before.verdict));
            if after.verdict == Verdict::Withhold {
                prop_assert!(after.obligations.iter().all(|obligation| *obligation == Obligation::AskSeparateConsent));
            } else {
                prop_assert!(after.obligations.len() >= before.obligations.len());
            }
        }
    }

    #[test]
    fn the_order_of_levels_changes_no_verdict_and_no_obligation(layers in prop::collection::vec(any_layer(), 1..5)) {
        let reversed = compose(layers.iter().rev().cloned().collect());
        for (one, other) in compose(layers).facts.into_iter().zip(reversed.facts) {
            prop_assert_eq!(one.verdict, other.verdict);
            prop_assert_eq!(one.obligations, other.obligations);
        }
    }

    #[test]
    fn every_verdict_has_a_reason(layers in prop::collection::vec(any_layer(), 0..5)) {
        for ruled in compose(layers).facts {
            prop_assert!(!ruled.reasons.is_empty(), "{:?}", ruled);
        }
    }
}
