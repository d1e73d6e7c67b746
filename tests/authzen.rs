//! OpenID AuthZEN Authorization API 1.0: its shapes, defaults, semantics and errors, each written from the text of the
//! specification, with this host's words for the entities: recipient, purpose, fact, basis.

use serde_json::{Value, json};

use crate::assertions::{ABSENT, assert_contains, assert_includes, assert_lacks};
use crate::support::{Reply, Server, agent, get, plugins_rulebook};

fn server() -> Server {
    Server::start(plugins_rulebook(), "")
}

fn subject() -> Value {
    json!({"type": "public-body", "id": "civil-affairs"})
}

fn fact(name: &str) -> Value {
    json!({"type": "fact", "id": name, "properties": {"jurisdiction": "CN-31"}})
}

fn duty() -> Value {
    json!({"basis": "statutory-duty", "time": "2026-11-25T08:00Z"})
}

fn request() -> Value {
    json!({"subject": subject(), "action": {"name": "dpv:PublicBenefit"}, "resource": fact("age"), "context": duty()})
}

fn without(member: &str) -> Value {
    let mut request = request();
    request.as_object_mut().unwrap().remove(member);
    request
}

fn ask(server: &Server, body: &Value) -> Reply {
    server.post("/access/v1/evaluation", &body.to_string())
}

fn decisions(reply: &Reply) -> Vec<bool> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    let json = reply.json();
    let evaluations = json["evaluations"].as_array().unwrap_or_else(|| panic!("{json}"));
    evaluations.iter().map(|one| one["decision"].as_bool().unwrap()).collect()
}

