//! Intermediate values: what a rule tells of the way to its answer is shown where its grant is, and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{ABSENT, assert_contains, assert_includes, assert_lacks};
use crate::expression_rules::book;
use crate::scenarios::write_scenario;
use crate::support::{Reply, Server, agent, edit, run, scratch, text_of};

/// The source of a scenario's rulebook.
fn source_of(folder: &Path, scenario: &str) -> PathBuf {
    let source = folder.join("source");
    write_scenario(scenario, &source);
    source
}

fn build(source: &Path) -> PathBuf {
    let rulebook = source.join("target/rulebook");
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    rulebook
}

/// A family with an income of 1234.56.
fn family() -> Value {
    json!({"age": 40, "members": [{"age": 40, "income": "1000.00", "grade": 0}, {"age": 14, "income": "234.56", "grade": 0}]})
}

fn decide(server: &Server, facts: &Value) -> Value {
    server.decide("N", "family", "2026-01-01", facts).json()
}

#[test]
fn a_reply_shows_what_a_rule_tells_with_its_title_and_unit() {
    let folder = scratch();
    let server = Server::start(&build(&source_of(folder.path(), "privacy-household-child")), "");
    let layer = |facts: &Value| decide(&server, facts)["layers"][0].clone();
    let told = json!([{"name": "household_income", "title": "Income of the household", "value": "1234.56",
        "unit": "CNY per month"}]);
    assert_includes(&layer(&family()), json!({"answer": "eligible", "intermediates": told}));
    let body = json!({"jurisdiction": "N", "service": "family", "as_of": "2026-01-01", "facts": family()});
    let request = agent().post(format!("{}/v1/decisions", server.address)).header("content-type", "application/json");
    let reply = Reply::read(request.header("accept-language", "zh").send(body.to_string()));
    assert_eq!(reply.layer("N")["intermediates"][0]["title"], "家庭收入");
    // What isn't known is told to be unknown, in whatever answer.
    let mut unknown = family();
    unknown["members"][0]["income"] = Value::Null;
    let layer = layer(&unknown);
    assert_includes(&layer, json!({"answer": "undetermined", "intermediates": [{"value": null}]}));
    let log = server.decision_log();
    assert_eq!(log.len(), 3);
    for text in ["1234.56", "household_income", "intermediates"] {
        assert_lacks(&json!(log).to_string(), text);
    }
    assert_lacks(&server.said(), "1234.56");
}

#[test]
fn what_a_rule_tells_is_hidden_from_who_may_not_see_what_it_rests_on() {
    let folder = scratch();
    let source = source_of(folder.path(), "privacy-household-child");
    let guard = source.join("N/guard/rule.toml");
    let hidden = "{ fact = \"members.income\", says = \"withhold\", activity = \"explain\" },\n    \
                  { fact = \"members.income\", says = \"guardian\", child = true }";
    edit(&guard, "{ fact = \"members.income\", says = \"guardian\", child = true }", hidden);
    let server = Server::start(&build(&source), "");
    let reply = decide(&server, &family());
    assert_includes(&reply, json!({"outcome": "eligible", "grant": null}));
    assert_includes(&reply["layers"][0], json!({"status": "hidden", "intermediates": ABSENT}));
    assert_lacks(&reply.to_string(), "1234.56");
}

#[test]
fn trace_inspect_and_a_failed_test_show_what_a_rule_tells() {
    let folder = scratch();
    let source = source_of(folder.path(), "working-days");
    let cases = source.join("N/benefit/cases");
    fs::create_dir_all(&cases).unwrap();
    let facts = "notified_on = 2025-12-31, appealed_on = 2026-01-05, born_on = 1990-06-15";
    let case = format!(
        "[[cases]]\nname = \"in time\"\nas_of = 2026-02-01\nfacts = {{ {facts} }}\nexpect = {{ outcome = \"ineligible\" }}\n"
    );
    fs::write(cases.join("law.toml"), case).unwrap();
    let folder = source.to_str().unwrap();
    let tested = text_of(&run(&["test", folder]));
    assert_contains(&tested, "N tells Last day of the term = 2026-01-05");
    assert_contains(&tested, "N tells Age on the day of the appeal = 35 years");
    let failures = text_of(&run(&["test", folder, "--json"]));
    let failure: Value = failures.lines().find(|line| line.contains("differences")).unwrap().parse().unwrap();
    let told = json!({"jurisdiction": "N", "name": "last_day", "title": "Last day of the term", "value": "2026-01-05"});
    assert!(failure["intermediates"].as_array().unwrap().contains(&told), "{failure}");
    let traced = text_of(&run(&["trace", "N/benefit", "--dir", folder, "--case", "in time"]));
    assert_contains(&traced, "tells      Last day of the term = 2026-01-05");
    build(&source);
    let rules = fs::read_dir(source.join("target/rulebook/rules")).unwrap().map(|entry| entry.unwrap().path());
    let inspected: String = rules.map(|rule| text_of(&run(&["inspect", rule.to_str().unwrap()]))).collect();
    assert_contains(&inspected, "Age on the day of the appeal, in years");
}

