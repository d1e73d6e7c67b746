//! What every command of authors and reviewers says, word for word, on a small rulebook. A change of words is looked at and
//! accepted: `INSTA_UPDATE=always cargo test -p ordinance-tests snapshots`, then read the difference.

use std::fs;
use std::path::Path;

use crate::planted::rulebook;
use crate::support::{edit, run, scratch, text_of};

/// What a command says, with stable words for what differs from run to run and from machine to machine.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = run(arguments);
    let text = text_of(&output).replace(folder.to_str().unwrap(), "FOLDER");
    let mut lines: Vec<String> = text.lines().map(without_times).collect();
    lines.dedup();
    let lines = lines.into_iter().filter(|line| !line.starts_with("compiling the rules"));
    let text: String = lines.map(|line| line.trim_end().to_owned() + "\n").collect();
    format!("{text}exit {}\n", output.status.code().unwrap())
}

/// A line without digests, times and the day of the run.
fn without_times(line: &str) -> String {
    let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date().to_string();
    let line = line.replace(&today, "TODAY");
    if line.contains("time (microseconds)") {
        return "time (microseconds) ...".to_owned();
    }
    // Where code stands, and how long it is, is the compiler's affair.
    if line.contains("     function ") || line.contains("sha256:") && line.contains(" bytes") {
        return "     ...".to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let is_time =
            words.last().is_some_and(|last| last == "bytes,") && word.bytes().all(|byte| byte.is_ascii_digit());
        words.push(if is_time { "N".to_owned() } else { without_digest(word) });
    }
    words.join(" ")
}

fn without_digest(word: &str) -> String {
    let is_hex = |part: &str| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let part = word.split(|letter: char| !letter.is_ascii_hexdigit()).find(|part| is_hex(part));
    let word = part.map_or_else(|| word.to_owned(), |digest| word.replace(digest, "DIGEST"));
    match word.split_once("0x") {
        Some((before, after)) => {
            format!("{before}0x...{}", after.trim_start_matches(|letter: char| letter.is_ascii_hexdigit()))
        }
        None => word,
    }
}

macro_rules! snapshot {
    ($name:literal, $folder:expr, $($argument:expr),+) => {
        insta::assert_snapshot!($name, said($folder, &[$($argument),+]))
    };
}

#[test]
fn every_command_says_what_it_said() {
    let scratch = scratch();
    let folder = scratch.path();
    let sound = rulebook(folder, "none");
    let dir = sound.to_str().unwrap();
    snapshot!("build", folder, "build", dir);
    snapshot!("test", folder, "test", dir, "--coverage");
    snapshot!("test-json", folder, "test", dir, "--json", "--threshold", "99");
    snapshot!("test-branches", folder, "test", dir, "--branches");
    snapshot!("check", folder, "check", dir);
    snapshot!("check-json", folder, "check", dir, "--json");
    snapshot!("boundary", folder, "boundary", "N-1/benefit", "--dir", dir);
    snapshot!("boundary-json", folder, "boundary", "N-1/benefit", "--dir", dir, "--json");
    snapshot!("property", folder, "property", "N-1/benefit", "--dir", dir);
    snapshot!("mutate", folder, "mutate", "N/benefit", "--dir", dir);
    snapshot!("mutate-json", folder, "mutate", "N/benefit", "--dir", dir, "--json");
    snapshot!("bench", folder, "bench", "N-1/benefit", "--dir", dir, "--runs", "1");
    snapshot!("trace", folder, "trace", "N-1/benefit", "--dir", dir, "--case", "60");
    snapshot!("trace-json", folder, "trace", "N-1/benefit", "--dir", dir, "--case", "60", "--json");
    snapshot!(
        "synth",
        folder,
        "synth",
        "benefit",
        "--dir",
        dir,
        "--jurisdiction",
        "N-1",
        "--n",
        "3",
        "--as-of",
        "2026-01-01"
    );
    let index = fs::read_to_string(sound.join("target/rulebook/index.json")).unwrap();
    let digest = index.split('"').rfind(|word| word.len() == 64).unwrap();
    let file = sound.join(format!("target/rulebook/rules/{digest}.wasm"));
    snapshot!("inspect", folder, "inspect", file.to_str().unwrap(), "--rulebook", dir);
    snapshot!("inspect-json", folder, "inspect", file.to_str().unwrap(), "--rulebook", dir, "--json");
    let facts = folder.join("facts.json");
    fs::write(&facts, r#"{"age": 65, "resident": true, "income": "10"}"#).unwrap();
    let facts = facts.to_str().unwrap();
    snapshot!(
        "decide",
        folder,
        "decide",
        dir,
        "--jurisdiction",
        "N-1",
        "--service",
        "benefit",
        "--as-of",
        "2026-01-01",
        "--facts",
        facts
    );
    let request = folder.join("request.json");
    fs::write(
        &request,
        r#"{"jurisdiction": "N-1", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty", "facts": ["age"],
            "recipient": {"kind": "subject", "id": "self"}}"#,
    )
    .unwrap();
    snapshot!("disclose", folder, "disclose", dir, "--request", request.to_str().unwrap());
}

