//! `diff`: what changes in words between two rules; and the pages that a rulebook carries of its rules, by
//! digest.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::expression_rules::book;
use crate::support::{Server, copy_folder, edit, root, run, scratch, text_of};

const RULE: &str = r#"
[define]
counted = "less(income, 200)"

[[criteria]]
id = "old-enough"
when = "age >= min_age"
titles = { en = "Old enough", zh = "达到年龄" }
provision = { document = "Act", article = "1" }

[[criteria]]
id = "poor"
when = "counted < 80.00 or residence = \"registered\""
titles = { en = "Poor, or registered", zh = "困难" }
provision = { document = "Act", article = "2" }

[grant]
amount = "if age >= 90 then 200.00 else band"

[tables.band]
inputs = ["residence"]
rows = [
    ["registered", "120.00"],
    ["living, elsewhere", "100.00"],
]

[parameters.min_age]
titles = { en = "Least age", zh = "最低年龄" }
values = [{ from = 2026-01-01, value = 80 }]
"#;

/// Two copies of a rulebook, the second with these texts replaced.
pub(crate) fn two_books(folder: &Path, changes: &[(&str, &str)]) -> (PathBuf, PathBuf) {
    let old = book(folder, RULE);
    edit(
        &old.join("N/benefit/rule.toml"),
        "titles = { en = \"Benefit\" }",
        "titles = { en = \"Benefit\", zh = \"补贴\" }",
    );
    let new = folder.join("changed");
    copy_folder(&old, &new);
    changes.iter().for_each(|(from, to)| edit(&new.join("N/benefit/rule.toml"), from, to));
    (old, new)
}

fn told(old: &Path, new: &Path, more: &[&str]) -> (Option<i32>, String) {
    let diff = ["diff", old.to_str().unwrap(), new.to_str().unwrap()];
    let output = run(&[&diff, more].concat());
    (output.status.code(), text_of(&output))
}

#[test]
fn conditions_amounts_numbers_rows_and_articles_that_change_are_told_in_words() {
    let folder = scratch();
    let (old, new) = two_books(
        folder.path(),
        &[
            ("version = \"1.0.0\"", "version = \"1.1.0\""),
            ("counted < 80.00", "counted < 90.00"),
            ("article = \"2\"", "article = \"3\""),
            ("then 200.00", "then 250.00"),
            ("[\"registered\", \"120.00\"]", "[\"registered\", \"130.00\"]"),
            ("value = 80 }]", "value = 80 }, { from = 2027-01-01, value = 75 }]"),
        ],
    );
    assert_eq!(told(&old, &old, &[]).0, Some(0));
    assert_contains(&told(&old, &old, &[]).1, "nothing changes in words");
    let (code, said) = told(&old, &new, &[]);
    assert_eq!(code, Some(1), "{said}");
    for words in [
        "N/benefit: Benefit",
        "Version: “1.0.0” → “1.1.0”",
        "“Counted is less than 80” → “Counted is less than 90”",
        "provision: “Act 2” → “Act 3”",
        "“If Age is at least 90: 200” → “If Age is at least 90: 250”",
        "“registered”: band: “120” → “130”",
        "Least age",
        "added: 2027-01-01 | 75",
    ] {
        assert_contains(&said, words);
    }
    // What stays isn't told.
    assert_lacks(&said, "Old enough");
    assert_lacks(&said, "living");
    let (_, chinese) = told(&old, &new, &["--language", "zh"]);
    assert_contains(&chinese, "最低年龄");
    assert_contains(&chinese, "新增：2027-01-01 | 75");
    assert_contains(&chinese, "版本: “1.0.0” → “1.1.0”");
}

#[test]
fn criteria_and_tables_that_come_and_go_are_told_whole() {
    let folder = scratch();
    let criterion = "\n[[criteria]]\nid = \"here\"\nwhen = \"residence != \\\"elsewhere\\\"\"\ntitles = { en = \"Here\" }\n\
                     provision = { document = \"Act\", article = \"4\" }\n\n[grant]";
    let (old, new) = two_books(folder.path(), &[("\n[grant]", criterion)]);
    let (_, said) = told(&old, &new, &[]);
    assert_contains(&said, "added: Here [here]");
    assert_contains(&said, "(Act 4)");
    let (_, back) = told(&new, &old, &[]);
    assert_contains(&back, "removed: Here [here]");
}

#[test]
fn two_rules_of_one_rulebook_are_compared_by_their_folders_and_new_ones_are_told_whole() {
    let folder = scratch();
    let (old, new) = two_books(folder.path(), &[]);
    let lower = new.join("N-1/benefit");
    fs::create_dir_all(&lower).unwrap();
    let own = fs::read_to_string(new.join("N/benefit/rule.toml")).unwrap();
    fs::write(
        lower.join("rule.toml"),
        own.replace("jurisdiction = \"N\"", "jurisdiction = \"N-1\"").replace("= 80 }", "= 70 }"),
    )
    .unwrap();
    let (_, said) = told(&old, &new, &[]);
    assert_contains(&said, "N-1/benefit: Benefit (a new rule)");
    assert_contains(&told(&new, &old, &[]).1, "N-1/benefit: Benefit (the rule is removed)");
    let (code, said) = told(&new.join("N/benefit"), &lower, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "“80” → “70”");
    let page = folder.path().join("page.html");
    let (_, said) = told(&new.join("N/benefit"), &lower, &["--html", page.to_str().unwrap()]);
    assert_contains(&said, "N-1/benefit is in");
    assert_contains(&fs::read_to_string(page).unwrap(), "Least age");
}

