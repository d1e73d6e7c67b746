//! Privacy law over HTTP: what reaches rules, what is told to whom, what is handed over, and what an auditor reads.

use std::collections::BTreeMap;

use ordinance_harness::Test;
use serde_json::{Value, json};

use crate::assertions::{ABSENT, assert_contains, assert_includes, assert_lacks};
use crate::decisions::{cases_of, json_of, rule_folders};
use crate::support::{Server, plugins_rulebook};

const CARE: &str = "disability-care-subsidy";

fn severe() -> Value {
    json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false})
}

fn case(claims: &Value) -> String {
    let mut case = json!({"jurisdiction": "CN-370602", "service": CARE, "as_of": "2026-03-01", "facts": severe()});
    case.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    case.to_string()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["fact"].as_str().unwrap()).collect()
}

#[test]
fn a_withheld_fact_is_a_missing_fact_with_who_withheld_it_and_by_which_article() {
    let server = Server::start(plugins_rulebook(), "");
    let consent = json!({"basis": {"consent": {"facts": ["disability_grade"]}}});
    let decision = server.post("/v1/decisions", &case(&consent)).json();
    assert_includes(&decision, json!({"outcome": "undetermined", "reason": "missing-facts"}));
    let privacy = &decision["privacy"];
    assert_eq!(privacy["used"], json!([]));
    let withheld = &privacy["withheld"];
    assert!(names(withheld).contains(&"disability_grade"), "{privacy}");
    assert!(names(withheld).contains(&"destitute_support"), "{privacy}");
    let grade = withheld.as_array().unwrap().iter().find(|entry| entry["fact"] == "disability_grade").unwrap();
    let because = &grade["decided_by"][0];
    assert_includes(because, json!({"jurisdiction": "CN", "criterion": "separate-consent"}));
    assert_eq!(because["provision"], json!({"document": "个人信息保护法", "article": "29"}));
    assert_eq!(grade["obligations"][0]["obligation"], "ask-separate-consent");
    // The same case on the service's own basis is decided.
    let decision = server.post("/v1/decisions", &case(&json!({}))).json();
    assert_eq!(decision["grant"]["amount"], "193.00", "{decision}");
    assert_includes(&decision, json!({"privacy": {"withheld": [], "basis": "statutory-duty"}}));
    let layers = decision["privacy"]["layers"].as_array().unwrap();
    assert!(layers.iter().any(|layer| layer["rule"] == "personal-information@1.0.0"), "{decision}");
    let log = server.decision_log();
    assert!(names(&log[0]["withheld"]).contains(&"disability_grade"), "{}", log[0]);
    let because = &log[0]["withheld"][0]["decided_by"][0];
    assert_includes(because, json!({"criterion": "separate-consent", "jurisdiction": "CN"}));
    assert_eq!(log[0]["consent"]["facts"], json!(["disability_grade"]));
    assert_eq!(log[1]["used"].as_array().unwrap().len(), 5, "{}", log[1]);
    assert_eq!(log[1]["privacy"][0]["jurisdiction"], "CN");
}

#[test]
fn what_may_not_be_used_is_not_asked_for_but_told() {
    let server = Server::start(plugins_rulebook(), "");
    let body = json!({"jurisdiction": "CN-370602", "as_of": "2026-03-01", "facts": {},
        "basis": {"consent": {"facts": ["needs_long_term_care"], "separate": ["needs_long_term_care"]}}});
    let reply = server.post(&format!("/v1/services/{CARE}/questions"), &body.to_string()).json();
    let asked: Vec<&Value> = reply["ask"].as_array().unwrap().iter().map(|ask| &ask["name"]).collect();
    assert_eq!(asked, ["needs_long_term_care"], "{reply}");
    assert!(names(&reply["withheld"]).contains(&"disability_grade"), "{reply}");
    // Once nothing is left that may be asked, no answer helps.
    let mut body = body;
    body["facts"] = json!({"needs_long_term_care": true});
    let reply = server.post(&format!("/v1/services/{CARE}/questions"), &body.to_string()).json();
    assert_includes(&reply, json!({"done": true, "ask": [], "outcome": "undetermined"}));
}

