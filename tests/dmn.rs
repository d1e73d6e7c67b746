//! Models of DMN: test cases in the format of the TCK, models that become rules, rules that become models, and what
//! isn't taken, with its element and its reason.

use std::fs;
use std::path::{Path, PathBuf};

use crate::assertions::assert_contains;
use crate::support::{edit, root, run, scratch, text_of};

/// Our own test cases.
fn cases() -> PathBuf {
    root().join("tests/data/dmn-cases")
}

fn tck(folder: &Path, flags: &[&str]) -> String {
    let folder = folder.to_str().unwrap();
    text_of(&run(&[&["tck", folder], flags].concat()))
}

/// A model with these elements.
pub(crate) fn model(elements: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<definitions \
         xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" id=\"m\" name=\"m\" namespace=\"urn:m\">\n{elements}\n</definitions>\n"
    )
}

/// What `tck --list` says of the decision `D` of a model, which is expected to be null.
fn listed(elements: &str) -> String {
    listed_file(&model(elements))
}

fn listed_file(text: &str) -> String {
    let folder = scratch();
    fs::write(folder.path().join("m.dmn"), text).unwrap();
    let cases = "<testCases xmlns=\"http://www.omg.org/spec/DMN/20160719/testcase\" \
                 xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><modelName>m.dmn</modelName><testCase id=\"1\">\
                 <resultNode name=\"D\"><expected><value xsi:nil=\"true\"/></expected></resultNode></testCase></testCases>";
    fs::write(folder.path().join("m-test-01.xml"), cases).unwrap();
    tck(folder.path(), &["--list"])
}

pub(crate) fn decision(logic: &str) -> String {
    format!("<decision id=\"d\" name=\"D\">\n<variable name=\"D\"/>\n{logic}\n</decision>")
}

pub(crate) fn literal(text: &str) -> String {
    format!("<literalExpression><text>{text}</text></literalExpression>")
}

#[test]
fn every_case_of_our_own_passes_and_what_is_not_required_is_not_seen() {
    let said = tck(&cases(), &[]);
    assert_eq!(said.lines().last(), Some(OWN_CASES), "{said}");
}

/// The last line for our own cases.
const OWN_CASES: &str = "389 passed, 0 failed, 0 refused";

#[test]
fn each_result_is_told_as_json_with_its_line() {
    let said = tck(&cases().join("scopes"), &["--json"]);
    let mut lines = said.lines();
    let first: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(first["verdict"], "passed");
    assert_eq!(first["result"], "Shadowed function");
    assert_eq!(first["file"], "scopes-test-01.xml");
    let totals: serde_json::Value = serde_json::from_str(said.lines().nth_back(1).unwrap()).unwrap();
    assert_eq!(totals["failed"], 0);
    assert_eq!(totals["refused"], 0);
}

#[test]
fn another_value_than_expected_is_a_failure_with_both_values() {
    let said = listed(&decision(&literal("[1.50, \"a\"]")));
    assert_contains(&said, "failed   m-test-01.xml:1: case 1, D: expected null, got [1.5, \"a\"]");
    assert_eq!(said.lines().last(), Some("0 passed, 1 failed, 0 refused"));
}

#[test]
fn what_is_not_taken_is_refused_with_its_element_its_line_and_the_reason() {
    let refused = |elements: &str, place: &str, reason: &str| {
        let said = listed(elements);
        assert_contains(&said, &format!("m.dmn:{place}"));
        assert_contains(&said, reason);
        assert_eq!(said.lines().last(), Some("0 passed, 0 failed, 1 refused"), "{said}");
    };
    let java = "<functionDefinition kind=\"Java\"><context/></functionDefinition>";
    refused(&decision(java), "5:1: decision \"D\", functionDefinition", "a function of kind `Java` isn't taken");
    refused(&decision("<mystery/>"), "5:1: decision \"D\"", "`mystery` isn't taken in `decision`");
    refused(&decision(&literal("1 +")), "5:", "decision \"D\", literalExpression");
    refused(&decision(&literal("1 + \"a\"")), "3:1: decision \"D\"", "a value isn't of the type that is taken");
    refused(&decision(&literal("nobody + 1")), "5:26: decision", "nothing that is required here has the name `nobody`");
    refused(&decision(&literal("today()")), "5:26: decision", "must not depend on a clock");
    refused(&decision(&literal("function(x) x")), "3:1: decision", "a function can't be a value here");
    let cycle = "<informationRequirement><requiredDecision href=\"#d\"/></informationRequirement>";
    refused(&decision(&format!("{cycle}{}", literal("D"))), "3:1: decision \"D\"", "it needs itself");
    let dangling = "<informationRequirement><requiredDecision href=\"#nowhere\"/></informationRequirement>";
    refused(&decision(&format!("{dangling}{}", literal("1"))), "5:", "has no element with the id `nowhere`");
    let table = "<decisionTable><input><inputExpression><text>1</text></inputExpression></input><output/>\n\
                 <rule><inputEntry><text>1</text></inputEntry></rule></decisionTable>";
    refused(&decision(table), "6:1: decision \"D\", decisionTable, rule 1", "1 input and 0 output entries");
}