#[test]
fn one_evaluation_is_a_decision_with_its_reasons() {
    let server = server();
    let permitted = ask(&server, &request()).json();
    assert_eq!(permitted["decision"], true, "{permitted}");
    assert_eq!(permitted["context"]["ruling"], "permit");
    assert_contains(&permitted["context"]["obligations"].to_string(), "no-onward-transfer");
    let mut of_bank = request();
    of_bank["subject"] = json!({"type": "business", "id": "bank", "properties": {"branch": "north"}});
    let denied = ask(&server, &of_bank).json();
    assert_includes(&denied, json!({"decision": false, "context": {"ruling": "withhold"}}));
    let documents: Vec<&Value> = denied["context"]["decided_by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|level| &level["provision"]["document"])
        .collect();
    assert_eq!(documents, ["个人信息保护法", "上海市数据条例"], "{denied}");
    let log = server.decision_log();
    assert_eq!(log.len(), 2);
    let recorded = json!({"id": denied["context"]["id"], "recipient": {"id": "bank"}, "disclosed": [{"fact": "age"}]});
    assert_includes(&log[1], recorded);
}

#[test]
fn members_that_the_specification_does_not_know_are_ignored_and_the_same_question_has_the_same_answer() {
    let server = server();
    let mut more = request();
    more["futureField"] = json!({"nested": true});
    more["context"]["ip"] = json!("192.0.2.1");
    more["action"]["properties"] = json!({"method": "GET"});
    for _ in 0..3 {
        assert_eq!(ask(&server, &more).json()["decision"], true);
    }
}

#[test]
fn the_person_is_described_by_the_resource_and_the_consent_by_the_context() {
    let server = server();
    let mut of_child = request();
    of_child["subject"] = json!({"type": "portal", "id": "school"});
    of_child["resource"]["properties"] = json!({"jurisdiction": "DE", "subject": {"age_band": "age15"}});
    of_child["context"] = json!({"basis": {"consent": {"facts": ["age"]}}});
    assert_eq!(ask(&server, &of_child).json()["decision"], false);
    of_child["resource"]["properties"]["subject"]["guardian_consents"] = json!(true);
    assert_eq!(ask(&server, &of_child).json()["decision"], true);
}

#[test]
fn a_fact_that_may_be_had_only_masked_is_given_to_who_masks() {
    let server = server();
    let mut of_research = request();
    of_research["subject"] = json!({"type": "researcher", "id": "institute"});
    of_research["action"]["name"] = json!("dpv:ScientificResearch");
    of_research["resource"]["properties"]["jurisdiction"] = json!("CN-4403");
    of_research["context"] = json!({"basis": {"consent": {"facts": ["age"], "separate": ["age"]}}});
    let plain = ask(&server, &of_research).json();
    assert_includes(&plain, json!({"decision": false, "context": {"mask": "age-band"}}));
    of_research["context"]["understands"] = json!(["mask"]);
    let masking = ask(&server, &of_research).json();
    assert_includes(&masking, json!({"decision": true, "context": {"mask": "age-band"}}));
}

#[test]
fn a_request_that_lacks_what_is_required_or_has_it_of_a_wrong_type_is_400() {
    let server = server();
    let mut bad: Vec<Value> = ["subject", "action", "resource"].into_iter().map(without).collect();
    for (entity, member) in
        [("subject", "type"), ("subject", "id"), ("action", "name"), ("resource", "type"), ("resource", "id")]
    {
        let mut one = request();
        one[entity].as_object_mut().unwrap().remove(member);
        bad.push(one.clone());
        one[entity][member] = json!(123);
        bad.push(one);
    }
    for entity in ["subject", "action", "resource", "context"] {
        let mut one = request();
        one[entity] = json!("alice");
        bad.push(one);
    }
    let mut properties = request();
    properties["subject"]["properties"] = json!([]);
    bad.push(properties);
    bad.extend([json!([]), json!("x")]);
    for body in &bad {
        let reply = ask(&server, body);
        assert_eq!(reply.status, 400, "{body}: {}", reply.text);
        assert!(reply.media_type.starts_with("text/plain"), "{}", reply.text);
        assert!(!reply.text.is_empty(), "{}", reply.text);
    }
    for body in ["", "{", "not json"] {
        assert_eq!(server.post("/access/v1/evaluation", body).status, 400, "{body}");
        assert_eq!(server.post("/access/v1/evaluations", body).status, 400, "{body}");
    }
    let typeless =
        agent().post(format!("{}/access/v1/evaluation", server.address)).header("content-type", "text/plain");
    assert_eq!(typeless.send(request().to_string()).unwrap().status(), 400);
    assert_eq!(server.decision_log().len(), 0);
}

#[test]
fn what_is_well_formed_and_unknown_is_denied_and_no_error_of_the_request() {
    let server = server();
    for (entity, member, value) in [
        ("subject", "type", "user"),
        ("action", "name", "can_read"),
        ("resource", "type", "account"),
        ("resource", "id", "nothing"),
    ] {
        let mut one = request();
        one[entity][member] = json!(value);
        let reply = ask(&server, &one);
        let denial = json!({"decision": false, "context": {"error": {"status": 404}}});
        reply.assert_status(200).assert_includes(denial);
    }
}

#[test]
fn what_the_specification_does_not_require_is_no_error_of_the_request_when_it_is_missing() {
    let server = server();
    let mut nowhere = request();
    nowhere["resource"].as_object_mut().unwrap().remove("properties");
    for (body, words) in [(without("context"), "`context.basis` is missing"), (nowhere, "properties.jurisdiction")] {
        let reply = ask(&server, &body);
        reply.assert_status(200).assert_includes(json!({"decision": false}));
        let error = reply.json()["context"]["error"].clone();
        assert_contains(error["message"].as_str().unwrap(), words);
    }
}

#[test]
fn the_id_of_a_request_comes_back() {
    let server = server();
    let with_id = |body: &str| {
        let request = agent().post(format!("{}/access/v1/evaluation", server.address));
        let request = request.header("content-type", "application/json").header("x-request-id", "bfe9eb29-ab87");
        let response = request.send(body).unwrap();
        response.headers().get("x-request-id").map(|id| id.to_str().unwrap().to_owned())
    };
    assert_eq!(with_id(&request().to_string()).as_deref(), Some("bfe9eb29-ab87"));
    assert_eq!(with_id("{").as_deref(), Some("bfe9eb29-ab87"));
}

#[test]
fn several_evaluations_take_what_they_lack_from_the_defaults() {
    let server = server();
    let ask = |body: Value| server.post("/access/v1/evaluations", &body.to_string());
    let resources = json!({"subject": subject(), "action": {"name": "dpv:PublicBenefit"}, "context": duty(),
        "evaluations": [{"resource": fact("age")}, {"resource": fact("disability_grade")}]});
    assert_eq!(decisions(&ask(resources)), [true, true]);
    let subjects = json!({"action": {"name": "dpv:PublicBenefit"}, "resource": fact("age"), "context": duty(),
        "evaluations": [{"subject": {"type": "business", "id": "bank"}}, {"subject": subject()}]});
    assert_eq!(decisions(&ask(subjects)), [false, true]);
    // An entity of an evaluation takes the place of the whole default; a required member that it lacks comes from
    // there.
    let merged = json!({"subject": subject(), "action": {"name": "dpv:PublicBenefit"}, "context": duty(),
        "resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "evaluations": [{"resource": {"id": "disability_grade", "properties": {"jurisdiction": "CN-31"}}},
            {"resource": {"id": "disability_grade"}}, {"context": {"basis": "contract"}}]});
    let reply = ask(merged);
    assert_eq!(decisions(&reply), [true, false, false]);
    let of_no_place = &reply.json()["evaluations"][1]["context"]["error"];
    assert_contains(of_no_place["message"].as_str().unwrap(), "resource.properties.jurisdiction");
    // Without defaults each says all.
    assert_eq!(decisions(&ask(json!({"evaluations": [request(), request()]}))), [true, true]);
}

