//! Real law beside the cases of its rules: third-party cases, the whole tree of a nation, and what upper law forbids a
//! place to publish.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes};
use crate::support::{Server, plugins_rulebook, root, run, scratch, text_of};

#[test]
fn third_party_cases_pass() {
    let cases = root().join("tests/data/third-party-cases.ndjson");
    let tested = run(&["test", plugins_rulebook().to_str().unwrap(), "--cases", cases.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    assert_contains(&text_of(&tested), "17 passed, 0 failed");
}

/// Every definition of `plugins/`, and one service's rule with its code as it was compiled there.
fn write_rulebook(folder: &Path, place: &str, service: &str) {
    plugins_rulebook();
    let plugins = root().join("plugins");
    for part in ["places", "services"] {
        fs::create_dir_all(folder.join(part)).unwrap();
        for entry in fs::read_dir(plugins.join(part)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.join(part).join(path.file_name().unwrap())).unwrap();
        }
    }
    let rule = folder.join(format!("{place}/{service}"));
    fs::create_dir_all(&rule).unwrap();
    fs::copy(plugins.join("facts.toml"), folder.join("facts.toml")).unwrap();
    // The one rule is tried without the privacy law of its tree.
    let places = fs::read_to_string(plugins.join("rulebook.toml")).unwrap();
    fs::write(folder.join("rulebook.toml"), places.replace("ungoverned = [", "ungoverned = [\"EU\", ")).unwrap();
    for file in ["rule.toml", "bounds.toml"] {
        fs::copy(plugins.join(format!("{place}/{service}/{file}")), rule.join(file)).unwrap();
    }
}

/// Publishes a number for a place that extends an upper one's rule, and gives the build's exit code and words.
fn publish(
    folder: &Path,
    place: &str,
    service: &str,
    upper: &str,
    parameter: &str,
    value: &str,
) -> (Option<i32>, String) {
    let rule = folder.join(format!("{place}/{service}"));
    fs::create_dir_all(&rule).unwrap();
    let manifest = format!(
        "id = \"{service}\"\nversion = \"1.0.0\"\njurisdiction = \"{place}\"\nservice = \"{service}\"\nextends = \"{upper}\"\n\
         in-force = {{ from = 2024-01-01 }}\ntitles = {{ en = \"{place}\" }}\n\
         [parameters.{parameter}]\nvalues = [{{ from = 2024-01-01, value = {value} }}]\n"
    );
    fs::write(rule.join("rule.toml"), manifest).unwrap();
    let built = run(&["build", folder.to_str().unwrap()]);
    (built.status.code(), text_of(&built).split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn a_member_state_keeps_between_thirteen_and_sixteen() {
    let folder = scratch();
    write_rulebook(folder.path(), "EU", "child-consent");
    let consent = |age: &str| publish(folder.path(), "GR", "child-consent", "EU", "age_of_consent", age);
    for age in ["12", "17"] {
        let (exit, said) = consent(age);
        assert_eq!(exit, Some(1), "{said}");
        for words in [
            "`GR/child-consent` 1.0.0 conflicts with the rulebook",
            &format!("is {age} on 2024-01-01"),
            "between 13 and 16",
            "`EU`",
            "Regulation (EU) 2016/679 8(1)",
        ] {
            assert_contains(&said, words);
        }
    }
    assert_eq!(consent("13").0, Some(0));
    let server = Server::start(&folder.path().join("target/rulebook"), "");
    let facts = json!({"age": 13, "offered_directly_to_child": true, "consent_is_the_legal_basis": true, "parental_authorisation": false});
    let decide = |place: &str| server.decide(place, "child-consent", "2024-06-01", &facts).json()["outcome"].clone();
    assert_eq!(decide("GR"), json!("eligible"));
    assert_eq!(decide("DE"), json!("ineligible"));
    consent("12");
    let broken = Server::start(&folder.path().join("target/rulebook"), "");
    let greece = broken.decide("GR", "child-consent", "2024-06-01", &facts);
    assert_eq!(greece.json()["reason"], "failed-rule");
    assert_contains(greece.layer("GR")["failure"]["detail"].as_str().unwrap(), "8(1)");
    assert_eq!(broken.decide("DE", "child-consent", "2024-06-01", &facts).json()["outcome"], "ineligible");
}

#[test]
fn a_county_keeps_the_states_bounds_of_each_year() {
    let folder = scratch();
    write_rulebook(folder.path(), "US-MD", "county-income-tax");
    let rate = |rate: &str| publish(folder.path(), "US-MD-009", "county-income-tax", "US-MD", "rate", rate);
    let (exit, said) = rate("\"3.25\"");
    assert_eq!(exit, Some(1), "{said}");
    assert_contains(&said, "is 3.25 on 2024-01-01");
    assert_contains(&said, "Tax-General");
    assert_contains(&said, "rate_max (3.20)");
    assert_eq!(rate("\"2.24\"").0, Some(1));
    assert_eq!(rate("\"3.20\"").0, Some(0));
}

#[test]
fn every_division_of_china_answers_by_its_nearest_rules() {
    let server = Server::start(plugins_rulebook(), "");
    let facts = json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false});
    let mut after = String::new();
    let mut places: Vec<String> = Vec::new();
    loop {
        let page = server.get(&format!("/v1/jurisdictions?limit=1000&as_of=2026-03-01&after={after}")).json();
        let codes =
            page["jurisdictions"].as_array().unwrap().iter().map(|place| place["code"].as_str().unwrap().to_owned());
        places.extend(codes.filter(|code| code.starts_with("CN")));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert!(places.len() >= 3_350, "{}", places.len());
    let mut answered = 0;
    for group in places.chunks(500) {
        let body = json!({"service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": facts, "jurisdictions": group});
        let compared = server.post("/v1/comparisons", &body.to_string()).json();
        for place in compared["places"].as_array().unwrap() {
            assert_eq!(place["outcome"], "eligible", "{place}");
            answered += 1;
        }
    }
    assert_eq!(answered, places.len());
    let amount = |code: &str| {
        server.decide(code, "disability-care-subsidy", "2026-03-01", &facts).json()["grant"]["amount"].clone()
    };
    assert_eq!(amount("CN-370602"), json!("193.00"));
    assert_eq!(amount("CN-370102"), json!("80.00"));
    assert_eq!(amount("CN-530102"), Value::Null);
}

#[test]
fn a_merged_city_is_found_by_its_old_code() {
    let server = Server::start(plugins_rulebook(), "");
    let facts = json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false});
    let chain = |code: &str, as_of: &str| {
        let decision = server.decide(code, "disability-care-subsidy", as_of, &facts).json();
        let layers: Vec<String> = decision["layers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|layer| layer["jurisdiction"].as_str().unwrap().to_owned())
            .collect();
        (layers.join(" "), decision["asked"].clone())
    };
    assert_eq!(chain("CN-371202", "2018-01-01"), ("CN CN-37 CN-3712 CN-371202".into(), Value::Null));
    assert_eq!(chain("CN-371202", "2026-01-01"), ("CN CN-37 CN-3701 CN-370116".into(), json!("CN-371202")));
    assert_eq!(chain("CN-370116", "2018-01-01"), ("CN CN-37 CN-3712 CN-371202".into(), json!("CN-370116")));
    let place = server.get("/v1/jurisdictions/CN-3712").json();
    assert_includes(&place, json!({"until": "2018-12-26", "successors": ["CN-3701"]}));
}
