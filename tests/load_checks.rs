//! The sandbox by itself: what it reads from a component's type, what it refuses, its limits and its code cache.

use std::fs;
use std::os::unix::fs::MetadataExt;

use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RequestedLimits;
use ordinance_domain::minimise::minimise;
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::{Argument, IntegerType, ValueType};
use ordinance_domain::value::Value;
use ordinance_sandbox::{Arguments, CallOutcome, CompiledEligibilityRule, Limits, Sandbox, SandboxConfig};

use crate::assertions::assert_contains;
use crate::hostile_guests::{Guest, failing_guests, refused_guests};
use crate::support::scratch;

fn sandbox() -> Sandbox {
    Sandbox::new(SandboxConfig { slots: 2, ..SandboxConfig::default() }).unwrap()
}

pub(crate) fn call(rule: &CompiledEligibilityRule) -> CallOutcome {
    let facts = Facts(vec![(FieldName::new("n").unwrap(), Value::Integer(7))]);
    rule.call(&Arguments {
        as_of: "2026-01-01".parse().unwrap(),
        applicant: &minimise(rule.rule_type(), &facts).unwrap(),
        parameters: &vec![],
        inherited: None,
        jurisdiction: &JurisdictionCode::new("XX").unwrap(),
    })
}

#[test]
fn the_type_of_the_binary_says_what_the_rule_may_see() {
    let rule = sandbox().compile_rule(&Guest::default().component(), RequestedLimits::default()).unwrap();
    let rule_type = rule.rule_type();
    assert_eq!(rule_type.arguments, [Argument::Applicant]);
    assert_eq!(rule_type.applicant.len(), 1);
    assert_eq!(rule_type.applicant[0].name.as_str(), "n");
    assert_eq!(&rule_type.applicant[0].value_type, &ValueType::Integer(IntegerType::U8));
    assert_eq!(rule_type.grant[0].value_type, ValueType::Option(Box::new(ValueType::Decimal)));
}

#[test]
fn what_is_no_rule_is_refused_naming_the_place() {
    let sandbox = sandbox();
    for (code, words, component) in refused_guests() {
        let refusal = sandbox
            .compile_rule(&component, RequestedLimits::default())
            .err()
            .unwrap_or_else(|| panic!("{code} was accepted"));
        let found = refusal.to_string();
        assert_contains(&found, words);
    }
    let large = vec![0; (1 << 20) + 1];
    assert_contains(
        &sandbox.compile_rule(&large, RequestedLimits::default()).err().unwrap().to_string(),
        "has 1048577 bytes",
    );
}

#[test]
fn the_same_call_gives_the_same_answer_and_uses_the_same_fuel() {
    let sandbox = sandbox();
    for (code, _, guest) in failing_guests() {
        let rule = sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap();
        let (first, second) = (call(&rule), call(&rule));
        assert_eq!(first.result, second.result, "{code}");
        assert_eq!(first.fuel, second.fuel, "{code}");
    }
}

#[test]
fn a_rule_may_ask_for_less_than_the_host_gives_and_never_for_more() {
    let sandbox = sandbox();
    let component = Guest::with_body("(loop (br 0)) (unreachable)").component();
    let less =
        sandbox.compile_rule(&component, RequestedLimits { fuel: Some(1000), ..RequestedLimits::default() }).unwrap();
    assert_eq!(call(&less).fuel, 1000);
    let more = RequestedLimits { fuel: Some(2_000_001), ..RequestedLimits::default() };
    let refusal = sandbox.compile_rule(&component, more).err().unwrap().to_string();
    assert_contains(&refusal, "`limits.fuel` in rule.toml asks for 2000001, the host gives at most 2000000");
}

#[test]
fn rules_with_the_same_code_keep_their_own_limits() {
    let sandbox = sandbox();
    let mut loader = sandbox.loader();
    let component = Guest::with_body("(loop (br 0)) (unreachable)").component();
    for fuel in [1000, 2000, 1000] {
        let requested = RequestedLimits { fuel: Some(fuel), ..RequestedLimits::default() };
        let rule = loader.compile_rule(&component, requested).unwrap();
        assert_eq!(rule.limits().fuel, fuel);
        assert_eq!(call(&rule).fuel, fuel);
    }
}

