//! The invariants of the source itself: who may depend on whom, how large things may be, what every module and every
//! rule must have.

mod imports;
mod lines;
mod names;
mod promises;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::assertions::assert_contains;
use crate::decisions::{cases_of, rule_folders};
use crate::support::{copy_folder, plugins_rulebook, root, run, scratch};

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What each crate of the workspace depends on directly, tests aside.
fn direct_dependencies() -> Vec<(String, Vec<String>)> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"])).unwrap();
    let names = |package: &Value| {
        let normal =
            package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"].is_null());
        normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect()
    };
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), names(package)))
        .collect()
}

/// The most crates that a build of the command compiles, its own among them: who clones the repository waits for each.
const CRATES_MAX: usize = 425;

#[test]
fn the_command_is_built_from_few_crates() {
    let tree = ["tree", "-e", "normal,build", "-p", "ordinance-cli", "--prefix", "none", "--format", "{p}"];
    let listed = cargo(&[&tree[..], &["--locked", "--offline"]].concat());
    let crates: std::collections::BTreeSet<String> =
        listed.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect();
    assert!(crates.len() > 100, "{} crates", crates.len());
    assert!(crates.len() <= CRATES_MAX, "{} crates:\n{}", crates.len(), listed);
}

#[test]
fn crates_depend_in_one_direction() {
    let allowed: &[(&str, &[&str])] = &[
        ("ordinance-domain", &[]),
        ("ordinance-sandbox", &["ordinance-domain"]),
        ("ordinance-engine", &["ordinance-domain", "ordinance-sandbox"]),
        ("ordinance-log", &["ordinance-domain"]),
        ("ordinance-trust", &["ordinance-domain", "ordinance-engine"]),
        ("ordinance-pages", &["ordinance-domain"]),
        ("ordinance-dialogue", &["ordinance-domain", "ordinance-engine", "ordinance-pages"]),
        (
            "ordinance-browser",
            &["ordinance-domain", "ordinance-sandbox", "ordinance-engine", "ordinance-pages", "ordinance-dialogue"],
        ),
        (
            "ordinance-receipt",
            &["ordinance-domain", "ordinance-engine", "ordinance-log", "ordinance-trust", "ordinance-pages"],
        ),
        (
            "ordinance-host",
            &[
                "ordinance-domain",
                "ordinance-sandbox",
                "ordinance-engine",
                "ordinance-log",
                "ordinance-trust",
                "ordinance-pages",
                "ordinance-dialogue",
                "ordinance-receipt",
            ],
        ),
        ("ordinance-sdk", &[]),
        ("ordinance-feel-runtime", &[]),
        ("ordinance-feel", &["ordinance-domain", "ordinance-feel-runtime"]),
        ("ordinance-harness", &["ordinance-domain", "ordinance-engine", "ordinance-pages"]),
        ("ordinance-population", &["ordinance-domain", "ordinance-engine", "ordinance-harness"]),
        (
            "ordinance-cli",
            &[
                "ordinance-domain",
                "ordinance-sandbox",
                "ordinance-engine",
                "ordinance-harness",
                "ordinance-host",
                "ordinance-trust",
                "ordinance-pages",
                "ordinance-receipt",
                "ordinance-feel",
                "ordinance-log",
                "ordinance-population",
            ],
        ),
        ("ordinance-tests", &["ordinance-cli"]),
    ];
    let found = direct_dependencies();
    assert_eq!(found.len(), allowed.len());
    for (name, dependencies) in found {
        let (_, allowed) = allowed.iter().find(|(allowed, _)| *allowed == name).unwrap();
        for dependency in dependencies.iter().filter(|dependency| dependency.starts_with("ordinance-")) {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn only_the_sandbox_reaches_wasmtime_and_only_the_host_reaches_hyper() {
    for (name, dependencies) in direct_dependencies() {
        let reaches = |word: &str| dependencies.iter().any(|dependency| dependency.starts_with(word));
        assert_eq!(reaches("wasmtime"), name == "ordinance-sandbox", "{name}");
        assert_eq!(reaches("hyper") || reaches("axum"), name == "ordinance-host", "{name}");
    }
}

#[test]
fn the_domain_reaches_neither_serde_nor_tokio_nor_wasmtime() {
    let tree = cargo(&["tree", "-p", "ordinance-domain", "-e", "normal", "--prefix", "none", "--offline"]);
    for line in tree.lines() {
        for word in ["serde", "tokio", "wasmtime", "hyper"] {
            assert!(!line.starts_with(word), "the domain reaches {line}");
        }
    }
    assert_contains(&tree, "jiff");
}

/// Every Rust file that people write here.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["host", "sdk", "plugins", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 80, "{} sources", found.len());
    found
}

/// Adds the Rust files of a folder, each with its text, without those that a build wrote: its output and the bindings.
pub(crate) fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("wit/bindings.rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// The folders of the crates under `host/` and `sdk/`.
fn crates() -> Vec<PathBuf> {
    let mut found = [crates_of("host"), crates_of("sdk")].concat();
    found.sort_unstable();
    found
}

fn crates_of(folder: &str) -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = folders.filter(|folder| folder.join("src").is_dir()).collect();
    assert!(found.len() >= 3, "{} crates under {folder}", found.len());
    found
}

/// The sources of the crates under a folder, each with its name from the root on, without the files of unit tests.
pub(crate) fn sources_of_crates(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    crates_of(folder).iter().for_each(|folder| collect(&folder.join("src"), &mut found));
    found.retain(|(path, _)| !is_test_file(path));
    found.into_iter().map(|(path, text)| (name_of_file(&path), text)).collect()
}

/// Whether a file within `src` holds the unit tests of a module.
fn is_test_file(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.ends_with("laws.rs")
}

/// A file as it is named from the root on.
fn name_of_file(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const PLUGIN_LINES_MAX: usize = 200;

#[test]
fn files_and_functions_stay_small() {
    for (path, text) in sources() {
        let lines_max = if path.starts_with(root().join("plugins")) { PLUGIN_LINES_MAX } else { FILE_LINES_MAX };
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() <= lines_max, "{} has {} lines", path.display(), lines.len());
        for (start, line) in lines.iter().enumerate().filter(|(_, line)| is_function(line)) {
            let end = format!("{}}}", " ".repeat(line.len() - line.trim_start().len()));
            let length = lines[start..].iter().position(|line| *line == end).map_or(1, |length| length + 1);
            assert!(length <= FUNCTION_LINES_MAX, "{}:{} has {length} lines", path.display(), start + 1);
        }
    }
}

fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    [
        "fn ",
        "pub fn ",
        "pub(crate) fn ",
        "pub(super) fn ",
        "async fn ",
        "pub async fn ",
        "pub(crate) async fn ",
        "pub const fn ",
        "const fn ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
        && !line.ends_with(';')
        && !line.ends_with('}')
}

#[test]
fn every_module_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} begins without `//!`", path.display());
    }
}

