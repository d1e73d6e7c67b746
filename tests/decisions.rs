//! The rulebook of `plugins/` over HTTP: every case that stands beside a rule is answered by the server as its text
//! says, with reasons and articles.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ordinance_domain::manifest::RuleScope;
use ordinance_domain::name::Id;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_harness::{Test, parse_toml};
use serde_json::{Value, json};

use crate::assertions::{assert_includes, assert_lacks};
use crate::support::{Reply, Server, agent, get, plugins_rulebook, root};

/// The folders of all rules of `plugins/`.
pub(crate) fn rule_folders() -> Vec<PathBuf> {
    let mut rules = Vec::new();
    find_rules(&root().join("plugins"), 0, &mut rules);
    rules.sort_unstable();
    rules
}

fn find_rules(folder: &Path, depth: usize, rules: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.join("rule.toml").is_file() {
            rules.push(path);
        } else if path.is_dir() && depth < 2 && !path.ends_with("target") {
            find_rules(&path, depth + 1, rules);
        }
    }
}

/// The cases beside a rule.
pub(crate) fn cases_of(rule: &Path) -> Vec<Test> {
    let path = rule.strip_prefix(root().join("plugins")).unwrap();
    let mut place = path.iter().map(|step| step.to_str().unwrap());
    let (jurisdiction, folder) = (place.next().unwrap(), place.next().unwrap());
    let is_privacy = fs::read_to_string(rule.join("rule.toml")).unwrap().contains("kind = \"privacy\"");
    let about = if is_privacy { RuleScope::Privacy } else { RuleScope::Service(Id::new(folder).unwrap()) };
    let files =
        fs::read_dir(rule.join("cases")).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    files.flat_map(|text| parse_toml(&text, jurisdiction, &about).unwrap()).collect()
}

pub(crate) fn json_of(tree: &UntypedValue) -> Value {
    match tree {
        UntypedValue::Null => Value::Null,
        UntypedValue::Bool(yes) => json!(yes),
        UntypedValue::Number(text) => serde_json::from_str(text).unwrap(),
        UntypedValue::Text(text) => json!(text),
        UntypedValue::List(items) => items.iter().map(json_of).collect(),
        UntypedValue::Object(entries) => {
            Value::Object(entries.iter().map(|(name, value)| (name.clone(), json_of(value))).collect())
        }
    }
}

#[test]
fn every_subsidy_in_every_jurisdiction_is_decided_as_its_text_says() {
    let server = Server::start(plugins_rulebook(), "");
    let mut decided = 0;
    for rule in rule_folders() {
        for test in cases_of(&rule) {
            let Test::Decision(test) = test else { continue };
            let reply = server.decide(&test.jurisdiction, &test.service, &test.as_of, &json_of(&test.facts));
            let what = format!("{}: {}: {}", rule.display(), test.name, reply.text);
            reply.assert_status(200);
            assert_eq!(reply.json()["outcome"].as_str(), Some(test.expect.outcome.as_str()), "{what}");
            let (expected, shown) = match (&test.expect.grant, &test.expect.at_least) {
                (grant, None) => (grant, reply.json()["grant"].clone()),
                (_, at_least) => (at_least, reply.json()["at_least"]["grant"].clone()),
            };
            if let Some(UntypedValue::Object(grant)) = expected {
                for (field, expected) in grant {
                    let unset = matches!(expected, UntypedValue::Text(word) if word == "unset");
                    let expected = if unset { Value::Null } else { json_of(expected) };
                    assert_eq!(shown[field], expected, "{what}");
                }
            }
            if let Some(missing) = &test.expect.missing {
                let names = |list: &Value| -> BTreeSet<String> { serde_json::from_value(list.clone()).unwrap() };
                assert_eq!(names(&reply.json()["missing"]), names(&json!(missing)), "{what}");
            }
            decided += 1;
        }
    }
    assert!(decided >= 150, "{decided} cases");
    assert_eq!(server.decision_log().len(), decided);
}

fn severe() -> Value {
    json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false})
}

#[test]
fn a_decision_shows_every_layer_with_its_articles_and_is_on_the_disk_before_it_is_sent() {
    let server = Server::start(plugins_rulebook(), "");
    let reply = server.decide("CN-370602", "disability-care-subsidy", "2026-03-01", &severe());
    let decision = reply.json();
    assert_eq!(decision["outcome"], "eligible", "{decision}");
    assert_eq!(decision["grant"]["amount"], "193.00");
    let statuses: Vec<&Value> = decision["layers"].as_array().unwrap().iter().map(|layer| &layer["status"]).collect();
    assert_eq!(statuses, ["applied", "applied", "applied", "silent"]);
    let finding = &reply.layer("CN")["findings"][0];
    assert_eq!(finding["satisfied"], true);
    assert_eq!(finding["provision"]["document"], "国发〔2015〕52号");
    assert_eq!(reply.layer("CN-37")["grant"]["amount"], "80.00");
    let number = &reply.layer("CN-37")["parameters"][0];
    assert_includes(number, json!({"value": "80.00", "provision": {"document": "鲁政发〔2015〕27号"}}));
    assert_eq!(decision["privacy"]["undeclared"], json!([]));
    let log = server.decision_log();
    let [line] = log.as_slice() else { panic!("{log:?}") };
    assert_includes(line, json!({"id": decision["id"], "rulebook": decision["rulebook"]}));
    assert_eq!(line["layers"][2]["digest"], reply.layer("CN-3706")["digest"]);
    assert!(line["used"].as_array().unwrap().contains(&json!("disability_grade")), "{line}");
    let values = [json!(1), json!(true), json!(false), json!("193.00")];
    assert!(every_value(line).iter().all(|value| !values.contains(value)), "no value, no amount: {line}");
}