#[test]
fn every_case_of_a_privacy_rule_is_ruled_over_http_as_its_text_says() {
    let server = Server::start(plugins_rulebook(), "");
    let mut ruled = 0;
    for test in rule_folders().iter().flat_map(|rule| cases_of(rule)) {
        let Test::Disclosure(test) = test else { continue };
        if test.activity != "disclose" {
            continue;
        }
        let mut body = json!({"jurisdiction": test.jurisdiction, "purpose": json_of(&test.purpose), "mode": "simulation",
            "basis": json_of(&test.basis), "recipient": json_of(&test.recipient), "facts": json_of(&test.facts),
            "processed_on": test.on});
        body["subject"] = test.subject.as_ref().map_or(Value::Null, json_of);
        let reply = server.post("/v1/disclosures", &body.to_string());
        assert_eq!(reply.status, 200, "{}: {}", test.name, reply.text);
        let found: BTreeMap<String, String> = reply.json()["facts"].as_array().unwrap().iter().map(ruling).collect();
        for (fact, expected) in &test.expect.rulings {
            assert_eq!(found.get(fact), Some(expected), "{}: {}", test.name, reply.text);
        }
        ruled += 1;
    }
    assert!(ruled >= 25, "{ruled} requests");
    assert_eq!(server.decision_log().len(), 0);
}

/// A fact, and `permit`, `withhold` or `mask METHOD`.
fn ruling(fact: &Value) -> (String, String) {
    let text = |key: &str| fact[key].as_str().unwrap_or_default();
    (text("fact").to_owned(), format!("{} {}", text("ruling"), text("mask")).trim().to_owned())
}

#[test]
fn values_come_back_as_it_is_ruled_and_what_was_ruled_is_recorded_without_them() {
    let server = Server::start(plugins_rulebook(), "");
    let body = json!({"jurisdiction": "CN-4403", "purpose": "dpv:ScientificResearch",
        "recipient": {"kind": "researcher", "id": "institute"},
        "basis": {"consent": {"facts": ["age", "household_scheme"], "separate": ["age", "household_scheme"]}},
        "values": {"age": 67, "disability_grade": 3, "household_scheme": "dibao"}});
    let reply = server.post("/v1/disclosures", &body.to_string()).json();
    let fact = |name: &str| reply["facts"].as_array().unwrap().iter().find(|fact| fact["fact"] == name).unwrap();
    assert_includes(fact("age"), json!({"ruling": "mask", "value": "adult"}));
    assert_includes(fact("household_scheme"), json!({"ruling": "permit", "value": "dibao"}));
    assert_includes(fact("disability_grade"), json!({"ruling": "withhold", "value": ABSENT}));
    assert_eq!(fact("age")["decided_by"][0]["provision"]["document"], "深圳经济特区数据条例");
    let log = server.decision_log();
    assert_includes(&log[0], json!({"id": reply["id"], "recipient": {"id": "institute"}}));
    let ruled = log[0]["disclosed"].as_array().unwrap();
    assert_eq!(ruled.len(), 3, "{}", log[0]);
    assert_includes(&ruled[0], json!({"mask": "age-band"}));
    assert_eq!(ruled[0]["decided_by"][0]["provision"], fact("age")["decided_by"][0]["provision"], "{}", log[0]);
    assert_eq!(log[0]["consent"]["separate"], json!(["age", "household_scheme"]));
    let said = without_ids(log[0].clone()).to_string();
    assert_lacks(&said, "dibao");
    assert_lacks(&said, "67");
}

/// A line of the log without what no fact goes into and any digits may stand in: its ids, its time, and digests.
fn without_ids(mut line: Value) -> Value {
    for member in ["id", "request_id", "time", "rulebook"] {
        line.as_object_mut().unwrap().remove(member).unwrap();
    }
    for rule in line["privacy"].as_array_mut().unwrap() {
        rule.as_object_mut().unwrap().remove("digest").unwrap();
    }
    line
}