#[test]
fn functions_that_call_each_other_without_end_are_refused() {
    let own = "<businessKnowledgeModel id=\"f\" name=\"f\"><encapsulatedLogic><formalParameter name=\"n\"/>\
               <literalExpression><text>f(n - 1)</text></literalExpression></encapsulatedLogic>\
               <knowledgeRequirement><requiredKnowledge href=\"#f\"/></knowledgeRequirement></businessKnowledgeModel>";
    let calls = "<knowledgeRequirement><requiredKnowledge href=\"#f\"/></knowledgeRequirement>";
    assert_contains(&listed(&format!("{own}{}", decision(&format!("{calls}{}", literal("f(3)"))))), "it needs itself");
    let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_contains(&listed(&decision(&literal(&deep))), "1 refused");
}

#[test]
fn files_that_are_no_models_are_refused_and_nothing_panics() {
    for (text, reason) in [
        ("", "isn't well-formed XML"),
        ("<a/>", "the root is `a`, not `definitions` of DMN"),
        (
            "<definitions xmlns=\"http://www.omg.org/spec/DMN/20151101/dmn.xsd\"/>",
            "isn't the namespace of DMN 1.2, 1.3, 1.4 or 1.5",
        ),
        (
            "<!DOCTYPE x [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;&a;\">]><x>&c;</x>",
            "a document type (`<!DOCTYPE`) isn't taken",
        ),
    ] {
        assert_contains(&listed_file(text), reason);
    }
    let deep = format!("{}{}", "<list>".repeat(20_000), "</list>".repeat(20_000));
    assert_contains(&listed(&decision(&deep)), "elements are nested deeper than 96");
    let folder = scratch();
    assert_contains(&tck(folder.path(), &[]), "has no test cases");
    fs::write(folder.path().join("m-test-01.xml"), b"\xff\xfe<").unwrap();
    assert_contains(&tck(folder.path(), &[]), "isn't UTF-8 at byte 0");
}

/// A file of cases for a model, of which the decision `D` is expected to be null.
fn null_cases(model: &str) -> String {
    format!(
        "<testCases xmlns=\"http://www.omg.org/spec/DMN/20160719/testcase\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<modelName>{model}</modelName><testCase id=\"1\">\
         <resultNode name=\"D\"><expected><value xsi:nil=\"true\"/></expected></resultNode></testCase></testCases>"
    )
}

/// What `tck` prints for a folder: its result, the last line of its output, and all of it.
fn tck_result(folder: &Path) -> (Option<i32>, String, String) {
    let output = run(&["tck", folder.to_str().unwrap()]);
    let last = String::from_utf8(output.stdout.clone()).unwrap().lines().last().unwrap_or_default().to_owned();
    (output.status.code(), last, text_of(&output))
}

#[test]
fn a_file_that_is_no_model_is_an_error_with_its_line_whatever_is_listed() {
    let whole = model(&decision(&literal("null")));
    let truncated = whole.split("</decision>").next().unwrap();
    for (text, said) in [
        ("", "m.dmn:1:1: the file isn't well-formed XML"),
        ("hello", "m.dmn:1:1: the file isn't well-formed XML"),
        (truncated, "m.dmn:6:1: the file isn't well-formed XML: it ends within an element"),
        ("<?xml version=\"1.0\"?>\n<!DOCTYPE x>\n<x/>", "m.dmn:2:1: a document type (`<!DOCTYPE`) isn't taken"),
        ("<a/>", "m.dmn:1:1: the root is `a`, not `definitions` of DMN"),
    ] {
        let folder = scratch();
        fs::write(folder.path().join("m.dmn"), text).unwrap();
        fs::write(folder.path().join("m-test-01.xml"), null_cases("m.dmn")).unwrap();
        let (code, last, all) = tck_result(folder.path());
        assert_contains(&all, said);
        assert_eq!(last, "0 passed, 0 failed, 1 refused");
        assert_eq!(code, Some(1), "{all}");
    }
}

