//! The invariants of `host/ARCHITECTURE.md` that the compiler can't hold: which file may name which function or type.

use crate::support::root;
use crate::tidy::{collect, sources_of_crates};

/// A word, and the files below the root that may use it outside tests.
const USERS: &[(&str, &[&str])] = &[
    // Facts reach rules without the gate in searches on synthetic facts alone.
    ("admit_unchecked", &["host/ordinance-engine/src/study.rs", "sdk/ordinance-harness/src/law_under_test.rs"]),
    ("AdmittedFacts::unchecked", &["host/ordinance-engine/src/study.rs"]),
    // A ruling comes from the gate and from disclosure alone, which both call this.
    ("compose_rulings(", &["host/ordinance-domain/src/privacy.rs", "host/ordinance-engine/src/privacy/rule_on.rs"]),
    ("PrivacyRulings::new(", &["host/ordinance-engine/src/privacy/gate.rs"]),
    // A decision is made once.
    ("Decision::new(", &["host/ordinance-engine/src/missing_facts.rs"]),
];

/// The code of a file without comments and without its tests.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The files in which a word occurs, outside files of tests alone.
fn users_of(word: &str) -> Vec<String> {
    let sources = [sources_of_crates("host"), sources_of_crates("sdk")].concat();
    let users = sources.into_iter().filter(|(_, text)| code_of(text).contains(word));
    let mut users: Vec<String> = users.map(|(file, _)| file).collect();
    users.sort_unstable();
    users
}

#[test]
fn only_the_named_files_use_what_makes_evidence() {
    for (word, allowed) in USERS {
        let mut allowed = allowed.to_vec();
        allowed.sort_unstable();
        assert_eq!(users_of(word), allowed, "who uses `{word}`");
    }
}

#[test]
fn one_file_of_the_engine_opens_the_files_of_a_rulebook() {
    let engine: Vec<String> =
        users_of("std::fs").into_iter().filter(|file| file.starts_with("host/ordinance-engine/")).collect();
    assert_eq!(engine, ["host/ordinance-engine/src/rulebook_folder.rs"]);
}

#[test]
fn the_host_names_nothing_of_simulations_alone() {
    let mut files = Vec::new();
    collect(&root().join("host/ordinance-host"), &mut files);
    assert!(!files.is_empty());
    for (file, text) in files {
        // Facts without the gate, and instances that serve many people.
        for word in ["engine::study", "simulation::", "SimulationRun", "PlainRun", "ReusedInstance", "reuses_instances"]
        {
            assert!(!code_of(&text).contains(word), "{} names {word}", file.display());
        }
    }
}

#[test]
fn the_domain_and_the_engine_name_nothing_of_the_outside() {
    let forbidden: &[(&str, &[&str])] = &[
        (
            "host/ordinance-domain",
            &["std::fs", "std::net", "std::time", "Instant::now", "SystemTime", "serde", "toml::"],
        ),
        ("host/ordinance-engine", &["std::net", "Instant::now", "SystemTime", "tracing::", "hyper", "axum"]),
    ];
    for (folder, words) in forbidden {
        let mut files = Vec::new();
        collect(&root().join(folder).join("src"), &mut files);
        assert!(!files.is_empty());
        for (file, text) in files {
            let code = code_of(&text);
            for word in *words {
                assert!(!code.contains(word), "{} names {word}", file.display());
            }
        }
    }
}
