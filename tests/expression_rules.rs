//! Rules as expressions: from `new` to a decision with no compiler on the machine, each mistake pointed at, beside
//! rules in Rust, and taken over by another place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::json;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Server, edit, ordinance, run, scratch, text_of, until};

const FACTS: &str = r#"
[age]
type = "integer"
min = 0
max = 150
unit = "years"
titles = { en = "Age" }
category = "dpv-pd:Age"
sensitivity = "personal"

[residence]
type = "choice"
choices = ["registered", "living", "elsewhere"]
titles = { en = "Residence" }
category = "dpv-pd:Location"
sensitivity = "personal"

[income]
type = "decimal"
scale = 2
min = "0"
max = "100000"
titles = { en = "Income" }
category = "dpv-pd:Income"
sensitivity = "personal"
"#;

/// The manifest of a rule of `N`, before its expressions.
const HEAD: &str = r#"id = "benefit"
version = "1.0.0"
jurisdiction = "N"
service = "benefit"
in-force = { from = 2026-01-01 }
titles = { en = "Benefit" }
"#;

const RULE: &str = r#"
[define]
counted = "less(income, 200)"

[[criteria]]
id = "old-enough"
when = "age >= min_age"
titles = { en = "Old enough" }
provision = { document = "Act", article = "1" }

[[criteria]]
id = "poor"
when = """
    counted < 80.00
    or residence = "registered"
"""
titles = { en = "Poor, or registered" }
provision = { document = "Act", article = "2" }

[grant]
amount = 'if age >= 90 then 200.00 else band'

[tables.band]
inputs = ["residence"]
rows = [
    ["registered", "120.00"],
    ["living, elsewhere", "100.00"],
]

[parameters.min_age]
titles = { en = "Least age" }
values = [{ from = 2026-01-01, value = 80 }]
"#;

/// A rulebook of the place `N`, and of `N-1` below it, with a rule as expressions.
pub(crate) fn book(folder: &Path, rule: &str) -> PathBuf {
    let book = folder.join("book");
    assert!(run(&["new", "N/benefit", "--dir", book.to_str().unwrap()]).status.success());
    fs::write(book.join("facts.toml"), FACTS).unwrap();
    edit(&book.join("services/benefit.toml"), "[\"age\"]", "[\"age\", \"residence\", \"income\"]");
    let places = "[[jurisdictions]]\ncode = \"N-1\"\nparent = \"N\"\nnames = { en = \"N-1\" }\n\n[privacy]";
    edit(&book.join("rulebook.toml"), "[privacy]", places);
    fs::remove_file(book.join("N/benefit/cases/first.toml")).unwrap();
    fs::write(book.join("N/benefit/rule.toml"), format!("{HEAD}{rule}")).unwrap();
    book
}

/// Runs a command where no program is found, so that no compiler can be started.
fn run_alone(arguments: &[&str]) -> Output {
    ordinance().args(arguments).env("PATH", "/nonexistent").output().unwrap()
}

/// What a build says of a rule.
fn told(rule: &str) -> String {
    let folder = scratch();
    let book = book(folder.path(), rule);
    let built = run(&["build", book.to_str().unwrap()]);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    text_of(&built)
}

