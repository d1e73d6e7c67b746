//! A rule that keeps something from one case to the next, in each place where WebAssembly has state, and tells it in
//! the next answer.

use std::sync::Arc;
use std::thread;

use ordinance_domain::answer::{Answer, RuleError};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RequestedLimits;
use ordinance_domain::minimise::minimise;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_sandbox::{Arguments, CompiledEligibilityRule, Sandbox, SandboxConfig};

use crate::hostile_guests::Guest;

/// A place of state: what declares it, whether it still is as a module begins (as a condition), and what changes it.
pub(super) struct State {
    pub(super) name: &'static str,
    declared: &'static str,
    is_fresh: &'static str,
    change: &'static str,
}

pub(super) const STATES: [State; 8] = [
    State {
        name: "a global",
        declared: "(global $kept (mut i64) (i64.const 7))",
        is_fresh: "(i64.eq (global.get $kept) (i64.const 7))",
        change: "(global.set $kept (i64.const 8))",
    },
    State {
        name: "a global of references",
        declared: "(global $kept (mut funcref) (ref.null func)) (func $f) (elem declare func $f)",
        is_fresh: "(ref.is_null (global.get $kept))",
        change: "(global.set $kept (ref.func $f))",
    },
    State {
        name: "an entry of a table",
        declared: "(table $t 8 funcref) (func $f) (elem declare func $f)",
        is_fresh: "(i32.and (ref.is_null (table.get $t (i32.const 0))) (ref.is_null (table.get $t (i32.const 7))))",
        change: "(table.fill $t (i32.const 0) (ref.func $f) (i32.const 8))",
    },
    State {
        name: "an entry that was there",
        declared: "(table $t 8 funcref) (func $f) (elem (i32.const 0) $f)",
        is_fresh: "(i32.eqz (ref.is_null (table.get $t (i32.const 0))))",
        change: "(table.set $t (i32.const 0) (ref.null func))",
    },
    State {
        name: "the size of a table",
        declared: "(table $t 8 funcref)",
        is_fresh: "(i32.eq (table.size $t) (i32.const 8))",
        change: "(drop (table.grow $t (ref.null func) (i32.const 5)))",
    },
    State {
        name: "a part of the memory",
        declared: "(data (i32.const 30000) \"\\07\")",
        is_fresh: "(i32.and (i32.eq (i32.load8_u (i32.const 30000)) (i32.const 7)) (i32.eqz (i32.load (i32.const 65532))))",
        change: "(i32.store8 (i32.const 30000) (i32.const 8)) (i32.store (i32.const 65532) (i32.const -1))",
    },
    State {
        name: "the size of the memory, and what it grew by",
        declared: "",
        is_fresh: "(i32.and (i32.eq (memory.grow (i32.const 1)) (i32.const 1)) (i32.eqz (i32.load (i32.const 131068))))",
        change: "(i32.store (i32.const 131068) (i32.const -1))",
    },
    State {
        name: "a segment that is dropped",
        declared: "(table $t 8 funcref) (func $f) (data $d \"x\") (elem $e func $f)",
        // Of a segment that was dropped nothing can be taken: this would trap.
        is_fresh: "(block (result i32) (memory.init $d (i32.const 30000) (i32.const 0) (i32.const 1))
            (table.init $t $e (i32.const 3) (i32.const 0) (i32.const 1)) (i32.const 1))",
        change: "(data.drop $d) (elem.drop $e)",
    },
];

/// The fact with which a rule traps after it has changed its state.
pub(super) const TRAPS: i64 = 9;

/// A rule that answers `ineligible` from a fresh state and `undetermined` from a changed one, and changes it.
pub(super) fn remembering(state: &State) -> Vec<u8> {
    let State { declared, is_fresh, change, .. } = state;
    let guest = Guest {
        data: (*declared).to_owned(),
        memory: "1 4",
        ..Guest::with_body(format!(
            "(i32.store8 (i32.const 1024) (select (i32.const 1) (i32.const 2) {is_fresh}))
             {change}
             (if (i32.eq (local.get 0) (i32.const {TRAPS})) (then (unreachable)))
             (i32.const 1024)"
        ))
    };
    guest.component()
}