#[test]
fn the_readme_says_what_every_module_of_the_tests_holds() {
    let modules = fs::read_to_string(root().join("tests/all.rs")).unwrap();
    let readme = fs::read_to_string(root().join("tests/README.md")).unwrap();
    let names: Vec<&str> = modules.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "tests/README.md doesn't name `{name}`");
    }
}

#[test]
fn every_rule_has_cases_and_a_provision_for_each_criterion_and_is_small() {
    let interface = fs::read_to_string(root().join("sdk/wit/types.wit")).unwrap();
    let privacy_interface = fs::read_to_string(root().join("sdk/wit/privacy.wit")).unwrap();
    let rules = rule_folders();
    assert!(rules.len() >= 50, "{} rules", rules.len());
    for rule in &rules {
        let least = if rule.join("src").is_dir() { 3 } else { 2 };
        assert!(cases_of(rule).len() >= least, "{} has fewer than {least} cases", rule.display());
        if rule.join("src").is_dir() {
            let deps = rule.join("wit/deps/ordinance-rules");
            let (types, privacy) = if deps.is_dir() {
                (deps.join("types.wit"), Some(deps.join("privacy.wit")))
            } else {
                (deps.with_extension("wit"), None)
            };
            assert_eq!(fs::read_to_string(types).unwrap(), interface, "{}", rule.display());
            if let Some(copy) = privacy {
                assert_eq!(fs::read_to_string(copy).unwrap(), privacy_interface, "{}", rule.display());
            }
        }
    }
    let mut built = 0;
    for entry in fs::read_dir(plugins_rulebook().join("rules")).unwrap() {
        let component = fs::read(entry.unwrap().path()).unwrap();
        let manifest = ordinance_engine::rulebook::embedded_manifest(&component).unwrap();
        let place = format!("{}/{}", manifest.jurisdiction, manifest.folder());
        assert!(component.len() < 20_000, "the component of {place} has {} bytes", component.len());
        // A criterion can't be read without its provision, nor a provision without its document and article.
        assert!(!manifest.criteria.is_empty(), "{place} has no criterion");
        built += 1;
    }
    assert_eq!(built, rules.len());
}

/// The folders of the repository that hold the WIT of a rule in Rust.
fn folders_with_wit() -> Vec<PathBuf> {
    let scenarios = fs::read_dir(root().join("tests/scenarios/rule")).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> =
        rule_folders().into_iter().chain(scenarios).filter(|rule| rule.join("wit").is_dir()).collect();
    assert!(found.len() > 15, "{} rules in Rust", found.len());
    found
}

#[test]
fn every_rule_has_the_bindings_of_its_wit() {
    for rule in folders_with_wit() {
        let bindings = rule.join("wit/bindings.rs");
        if std::env::var_os("UPDATE").is_some() {
            assert!(run(&["bindings", rule.to_str().unwrap()]).status.success(), "{}", rule.display());
        }
        let folder = scratch();
        copy_folder(&rule.join("wit"), &folder.path().join("wit"));
        let _ = fs::remove_file(folder.path().join("wit/bindings.rs"));
        assert!(run(&["bindings", folder.path().to_str().unwrap()]).status.success(), "{}", rule.display());
        let expected = fs::read_to_string(folder.path().join("wit/bindings.rs")).unwrap();
        let found = fs::read_to_string(&bindings).unwrap_or_default();
        assert!(found == expected, "{} is old; write it with UPDATE=1", bindings.display());
    }
}
