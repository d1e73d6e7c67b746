//! What operators see: health, metrics, a log that can't be written, a busy host, and an orderly end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::connection::{Connection, post};
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::support::{Reply, Server, agent, get, plugins_rulebook, run, scratch, text_of, until};

const CASE: &str = r#"{"jurisdiction":"CN","service":"disability-care-subsidy","as_of":"2026-01-01","facts":{}}"#;

/// A case of three levels, with all that their rules need.
const CASE_WITH_FACTS: &str = r#"{"jurisdiction":"CN-3706","service":"disability-care-subsidy","as_of":"2026-01-01","facts":{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}}"#;

#[test]
fn health_readiness_and_metrics_are_on_their_own_port() {
    let server = Server::start(plugins_rulebook(), "");
    let operations = |path: &str| get(&format!("{}{path}", server.operations), "");
    assert_eq!(operations("/healthz").status, 200);
    assert_eq!(operations("/readyz").status, 200);
    server.post("/v1/decisions", CASE);
    server.post("/v1/decisions", "{");
    let metrics = operations("/metrics").text;
    let expected = "ordinance_decisions_total{service=\"disability-care-subsidy\",level=\"1\",outcome=\"undetermined\",mode=\"official\"} 1";
    assert_contains(&metrics, expected);
    assert_contains(&metrics, "ordinance_problems_total{problem=\"malformed-json\"} 1");
    assert_contains(&metrics, "ordinance_rules_broken 0");
    assert_contains(&metrics, "ordinance_batches_running 0");
    let timed = "ordinance_decision_seconds_count{service=\"disability-care-subsidy\",mode=\"official\"} 1";
    assert_contains(&metrics, timed);
    assert_contains(&metrics, "ordinance_decision_queue_seconds_count 2");
    let number = |name: &str| {
        let line =
            metrics.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{name}"));
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    assert!(number("ordinance_rule_calls_total") > 0, "{metrics}");
    assert!(number("ordinance_rule_fuel_total") > 1000, "{metrics}");
    assert_eq!(number("ordinance_rule_slots_in_use"), 0);
    assert_eq!(number("ordinance_revisions"), 1);
    assert_eq!(server.get("/metrics").status, 404);
}

#[test]
fn every_answer_has_an_id_and_goes_on_with_the_trace() {
    let server = Server::start(plugins_rulebook(), "");
    let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let send = |path: &str, id: &str| {
        let request = agent().post(format!("{}{path}", server.address)).header("content-type", "application/json");
        let response = request.header("x-request-id", id).header("traceparent", sent).send(CASE).unwrap();
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        (header("x-request-id"), header("traceparent"))
    };
    for path in ["/v1/decisions", "/nowhere"] {
        let (id, trace) = send(path, "01a20c04-b0d5-72e3-a413-9ee5db4d5d73");
        assert_eq!(id, "01a20c04-b0d5-72e3-a413-9ee5db4d5d73");
        assert!(trace.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{trace}");
        assert!(trace.ends_with("-01"), "{trace}");
        assert_ne!(trace, sent, "the span is the host's own");
        assert_ne!(send(path, "two words").0, "two words");
    }
    let ready = agent().get(format!("{}/readyz", server.operations)).call().unwrap();
    assert!(ready.headers().contains_key("x-request-id"));
}

/// Takes one batch of spans as a collector does.
fn collect(collector: &TcpListener, spans: &Mutex<Vec<Value>>) {
    let Ok((mut stream, _)) = collector.accept() else { return std::thread::yield_now() };
    stream.set_nonblocking(false).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut length, mut line) = (0, String::new());
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        length = line.strip_prefix("content-length: ").map_or(length, |text| text.trim().parse().unwrap());
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    let sent: Value = serde_json::from_slice(&sent).unwrap();
    spans.lock().unwrap().extend(sent["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone());
}

#[test]
fn each_line_of_a_sampled_batch_has_a_span_for_each_rule() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = format!("[telemetry]\notlp-endpoint = \"http://{}\"\n", collector.local_addr().unwrap());
    let server = Server::start(plugins_rulebook(), &settings);
    let request =
        agent().post(format!("{}/v1/decisions/batch", server.address)).header("content-type", "application/x-ndjson");
    let request = request.header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert_eq!(request.send(format!("{CASE_WITH_FACTS}\n{CASE_WITH_FACTS}\n")).unwrap().status(), 200);
    collector.set_nonblocking(true).unwrap();
    let spans = Mutex::new(Vec::new());
    let count = |name: &str| spans.lock().unwrap().iter().filter(|span: &&Value| span["name"] == name).count();
    until(|| {
        collect(&collector, &spans);
        count("POST /v1/decisions/batch") == 1 && count("rule of CN-37") == 2
    });
}

#[test]
fn a_recorded_request_is_told_to_the_collector_with_a_span_for_each_rule_and_no_fact() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = format!(
        "[telemetry]\notlp-endpoint = \"http://{}/v1/traces\"\nsample-ratio = 0\n",
        collector.local_addr().unwrap()
    );
    let server = Server::start(plugins_rulebook(), &settings);
    let send = |trace: &str| {
        let request =
            agent().post(format!("{}/v1/decisions", server.address)).header("content-type", "application/json");
        assert_eq!(request.header("traceparent", trace).send(CASE_WITH_FACTS).unwrap().status(), 200);
    };
    send("00-11111111111111111111111111111111-2222222222222222-00");
    send("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    collector.set_nonblocking(true).unwrap();
    let spans = Mutex::new(Vec::new());
    until(|| {
        collect(&collector, &spans);
        spans.lock().unwrap().len() >= 4
    });
    let spans: Vec<Value> = spans.into_inner().unwrap();
    assert!(spans.iter().all(|span| span["traceId"] == "0af7651916cd43dd8448eb211c80319c"), "{spans:?}");
    let root = spans.iter().find(|span| span["name"] == "POST /v1/decisions").unwrap();
    assert_eq!(root["parentSpanId"], "b7ad6b7169203331");
    let names: Vec<&str> = spans.iter().filter_map(|span| span["name"].as_str()).collect();
    for place in ["CN", "CN-37", "CN-3706"] {
        let name = format!("rule of {place}");
        assert!(names.contains(&name.as_str()), "{names:?}");
    }
    let below = spans.iter().filter(|span| span["parentSpanId"] == root["spanId"]).count();
    assert_eq!(below, spans.len() - 1);
    assert_lacks(&format!("{spans:?}"), "disability_grade");
}

#[test]
fn ten_thousand_silent_connections_leave_room_for_who_asks() {
    let server = Server::start(plugins_rulebook(), "[http]\nconnections-max = 10100\nheader-ms = 600000\n");
    let silent: Vec<TcpStream> = (0..10_000).map(|_| TcpStream::connect(server.host()).unwrap()).collect();
    for _ in 0..20 {
        assert_eq!(server.post("/v1/decisions", CASE).status, 200);
    }
    assert_eq!(silent.len(), 10_000);
}

#[test]
fn what_can_not_be_recorded_is_not_given() {
    let server = Server::start(plugins_rulebook(), "[decision-log]\npath = \"/dev/full\"\n");
    let reply = server.post("/v1/decisions", CASE);
    reply.assert_problem(503, "log-unavailable");
    assert_eq!(reply.retry_after.as_deref(), Some("1"));
    assert_lacks(&reply.text, "outcome");
    assert_eq!(get(&format!("{}/readyz", server.operations), "").status, 503);
    let simulation = CASE.replace("\"facts\"", "\"mode\":\"simulation\",\"facts\"");
    assert_eq!(server.post("/v1/decisions", &simulation).status, 200);
    until(|| server.said().contains("the decision log can't be written"));
}

#[test]
fn a_disk_with_room_for_a_byte_and_not_for_a_record_is_not_ready() {
    let folder = scratch();
    let log = folder.path().join("decisions.ndjson");
    // The file may have 16 KiB.
    std::fs::write(&log, "\n".repeat((16 << 10) - 8)).unwrap();
    let settings = format!("[decision-log]\npath = {log:?}\n");
    let server = Server::start_under("ulimit -f 32", plugins_rulebook(), &settings);
    let ready = || get(&format!("{}/readyz", server.operations), "").status;
    assert_eq!(ready(), 200);
    for _ in 0..2 {
        server.post("/v1/decisions", CASE).assert_problem(503, "log-unavailable");
        assert_eq!(ready(), 503);
        assert_eq!(ready(), 503, "no probe says that a record fits");
    }
    std::fs::rename(&log, folder.path().join("full.ndjson")).unwrap();
    assert_eq!(ready(), 200);
    assert_eq!(std::fs::read(&log).unwrap(), b"", "the probe is cut off");
    server.post("/v1/decisions", CASE).assert_status(200);
}

/// Sends a request, the body some time after the head; the status of the answer.
fn ask_in_two(connection: &mut Connection, body: &str) -> u16 {
    let whole = post("/v1/decisions", body);
    let (head, body) = whole.split_at(whole.len() - body.len());
    connection.send(head);
    std::thread::yield_now();
    connection.send(body);
    connection.receive()
}

#[test]
fn what_is_more_than_a_host_can_do_is_sent_away_at_once_and_both_ends_are_told() {
    let folder = scratch();
    let source =
        write_rulebook(folder.path(), &[("LOOP", Guest::with_body("(loop (br 0)) (unreachable)").component())]);
    assert!(run(&["build", source.to_str().unwrap()]).status.success());
    let settings = "[rules]\nfuel = 1000000000000000\ndeadline-ms = 20\n[concurrency]\nlimit = 1\noverloaded-ms = 5\n";
    let server = Server::start(&source.join("target/rulebook"), settings);
    let body = r#"{"jurisdiction": "XX-LOOP", "service": "probe", "as_of": "2026-01-01", "mode": "simulation", "facts": {"n": 7}}"#;
    let (is_over, sent_away) = (AtomicBool::new(false), Mutex::new(None));
    let keep_asking = || {
        while !is_over.load(Ordering::Relaxed) {
            let request = agent().post(format!("{}/v1/decisions", server.address));
            let response = request.header("content-type", "application/json").send(body).unwrap();
            if response.status() == 503 {
                *sent_away.lock().unwrap() = Some(response);
            }
        }
    };
    std::thread::scope(|scope| {
        (0..12).for_each(|_| drop(scope.spawn(keep_asking)));
        until(|| sent_away.lock().unwrap().is_some());
        // Who is sent away may go on on its connection.
        let mut connection = Connection::open(server.host());
        while ask_in_two(&mut connection, body) != 503 {}
        ask_in_two(&mut connection, body);
        is_over.store(true, Ordering::Relaxed);
    });
    let response = sent_away.into_inner().unwrap().unwrap();
    for name in ["x-request-id", "traceparent"] {
        assert!(response.headers().contains_key(name), "{name}");
    }
    let reply = Reply::read(Ok(response));
    reply.assert_includes(json!({"type": "/problems/overloaded"}));
    assert_eq!(reply.retry_after.as_deref(), Some("1"));
    until(|| server.said().contains("overload began"));
    until(|| server.said().contains("overload ended"));
    until(|| get(&format!("{}/metrics", server.operations), "").text.contains("ordinance_overloaded 0"));
}

/// Other work on the machine until it is dropped.
struct BusyCores(Arc<AtomicBool>);

impl BusyCores {
    fn keep(cores: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        for _ in 0..cores {
            let is_over = Arc::clone(&is_over);
            std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(is_over)
    }
}

impl Drop for BusyCores {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn sixteen_clients_of_a_host_on_busy_cores_meet_no_503() {
    let server = Server::start(plugins_rulebook(), "");
    let decision = post("/v1/decisions", &CASE_WITH_FACTS.replace("\"facts\"", "\"mode\":\"simulation\",\"facts\""));
    let _busy = BusyCores::keep(2);
    let ask = || {
        let mut connection = Connection::open(server.host());
        (0..100).filter(|_| connection.ask(&decision) != 200).count()
    };
    let rejected = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>()
    });
    assert_eq!(rejected, 0);
}

#[test]
fn who_says_nothing_does_not_hold_up_the_end() {
    let mut server = Server::start(plugins_rulebook(), "[http]\nheader-ms = 3600000\ndrain-ms = 3600000\n");
    let silent = TcpStream::connect(server.host()).unwrap();
    // It was accepted once a later one is answered.
    assert_eq!(server.get("/v1/services").status, 200);
    server.terminate();
    assert!(server.wait().success());
    until(|| server.said().contains("ended"));
    drop(silent);
}

#[test]
fn a_host_that_is_told_to_end_finishes_what_it_has_begun() {
    let mut server = Server::start(plugins_rulebook(), "");
    let mut stream = TcpStream::connect(server.host()).unwrap();
    let head = format!(
        "POST /v1/decisions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        CASE.len()
    );
    let (begun, rest) = CASE.split_at(10);
    stream.write_all(format!("{head}{begun}").as_bytes()).unwrap();
    // The request is in the server's hands once a later one is answered.
    assert_eq!(server.get("/v1/services").status, 200);
    server.terminate();
    while TcpStream::connect(server.host()).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(server.wait().success());
    assert_eq!(server.decision_log().len(), 1);
}

#[test]
fn settings_that_can_not_be_used_are_told_before_anything_starts() {
    let folder = scratch();
    let serve = |settings: &str| {
        let config = folder.path().join("host.toml");
        std::fs::write(&config, settings).unwrap();
        let output = run(&[
            "serve",
            plugins_rulebook().to_str().unwrap(),
            "--config",
            config.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
            "--operations",
            "127.0.0.1:0",
            "--open-door",
        ]);
        (output.status.code(), text_of(&output).split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let (code, said) = serve("[http]\nbody-bytes = 1\n");
    assert_eq!(code, Some(2));
    assert_contains(&said, "host.toml:2:1");
    assert_contains(&said, "unknown field `body-bytes`");
    let (code, said) = serve("[decision-log]\npath = \"/nowhere/decisions.ndjson\"\n");
    assert_eq!(code, Some(2));
    assert_contains(&said, "/nowhere/decisions.ndjson");
    let open = folder.path().join("cache");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let (code, said) = serve(&format!("[rules]\ncode-cache = {open:?}\n"));
    assert_ne!(code, Some(0));
    assert_contains(&said, "is not safe: others can write");
}

#[test]
fn a_busy_host_sends_away_with_a_time_to_come_back() {
    let server = Server::start(plugins_rulebook(), "[concurrency]\nlimit = 1\nqueue-max = 0\n");
    let replies: Vec<(u16, Option<String>)> = std::thread::scope(|scope| {
        let send = || {
            let decide = |_| {
                let reply = server.decide(
                    "CN-370602",
                    "disability-care-subsidy",
                    "2026-03-01",
                    &json!({"disability_grade": 1}),
                );
                (reply.status, reply.retry_after)
            };
            (0..100).map(decide).collect::<Vec<_>>()
        };
        let clients: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let good = replies.iter().filter(|(status, _)| *status == 200).count();
    let shed = replies.iter().filter(|(status, after)| *status == 503 && after.as_deref() == Some("1")).count();
    assert_eq!(good + shed, 800);
    assert!(good > 0);
    assert_eq!(server.decision_log().len(), good);
}