/// The determination, or the code of the failure.
pub(super) fn ask(rule: &CompiledEligibilityRule, fact: i64) -> &'static str {
    with_arguments(rule, fact, |arguments| told(rule.call(arguments).result))
}

pub(super) fn told(answer: Result<Answer, RuleError>) -> &'static str {
    match answer {
        Ok(answer) => answer.determination.as_str(),
        Err(failed) => failed.code.as_str(),
    }
}

/// The arguments of a call with this fact.
pub(super) fn with_arguments<T>(
    rule: &CompiledEligibilityRule,
    fact: i64,
    call: impl FnOnce(&Arguments<'_>) -> T,
) -> T {
    let facts = Facts(vec![(FieldName::new("n").unwrap(), Value::Integer(fact))]);
    call(&Arguments {
        as_of: "2026-01-01".parse().unwrap(),
        applicant: &minimise(rule.rule_type(), &facts).unwrap(),
        parameters: &vec![],
        inherited: None,
        jurisdiction: &JurisdictionCode::new("XX").unwrap(),
    })
}

fn sandbox(slots: u32) -> Sandbox {
    Sandbox::new(SandboxConfig { slots, ..SandboxConfig::default() }).unwrap()
}

#[test]
fn no_state_of_a_rule_outlives_its_call() {
    let sandbox = sandbox(1);
    for state in &STATES {
        let rule = sandbox.compile_rule(&remembering(state), RequestedLimits::default()).unwrap();
        let again = sandbox.compile_rule(&remembering(state), RequestedLimits::default()).unwrap();
        for round in 0..50 {
            assert_eq!(ask(&rule, 7), "ineligible", "{}, round {round}", state.name);
            assert_eq!(ask(&rule, TRAPS), "trap", "{}", state.name);
            assert_eq!(ask(&again, 7), "ineligible", "{}, round {round} of the same code", state.name);
        }
    }
}

#[test]
fn no_state_of_a_rule_comes_to_another_rule_in_its_slot() {
    let sandbox = sandbox(1);
    let compile = |state: &State| sandbox.compile_rule(&remembering(state), RequestedLimits::default()).unwrap();
    let rules: Vec<CompiledEligibilityRule> = STATES.iter().map(compile).collect();
    for before in &rules {
        for (rule, state) in rules.iter().zip(&STATES) {
            for fact in [7, TRAPS] {
                ask(before, fact);
                assert_eq!(ask(rule, 7), "ineligible", "{}", state.name);
            }
        }
    }
}

#[test]
fn no_state_of_a_rule_comes_to_another_thread() {
    let sandbox = sandbox(4);
    for state in &STATES {
        let rule = Arc::new(sandbox.compile_rule(&remembering(state), RequestedLimits::default()).unwrap());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let rule = Arc::clone(&rule);
                thread::spawn(move || (0..100).map(|_| ask(&rule, 7)).all(|told| told == "ineligible"))
            })
            .collect();
        for thread in threads {
            assert!(thread.join().unwrap(), "{}", state.name);
        }
    }
}

/// The tests above find a state that is kept: within one call the second look finds the change of the first.
#[test]
fn each_of_these_rules_sees_a_state_that_is_kept() {
    let sandbox = sandbox(1);
    for State { name, declared, is_fresh, change } in &STATES {
        let guest = Guest {
            data: (*declared).to_owned(),
            memory: "1 4",
            ..Guest::with_body(format!(
                "(drop {is_fresh}) {change}
                 (i32.store8 (i32.const 1024) (select (i32.const 1) (i32.const 2) {is_fresh})) (i32.const 1024)"
            ))
        };
        let rule = sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap();
        assert!(["undetermined", "trap"].contains(&ask(&rule, 7)), "{name}");
    }
}
