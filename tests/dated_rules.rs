//! Rules whose expressions and sheets change on days of their own: reviewers' tools look at each of these days.

use std::fs;

use crate::assertions::{assert_contains, assert_lacks};
use crate::expression_rules::book;
use crate::support::{run, scratch, text_of};

const RULE: &str = r#"
[[criteria]]
id = "old-enough"
when = "age >= 80"
titles = { en = "Old enough" }
provision = { document = "Act", article = "1" }

[grant]
amount = "band"

[tables.band]
file = "band.csv"
default = "10.00"
"#;

/// The amounts by residence, with those of the next year.
fn sheet(next: &str) -> String {
    format!("from,residence,amount\n2026-01-01,registered,120.00\n2027-01-01,registered,{next}\n")
}

/// What the commands say of a rule with the case of one person in 2026.
fn told(rule: &str, sheet: &str, command: &[&str]) -> (Option<i32>, String) {
    let folder = scratch();
    let book = book(folder.path(), rule);
    fs::write(book.join("N/benefit/band.csv"), sheet).unwrap();
    let case = "[[cases]]\nname = \"old\"\nas_of = 2026-06-01\nfacts = { age = 80, residence = \"registered\" }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"120.00\" } }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let ran = run(&[command, &["--dir", book.to_str().unwrap()]].concat());
    (ran.status.code(), text_of(&ran))
}

#[test]
fn the_rows_of_next_year_are_checked_and_their_numbers_changed_by_mutation() {
    let (code, said) = told(RULE, &sheet("-130.00"), &["check"]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "(2 days)");
    assert_contains(&said, "2027-01-01");
    let (code, said) = told(RULE, &sheet("130.00"), &["check"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, said) = told(RULE, &sheet("130.00"), &["mutate", "N/benefit"]);
    assert_contains(&said, "130.00");
    assert_lacks(&said, "nothing that was tried has a different outcome if the number 130.00");
}

#[test]
fn a_day_in_an_expression_is_a_day_of_change() {
    let rule = RULE.replace("age >= 80", "age >= (if as_of > date(\\\"2026-12-31\\\") then 81 else 80)");
    let sheet = sheet("130.00").replace("2027-01-01", "2028-07-01");
    let (_, said) = told(&rule, &sheet, &["check"]);
    assert_contains(&said, "(3 days)");
}

#[test]
fn a_written_amount_that_the_contract_does_not_allow_is_told_at_its_cell() {
    let (_, said) = told(RULE, &sheet("-130.00"), &["build"]);
    assert_contains(&said, "`amount` is from 0 to ");
    assert_contains(&said, "and this is -130");
    assert_contains(&said, "band.csv, row 3, column 3");
    let (_, said) = told(RULE, &sheet("130.00"), &["build"]);
    assert_lacks(&said, "in the contract, and this is");
}