#[test]
fn the_limit_of_memory_is_on_the_sum() {
    let two = r#"(component
        (core module $m (memory 40) (memory 40))
        (core instance (instantiate $m))
        (core module $n (memory (export "memory") 1) (func (export "determine")))
        (core instance $i (instantiate $n))
        (func (export "determine") (canon lift (core func $i "determine"))))"#;
    let refusal =
        sandbox().compile_rule(&wat::parse_str(two).unwrap(), RequestedLimits::default()).err().unwrap().to_string();
    assert!(refusal.contains("no result") || refusal.contains("memory"), "{refusal}");
}

#[test]
fn compiled_code_is_kept_mapped_and_rebuilt_when_it_does_not_match() {
    let folder = scratch();
    let cache = folder.path().join("cache");
    let sandbox =
        Sandbox::new(SandboxConfig { code_cache: Some(cache.clone()), slots: 1, ..SandboxConfig::default() }).unwrap();
    let component = Guest::default().component();
    let files = || -> Vec<_> {
        let mut files: Vec<_> = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort_unstable();
        files
    };
    let answer = |sandbox: &Sandbox| {
        call(&sandbox.compile_rule(&component, RequestedLimits::default()).unwrap()).result.unwrap()
    };
    let compiled = answer(&sandbox);
    let kept = files();
    let code = kept.iter().find(|path| path.extension().unwrap() == "cwasm").unwrap();
    let (bytes, written) = (fs::read(code).unwrap(), fs::metadata(code).unwrap().ino());
    assert_eq!(answer(&sandbox), compiled);
    assert_eq!(fs::metadata(code).unwrap().ino(), written, "the second check used the file");
    fs::write(code, b"damaged").unwrap();
    assert_eq!(answer(&sandbox), compiled);
    assert_eq!(fs::read(code).unwrap(), bytes, "the damaged file was replaced");
    let other = SandboxConfig {
        limits: Limits { memory_bytes: 1 << 20, ..Limits::default() },
        code_cache: Some(cache.clone()),
        slots: 1,
        ..SandboxConfig::default()
    };
    assert_eq!(answer(&Sandbox::new(other).unwrap()), compiled);
}

#[test]
fn of_compiled_code_what_was_used_longest_ago_goes_first() {
    let folder = scratch();
    let cache = folder.path().join("cache");
    let of_size = |code_cache_bytes_max| {
        let config = SandboxConfig {
            code_cache: Some(cache.clone()),
            slots: 1,
            code_cache_bytes_max,
            ..SandboxConfig::default()
        };
        Sandbox::new(config).unwrap()
    };
    let codes = || -> Vec<_> {
        let paths = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().unwrap() == "cwasm").collect()
    };
    let load = |sandbox: &Sandbox, number: u32| {
        let guest = Guest::with_body(format!("(drop (i32.const {number})) {}", Guest::default().body));
        call(&sandbox.compile_rule(&guest.component(), RequestedLimits::default()).unwrap()).result.unwrap()
    };
    let large = of_size(1 << 30);
    load(&large, 1);
    let of_first = codes();
    let bytes = fs::metadata(&of_first[0]).unwrap().len();
    load(&large, 2);
    assert_eq!(codes().len(), 2);
    load(&large, 1);
    load(&of_size(bytes * 5 / 2), 3);
    assert_eq!(codes().len(), 2);
    assert!(of_first[0].exists(), "it was used again since");
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 4, "nothing is left of what went");
}

#[test]
fn a_cache_that_others_can_write_is_not_trusted() {
    let folder = scratch();
    let open = |mode: u32| {
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        Sandbox::new(SandboxConfig {
            code_cache: Some(folder.path().join("cache")),
            slots: 1,
            ..SandboxConfig::default()
        })
    };
    assert_contains(&open(0o777).err().unwrap().to_string(), "is not safe: others can write");
    assert!(open(0o700).is_ok());
}
