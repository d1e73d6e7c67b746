//! Bad input of every kind over HTTP: a problem document with a stable type and a pointer, and never a value in it or
//! in the log.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Reply, Server, agent, plugins_rulebook};

const SECRET: &str = "kanarienvogel";

fn check(server: &Server, body: &str, expect: &str) {
    let reply = server.post("/v1/decisions", body);
    let problem = reply.json();
    assert_eq!(reply.media_type, "application/problem+json", "{}", reply.text);
    let pointers: Vec<&str> =
        problem["errors"].as_array().into_iter().flatten().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    let kind = problem["type"].as_str().unwrap().trim_start_matches("/problems/");
    assert_eq!(format!("{} {kind} {}", reply.status, pointers.join(" ")).trim_end(), expect, "{body}: {}", reply.text);
    assert_eq!(problem["status"], reply.status);
    assert_lacks(&reply.text, SECRET);
}

fn request(jurisdiction: &str, service: &str, as_of: &str, facts: &str) -> String {
    format!(r#"{{"jurisdiction":"{jurisdiction}","service":"{service}","as_of":"{as_of}","facts":{facts}}}"#)
}

fn with_facts(facts: &str) -> String {
    request("CN-44", "disability-living-subsidy", "2026-01-01", facts)
}

#[test]
fn a_request_that_is_not_well_formed_is_pointed_at() {
    let server = Server::start(plugins_rulebook(), "");
    check(&server, "", "400 malformed-json");
    check(&server, "{\"jurisdiction\":", "400 malformed-json");
    check(&server, "{\"facts\":{\"age\":01}}", "400 malformed-json");
    check(&server, "{} {}", "400 malformed-json");
    check(&server, "\u{0}", "400 malformed-json");
    check(&server, "[]", "400 invalid-request");
    check(&server, "{}", "400 invalid-request /jurisdiction /service /as_of /facts");
    check(&server, &with_facts("{}").replace("service", "servise"), "400 invalid-request /servise /service");
    check(&server, &with_facts("{}").replace("\"facts\"", "\"mode\":\"real\",\"facts\""), "400 invalid-request /mode");
    check(
        &server,
        &with_facts("{}").replace("\"facts\"", "\"as_of\":\"2026-01-01\",\"facts\""),
        "400 invalid-request /as_of",
    );
    check(&server, &with_facts("{}").replace("\"CN-44\"", "44"), "400 invalid-request /jurisdiction");
    check(
        &server,
        &request("cn 44", "disability-living-subsidy", "2026-01-01", "{}"),
        "400 invalid-request /jurisdiction",
    );
    check(&server, &request("CN-44", "disability-living-subsidy", "2026-02-29", "{}"), "400 invalid-request /as_of");
    check(&server, &request("CN-44", "disability-living-subsidy", "01.01.2026", "{}"), "400 invalid-request /as_of");
    check(
        &server,
        &with_facts(&format!("{{\"age\":{}1{}}}", "[".repeat(100), "]".repeat(100))),
        &format!("400 invalid-request /facts/age{}", "/0".repeat(16)),
    );
    check(&server, &with_facts(&"[".repeat(20_000)), "400 malformed-json");
}

#[test]
fn a_place_or_service_that_is_not_there_is_named() {
    let server = Server::start(plugins_rulebook(), "");
    check(&server, &request("CN-99", "disability-living-subsidy", "2026-01-01", "{}"), "404 unknown-jurisdiction");
    check(&server, &request("CN-44", "housing", "2026-01-01", "{}"), "404 unknown-service");
    assert_contains(&server.post("/v1/decisions", &request("CN-99", "housing", "2026-01-01", "{}")).text, "`CN-99`");
}

#[test]
fn facts_that_do_not_fit_the_service_are_pointed_at_all_at_once() {
    let server = Server::start(plugins_rulebook(), "");
    check(&server, &with_facts("[]"), "422 invalid-facts /facts");
    check(&server, &with_facts("null"), "422 invalid-facts /facts");
    check(&server, &with_facts("{\"disability_grade\":5}"), "422 invalid-facts /facts/disability_grade");
    check(&server, &with_facts("{\"disability_grade\":1.0}"), "422 invalid-facts /facts/disability_grade");
    check(
        &server,
        &with_facts("{\"disability_grade\":99999999999999999999}"),
        "422 invalid-facts /facts/disability_grade",
    );
    check(
        &server,
        &with_facts(&format!("{{\"disability_grade\":\"{SECRET}\",\"{}\":1}}", "fact")),
        "422 invalid-facts /facts/disability_grade /facts/fact",
    );
    check(
        &server,
        &with_facts(&format!("{{\"household_scheme\":\"{SECRET}\"}}")),
        "422 invalid-facts /facts/household_scheme",
    );
    check(
        &server,
        &with_facts("{\"household_income_per_person\":\"1,5\"}"),
        "422 invalid-facts /facts/household_income_per_person",
    );
    check(&server, &with_facts("{\"destitute_support\":\"yes\"}"), "422 invalid-facts /facts/destitute_support");
    check(&server, &with_facts("{\"age\":1,\"age\":2}"), "400 invalid-request /facts/age");
    check(&server, &with_facts("{\"a/b~c\":1}"), "422 invalid-facts /facts/a~1b~0c");
}

#[test]
fn a_body_of_another_type_or_too_large_is_refused_and_paths_and_methods_are_told() {
    let server = Server::start(plugins_rulebook(), "[http]\nbody-bytes-max = 1000\n");
    check(&server, &with_facts(&format!("{{\"note\":\"{}\"}}", SECRET.repeat(100))), "413 body-too-large");
    let plain = Reply::read(
        agent().post(format!("{}/v1/decisions", server.address)).header("content-type", "text/plain").send("{}"),
    );
    plain.assert_problem(415, "unsupported-media-type");
    let packed = agent().post(format!("{}/v1/decisions", server.address)).header("content-type", "application/json");
    let packed = Reply::read(packed.header("content-encoding", "gzip").send("{}"));
    packed.assert_status(415);
    assert_contains(&packed.text, "without `Content-Encoding`");
    assert_eq!(server.get("/v1/decisions").status, 405);
    assert_eq!(server.get("/v2").json()["type"], "/problems/not-found");
    assert_eq!(server.get("/v1/jurisdictions/XX").json()["type"], "/problems/unknown-jurisdiction");
    assert_eq!(server.get("/v1/jurisdictions?limit=many").json()["type"], "/problems/invalid-request");
    assert_eq!(server.get("/v1/jurisdictions/%ff").json()["type"], "/problems/not-found");
    assert_eq!(server.get("/v1/services/x").json()["type"], "/problems/unknown-service");
    assert_eq!(server.get("/v1/rules/sha256:0").json()["type"], "/problems/unknown-rule");
    assert_contains(&server.get("/problems/invalid-facts").text, "/v1/services/{id}");
}

#[test]
fn a_body_that_is_too_slow_or_breaks_off_does_not_hold_the_server() {
    let server = Server::start(plugins_rulebook(), "[http]\nbody-ms = 200\nheader-ms = 200\n");
    let begin =
        "POST /v1/decisions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{";
    let answer_to = |sent: &str| {
        let mut stream = TcpStream::connect(server.host()).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        let mut answer = String::new();
        // The server may close with what it has not read.
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    let slow = answer_to(begin);
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");
    assert_contains(&slow, "/problems/request-timeout");
    assert_lacks(&answer_to("POST /v1/decisions HTTP/1.1\r\nhost:"), "200 OK");
    assert_eq!(answer_to(""), "", "who says nothing is sent away");
    assert_eq!(server.get("/v1/services").status, 200);
}

#[test]
fn no_log_level_shows_a_fact() {
    let server = Server::start(plugins_rulebook(), "[log]\nlevel = \"trace\"\nformat = \"json\"\n");
    let bodies = [
        with_facts(&json!({"household_scheme": SECRET}).to_string()),
        with_facts(&json!({SECRET: 1}).to_string()),
        with_facts(&format!("{{\"household_income_per_person\":\"7319.37\",\"age\":{SECRET}}}")),
        with_facts(&json!({"household_income_per_person": "7319.37", "disability_grade": 2}).to_string()),
    ];
    for body in &bodies {
        server.post("/v1/decisions", body);
    }
    let metrics = crate::support::get(&format!("{}/metrics", server.operations), "").text;
    // With its decimals: the digits alone also turn up in durations and times of day.
    for secret in [SECRET, "7319.37"] {
        assert_lacks(&server.said(), secret);
        assert_lacks(&metrics, secret);
        assert!(server.decision_log().iter().all(|line| !line.to_string().contains(secret)));
    }
}

/// Sends a head and the body when the answer is there or the host has had time for it: the head of the answer, and
/// what a second request on the connection gets.
fn answer_to(server: &Server, head: &str, body: &[u8]) -> (String, Option<String>) {
    let mut stream = TcpStream::connect(server.host()).unwrap();
    stream.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).unwrap();
    std::thread::yield_now();
    stream.write_all(body).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut next = || {
        let (mut head, mut line) = (String::new(), String::new());
        while answers.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
            head.push_str(&std::mem::take(&mut line));
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        answers.read_exact(&mut body).ok()?;
        Some(head).filter(|head| !head.is_empty())
    };
    let first = next().unwrap();
    // Nothing is said about a connection that has been announced to end.
    let _ = stream.write_all(b"GET /v1/services HTTP/1.1\r\nhost: x\r\n\r\n");
    (first, next())
}

#[test]
fn an_answer_before_the_end_of_the_body_arrives_and_says_whether_the_connection_goes_on() {
    let server = Server::start(plugins_rulebook(), "[batch]\nconcurrency = 1\nidle-ms = 60000\n");
    let ndjson = "host: x\r\ncontent-type: application/x-ndjson\r\n";
    let mut held = TcpStream::connect(server.host()).unwrap();
    let head = format!("POST /v1/decisions/batch HTTP/1.1\r\n{ndjson}content-length: 100000\r\n\r\n");
    held.write_all(head.as_bytes()).unwrap();
    BufReader::new(&held).read_line(&mut String::new()).unwrap();
    let json = "host: x\r\ncontent-type: application/json\r\n";
    let requests = [
        ("503", format!("POST /v1/decisions/batch HTTP/1.1\r\n{ndjson}")),
        ("415", "POST /v1/decisions HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n".to_owned()),
        ("415", "POST /v1/comparisons HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n".to_owned()),
        ("404", format!("POST /nowhere HTTP/1.1\r\n{json}")),
        ("405", format!("POST /v1/services HTTP/1.1\r\n{json}")),
        ("413", format!("POST /v1/decisions HTTP/1.1\r\n{json}")),
    ];
    for (status, head) in &requests {
        let (answer, next) = answer_to(&server, head, &vec![b' '; 3 << 20]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {answer}");
        assert_contains(&answer, "connection: close\r\n");
        assert_eq!(next, None, "{head}");
    }
    for (status, head) in requests.iter().filter(|(status, _)| *status != "413") {
        let (answer, next) = answer_to(&server, head, &vec![b' '; 30_000]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {answer}");
        // A short rest is read; only a host under load may be too late for it, and says so.
        assert_eq!(next.is_none(), answer.contains("connection: close\r\n"), "{head}: {answer}");
    }
    // A body that never comes.
    let mut stream = TcpStream::connect(server.host()).unwrap();
    stream.write_all(format!("{}content-length: 9\r\n\r\n", requests[3].1).as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines();
    assert!(lines.any(|line| line.unwrap() == "connection: close"));
}
