//! What a new rulebook would change for people: who gains, who loses, by how much and by which criteria.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::reports::{assert_stands_alone, words_of};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{root, run, scratch, text_of};

/// A nation that grants an amount from an age on.
pub(crate) fn rulebook(folder: &Path, min_age: u8, amount: &str) -> PathBuf {
    rulebook_with(folder, min_age, amount, &[])
}

/// The same with these files over it.
pub(crate) fn rulebook_with(folder: &Path, min_age: u8, amount: &str, files: &[(&str, &str)]) -> PathBuf {
    let benefit = format!(
        "id = \"benefit\"\nversion = \"1.0.0\"\njurisdiction = \"N\"\nservice = \"benefit\"\nextends = \"LAW\"\n\
         in-force = {{ from = 2020-01-01 }}\ntitles = {{ en = \"Benefit\" }}\n\
         [parameters.says]\nvalues = [{{ from = 2020-01-01, value = \"test\" }}]\n\
         [parameters.min_age]\nvalues = [{{ from = 2020-01-01, value = {min_age} }}]\n\
         [parameters.amount]\nvalues = [{{ from = 2020-01-01, value = \"{amount}\" }}]\n"
    );
    fs::create_dir_all(folder).unwrap();
    let own = [("N/guard/rule.toml", permitting("")), ("N/benefit/rule.toml", benefit)];
    let own = own.iter().map(|(name, text)| (*name, text.as_str()));
    write_and_build(folder, &own.chain(files.iter().copied()).collect::<Vec<_>>())
}

fn impact(arguments: &[&str]) -> (Option<i32>, String) {
    let ran = run(&[&["impact"], arguments].concat());
    (ran.status.code(), text_of(&ran))
}

/// Ages from 55 to 74 in the first county, as lines, as a table and as Parquet (written by Apache Arrow's library for
/// Python).
fn people(folder: &Path) -> [PathBuf; 3] {
    let ages = || 55..75_u8;
    let lines: Vec<String> =
        ages().map(|age| json!({"jurisdiction": "N-1", "facts": {"age": age, "resident": true}}).to_string()).collect();
    let rows: Vec<String> = ages().map(|age| format!("N-1,{age},true")).collect();
    let (ndjson, csv) = (folder.join("people.ndjson"), folder.join("people.csv"));
    fs::write(&ndjson, lines.join("\n")).unwrap();
    fs::write(&csv, format!("jurisdiction,age,resident\n{}\n", rows.join("\n"))).unwrap();
    [ndjson, csv, root().join("tests/data/people.parquet")]
}

#[test]
fn a_tax_that_rises_or_reaches_more_people_is_no_gain() {
    let folder = scratch();
    let service = fs::read_to_string(root().join("tests/scenarios/common-privacy/services/benefit.toml")).unwrap();
    let tax = service.replace("scale = 2", "scale = 2\nbetter = \"less\"");
    let tax = tax.replace("purpose =", "eligible = \"liability\"\npurpose =");
    let files = [("services/benefit.toml", tax.as_str())];
    let old = rulebook_with(&folder.path().join("old"), 65, "100.00", &files);
    let new = rulebook_with(&folder.path().join("new"), 60, "120.00", &files);
    let [people, ..] = people(folder.path());
    let flags = ["--population", people.to_str().unwrap(), "--service", "benefit", "--as-of", "2026-01-01"];
    let (code, said) = impact(&[&[old.to_str().unwrap(), new.to_str().unwrap()], &flags[..]].concat());
    assert_eq!(code, Some(1), "{said}");
    // 65 to 74 owe more, 60 to 64 owe something for the first time.
    for words in ["0  gains", "15  loses"] {
        assert_contains(&said, words);
    }
}

