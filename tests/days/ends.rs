//! Values that end, that nobody has confirmed for long, days beyond what a rulebook covers, and fields that no level
//! sets.

use serde_json::{Value, json};

use super::{Files, build, case, decide_at, simulator};
use crate::assertions::{ABSENT, assert_contains, assert_includes, assert_lacks};
use crate::attacks::benefit;
use crate::scenarios::permitting;
use crate::support::{Server, root, run, scratch, text_of};

const MARCH: &str = "2026-03-15T12:00:00Z";

fn files(law: String) -> Files {
    vec![("N/guard/rule.toml".into(), permitting("")), ("N/benefit/rule.toml".into(), law)]
}

/// The nation's benefit with a least age and an amount that are written so.
fn law(age: &str, amount: &str) -> String {
    benefit("N", "50.00")
        .replace("{ from = 2020-01-01, value = 60 }", age)
        .replace("{ from = 2020-01-01, value = \"50.00\" }", amount)
}

const AGE: &str = "{ from = 2020-01-01, value = 60 }";
const AMOUNT: &str = "{ from = 2020-01-01, value = \"50.00\" }";

fn on(day: &str) -> Value {
    let mut case = case("N");
    case["as_of"] = json!(day);
    case
}

#[test]
fn a_rule_that_needs_a_number_after_its_end_is_undetermined() {
    let folder = scratch();
    let ending = "{ from = 2020-01-01, until = 2026-02-01, value = 60 }, { from = 2026-04-01, value = 75 }";
    let simulator = simulator(&build(folder.path(), &files(law(ending, AMOUNT))));
    let decide = |day: &str| decide_at(&simulator, MARCH, &on(day));
    assert_includes(&decide("2026-01-31"), json!({"outcome": "eligible", "grant": {"amount": "50.00"}}));
    let ended = decide("2026-02-01");
    assert_includes(&ended, json!({"outcome": "undetermined", "reason": "rule-undetermined", "missing": []}));
    assert_includes(&ended["layers"][0], json!({"status": "applied", "answer": "undetermined", "failure": ABSENT}));
    let parameters = ended["layers"][0]["parameters"].as_array().unwrap();
    let age = parameters.iter().find(|parameter| parameter["name"] == "min_age").unwrap();
    assert_includes(age, json!({"value": null}));
    assert_includes(&decide("2026-04-01"), json!({"outcome": "ineligible"}));
}

#[test]
fn an_optional_number_is_none_after_its_end_and_the_answer_says_why_nothing_is_set() {
    let folder = scratch();
    let ending = "{ from = 2020-01-01, until = 2026-02-01, value = \"50.00\" }";
    let mut files = files(law(AGE, ending));
    files.push(("N-2/benefit/rule.toml".into(), benefit("N-2", "60.00")));
    let simulator = simulator(&build(folder.path(), &files));
    let mut of_town = on("2026-02-01");
    of_town["jurisdiction"] = json!("N-11");
    let reply = decide_at(&simulator, MARCH, &of_town);
    assert_includes(&reply, json!({"outcome": "eligible", "grant": {"amount": null}}));
    let levels = json!([
        {"jurisdiction": "N", "why": "leaves-open", "without_value": ["income_max", "amount"]},
        {"jurisdiction": "N-1", "why": "silent"},
        {"jurisdiction": "N-11", "why": "silent"}
    ]);
    let field = &reply["unset"][0];
    assert_eq!(field["field"], "amount");
    let mut found: Vec<Value> = field["levels"].as_array().unwrap().clone();
    found[0]["without_value"].as_array_mut().unwrap().sort_by_key(|name| name.as_str() != Some("income_max"));
    assert_eq!(json!(found), levels);
    // Before the end, and where a lower level sets it, there is nothing to say.
    assert_includes(&decide_at(&simulator, MARCH, &on("2026-01-31")), json!({"unset": ABSENT}));
    of_town["jurisdiction"] = json!("N-2");
    assert_includes(&decide_at(&simulator, MARCH, &of_town), json!({"grant": {"amount": "60.00"}, "unset": ABSENT}));
}

#[test]
fn a_value_that_ends_before_it_begins_is_refused() {
    let folder = scratch();
    let source = folder.path().join("source");
    build(folder.path(), &files(law(AGE, AMOUNT)));
    let ending = "{ from = 2020-01-01, until = 2020-01-01, value = 60 }";
    std::fs::write(source.join("N/benefit/rule.toml"), law(ending, AMOUNT)).unwrap();
    let said = text_of(&run(&["build", source.to_str().unwrap()]));
    assert_contains(&said, "the value ends before it begins");
    assert_contains(&said, "rule.toml:");
}

/// The places of the scenarios, with keys of a rulebook's upkeep.
fn kept_up(keys: &str) -> (String, String) {
    let places = std::fs::read_to_string(root().join("tests/scenarios/common-privacy/rulebook.toml")).unwrap();
    ("rulebook.toml".into(), format!("{keys}\n{places}"))
}

