//! Requests per second of a three-layer decision beside a bare axum handler that parses the same JSON and computes the
//! same answer natively. Rounds alternate, so that the ratio holds on a noisy machine.
//!
//! `cargo bench -p ordinance-tests`
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that meets something unexpected ends")]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

mod connection;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::connection::{Connection, request};

const CONNECTIONS: usize = 16;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;

#[derive(Deserialize)]
struct Request {
    jurisdiction: String,
    service: String,
    as_of: String,
    facts: Facts,
}

#[derive(Deserialize)]
struct Facts {
    disability_grade: u8,
    needs_long_term_care: bool,
    work_injury_care_payment: bool,
    destitute_support: bool,
    draws_elderly_care_subsidy: bool,
}

#[derive(Serialize)]
struct Reply {
    jurisdiction: String,
    service: String,
    as_of: String,
    outcome: &'static str,
    amount: Option<&'static str>,
}

/// The care subsidy in Yantai: the nation's conditions, the province's 80, the city's two tiers above it.
async fn native(Json(request): Json<Request>) -> Json<Reply> {
    let facts = request.facts;
    let eligible = facts.disability_grade <= 2
        && facts.needs_long_term_care
        && !facts.work_injury_care_payment
        && !facts.destitute_support
        && !facts.draws_elderly_care_subsidy;
    let amount = eligible.then_some(if facts.disability_grade == 1 { "193.00" } else { "161.00" });
    let outcome = if eligible { "eligible" } else { "ineligible" };
    Json(Reply { jurisdiction: request.jurisdiction, service: request.service, as_of: request.as_of, outcome, amount })
}

fn start_native() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    listener.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, Router::new().route("/v1/decisions", post(native))).await.unwrap();
        });
    });
    address
}

struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_host(folder: &Path, rulebook: &Path, sync: bool) -> Server {
    let config = folder.join(format!("host-{sync}.toml"));
    let log = folder.join(format!("decisions-{sync}.ndjson"));
    std::fs::write(&config, format!("[decision-log]\npath = {log:?}\nsync = {sync}\n")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ordinance-under-test"))
        .args(["serve", rulebook.to_str().unwrap(), "--config", config.to_str().unwrap(), "--open-door"])
        .args(["--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("decisions on ")).unwrap();
    thread::spawn(move || lines.for_each(drop));
    let address = line.split_whitespace().nth(2).unwrap().trim_start_matches("http://").to_owned();
    Server(child, address)
}

fn body(mode: &str) -> String {
    format!(
        r#"{{"jurisdiction":"CN-3706","service":"disability-care-subsidy","as_of":"2026-03-01","mode":"{mode}","facts":{{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}}}}"#
    )
}

/// Requests per second over all connections.
fn load(address: &str, body: &str) -> f64 {
    let request = request(body);
    let begun = Instant::now();
    let count: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| client(address, &request, begun))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    count as f64 / begun.elapsed().as_secs_f64()
}

fn client(address: &str, request: &[u8], begun: Instant) -> usize {
    let (mut connection, mut count) = (Connection::open(address), 0);
    while begun.elapsed() < ROUND {
        assert_eq!(connection.ask(request), 200);
        count += 1;
    }
    assert!(connection.answer.windows(6).any(|bytes| bytes == b"193.00"));
    count
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let rulebook = folder.path().join("rulebook");
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("plugins");
    let built = Command::new(env!("CARGO_BIN_EXE_ordinance-under-test"))
        .arg("build")
        .arg(plugins)
        .arg("--out")
        .arg(&rulebook)
        .status();
    assert!(built.unwrap().success());
    let native = start_native();
    let (synced, buffered) = (start_host(folder.path(), &rulebook, true), start_host(folder.path(), &rulebook, false));
    let lanes = [
        ("native handler, 1 answer", native.as_str(), body("official")),
        ("host, simulation", buffered.1.as_str(), body("simulation")),
        ("host, official, buffered log", buffered.1.as_str(), body("official")),
        ("host, official, synced log", synced.1.as_str(), body("official")),
    ];
    let mut rates = vec![Vec::new(); lanes.len()];
    for _ in 0..ROUNDS {
        for ((_, address, body), rates) in lanes.iter().zip(&mut rates) {
            rates.push(load(address, body));
        }
    }
    let rates: Vec<f64> = rates.into_iter().map(median).collect();
    println!("{CONNECTIONS} connections, median of {ROUNDS} alternating rounds of {} s", ROUND.as_secs());
    for ((name, _, _), rate) in lanes.iter().zip(&rates) {
        println!("{name:30} {rate:>9.0} requests/s  {:>5.2} of native", rate / rates[0]);
    }
}
