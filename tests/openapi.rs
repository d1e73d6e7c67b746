//! The document that the host serves: it names what the rulebook in use knows, and says which requests the host takes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Reply, Server, plugins_rulebook};

/// The kind of problem and the pointers of its faults.
fn problem(reply: &Reply) -> String {
    let problem = reply.json();
    let kind = problem["type"].as_str().unwrap().trim_start_matches("/problems/").to_owned();
    let pointers = problem["errors"].as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap());
    format!("{} {kind} {}", reply.status, pointers.collect::<Vec<_>>().join(" ")).trim_end().to_owned()
}

fn decision(changes: &Value) -> Value {
    let mut body = json!({
        "jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": {"disability_grade": 1}, "mode": "simulation",
    });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

fn comparison(changes: &Value) -> Value {
    let mut body =
        json!({"service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": {"disability_grade": 1}});
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

fn disclosure(changes: &Value) -> Value {
    let mut body = json!({
        "jurisdiction": "CN-4403", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty", "facts": ["age"],
        "mode": "simulation",
    });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

#[test]
fn the_document_names_the_services_and_the_facts_of_the_rulebook() {
    let server = Server::start(plugins_rulebook(), "");
    let document = server.get("/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let services = server.get("/v1/services").json();
    let services: Vec<&Value> = services["services"].as_array().unwrap().iter().map(|service| &service["id"]).collect();
    assert_eq!(schemas["ServiceId"]["enum"], json!(services));
    let facts = schemas["FactValues"]["properties"].as_object().unwrap();
    let known: BTreeSet<&str> =
        schemas["FactName"]["enum"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let whole: BTreeSet<&str> = known.iter().copied().filter(|name| !name.contains('.')).collect();
    assert_eq!(facts.keys().map(String::as_str).collect::<BTreeSet<_>>(), whole);
    assert!(known.contains("household_members.age"), "{known:?}");
    let of_service = schemas["FactValues.disability-care-subsidy"]["properties"].as_object().unwrap();
    let contract = server.get("/v1/services/disability-care-subsidy").json();
    let names: BTreeSet<&str> =
        contract["facts"].as_array().unwrap().iter().map(|fact| fact["name"].as_str().unwrap()).collect();
    assert_eq!(of_service.keys().map(String::as_str).collect::<BTreeSet<_>>(), names);
    assert_eq!(of_service["disability_grade"]["anyOf"][0], json!({"type": "integer", "minimum": 1, "maximum": 4}));
}

#[test]
fn a_body_requires_the_members_that_the_document_says_are_required() {
    let server = Server::start(plugins_rulebook(), "");
    let document = server.get("/openapi.json").json();
    for (path, name) in [
        ("/v1/decisions", "DecisionBody"),
        ("/v1/comparisons", "ComparisonBody"),
        ("/v1/disclosures", "DisclosureBody"),
        ("/v1/objections", "ObjectionBody"),
        ("/v1/services/disability-care-subsidy/questions", "QuestionsBody"),
    ] {
        let schema = &document["components"]["schemas"][name];
        let mut required: Vec<String> =
            schema["required"].as_array().unwrap().iter().map(|name| format!("/{}", name.as_str().unwrap())).collect();
        let problem = server.post(path, "{}").json();
        let faults = problem["errors"].as_array().unwrap().iter();
        let mut missing: Vec<&str> = faults
            .filter(|fault| fault["detail"] == "this member is missing")
            .map(|fault| fault["pointer"].as_str().unwrap())
            .collect();
        required.sort_unstable();
        missing.sort_unstable();
        assert_eq!(missing, required, "{name}");
        assert_eq!(schema["additionalProperties"], false, "{name}");
    }
}

#[test]
fn a_member_that_the_document_says_is_optional_may_be_null() {
    let server = Server::start(plugins_rulebook(), "");
    let document = server.get("/openapi.json").json();
    let properties = document["components"]["schemas"]["DecisionBody"]["properties"].as_object().unwrap();
    let required = document["components"]["schemas"]["DecisionBody"]["required"].as_array().unwrap();
    let optional = properties.keys().filter(|name| !required.contains(&json!(name)));
    let nulls: Value = optional.map(|name| (name.clone(), Value::Null)).collect::<serde_json::Map<_, _>>().into();
    assert_eq!(nulls.as_object().unwrap().len(), 11, "{nulls}");
    let reply = server.post("/v1/decisions", &decision(&nulls).to_string());
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json()["mode"], "official");
}

#[test]
fn every_fault_of_a_body_is_told_at_once_with_its_place() {
    let server = Server::start(plugins_rulebook(), "");
    let body = json!({
        "jurisdiction": "cn", "as_of": "2026-02-30", "known_at": 5, "facts": {}, "mode": "real", "basis": "whim",
        "recipient": {"kind": "spy", "id": "x"}, "subject": {"age_band": "old"}, "processed_on": "today", "wish": 1,
    });
    assert_eq!(
        problem(&server.post("/v1/decisions", &body.to_string())),
        "400 invalid-request /wish /recipient/kind /basis /subject/age_band /processed_on /jurisdiction /service /as_of \
         /known_at /mode"
    );
}

#[test]
fn members_that_do_not_go_together_are_told_as_such() {
    let server = Server::start(plugins_rulebook(), "");
    let check = |path: &str, body: Value, expect: &str| {
        assert_eq!(problem(&server.post(path, &body.to_string())), expect, "{body}");
    };
    let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let official = decision(&json!({"rulebook": digest, "mode": "official"}));
    check("/v1/decisions", official, "422 unprocessable-request /rulebook");
    let another_day = decision(&json!({"processed_on": "2020-01-01", "mode": "official"}));
    check("/v1/decisions", another_day, "422 unprocessable-request /processed_on");
    let business = decision(&json!({"recipient": {"kind": "business", "id": "x"}}));
    check("/v1/decisions", business, "422 unprocessable-request /basis");
    let long = decision(&json!({"recipient": {"kind": "business", "id": "省".repeat(100)}}));
    check("/v1/decisions", long, "422 unprocessable-request /recipient/id");
    let twice = comparison(&json!({"jurisdictions": ["CN-37"], "children_of": "CN"}));
    check("/v1/comparisons", twice, "422 unprocessable-request");
    let childless = comparison(&json!({"children_of": "CN-370602"}));
    check("/v1/comparisons", childless, "422 unprocessable-request /children_of");
    let separate = disclosure(&json!({"basis": {"consent": {"facts": ["age"], "separate": ["disability_grade"]}}}));
    check("/v1/disclosures", separate, "422 unprocessable-request /basis/consent/separate/0");
    let page = server.get("/problems/unprocessable-request");
    assert_eq!(page.status, 200);
    assert!(page.text.starts_with("unprocessable-request\n"), "{}", page.text);
}

#[test]
fn a_fault_of_the_schema_comes_before_one_between_members() {
    let server = Server::start(plugins_rulebook(), "");
    let body = comparison(&json!({"jurisdictions": [], "children_of": "CN"}));
    assert_eq!(
        problem(&server.post("/v1/comparisons", &body.to_string())).trim_end(),
        "400 invalid-request /jurisdictions"
    );
}

#[test]
fn a_line_of_a_batch_names_no_revision() {
    let server = Server::start(plugins_rulebook(), "");
    let line = decision(&json!({"rulebook": "sha256:0"})).to_string();
    let request = crate::support::agent().post(format!("{}/v1/decisions/batch", server.address));
    let reply = Reply::read(request.header("content-type", "application/x-ndjson").send(line));
    assert_eq!(reply.json()["problem"]["errors"][0]["pointer"], "/rulebook");
}

#[test]
fn only_a_host_with_an_open_door_says_that_no_proof_is_needed() {
    let proofs =
        |server: &Server| server.get("/openapi.json").json()["paths"]["/v1/decisions"]["post"]["security"].clone();
    assert_eq!(proofs(&Server::start(plugins_rulebook(), "")), json!([{"bearer": []}, {"apiKey": []}, {}]));
    let caller = format!(
        "[[callers]]\nid = \"x\"\nkind = \"portal\"\nkey-sha256 = \"{}\"\nservices = [\"*\"]\npurposes = [\"*\"]\njurisdictions = [\"*\"]\n",
        "0".repeat(64)
    );
    let closed = Server::start_for_callers(plugins_rulebook(), &caller);
    assert_eq!(proofs(&closed), json!([{"bearer": []}, {"apiKey": []}]));
}
