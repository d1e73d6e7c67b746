//! In a simulation one instance serves many people. Rules that keep something of the last person, by every instruction
//! that can, find nothing of it in the next call, and answer as in an instance of their own.

use ordinance_domain::manifest::RequestedLimits;
use ordinance_sandbox::{CompiledEligibilityRule, Limits, ReusedInstance, Sandbox, SandboxConfig};

use super::guest_state::{STATES, TRAPS, ask, remembering, told, with_arguments};
use crate::hostile_guests::Guest;

fn sandbox() -> Sandbox {
    Sandbox::new(SandboxConfig { slots: 1, reuses_instances: true, ..SandboxConfig::default() }).unwrap()
}

/// The answer in the instance, or `None` if the call has to be made in a fresh one.
fn ask_again(instance: &mut ReusedInstance, rule: &CompiledEligibilityRule, fact: i64) -> Option<&'static str> {
    with_arguments(rule, fact, |arguments| instance.call(arguments).map(told))
}

/// The answer as a simulation gets it, which makes another instance where one can't be restored.
fn simulate(instance: &mut Option<ReusedInstance>, rule: &CompiledEligibilityRule, fact: i64) -> &'static str {
    if instance.as_ref().is_none_or(ReusedInstance::is_spent) {
        *instance = rule.reused_instance();
    }
    let answer = instance.as_mut().and_then(|instance| ask_again(instance, rule, fact));
    answer.unwrap_or_else(|| ask(rule, fact))
}

#[test]
fn no_state_of_a_rule_outlives_its_call_in_a_simulation() {
    let sandbox = sandbox();
    for state in &STATES {
        let rule = sandbox.compile_rule(&remembering(state), RequestedLimits::default()).unwrap();
        let mut instance = None;
        for round in 0..50 {
            assert_eq!(simulate(&mut instance, &rule, 7), "ineligible", "{}, round {round}", state.name);
            if round % 7 == 0 {
                assert_eq!(simulate(&mut instance, &rule, TRAPS), "trap", "{}", state.name);
            }
        }
    }
}

/// The first line of memory, both sides of the border to the next, and the end of the memory, for a write of 16 bytes.
const ADDRESSES: [u32; 12] = [0, 1, 112, 113, 120, 124, 126, 127, 128, 4090, 65_504, 65_520];

/// Instructions that write memory at an address.
fn writes(at: u32) -> Vec<String> {
    let operands = |kind: &str| match kind {
        "i32" => "(i32.const -1)",
        "i64" => "(i64.const -1)",
        "f32" => "(f32.const 1.5)",
        "f64" => "(f64.const 1.5)",
        _ => "(v128.const i64x2 -1 -1)",
    };
    let stores = [
        "i32.store",
        "i32.store8",
        "i32.store16",
        "i64.store",
        "i64.store8",
        "i64.store16",
        "i64.store32",
        "f32.store",
        "f64.store",
        "v128.store",
    ];
    let mut writes = Vec::new();
    for store in stores {
        let value = operands(store.split('.').next().unwrap());
        writes.push(format!("({store} align=1 (i32.const {at}) {value})"));
        writes.push(format!("({store} offset={at} align=1 (i32.const 0) {value})"));
    }
    for lane in ["8", "16", "32", "64"] {
        writes.push(format!("(v128.store{lane}_lane align=1 1 (i32.const {at}) (v128.const i64x2 -1 -1))"));
    }
    writes.push(format!("(memory.fill (i32.const {at}) (i32.const 1) (i32.const 16))"));
    writes.push(format!("(memory.init $d (i32.const {at}) (i32.const 0) (i32.const 16))"));
    writes.push(format!(
        "(i32.store (i32.const 30000) (i32.const -1)) (memory.copy (i32.const {at}) (i32.const 30000) (i32.const 4))"
    ));
    writes
}

