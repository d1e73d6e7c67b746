//! Instructions and allocations of one decision: the bytes of a request in, the bytes of the reply out, no sockets, in
//! one thread. Callgrind counts the instructions, so that other work on the machine changes nothing.
//!
//! `cargo bench --workspace --bench instructions --profile dev`; it needs valgrind. The development build needs no
//! other build than the tests; its code is less optimised than a release, so a count is compared with that build alone.
//! `-- --rulebook FOLDER` takes a rulebook that is built already.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and ends at what is unexpected")]
#![allow(clippy::panic, reason = "a count beyond its bounds fails the run")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use ordinance_domain::calendar::Timestamp;
use ordinance_engine::{Engine, Pseudonymiser, Rulebook};
use ordinance_host::Simulator;
use ordinance_sandbox::{Limits, Sandbox, SandboxConfig};

/// The system's allocator, which counts.
struct CountingAllocator;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

// SAFETY: each method passes its arguments on to the system's allocator unchanged.
#[allow(unsafe_code, reason = "an allocator can't be counted otherwise")]
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, bytes) }
    }
}

/// A request that is measured.
struct MeasuredCase {
    name: &'static str,
    layers: u64,
    body: &'static str,
}

/// A household of China's minimum living allowance, with these adults.
macro_rules! household {
    ($($adult:literal)*) => {
        concat!(
            r#"{"jurisdiction":"CN","service":"minimum-living-allowance","as_of":"2026-03-01","mode":"simulation","facts":{"#,
            r#""household_property_within_limits":true,"local_dibao_standard":"800.00","household_members":["#,
            r#"{"age":40,"monthly_income":"500.00"}"#, $(",", $adult,)* "]}}",
        )
    };
}

