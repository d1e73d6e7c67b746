//! The files that a review leaves: a summary for machines, a page for people, and a report for build servers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes};
use crate::planted::rulebook;
use crate::reports::{assert_stands_alone, words_of};
use crate::support::{edit, run, scratch, text_of};

/// Reviews a rulebook against the sound one, for one person with a child, and gives the folder of the review.
fn review(folder: &Path, reviewed: &Path) -> PathBuf {
    let person = json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01",
        "facts": {"age": 70, "resident": true, "income": "10", "children": 1}});
    let (people, out) = (folder.join("people.ndjson"), folder.join("review"));
    fs::write(&people, person.to_string()).unwrap();
    let [reviewed, people, out_of] = [reviewed, &people, &out].map(|path| path.to_str().unwrap());
    let sound = rulebook(folder, "none");
    let against = ["--against", sound.to_str().unwrap(), "--population", people, "--out", out_of];
    let ran = run(&[&["review", reviewed], &against[..]].concat());
    assert_eq!(ran.status.code(), Some(1), "{}", text_of(&ran));
    out
}

#[test]
fn a_review_leaves_a_summary_a_page_and_a_report() {
    let folder = scratch();
    let out = review(folder.path(), &rulebook(folder.path(), "swapped"));
    let read = |file: &str| fs::read_to_string(out.join(file)).unwrap();
    let summary: Value = serde_json::from_str(&read("summary.json")).unwrap();
    assert_includes(&summary, json!({"good": false}));
    assert_eq!(summary["properties"]["broken"].as_array().unwrap().len(), 1, "{summary}");
    assert_includes(&summary["cases"]["failed"][0], json!({"group": "N-1/benefit"}));
    let page = read("report.html");
    for words in ["who has children gets no less", "Benefit Act 6", "What fails", "Gain: 0", "Lose: 1", "<svg"] {
        assert_contains(&page, words);
    }
    assert_stands_alone(&words_of(&out.join("report.html")));
    assert_contains(&read("junit.xml"), "failures=\"2\"");
}

#[test]
fn a_review_of_what_cannot_be_read_leaves_a_summary_of_why() {
    let folder = scratch();
    let swapped = rulebook(folder.path(), "swapped");
    edit(&swapped.join("services/benefit.toml"), "[grant", "[grants");
    let out = review(folder.path(), &swapped);
    assert_contains(&fs::read_to_string(out.join("summary.json")).unwrap(), "services/benefit.toml");
}

#[test]
fn a_first_publication_is_reviewed_without_a_rulebook_to_compare_with() {
    let folder = scratch();
    let (sound, out) = (rulebook(folder.path(), "none"), folder.path().join("review"));
    let ran = run(&["review", sound.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(0), "{}", text_of(&ran));
    assert_contains(&text_of(&ran), "impact      none: a first publication, without --against");
    let summary: Value = serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    assert_includes(&summary, json!({"good": true, "against": null, "impact": null, "unreached": []}));
    assert_contains(&fs::read_to_string(out.join("report.html")).unwrap(), "so everything is new");
    // People are compared with a rulebook, so they need one.
    let ran = run(&["review", sound.to_str().unwrap(), "--population", "people.ndjson"]);
    assert_eq!(ran.status.code(), Some(2), "{}", text_of(&ran));
}

#[test]
fn what_still_says_replace_is_not_fit_to_be_published() {
    let folder = scratch();
    let (sound, out) = (rulebook(folder.path(), "none"), folder.path().join("review"));
    let review = || run(&["review", sound.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let manifest = sound.join("N-1/benefit/rule.toml");
    edit(&manifest, "article = \"3\"", "article = \"REPLACE\"");
    let ran = review();
    assert_eq!(ran.status.code(), Some(1), "{}", text_of(&ran));
    let summary = fs::read_to_string(out.join("summary.json")).unwrap();
    assert_contains(&summary, "still says REPLACE: write what the law says");
    assert_contains(&summary, "N-1/benefit/rule.toml:");
    edit(&manifest, "article = \"REPLACE\"", "article = \"3\"");
    assert_eq!(review().status.code(), Some(0));
}
