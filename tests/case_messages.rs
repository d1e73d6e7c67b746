//! What `test` says to an author whose cases have slips, or whose rule doesn't build.

use std::fs;
use std::path::{Path, PathBuf};

use crate::assertions::{assert_contains, assert_lacks};
use crate::expression_rules::book as book_of;
use crate::support::{copy_folder, edit, run, scratch, text_of};
use crate::workbooks::{SHEET, row, sheet, with_part};

const RULE: &str = r#"
[define]
third = "income / 3"

[[criteria]]
id = "old-enough"
when = "age >= 80"
titles = { en = "Old enough" }
provision = { document = "Act", article = "1" }

[intermediates.third]
titles = { en = "A third of the income" }
unit = "USD"

[grant]
amount = "round half up(third, 2)"
"#;

fn book(folder: &Path) -> PathBuf {
    let book = book_of(folder, RULE);
    write_case(&book, "N", r#"facts = { age = 81, income = "100.00" }"#, r#"outcome = "eligible""#);
    book
}

fn write_case(book: &Path, place: &str, facts: &str, expect: &str) {
    let text = format!("[[cases]]\nname = \"one\"\nas_of = 2026-03-01\n{facts}\nexpect = {{ {expect} }}\n");
    let cases = book.join(place).join("benefit/cases");
    fs::create_dir_all(&cases).unwrap();
    fs::write(cases.join("one.toml"), text).unwrap();
}

fn tested(book: &Path) -> String {
    text_of(&run(&["test", book.to_str().unwrap()]))
}

#[test]
fn the_cases_of_a_rule_that_does_not_build_are_counted_and_the_others_run() {
    let folder = scratch();
    let book = book(folder.path());
    copy_folder(&book.join("N/benefit"), &book.join("N-1/benefit"));
    edit(&book.join("N-1/benefit/rule.toml"), "jurisdiction = \"N\"", "jurisdiction = \"N-1\"");
    assert_contains(&tested(&book), "2 passed, 0 failed");
    edit(&book.join("N-1/benefit/rule.toml"), "age >= 80", "agee >= 80");
    let ran = run(&["test", book.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(1));
    let said = text_of(&ran);
    assert_contains(&said, "did you mean `age`?");
    assert_contains(&said, "1 case of N-1/benefit not run, since the rule can't run; its error stands above");
    assert_contains(&said, "1 passed, 0 failed, 1 not run");
    assert_lacks(&said, "FAIL");
}

#[test]
fn a_file_among_the_cases_of_a_rule_that_is_not_read_is_named() {
    let folder = scratch();
    let book = book(folder.path());
    fs::write(book.join("N/benefit/cases/people.ndjson"), "{}\n").unwrap();
    fs::write(book.join("N/benefit/cases/notes.md"), "Where the cases come from.\n").unwrap();
    let said = tested(&book);
    assert_contains(&said, "warning: N/benefit/cases/people.ndjson isn't read");
    assert_contains(&said, "`ordinance test --cases FILE` runs those of other files");
    assert_lacks(&said, "notes.md");
}

#[test]
fn a_sheet_among_the_cases_of_a_rule_is_run_like_a_case_in_toml_in_every_command() {
    let folder = scratch();
    let book = book(folder.path());
    let cases = book.join("N/benefit/cases");
    let table = "name,as_of,age,income,outcome,grant.amount\nold,2026-03-01,80,\"300,00\",eligible,100.00\n\
                 young,2026-03-01,79,300.00,ineligible,\n";
    fs::write(cases.join("people.csv"), table).unwrap();
    fs::write(
        cases.join("more.xlsx"),
        in_workbook(&[&["as_of", "age", "outcome"], &["2026-03-01", "50", "ineligible"]]),
    )
    .unwrap();
    fs::write(cases.join("~$more.xlsx"), "a lock").unwrap();
    let said = tested(&book);
    assert_contains(&said, "pass N/benefit: old");
    assert_contains(&said, "pass N/benefit: young");
    assert_contains(&said, "pass N/benefit: row 2");
    assert_contains(&said, "4 passed, 0 failed");
    assert_lacks(&said, "isn't read");
    let dir = book.to_str().unwrap();
    let built = book.join("target/rulebook");
    assert_contains(&text_of(&run(&["test", built.to_str().unwrap()])), "4 passed, 0 failed");
    let traced = text_of(&run(&["trace", "N/benefit", "--dir", dir, "--case", "young"]));
    assert_contains(&traced, "# N/benefit, `young`");
    let covered = text_of(&run(&["test", dir, "--coverage", "--filter", "y"]));
    assert_contains(&covered, "pass N/benefit: young");
    assert_contains(&covered, "is never satisfied, never unknown");
    assert_contains(&text_of(&run(&["check", dir])), "0 breaches found");
}

#[test]
fn a_fault_in_a_sheet_of_cases_is_told_with_its_file_and_cell() {
    let folder = scratch();
    let book = book(folder.path());
    let cases = book.join("N/benefit/cases");
    fs::write(cases.join("people.csv"), "as_of,age,outcome\n2026-03-01,eighty,eligible\n2026-03-01,79,eligible\n")
        .unwrap();
    fs::write(
        cases.join("more.xlsx"),
        in_workbook(&[&["as_of", "agee", "outcome"], &["2026-03-01", "50", "ineligible"]]),
    )
    .unwrap();
    fs::write(cases.join("broken.csv"), "as_of,age\n2026-03-01,80\n").unwrap();
    let ran = run(&["test", book.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(1), "{}", text_of(&ran));
    let said = text_of(&ran);
    assert_contains(&said, "line 2, column 2: `age`");
    assert_contains(&said, "people.csv:2");
    assert_contains(&said, "cell B2: service `benefit` has no fact `agee`");
    assert_contains(&said, "more.xlsx:2");
    assert_contains(&said, "outcome: expected eligible, decided ineligible");
    assert_contains(&said, "there is no column `outcome`; give the table the columns as_of and outcome");
    assert_contains(&said, "1 passed, 4 failed");
    let built = book.join("target/rulebook");
    assert_contains(&text_of(&run(&["test", built.to_str().unwrap()])), "1 passed, 4 failed");
    let searched = text_of(&run(&["check", book.to_str().unwrap()]));
    assert_contains(&searched, "warning: N/benefit/cases/more.xlsx is left out of the search: cell B2");
}

/// A workbook of Excel with these rows of texts.
fn in_workbook(rows: &[&[&str]]) -> Vec<u8> {
    let rows: String = (1..).zip(rows).map(|(number, texts)| row(number, texts)).collect();
    with_part("openpyxl.xlsx", SHEET, |_| sheet(&rows))
}

#[test]
fn slips_in_a_case_are_told_with_what_to_write() {
    let folder = scratch();
    let book = book(folder.path());
    let told = |facts: &str, expect: &str| {
        write_case(&book, "N", facts, expect);
        tested(&book)
    };
    let facts = r#"facts = { age = 81, income = "100.00" }"#;
    let said = told(facts, r#"outcome = "eligible", findings = { old-enogh = true }"#);
    assert_contains(&said, "decided no finding, since no rule that was applied has this criterion; did you mean");
    let said = told(facts, r#"outcome = "eligible", findings = { poor = true }"#);
    assert_contains(&said, "the criteria are `old-enough`");
    let said = told(r#"facts = { age = 81, incom = "100.00" }"#, r#"outcome = "eligible""#);
    assert_contains(&said, "has no such fact (did you mean `income`?)");
    let said = told(r#"facts = { age = 81, income = "2,000.00" }"#, r#"outcome = "eligible""#);
    assert_contains(&said, "write only digits, with a point before the decimals and no sign between thousands");
    let said = told(r#"facts = { age = "8,100" }"#, r#"outcome = "eligible""#);
    assert_contains(&said, "write only digits, without quotes and with no sign between thousands");
}

#[test]
fn an_intermediate_value_is_compared_to_the_decimals_that_the_author_writes() {
    let folder = scratch();
    let book = book(folder.path());
    let told = |third: &str| {
        let expect = format!("outcome = \"eligible\", intermediates = {{ third = \"{third}\" }}");
        write_case(&book, "N", r#"facts = { age = 81, income = "100.00" }"#, &expect);
        tested(&book)
    };
    assert_contains(&told("33.33"), "1 passed, 0 failed");
    assert_contains(&told("33.3"), "1 passed, 0 failed");
    assert_contains(&told("33.34"), "expected 33.34, decided 33.333333");
    assert_contains(&told("33"), "expected 33, decided 33.333333");
}

#[test]
fn a_filter_that_selects_nothing_is_told_with_what_it_may_misspell() {
    let folder = scratch();
    let book = book(folder.path());
    let filtered = |filter: &str| text_of(&run(&["test", book.to_str().unwrap(), "--filter", filter]));
    assert_contains(&filtered("n/benefit"), "did you mean --filter N/benefit?");
    assert_contains(&filtered("n/benefit"), "no case was run: none has `n/benefit` in its name or folder");
    assert_contains(&filtered("ONE"), "did you mean --filter one?");
    assert_contains(&filtered("benefti"), "did you mean --filter benefit?");
    assert_contains(&filtered("pension"), "or give another --filter");
}

#[test]
fn a_place_or_a_service_that_does_not_exist_is_told_with_the_near_one() {
    let folder = scratch();
    let book = book(folder.path());
    edit(&book.join("rulebook.toml"), "code = \"N-1\"", "code = \"US-CT\"");
    let dir = book.to_str().unwrap();
    let said = |words: &[&str]| text_of(&run(&[words, &["--dir", dir]].concat()));
    let place = said(&["decide", "CT/benefit", "age=80"]);
    assert_contains(&place, "unknown jurisdiction `CT`");
    assert_contains(&place, "did you mean `US-CT`?");
    assert_contains(&said(&["decide", "us-ct/benefit", "age=80"]), "did you mean `US-CT/benefit`?");
    assert_contains(&said(&["decide", "N/Benefit", "age=80"]), "did you mean `N/benefit`?");
    assert_contains(&said(&["decide", "N/benefits", "age=80"]), "did you mean `benefit`?");
    assert_contains(&said(&["new", "CT/benefit"]), "did you mean `US-CT`?");
    assert_contains(&said(&["new", "US-CT/benefits"]), "did you mean `benefit`?");
    assert_contains(&said(&["explain", "N/benefits"]), "did you mean `N/benefit`?");
    assert_contains(&said(&["trace", "n/benefit", "--case", "one"]), "did you mean `N/benefit`?");
    let table = folder.path().join("cases.csv");
    fs::write(&table, "jurisdiction,service,as_of,age,outcome\nCT,benefit,2026-03-01,80,eligible\n").unwrap();
    let tested = said(&["test", "--cases", table.to_str().unwrap()]);
    assert_contains(&tested, "the rulebook has no place `CT`; did you mean `US-CT`?");
}

#[test]
fn a_chinese_comma_in_a_sheet_of_cases_is_named_with_what_to_type() {
    let folder = scratch();
    let book = book(folder.path());
    let said_of = |table: &str| {
        fs::write(book.join("N/benefit/cases/people.csv"), table).unwrap();
        tested(&book)
    };
    let said = said_of("as_of，age，outcome\n2026-03-01，80，eligible\n");
    assert_contains(&said, "     line 1: the Chinese comma `，` separates no cells; type `,` between the names");
    assert_lacks(&said, "there is no column");
    let said = said_of("as_of,age,outcome\n2026-03-01，80，eligible\n");
    assert_contains(
        &said,
        "the Chinese comma `，` separates no cells, so that the row has 1 cell, the header 3; type `,`",
    );
    let said = said_of("as_of,age\n2026-03-01,80\n");
    assert_contains(&said, "     line 1: there is no column `outcome`; give the table");
    assert_contains(
        &said_of("name,as_of,age,outcome\n老人，独居,2026-03-01,79,ineligible\n"),
        "pass N/benefit: 老人，独居",
    );
}