#[test]
fn a_value_that_nobody_has_confirmed_for_years_is_told() {
    let folder = scratch();
    let confirmed = "{ from = 2020-01-01, confirmed = 2025-06-01, value = 60 }";
    let mut files = files(law(confirmed, AMOUNT));
    files.push(kept_up("values-confirmed-within = \"3 years\""));
    let rulebook = build(folder.path(), &files);
    let simulator = simulator(&rulebook);
    let unconfirmed = |moment: &str| {
        let reply = decide_at(&simulator, moment, &on("2026-03-01"));
        let notices = reply["notices"].as_array().cloned().unwrap_or_default();
        let of_amounts =
            notices.into_iter().filter(|notice| notice["parameter"] == "amount" || notice["parameter"] == "min_age");
        of_amounts.collect::<Vec<Value>>()
    };
    let amount =
        json!({"notice": "unconfirmed-value", "jurisdiction": "N", "parameter": "amount", "confirmed": "2020-01-01"});
    assert_eq!(unconfirmed("2023-01-01T12:00:00Z"), Vec::<Value>::new());
    assert_eq!(unconfirmed(MARCH), vec![amount.clone()]);
    let both = unconfirmed("2029-01-01T12:00:00Z");
    assert_eq!(both.len(), 2, "{both:?}");
    let source = folder.path().join("source");
    let (out, rulebook) = (folder.path().join("review"), rulebook.to_str().unwrap().to_owned());
    let reviewed = run(&["review", source.to_str().unwrap(), "--against", &rulebook, "--out", out.to_str().unwrap()]);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap_or_else(|_| panic!("{}", text_of(&reviewed)));
    assert_contains(&page, "nobody has confirmed the value of `amount` from 2020-01-01 since 2020-01-01");
}

#[test]
fn a_limit_of_a_bound_that_nobody_has_confirmed_is_told_too() {
    let folder = scratch();
    let provision = "provision = { document = \"Benefit Act\", article = \"2\" }";
    let level = format!(
        "jurisdiction = \"N\"\nservice = \"benefit\"\n[bounds.parameter.min_age]\nbound = \"at-most oldest\"\n{provision}\n\
         [parameters.oldest]\ntitles = {{ en = \"Oldest\" }}\nvalues = [{{ from = 2020-01-01, value = 70 }}]\n"
    );
    let recent = "{ from = 2020-01-01, confirmed = 2026-01-01, value = 60 }";
    let mut files = files(law(recent, AMOUNT));
    files.push(("N/benefit/bounds.toml".into(), level));
    files.push(kept_up("values-confirmed-within = \"36 months\""));
    let simulator = simulator(&build(folder.path(), &files));
    let reply = decide_at(&simulator, MARCH, &on("2026-03-01"));
    let parameters: Vec<&Value> =
        reply["notices"].as_array().unwrap().iter().map(|notice| &notice["parameter"]).collect();
    assert!(parameters.contains(&&json!("oldest")), "{parameters:?}");
    assert!(!parameters.contains(&&json!("min_age")), "{parameters:?}");
}

#[test]
fn a_replaced_value_of_the_past_needs_no_confirmation() {
    let folder = scratch();
    let replaced = "{ from = 2020-01-01, value = \"50.00\" }, { from = 2025-06-01, value = \"70.00\" }";
    let mut files = files(law(AGE, replaced));
    files.push(kept_up("values-confirmed-within = \"3 years\""));
    let simulator = simulator(&build(folder.path(), &files));
    let reply = decide_at(&simulator, MARCH, &on("2021-03-01"));
    assert_lacks(&reply["notices"].to_string(), "\"amount\"");
    assert_contains(&reply["notices"].to_string(), "\"min_age\"");
}

#[test]
fn a_day_beyond_what_the_rulebook_covers_is_told() {
    let folder = scratch();
    let mut files = files(law(AGE, AMOUNT));
    files.push(kept_up("covers-until = 2027-01-01"));
    let server = Server::start(&build(folder.path(), &files), "");
    let decide = |day: &str| server.post("/v1/decisions", &on(day).to_string()).json();
    assert_includes(&decide("2026-12-31"), json!({"notices": ABSENT}));
    let told = json!([{"notice": "not-covered", "covers_until": "2027-01-01"}]);
    assert_eq!(decide("2027-01-01")["notices"], told);
    let comparison = json!({"service": "benefit", "as_of": "2028-01-01", "jurisdictions": ["N"], "facts": on("2028-01-01")["facts"]});
    let places = server.post("/v1/comparisons", &comparison.to_string()).json()["places"].clone();
    assert_eq!(places[0]["notices"], told);
}

#[test]
fn an_age_of_values_that_cannot_be_read_is_refused_where_it_is_written() {
    let folder = scratch();
    let source = folder.path().join("source");
    build(folder.path(), &files(law(AGE, AMOUNT)));
    std::fs::write(source.join("rulebook.toml"), kept_up("values-confirmed-within = \"3 winters\"").1).unwrap();
    let said = text_of(&run(&["build", source.to_str().unwrap()]));
    assert_contains(&said, "rulebook.toml:1:27");
    assert_contains(&said, "this is not how long a value counts as confirmed");
}

#[test]
fn a_privacy_rule_without_a_number_that_it_needs_withholds() {
    let folder = scratch();
    let ending = permitting("").replace("{ from = 2020-01-01, value", "{ from = 2020-01-01, until = 2026-03-01, value");
    let mut files = files(law(AGE, AMOUNT));
    files[0].1 = ending;
    let simulator = simulator(&build(folder.path(), &files));
    let before = decide_at(&simulator, "2026-02-28T12:00:00Z", &case("N"));
    assert_includes(&before, json!({"outcome": "eligible"}));
    let after = decide_at(&simulator, MARCH, &case("N"));
    assert_includes(&after, json!({"outcome": "undetermined", "reason": "missing-facts"}));
    assert_includes(&after["privacy"]["layers"][0], json!({"status": "failed", "failure": {"code": "no-value"}}));
}
