//! One caller asks for all that it may, as costly as it can, and another caller asks beside it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::caller;
use crate::assertions::{assert_contains, assert_lacks};
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::support::{Reply, Server, agent, plugins_rulebook, run, scratch, until};

/// A comparison of so many places whose facts are not known, so that the search for those that matter is long.
fn comparison(places: usize) -> Value {
    let codes = ["CN-35", "CN-33", "CN-31", "CN-12", "CN-64"];
    let places: Vec<&str> = codes.into_iter().cycle().take(places).collect();
    json!({"service": "disability-living-subsidy", "as_of": "2026-03-01", "jurisdictions": places, "facts": {}})
}

fn case() -> Value {
    json!({"jurisdiction": "CN-3706", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "mode": "simulation", "facts": {"disability_grade": 1}})
}

/// Keeps asking from so many connections, until it is over.
fn keep_asking<'s>(
    scope: &'s thread::Scope<'s, '_>,
    connections: usize,
    is_over: &'s AtomicBool,
    ask: impl Fn() + Send + Sync + Clone + 's,
) {
    for _ in 0..connections {
        let ask = ask.clone();
        scope.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                ask();
            }
        });
    }
}

/// The statuses of the victim's requests beside an attack that has begun.
fn beside(attack: impl Fn(&AtomicUsize) + Send + Sync + Clone, ask: impl Fn() -> u16) -> Vec<u16> {
    let (is_over, begun) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        keep_asking(scope, 6, &is_over, || attack(&begun));
        until(|| begun.load(Ordering::Relaxed) >= 6);
        let statuses = (0..30).map(|_| ask()).collect();
        is_over.store(true, Ordering::Relaxed);
        statuses
    })
}

#[test]
fn one_caller_can_not_take_the_host_from_another() {
    for limit in [1, 2] {
        let settings = format!("[concurrency]\nlimit = {limit}\n{}{}", caller("greedy", ""), caller("modest", ""));
        let server = Server::start_for_callers(plugins_rulebook(), &settings);
        let attack = |begun: &AtomicUsize| {
            begun.fetch_add(1, Ordering::Relaxed);
            server.post_with("greedy-key", "/v1/comparisons", &comparison(100)).assert_status(200);
        };
        let statuses = beside(attack, || server.post_with("modest-key", "/v1/decisions", &case()).status);
        assert_eq!(statuses, [200; 30], "with {limit} turns");
    }
}

/// A body of about 59 kB with thousands of deep values, none of which is a fact.
fn deep() -> Value {
    let value: Value = serde_json::from_str("[[[[[[[[1]]]]]]]]").unwrap();
    let facts: serde_json::Map<String, Value> = (0..2200).map(|at| (format!("x{at}"), value.clone())).collect();
    json!({"jurisdiction": "CN-3706", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "mode": "simulation", "facts": facts})
}

#[test]
fn bodies_of_one_caller_that_are_dear_to_read_reject_no_request_of_another() {
    let settings = format!("{}{}", caller("greedy", ""), caller("modest", ""));
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    let deep = deep();
    let evaluation = json!({"subject": {"type": "public-body", "id": "greedy"}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "context": {"basis": "statutory-duty", "other": deep["facts"]}});
    let attack = |begun: &AtomicUsize| {
        begun.fetch_add(1, Ordering::Relaxed);
        server.post_with("greedy-key", "/v1/decisions", &deep).assert_status(422);
        server.post_with("greedy-key", "/access/v1/evaluation", &evaluation).assert_status(200);
    };
    let statuses = beside(attack, || server.post_with("modest-key", "/v1/decisions", &case()).status);
    assert_eq!(statuses, [200; 30]);
}