#[test]
fn a_model_that_is_not_taken_stays_refused_and_says_how_to_see_why() {
    let cycle = "<informationRequirement><requiredDecision href=\"#d\"/></informationRequirement>";
    let folder = scratch();
    fs::write(folder.path().join("m.dmn"), model(&decision(&format!("{cycle}{}", literal("D"))))).unwrap();
    fs::write(folder.path().join("m-test-01.xml"), null_cases("m.dmn")).unwrap();
    let (code, last, all) = tck_result(folder.path());
    assert_contains(&all, "--list says of each refused result why");
    assert_eq!(last, "0 passed, 0 failed, 1 refused");
    assert_eq!(code, Some(0), "{all}");
}

#[test]
fn cases_run_against_the_model_that_they_name_and_no_other() {
    let folder = scratch();
    fs::write(folder.path().join("m.dmn"), model(&decision(&literal("null")))).unwrap();
    fs::write(folder.path().join("n.dmn"), model(&decision(&literal("1")))).unwrap();
    fs::write(folder.path().join("m-test-01.xml"), null_cases("n.dmn")).unwrap();
    let (code, last, all) = tck_result(folder.path());
    assert_eq!(last, "0 passed, 1 failed, 0 refused", "{all}");
    assert_eq!(code, Some(1));
    fs::write(folder.path().join("m-test-01.xml"), null_cases("other.dmn")).unwrap();
    let (code, last, all) = tck_result(folder.path());
    assert_contains(&all, "m-test-01.xml:2:1: modelName: the folder has no model `other.dmn`");
    assert_contains(&all, "`m.dmn`, `n.dmn`");
    assert_eq!(last, "0 passed, 0 failed, 1 refused");
    assert_eq!(code, Some(1));
}

#[test]
fn cases_that_expect_nothing_are_an_error() {
    let folder = scratch();
    fs::write(folder.path().join("m.dmn"), model(&decision(&literal("null")))).unwrap();
    let empty = "<testCases xmlns=\"http://www.omg.org/spec/DMN/20160719/testcase\"/>";
    fs::write(folder.path().join("m-test-01.xml"), empty).unwrap();
    let (code, last, all) = tck_result(folder.path());
    assert_contains(&all, "m-test-01.xml:1:1: testCases: the file has no `testCase`");
    assert_eq!(last, "0 passed, 0 failed, 0 refused");
    assert_eq!(code, Some(1));
}

#[test]
fn two_elements_with_one_id_or_one_name_are_refused() {
    let one = decision(&literal("1"));
    let same_name = decision(&literal("2")).replace("id=\"d\"", "id=\"e\"");
    let said = listed(&format!("{one}{same_name}"));
    assert_contains(&said, "decision \"D\": decision \"D\" in line 3 has the name `D` too (rename one of them)");
    let same_id = decision(&literal("2")).replace("\"D\"", "\"E\"");
    assert_contains(&listed(&format!("{one}{same_id}")), "decision \"E\": decision \"D\" in line 3 has the id `d` too");
}

