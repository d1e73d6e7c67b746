//! Requests that a portal repeats: one record for all of them, whatever happens in between, and the first reply.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::attacks::caller;
use crate::support::{Reply, Server, agent, get, plugins_rulebook, until};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
const OTHER_KEY: &str = "5f1d8c3a-0d1c-4f5e-9a37-21d9c1f4b7aa";
const REQUEST_ID: &str = "01A20C04-B0D5-72E3-A413-9EE5DB4D5D73";

/// An answer with what its headers say of the request.
struct Answered {
    reply: Reply,
    is_replayed: bool,
    request_id: String,
}

/// Posts a request with these headers beside its type.
fn post(server: &Server, path: &str, body: &str, headers: &[(&str, &str)]) -> Answered {
    let request = agent().post(format!("{}{path}", server.address)).header("content-type", "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send(body).unwrap();
    let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (replayed, request_id) = (header("idempotency-replayed"), header("x-request-id").unwrap());
    Answered { reply: Reply::read(Ok(response)), is_replayed: replayed.as_deref() == Some("true"), request_id }
}

fn decision() -> String {
    json!({"jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": {"disability_grade": 1, "needs_long_term_care": true}})
    .to_string()
}

fn disclosure() -> String {
    json!({"jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty", "facts": ["age"]})
        .to_string()
}

fn evaluation() -> Value {
    json!({"subject": {"type": "public-body", "id": "civil-affairs"}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "context": {"basis": "statutory-duty"}})
}

fn evaluations() -> String {
    let mut body = evaluation();
    body["evaluations"] = json!([{}, {"resource": {"id": "has_work"}}]);
    body.to_string()
}

fn operations() -> [(&'static str, String); 4] {
    [
        ("/v1/decisions", decision()),
        ("/v1/disclosures", disclosure()),
        ("/access/v1/evaluation", evaluation().to_string()),
        ("/access/v1/evaluations", evaluations()),
    ]
}

fn metrics(server: &Server) -> String {
    get(&format!("{}/metrics", server.operations), "").text
}

#[test]
fn a_repeat_gets_the_first_reply_and_leaves_no_second_record() {
    let server = Server::start(plugins_rulebook(), "");
    for (path, body) in operations() {
        let before = server.decision_log().len();
        let quoted = format!("\"{KEY}\"");
        let first = post(&server, path, &body, &[("idempotency-key", &quoted), ("x-request-id", REQUEST_ID)]);
        first.reply.assert_status(200);
        assert!(!first.is_replayed, "{path}");
        // The quotes, the hyphens and the case are ways to write one key.
        for key in [quoted.clone(), KEY.to_owned(), KEY.replace('-', "").to_uppercase()] {
            let again = post(&server, path, &body, &[("idempotency-key", &key)]);
            again.reply.assert_status(200);
            assert_eq!(again.reply.text, first.reply.text, "{path}");
            assert_eq!(again.reply.media_type, first.reply.media_type, "{path}");
            assert!(again.is_replayed, "{path}");
            assert_ne!(again.request_id, first.request_id, "a repeat is a request of its own");
        }
        let records = server.decision_log();
        assert_eq!(records.len(), before + 1, "{path}");
        assert_includes(&records[before], json!({"request_id": REQUEST_ID, "idempotency_key": KEY}));
        assert_contains(&first.reply.text, records[before]["id"].as_str().unwrap());
    }
    assert_contains(&metrics(&server), "ordinance_idempotency_replays_total{caller=\"open-door\"} 12");
    assert_contains(&metrics(&server), "ordinance_decisions_total{");
}

#[test]
fn a_record_has_the_id_of_its_request_and_without_a_key_each_request_has_a_record() {
    let server = Server::start(plugins_rulebook(), "");
    for (path, body) in operations() {
        let before = server.decision_log().len();
        let answered = [post(&server, path, &body, &[]), post(&server, path, &body, &[])];
        let records = server.decision_log();
        assert_eq!(records.len(), before + 2, "{path}");
        for (record, answered) in records[before..].iter().zip(answered) {
            assert_eq!(record["request_id"], answered.request_id, "{path}");
            assert_eq!(record.get("idempotency_key"), None, "{path}");
        }
    }
    let batch = agent().post(format!("{}/v1/decisions/batch", server.address));
    let batch = batch.header("content-type", "application/x-ndjson").header("x-request-id", REQUEST_ID);
    Reply::read(batch.send(format!("{}\n{}\n", decision(), decision()))).assert_status(200);
    let of_batch = server.decision_log().iter().filter(|record| record["request_id"] == REQUEST_ID).count();
    assert_eq!(of_batch, 2, "the lines of a batch are of one request");
}

#[test]
fn a_key_of_another_request_is_refused_and_the_problem_says_what_differs() {
    let server = Server::start(plugins_rulebook(), "");
    let chinese = [("idempotency-key", KEY), ("accept-language", "zh")];
    post(&server, "/v1/decisions", &decision(), &chinese).reply.assert_status(200);
    let other_body = decision().replace("disability_grade\":1", "disability_grade\":2");
    let refused = [
        (post(&server, "/v1/decisions", &other_body, &chinese), "another body"),
        (post(&server, "/v1/decisions?a=secret", &decision(), &chinese), "another query"),
        (post(&server, "/v1/decisions", &decision(), &chinese[..1]), "another `Accept-Language`"),
    ];
    for (answered, words) in refused {
        answered.reply.assert_problem(422, "idempotency-key-reused");
        assert_contains(&answered.reply.text, words);
        assert_lacks(&answered.reply.text, KEY);
        assert_lacks(&answered.reply.text, "secret");
    }
    assert!(post(&server, "/v1/decisions", &decision(), &chinese).is_replayed);
    post(&server, "/access/v1/evaluation", &evaluation().to_string(), &[("idempotency-key", KEY)])
        .reply
        .assert_status(200);
    let other = evaluation().to_string().replace("age", "has_work");
    let authzen = post(&server, "/access/v1/evaluation", &other, &[("idempotency-key", KEY)]);
    authzen.reply.assert_status(422);
    assert_eq!(authzen.reply.media_type, "text/plain; charset=utf-8");
    assert_eq!(server.decision_log().len(), 2);
}

#[test]
fn two_callers_and_two_operations_with_one_key_do_not_meet() {
    let settings = caller("one", "") + &caller("two", "");
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    let ask = |key: &str, path: &str, body: &str| {
        post(&server, path, body, &[("authorization", &format!("Bearer {key}")), ("idempotency-key", KEY)])
    };
    let one = ask("one-key", "/v1/decisions", &decision());
    let two = ask("two-key", "/v1/decisions", &decision());
    let disclosed = ask("one-key", "/v1/disclosures", &disclosure());
    for answered in [&one, &two, &disclosed] {
        answered.reply.assert_status(200);
        assert!(!answered.is_replayed);
    }
    assert_ne!(one.reply.json()["id"], two.reply.json()["id"]);
    assert_eq!(ask("one-key", "/v1/decisions", &decision()).reply.text, one.reply.text);
    assert_eq!(ask("two-key", "/v1/decisions", &decision()).reply.text, two.reply.text);
    assert_eq!(server.decision_log().len(), 3);
}

#[test]
fn what_leaves_no_record_is_answered_anew_and_its_key_stays_free() {
    let server = Server::start(plugins_rulebook(), "");
    let keyed = [("idempotency-key", KEY)];
    let wrong = decision().replace("disability_grade\":1", "disability_grade\":99");
    let simulation = decision().replace("\"facts\"", "\"mode\":\"simulation\",\"facts\"");
    for _ in 0..2 {
        post(&server, "/v1/decisions", &wrong, &keyed).reply.assert_problem(422, "invalid-facts");
        let simulated = post(&server, "/v1/decisions", &simulation, &keyed);
        simulated.reply.assert_status(200);
        assert!(!simulated.is_replayed);
        let unknown = evaluation().to_string().replace("\"age\"", "\"nothing\"");
        let evaluated = post(&server, "/access/v1/evaluation", &unknown, &keyed);
        evaluated.reply.assert_status(200);
        assert!(!evaluated.is_replayed);
    }
    assert!(!post(&server, "/v1/decisions", &decision(), &keyed).is_replayed);
    assert!(post(&server, "/v1/decisions", &decision(), &keyed).is_replayed);
    assert_eq!(server.decision_log().len(), 1);
}

#[test]
fn a_decision_that_could_not_be_recorded_is_tried_anew() {
    // The file may grow to 2 KiB: a record fits, a second doesn't.
    let server = Server::start_under("ulimit -f 4", plugins_rulebook(), "");
    let first = post(&server, "/v1/decisions", &decision(), &[("idempotency-key", KEY)]);
    first.reply.assert_status(200);
    for _ in 0..2 {
        let refused = post(&server, "/v1/decisions", &decision(), &[("idempotency-key", OTHER_KEY)]);
        refused.reply.assert_problem(503, "log-unavailable");
    }
    let again = post(&server, "/v1/decisions", &decision(), &[("idempotency-key", KEY)]);
    assert_eq!(again.reply.text, first.reply.text, "what is recorded can be repeated");
    assert_eq!(server.decision_log().len(), 1);
}

#[test]
fn of_many_requests_at_once_one_is_decided() {
    const AT_ONCE: usize = 32;
    let server = Server::start(plugins_rulebook(), "");
    for (path, body) in operations() {
        let before = server.decision_log().len();
        let answers: Vec<Answered> = thread::scope(|scope| {
            let ask = || post(&server, path, &body, &[("idempotency-key", KEY)]);
            let asked: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(ask)).collect();
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        let records = server.decision_log();
        assert_eq!(records.len(), before + 1, "{path}");
        let (good, early): (Vec<_>, Vec<_>) = answers.iter().partition(|answered| answered.reply.status == 200);
        assert_eq!(good.iter().filter(|answered| !answered.is_replayed).count(), 1, "{path}");
        assert!(good.iter().all(|answered| answered.reply.text == good[0].reply.text), "{path}");
        for answered in early {
            answered.reply.assert_status(409);
            assert_eq!(answered.reply.retry_after.as_deref(), Some("1"));
        }
    }
}

#[test]
fn who_leaves_before_the_reply_gets_the_recorded_one_by_a_repeat() {
    const LEAVING: u128 = 64;
    let server = Server::start(plugins_rulebook(), "");
    let key = |number: u128| format!("00000000-0000-4000-8000-{number:012x}");
    for number in 0..LEAVING {
        let mut stream = TcpStream::connect(server.host()).unwrap();
        let (key, body) = (key(number), decision());
        let head = format!(
            "POST /v1/decisions HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n\
             content-length: {}\r\n\r\n",
            server.host(),
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        drop(stream);
    }
    for number in 0..LEAVING {
        let mut answered = post(&server, "/v1/decisions", &decision(), &[("idempotency-key", &key(number))]);
        while answered.reply.status == 409 {
            answered = post(&server, "/v1/decisions", &decision(), &[("idempotency-key", &key(number))]);
        }
        answered.reply.assert_status(200);
        let records = server.decision_log();
        let of_key: Vec<&Value> = records.iter().filter(|record| record["idempotency_key"] == key(number)).collect();
        assert_eq!(of_key.len(), 1, "{number}");
        assert_eq!(of_key[0]["id"], answered.reply.json()["id"]);
    }
}

#[test]
fn replies_are_kept_for_the_set_time_and_a_later_repeat_has_a_record_with_the_same_key() {
    let server = Server::start(plugins_rulebook(), "[idempotency]\nkeep-s = 1\n");
    let ask = || post(&server, "/v1/decisions", &decision(), &[("idempotency-key", KEY)]);
    ask().reply.assert_status(200);
    // Replies are dropped without a request, too.
    until(|| metrics(&server).contains("ordinance_idempotency_reply_bytes 0"));
    let later = ask();
    later.reply.assert_status(200);
    assert!(!later.is_replayed);
    let records = server.decision_log();
    assert_eq!(records.len(), 2);
    assert_ne!(records[0]["id"], records[1]["id"]);
    assert!(records.iter().all(|record| record["idempotency_key"] == KEY), "an auditor sees that it is one request");
    assert_contains(&metrics(&server), "ordinance_idempotency_replies_dropped_total{caller=\"open-door\"} 0");
}

#[test]
fn a_caller_that_fills_its_share_loses_its_own_oldest_replies_and_no_others() {
    let settings = format!("[idempotency]\nbytes-max = 40000\n{}{}", caller("greedy", ""), caller("other", ""));
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    let ask = |caller: &str, number: u32| {
        let key = format!("00000000-0000-4000-8000-{number:012}");
        post(&server, "/v1/decisions", &decision(), &[("x-api-key", caller), ("idempotency-key", &key)])
    };
    let first = ask("other-key", 0);
    (0..20).for_each(|number| {
        ask("greedy-key", number).reply.assert_status(200);
    });
    assert_eq!(ask("other-key", 0).reply.text, first.reply.text);
    assert!(ask("greedy-key", 19).is_replayed);
    assert!(!ask("greedy-key", 0).is_replayed);
    let metrics = metrics(&server);
    assert_contains(&metrics, "ordinance_idempotency_replies_dropped_total{caller=\"other\"} 0");
    assert_lacks(&metrics, "ordinance_idempotency_replies_dropped_total{caller=\"greedy\"} 0");
    let bytes = metrics.lines().find_map(|line| line.strip_prefix("ordinance_idempotency_reply_bytes ")).unwrap();
    assert!(bytes.parse::<usize>().unwrap() <= 40_000, "{bytes}");
}

#[test]
fn a_key_that_is_no_uuid_is_refused_before_anything_is_recorded() {
    let server = Server::start(plugins_rulebook(), "");
    for key in ["110101199003074518", "\"\"", "a key with spaces", &format!("{KEY},{KEY}"), &format!("\"{KEY}")] {
        let refused = post(&server, "/v1/decisions", &decision(), &[("idempotency-key", key)]);
        refused.reply.assert_problem(400, "invalid-request");
        refused.reply.assert_includes(json!({"errors": [{"header": "idempotency-key"}]}));
        assert_lacks(&refused.reply.text, "110101199003074518");
    }
    let twice = [("idempotency-key", KEY), ("idempotency-key", OTHER_KEY)];
    post(&server, "/v1/decisions", &decision(), &twice).reply.assert_problem(400, "invalid-request");
    let authzen = post(&server, "/access/v1/evaluation", &evaluation().to_string(), &[("idempotency-key", "x")]);
    authzen.reply.assert_status(400);
    let batch = agent().post(format!("{}/v1/decisions/batch", server.address)).header("idempotency-key", KEY);
    let batch = Reply::read(batch.header("content-type", "application/x-ndjson").send(decision()));
    batch.assert_problem(422, "unprocessable-request");
    assert_contains(&batch.text, "one by one");
    assert_eq!(server.decision_log().len(), 0);
}

#[test]
fn a_repeat_costs_one_unit_of_the_rate_and_no_decision() {
    let settings = caller("slow", "rate-limit-per-second = 3");
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    let body = evaluations().replace("civil-affairs", "slow");
    let ask = || post(&server, "/access/v1/evaluations", &body, &[("x-api-key", "slow-key"), ("idempotency-key", KEY)]);
    ask().reply.assert_status(200);
    let answers: Vec<Answered> = (0..20).map(|_| ask()).collect();
    let statuses: Vec<u16> = answers.iter().map(|answered| answered.reply.status).collect();
    assert!(statuses.contains(&429), "repeats count in the rate: {statuses:?}");
    until(|| ask().is_replayed);
}

#[test]
fn the_document_says_how_a_request_is_repeated() {
    let server = Server::start(plugins_rulebook(), "");
    let document = server.get("/openapi.json").json();
    for (path, _) in operations() {
        let operation = &document["paths"][path]["post"];
        assert_includes(
            &operation["parameters"][0],
            json!({"name": "Idempotency-Key", "in": "header", "required": false}),
        );
        assert_eq!(operation["responses"]["200"]["headers"]["Idempotency-Replayed"]["schema"]["type"], "boolean");
        for status in ["409", "422"] {
            assert!(operation["responses"][status].is_object(), "{path} {status}");
        }
    }
    for name in ["idempotency-key-reused", "request-in-progress"] {
        server.get(&format!("/problems/{name}")).assert_status(200);
    }
}