#[test]
fn what_cannot_be_compared_in_words_is_told() {
    let folder = scratch();
    let (old, new) = two_books(folder.path(), &[("counted < 80.00", "counted < eighty")]);
    let built = old.join("target/rulebook");
    assert!(run(&["build", old.to_str().unwrap()]).status.success());
    let (code, said) = told(&built, &new, &[]);
    assert_eq!(code, Some(2));
    assert_contains(&said, "is a built rulebook, which has no tables of files");
    assert_contains(&told(&old, &new, &["--rule", "N/none"]).1, "neither folder has a rule `N/none`");
    let both = run(&["diff", "a", "b", "--population", "c"]);
    assert_eq!(both.status.code(), Some(2));
    assert_contains(&text_of(&both), "`ordinance impact OLD NEW --population FILE`");
}

#[test]
fn rules_in_rust_change_in_words_as_far_as_their_manifests_go() {
    let folder = scratch();
    let changed = folder.path().join("plugins");
    copy_folder(&root().join("plugins"), &changed);
    edit(&changed.join("CN-31/old-age-allowance/rule.toml"), "version = \"", "version = \"9");
    let (code, said) = told(&root().join("plugins"), &changed, &["--rule", "CN-31/old-age-allowance"]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "Version: “");
}

/// The page of the only rule of a place in a rulebook that was built in a folder, and its results by kind.
fn page(book: &Path, kind: &str) -> Option<Value> {
    let rulebook = book.join("target/rulebook");
    let index: Value = serde_json::from_slice(&fs::read(rulebook.join("index.json")).unwrap()).unwrap();
    let digest = index["rules"][0]["state"]["built"].as_str().unwrap().to_owned();
    let text = fs::read(rulebook.join(format!("pages/{digest}{kind}.json"))).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn a_rulebook_carries_each_rule_in_words_with_its_cases_by_digest() {
    let folder = scratch();
    let (book, _) = two_books(folder.path(), &[]);
    let dir = book.to_str().unwrap();
    let case = "[[cases]]\nname = \"old\"\nas_of = 2026-06-01\nfacts = { age = 80, residence = \"registered\" }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"120.00\" } }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    assert!(run(&["build", dir]).status.success());
    let told = page(&book, "").unwrap();
    assert_includes(
        &told,
        json!({"format": 1, "rule": "N/benefit", "version": "1.0.0", "more_cases": 0,
            "prose": {"en": {"title": "Benefit"}, "zh": {"title": "补贴"}},
            "cases": [{"file": "N/benefit/cases/a.toml", "line": 1, "name": "old", "outcome": "eligible",
                "facts": {"age": "80"}, "grant": {"amount": "120.00"}}]}),
    );
    assert_contains(&told["prose"]["zh"].to_string(), "享受条件");
    let bytes = || {
        let pages = fs::read_dir(book.join("target/rulebook/pages")).unwrap();
        let mut pages: Vec<(PathBuf, Vec<u8>)> =
            pages.map(|page| page.unwrap().path()).map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        pages.sort();
        pages
    };
    let first = bytes();
    assert!(run(&["build", dir]).status.success());
    assert_eq!(first, bytes(), "the same sources give the same bytes");
    // A rulebook without pages, or with damaged ones, decides all the same.
    fs::write(book.join("target/rulebook/pages").join(first[0].0.file_name().unwrap()), "damaged").unwrap();
    let server = Server::start(&book.join("target/rulebook"), "");
    let decided = server.decide("N", "benefit", "2026-06-01", &json!({"age": 80, "residence": "registered"}));
    decided.assert_includes(json!({"outcome": "eligible"}));
}

#[test]
fn coverage_and_impact_stand_beside_the_page_until_the_rulebook_changes() {
    let folder = scratch();
    let (book, changed) = two_books(folder.path(), &[("then 200.00", "then 250.00")]);
    let case = "[[cases]]\nname = \"very old\"\nas_of = 2026-06-01\nfacts = { age = 90, residence = \"registered\" }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"250.00\" } }\n";
    fs::write(changed.join("N/benefit/cases/a.toml"), case).unwrap();
    let dir = changed.to_str().unwrap();
    assert!(run(&["test", dir]).status.success());
    assert_eq!(page(&changed, ".coverage"), None, "nobody asked for the coverage");
    assert!(run(&["test", dir, "--coverage"]).status.success());
    let coverage = page(&changed, ".coverage").unwrap();
    assert_includes(&coverage["coverage"]["criteria"][0], json!({"id": "old-enough", "satisfied": 1, "unknown": 0}));
    assert!(run(&["build", dir]).status.success());
    assert_eq!(page(&changed, ".coverage"), Some(coverage), "a build of the same rulebook keeps it");
    let out = folder.path().join("review");
    run(&["review", dir, "--against", book.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let impact = page(&changed, ".impact").unwrap();
    assert_eq!(impact["impact"]["changed"].as_u64(), Some(1), "{impact}");
    assert_eq!(impact["impact"]["people"]["all"]["people"]["gains"].as_u64(), Some(1), "{impact}");
    edit(&changed.join("N/benefit/rule.toml"), "then 250.00", "then 260.00");
    assert!(run(&["build", dir]).status.success());
    assert_eq!(page(&changed, ".coverage"), None);
    let left: Vec<_> = fs::read_dir(changed.join("target/rulebook/pages")).unwrap().collect();
    assert_eq!(left.len(), 2, "the page of the rule and its type: {left:?}");
}