/// A rulebook with the service `allowance`, whose facts are those of the model `allowance.dmn`.
pub(crate) fn rulebook(folder: &Path) {
    let made = run(&["new", "XX-1/allowance", "--dir", folder.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text_of(&made));
    fs::remove_dir_all(folder.join("XX-1/allowance")).unwrap();
    let facts = "\n[years_here]\ntype = \"integer\"\nmin = 0\nmax = 150\ntitles = { en = \"Years here\" }\n\
                 category = \"dpv-pd:Location\"\nsensitivity = \"personal\"\n\n[is_registered]\ntype = \"bool\"\n\
                 titles = { en = \"Registered\" }\ncategory = \"dpv-pd:Location\"\nsensitivity = \"personal\"\n";
    let path = folder.join("facts.toml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + facts).unwrap();
    let service = folder.join("services/allowance.toml");
    edit(&service, "facts = [\"age\"]", "facts = [\"age\", \"years_here\", \"is_registered\"]");
}

pub(crate) fn import(folder: &Path, file: &Path, flags: &[&str]) -> String {
    let (folder, file) = (folder.to_str().unwrap(), file.to_str().unwrap());
    let command = ["import", file, "--service", "allowance", "--jurisdiction", "XX-1", "--dir", folder];
    text_of(&run(&[&command[..], flags].concat()))
}

fn rule(folder: &Path) -> String {
    fs::read_to_string(folder.join("XX-1/allowance/rule.toml")).unwrap()
}

#[test]
fn a_model_becomes_a_rule_by_the_names_of_its_decisions() {
    let folder = scratch();
    rulebook(folder.path());
    let said = import(folder.path(), &root().join("tests/data/allowance.dmn"), &[]);
    assert_contains(&said, "has 2 criteria, 1 defined values, 1 tables and 1 fields of the grant");
    let rule = rule(folder.path());
    for line in [
        "id = \"old-enough\"\nwhen = \"age >= 80\"\ntitles = { en = \"Old Enough\" }",
        "when = \"is_registered or years_here >= 5\"",
        "provision = { document = \"REPLACE: the document\", article = \"REPLACE\" }",
        "[eligible]\nwhen = \"old_enough and resident\"",
        "extra_for = \"function(years) if years >= 20 then 15 else 0\"",
        "amount = \"{extra_money: extra_for(years: years_here), result: base_amount + extra_money}.result\"",
        "hit = \"unique\"\ninputs = [\"age\"]\nrows = [\n    [\"[80..90)\", \"80\"],",
    ] {
        assert_contains(&rule, line);
    }
    assert_contains(&import(folder.path(), &root().join("tests/data/allowance.dmn"), &[]), "already exists");
}

#[test]
fn a_mapping_says_what_is_what_and_inputs_without_a_fact_are_told() {
    let folder = scratch();
    rulebook(folder.path());
    let model = root().join("tests/data/allowance.dmn");
    let mapping = folder.path().join("mapping.toml");
    let (path, flag) = (mapping.to_str().unwrap(), "--mapping");
    fs::write(&mapping, "outcom = \"Eligible\"").unwrap();
    assert_contains(&import(folder.path(), &model, &[flag, path]), "unknown field `outcom`");
    fs::write(&mapping, "outcome = \"Nothing\"").unwrap();
    assert_contains(&import(folder.path(), &model, &[flag, path]), "the model has no decision `Nothing`");
    let facts = "outcome = \"Resident\"\n[criteria]\naged = \"Old Enough\"\n[grant]\namount = \"Base Amount\"\n\
                 [facts]\nyears = \"Applicant.Years Here\"\n";
    fs::write(&mapping, facts).unwrap();
    edit(&folder.path().join("services/allowance.toml"), ", \"is_registered\"", "");
    let said = import(folder.path(), &model, &[flag, path]);
    assert_contains(&said, "The service has no fact for the input `Is Registered`: the rule names it `is_registered`.");
    let rule = rule(folder.path());
    assert_contains(&rule, "id = \"aged\"\nwhen = \"age >= 80\"");
    assert_contains(&rule, "[eligible]\nwhen = \"is_registered or years >= 5\"");
    assert_contains(&rule, "[grant]\namount = \"base_amount\"");
}

#[test]
fn what_a_rule_can_not_hold_of_a_model_is_refused_with_its_element() {
    let folder = scratch();
    rulebook(folder.path());
    let file = folder.path().join("m.dmn");
    let eligible = |logic: &str| {
        let text = model(&decision(logic)).replace("name=\"D\"", "name=\"Eligible\"");
        fs::write(&file, text).unwrap();
        import(folder.path(), &file, &[])
    };
    let table = "<context><contextEntry><variable name=\"a\"/><decisionTable hitPolicy=\"COLLECT\"><input><inputExpression>\
                 <text>1</text></inputExpression></input><output/></decisionTable></contextEntry></context>";
    let said = eligible(table);
    assert_contains(&said, "m.dmn:3:1: decision \"Eligible\": a decision table with another hit policy than UNIQUE");
    assert_contains(&eligible(&literal("anybody")), "nothing that is required here has the name `anybody`");
    assert_contains(&eligible(&literal("1 +")), "m.dmn:5:");
    assert!(!folder.path().join("XX-1/allowance").exists());
}

#[test]
fn a_rule_that_is_exported_and_imported_again_is_the_same_rule() {
    let folder = scratch();
    rulebook(folder.path());
    let first = import(folder.path(), &root().join("tests/data/allowance.dmn"), &[]);
    assert_contains(&first, "has 2 criteria");
    let before = rule(folder.path());
    let dated = "\n[parameters.bonus]\ntitles = { en = \"Bonus\" }\nunit = \"CNY per month\"\n\
                 values = [{ from = 2026-01-01, value = \"10.00\" }, { from = 2027-01-01, value = \"12.00\" }]\n";
    let path = folder.path().join("XX-1/allowance/rule.toml");
    fs::write(&path, before.clone() + dated).unwrap();
    edit(&path, "result: base_amount + extra_money", "result: less(base_amount, 5) + extra_money + bonus");
    let out = folder.path().join("out.dmn");
    let dir = folder.path().to_str().unwrap();
    let exported = run(&["export", "XX-1/allowance", "--dmn", "--dir", dir, "--out", out.to_str().unwrap()]);
    assert!(exported.status.success(), "{}", text_of(&exported));
    let written = fs::read_to_string(&out).unwrap();
    for part in ["<dmndi:DMNShape", "<inputData id=\"e1\" name=\"age\"", "<question>Old Enough</question>"] {
        assert_contains(&written, part);
    }
    fs::remove_dir_all(folder.path().join("XX-1/allowance")).unwrap();
    let said = import(folder.path(), &out, &[]);
    assert_contains(&said, "has 2 criteria");
    assert!(!said.contains("no fact"), "{said}");
    let after = rule(folder.path());
    assert_contains(&after, "bonus = 'if as_of >= @\"2027-01-01\" then 12 else 10'");
    assert!(!after.contains("less = "), "{after}");
    for line in before.lines().filter(|line| line.starts_with("when") || line.starts_with("    [")) {
        assert_contains(&after, line);
    }
    tells_the_same(folder.path(), &out);
}

/// The decisions of an exported model for two people.
fn tells_the_same(folder: &Path, exported: &Path) {
    let cases = folder.join("told");
    fs::create_dir(&cases).unwrap();
    fs::copy(exported, cases.join("out.dmn")).unwrap();
    let told = |name: &str, kind: &str, value: &str| {
        format!("<inputNode name=\"{name}\"><value xsi:type=\"xsd:{kind}\">{value}</value></inputNode>")
    };
    let expected = |name: &str, kind: &str, value: &str| {
        format!(
            "<resultNode name=\"{name}\"><expected><value xsi:type=\"xsd:{kind}\">{value}</value></expected></resultNode>"
        )
    };
    let person = |age: &str, years: &str, day: &str, eligible: &str, amount: &str| {
        [
            told("age", "integer", age),
            told("years_here", "integer", years),
            told("is_registered", "boolean", "false"),
            told("as_of", "date", day),
            expected("eligible", "boolean", eligible),
            expected("amount", "decimal", amount),
        ]
        .concat()
    };
    let text = format!(
        "<testCases xmlns=\"http://www.omg.org/spec/DMN/20160719/testcase\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><modelName>out.dmn</modelName>\
         <testCase id=\"1\">{}</testCase><testCase id=\"2\">{}</testCase></testCases>",
        person("91", "20", "2027-06-01", "true", "142.5"),
        person("79", "4", "2026-06-01", "false", "10"),
    );
    fs::write(cases.join("out-test-01.xml"), text).unwrap();
    let said = tck(&cases, &["--list"]);
    assert_eq!(said.lines().last(), Some("4 passed, 0 failed, 0 refused"), "{said}");
}

#[test]
fn a_rule_in_rust_and_a_criterion_on_each_item_are_not_exported() {
    let plugins = root().join("plugins");
    let said = |rule: &str| text_of(&run(&["export", rule, "--dmn", "--dir", plugins.to_str().unwrap()]));
    assert_contains(&said("nowhere"), "`nowhere` has no `/`");
    assert_contains(&said("CN-99/none"), "there is no rule CN-99/none");
}