/// Answers 1 (ineligible) if all memory is zero, else 2 (undetermined); then `change` is done. With `looks_twice` it
/// looks once more after that.
fn looking_at_memory(change: &str, looks_twice: bool) -> Vec<u8> {
    let look = "(local.set $at (i32.const 0)) (local.set $sum (i64.const 0))
        (loop $next
            (local.set $sum (i64.or (local.get $sum) (i64.load (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 65536))))
        (local.set $found (select (i32.const 1) (i32.const 2) (i64.eqz (local.get $sum))))";
    let second = if looks_twice { look } else { "" };
    let guest = Guest {
        data: r#"(data $d "\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f\10")"#.to_owned(),
        ..Guest::with_body(format!(
            "(local $at i32) (local $sum i64) (local $found i32) {look} {change} {second}
             (memory.fill (i32.const 1024) (i32.const 0) (i32.const 64))
             (i32.store8 (i32.const 1024) (local.get $found)) (i32.const 1024)"
        ))
    };
    guest.component()
}

#[test]
fn every_write_to_memory_is_undone() {
    let sandbox = sandbox();
    for at in ADDRESSES {
        for change in writes(at) {
            let rule = sandbox.compile_rule(&looking_at_memory(&change, false), RequestedLimits::default()).unwrap();
            let mut instance = rule.reused_instance().unwrap();
            for round in 0..3 {
                // The same instance answers: nothing of this needs a fresh one.
                assert_eq!(ask_again(&mut instance, &rule, 7), Some("ineligible"), "{change}, round {round}");
            }
        }
    }
}

#[test]
fn each_of_these_writes_is_seen_in_its_own_call() {
    let sandbox = sandbox();
    for change in writes(128) {
        let rule = sandbox.compile_rule(&looking_at_memory(&change, true), RequestedLimits::default()).unwrap();
        assert_eq!(ask(&rule, 7), "undetermined", "{change}");
    }
}

#[test]
fn every_kind_of_global_is_undone() {
    let sandbox = sandbox();
    let kinds = [
        ("i32", "(i32.const 0)", "(i32.const 5)", "(i32.eqz (global.get $kept))"),
        ("i64", "(i64.const 0)", "(i64.const 5)", "(i64.eqz (global.get $kept))"),
        ("f32", "(f32.const 0)", "(f32.const 5)", "(f32.eq (global.get $kept) (f32.const 0))"),
        ("f64", "(f64.const 0)", "(f64.const 5)", "(f64.eq (global.get $kept) (f64.const 0))"),
        ("v128", "(v128.const i64x2 0 0)", "(v128.const i64x2 0 5)", "(i32.eqz (v128.any_true (global.get $kept)))"),
    ];
    for (kind, first, second, is_fresh) in kinds {
        let guest = Guest {
            data: format!("(global $kept (mut {kind}) {first})"),
            ..Guest::with_body(format!(
                "(i32.store8 (i32.const 1024) (select (i32.const 1) (i32.const 2) {is_fresh}))
                 (global.set $kept {second}) (i32.const 1024)"
            ))
        };
        let rule = sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap();
        let mut instance = rule.reused_instance().unwrap();
        for _ in 0..3 {
            assert_eq!(ask_again(&mut instance, &rule, 7), Some("ineligible"), "{kind}");
        }
    }
}

#[test]
fn what_cannot_be_undone_ends_the_instance() {
    let sandbox = sandbox();
    let ending = [
        ("(drop (memory.grow (i32.const 1)))", "(memory.grow)"),
        ("(data.drop $d)", "(data.drop)"),
        ("(unreachable)", "a trap"),
        ("(loop $l (br $l))", "no end"),
        ("(i32.store8 (i32.const 1024) (i32.const 9))", "an answer that breaks the canonical ABI"),
    ];
    for (change, what) in ending {
        let guest = Guest {
            data: r#"(data $d "x")"#.to_owned(),
            memory: "1 4",
            ..Guest::with_body(format!("(i32.store8 (i32.const 1024) (i32.const 1)) {change} (i32.const 1024)"))
        };
        let rule = sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap();
        let mut instance = rule.reused_instance().unwrap();
        assert_eq!(ask_again(&mut instance, &rule, 7), None, "{what}");
        assert!(instance.is_spent(), "{what}");
        assert_eq!(ask_again(&mut instance, &rule, 7), None, "{what}");
        let mut instance = None;
        assert_eq!(simulate(&mut instance, &rule, 7), ask(&rule, 7), "{what}");
    }
}

/// The rewritten rule takes more fuel than the rule. Where only the rule has enough, its own instance answers.
#[test]
fn a_rule_that_just_has_enough_fuel_answers_in_an_instance_of_its_own() {
    let body = "(local $at i32) (loop $next (i32.store (i32.const 2000) (local.get $at))
        (local.set $at (i32.add (local.get $at) (i32.const 1))) (br_if $next (i32.lt_u (local.get $at) (i32.const 1000))))
        (i32.store8 (i32.const 1024) (i32.const 1)) (i32.const 1024)";
    let component = Guest::with_body(body).component();
    let limits = Limits { fuel: 12_000, ..Limits::default() };
    let config = SandboxConfig { slots: 1, limits, reuses_instances: true, ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).unwrap();
    let rule = sandbox.compile_rule(&component, RequestedLimits::default()).unwrap();
    assert_eq!(ask(&rule, 7), "ineligible");
    assert_eq!(ask_again(&mut rule.reused_instance().unwrap(), &rule, 7), None);
    assert_eq!(simulate(&mut None, &rule, 7), "ineligible");
}

