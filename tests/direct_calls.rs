//! Direct calls of a rule's core module: the same outcome at the same cost as through the component runtime, for the
//! published rules, the hostile guests, generated modules and rules of any type.

use ordinance_domain::manifest::RequestedLimits;
use ordinance_sandbox::{Limits, Sandbox};

use crate::fuzz_targets::any_rule::{assert_same, both_ways_agree, both_ways_agree_on, sandboxes};
use crate::generated_guests::{module, random_bytes};
use crate::hostile_guests::{around, failing_guests};
use crate::load_checks::call;
use crate::support::plugins_rulebook;

/// Calls the same component both ways; `None` if it is refused.
fn assert_both_ways_agree(sandboxes: &[Sandbox; 2], component: &[u8]) -> Option<()> {
    let [direct, through_runtime] =
        sandboxes.each_ref().map(|sandbox| sandbox.compile_rule(component, RequestedLimits::default()));
    assert_eq!(direct.is_ok(), through_runtime.is_ok());
    let (direct, through_runtime) = (direct.ok()?, through_runtime.ok()?);
    assert!(direct.has_direct_calls());
    assert_same(&call(&direct), &call(&through_runtime));
    Some(())
}

#[test]
fn hostile_guests_fail_in_the_same_way() {
    let sandboxes = sandboxes(Limits::default());
    for (code, _, guest) in failing_guests() {
        assert!(assert_both_ways_agree(&sandboxes, &guest.component()).is_some(), "{code}");
    }
}

#[test]
fn generated_modules_have_the_same_outcome() {
    let sandboxes = sandboxes(Limits { fuel: 200_000, ..Limits::default() });
    let called = (1..=100).filter_map(module).filter_map(|module| assert_both_ways_agree(&sandboxes, &around(&module)));
    assert!(called.count() > 20);
}

#[test]
fn published_rules_have_the_same_outcome() {
    let sandboxes = sandboxes(Limits::default());
    let files = std::fs::read_dir(plugins_rulebook().join("rules")).unwrap();
    let mut called = 0;
    for file in files {
        let component = std::fs::read(file.unwrap().path()).unwrap();
        let [Ok(direct), Ok(through_runtime)] =
            sandboxes.each_ref().map(|sandbox| sandbox.compile_rule(&component, RequestedLimits::default()))
        else {
            // A privacy rule.
            continue;
        };
        let rules = [direct, through_runtime];
        (0..40).for_each(|seed| both_ways_agree_on(&rules, &random_bytes(seed, 300)));
        called += 1;
    }
    assert!(called > 40, "{called}");
}

#[test]
fn rules_of_any_type_have_the_same_outcome() {
    (0..200).for_each(|seed| both_ways_agree(&random_bytes(seed, 700)));
}