const CASES: [MeasuredCase; 4] = [
    MeasuredCase {
        name: "one-layer",
        layers: 1,
        body: r#"{"jurisdiction":"CN","service":"old-age-allowance","as_of":"2026-03-01","mode":"simulation","facts":{"age":85,"low_income":true}}"#,
    },
    MeasuredCase {
        name: "three-layers",
        layers: 3,
        body: r#"{"jurisdiction":"CN-3706","service":"disability-care-subsidy","as_of":"2026-03-01","mode":"simulation","facts":{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}}"#,
    },
    MeasuredCase { name: "household-of-two", layers: 1, body: household!(r#"{"age":38,"monthly_income":"300.00"}"#) },
    MeasuredCase {
        name: "household-of-ten",
        layers: 1,
        body: household!(
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
            r#"{"age":38,"monthly_income":"300.00"}"#
        ),
    },
];

/// Decisions before the measured ones, which fill the caches of rulings.
const WARM_UP: u64 = 20;
const DECISIONS: u64 = 100;
/// How far a count may be from the one in `instructions.toml`.
const TOLERANCE: f64 = 0.05;

fn load(rulebook: &Path, code_cache: &Path) -> Simulator {
    // All settings are those of a host, except that one instance runs at a time: valgrind can't reserve the address
    // space of 64. A call under valgrind takes about fifty times as long, so its deadline is longer.
    let limits = Limits { deadline_ms: 60_000, ..Limits::default() };
    let code_cache = Some(code_cache.to_owned());
    let config = SandboxConfig { limits, slots: 1, code_cache, trusts_cache_parents: true, ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).unwrap();
    let rulebook = Rulebook::load(rulebook, &sandbox).unwrap();
    Simulator::new(Engine::new(rulebook, Pseudonymiser::with_random_key()))
}

/// Noon of 1 March 2026, in UTC.
const MOMENT: Timestamp = Timestamp::constant(1_772_366_400, 0);

fn decide(simulator: &Simulator, body: &[u8]) -> Vec<u8> {
    simulator.reply(black_box(body), MOMENT, &[]).unwrap()
}

/// Callgrind counts inside this function alone.
#[inline(never)]
fn measured_decisions(simulator: &Simulator, body: &[u8], count: u64) {
    for _ in 0..count {
        black_box(decide(simulator, body));
    }
}

/// Decides under callgrind; how many allocations that took.
fn run_case(simulator: &Simulator, case: &MeasuredCase, count: u64) -> u64 {
    let body = case.body.as_bytes();
    let reply = String::from_utf8(decide(simulator, body)).unwrap();
    assert!(reply.contains(r#""outcome":"eligible""#), "another decision than that which is measured: {reply}");
    for _ in 0..WARM_UP {
        black_box(decide(simulator, body));
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    measured_decisions(simulator, body, count);
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// The instructions of this many decisions.
fn count_instructions(case: &MeasuredCase, rulebook: &Path, scratch: &Path, count: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured_decisions*"])
        .arg(format!("--callgrind-out-file={}", scratch.join("callgrind.out").display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--run", case.name, &count.to_string()])
        .args([rulebook, &scratch.join("code")])
        .output()
        .unwrap_or_else(|error| {
            panic!("valgrind can't be run ({error}): install it, in Debian `apt-get install valgrind`")
        });
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected : "));
    match (output.status.success(), counted) {
        (true, Some((_, count))) => count.trim().parse().unwrap(),
        (false, _) | (true, None) => panic!("callgrind counted nothing:\n{said}"),
    }
}

/// The rulebook of `plugins/`, or the one that is given.
fn rulebook(arguments: &[String], scratch: &Path) -> PathBuf {
    if let Some(at) = arguments.iter().position(|argument| argument == "--rulebook") {
        return PathBuf::from(arguments.get(at + 1).unwrap_or_else(|| panic!("--rulebook needs a folder")));
    }
    let out = scratch.join("rulebook");
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("plugins");
    let mut build = Command::new(env!("CARGO_BIN_EXE_ordinance-under-test"));
    assert!(build.arg("build").arg(plugins).arg("--out").arg(&out).arg("--trust-sources").status().unwrap().success());
    out
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some([flag, name, count, rulebook, code]) = arguments.first_chunk::<5>()
        && flag == "--run"
    {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        run_case(&load(Path::new(rulebook), Path::new(code)), case, count.parse().unwrap());
        return;
    }
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let rulebook = rulebook(&arguments, scratch.path());
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.toml");
    let expected: toml::Table = std::fs::read_to_string(expected).unwrap().parse().unwrap();
    let simulator = load(&rulebook, &scratch.path().join("native-code"));
    println!("| case | instructions a decision | expected | allocations a decision | a layer |\n|---|---|---|---|---|");
    let mut faults = Vec::new();
    let mut counts = std::collections::BTreeMap::new();
    for case in &CASES {
        let allocations = run_case(&simulator, case, DECISIONS) / DECISIONS;
        let [once, twice] =
            [DECISIONS, 2 * DECISIONS].map(|count| count_instructions(case, &rulebook, scratch.path(), count));
        let counted = (twice - once) / DECISIONS;
        counts.insert(case.name, counted);
        let expected = expected.get(case.name).and_then(toml::Value::as_integer);
        let shown = expected.map_or("none".to_owned(), |count| count.to_string());
        println!("| {} | {counted} | {shown} | {allocations} | {} |", case.name, allocations / case.layers);
        let is_near = expected.is_some_and(|count| (counted as f64 / count as f64 - 1.0).abs() <= TOLERANCE);
        if !is_near {
            faults.push(format!(
                "`{}` takes {counted} instructions a decision, expected were {shown}; find what changed, or write \
                 `{0} = {counted}` with the reason into tests/benches/instructions.toml",
                case.name
            ));
        }
    }
    if let (Some(two), Some(ten)) = (counts.get("household-of-two"), counts.get("household-of-ten"))
        && *ten > 2 * two
    {
        faults.push(format!("a household of ten takes {ten} instructions, more than twice the {two} of one of two"));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