#[test]
fn the_overload_of_one_caller_rejects_no_request_of_another() {
    let folder = scratch();
    let endless = Guest::with_body("(loop (br 0)) (unreachable)").component();
    let source = write_rulebook(folder.path(), &[("LOOP", endless)]);
    assert!(run(&["build", source.to_str().unwrap()]).status.success());
    let settings = format!(
        "[rules]\nfuel = 1000000000000000\ndeadline-ms = 10\n[concurrency]\nlimit = 1\noverloaded-ms = 5\n{}{}",
        caller("greedy", ""),
        caller("modest", "")
    );
    let server = Server::start_for_callers(&source.join("target/rulebook"), &settings);
    let case = json!({"jurisdiction": "XX-LOOP", "service": "probe", "as_of": "2026-01-01", "mode": "simulation",
        "facts": {"n": 7}});
    let rejected = AtomicUsize::new(0);
    let attack = |begun: &AtomicUsize| {
        begun.fetch_add(1, Ordering::Relaxed);
        if server.post_with("greedy-key", "/v1/decisions", &case).status == 503 {
            rejected.fetch_add(1, Ordering::Relaxed);
        }
    };
    let statuses = beside(attack, || {
        until(|| rejected.load(Ordering::Relaxed) > 0);
        server.post_with("modest-key", "/v1/decisions", &case).status
    });
    assert_eq!(statuses, [200; 30]);
}

#[test]
fn each_place_of_a_comparison_and_each_evaluation_is_a_unit_of_the_rate() {
    let settings = caller("slow", "rate-limit-per-second = 10");
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    let too_much = server.post_with("slow-key", "/v1/comparisons", &comparison(500));
    too_much.assert_problem(429, "too-many-requests");
    assert_eq!(too_much.retry_after, None);
    let detail = too_much.json()["detail"].as_str().unwrap().to_owned();
    for words in ["costs 500 units", "at most 100 in one request", "ask for fewer at once", "rate-limit-per-second"] {
        assert_contains(&detail, words);
    }
    let evaluations = json!({"subject": {"type": "public-body", "id": "slow"}, "action": {"name": "dpv:PublicBenefit"},
        "evaluations": vec![json!({"resource": {"type": "fact", "id": "age",
            "properties": {"jurisdiction": "CN-31"}}, "context": {"basis": "statutory-duty"}}); 200]});
    let too_many = server.post_with("slow-key", "/access/v1/evaluations", &evaluations);
    assert_contains(&too_many.assert_status(429).text, "costs 200 units");
    // What the rate gives in a while is waited for, and then the tokens are gone.
    server.post_with("slow-key", "/v1/comparisons", &comparison(20)).assert_status(200);
    let replies: Vec<Reply> = (0..30).map(|_| server.post_with("slow-key", "/v1/decisions", &case())).collect();
    assert!(replies.iter().any(|reply| reply.status == 429), "a comparison took no tokens");
}

/// A batch of a caller, of which nothing but the head is sent.
fn stalled_batch(server: &Server, key: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.host()).unwrap();
    write!(
        stream,
        "POST /v1/decisions/batch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: application/x-ndjson\r\ncontent-length: 100000\r\n\r\n"
    )
    .unwrap();
    let mut head = String::new();
    BufReader::new(&stream).read_line(&mut head).unwrap();
    (stream, head)
}

fn post_batch(server: &Server, key: &str, body: &str) -> Reply {
    let request = agent().post(format!("{}/v1/decisions/batch", server.address));
    let request = request.header("content-type", "application/x-ndjson");
    Reply::read(request.header("x-api-key", key).send(body))
}

#[test]
fn one_caller_can_not_lock_out_the_batches_of_another() {
    let settings =
        format!("[batch]\nconcurrency = 1\nidle-ms = 600000\n{}{}", caller("greedy", ""), caller("modest", ""));
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    let (_stalled, head) = stalled_batch(&server, "greedy-key");
    assert_contains(&head, "200");
    assert_eq!(post_batch(&server, "greedy-key", &case().to_string()).status, 503, "one of its own is open");
    let lines = vec![case().to_string(); 200].join("\n");
    let modest = post_batch(&server, "modest-key", &lines);
    assert_eq!(modest.assert_status(200).text.matches("\"decision\"").count(), 200);
}

#[test]
fn a_line_without_an_end_is_one_fault_and_holds_no_more_than_a_line_may() {
    let server = Server::start_for_callers(plugins_rulebook(), &caller("greedy", ""));
    let endless = "x".repeat(8 << 20);
    let reply = post_batch(&server, "greedy-key", &format!("{endless}\n{}\n", case()));
    let lines: Vec<Value> =
        reply.assert_status(200).text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["problem"]["type"], "/problems/body-too-large");
    assert_eq!(lines[1]["decision"]["jurisdiction"], "CN-3706");
    assert_lacks(&reply.text, "xxxx");
}