#[test]
fn who_gains_and_who_loses_is_told_with_the_criterion_and_its_article() {
    let folder = scratch();
    let (old, new) =
        (rulebook(&folder.path().join("old"), 60, "100.00"), rulebook(&folder.path().join("new"), 65, "120.00"));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let (out, changed) = (folder.path().join("out"), folder.path().join("changed.ndjson"));
    for people in people(folder.path()) {
        let people = people.to_str().unwrap();
        let common = ["--population", people, "--service", "benefit", "--as-of", "2026-01-01", "--by", "age"];
        let files = ["--out", out.to_str().unwrap(), "--smallest-cell", "1", "--changed", changed.to_str().unwrap()];
        let (code, said) = impact(&[&[old, new], &common[..], &files].concat());
        assert_eq!(code, Some(1), "{said}");
        // 60 to 64 lose what they had, 65 to 74 are granted more, 55 to 59 had nothing and have nothing.
        for words in [
            "15 of 20 people have a different outcome",
            "10  N amount: 100.00, now 120.00",
            "5  N min_age: 60, now 65",
            "10  gains",
            "5  loses",
            "5  same",
            "amount in all: 1500.00 before, 1200.00 after, 300.00 less",
            "5  N Is old enough (Benefit Act 3): satisfied, now not satisfied",
        ] {
            assert_contains(&said, words);
        }
        let lines: Vec<Value> =
            fs::read_to_string(&changed).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 15);
        let lost = lines.iter().find(|line| line["by"]["age"] == "60").unwrap();
        assert_includes(
            lost,
            json!({"change": "loses", "old": {"grant": {"amount": "100.00"}}, "new": {"outcome": "ineligible"}}),
        );
        let page = words_of(&out.join("impact.html"));
        assert_contains(&page, "15 of 20 people");
        assert_contains(&page, "<svg");
        assert_contains(&page, "Benefit Act 3");
        assert_stands_alone(&page);
        assert_lacks(&page, "https:");
        let (_, said) = impact(&[&[old, new], &common[..], &["--json"]].concat());
        let told: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!(told["all"]["people"], json!({"gains": 10, "loses": 5, "same": 5}));
        assert_includes(&told["all"]["totals"]["amount"], json!({"old": "1500.00", "new": "1200.00"}));
        assert_eq!(told["by_column"]["age"]["60"]["people"], json!({"loses": 1}));
        // A rulebook changes nothing against itself.
        let (code, said) = impact(&[&[new, new], &common[..]].concat());
        assert_eq!(code, Some(0), "{said}");
        assert_contains(&said, "0 of 20 people have a different outcome");
    }
}

#[test]
fn people_who_cannot_be_compared_are_told_and_the_rest_goes_on() {
    let folder = scratch();
    let book = rulebook(&folder.path().join("book"), 60, "100.00");
    let book = book.to_str().unwrap();
    let people = folder.path().join("people.ndjson");
    let good = json!({"jurisdiction": "N", "facts": {"age": 70, "resident": true}}).to_string();
    let bad = json!({"jurisdiction": "N", "facts": {"age": 700, "resident": true}}).to_string();
    fs::write(&people, [good.as_str(), bad.as_str(), "{nonsense", &good].join("\n")).unwrap();
    let people = people.to_str().unwrap();
    let common = [book, book, "--population", people, "--service", "benefit", "--as-of", "2026-01-01"];
    let (code, said) = impact(&common);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "0 of 2 people have a different outcome");
    assert_contains(&said, "line 2 can't be compared: under the old rulebook: `/facts/age`");
    assert_contains(&said, "line 3, column 2 can't be compared: ");
    let (code, said) = impact(&[book, book, "--population", people, "--as-of", "2026-01-01"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "`service` is missing; write it in the line, or name it for all people by a flag");
    for (arguments, words) in [
        (vec!["--by", "height"], "neither rulebook has a fact `height`, and the people have no column"),
        (vec!["--out", "/proc/nowhere"], "/proc/nowhere` can't be made"),
    ] {
        let (code, said) = impact(&[&common[..], &arguments].concat());
        assert_eq!(code, Some(2), "{said}");
        assert_contains(&said, words);
    }
    let table = folder.path().join("people.csv");
    fs::write(&table, "age\n70\n").unwrap();
    let (code, said) = impact(&[book, book, "--population", table.to_str().unwrap(), "--service", "benefit"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "there is no column `jurisdiction`");
    let guests = [("GOOD", Guest::default().component()), ("BAD", b"no component".to_vec())];
    let broken = write_rulebook(&folder.path().join("broken"), &guests);
    let (code, said) = impact(&[book, broken.to_str().unwrap(), "--population", people, "--service", "benefit"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "the new rulebook has 1 broken rule: XX-BAD/probe");
    let source = write_rulebook(&folder.path().join("source"), &guests[..1]);
    let (code, said) = impact(&[
        book,
        source.to_str().unwrap(),
        "--population",
        people,
        "--service",
        "benefit",
        "--as-of",
        "2026-01-01",
    ]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "under the new rulebook: unknown service `benefit`");
}
