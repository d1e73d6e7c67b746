//! A caller fills the disk with records.

use std::fs;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes};
use crate::support::{Reply, Server, agent, get, plugins_rulebook, scratch};

use super::caller;

/// How many times its own size a request of AuthZEN may write, beside what one evaluation writes.
const FACTOR: usize = 16;
const BYTES_OF_ONE: usize = 8 << 10;

fn log_of(server: &Server) -> String {
    fs::read_to_string(server.folder.path().join("decisions.ndjson")).unwrap()
}

/// A request for so many evaluations on a consent that names these facts.
fn evaluations(facts: &[&str], evaluations: &[Value]) -> Value {
    json!({
        "subject": {"type": "business", "id": "bank"}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "context": {"basis": {"consent": {"facts": facts, "separate": facts, "purposes": vec!["dpv:PublicBenefit"; 256]}}},
        "evaluations": evaluations,
    })
}

#[test]
fn one_authzen_request_writes_one_record_of_a_few_times_its_own_size() {
    let repeated = ["household_income_per_person"; 256];
    let other_recipients: Vec<Value> =
        (0..256).map(|number| json!({"subject": {"id": format!("{number:x}")}})).collect();
    let facts = ["age", "has_work", "disability_grade", "disability_kind", "household_scheme", "has_fixed_income"];
    let places = ["CN-31", "CN-44", "CN-37", "CN-11", "CN-4403", "CN"];
    let other_fact = |number: usize| {
        let (fact, place) = (facts[number % facts.len()], places[number / facts.len() % places.len()]);
        json!({"resource": {"id": fact, "properties": {"jurisdiction": place}}})
    };
    let other_facts: Vec<Value> = (0..256).map(other_fact).collect();
    for items in [vec![json!({}); 256], other_recipients, other_facts] {
        let server = Server::start(plugins_rulebook(), "");
        let body = evaluations(&repeated, &items).to_string();
        let reply = server.post("/access/v1/evaluations", &body);
        let ids: Vec<Value> =
            reply.json()["evaluations"].as_array().unwrap().iter().map(|one| one["context"]["id"].clone()).collect();
        assert_eq!(ids.len(), 256, "{}", reply.text);
        let log = log_of(&server);
        assert!(log.len() <= FACTOR * body.len() + BYTES_OF_ONE, "{} bytes wrote {}", body.len(), log.len());
        let lines = server.decision_log();
        assert_eq!(lines.len(), 1);
        assert!(ids.iter().all(|id| *id == lines[0]["id"]), "each evaluation names the record");
        let times = |line: &Value| line["times"].as_u64().unwrap_or(1);
        let recorded: u64 = lines[0]["evaluations"].as_array().unwrap().iter().map(times).sum();
        assert_eq!(recorded, 256, "each evaluation is recorded");
        assert_includes(
            &lines[0],
            json!({"consents": [{"facts": ["household_income_per_person"],
            "separate": ["household_income_per_person"], "purposes": ["dpv:PublicBenefit"]}]}),
        );
    }
}

#[test]
fn repeated_names_of_a_consent_are_one_in_every_record() {
    let server = Server::start(plugins_rulebook(), "");
    let names = ["has_work", "age", "has_work", "age"];
    let consent = json!({"facts": names, "separate": names, "purposes": vec!["dpv:PublicBenefit"; 256]});
    let basis = json!({"consent": consent});
    let decision = json!({"jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": {}, "basis": basis});
    let disclosure = json!({"jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": basis, "facts": names});
    server.post("/v1/decisions", &decision.to_string()).assert_status(200);
    server.post("/v1/disclosures", &disclosure.to_string()).assert_status(200);
    for record in server.decision_log() {
        let once =
            json!({"facts": ["age", "has_work"], "separate": ["age", "has_work"], "purposes": ["dpv:PublicBenefit"]});
        assert_includes(&record, json!({"consent": once}));
    }
    assert_eq!(server.decision_log()[1]["disclosed"].as_array().unwrap().len(), 2);
}

fn official() -> Value {
    json!({"jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": {}})
}

#[test]
fn no_caller_writes_more_to_the_log_than_its_share_of_an_hour() {
    const SHARE: usize = 20_000;
    let settings = caller("greedy", "") + &caller("other", "log-bytes-per-hour-max = 0");
    let folder = scratch();
    let log = folder.path().join("log.ndjson");
    let settings = format!("[decision-log]\npath = {log:?}\ncaller-bytes-per-hour-max = {SHARE}\n{settings}");
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    let ask = |key: &str| server.post_with(key, "/v1/decisions", &official());
    let disclosure =
        json!({"jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty", "facts": ["age"]});
    let mut evaluation = evaluations(&["age"], &[json!({})]);
    evaluation["subject"] = json!({"type": "public-body", "id": "greedy"});
    let batch = || {
        let batch = agent().post(format!("{}/v1/decisions/batch", server.address));
        let batch = batch.header("content-type", "application/x-ndjson").header("x-api-key", "greedy-key");
        Reply::read(batch.send(official().to_string())).json()
    };
    let mut recorded = 0;
    let mut refusals = 0;
    for (path, body) in
        [("/v1/decisions", &official()), ("/access/v1/evaluations", &evaluation), ("/v1/disclosures", &disclosure)]
    {
        // Smaller records may still have room where larger ones have none.
        let replies: Vec<Reply> = (0..50).map(|_| server.post_with("greedy-key", path, body)).collect();
        let (good, refused): (Vec<&Reply>, Vec<&Reply>) = replies.iter().partition(|reply| reply.status == 200);
        recorded += good.len();
        refusals += refused.len();
        assert!(!refused.is_empty(), "50 records are more than its share");
        for reply in &refused {
            reply.assert_status(429);
            assert_contains(&reply.text, "decision-log.caller-bytes-per-hour-max");
            let seconds: u64 = reply.retry_after.as_deref().unwrap().parse().unwrap();
            assert!((1..=3660).contains(&seconds), "{seconds}");
        }
    }
    assert!(recorded > 0, "it has a share");
    let line = batch();
    assert_eq!(line["problem"]["type"], "/problems/too-many-requests", "{line}");
    refusals += 1;
    let written = fs::read_to_string(&log).unwrap();
    assert!(written.len() <= SHARE, "{}", written.len());
    assert_eq!(written.lines().count(), recorded, "what was given is recorded, and nothing else");
    // What leaves no record goes on, and so do the others.
    let mut simulation = official();
    simulation["mode"] = json!("simulation");
    server.post_with("greedy-key", "/v1/decisions", &simulation).assert_status(200);
    for _ in 0..20 {
        ask("other-key").assert_status(200);
    }
    let metrics = get(&format!("{}/metrics", server.operations), "").text;
    assert_contains(&metrics, &format!("ordinance_decision_log_quota_refusals_total{{caller=\"greedy\"}} {refusals}"));
    // The writer adds the numbers of records.
    let numbers: usize = written.lines().map(|line| line.find("\"id\"").unwrap() - 1).sum();
    let of_greedy = written.len() - numbers;
    assert_contains(&metrics, &format!("ordinance_decision_log_bytes_total{{caller=\"greedy\"}} {of_greedy}"));
    assert_contains(&server.said(), "a caller has used up its quota of the decision log");
}
