//! Scenarios of law: each folder of `scenarios/` is a test, a small rulebook with cases, or with what commands must
//! print of it. Every rule of composition and every question of dates has one. `scenarios/README.md` says how they are
//! written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::assertions::assert_contains;
use crate::support::{copy_folder, edit, root, run, scratch, text_of};

include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// The code that the scenarios' rules share: the folder that has it, and the package it is made of.
const CODE: [(&str, &str); 6] = [
    ("LAW/benefit", "scenario_law"),
    ("HEIR/benefit", "scenario_heir"),
    ("HOME/family", "scenario_home"),
    ("GUARD/guard", "scenario_guard"),
    ("BAND/benefit", "scenario_band"),
    ("TERM/benefit", "scenario_term"),
];

/// What a build comes to that nothing is said of.
const GOOD_BUILD: &str = "exit 0";

/// How the scenarios of privacy law begin; they have `common-privacy` over what all have in common.
const PRIVACY: &str = "privacy-";

/// How those of households and their privacy begin; they have `common-household` over that.
const HOUSEHOLD: &str = "privacy-household-";

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

/// Writes a scenario's rulebook: what all have in common, over it what is the scenario's own, and the code.
fn write_rulebook(scenario: &Path, to: &Path) {
    copy_folder(&scenarios().join("common"), to);
    if scenario.file_name().unwrap().to_str().unwrap().starts_with(PRIVACY) {
        copy_folder(&scenarios().join("common-privacy"), to);
    }
    if scenario.file_name().unwrap().to_str().unwrap().starts_with(HOUSEHOLD) {
        copy_folder(&scenarios().join("common-household"), to);
    }
    copy_folder(scenario, to);
    for (folder, package) in CODE {
        let folder = to.join(folder);
        if folder.is_dir() {
            fs::copy(module(package), folder.join("rule.wasm")).unwrap();
        }
    }
}

/// Writes the rulebook of the scenario of this name.
pub(crate) fn write_scenario(name: &str, to: &Path) {
    write_rulebook(&scenarios().join(name), to);
}

/// A privacy rule of the nation, on the code of GUARD, that permits every fact of the benefit but for what it rules
/// `before` that.
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
    write_and_build_over("privacy-written", folder, files)
}

/// The same over what the scenarios of households have in common.
pub(crate) fn write_and_build_household(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    write_and_build_over("privacy-household-written", folder, files)
}