#[test]
fn a_first_rule_fails_its_case_passes_once_filled_in_and_decides_with_no_compiler_on_the_machine() {
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    let made = text_of(&run_alone(&["new", "CN-4403/old-age-allowance", "--dir", dir]));
    assert_contains(&made, "rule.toml          its conditions and amounts");
    assert_lacks(&made, "src/lib.rs");
    for absent in ["Cargo.toml", "rust-toolchain.toml", ".ordinance/sdk", "CN-4403/old-age-allowance/wit"] {
        assert!(!book.join(absent).exists(), "{absent}");
    }
    let failing = run_alone(&["test", dir]);
    assert_eq!(failing.status.code(), Some(1), "{}", text_of(&failing));
    assert_contains(&text_of(&failing), "FAIL CN-4403/old-age-allowance: REPLACE");
    assert_contains(&text_of(&failing), "0 passed, 1 failed");

    let rule = book.join("CN-4403/old-age-allowance");
    edit(&rule.join("rule.toml"), "age > 0", "age >= 80");
    edit(&rule.join("rule.toml"), "\"0.00\"", "\"120.00\"");
    edit(&rule.join("cases/first.toml"), "facts = {}", "facts = { age = 80 }");
    let expected = "expect = { outcome = \"eligible\", grant = { amount = \"120\" } }";
    edit(&rule.join("cases/first.toml"), "expect = { outcome = \"ineligible\" }", expected);
    let passing = run_alone(&["test", dir]);
    assert!(passing.status.success(), "{}", text_of(&passing));
    let checked = text_of(&run_alone(&["check", dir]));
    assert_contains(&checked, "0 breaches found");
    let explained = text_of(&run_alone(&["explain", "CN-4403/old-age-allowance", "--dir", dir]));
    assert_contains(&explained, "age >= 80");

    let server = Server::start(&book.join("target/rulebook"), "");
    let decide = |facts| server.decide("CN-4403", "old-age-allowance", "2026-06-01", &facts);
    decide(json!({"age": 79})).assert_includes(json!({"outcome": "ineligible"}));
    decide(json!({"age": 80})).assert_includes(json!({"outcome": "eligible", "grant": {"amount": "120.00"}}));
    decide(json!({})).assert_includes(json!({"outcome": "undetermined", "missing": ["age"]}));
}

#[test]
fn every_part_of_a_rule_as_expressions_decides() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let dir = book.to_str().unwrap();
    let cases = r#"
[[cases]]
name = "the amount of the band, and the value on the way"
as_of = 2026-06-01
facts = { age = 80, residence = "living", income = "279.99" }
expect = { outcome = "eligible", grant = { amount = "100.00" }, intermediates = { counted = "79.99" } }

[[cases]]
name = "too much income"
as_of = 2026-06-01
facts = { age = 80, residence = "living", income = "280.00" }
expect = { outcome = "ineligible", findings = { old-enough = true, poor = false } }

[[cases]]
name = "the registered need no income"
as_of = 2026-06-01
facts = { age = 95, residence = "registered" }
expect = { outcome = "eligible", grant = { amount = "200.00" } }
"#;
    fs::write(book.join("N/benefit/cases/a.toml"), cases).unwrap();
    let tested = run_alone(&["test", dir]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    assert_contains(&text_of(&tested), "3 passed, 0 failed");
}

#[test]
fn all_faults_of_a_rule_are_told_at_once_each_at_its_place() {
    let rule = RULE
        .replace("age >= min_age", "agee >= min_age")
        .replace("counted < 80.00", "counted < \\\"80\\\"")
        .replace("else band'", "otherwise band'");
    let said = told(&rule);
    assert_contains(&said, "N/benefit/rule.toml:13:9");
    assert_contains(&said, "agee");
    assert_contains(&said, "did you mean `age`");
    assert_contains(&said, "N/benefit/rule.toml:20:");
    assert_contains(&said, "N/benefit/rule.toml:27:");
}

#[test]
fn an_unknown_function_is_told_with_the_command_that_prints_all_functions() {
    let said = told(&RULE.replace("less(income, 200)", "lesss(income, 200)"));
    assert_contains(&said, "there is no function `lesss`");
    assert_contains(&said, "; `ordinance functions` prints all, each with an example");
    let page = text_of(&run(&["functions"]));
    assert_contains(&page, "| `less` | `less(50, 90)` | `0` |");
    let found = run(&["functions", "Half", "up"]);
    assert!(found.status.success(), "{}", text_of(&found));
    assert_contains(&text_of(&found), "`round half up`: to digits after the point, a half away from 0; ");
    assert_lacks(&text_of(&found), "round half down");
    let none = run(&["functions", "wibble"]);
    assert_eq!(none.status.code(), Some(2), "{}", text_of(&none));
    assert_contains(&text_of(&none), "`ordinance functions` without a word prints all");
}

