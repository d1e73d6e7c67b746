//! Scenarios of law: each folder of `scenarios/` is a small rulebook with cases, or with what commands must say of it. Every
//! rule of composition and every question of dates has one. `scenarios/README.md` says how they are written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::support::{edit, root, run, scratch, text_of};

/// How many scenarios there are at least: a folder that isn't found must not go unnoticed.
const SCENARIOS_LEAST: usize = 92;

/// The code that the scenarios' rules share: the folder that has it, and the package it is made of.
const CODE: [(&str, &str); 4] = [
    ("LAW/benefit", "scenario_law"),
    ("HEIR/benefit", "scenario_heir"),
    ("GUARD/guard", "scenario_guard"),
    ("BAND/benefit", "scenario_band"),
];

/// What a build comes to that nothing is said of.
const GOOD_BUILD: [&str; 1] = ["exit 0"];

/// The folders beside the scenarios: what they share.
const SHARED: [&str; 3] = ["common", "common-privacy", "rule"];

/// How the scenarios of privacy law begin; they have `common-privacy` over what all have in common.
const PRIVACY: &str = "privacy-";

fn scenarios() -> PathBuf {
    root().join("tests/scenarios")
}

/// The core modules of the shared code, compiled once, beside the compiled rules of `plugins/`.
fn modules() -> &'static Path {
    static COMPILED: OnceLock<PathBuf> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let target = root().join("plugins/target");
        let output = Command::new(env!("CARGO"))
            .args(["build", "--release", "--locked", "--target", "wasm32-unknown-unknown", "--manifest-path"])
            .arg(scenarios().join("rule/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            // A rule needs little stack, and none of the flags for the program under test.
            .env("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=-zstack-size=16384")
            .env_remove("RUSTFLAGS")
            // As `ordinance build` has it, so that code is the same wherever the clone stands.
            .env("RUSTC_WRAPPER", env!("CARGO_BIN_EXE_ordinance-under-test"))
            .env("ORDINANCE_AS_RUSTC", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text_of(&output));
        target.join("wasm32-unknown-unknown/release")
    })
}

