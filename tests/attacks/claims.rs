//! A caller claims a basis, an age or a place by which a laxer law would hold.

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Reply, Server, agent, plugins_rulebook, root, scratch};

use super::caller;

fn ask(server: &Server, path: &str, body: &Value) -> Reply {
    server.post_with("clinic-key", path, body)
}

/// Fails unless a request is answered with 403 and the name of the setting.
#[track_caller]
fn assert_forbidden(reply: &Reply, setting: &str) {
    reply.assert_problem(403, "forbidden");
    assert_contains(&reply.text, &format!("`{setting}` in host.toml"));
}

fn disclosure(basis: &Value) -> Value {
    json!({"jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": basis, "facts": ["has_work"]})
}

fn decision(more: Value) -> Value {
    let mut body = json!({"jurisdiction": "CN-31", "service": "disability-living-subsidy", "as_of": "2026-03-01",
        "facts": {"has_work": true}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn evaluation(context: Value, subject: Value) -> Value {
    json!({"subject": {"type": "public-body", "id": "clinic"}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "has_work", "properties": {"jurisdiction": "CN-31", "subject": subject}},
        "context": {"basis": context}})
}

#[test]
fn a_caller_rests_only_on_the_bases_that_its_settings_allow() {
    let server = Server::start_for_callers(plugins_rulebook(), &caller("clinic", "bases = [\"statutory-duty\"]"));
    let consent = json!({"consent": {"facts": ["has_work"]}});
    for basis in [consent.clone(), json!("emergency"), json!("contract"), json!("public-interest")] {
        assert_forbidden(&ask(&server, "/v1/disclosures", &disclosure(&basis)), "bases");
        assert_forbidden(&ask(&server, "/v1/decisions", &decision(json!({"basis": basis}))), "bases");
        let reply = ask(&server, "/access/v1/evaluation", &evaluation(basis, Value::Null)).json();
        assert_eq!(reply["context"]["error"]["status"], 403, "{reply}");
    }
    let duty = json!("statutory-duty");
    ask(&server, "/v1/disclosures", &disclosure(&duty)).assert_status(200);
    ask(&server, "/v1/decisions", &decision(json!({"basis": duty}))).assert_status(200);
    // The basis of the service counts where a request names none.
    ask(&server, "/v1/decisions", &decision(json!({}))).assert_status(200);
    let of_consent = Server::start_for_callers(plugins_rulebook(), &caller("clinic", "bases = [\"consent\"]"));
    assert_forbidden(&ask(&of_consent, "/v1/decisions", &decision(json!({}))), "bases");
    ask(&of_consent, "/v1/decisions", &decision(json!({"basis": consent}))).assert_status(200);
}

#[test]
fn a_caller_that_must_say_the_age_can_not_pass_a_child_for_somebody_of_unknown_age() {
    let server = Server::start_for_callers(plugins_rulebook(), &caller("clinic", "may-leave-out-age = false"));
    let duty = json!("statutory-duty");
    let age = json!({"age_band": "adult"});
    let mut with_value = disclosure(&duty);
    with_value["values"] = json!({"age": 12});
    let mut with_band = disclosure(&duty);
    with_band["subject"] = age.clone();
    for silent in [disclosure(&duty), {
        let mut other = disclosure(&duty);
        other["subject"] = json!({"guardian_consents": true});
        other
    }] {
        assert_forbidden(&ask(&server, "/v1/disclosures", &silent), "may-leave-out-age");
    }
    ask(&server, "/v1/disclosures", &with_value).assert_status(200);
    ask(&server, "/v1/disclosures", &with_band).assert_status(200);
    let mut of_no_person = disclosure(&duty);
    of_no_person["facts"] = json!(["local_dibao_standard"]);
    ask(&server, "/v1/disclosures", &of_no_person).assert_status(200);
    let questions = "/v1/services/disability-living-subsidy/questions";
    let question = json!({"jurisdiction": "CN-31", "as_of": "2026-03-01", "facts": {}});
    let comparison = json!({"service": "disability-living-subsidy", "as_of": "2026-03-01", "facts": {},
        "jurisdictions": ["CN-31"]});
    for (path, body) in [("/v1/decisions", decision(json!({}))), (questions, question), ("/v1/comparisons", comparison)]
    {
        assert_forbidden(&ask(&server, path, &body), "may-leave-out-age");
        let mut body = body;
        body["subject"] = age.clone();
        ask(&server, path, &body).assert_status(200);
    }
    let line = agent().post(format!("{}/v1/decisions/batch", server.address)).header("x-api-key", "clinic-key");
    let line = line.header("content-type", "application/x-ndjson").send(decision(json!({})).to_string());
    assert_eq!(Reply::read(line).json()["problem"]["status"], 403);
    let evaluate = |subject: Value| ask(&server, "/access/v1/evaluation", &evaluation(duty.clone(), subject)).json();
    assert_eq!(evaluate(Value::Null)["context"]["error"]["status"], 403);
    assert_eq!(evaluate(age)["context"]["error"], Value::Null);
}

/// A rulebook whose catalogue has the place of residence.
fn rulebook_with_homes(folder: &std::path::Path) -> std::path::PathBuf {
    let common = root().join("tests/scenarios/common-privacy");
    let text = |name: &str| std::fs::read_to_string(common.join(name)).unwrap();
    let facts = text("facts.toml")
        + "\n[home]\ntype = \"text\"\nbytes-max = 32\ntitles = { en = \"Place of residence\" }\n\
           category = \"dpv-pd:Location\"\nsensitivity = \"personal\"\n";
    let service = text("services/benefit.toml").replace("\"income\"]", "\"income\", \"home\"]");
    let guard = permitting("{ fact = \"home\", says = \"permit\" },");
    write_and_build(
        folder,
        &[("facts.toml", &facts), ("services/benefit.toml", &service), ("N/guard/rule.toml", guard.as_str())],
    )
}

#[test]
fn a_caller_that_is_bound_to_the_residence_asks_for_no_other_place() {
    let folder = scratch();
    let rulebook = rulebook_with_homes(folder.path());
    let server = Server::start_for_callers(&rulebook, &caller("clinic", "residence-facts = [\"home\"]"));
    let decide = |place: &str, home: Value| {
        let body = json!({"jurisdiction": place, "service": "benefit", "as_of": "2026-03-01", "facts": {"home": home}});
        ask(&server, "/v1/decisions", &body)
    };
    for place in ["N-11", "N-1", "N"] {
        decide(place, json!("N-11")).assert_status(200);
    }
    for (place, home) in [("N-2", "N-11"), ("N-21", "N-11"), ("N-11", "N-1"), ("N-1", "N-2"), ("N", "nowhere")] {
        let refused = decide(place, json!(home));
        assert_forbidden(&refused, "residence-facts");
        assert_lacks(&refused.text, home);
    }
    assert_forbidden(&decide("N-11", Value::Null), "residence-facts");
    let compare = |places: Value| {
        let mut body = json!({"service": "benefit", "as_of": "2026-03-01", "facts": {"home": "N-11"}});
        body.as_object_mut().unwrap().extend(places.as_object().unwrap().clone());
        ask(&server, "/v1/comparisons", &body)
    };
    compare(json!({"jurisdictions": ["N", "N-1"]})).assert_status(200);
    assert_forbidden(&compare(json!({"jurisdictions": ["N-1", "N-2"]})), "residence-facts");
    assert_forbidden(&compare(json!({"children_of": "N"})), "residence-facts");
    let disclosure = |values: Value| {
        let body = json!({"jurisdiction": "N-2", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
            "facts": ["age"], "values": values});
        ask(&server, "/v1/disclosures", &body)
    };
    disclosure(json!({"home": "N-21"})).assert_status(200);
    assert_forbidden(&disclosure(json!({"home": "N-11"})), "residence-facts");
    assert_forbidden(&disclosure(json!({"age": 30})), "residence-facts");
    // An evaluation sends no facts.
    let mut evaluation = evaluation(json!("statutory-duty"), Value::Null);
    evaluation["resource"] = json!({"type": "fact", "id": "age", "properties": {"jurisdiction": "N-2"}});
    let reply = ask(&server, "/access/v1/evaluation", &evaluation).json();
    assert_eq!(reply["context"]["error"]["status"], 403, "{reply}");
}