#[test]
fn a_mistake_in_a_table_is_told_at_its_cell() {
    assert_contains(
        &told(&RULE.replace("\"100.00\"]", "\"100.00\", \"1\"]")),
        "the row has 3 cells, and the table 1 inputs and 1 outputs",
    );
    assert_contains(
        &told(&RULE.replace("inputs = [\"residence\"]", "hit = \"last\"\ninputs = [\"residence\"]")),
        "`last` is no hit policy",
    );
    assert_contains(&told(&RULE.replace("living, elsewhere", "livin, elsewhere")), "N/benefit/rule.toml:33:7");
    assert_contains(&told(&RULE.replace("inputs = [\"residence\"]\n", "")), "the table `band` has no inputs");
    assert_contains(
        &told(&RULE.replace("inputs = [\"residence\"]", "inputs = [\"residence\"]\nfile = \"a.csv\"")),
        "has rows and a file",
    );
}

#[test]
fn a_criterion_without_a_condition_is_told() {
    let said = told(&RULE.replace("when = \"age >= min_age\"\n", ""));
    assert_contains(&said, "the criterion `old-enough` has no condition");
    assert_contains(&said, "N/benefit/rule.toml:12:6");
}

#[test]
fn expressions_beside_code_in_rust_are_refused() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    fs::write(book.join("N/benefit/Cargo.toml"), "[package]\nname = \"a\"\n").unwrap();
    let built = run(&["build", book.to_str().unwrap()]);
    assert_contains(&text_of(&built), "the rule has expressions, and also code in Rust (Cargo.toml)");
}

#[test]
fn a_privacy_rule_has_no_expressions() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let privacy = book.join("N/guard");
    fs::create_dir_all(&privacy).unwrap();
    let manifest =
        HEAD.replace("id = \"benefit\"", "id = \"guard\"").replace("service = \"benefit\"", "kind = \"privacy\"");
    fs::write(privacy.join("rule.toml"), format!("{manifest}[define]\na = \"1\"\n")).unwrap();
    let built = run(&["build", book.to_str().unwrap()]);
    assert_contains(&text_of(&built), "a privacy rule can't be written as expressions");
}

#[test]
fn a_rulebook_has_rules_as_expressions_and_in_rust() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let dir = book.to_str().unwrap();
    let made = run(&["new", "--lang", "rust", "N-1/benefit", "--dir", dir]);
    assert!(made.status.success(), "{}", text_of(&made));
    assert!(book.join(".ordinance/sdk/src/lib.rs").exists());
    let built = run(&["build", dir]);
    assert!(built.status.success(), "{}", text_of(&built));
    assert_contains(&text_of(&built), "2 rules built");
}

