//! A rule with ten mistakes in law, one at a time: what the harness finds of them without being told.

use std::fs;
use std::path::{Path, PathBuf};

use crate::hostile_guests::refused_guests;
use crate::scenarios::module;
use crate::support::{edit, root, run, scratch, text_of};

/// The rulebook of a nation and of its county, whose rule makes the mistake.
pub(crate) fn rulebook(folder: &Path, mistake: &str) -> PathBuf {
    let source = folder.join(mistake);
    for file in [
        "rulebook.toml",
        "facts.toml",
        "services/benefit.toml",
        "N/benefit/rule.toml",
        "N-1/benefit/rule.toml",
        "N-1/benefit/properties.toml",
        "N-1/benefit/cases/law.toml",
    ] {
        let target = source.join(file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(root().join("tests/planted").join(file), target).unwrap();
    }
    fs::copy(module("scenario_law"), source.join("N/benefit/rule.wasm")).unwrap();
    fs::copy(module("scenario_planted"), source.join("N-1/benefit/rule.wasm")).unwrap();
    edit(&source.join("N-1/benefit/rule.toml"), "value = \"none\"", &format!("value = \"{mistake}\""));
    source
}

/// Runs a command on the county's rule: its exit code and what it says.
fn on(source: &Path, command: &str) -> (Option<i32>, String) {
    let dir = source.to_str().unwrap();
    let arguments: Vec<&str> = match command {
        "check" => vec!["check", dir],
        "build" => vec!["build", dir],
        command => vec![command, "N-1/benefit", "--dir", dir],
    };
    let ran = run(&arguments);
    (ran.status.code(), text_of(&ran))
}

/// Whether a command ends with findings and says these words.
fn finds(source: &Path, command: &str, words: &[&str]) -> bool {
    let (code, said) = on(source, command);
    let found = code == Some(1) && words.iter().all(|words| said.contains(words));
    assert!(found, "{command} says: {said}");
    found
}

#[test]
fn the_harness_finds_the_mistakes_that_are_planted_in_a_rule() {
    let folder = scratch();
    let sound = rulebook(folder.path(), "none");
    for command in ["check", "property"] {
        let (code, said) = on(&sound, command);
        assert_eq!(code, Some(0), "{command} finds something in a sound rule: {said}");
    }
    let mut found = 0;
    let mut plant = |mistake: &str, command: &str, words: &[&str]| {
        let source = rulebook(folder.path(), mistake);
        found += usize::from(finds(&source, command, words));
    };
    // The line lies between 60 and 61, where the criterion says "60 or older".
    plant("boundary", "boundary", &["turns where `age` goes from 60 to 61", "name = \"`age` at 60 on "]);
    plant(
        "forgotten",
        "check",
        &["`income-low-enough`, Has an income of 1000 at most (Benefit Act 5)", "never says anything"],
    );
    plant("swapped", "property", &["`who has children gets no less` (Benefit Act 6) is broken", "children = 1"]);
    plant(
        "cliff",
        "property",
        &["`a cent more of income loses no more than 20`", "income = \"500\"", "income = \"500.01\""],
    );
    plant("influence", "property", &["`where somebody comes from changes nothing` (Constitution 3)"]);
    plant("bound", "check", &["`grant.amount` breaks `at-least inherited`", "age = 77"]);
    plant("budget", "check", &["fails: out-of-fuel", "age = 101"]);

    // A rule that wants to look at a clock.
    let source = rulebook(folder.path(), "none");
    let (_, _, clock) = refused_guests().into_iter().find(|(_, words, _)| words.contains("wall-clock")).unwrap();
    fs::write(source.join("N-1/benefit/rule.wasm"), clock).unwrap();
    found += usize::from(finds(&source, "build", &["wasi:clocks/wall-clock", "a rule imports nothing but types"]));

    let source = rulebook(folder.path(), "none");
    edit(&source.join("N-1/benefit/rule.toml"), "provision = { document = \"Benefit Act\", article = \"5\" }\n", "");
    found += usize::from(finds(&source, "build", &["N-1/benefit/rule.toml:", "missing field `provision`"]));

    let source = rulebook(folder.path(), "none");
    let (first, later) = (source.join("N-1/benefit"), source.join("N-1/benefit/later"));
    fs::create_dir(&later).unwrap();
    for file in ["rule.toml", "rule.wasm"] {
        fs::copy(first.join(file), later.join(file)).unwrap();
    }
    edit(&later.join("rule.toml"), "version = \"1.0.0\"", "version = \"1.1.0\"");
    found += usize::from(finds(&source, "build", &["refused beside the other rules", "in force"]));
    assert_eq!(found, 10);

    // A bound that is broken at one amount of very many, which stands in the code alone.
    let source = rulebook(folder.path(), "bound_at_one_amount");
    finds(&source, "check", &["`grant.amount` breaks `at-least inherited`", "income = \"437.29\""]);

    // One mistake more, in a number: nobody is that old.
    let source = rulebook(&folder.path().join("beyond"), "none");
    edit(&source.join("N-1/benefit/rule.toml"), "value = 60", "value = 155");
    finds(&source, "check", &["`old-enough`, Is 60 or older (Benefit Act 3)", "nobody ever satisfies it"]);
}