fn write_and_build_over(scenario: &str, folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    let (scenario, source) = (folder.join(scenario), folder.join("source"));
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

/// Builds a scenario's rulebook, checks it and puts its cases to it: every command ends as the scenario says.
fn assert_scenario(name: &str) {
    let folder = scratch();
    let scenario = Scenario { source: folder.path().join("source"), rulebook: folder.path().join("rulebook") };
    write_rulebook(&scenarios().join(name), &scenario.source);
    let failures = scenario.failures(name);
    assert!(failures.is_empty(), "{name}: {} failures\n\n{}", failures.len(), failures.join("\n\n"));
}

/// The rulebook of a scenario: its sources, with what the scenario expects of it, and where it is built.
struct Scenario {
    source: PathBuf,
    rulebook: PathBuf,
}

impl Scenario {
    fn failures(&self, name: &str) -> Vec<String> {
        let lines = |file: &str| lines_of(&self.source.join(file));
        let (build, check) = (lines("build.txt"), lines("check.txt"));
        let (cases, refused) = (lines("cases.ndjson"), lines("refused.ndjson"));
        let expectations = build.len() + check.len() + cases.len() + refused.len();
        assert!(expectations > 0, "the scenario `{name}` has neither cases nor a text that a command must print");

        let (dir, out) = (self.source.to_str().unwrap(), self.rulebook.to_str().unwrap());
        let build = if build.is_empty() { vec![GOOD_BUILD.to_owned()] } else { build };
        let mut failures = failures_of(&["build", dir, "--out", out], &build);
        if !check.is_empty() {
            failures.extend(failures_of(&["check", dir], &check));
        }
        if !cases.is_empty() {
            failures.extend(self.failures_of_cases(cases.len()));
        }
        failures.extend(refused.iter().filter_map(|line| self.failure_of_refused_case(line)));
        failures
    }

    /// Puts a file of the source to the rulebook.
    fn test(&self, cases: &str) -> String {
        let cases = self.source.join(cases);
        text_of(&run(&["test", self.rulebook.to_str().unwrap(), "--cases", cases.to_str().unwrap()]))
    }

    /// What is printed of the cases of `cases.ndjson` that don't pass.
    fn failures_of_cases(&self, cases: usize) -> Option<String> {
        let printed = self.test("cases.ndjson");
        let is_passed = printed.lines().any(|line| line == format!("{cases} passed, 0 failed"));
        (!is_passed).then(|| format!("not all of {cases} cases passed\n{printed}"))
    }

    /// A case of `refused.ndjson` can't be put to the rulebook, for the reason that it gives as `refused`.
    fn failure_of_refused_case(&self, line: &str) -> Option<String> {
        let mut case: Value = serde_json::from_str(line).unwrap();
        let reason = case.as_object_mut().unwrap().remove("refused").unwrap();
        let (name, reason) = (case["name"].as_str().unwrap().to_owned(), reason.as_str().unwrap());
        case["expect"] = json!({"outcome": "undetermined"});
        fs::write(self.source.join("refused-case.ndjson"), case.to_string()).unwrap();
        let printed = self.test("refused-case.ndjson");
        let printed_words = normalised(&printed);
        let is_refused = printed_words.contains(&format!("FAIL {name} ")) && printed_words.contains(reason);
        (!is_refused).then(|| format!("`{name}` isn't refused with: {reason}\nin: {printed}"))
    }
}

/// What a command does otherwise than expected: the first line is `exit` and the code, every other one stands in what
/// the command prints, or doesn't if it begins with `without`.
fn failures_of(command: &[&str], expected: &[String]) -> Vec<String> {
    let output = run(command);
    let printed = text_of(&output);
    let (expected_exit, words) = expected.split_first().unwrap();
    let exit = format!("exit {}", output.status.code().unwrap_or(-1));
    let mut failures = Vec::new();
    if exit != *expected_exit {
        failures.push(format!("{} ends with {exit} instead of {expected_exit}: {printed}", command[0]));
    }
    for line in words {
        let (words, is_expected) = line.strip_prefix("without ").map_or((line.as_str(), true), |words| (words, false));
        if normalised(&printed).contains(&normalised(words)) != is_expected {
            let prints = if is_expected { "doesn't print" } else { "prints" };
            failures.push(format!("{} {prints}: {words}\nin: {printed}", command[0]));
        }
    }
    failures
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
    assert_contains(&said, breach);
    assert_eq!(said.matches("FAIL").count(), 1, "{said}");
    let case = said[said.find("[[cases]]").unwrap()..].split("\n\n").next().unwrap();
    // 69 is too young for the nation, which then sets no amount; without residence nobody is granted anything.
    assert_contains(case, "facts = { age = 70, resident = true }");

    let rule = source.join("N-1/benefit");
    fs::create_dir(rule.join("cases")).unwrap();
    fs::write(rule.join("cases/found.toml"), case).unwrap();
    let failing = run(&["test", dir]);
    let said = text_of(&failing);
    assert_eq!(failing.status.code(), Some(1), "{said}");
    assert_contains(&said, "FAIL N-1/benefit: within grant.amount at-least inherited");
    assert_contains(&said, "violations of upper law: expected [], decided [N-1 grant amount]");

    edit(&rule.join("rule.toml"), "\"90.00\"", "\"100.00\"");
    for command in ["test", "check"] {
        let mended = run(&[command, dir]);
        assert!(mended.status.success(), "{command}: {}", text_of(&mended));
    }
}
