//! The command line as an author uses it, outside this repository.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::assertions::{assert_contains, assert_includes};
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::support::{Server, edit, get, ordinance, plugins_rulebook, root, run, scratch, text_of};

/// Edits a file of a rulebook, builds it, and puts the file back; the words stand in what is said.
fn check_edit(source: &Path, file: &str, from: &str, to: &str, expect: &[&str]) {
    let path = source.join(file);
    let before = fs::read_to_string(&path).unwrap();
    edit(&path, from, to);
    let built = run(&["build", source.to_str().unwrap()]);
    fs::write(&path, before).unwrap();
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    let said = text_of(&built).split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
    for words in expect {
        assert_contains(&said, words);
    }
}

#[test]
fn faults_in_the_files_of_a_rulebook_point_at_their_line() {
    let folder = scratch();
    let source = write_rulebook(folder.path(), &[("GOOD", Guest::default().component())]);
    let check = |file: &str, from: &str, to: &str, expect: &[&str]| check_edit(&source, file, from, to, expect);
    check("facts.toml", "max = 200", "most = 200", &["--> facts.toml:4:1", "unknown field `most`"]);
    check("facts.toml", "max = 200", "max = -1", &["`min` is greater than `max`"]);
    let age = "max = 200\ncategory = \"dpv-pd:Agee\"";
    check("facts.toml", "max = 200", age, &["facts.toml:5:12", "`dpv-pd:Agee` is no category", "mean `dpv-pd:Age`?"]);
    check(
        "services/probe.toml",
        "\"floor\"",
        "\"flour\"",
        &[
            "services/probe.toml:7:",
            "`flour` is no bound of an outcome",
            "write \"floor\", \"ceiling\", \"both\", \"delegated\" or \"fixed\"",
        ],
    );
    check("services/probe.toml", "[\"n\"]", "[\"m\"]", &["the fact `m` is unknown", "add [m] to facts.toml"]);
    check(
        "services/probe.toml",
        "[grant.amount]",
        "[grant.money]",
        &["`grant.money`", "add `money: decimal` to the rule's grant"],
    );
    check(
        "rulebook.toml",
        "parent = \"XX\"",
        "parent = \"YY\"",
        &["rulebook.toml:6:8", "the parent `YY` of jurisdiction `XX-GOOD` is not listed"],
    );
    check(
        "XX-GOOD/probe/rule.toml",
        "id = \"known\"",
        "id = \"Known\"",
        &["XX-GOOD/probe/rule.toml:8:6", "`Known` is not a kebab-case id"],
    );
    check(
        "XX-GOOD/probe/rule.toml",
        "article = \"3\"",
        "article = \"\"",
        &["the provision's article is empty", "cite the law"],
    );
    check("XX-GOOD/probe/rule.toml", "2020-01-01", "2020-01-01, until = 2020-01-01", &["not after its first day"]);
    check("XX-GOOD/probe/rule.toml", "\"XX-GOOD\"", "\"XX\"", &["the rule is in the folder `XX-GOOD`"]);
}

#[test]
fn faults_in_the_numbers_of_a_rule_point_at_their_line() {
    let folder = scratch();
    let source = write_rulebook(folder.path(), &[("GOOD", Guest::default().component())]);
    let check = |file: &str, from: &str, to: &str, expect: &[&str]| check_edit(&source, file, from, to, expect);
    check("XX-GOOD/probe/rule.toml", "\"1.0.0\"", "1.0.0", &["--> XX-GOOD/probe/rule.toml:2:14", "in quotes"]);
    check(
        "XX-GOOD/probe/rule.toml",
        "[[criteria]]",
        "[parameters.rate]\ntitles = { en = \"Rate\" }\nvalues = []\n[[criteria]]",
        &["the parameter `rate` has no value"],
    );
    check(
        "XX-GOOD/probe/rule.toml",
        "[[criteria]]",
        "[parameters.rate]\ntitles = { en = \"Rate\" }\nvalues = [{ from = 2020-01-01, value = 1 }]\n[[criteria]]",
        &["--> XX-GOOD/probe/rule.toml:7:1", "`parameters.rate`", "the rule doesn't read it"],
    );
    check(
        "XX-GOOD/probe/rule.toml",
        "[[criteria]]",
        "[limits]\nfuel = 100000000000\n[[criteria]]",
        &["--> XX-GOOD/probe/rule.toml:8:8", "`limits.fuel`", "the host gives at most"],
    );
    check(
        "rulebook.toml",
        "[privacy]",
        "[[jurisdiction-tables]]\nfile = \"places/none.csv\"\n[privacy]",
        &["--> rulebook.toml:10:8", "places/none.csv` can't be read: No such file"],
    );
}