#[test]
fn a_rule_extends_the_expressions_and_tables_of_another_with_its_own_numbers() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let lower = book.join("N-1/benefit");
    fs::create_dir_all(lower.join("cases")).unwrap();
    let manifest = HEAD.replace("jurisdiction = \"N\"", "jurisdiction = \"N-1\"\nextends = \"N\"");
    let own = "[define]\nextra = \"20.00\"\n\n[grant]\namount = \"band + extra\"\n\n[parameters.min_age]\n\
               values = [{ from = 2026-01-01, value = 70 }]\n";
    fs::write(lower.join("rule.toml"), format!("{manifest}{own}")).unwrap();
    let case = "[[cases]]\nname = \"lower age, higher amount\"\nas_of = 2026-06-01\n\
                facts = { age = 70, residence = \"registered\" }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"140.00\" } }\n";
    fs::write(lower.join("cases/a.toml"), case).unwrap();
    let tested = run(&["test", book.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    // A fault of the base is told there.
    edit(&book.join("N/benefit/rule.toml"), "counted < 80.00", "counted < eighty");
    let built = text_of(&run(&["build", book.to_str().unwrap()]));
    assert_contains(&built, "N/benefit/rule.toml:20:");
    assert_lacks(&built, "N-1/benefit/rule.toml:20:");
}

#[test]
fn what_a_rule_makes_wrong_in_the_expressions_that_it_shares_is_told_with_its_own_line() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let lower = book.join("N-1/benefit");
    fs::create_dir_all(&lower).unwrap();
    let manifest = HEAD.replace("jurisdiction = \"N\"", "jurisdiction = \"N-1\"\nextends = \"N\"");
    let said = |own: &str| {
        fs::write(lower.join("rule.toml"), format!("{manifest}\n[parameters.min_age]\n{own}\n")).unwrap();
        text_of(&run(&["build", book.to_str().unwrap()]))
    };
    // Another number, also one with a digit after the point, is one.
    assert_contains(&said("values = [{ from = 2026-01-01, value = \"70.5\" }]"), "2 rules built");
    let mixed = said("values = [{ from = 2026-01-01, value = 2026-05-01 }]");
    assert_contains(&mixed, "the values of the parameter `min_age` are of several kinds");
    assert_contains(&mixed, "with the parameters of `N-1/benefit`, which extends this rule");
    assert_contains(&mixed, "N/benefit/rule.toml:13:16");
    assert_contains(&mixed, "`min_age` is at N-1/benefit/rule.toml:9");
    assert_contains(&mixed, "1 rule built");
    let open = said("values = [{ from = 2026-03-01, value = 70 }]");
    assert_contains(&open, "this may be null");
    assert_contains(&open, "`min_age` is at N-1/benefit/rule.toml:9");
    // What is wrong with the shared rule itself is told once.
    edit(&book.join("N/benefit/rule.toml"), "counted < 80.00", "counted < eighty");
    let base = said("values = [{ from = 2026-01-01, value = 70 }]");
    assert_eq!(base.matches("nothing has the name `eighty`").count(), 1, "{base}");
    assert_contains(&base, "it extends `N/benefit`, which was not built; mend that rule first");
}

#[test]
fn a_changed_number_of_an_expression_changes_the_digest_of_the_sources() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let index = || {
        assert!(run(&["build", book.to_str().unwrap()]).status.success());
        fs::read_to_string(book.join("target/rulebook/index.json")).unwrap()
    };
    let first = index();
    assert_eq!(first, index());
    assert_contains(&first, "\"sources\"");
    edit(&book.join("N/benefit/rule.toml"), "200.00", "201.00");
    assert_ne!(first, index());
}

#[test]
fn a_published_component_beside_expressions_must_be_what_they_give() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let dir = book.to_str().unwrap();
    assert!(run(&["build", dir]).status.success());
    let rules = fs::read_dir(book.join("target/rulebook/rules")).unwrap();
    let component = rules.map(|rule| rule.unwrap().path()).next().unwrap();
    fs::copy(component, book.join("N/benefit/rule.wasm")).unwrap();
    let again = run(&["build", dir]);
    assert!(again.status.success(), "{}", text_of(&again));
    edit(&book.join("N/benefit/rule.toml"), "200.00", "201.00");
    assert_contains(&text_of(&run(&["build", dir])), "rule.wasm differs from the rule that the sources beside it give");
}

#[test]
fn the_tools_of_reviewers_name_the_line_of_the_expression_and_the_row_of_the_table() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let dir = book.to_str().unwrap();
    let case = "[[cases]]\nname = \"old\"\nas_of = 2026-06-01\nfacts = { age = 80, residence = \"registered\" }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"120.00\" } }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let mutants = text_of(&run(&["mutate", "N/benefit", "--dir", dir]));
    assert_contains(&mutants, "at rule.toml:27, the number 90 is");
    assert_contains(&mutants, "at rule.toml:20, the number 80.00 is");
    let branches = text_of(&run(&["test", dir, "--branches"]));
    assert_contains(&branches, "     rule.toml:");
}