/// One of them, such as `scenario_law`.
pub(crate) fn module(package: &str) -> PathBuf {
    modules().join(format!("{package}.wasm"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Writes a scenario's rulebook: what all have in common, over it what is the scenario's own, and the code.
fn write_rulebook(scenario: &Path, to: &Path) {
    copy(&scenarios().join("common"), to);
    if scenario.file_name().unwrap().to_str().unwrap().starts_with(PRIVACY) {
        copy(&scenarios().join("common-privacy"), to);
    }
    copy(scenario, to);
    for (folder, package) in CODE {
        let folder = to.join(folder);
        if folder.is_dir() {
            fs::copy(module(package), folder.join("rule.wasm")).unwrap();
        }
    }
}

/// A privacy rule of the nation, on the code of GUARD, that permits every fact of the benefit but for what it rules `before`
/// that.
pub(crate) fn permitting(before: &str) -> String {
    format!(
        r#"
id = "guard"
version = "1.0.0"
jurisdiction = "N"
kind = "privacy"
extends = "GUARD"
in-force = {{ from = 2020-01-01 }}
titles = {{ en = "Privacy" }}
[parameters.rulings]
values = [{{ from = 2020-01-01, value = [{before}{{ fact = "age", says = "permit" }},
    {{ fact = "resident", says = "permit" }}, {{ fact = "income", says = "permit" }}] }}]
"#
    )
}

/// Writes a rulebook of privacy law with these files over what its scenarios have in common, and builds it.
pub(crate) fn write_and_build(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    let (scenario, source) = (folder.join("privacy-written"), folder.join("source"));
    for (name, text) in files {
        let path = scenario.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    write_rulebook(&scenario, &source);
    let rulebook = folder.join("rulebook");
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    rulebook
}

/// A text as a reader takes it: without the lines that are drawn around it, and with single spaces.
fn normalised(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

fn lines_of(path: &Path) -> Vec<String> {
    let text = if path.is_file() { fs::read_to_string(path).unwrap() } else { String::new() };
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// What one scenario came to.
#[derive(Default)]
struct Ran {
    cases: usize,
    /// Lines of `build.txt` and `check.txt`.
    words: usize,
    faults: Vec<String>,
}

fn run_scenario(scenario: &Path) -> Ran {
    let folder = scratch();
    let (source, rulebook) = (folder.path().join("source"), folder.path().join("rulebook"));
    write_rulebook(scenario, &source);
    let mut ran = Ran::default();
    let (dir, out) = (source.to_str().unwrap(), rulebook.to_str().unwrap());
    let to_build = lines_of(&source.join("build.txt"));
    if to_build.is_empty() {
        ran.compare(&["build", dir, "--out", out], &GOOD_BUILD);
    } else {
        ran.compare(&["build", dir, "--out", out], &to_build);
    }
    let of_check = lines_of(&source.join("check.txt"));
    if !of_check.is_empty() {
        ran.compare(&["check", dir], &of_check);
    }
    ran.words = to_build.len() + of_check.len();
    put_cases(&source, &rulebook, &mut ran);
    put_refused_cases(&source, &rulebook, &mut ran);
    ran
}

impl Ran {
    /// Runs a command and compares: the first line is `exit` and the code, every other one stands in what the command
    /// says, or doesn't if it begins with `without`.
    fn compare(&mut self, command: &[&str], expected: &[impl AsRef<str>]) {
        let output = run(command);
        let said = text_of(&output);
        let (exit, words) = expected.split_first().unwrap();
        let found = format!("exit {}", output.status.code().unwrap_or(-1));
        if found != exit.as_ref() {
            self.faults.push(format!("{} ends with {found} instead of {}: {said}", command[0], exit.as_ref()));
        }
        for words in words {
            let (words, wanted) = match words.as_ref().strip_prefix("without ") {
                Some(words) => (words, false),
                None => (words.as_ref(), true),
            };
            if normalised(&said).contains(&normalised(words)) != wanted {
                let says = if wanted { "doesn't say" } else { "says" };
                self.faults.push(format!("{} {says}: {words}\nin: {said}", command[0]));
            }
        }
    }
}

/// Each case of `cases.ndjson` passes.
fn put_cases(source: &Path, rulebook: &Path, ran: &mut Ran) {
    let path = source.join("cases.ndjson");
    let cases = lines_of(&path).len();
    if cases == 0 {
        return;
    }
    let tested = run(&["test", rulebook.to_str().unwrap(), "--cases", path.to_str().unwrap()]);
    let said = text_of(&tested);
    let passed = said.lines().filter(|line| line.starts_with("pass ")).count();
    if passed != cases {
        let failed: Vec<&str> = said.lines().filter(|line| !line.starts_with("pass ") && !line.is_empty()).collect();
        ran.faults.push(failed.join("\n"));
    }
    ran.cases += cases;
}

/// Each case of `refused.ndjson` can't be put to the rulebook, for the reason that it gives as `refused`.
fn put_refused_cases(source: &Path, rulebook: &Path, ran: &mut Ran) {
    for line in lines_of(&source.join("refused.ndjson")) {
        let mut case: Value = serde_json::from_str(&line).unwrap();
        let reason = case.as_object_mut().unwrap().remove("refused").unwrap();
        let (name, reason) = (case["name"].as_str().unwrap().to_owned(), reason.as_str().unwrap());
        case["expect"] = json!({"outcome": "undetermined"});
        let path = source.join("refused-case.ndjson");
        fs::write(&path, case.to_string()).unwrap();
        let tested = run(&["test", rulebook.to_str().unwrap(), "--cases", path.to_str().unwrap()]);
        let said = text_of(&tested);
        if !normalised(&said).contains(&format!("FAIL {name} {reason}")) {
            ran.faults.push(format!("`{name}` isn't refused with: {reason}\nin: {said}"));
        }
        ran.cases += 1;
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the output of this test lists the scenarios")]
fn every_scenario_is_decided_as_its_cases_say() {
    let entries = fs::read_dir(scenarios()).unwrap().map(|entry| entry.unwrap().path());
    let is_scenario = |path: &PathBuf| path.is_dir() && !SHARED.iter().any(|shared| path.ends_with(shared));
    let mut folders: Vec<PathBuf> = entries.filter(is_scenario).collect();
    folders.sort_unstable();
    assert!(folders.len() >= SCENARIOS_LEAST, "only {} scenarios are there", folders.len());
    let (mut cases, mut faults) = (0, Vec::new());
    for folder in &folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let ran = run_scenario(folder);
        assert!(ran.cases + ran.words > 0, "the scenario {name} is empty");
        let verdict = if ran.faults.is_empty() { "pass" } else { "FAIL" };
        println!("{verdict} {name}: {} cases, {} lines of what commands say", ran.cases, ran.words);
        faults.extend(ran.faults.into_iter().map(|fault| format!("{name}: {fault}")));
        cases += ran.cases;
    }
    println!("{} scenarios with {cases} cases", folders.len());
    assert!(faults.is_empty(), "{} faults\n\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn check_finds_a_breach_and_its_smallest_case_fails_until_the_rule_is_mended() {
    let folder = scratch();
    let source = folder.path().join("source");
    write_rulebook(&scenarios().join("check-finds-a-breach"), &source);
    let dir = source.to_str().unwrap();
    let checked = run(&["check", dir]);
    let said = text_of(&checked);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    let breach = "# FAIL N-1/benefit 1.0.0: `grant.amount` breaks `at-least inherited`, which services/benefit.toml sets (Benefit Act 2)";
    assert!(said.contains(breach) && said.matches("FAIL").count() == 1, "{said}");
    let case = said[said.find("[[cases]]").unwrap()..].split("\n\n").next().unwrap();
    // 69 is too young for the nation, which then sets no amount; without residence nobody is granted anything.
    assert!(case.contains("facts = { age = 70, resident = true }"), "{case}");

    let rule = source.join("N-1/benefit");
    fs::create_dir(rule.join("cases")).unwrap();
    fs::write(rule.join("cases/found.toml"), case).unwrap();
    let failing = run(&["test", dir]);
    let said = text_of(&failing);
    assert_eq!(failing.status.code(), Some(1), "{said}");
    assert!(said.contains("FAIL N-1/benefit: within grant.amount at-least inherited"), "{said}");
    assert!(said.contains("violations of upper law: expected [], decided [N-1 grant amount]"), "{said}");

    edit(&rule.join("rule.toml"), "\"90.00\"", "\"100.00\"");
    for command in ["test", "check"] {
        let mended = run(&[command, dir]);
        assert!(mended.status.success(), "{command}: {}", text_of(&mended));
    }
}
