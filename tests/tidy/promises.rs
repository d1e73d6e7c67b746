//! SECURITY.md names the tests that prove its promises: each of them exists, and no attack is left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// The tests in the last column of the tables of promises: modules, or functions in modules.
fn named_tests(page: &str) -> BTreeSet<String> {
    let promises = page.lines().skip_while(|line| !line.starts_with("## Promises"));
    let rows = promises.take_while(|line| !line.starts_with("## What a caller claims"));
    let columns = rows.filter_map(|row| row.strip_suffix(" |")?.rsplit(" | ").next());
    let tests = columns.flat_map(|column| column.split('`').skip(1).step_by(2));
    tests.map(str::to_owned).collect()
}

/// The file of a module of tests.
fn file_of(module: &[&str]) -> PathBuf {
    root().join("tests").join(module.iter().collect::<PathBuf>()).with_extension("rs")
}

fn exists(test: &str) -> bool {
    // A test in another language, by its file.
    if test.contains('/') {
        return root().join(test).is_file();
    }
    let path: Vec<&str> = test.split("::").collect();
    let Some((name, module)) = path.split_last() else { return false };
    let has_function = |file: &Path| fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {name}(")));
    file_of(&path).is_file() || (!module.is_empty() && has_function(&file_of(module)))
}

#[test]
fn each_promise_names_tests_that_exist_and_each_attack_stands_for_a_promise() {
    let page = fs::read_to_string(root().join("host/SECURITY.md")).unwrap();
    let named = named_tests(&page);
    assert!(named.len() > 20, "the tables of promises weren't found");
    let lacking: Vec<&String> = named.iter().filter(|test| !exists(test)).collect();
    assert!(lacking.is_empty(), "SECURITY.md names tests that don't exist: {lacking:?}");
    let attacks = fs::read_to_string(root().join("tests/attacks.rs")).unwrap();
    let modules = attacks.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let is_named = |module: &&str| named.iter().any(|test| test.starts_with(&format!("attacks::{module}")));
    let unnamed: Vec<&str> = modules.filter(|module| !is_named(module)).collect();
    assert!(unnamed.is_empty(), "SECURITY.md names no promise for these attacks: {unnamed:?}");
}