/// Every value in a JSON text that is no object and no array.
fn every_value(json: &Value) -> Vec<Value> {
    match json {
        Value::Array(items) => items.iter().flat_map(every_value).collect(),
        Value::Object(members) => members.values().flat_map(every_value).collect(),
        other => vec![other.clone()],
    }
}

#[test]
fn titles_come_in_the_language_that_is_asked_for() {
    let server = Server::start(plugins_rulebook(), "");
    let body =
        json!({"jurisdiction": "CN", "service": "disability-care-subsidy", "as_of": "2026-01-01", "facts": severe()});
    let title = |language: &str| {
        let request =
            agent().post(format!("{}/v1/decisions", server.address)).header("content-type", "application/json");
        Reply::read(request.header("accept-language", language).send(body.to_string())).layer("CN")["name"].clone()
    };
    assert_eq!(title("zh-CN,en;q=0.5"), "中华人民共和国");
    assert_eq!(title("fr"), "China");
}

#[test]
fn missing_facts_are_asked_for_and_facts_that_nothing_reads_are_told() {
    let server = Server::start(plugins_rulebook(), "");
    let asked = server
        .decide(
            "CN-44",
            "disability-care-subsidy",
            "2026-03-01",
            &json!({"disability_grade": 2, "needs_long_term_care": null}),
        )
        .json();
    assert_includes(&asked, json!({"outcome": "undetermined", "reason": "missing-facts", "grant": null}));
    assert!(asked["missing"].as_array().unwrap().contains(&json!("needs_long_term_care")), "{asked}");
    let sure = server.decide("CN-44", "disability-care-subsidy", "2026-03-01", &json!({"disability_grade": 4})).json();
    // One failed criterion is enough.
    assert_includes(&sure, json!({"outcome": "ineligible", "missing": []}));
    let mut facts = severe();
    facts["disability_kind"] = json!("physical");
    let told = server.decide("CN-44", "disability-care-subsidy", "2026-03-01", &facts).json();
    assert_eq!(told["privacy"]["undeclared"], json!(["disability_kind"]));
    assert!(!told["privacy"]["used"].as_array().unwrap().contains(&json!("disability_kind")));
}

#[test]
fn a_simulation_is_decided_and_leaves_no_record() {
    let server = Server::start(plugins_rulebook(), "");
    let body = json!({"jurisdiction": "CN-50", "service": "disability-care-subsidy", "as_of": "2026-01-01", "mode": "simulation", "facts": severe()});
    let reply = server.post("/v1/decisions", &body.to_string()).json();
    assert_includes(&reply, json!({"mode": "simulation", "id": null, "grant": {"amount": "110.00"}}));
    assert!(server.decision_log().is_empty());
}

#[test]
fn the_catalogue_answers_for_places_services_and_rules() {
    let server = Server::start(plugins_rulebook(), "");
    let yantai = server.get("/v1/jurisdictions/CN-3706").json();
    assert_eq!(yantai["chain"], json!(["CN", "CN-37", "CN-3706"]));
    assert_eq!(yantai["rules"].as_array().unwrap().len(), 2);
    let first = server.get("/v1/jurisdictions?limit=2").json();
    let next = format!("/v1/jurisdictions?limit=2&after={}", first["next"].as_str().unwrap());
    assert_ne!(server.get(&next).json()["jurisdictions"][0], first["jurisdictions"][0]);
    assert_eq!(server.get("/v1/jurisdictions?parent=CN-3706&limit=1000").json()["next"], Value::Null);
    let service = server.get("/v1/services/disability-living-subsidy").json();
    assert_eq!(service["grant"][0]["bounds"][0]["bound"], "at-least inherited");
    let services = server.get("/v1/services").json();
    let ids: Vec<&Value> = services["services"].as_array().unwrap().iter().map(|service| &service["id"]).collect();
    assert!(ids.contains(&&json!("disability-care-subsidy")), "{ids:?}");
    assert!(ids.contains(&&json!("rates-rebate")), "{ids:?}");
    let rules = server.get("/v1/rules").json();
    assert_eq!(rules["broken"], 0);
    for rule in rules["rules"].as_array().unwrap() {
        let detail = server.get(&format!("/v1/rules/{}", rule["digest"].as_str().unwrap())).json();
        assert!(!detail["criteria"].as_array().unwrap().is_empty(), "{detail}");
        assert!(detail["bytes"].as_u64().unwrap() < 20_000, "{detail}");
    }
}

#[test]
fn the_interface_describes_itself_without_a_network() {
    let server = Server::start(plugins_rulebook(), "");
    let openapi = server.get("/openapi.json").json();
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths: Vec<&String> = openapi["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths.len(), 21, "{paths:?}");
    let schemas = openapi["components"]["schemas"].as_object().unwrap();
    for reference in references(&openapi) {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{reference} leads nowhere");
    }
    let page = get(&format!("{}/docs", server.address), "");
    assert!(page.media_type.starts_with("text/html"), "{}", page.text);
    assert_lacks(&page.text, "https://");
    for file in ["page.js", "page.css", "index.html"] {
        assert_eq!(server.get(&format!("/docs/{file}")).status, 200, "{file}");
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(entries) => entries
            .iter()
            .flat_map(|(name, value)| match value.as_str() {
                Some(reference) if name == "$ref" => vec![reference.to_owned()],
                _ => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