#[test]
fn a_file_of_cases_is_run_line_by_line_and_a_bad_line_does_not_stop_the_rest() {
    let folder = scratch();
    let file = folder.path().join("cases.ndjson");
    let case = |name: &str, amount: &str, tolerance: &str| {
        format!(
            r#"{{"name":"{name}","jurisdiction":"CN-33","service":"disability-living-subsidy","as_of":"2026-01-01","facts":{{"has_disability_certificate":true,"household_scheme":"dibao","destitute_support":false,"draws_other_allowance":false,"local_dibao_standard":"1105.50"}},"expect":{{"outcome":"eligible","grant":{{"amount":"{amount}"}}}}{tolerance}}}"#
        )
    };
    let lines = [
        case("exact", "331.65", ""),
        case("off", "331.60", ""),
        case("near", "331.60", r#","tolerance":"0.05""#),
        "{\"name\":\"cut".to_owned(),
    ];
    // Some editors begin a file with a byte order mark.
    fs::write(&file, format!("\u{feff}{}", lines.join("\n"))).unwrap();
    let tested = run(&["test", plugins_rulebook().to_str().unwrap(), "--cases", file.to_str().unwrap()]);
    let said = text_of(&tested);
    assert_eq!(tested.status.code(), Some(1));
    assert_contains(&said, "grant `amount`: expected 331.60, decided 331.65");
    assert_contains(&said, "cases.ndjson:4");
    assert_contains(&said, "2 passed, 2 failed");
}

#[test]
fn an_expectation_that_cannot_be_compared_is_a_failure_and_never_overlooked() {
    let folder = scratch();
    let file = folder.path().join("cases.ndjson");
    let path = file.to_str().unwrap();
    let test = |facts: serde_json::Value, rest: serde_json::Value| {
        let mut case = json!({"name": "one", "jurisdiction": "CN-31", "service": "old-age-allowance",
            "as_of": "2026-01-01", "facts": facts});
        case.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        fs::write(&file, case.to_string()).unwrap();
        text_of(&run(&["test", plugins_rulebook().to_str().unwrap(), "--cases", path]))
    };
    let young = json!({"age": 30});
    let grant = json!({"expect": {"outcome": "ineligible", "grant": {"amount": "1.00"}}});
    assert_contains(&test(young.clone(), grant), "expects a grant, but the outcome ineligible grants nothing");
    let below = json!({"expect": {"outcome": "ineligible"}, "tolerance": "-1"});
    assert_contains(&test(young.clone(), below), "`tolerance` is below zero");
    let no_number = json!({"expect": {"outcome": "ineligible"}, "tolerance": true});
    assert_contains(&test(young.clone(), no_number), "`tolerance` is not a decimal number");
    let no_field = json!({"expect": {"outcome": "eligible", "grant": {"sum": null}}});
    assert_contains(&test(young.clone(), no_field), "the service's grant has no field `sum`");
    fs::write(&file, "").unwrap();
    let empty = text_of(&run(&["test", plugins_rulebook().to_str().unwrap(), "--cases", path]));
    assert_contains(&empty, "no case was run");
    assert_contains(&empty, "write one case per line in");

    // `null` in a field says that no level sets it: the nation's old-age allowance names no amount.
    let old = json!({"age": 85, "low_income": true, "residence_status": "registered"});
    let nation = json!({"jurisdiction": "CN", "expect": {"outcome": "eligible", "grant": {"amount": null}}});
    let said = test(old, nation);
    assert_contains(&said, "1 passed, 0 failed");
}

#[test]
fn one_case_is_decided_without_a_server_as_with_one() {
    let folder = scratch();
    let facts = folder.path().join("facts.json");
    fs::write(&facts, r#"{"disability_grade":2,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}"#).unwrap();
    let rulebook = plugins_rulebook();
    let decide = |as_of: &str| {
        run(&[
            "decide",
            rulebook.to_str().unwrap(),
            "--jurisdiction",
            "CN-50",
            "--service",
            "disability-care-subsidy",
            "--as-of",
            as_of,
            "--facts",
            facts.to_str().unwrap(),
        ])
    };
    let decided: serde_json::Value = serde_json::from_slice(&decide("2026-01-01").stdout).unwrap();
    assert_includes(&decided, json!({"outcome": "eligible", "grant": {"amount": "100.00"}}));
    let server = Server::start(rulebook, "");
    let facts: serde_json::Value = serde_json::from_str(&fs::read_to_string(&facts).unwrap()).unwrap();
    let served = server.decide("CN-50", "disability-care-subsidy", "2026-01-01", &facts).json();
    assert_eq!(decided["layers"], served["layers"]);
    assert_eq!(decide("2026-13-01").status.code(), Some(2));
}

#[test]
fn every_command_takes_the_folder_of_the_rulebook_in_one_way() {
    let commands = "new build test check mutate boundary property inspect bench trace synth review decide disclose \
                    bindings serve dev";
    for command in commands.split_whitespace() {
        assert_contains(&text_of(&run(&[command, "--help"])), "--dir <DIR>");
    }
    let folder = plugins_rulebook().to_str().unwrap();
    let passed = |arguments: &[&str]| {
        let output = run(&[arguments, &["--filter", "CN-33/disability-living-subsidy"]].concat());
        assert!(output.status.success(), "{}", text_of(&output));
        output.stdout
    };
    assert_eq!(passed(&["test", folder]), passed(&["test", "--dir", folder]));
    let both = run(&["test", folder, "--dir", folder]);
    assert_eq!(both.status.code(), Some(2));
    assert_contains(&text_of(&both), "cannot be used with '--dir <DIR>'");
    let two = run(&["decide", folder, "--dir", folder, "--jurisdiction", "CN", "--service", "x"]);
    assert_eq!(two.status.code(), Some(2));
    assert_contains(&text_of(&two), "two folders are named");
}

#[test]
fn a_case_with_facts_on_the_command_line_gets_a_short_answer() {
    let decide = |facts: &[&str]| {
        let rule = ["decide", "CN-50/disability-care-subsidy", "--dir", plugins_rulebook().to_str().unwrap()];
        let output = run(&[&rule[..], &["--as-of", "2026-01-01"], facts].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
        text_of(&output)
    };
    let facts = [
        "disability_grade=2",
        "needs_long_term_care=yes",
        "work_injury_care_payment=no",
        "destitute_support=false",
        "draws_elderly_care_subsidy=false",
    ];
    let said = decide(&facts);
    assert_contains(&said, "CN-50/disability-care-subsidy on 2026-01-01: eligible\n  amount 100.00 CNY per month\n");
    assert_contains(&said, "satisfied      Needs long-term care (国发〔2015〕52号 ");
    assert_contains(&said, "decided by CN, CN-50");
    assert_contains(&decide(&facts[1..]), "missing: disability_grade (Grade of disability");
    let whole: serde_json::Value = serde_json::from_str(&decide(&[&facts[..], &["--json"]].concat())).unwrap();
    assert_includes(&whole, json!({"outcome": "eligible", "grant": {"amount": "100.00"}}));
}

#[test]
fn dev_builds_serves_and_builds_again_when_a_file_changes() {
    let folder = scratch();
    let source = write_rulebook(&folder.path().join("source"), &[("GOOD", Guest::default().component())]);
    let mut command = ordinance();
    command.args(["dev", source.to_str().unwrap(), "--open-door"]);
    let server = Server::spawn(command, folder);
    let rulebook = || server.get("/v1/rules").json();
    let first = rulebook();
    assert_eq!(first["broken"], 0);
    let wait_until = |what: &str, done: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {}", server.said());
            std::thread::yield_now();
        }
    };
    edit(&source.join("facts.toml"), "A number", "Some number");
    wait_until("a new rulebook", &|| rulebook()["rulebook"] != first["rulebook"]);
    let second = rulebook();
    edit(&source.join("facts.toml"), "max = 200", "max = ");
    wait_until("a refusal", &|| server.said().contains("the last good rulebook stays in use"));
    assert_eq!(rulebook(), second);
    assert_eq!(get(&format!("{}/readyz", server.operations), "").status, 200);
    edit(&source.join("facts.toml"), "max = ", "max = 200");
    wait_until("a mended rulebook", &|| server.said().matches("the new rulebook is in use").count() == 2);
    // A folder that is moved tells of none of its files.
    let (rule, aside) = (source.join("XX-GOOD/probe"), source.with_file_name("aside"));
    fs::rename(&rule, &aside).unwrap();
    wait_until("a rulebook without the rule", &|| rulebook()["rules"] == json!([]));
    fs::rename(&aside, &rule).unwrap();
    wait_until("a rulebook with the rule", &|| rulebook()["rulebook"] == second["rulebook"]);
}

#[test]
fn a_build_writes_over_nothing_but_an_earlier_build() {
    let folder = scratch();
    let source = write_rulebook(&folder.path().join("source"), &[("GOOD", Guest::default().component())]);
    let theirs = folder.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("facts.toml"), "mine").unwrap();
    for out in [&theirs, &source] {
        let built = run(&["build", source.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        assert_eq!(built.status.code(), Some(2), "{}", text_of(&built));
    }
    assert_eq!(fs::read_to_string(theirs.join("facts.toml")).unwrap(), "mine");
    for _ in 0..2 {
        assert!(run(&["build", source.to_str().unwrap()]).status.success());
    }
    let built = run(&["build", source.join("target/rulebook").to_str().unwrap()]);
    assert_contains(&text_of(&built), "is already a built rulebook");
}

#[test]
fn a_full_disk_is_told_and_an_error_that_nobody_reads_changes_no_exit_code() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let rulebook = plugins_rulebook();
    let rule = fs::read_dir(rulebook.join("rules")).unwrap().next().unwrap().unwrap().path();
    let lost = ordinance().arg("inspect").arg(&rule).stdout(full()).output().unwrap();
    assert_eq!(lost.status.code(), Some(3), "{}", text_of(&lost));
    assert_contains(&text_of(&lost), "the output can't be written");
    let unread =
        ordinance().arg("test").arg(rulebook).args(["--cases", "/nowhere.csv"]).stderr(full()).output().unwrap();
    let read = ordinance().arg("test").arg(rulebook).args(["--cases", "/nowhere.csv"]).output().unwrap();
    assert_eq!(unread.status.code(), read.status.code());
    assert_ne!(read.status.code(), Some(0));
}

#[test]
fn wrong_use_is_told_with_the_mend() {
    let check = |arguments: &[&str], words: &str| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text_of(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_contains(&said, words);
    };
    let plugins = root().join("plugins");
    check(&["build", "/nowhere"], "there is no rulebook.toml in `/nowhere`");
    check(&["serve", plugins.to_str().unwrap()], "ordinance dev");
    check(&["new", "shenzhen"], "write CODE/SERVICE");
    check(&["biuld"], "unrecognized subcommand");
    let decide = [
        "decide",
        plugins.to_str().unwrap(),
        "--service",
        "x",
        "--as-of",
        "2026-01-01",
        "--facts",
        "/dev/null",
        "--trust-sources",
    ];
    check(&[&decide[..], &["--jurisdiction", "nowhere"]].concat(), "`nowhere`");
    check(&["new", "NZ/rates-rebate", "--dir", "/dev/null/rules"], "can't be made: Not a directory");
    let folder = scratch();
    let source = write_rulebook(&folder.path().join("source"), &[("GOOD", Guest::default().component())]);
    let dir = source.to_str().unwrap();
    check(&["build", dir, "--out", source.join("facts.toml").to_str().unwrap()], "not a directory");
    assert!(run(&["build", dir]).status.success());
    let built = source.join("target/rulebook");
    check(&["serve", built.to_str().unwrap()], "nobody signed this rulebook");
    fs::remove_file(built.join("index.json")).unwrap();
    check(&["serve", built.to_str().unwrap(), "--open-door"], "has built rules but no index.json");
    fs::remove_dir_all(source.join("XX-GOOD")).unwrap();
    let empty = run(&["build", dir, "--out", folder.path().join("out").to_str().unwrap()]);
    assert_contains(&text_of(&empty), "no rule was found");
}