#[test]
fn a_case_expects_what_a_rule_tells() {
    let folder = scratch();
    let source = source_of(folder.path(), "privacy-household-child");
    let rulebook = build(&source);
    let test = |intermediates: Value| {
        let case = json!({"name": "told", "jurisdiction": "N", "service": "family", "as_of": "2026-01-01", "facts": family(),
            "expect": {"outcome": "eligible", "intermediates": intermediates}});
        let file = folder.path().join("case.ndjson");
        fs::write(&file, case.to_string()).unwrap();
        let ran = run(&["test", rulebook.to_str().unwrap(), "--cases", file.to_str().unwrap()]);
        (ran.status.code(), text_of(&ran))
    };
    assert_eq!(test(json!({"household_income": "1234.56"})).0, Some(0));
    assert_eq!(test(json!({"household_income": 1234.56})).0, Some(0));
    let (code, said) = test(json!({"household_income": "1234.57"}));
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "intermediate value `household_income`: expected 1234.57, decided 1234.56");
    assert_contains(&test(json!({"household_income": "unset"})).1, "expected unset, decided 1234.56");
    assert_contains(&test(json!({"income": "1"})).1, "no rule of this place tells an intermediate value `income`");
}

#[test]
fn trace_takes_a_case_from_a_file_of_cases() {
    let folder = scratch();
    let source = source_of(folder.path(), "working-days");
    let cases = source.join("cases.ndjson");
    let folder = source.to_str().unwrap();
    let trace = |rule: &str, case: &str| {
        text_of(&run(&["trace", rule, "--dir", folder, "--cases", cases.to_str().unwrap(), "--case", case]))
    };
    assert_contains(&trace("N/benefit", "a day later"), "tells      Last day of the term = 2026-01-05");
    assert_contains(&trace("N/benefit", "no such"), "that `N/benefit` decides has `no such` in its name");
    // No other place's rule decides it.
    assert_contains(&trace("TERM/benefit", "a day later"), "that `TERM/benefit` decides has");
}

#[test]
fn a_value_in_another_currency_than_its_service_is_refused() {
    let folder = scratch();
    let source = source_of(folder.path(), "privacy-household-child");
    edit(&source.join("HOME/family/rule.toml"), "unit = \"CNY per month\"", "unit = \"EUR per month\"");
    let built = text_of(&run(&["build", source.to_str().unwrap()]));
    assert_contains(&built, "`household_income` is in `EUR per month`");
}

#[test]
fn inspect_names_the_parts_of_facts_that_a_rule_sees_and_those_that_it_does_not() {
    let folder = scratch();
    let source = source_of(folder.path(), "privacy-household-child");
    let facts = source.join("facts.toml");
    let part = "\n[members.fields.born]\ntype = \"date\"\ntitles = { en = \"Day of birth\" }\ncategory = \"dpv-pd:BirthDate\"\n";
    fs::write(&facts, fs::read_to_string(&facts).unwrap() + part).unwrap();
    let rulebook = build(&source);
    let rules = fs::read_dir(rulebook.join("rules")).unwrap().map(|entry| entry.unwrap().path());
    let inspect =
        |rule: PathBuf| text_of(&run(&["inspect", rule.to_str().unwrap(), "--rulebook", rulebook.to_str().unwrap()]));
    let inspected: Vec<String> = rules.map(inspect).filter(|text| text.contains("family")).collect();
    let [of_home, of_nation] = inspected.as_slice() else { panic!("{inspected:?}") };
    for text in [of_home, of_nation] {
        assert_contains(text, "members.income               option<decimal>");
        assert_contains(text, "members.born");
    }
}

#[test]
fn a_value_that_only_the_code_or_only_the_manifest_has_is_refused_with_the_mend() {
    let folder = scratch();
    let source = source_of(folder.path(), "working-days");
    let manifest = source.join("TERM/benefit/rule.toml");
    edit(&manifest, "[intermediates.last_day]", "[intermediates.final_day]");
    let built = text_of(&run(&["build", source.to_str().unwrap()]));
    assert_contains(&built, "`intermediates.last-day`: rule.toml has no such intermediate value");
    assert_contains(&built, "add [intermediates.last_day] with titles to rule.toml");
    assert_contains(
        &built,
        "`intermediates.final-day`: rule.toml has this intermediate value, but the rule doesn't tell it",
    );
}

#[test]
fn only_a_number_that_a_rule_tells_has_a_unit() {
    let folder = scratch();
    let source = source_of(folder.path(), "working-days");
    edit(
        &source.join("TERM/benefit/rule.toml"),
        "[intermediates.last_day]",
        "[intermediates.last_day]\nunit = \"days\"",
    );
    let built = run(&["build", source.to_str().unwrap()]);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    assert_contains(&text_of(&built), "the intermediate value `last_day` is date, and only a number has a unit");
}

#[test]
fn a_number_that_is_known_and_too_large_to_show_is_not_told_as_unknown() {
    let folder = scratch();
    let rule = "\n[define]\nhuge = \"12345678901234567890 + age\"\nnothing = 'string join([residence][item = \"registered\"])'\n\
                twice = \"income * 2\"\n\n[[criteria]]\nid = \"met\"\nwhen = \"huge > 1 and nothing = '' or twice > 3\"\n\
                titles = { en = \"Met\" }\nprovision = { document = \"Act\", article = \"1\" }\n\n[grant]\namount = \"1\"\n"
        .replace("''", "\\\"\\\"");
    let book = book(folder.path(), &rule);
    let dir = book.to_str().unwrap();
    let said =
        text_of(&run(&["decide", "N/benefit", "age=80", "residence=living", "--dir", dir, "--as-of", "2026-06-01"]));
    let case = "[[cases]]\nname = \"one\"\nas_of = 2026-06-01\nfacts = { age = 80, residence = \"living\" }\n\
                expect = { outcome = \"eligible\" }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let traced = text_of(&run(&["trace", "N/benefit", "--case", "one", "--dir", dir]));
    for told in [said, traced] {
        assert_contains(&told, "huge = known, but too large to show");
        assert_contains(&told, "nothing = \"\"");
        assert_contains(&told, "twice = not known");
    }
}