#[test]
fn every_command_says_what_it_said_of_a_rule_with_a_mistake() {
    let scratch = scratch();
    let folder = scratch.path();
    let sound = rulebook(folder, "none");
    let swapped = rulebook(folder, "swapped");
    let (old, new) = (sound.to_str().unwrap(), swapped.to_str().unwrap());
    snapshot!("test-failing", folder, "test", new);
    snapshot!("property-broken", folder, "property", "N-1", "--dir", new);
    snapshot!("property-broken-json", folder, "property", "N-1", "--dir", new, "--json");
    let bound = rulebook(folder, "bound");
    snapshot!("check-breach", folder, "check", bound.to_str().unwrap(), "--rule", "N-1");
    let people = folder.join("people.ndjson");
    let made = run(&[
        "synth",
        "benefit",
        "--dir",
        old,
        "--jurisdiction",
        "N-1",
        "--n",
        "500",
        "--as-of",
        "2026-01-01",
        "--out",
        people.to_str().unwrap(),
    ]);
    assert!(made.status.success(), "{}", text_of(&made));
    let people = people.to_str().unwrap();
    snapshot!("diff", folder, "diff", old, new, "--population", people, "--by", "children");
    snapshot!("diff-json", folder, "diff", old, new, "--population", people, "--json");
    let out = folder.join("review");
    snapshot!(
        "review",
        folder,
        "review",
        new,
        "--against",
        old,
        "--population",
        people,
        "--out",
        out.to_str().unwrap()
    );
    let summary: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(
        (&summary["good"], summary["properties"]["broken"].as_array().unwrap().len()),
        (&false.into(), 1),
        "{summary}"
    );
    assert_eq!(summary["cases"]["failed"][0]["group"], "N-1/benefit", "{summary}");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    for words in ["who has children gets no less", "Benefit Act 6", "Cases that came out otherwise", "gains", "<svg"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<script") && !page.contains("http"), "the page needs no network");
    assert!(fs::read_to_string(out.join("junit.xml")).unwrap().contains("failures=\"2\""));
    edit(&swapped.join("N-1/benefit/properties.toml"), "kind = \"monotone\"", "kind = \"monotonous\"");
    snapshot!("property-misspelt", folder, "property", "N-1", "--dir", new);
    edit(&swapped.join("N-1/benefit/cases/law.toml"), "age = 60", "ages = 60");
    snapshot!("test-unusable", folder, "test", new);
    edit(&swapped.join("services/benefit.toml"), "[grant", "[grants");
    let out = out.to_str().unwrap();
    snapshot!("review-unreadable", folder, "review", new, "--against", old, "--out", out);
    let summary = fs::read_to_string(folder.join("review/summary.json")).unwrap();
    assert!(summary.contains("services/benefit.toml"), "{summary}");
}
