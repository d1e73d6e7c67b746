//! What authors and reviewers find with the studies of a rule: people whose facts agree, properties of each person of a
//! household and in the sense of the service, boundaries that are complete and minimal, cases that can be saved as they
//! are printed, and an end in time.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{plugins_rulebook, root, run, scratch, text_of};

const ALLOWANCE: &str = "CN/minimum-living-allowance";
const TAX: &str = "US-MD-001/county-income-tax";

/// The rulebook of plugins/ with these rules alone, as they were published, and with the cases beside them.
fn published(folder: &Path, rules: &[&str]) -> PathBuf {
    let book = folder.join("book");
    let index: Value = serde_json::from_slice(&fs::read(plugins_rulebook().join("index.json")).unwrap()).unwrap();
    let copy = |from: &Path, to: &Path| {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    };
    for name in index["definitions"].as_object().unwrap().keys() {
        copy(&plugins_rulebook().join(name), &book.join(name));
    }
    for rule in index["rules"].as_array().unwrap() {
        let text = |key: &str| rule[key].as_str().unwrap();
        let path = format!("{}/{}", text("jurisdiction"), rule["service"].as_str().unwrap_or(text("id")));
        let is_privacy = rule["service"].is_null();
        if is_privacy || rules.contains(&path.as_str()) {
            let component = format!("rules/{}.wasm", rule["state"]["built"].as_str().unwrap());
            copy(&plugins_rulebook().join(component), &book.join(&path).join("rule.wasm"));
            for case in fs::read_dir(root().join("plugins").join(&path).join("cases")).unwrap() {
                let case = case.unwrap();
                copy(&case.path(), &book.join(&path).join("cases").join(case.file_name()));
            }
        }
    }
    book
}

/// Runs a study of a rule: its exit code and what it says.
fn study(command: &str, rule: &str, book: &Path, more: &[&str]) -> (Option<i32>, String) {
    let ran = run(&[&[command, rule, "--dir", book.to_str().unwrap()], more].concat());
    (ran.status.code(), text_of(&ran))
}

fn review(book: &Path, more: &[&str]) -> (Option<i32>, String) {
    let ran = run(&[&["review", book.to_str().unwrap()], more].concat());
    (ran.status.code(), text_of(&ran))
}

fn write_properties(book: &Path, rule: &str, properties: &str) {
    fs::write(book.join(rule).join("properties.toml"), properties).unwrap();
}

#[test]
fn a_host_accepts_everybody_whom_synth_makes_up() {
    let folder = scratch();
    let people = folder.path().join("people.ndjson");
    let plugins = root().join("plugins");
    // An age follows from a date of birth, of members too; nobody without a certificate has a grade.
    for (service, place) in
        [("old-age-allowance", "CN"), ("minimum-living-allowance", "CN"), ("disability-care-subsidy", "CN-37")]
    {
        let out = ["--n", "300", "--as-of", "2026-03-01", "--out", people.to_str().unwrap()];
        let made =
            run(&[&["synth", service, "--dir", plugins.to_str().unwrap(), "--jurisdiction", place], &out[..]].concat());
        assert!(made.status.success(), "{}", text_of(&made));
        let book = plugins_rulebook().to_str().unwrap();
        let compared = run(&["impact", book, book, "--population", people.to_str().unwrap()]);
        assert_eq!(compared.status.code(), Some(0), "{service}: {}", text_of(&compared));
        assert_contains(&text_of(&compared), "0 of 300 people have a different outcome");
    }
}

#[test]
fn synth_keeps_the_ages_that_a_distribution_gives() {
    let folder = scratch();
    let ages = folder.path().join("ages.toml");
    fs::write(&ages, "[facts.age]\nuniform = [80, 82]\n").unwrap();
    let plugins = root().join("plugins");
    let made = run(&[
        "synth",
        "old-age-allowance",
        "--dir",
        plugins.to_str().unwrap(),
        "--jurisdiction",
        "CN",
        "--n",
        "20",
        "--distributions",
        ages.to_str().unwrap(),
    ]);
    for line in String::from_utf8(made.stdout).unwrap().lines() {
        let person: Value = serde_json::from_str(line).unwrap();
        let age = person["facts"]["age"].as_i64().unwrap();
        assert!((80..=82).contains(&age), "{person}");
    }
}

#[test]
fn a_property_of_a_part_of_a_list_holds_for_each_item() {
    let folder = scratch();
    let book = published(folder.path(), &[ALLOWANCE]);
    let of = |fact: &str, more_gets: &str| {
        let property = format!(
            "[[properties]]\nname = \"of income\"\nkind = \"monotone\"\nfact = \"{fact}\"\nmore-gets = \"{more_gets}\"\n"
        );
        write_properties(&book, ALLOWANCE, &property);
        study("property", ALLOWANCE, &book, &[])
    };
    // A member's income lessens what the household gets.
    let (code, said) = of("household_members.monthly_income", "no-less");
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "`of income` is violated by these cases");
    let (code, said) = of("household_members.monthly_income", "no-more");
    assert_eq!(code, Some(0), "{said}");
    // No household has so many members: nothing was tried, and that is told.
    let (code, said) = of("household_members[40].monthly_income", "no-more");
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "no case tried has `household_members[40].monthly_income`");
}