#[test]
fn without_evaluations_the_request_is_one_evaluation() {
    let server = server();
    for evaluations in [Value::Null, json!([])] {
        let mut body = request();
        body["evaluations"] = evaluations;
        let reply = server.post("/access/v1/evaluations", &body.to_string()).json();
        assert_includes(&reply, json!({"decision": true, "evaluations": ABSENT}));
    }
    let lacking = server.post("/access/v1/evaluations", &without("subject").to_string());
    assert_eq!(lacking.status, 400);
}

/// Three evaluations of which the second is denied.
fn three(semantic: Option<&str>) -> Value {
    let bank = json!({"subject": {"type": "business", "id": "bank"}});
    let mut body = json!({"subject": subject(), "action": {"name": "dpv:PublicBenefit"}, "resource": fact("age"),
        "context": duty(), "evaluations": [{}, bank, {}]});
    if let Some(semantic) = semantic {
        body["options"] = json!({"evaluations_semantic": semantic, "another_option": "value"});
    }
    body
}

#[test]
fn the_three_semantics_end_where_the_specification_says() {
    let server = server();
    let ask = |body: &Value| server.post("/access/v1/evaluations", &body.to_string());
    assert_eq!(decisions(&ask(&three(None))), [true, false, true]);
    assert_eq!(decisions(&ask(&three(Some("execute_all")))), [true, false, true]);
    assert_eq!(decisions(&ask(&three(Some("deny_on_first_deny")))), [true, false]);
    assert_eq!(decisions(&ask(&three(Some("permit_on_first_permit")))), [true]);
    assert_eq!(ask(&three(Some("sometimes"))).status, 400);
    // A failure denies like a denial.
    let mut failing = three(Some("deny_on_first_deny"));
    failing["evaluations"][0] = json!({"resource": {"type": "fact", "id": "nothing"}});
    assert_eq!(decisions(&ask(&failing)), [false]);
    // What was not evaluated is not recorded.
    let log = server.decision_log();
    let recorded = |line: &Value| -> u64 {
        let evaluations = line["evaluations"].as_array().unwrap().iter();
        evaluations.map(|evaluation| evaluation["times"].as_u64().unwrap_or(1)).sum()
    };
    assert_eq!(log.iter().map(recorded).collect::<Vec<_>>(), [3, 3, 2, 1]);
}

#[test]
fn what_is_wrong_with_one_evaluation_is_told_with_it_and_the_rest_go_on() {
    let server = server();
    let body = json!({"subject": subject(), "action": {"name": "dpv:PublicBenefit"}, "context": duty(),
        "evaluations": [{"resource": fact("age")}, {}, {"resource": "x"}, {"resource": fact("nothing")}, "x"]});
    let reply = server.post("/access/v1/evaluations", &body.to_string());
    assert_eq!(decisions(&reply), [true, false, false, false, false]);
    let json = reply.json();
    let statuses: Vec<&Value> = (1..5).map(|index| &json["evaluations"][index]["context"]["error"]["status"]).collect();
    assert_eq!(statuses, [400, 400, 404, 400], "{json}");
    assert!(json.get("decision").is_none());
    for bad in [json!({"evaluations": "x"}), json!({"evaluations": [{}], "subject": "x"})] {
        assert_eq!(server.post("/access/v1/evaluations", &bad.to_string()).status, 400, "{bad}");
    }
    let many = json!({"evaluations": vec![request(); 257]});
    assert_eq!(server.post("/access/v1/evaluations", &many.to_string()).status, 400);
}

#[test]
fn the_configuration_names_the_endpoints_below_the_address_that_was_asked() {
    let server = server();
    let configuration = server.get("/.well-known/authzen-configuration");
    assert!(configuration.media_type.starts_with("application/json"));
    let expected = json!({
        "policy_decision_point": server.address,
        "access_evaluation_endpoint": format!("{}/access/v1/evaluation", server.address),
        "access_evaluations_endpoint": format!("{}/access/v1/evaluations", server.address),
    });
    assert_eq!(configuration.json(), expected);
    let public = Server::start(plugins_rulebook(), "[listen]\npublic-url = \"https://pdp.example.org/\"\n");
    let configuration = public.get("/.well-known/authzen-configuration").json();
    assert_eq!(configuration["policy_decision_point"], "https://pdp.example.org");
}

