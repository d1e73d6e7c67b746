//! The reviewer's harness from the command line: every form of cases, what of the law they meet, reports.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::reports::{assert_stands_alone, words_of};
use crate::support::{edit, plugins_rulebook, root, run, scratch, text_of};

const CARE: &str = "disability-care-subsidy";

fn case(grade: u8, outcome: &str, amount: Option<&str>) -> Value {
    let mut case = json!({"name": format!("grade {grade}"), "jurisdiction": "CN-37", "service": CARE, "as_of": "2026-03-01",
        "facts": {"disability_grade": grade, "needs_long_term_care": true, "work_injury_care_payment": false,
            "destitute_support": false, "draws_elderly_care_subsidy": false},
        "expect": {"outcome": outcome, "findings": {"grade-1-or-2": grade <= 2}}});
    if let Some(amount) = amount {
        case["expect"]["grant"] = json!({"amount": amount});
    }
    case
}

fn cases() -> Vec<Value> {
    vec![case(1, "eligible", Some("80.00")), case(3, "ineligible", None), case(2, "eligible", Some("90.00"))]
}

/// The same cases in each form.
fn in_every_form(folder: &Path) -> Vec<PathBuf> {
    let cases = cases();
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let mut table = "name,jurisdiction,service,as_of,disability_grade,needs_long_term_care,work_injury_care_payment,\
                     destitute_support,draws_elderly_care_subsidy,outcome,grant.amount,finding.grade-1-or-2\n"
        .to_owned();
    for case in &cases {
        let (grade, expect) = (&case["facts"]["disability_grade"], &case["expect"]);
        let amount = expect["grant"]["amount"].as_str().unwrap_or_default();
        let (name, outcome) = (case["name"].as_str().unwrap(), expect["outcome"].as_str().unwrap());
        let finding = &expect["findings"]["grade-1-or-2"];
        table.push_str(&format!(
            "{name},CN-37,{CARE},2026-03-01,{grade},true,false,false,false,{outcome},{amount},{finding}\n"
        ));
    }
    let forms = [("cases.ndjson", lines.join("\n")), ("cases.json", json!(cases).to_string()), ("cases.csv", table)];
    let write = |(name, text): (&str, String)| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    forms.into_iter().map(write).collect()
}

fn test_of(arguments: &[&str]) -> (Option<i32>, String) {
    let rulebook = plugins_rulebook().to_str().unwrap();
    let ran = run(&[&["test", rulebook], arguments].concat());
    (ran.status.code(), text_of(&ran))
}

#[test]
fn cases_say_the_same_in_every_form() {
    let folder = scratch();
    for path in in_every_form(folder.path()) {
        let (code, said) = test_of(&["--cases", path.to_str().unwrap()]);
        assert_eq!(code, Some(1), "{said}");
        assert_contains(&said, "2 passed, 1 failed");
        assert_contains(&said, "FAIL grade 2");
        assert_contains(&said, "grant `amount`: expected 90.00, decided 80.00");
        // What led there, with its article.
        assert_contains(&said, "CN satisfied: Has a disability of grade 1 or 2 (国发〔2015〕52号 ");
    }
}