#[test]
fn an_age_that_is_sent_is_the_persons_age() {
    let server = Server::start(plugins_rulebook(), "");
    let ask = |subject: Value, age: u32| {
        let body = json!({"jurisdiction": "CN", "purpose": "dpv:ServiceProvision", "mode": "simulation",
            "recipient": {"kind": "business", "id": "bank"}, "subject": subject, "values": {"age": age},
            "basis": {"consent": {"facts": ["age"], "separate": ["age"]}}});
        server.post("/v1/disclosures", &body.to_string())
    };
    let withheld = &ask(json!({}), 12).json()["facts"][0];
    // The article on children would tell a bank, which may not see the age, that the person is one.
    assert_includes(withheld, json!({"ruling": "withhold", "decided_by": [], "value": ABSENT}));
    let with_claim = json!({"jurisdiction": "CN", "purpose": "dpv:ServiceProvision", "mode": "simulation",
        "recipient": {"kind": "business", "id": "bank"}, "subject": {"age_band": "under13"}, "facts": ["age"],
        "basis": {"consent": {"facts": ["age"], "separate": ["age"]}}});
    // Who claims it is told.
    let claimed = server.post("/v1/disclosures", &with_claim.to_string()).json();
    assert_includes(&claimed["facts"][0], json!({"ruling": "withhold", "decided_by": [{"criterion": "guardian"}]}));
    for (subject, age) in
        [(json!({"guardian_consents": true}), 12), (json!({"age_band": "adult"}), 40), (json!({}), 14)]
    {
        assert_eq!(ask(subject, age).json()["facts"][0]["ruling"], "permit", "{age}");
    }
    let contradicted = ask(json!({"age_band": "adult"}), 12);
    contradicted.assert_status(200).assert_includes(json!({"facts": [{"ruling": "withhold"}]}));
    // A decision reads an age in the same way, and so does a case of its test files.
    let old_age = json!({"jurisdiction": "CN", "service": "old-age-allowance", "as_of": "2026-03-01",
        "facts": {"age": 12}, "basis": {"consent": {"facts": ["age"], "separate": ["age"]}}});
    let decided = server.post("/v1/decisions", &old_age.to_string()).json();
    assert_eq!(decided["privacy"]["withheld"][0]["decided_by"][0]["criterion"], "guardian", "{decided}");
}

#[test]
fn values_that_were_not_asked_for_are_told_and_not_handed_back() {
    let server = Server::start(plugins_rulebook(), "");
    let body = json!({"jurisdiction": "CN-4403", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
        "mode": "simulation", "facts": ["household_scheme"], "values": {"household_scheme": "dibao", "age": 67}});
    let reply = server.post("/v1/disclosures", &body.to_string()).json();
    assert_includes(&reply, json!({"undeclared": ["age"]}));
    assert_eq!(names(&reply["facts"]), ["household_scheme"], "{reply}");
}

#[test]
fn a_third_party_is_told_no_more_by_a_decision_than_it_would_be_handed() {
    let server = Server::start(plugins_rulebook(), "");
    let ask = |place: &str, kind: &str| {
        let body = json!({"jurisdiction": place, "service": CARE, "as_of": "2026-03-01", "mode": "simulation",
            "facts": severe(), "recipient": {"kind": kind, "id": "x"}, "basis": "contract"});
        server.post("/v1/decisions", &body.to_string()).json()
    };
    for kind in ["business", "individual", "researcher"] {
        let reply = ask("CN-31", kind);
        let privacy = &reply["privacy"];
        assert_includes(&reply, json!({"grant": null}));
        assert_eq!(names(&privacy["hidden"]).len(), 6, "{kind}: {reply}");
        let because = &privacy["hidden"][0]["decided_by"][0];
        assert_includes(because, json!({"jurisdiction": "CN-31", "provision": {"article": "40(2)"}}));
        let findings =
            reply["layers"].as_array().unwrap().iter().flat_map(|layer| layer["findings"].as_array()).flatten();
        for finding in findings {
            assert_includes(finding, json!({"hidden": true, "satisfied": null}));
        }
    }
    for kind in ["subject", "portal", "public-body"] {
        let reply = ask("CN-31", kind);
        assert!(reply["grant"].is_object(), "{kind}: {reply}");
        assert!(reply["privacy"].get("hidden").is_none(), "{kind}: {reply}");
    }
    // A third party says on what basis: that of the service isn't its own.
    let body = json!({"jurisdiction": "CN-31", "service": CARE, "as_of": "2026-03-01", "facts": severe(),
        "recipient": {"kind": "business", "id": "x"}});
    let reply = server.post("/v1/decisions", &body.to_string());
    reply.assert_status(422).assert_includes(json!({"errors": [{"pointer": "/basis"}]}));
    // Where the law lets it be told, it comes with what the recipient must do.
    let told = ask("CN-370602", "business");
    let obligations = told["privacy"]["obligations"].as_array().unwrap();
    let said: Vec<&str> = obligations.iter().map(|one| one["obligation"].as_str().unwrap()).collect();
    assert_eq!(said, ["notify-subject", "no-onward-transfer"], "{told}");
    assert_includes(&told, json!({"grant": {"amount": "193.00"}}));
    assert_eq!(obligations[0]["facts"].as_array().unwrap().len(), 5, "{told}");
}

