//! Rules that nobody thought of: modules that are generated at random behind the interface of a rule. Each is refused
//! or gives an answer or fails within its limits; none harms the process that runs it.

use arbitrary::Unstructured;
use ordinance_domain::manifest::RequestedLimits;
use ordinance_sandbox::{Limits, Sandbox, SandboxConfig};
use wasm_smith::{Config, Module};

use crate::hostile_guests::{Guest, around};
use crate::load_checks::call;

/// How many are made in a run of the tests; `ORDINANCE_GUESTS` asks for more.
const GUESTS: u64 = 300;

/// A module with what a rule exports, and everything else at random.
pub(crate) fn module(seed: u64) -> Option<Vec<u8>> {
    let exports = wat::parse_str(
        r#"(module (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
            (func (export "determine") (param i32) (result i32) (i32.const 1024)))"#,
    )
    .unwrap();
    let config = Config {
        exports: Some(exports),
        min_memories: 0,
        max_memories: 1,
        max_memory32_bytes: 64 << 16,
        memory_max_size_required: true,
        max_imports: 0,
        max_instructions: 400,
        max_tables: 1,
        max_table_elements: 1000,
        // What the host doesn't speak is refused; most are to run.
        reference_types_enabled: seed.is_multiple_of(8),
        gc_enabled: seed.is_multiple_of(16),
        exceptions_enabled: seed.is_multiple_of(16),
        wide_arithmetic_enabled: false,
        custom_page_sizes_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        ..Config::default()
    };
    let bytes = random_bytes(seed, 4096);
    Some(Module::new(config, &mut Unstructured::new(&bytes)).ok()?.to_bytes())
}

/// Bytes that follow from a seed (xorshift64*).
pub(crate) fn random_bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        u8::try_from(state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56).unwrap_or_default()
    };
    std::iter::repeat_with(next).take(count).collect()
}

#[test]
fn generated_rules_are_refused_or_stay_within_their_limits() {
    let limits = Limits { fuel: 200_000, ..Limits::default() };
    let sandbox = Sandbox::new(SandboxConfig { limits, slots: 2, ..SandboxConfig::default() }).unwrap();
    let wanted = std::env::var("ORDINANCE_GUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(GUESTS);
    let (mut refused, mut failed, mut answered, mut why) = (0, 0, 0, String::new());
    for seed in 1..=wanted {
        let Some(module) = module(seed) else { continue };
        let rule = match sandbox.compile_rule(&around(&module), RequestedLimits::default()) {
            Ok(rule) => rule,
            Err(refusal) => {
                refused += 1;
                why = refusal.to_string();
                continue;
            }
        };
        let report = call(&rule);
        assert!(report.fuel <= 200_000, "seed {seed}");
        assert!(report.memory_bytes <= limits.memory_bytes, "seed {seed}");
        *(if report.result.is_ok() { &mut answered } else { &mut failed }) += 1;
    }
    assert!(
        refused + failed + answered > wanted / 2,
        "{refused} refused ({why}), {failed} failed, {answered} answered"
    );
    assert!(failed > 0, "{refused} refused ({why}), {failed} failed, {answered} answered");
    // Beside and after all of them a good rule is decided as ever.
    assert!(sandbox.compile_rule(&Guest::default().component(), RequestedLimits::default()).is_ok());
}