#[test]
fn a_difference_is_told_to_machines_with_its_reasons() {
    let folder = scratch();
    let path = in_every_form(folder.path()).remove(2);
    let (code, said) = test_of(&["--cases", path.to_str().unwrap(), "--json"]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(lines[0]["differences"], json!([{"what": "grant `amount`", "expected": "90.00", "decided": "80.00"}]));
    assert_includes(&lines[0]["reasons"][0], json!({"criterion": "grade-1-or-2", "found": "satisfied"}));
    assert_eq!(lines[1], json!({"passed": 2, "failed": 1}));
}

#[test]
fn reports_are_written_beside_what_is_said() {
    let folder = scratch();
    let (page, xml) = (folder.path().join("report.html"), folder.path().join("junit.xml"));
    let (page_flag, xml_flag) = (format!("html={}", page.display()), format!("junit={}", xml.display()));
    let path = in_every_form(folder.path()).remove(0);
    let (code, _) = test_of(&["--cases", path.to_str().unwrap(), "--report", &page_flag, "--report", &xml_flag]);
    assert_eq!(code, Some(1));
    let page = words_of(&page);
    for words in ["Cases: 2 of 3 passed", "90.00", "国发〔2015〕52号", "The cases cover", "--report html="] {
        assert_contains(&page, words);
    }
    assert_stands_alone(&page);
    let xml = fs::read_to_string(xml).unwrap();
    assert_contains(&xml, "tests=\"3\" failures=\"1\" errors=\"0\"");
    let nowhere = test_of(&["--cases", path.to_str().unwrap(), "--report", "html=/nowhere/report.html"]);
    assert_eq!(nowhere.0, Some(2), "{}", nowhere.1);
    assert_eq!(test_of(&["--report", "pdf=x"]).0, Some(2));
}

#[test]
fn what_no_case_meets_is_named_and_a_threshold_fails() {
    let folder = scratch();
    let few = folder.path().join("few.ndjson");
    fs::write(&few, case(1, "eligible", Some("80.00")).to_string()).unwrap();
    let (code, said) = test_of(&["--cases", few.to_str().unwrap(), "--coverage"]);
    assert_eq!(code, Some(0), "{said}");
    for gap in [
        "no case in which the rule answers ineligible",
        "`grade-1-or-2` (国发〔2015〕52号 补贴对象（重度残疾人护理补贴）) is never not satisfied, never unknown",
    ] {
        assert_contains(&said, gap);
    }
    // The amount is met from both sides by any case that is paid it.
    assert_lacks(&said, "`monthly`");
    let (code, said) = test_of(&["--cases", few.to_str().unwrap(), "--threshold", "90"]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "less than the threshold of 90 %");
    assert_eq!(test_of(&["--cases", few.to_str().unwrap(), "--threshold", "101"]).0, Some(2));
}

#[test]
fn a_number_is_met_where_cases_stand_on_both_sides_of_it() {
    let folder = scratch();
    let gaps = |ages: &[u8]| {
        let case = |age: &u8| {
            let eligible = if *age >= 80 { "eligible" } else { "ineligible" };
            json!({"name": format!("{age}"), "jurisdiction": "CN", "service": "old-age-allowance", "as_of": "2026-01-01",
                "facts": {"age": age, "low_income": true}, "expect": {"outcome": eligible}})
        };
        let path = folder.path().join("ages.ndjson");
        fs::write(&path, ages.iter().map(|age| case(age).to_string()).collect::<Vec<_>>().join("\n")).unwrap();
        let (code, said) = test_of(&["--cases", path.to_str().unwrap(), "--coverage"]);
        assert_eq!(code, Some(0), "{said}");
        let gap = |side: &str| said.contains(&format!("= 80 (from 2013-07-01) is not covered from {side}"));
        (gap("below"), gap("above"))
    };
    assert_eq!(gaps(&[70, 90]), (true, true), "far from it nothing turns");
    assert_eq!(gaps(&[79, 90]), (false, true), "one year younger would be old enough, were it 79");
    assert_eq!(gaps(&[80]), (true, false));
    assert_eq!(gaps(&[79, 80]), (false, false));
}

#[test]
fn a_table_that_cannot_be_read_is_told_by_line_and_the_rest_goes_on() {
    let folder = scratch();
    let path = folder.path().join("bad.csv");
    let good = "CN-37,disability-care-subsidy,2026-03-01,4,ineligible\n";
    let table = format!(
        "jurisdiction,service,as_of,disability_grade,outcome\nCN-37,{CARE},2026-03-01,x,ineligible\n{good}short\n{good}"
    );
    fs::write(&path, table).unwrap();
    let (code, said) = test_of(&["--cases", path.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "2 passed, 2 failed");
    assert_contains(&said, "line 2, column 4: `disability_grade`: this is no number");
    assert_contains(&said, "a whole number from 1 to 4");
    assert_contains(&said, "bad.csv:4");
    fs::write(&path, "age,outcome\n1,eligible\n").unwrap();
    let (code, said) = test_of(&["--cases", path.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "there is no column `jurisdiction`");
    assert_eq!(
        run(&["test", root().join("plugins").to_str().unwrap(), "--cases", "/nowhere.csv", "--trust-sources"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn a_mistake_that_no_case_notices_is_shown_with_a_case_that_would() {
    let folder = scratch();
    let rulebook = folder.path().join("rules");
    let dir = rulebook.to_str().unwrap();
    assert!(run(&["new", "--lang", "rust", "NZ/rates-rebate", "--dir", dir]).status.success());
    let rule = rulebook.join("NZ/rates-rebate");
    edit(&rule.join("src/lib.rs"), "applicant.age.map(|_| true)", "applicant.age.map(|age| age >= 65)");
    edit(&rule.join("rule.toml"), "\"0.00\"", "\"120.00\"");
    let case = |age: u8, expect: &str| {
        format!("[[cases]]\nname = \"{age}\"\nas_of = 2026-01-01\nfacts = {{ age = {age} }}\nexpect = {{ {expect} }}\n")
    };
    let cases = rule.join("cases/first.toml");
    fs::write(&cases, case(90, "outcome = \"eligible\"") + &case(20, "outcome = \"ineligible\"")).unwrap();
    let mutate = || {
        let ran = run(&["mutate", "NZ/rates-rebate", "--dir", dir]);
        (ran.status.code(), text_of(&ran))
    };
    // Far from the age, and without an amount, neither the comparison nor the amount is held.
    let (code, said) = mutate();
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "no case detects that the parameter `amount` is 120.01 instead of 120.00");
    // The comparison and the number that the author wrote are mistaken, and nothing on any other line of the code.
    let line = fs::read_to_string(rule.join("src/lib.rs")).unwrap().lines().position(|line| line.contains("age >= 65"));
    let place = format!("at src/lib.rs:{},", line.unwrap() + 1);
    assert_contains(&said, &format!("no case detects that {place} the number 65 is 64"));
    for told in said.lines().filter(|told| told.contains("at src/")) {
        assert_contains(told, &place);
    }
    assert_contains(&said, "[[cases]]");
    assert_contains(&said, "grant = { amount = \"120\" }");
    let held = "outcome = \"eligible\", grant = { amount = \"120.00\" }";
    fs::write(&cases, case(65, held) + &case(64, "outcome = \"ineligible\"")).unwrap();
    let (code, said) = mutate();
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, "(100 %)");
    assert_eq!(run(&["mutate", "NZ/nothing", "--dir", dir]).status.code(), Some(2));
}
