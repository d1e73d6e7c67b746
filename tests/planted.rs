//! A rule with mistakes in law, one at a time: which command finds each without being told.

use std::fs;
use std::path::{Path, PathBuf};

use crate::assertions::{assert_contains, assert_lacks};
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

/// Runs a command on a rulebook: it ends with findings and prints these words.
#[track_caller]
fn assert_finds(source: &Path, command: &str, words: &[&str]) {
    let (code, printed) = on(source, command);
    assert_eq!(code, Some(1), "{command}: {printed}");
    for words in words {
        assert_contains(&printed, words);
    }
}

/// Runs a command on a rule with one mistake: it finds the mistake.
#[track_caller]
fn assert_finds_mistake(mistake: &str, command: &str, words: &[&str]) {
    let folder = scratch();
    assert_finds(&rulebook(folder.path(), mistake), command, words);
}

#[test]
fn a_sound_rule_has_no_finding() {
    let folder = scratch();
    let sound = rulebook(folder.path(), "none");
    for command in ["check", "property"] {
        let (code, printed) = on(&sound, command);
        assert_eq!(code, Some(0), "{command} finds something in a sound rule: {printed}");
    }
}

#[test]
fn check_finds_an_answer_that_more_knowledge_turns() {
    // Whoever leaves out where they live is refused, as if they lived elsewhere.
    assert_finds_mistake(
        "missing",
        "check",
        &[
            "answers though `resident` is missing, and otherwise once it is known: missing is read as a value",
            "name = \"without `resident` there is no answer yet\"",
            "name = \"with `resident` there is\"",
        ],
    );
}

#[test]
fn boundary_shows_a_line_that_is_drawn_a_year_late() {
    // The line lies between 60 and 61, where the criterion says "60 or older".
    assert_finds_mistake(
        "boundary",
        "boundary",
        &["changes where `age` goes from 60 to 61", "name = \"`age` at 60 on "],
    );
}

#[test]
fn check_finds_a_criterion_that_the_rule_forgets() {
    let words = ["`income-low-enough`, Has an income of 1000 at most (Benefit Act 5)", "the code never reports it"];
    assert_finds_mistake("forgotten", "check", &words);
}

#[test]
fn property_finds_amounts_that_are_swapped() {
    let words = ["`who has children gets no less` (Benefit Act 6) is violated", "children = 1"];
    assert_finds_mistake("swapped", "property", &words);
}

#[test]
fn property_finds_a_cliff() {
    let words = ["`a cent more of income loses no more than 20`", "income = \"500\"", "income = \"500.01\""];
    assert_finds_mistake("cliff", "property", &words);
}

#[test]
fn property_finds_the_influence_of_a_fact_that_must_have_none() {
    assert_finds_mistake("influence", "property", &["`where somebody comes from changes nothing` (Constitution 3)"]);
}

#[test]
fn a_property_that_nothing_can_violate_or_keep_is_refused() {
    let folder = scratch();
    let source = rulebook(folder.path(), "none");
    let refused = |property: &str, why: &str| {
        let text = format!("[[properties]]\nname = \"one\"\n{property}\n");
        fs::write(source.join("N-1/benefit/properties.toml"), text).unwrap();
        assert_finds(&source, "property", &[why]);
    };
    refused("kind = \"range\"\ngrant = \"amount\"\nmin = \"5\"\nmax = \"1\"", "`max` is below `min`");
    refused(
        "kind = \"no-influence\"\nfact = \"age\"\ngiven = { age = 5 }",
        "the property is about `age`, which `given` holds",
    );
    refused("kind = \"symmetry\"\nfacts = [\"age\", \"age\"]", "the two facts are one");
    let cliff = "kind = \"no-cliff\"\nfact = \"income\"\ngrant = \"amount\"\nmost = \"-5\"";
    refused(cliff, "a loss is not below 0");
}

#[test]
fn check_finds_a_breach_of_an_upper_bound() {
    assert_finds_mistake("bound", "check", &["`grant.amount` breaks `at-least inherited`", "age = 77"]);
}

#[test]
fn check_finds_a_breach_at_one_amount_of_very_many() {
    // The amount stands in the code alone.
    let words = ["`grant.amount` breaks `at-least inherited`", "income = \"437.29\""];
    assert_finds_mistake("bound_at_one_amount", "check", &words);
}

#[test]
fn check_prints_the_least_case_without_what_no_rule_takes() {
    let folder = scratch();
    let source = rulebook(folder.path(), "bound");
    edit(&source.join("services/benefit.toml"), "\"origin\"]", "\"origin\", \"pets\"]");
    let pets = "[pets]\ntype = \"integer\"\nmin = 0\nmax = 9\ntitles = { en = \"Pets\" }\ncategory = \"dpv-pd:FamilyStructure\"\n\
                sensitivity = \"personal\"\n\n[origin]";
    edit(&source.join("facts.toml"), "[origin]", pets);
    let case = "[[cases]]\nname = \"with a pet\"\nas_of = 2026-01-01\nfacts = { age = 77, resident = true, income = \"900.00\", \
                children = 0, origin = \"here\", pets = 1 }\nexpect = { outcome = \"eligible\" }\n";
    fs::write(source.join("N-1/benefit/cases/pets.toml"), case).unwrap();
    let (code, printed) = on(&source, "check");
    assert_eq!(code, Some(1), "{printed}");
    assert_contains(&printed, "facts = { age = 77, resident = true, income = \"0\", children = 0 }");
    assert_lacks(&printed, "pets =");
}

#[test]
fn check_finds_a_case_that_exceeds_the_budget() {
    assert_finds_mistake("budget", "check", &["fails: out-of-fuel", "age = 101"]);
}

#[test]
fn check_finds_a_criterion_that_nobody_satisfies() {
    let folder = scratch();
    let source = rulebook(folder.path(), "none");
    edit(&source.join("N-1/benefit/rule.toml"), "value = 60", "value = 155");
    assert_finds(&source, "check", &["`old-enough`, Is 60 or older (Benefit Act 3)", "no case satisfies it"]);
}

#[test]
fn build_rejects_a_rule_that_wants_to_look_at_a_clock() {
    let folder = scratch();
    let source = rulebook(folder.path(), "none");
    let (_, _, clock) = refused_guests().into_iter().find(|(_, words, _)| words.contains("wall-clock")).unwrap();
    fs::write(source.join("N-1/benefit/rule.wasm"), clock).unwrap();
    assert_finds(&source, "build", &["wasi:clocks/wall-clock", "a rule imports nothing but types"]);
}

#[test]
fn build_rejects_a_criterion_without_its_provision() {
    let folder = scratch();
    let source = rulebook(folder.path(), "none");
    edit(&source.join("N-1/benefit/rule.toml"), "provision = { document = \"Benefit Act\", article = \"5\" }\n", "");
    assert_finds(&source, "build", &["N-1/benefit/rule.toml:", "missing field `provision`"]);
}

#[test]
fn build_rejects_two_versions_in_force_on_one_day() {
    let folder = scratch();
    let source = rulebook(folder.path(), "none");
    let (first, later) = (source.join("N-1/benefit"), source.join("N-1/benefit/later"));
    fs::create_dir(&later).unwrap();
    for file in ["rule.toml", "rule.wasm"] {
        fs::copy(first.join(file), later.join(file)).unwrap();
    }
    edit(&later.join("rule.toml"), "version = \"1.0.0\"", "version = \"1.1.0\"");
    assert_finds(&source, "build", &["conflicts with the rulebook", "in force"]);
}