#[test]
fn a_saved_rule_and_a_saved_table_take_effect_under_dev_with_no_compiler_on_the_machine() {
    let folder = scratch();
    let rule = RULE.replace("inputs = [\"residence\"]\n", "file = \"band.csv\"\n");
    let table = rule.find("rows = [").unwrap();
    let end = rule.find("[parameters.min_age]").unwrap();
    let book = book(folder.path(), &format!("{}{}", &rule[..table], &rule[end..]));
    let sheet = book.join("N/benefit/band.csv");
    fs::write(&sheet, "residence,amount\nregistered,120.00\n\"living, elsewhere\",100.00\n").unwrap();
    let mut command = ordinance();
    command.args(["dev", book.to_str().unwrap(), "--open-door"]).env("PATH", "/nonexistent");
    let server = Server::spawn(command, folder);
    let amount = |age: u8| {
        let facts = json!({"age": age, "residence": "registered"});
        let decided = server.decide("N", "benefit", "2026-06-01", &facts).json();
        decided["grant"]["amount"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(amount(80), "120.00");
    assert_eq!(amount(90), "200.00");
    edit(&sheet, "120.00", "130.00");
    until(|| amount(80) == "130.00");
    edit(&book.join("N/benefit/rule.toml"), "200.00", "210.00");
    until(|| amount(90) == "210.00");
    // A mistake is told at its line.
    edit(&book.join("N/benefit/rule.toml"), "210.00", "21o.00");
    until(|| server.said().contains("N/benefit/rule.toml:27:"));
}

/// The files beneath a folder, with their contents; `None` if one goes away while they are read.
fn files_beneath(folder: &Path) -> Option<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        let name = PathBuf::from(path.file_name()?);
        if path.is_dir() {
            files.extend(files_beneath(&path)?.into_iter().map(|(file, content)| (name.join(file), content)));
        } else {
            files.insert(name, fs::read(&path).ok()?);
        }
    }
    Some(files)
}

#[test]
fn what_dev_builds_of_changed_rules_alone_is_what_a_build_of_all_gives() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let lower = book.join("N-1/benefit");
    fs::create_dir_all(&lower).unwrap();
    let manifest = HEAD.replace("jurisdiction = \"N\"", "jurisdiction = \"N-1\"\nextends = \"N\"");
    fs::write(lower.join("rule.toml"), manifest).unwrap();
    let cases = "[[cases]]\nname = \"eighty\"\nas_of = 2026-06-01\nfacts = { age = 80, residence = \"registered\" }\n\
                 expect = { outcome = \"eligible\" }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), cases).unwrap();
    let mut command = ordinance();
    command.args(["dev", book.to_str().unwrap(), "--open-door"]).env("PATH", "/nonexistent");
    let other = folder.path().join("other");
    let server = Server::spawn(command, folder);
    let built_anew = || {
        let built = run_alone(&["build", book.to_str().unwrap(), "--out", other.to_str().unwrap()]);
        assert_ne!(built.status.code(), Some(2), "{}", text_of(&built));
        files_beneath(&other).unwrap()
    };
    let rulebook = book.join("target/rulebook");
    let served = || fs::read(rulebook.join("index.json")).unwrap();
    let (rule, case) = (book.join("N/benefit/rule.toml"), book.join("N/benefit/cases/a.toml"));
    for (file, old, new) in [
        (&rule, "200.00", "210.00"),
        // A rule that extends the changed one, with a parameter of its own.
        (
            &lower.join("rule.toml"),
            "titles =",
            "parameters.min_age.values = [{ from = 2026-01-01, value = 70 }]\ntitles =",
        ),
        (&rule, "age >= min_age", "age >= min_age + 1"),
        // A case, which a page tells.
        (&case, "eighty", "eighty years"),
        // A definition that every rule has.
        (&book.join("facts.toml"), "max = 150", "max = 120"),
        // A mistake, and its mend.
        (&rule, "min_age + 1", "min_age + one"),
        (&rule, "min_age + one", "min_age + 2"),
    ] {
        let before = served();
        edit(file, old, new);
        until(|| served() != before);
        until(|| files_beneath(&rulebook).is_some_and(|files| files == built_anew()));
    }
    drop(server);
}