#[test]
fn who_is_not_let_in_gets_no_decision_and_who_asks_for_others_without_leave_is_denied() {
    let settings = "[[callers]]\nid = \"tax\"\nkind = \"public-body\"\nservices = [\"*\"]\njurisdictions = [\"CN-31\"]\n\
        purposes = [\"dpv:PublicBenefit\"]\nkey-sha256 = \"2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683\"\n";
    let server = Server::start_for_callers(plugins_rulebook(), settings);
    let unknown = ask(&server, &request());
    assert_eq!(unknown.status, 401, "{}", unknown.text);
    let denied = server.post_with("key", "/access/v1/evaluation", &request());
    denied.assert_status(200).assert_includes(json!({"decision": false, "context": {"error": {"status": 403}}}));
    let mut own = request();
    own["subject"]["id"] = json!("tax");
    assert_eq!(server.post_with("key", "/access/v1/evaluation", &own).json()["decision"], true);
    own["action"]["name"] = json!("dpv:Marketing");
    assert_eq!(server.post_with("key", "/access/v1/evaluation", &own).json()["decision"], false);
}

#[test]
fn who_is_not_known_is_told_how_to_say_it_and_counted_once() {
    let settings = "[[callers]]\nid = \"x\"\nkind = \"portal\"\nkey-sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n\
                    services = [\"*\"]\npurposes = [\"*\"]\njurisdictions = [\"*\"]\n";
    let server = Server::start_for_callers(plugins_rulebook(), settings);
    let reply = server.post("/access/v1/evaluation", &request().to_string());
    reply.assert_status(401);
    assert_contains(&reply.text, "X-Api-Key");
    let metrics = get(&format!("{}/metrics", server.operations), "").text;
    assert_contains(&metrics, "ordinance_problems_total{problem=\"unauthorized\"} 1");
    assert_lacks(&metrics, "authzen-error");
}

#[test]
fn what_is_known_of_the_person_is_not_overlooked_where_it_is_misspelt_or_misplaced() {
    let child = json!({"age_band": "age13"});
    let slips = [
        ("/context", "subject"),
        ("/resource/properties", "subjet"),
        ("/resource", "subject"),
        ("/resource/properties", "age_band"),
        ("/context", "guardian_consent"),
        ("", "Subject"),
    ];
    for (place, name) in slips {
        let mut slip = request();
        slip.pointer_mut(place).unwrap()[name] = child.clone();
        let reply = server().post("/access/v1/evaluation", &slip.to_string());
        let told = "stands in `resource.properties.subject`";
        reply.assert_status(400);
        assert_contains(&reply.text, told);
        let slipped = format!("{place}/{name}")[1..].replace('/', ".");
        assert_contains(&reply.text, &format!("`{slipped}`"));
        let mut several = json!({"evaluations": [request()]});
        several[name] = child.clone();
        let reply = server().post("/access/v1/evaluations", &several.to_string());
        assert!(name == "subject" || reply.status == 400, "{name}: {}", reply.text);
    }
    // A misspelt entity would be taken from the defaults.
    for slip in ["contxt", "Context", "acton", "resorce"] {
        let mut several = request();
        several["evaluations"] = json!([{slip: {}}]);
        let reply = server().post("/access/v1/evaluations", &several.to_string()).text;
        assert_contains(&reply, &format!("there is no `{slip}`; did you mean"));
    }
    // A default that an evaluation's own properties put out of the way would be lost.
    let mut several = json!({"resource": {"properties": {"subject": child}}, "evaluations": [request()]});
    several["evaluations"][0]["resource"]["properties"].as_object_mut().unwrap().remove("subject");
    let reply = server().post("/access/v1/evaluations", &several.to_string()).text;
    assert_contains(&reply, "isn't taken over");
    // Whatever else a gateway sends along is ignored, as the interface asks.
    let mut more = request();
    more["context"]["time"] = json!("2026-01-01T00:00Z");
    more["context"]["object"] = json!({"age": 1});
    more["context"]["subjects"] = json!([]);
    more["context"]["basic"] = json!(true);
    more["subject"]["properties"] = json!({"jurisdiction": "CN-31", "subject": "an officer"});
    assert_eq!(server().post("/access/v1/evaluation", &more.to_string()).status, 200);
}
