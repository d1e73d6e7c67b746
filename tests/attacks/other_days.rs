//! A curious recipient against today's privacy law: it names a day on which the law was another.

use serde_json::{Value, json};

use super::caller_of_kind;
use crate::assertions::{ABSENT, assert_includes};
use crate::support::{Server, plugins_rulebook};

/// A day before the laws of Shanghai and Shenzhen were in force.
const BEFORE: &str = "2021-12-15";

fn full() -> Value {
    json!({"has_disability_certificate": true, "disability_grade": 1, "household_scheme": "dibao", "has_work": false,
        "household_income_per_person": "100.00", "has_fixed_income": false, "age": 40, "destitute_support": false,
        "draws_other_allowance": false})
}

/// A case of Shanghai that a bank asks for on a contract, with more members.
fn case_of_bank(more: &Value) -> Value {
    let mut body = json!({"as_of": "2026-03-01", "facts": full(), "recipient": {"kind": "business", "id": "bank"},
        "basis": "contract"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// What a reply tells of the case, without what it says of the days.
fn told(mut reply: Value) -> Value {
    let mut remove = |pointer: &str, members: &[&str]| {
        if let Some(object) = reply.pointer_mut(pointer).and_then(Value::as_object_mut) {
            members.iter().for_each(|member| drop(object.remove(*member)));
        }
    };
    remove("", &["processed_on", "also_on"]);
    remove("/privacy", &["processed_on", "also_on", "layers"]);
    reply
}

#[test]
fn the_law_of_another_day_opens_nothing_that_todays_law_hides() {
    let server = Server::start(plugins_rulebook(), "");
    let service = "disability-living-subsidy";
    let decision = json!({"jurisdiction": "CN-31", "service": service, "mode": "simulation"});
    let comparison = json!({"service": service, "jurisdictions": ["CN-31", "CN-3706"]});
    let questions = json!({"jurisdiction": "CN-31"});
    let asked = format!("/v1/services/{service}/questions");
    for (path, more) in [("/v1/decisions", decision), ("/v1/comparisons", comparison), (asked.as_str(), questions)] {
        let today = case_of_bank(&more);
        let mut before = today.clone();
        before["processed_on"] = json!(BEFORE);
        let [today, before] = [today, before].map(|body| server.post(path, &body.to_string()));
        today.assert_status(200);
        before.assert_status(200);
        assert_eq!(told(before.json()), told(today.json()), "{path}");
    }
    let reply = case_of_bank(&json!({"jurisdiction": "CN-31", "service": service, "mode": "simulation",
        "processed_on": BEFORE}));
    let reply = server.post("/v1/decisions", &reply.to_string()).json();
    assert_includes(&reply, json!({"id": null, "grant": null, "privacy": {"also_on": BEFORE}}));
}

#[test]
fn the_law_of_another_day_hands_out_no_value_that_todays_law_withholds() {
    let server = Server::start(plugins_rulebook(), "");
    let request = json!({"jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": "contract",
        "recipient": {"kind": "business", "id": "bank"}, "mode": "simulation", "values": full()});
    let mut before = request.clone();
    before["processed_on"] = json!(BEFORE);
    let [today, before] = [request, before].map(|body| server.post("/v1/disclosures", &body.to_string()).json());
    let values = |reply: &Value| -> Vec<Value> {
        reply["facts"].as_array().unwrap().iter().map(|fact| fact["value"].clone()).collect()
    };
    assert_eq!(values(&before), values(&today), "{before}");
    assert_eq!(before["also_on"], BEFORE);
}

#[test]
fn a_consent_that_has_expired_does_not_revive() {
    let server = Server::start(plugins_rulebook(), "");
    let facts = ["age", "disability_grade"];
    let consent = json!({"consent": {"facts": facts, "separate": facts, "until": "2022-01-01"}});
    let request = json!({"jurisdiction": "CN-37", "purpose": "dpv:PublicBenefit", "basis": consent, "facts": facts,
        "recipient": {"kind": "business", "id": "bank"}, "mode": "simulation", "processed_on": BEFORE});
    let reply = server.post("/v1/disclosures", &request.to_string());
    reply.assert_status(200);
    for fact in reply.json()["facts"].as_array().unwrap() {
        assert_eq!(fact["ruling"], "withhold", "{fact}");
    }
}

/// An auditor who may apply past privacy law, and a bank that may not.
fn settings() -> String {
    let of_others = "may-ask-for-others = true";
    caller_of_kind("auditor", "auditor", &format!("{of_others}\nmay-apply-past-privacy-law = true"))
        + &caller_of_kind("bank", "business", of_others)
}

#[test]
fn the_law_of_a_past_day_rules_alone_for_auditors_who_ask_for_themselves_and_is_recorded() {
    let server = Server::start_for_callers(plugins_rulebook(), &settings());
    let body = json!({"jurisdiction": "CN-31", "service": "disability-living-subsidy", "as_of": "2021-12-15",
        "facts": full(), "basis": "contract", "mode": "simulation", "processed_on": BEFORE});
    let post = |key: &str, path: &str, body: &Value| server.post_with(key, path, body);
    let alone = post("auditor-key", "/v1/decisions", &body);
    alone.assert_status(200);
    let privacy = json!({"processed_on": BEFORE, "also_on": ABSENT});
    alone.assert_includes(json!({"mode": "past-law", "privacy": privacy}));
    let record = server.decision_log().pop().unwrap();
    let expected = json!({"id": alone.json()["id"], "mode": "past-law", "caller": "auditor", "processed_on": BEFORE});
    assert_includes(&record, expected);
    let facts = json!({"jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": "contract", "facts": ["age"],
        "mode": "simulation", "processed_on": BEFORE});
    post("auditor-key", "/v1/disclosures", &facts).assert_includes(json!({"mode": "past-law"}));
    assert_eq!(server.decision_log().len(), 2);
    // A day to come is no past day.
    let mut to_come = body.clone();
    to_come["processed_on"] = json!("2199-01-01");
    let tightened = post("auditor-key", "/v1/decisions", &to_come);
    tightened.assert_includes(json!({"mode": "simulation", "privacy": {"also_on": "2199-01-01"}}));
    // On another's behalf, and for a caller without the right, another day only tightens.
    let mut for_bank = body.clone();
    for_bank["recipient"] = json!({"kind": "business", "id": "bank"});
    for (key, body) in [("auditor-key", &for_bank), ("bank-key", &body)] {
        let reply = post(key, "/v1/decisions", body);
        reply.assert_status(200);
        reply.assert_includes(json!({"mode": "simulation", "id": null, "privacy": {"also_on": BEFORE}}));
    }
    // What is never recorded is never ruled by a past day's law alone.
    let mut compared = body.clone();
    compared["jurisdictions"] = json!(["CN-31"]);
    ["jurisdiction", "mode"].iter().for_each(|name| drop(compared.as_object_mut().unwrap().remove(*name)));
    post("auditor-key", "/v1/comparisons", &compared).assert_status(200);
    assert_eq!(server.decision_log().len(), 2);
}