#[test]
fn a_decision_says_where_no_privacy_law_holds() {
    let server = Server::start(plugins_rulebook(), "");
    let ask = |place: &str, service: &str, facts: Value| {
        let body = json!({"jurisdiction": place, "service": service, "as_of": "2026-03-01", "facts": facts});
        server.post("/v1/decisions", &body.to_string()).json()["privacy"].clone()
    };
    let rebate = json!({"combined_income": "10000.00", "dependants": 0, "rates_total": "1000.00"});
    assert_eq!(ask("NZ", "rates-rebate", rebate)["ungoverned"], json!(true));
    assert_eq!(ask("CN-370602", CARE, severe()).get("ungoverned"), None);
}

#[test]
fn a_request_for_facts_that_is_wrong_is_pointed_at() {
    let server = Server::start(plugins_rulebook(), "");
    let good =
        json!({"jurisdiction": "CN-4403", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty", "facts": ["age"]});
    let check = |member: &str, value: Value, status: u16, pointer: &str, words: &str| {
        let mut body = good.clone();
        body[member] = value;
        let reply = server.post("/v1/disclosures", &body.to_string());
        let problem = reply.json();
        reply.assert_status(status).assert_includes(json!({"errors": [{"pointer": pointer}]}));
        assert_contains(&problem.to_string(), words);
        assert_lacks(&problem.to_string(), "secret");
    };
    check("basis", json!("secret"), 400, "/basis", "this is no legal basis");
    check("basis", json!("consent"), 400, "/basis", "the scope of the consent");
    check("basis", Value::Null, 400, "/basis", "this member is missing");
    for purpose in ["secret", "dpv:secret", "dpv:MARKETING", "dpv:Age"] {
        check("purpose", json!(purpose), 400, "/purpose", "Data Privacy Vocabulary");
    }
    check("basis", json!({"consent": {"facts": ["age", "secret"]}}), 400, "/basis/consent/facts/1", "no such fact");
    let beyond = json!({"consent": {"facts": ["age"], "separate": ["disability_grade"]}});
    check("basis", beyond, 422, "/basis/consent/separate/0", "isn't among the `facts`");
    check("facts", json!(["age", "nothing"]), 422, "/facts/1", "no such fact");
    check("values", json!({"age": "secret"}), 422, "/values/age", "a whole number from 0 to 150");
    check("subject", json!({"age_band": "secret"}), 400, "/subject/age_band", "under13");
    check("recipient", json!({"kind": "secret", "id": "x"}), 400, "/recipient/kind", "public-body");
    check("processed_on", json!("2020-01-01"), 422, "/processed_on", "the facts are processed today");
    check("unknown_member", json!(1), 400, "/unknown_member", "no such member");
    let unknown = server.post("/v1/disclosures", &good.to_string().replace("CN-4403", "CN-999999"));
    unknown.assert_problem(404, "unknown-jurisdiction");
}

#[test]
fn the_record_of_processing_is_what_the_binaries_read() {
    let server = Server::start(plugins_rulebook(), "");
    let record = server.get("/v1/privacy/records?jurisdiction=CN-370602&as_of=2026-03-01").json();
    let of_service = |service: &str| {
        let records = record["records"].as_array().unwrap();
        records.iter().find(|record| record["service"] == service).unwrap().clone()
    };
    let care = of_service(CARE);
    assert_includes(&care, json!({"purpose": "dpv:PublicBenefit", "basis": "statutory-duty"}));
    assert_eq!(care["provision"]["document"], "国发〔2015〕52号");
    let grade = care["facts"].as_array().unwrap().iter().find(|fact| fact["name"] == "disability_grade").unwrap();
    assert_includes(grade, json!({"category": "dpv-pd:Disability", "sensitivity": "sensitive"}));
    let readers: Vec<&Value> = grade["read_by"].as_array().unwrap().iter().map(|rule| &rule["jurisdiction"]).collect();
    assert_eq!(readers, ["CN", "CN-3706"], "{grade}");
    // No rule of this chain reads the kind of disability, though the contract allows it.
    assert_lacks(&care["facts"].to_string(), "disability_kind");
    assert_contains(&record["privacy_rules"].to_string(), "个人信息保护法");
    assert_eq!(server.get("/v1/privacy/records").json()["records"].as_array().unwrap().len(), 8);
    assert_eq!(server.get("/v1/privacy/records?jurisdiction=XX").status, 404);
    assert_eq!(server.get("/v1/privacy/records?place=CN").status, 400);
}