/// Before it gets a fact, a rule may look at how much it can have: it is as much as in a decision that binds.
#[test]
fn a_rule_finds_the_same_limits_as_it_starts() {
    let sandbox = sandbox();
    // It grows until it can't; at how many pages depends on what else is counted.
    for pages in 60..66 {
        let data = format!(
            "(global $all (mut i32) (i32.const 0)) (table $t 1 funcref)
             (func $s (loop $next (br_if $next (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
                (global.set $all (i32.lt_u (memory.size) (i32.const {pages})))) (start $s)"
        );
        let body =
            "(i32.store8 (i32.const 1024) (select (i32.const 1) (i32.const 2) (global.get $all))) (i32.const 1024)";
        let guest = Guest { data, memory: "1", ..Guest::with_body(body) };
        let rule = sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap();
        let told = simulate(&mut None, &rule, 7);
        assert_eq!(told, ask(&rule, 7), "less than {pages} pages");
    }
}

#[test]
fn a_rule_whose_tables_grow_is_not_reused() {
    let guest = Guest {
        data: "(table $t 1 funcref)".to_owned(),
        ..Guest::with_body(
            "(drop (table.grow $t (ref.null func) (i32.const 1)))
             (i32.store8 (i32.const 1024) (i32.const 1)) (i32.const 1024)",
        )
    };
    let sandbox = sandbox();
    let rule = sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap();
    assert!(rule.reused_instance().is_none());
    assert_eq!(simulate(&mut None, &rule, 7), "ineligible");
}

#[test]
fn the_fuel_of_its_start_counts_for_each_call() {
    let burn = |local: &str, count: u32| {
        format!(
            "(loop $next (local.set {local} (i32.add (local.get {local}) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get {local}) (i32.const {count}))))"
        )
    };
    let guest = Guest {
        data: format!("(func $s (local $at i32) {}) (start $s)", burn("$at", 1000)),
        ..Guest::with_body(format!(
            "(local $at i32) {} (i32.store8 (i32.const 1024) (i32.const 1)) (i32.const 1024)",
            burn("$at", 1000)
        ))
    };
    let limits = Limits { fuel: 10_000, ..Limits::default() };
    let config = SandboxConfig { slots: 1, limits, reuses_instances: true, ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).unwrap();
    let rule = sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap();
    assert_eq!(ask(&rule, 7), "out-of-fuel");
    assert_eq!(simulate(&mut None, &rule, 7), "out-of-fuel");
}

#[test]
fn a_sandbox_reuses_no_instance_unless_it_is_told_to() {
    let sandbox = Sandbox::new(SandboxConfig { slots: 1, ..SandboxConfig::default() }).unwrap();
    let rule = sandbox.compile_rule(&Guest::default().component(), RequestedLimits::default()).unwrap();
    assert!(rule.reused_instance().is_none());
}