#[test]
fn a_property_of_a_tax_takes_less_of_it_for_better() {
    let folder = scratch();
    let book = published(folder.path(), &["US-MD/county-income-tax", TAX]);
    let of = |more_gets: &str| {
        let property = format!(
            "[[properties]]\nname = \"of income\"\nkind = \"monotone\"\nfact = \"has_maryland_taxable_income\"\n\
             more-gets = \"{more_gets}\"\n"
        );
        write_properties(&book, TAX, &property);
        study("property", TAX, &book, &[])
    };
    // Who has income owes tax, and is worse off.
    let (code, said) = of("no-less");
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "less of `rate` is better, not to be eligible is better");
    let (code, said) = of("no-more");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn the_boundaries_of_a_household_are_complete_minimal_and_hold_as_they_are_printed() {
    let folder = scratch();
    let book = published(folder.path(), &[ALLOWANCE]);
    let cases = book.join(ALLOWANCE).join("cases/boundary.toml");
    let (code, said) = study("boundary", ALLOWANCE, &book, &["--out", cases.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{said}");
    let text = fs::read_to_string(&cases).unwrap();
    // Each line names its values, and its cases are dated by the law.
    assert_lacks(&text, "goes from  to");
    let mut names: Vec<&str> = text.lines().filter(|line| line.starts_with("name = ")).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "{text}");
    assert_contains(&text, "as_of = 2014-05-01");
    assert_lacks(&text, "Privacy law withholds");
    // The cases hold under the privacy law of the place, and a second search finds nothing around them.
    let tested = run(&["test", book.to_str().unwrap(), "--filter", ALLOWANCE]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    let (code, said) = study("boundary", ALLOWANCE, &book, &[]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_study_ends_with_its_budget_and_names_what_it_did_not_reach() {
    let folder = scratch();
    let rule = "US-TN/cash-assistance";
    let book = published(folder.path(), &[rule]);
    fs::copy(root().join("plugins").join(rule).join("properties.toml"), book.join(rule).join("properties.toml"))
        .unwrap();
    let (code, said) = study("property", rule, &book, &["--budget", "1"]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "not reached within the budget: US-TN/cash-assistance");
    // What wasn't tried isn't broken.
    assert_lacks(&said, "FAIL");
    assert_contains(&said, "# 0 of 5 properties broken, ");
    let out = folder.path().join("review");
    let (code, said) = review(&book, &["--budget", "1", "--rule", rule, "--out", out.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "properties  0 broken, 0 held, 5 not reached within the budget");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert_contains(&page, "Not reached within the time of the review");
    let (code, said) = study("boundary", rule, &book, &["--budget", "1", "--json"]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "\"unreached\":[");
}

#[test]
fn mutate_tries_households_of_the_size_that_was_moved() {
    let folder = scratch();
    let rule = "US-FL/cash-assistance";
    let book = published(folder.path(), &[rule]);
    let (_, said) = study("mutate", rule, &book, &[]);
    for line in said.lines().filter(|line| line.contains("nothing that was tried")) {
        assert_lacks(line, "`largest_size`");
    }
    // A published component has no lines of source, so nothing in it is blamed on its author.
    assert_lacks(&said, "function 0, byte");
    assert_contains(&said, "only its numbers were changed");
}

/// A business that asks for an old person's allowance with the person's consent to these facts.
fn consented(facts: &[&str]) -> Value {
    json!({"jurisdiction": "CN", "service": "old-age-allowance", "as_of": "2026-03-01",
        "facts": {"age": 85, "low_income": true}, "recipient": {"kind": "business", "id": "adviser"},
        "basis": {"consent": {"facts": facts, "separate": facts}}})
}

#[test]
fn people_are_compared_under_their_own_processing_and_withheld_facts_are_told() {
    let folder = scratch();
    let book = plugins_rulebook().to_str().unwrap();
    let compare = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let ran = run(&["impact", book, book, "--population", file.to_str().unwrap()]);
        (ran.status.code(), text_of(&ran))
    };
    let told = "warning: the outcome of 1 of 2 people is open because privacy law withholds facts that were sent: \
                CN/personal-information withholds `age` (1)";
    let [open, withheld] = [consented(&["age", "low_income"]), consented(&["low_income"])];
    let (code, said) = compare("people.ndjson", &format!("{open}\n{withheld}\n"));
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, told);
    // A table has the same members as columns.
    let row = |person: &Value| {
        let cell = |name: &str| format!("\"{}\"", person[name].to_string().replace('"', "\"\""));
        format!("CN,old-age-allowance,2026-03-01,85,true,{},{}", cell("recipient"), cell("basis"))
    };
    let header = "jurisdiction,service,as_of,age,low_income,recipient,basis";
    let (code, said) = compare("people.csv", &format!("{header}\n{}\n{}\n", row(&open), row(&withheld)));
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, told);
    // A word that is no basis is refused at its line.
    let (code, said) = compare("wrong.csv", &format!("{header}\nCN,old-age-allowance,2026-03-01,85,true,,whim\n"));
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "line 2, column 7 can't be compared: `/basis`: this is no legal basis");
}
