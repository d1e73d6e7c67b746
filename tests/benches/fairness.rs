//! How long a caller waits beside another that sends all that it may, and beside strangers: the caller alone and beside
//! each attack, in rounds that alternate. The host and its clients have cores of their own, and the attackers' threads
//! give way to the caller's.
//!
//! `cargo bench --workspace --bench fairness`
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected ends"
)]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../assertions.rs"]
mod assertions;
#[allow(dead_code, reason = "shared with other benchmarks")]
mod connection;
mod cores;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../support.rs"]
mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ordinance_engine::digest::sha256;
use rustix::process::setpriority_process;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::cores::stay_on;
use crate::support::{Server, plugins_rulebook};

/// How long a round is, how long before it an attack has begun, and how long after it the host may end its work.
const ROUND: Duration = Duration::from_millis(800);
const BEFORE: Duration = Duration::from_millis(300);
const AFTER: Duration = Duration::from_millis(300);
const ROUNDS: usize = 3;
/// How often the caller asks, from one connection.
const EVERY: Duration = Duration::from_millis(5);
/// The lowest priority of a thread.
const LOWEST: i32 = 19;

/// What an attacker sends, from how many connections. Each request of a list is sent in turn.
struct Attack {
    name: &'static str,
    connections: usize,
    requests: Vec<Vec<u8>>,
}

/// A request with a key, whose connection is closed after it where the answer has no length.
fn post(key: &str, path: &str, media_type: &str, body: &str) -> Vec<u8> {
    let close = if path.ends_with("batch") { "connection: close\r\n" } else { "" };
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n{close}content-type: {media_type}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").into_bytes()
}

fn attacks() -> Vec<Attack> {
    const JSON: &str = "application/json";
    let unknown = |place: &str| {
        json!({"jurisdiction": place, "service": "disability-living-subsidy", "as_of": "2026-03-01",
            "mode": "simulation", "facts": {}})
        .to_string()
    };
    let codes = ["CN-35", "CN-33", "CN-31", "CN-12", "CN-64"];
    let places: Vec<&str> = codes.into_iter().cycle().take(500).collect();
    let comparison = json!({"service": "disability-living-subsidy", "as_of": "2026-03-01", "facts": {},
        "jurisdictions": places});
    let evaluation = json!({"resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "context": {"basis": "statutory-duty"}});
    let evaluations = json!({"subject": {"type": "public-body", "id": "attacker"},
        "action": {"name": "dpv:PublicBenefit"}, "evaluations": vec![evaluation; 256]});
    let lines = vec![unknown("CN-35"); 2_000].join("\n");
    let form = "/v1/services/disability-living-subsidy/form?jurisdiction=CN-35";
    let days = (1..=9_000).map(|day| get(&format!("{form}&as_of={}-01-{:02}", 2000 + day / 28, 1 + day % 28)));
    let attack = |name, connections, requests| Attack { name, connections, requests };
    let of_caller = |path: &str, media_type: &str, body: &str| vec![post("attacker", path, media_type, body)];
    vec![
        attack("4 comparisons of 500 places", 4, of_caller("/v1/comparisons", JSON, &comparison.to_string())),
        attack("4 batches", 4, of_caller("/v1/decisions/batch", "application/x-ndjson", &lines)),
        attack("4 sets of 256 evaluations", 4, of_caller("/access/v1/evaluations", JSON, &evaluations.to_string())),
        attack("64 decisions without facts", 64, of_caller("/v1/decisions", JSON, &unknown("CN-35"))),
        attack("2 strangers, one form", 2, vec![get(form)]),
        attack("2 strangers, forms of other days", 2, days.collect()),
        attack("2 strangers, the whole document", 2, vec![get("/openapi.json")]),
    ]
}

/// Sends a request and reads the answer; its status.
fn exchange(stream: &mut BufReader<TcpStream>, request: &[u8]) -> std::io::Result<u16> {
    stream.get_mut().write_all(request)?;
    let (mut status, mut length, mut line) = (0, None, String::new());
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest[..3].parse().unwrap();
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = Some(value.trim().parse::<u64>().unwrap());
        }
    }
    std::io::copy(&mut stream.by_ref().take(length.unwrap_or(u64::MAX)), &mut std::io::sink())?;
    Ok(status)
}

/// Attacks from one connection until it is over.
fn keep_attacking(address: &str, attack: &Attack, first: usize, open: &Mutex<Option<TcpStream>>, is_over: &AtomicBool) {
    setpriority_process(None, LOWEST).unwrap();
    let mut requests = attack.requests.iter().cycle().skip(first);
    while !is_over.load(Ordering::Relaxed) {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        *open.lock().unwrap() = Some(stream.try_clone().unwrap());
        let mut stream = BufReader::new(stream);
        // A rejection may close the connection, and so does the end.
        while !is_over.load(Ordering::Relaxed) && exchange(&mut stream, requests.next().unwrap()).is_ok() {}
    }
}

/// What the caller's requests came to.
#[derive(Default)]
struct Answers {
    times: Vec<Duration>,
    rejected: u32,
}

/// The caller asks at fixed times; a request that comes late waits from the time when it was due.
fn ask(address: &str, request: &[u8], answers: &mut Answers) {
    let mut connection = Connection::open(address);
    let begun = Instant::now();
    for number in 0_u32.. {
        let due = EVERY * number;
        if due >= ROUND {
            return;
        }
        thread::sleep(due.saturating_sub(begun.elapsed()));
        match connection.ask(request) {
            200 => answers.times.push(begun.elapsed() - due),
            _ => answers.rejected += 1,
        }
    }
}

fn ask_beside(address: &str, request: &[u8], attack: &Attack, round: usize, answers: &mut Answers) {
    let is_over = AtomicBool::new(false);
    let open: Vec<Mutex<Option<TcpStream>>> = (0..attack.connections).map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for (number, open) in open.iter().enumerate() {
            // No two of them, nor two rounds, ask for the same days.
            let first = (round * attack.connections + number) * attack.requests.len() / (ROUNDS * attack.connections);
            let is_over = &is_over;
            scope.spawn(move || keep_attacking(address, attack, first, open, is_over));
        }
        thread::sleep(BEFORE);
        ask(address, request, answers);
        is_over.store(true, Ordering::Relaxed);
        for stream in open.iter().filter_map(|open| open.lock().unwrap().take()) {
            // One that is closed already needs no end.
            let _ = stream.shutdown(Shutdown::Both);
        }
    });
    thread::sleep(AFTER);
}

fn micros(times: &mut [Duration], hundredth: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * hundredth / 100).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}

fn settings() -> String {
    let caller = |id: &str| {
        let hash = sha256(id.as_bytes()).hex();
        format!(
            "[[callers]]\nid = \"{id}\"\nkind = \"public-body\"\nkey-sha256 = \"{hash}\"\nservices = [\"*\"]\n\
             purposes = [\"*\"]\njurisdictions = [\"*\"]\n"
        )
    };
    // Such as FAIRNESS_SETTINGS='[concurrency]\nlimit = 2'.
    let more = std::env::var("FAIRNESS_SETTINGS").unwrap_or_default().replace("\\n", "\n");
    format!("{more}\n{}{}", caller("attacker"), caller("victim"))
}

fn main() {
    let rulebook = plugins_rulebook();
    let cores = thread::available_parallelism().unwrap().get();
    assert!(cores > 1, "one core for the host and one for its clients");
    stay_on(0..cores / 2);
    let server = Server::start_for_callers(rulebook, &settings());
    stay_on(cores / 2..cores);
    let case: Value = json!({"jurisdiction": "CN-3706", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "mode": "simulation", "facts": {"disability_grade": 1, "needs_long_term_care": true,
            "work_injury_care_payment": false, "destitute_support": false, "draws_elderly_care_subsidy": false}});
    let request = post("victim", "/v1/decisions", "application/json", &case.to_string());
    println!("| beside | p50 alone (us) | p50 | p99 alone (us) | p99 | p99 to alone | 503 |");
    println!("|---|---|---|---|---|---|---|");
    for attack in attacks() {
        let [mut alone, mut beside] = [(); 2].map(|()| Answers::default());
        for round in 0..ROUNDS {
            ask(server.host(), &request, &mut alone);
            ask_beside(server.host(), &request, &attack, round, &mut beside);
        }
        let [p50_alone, p99_alone] = [50, 99].map(|share| micros(&mut alone.times, share));
        let [p50, p99] = [50, 99].map(|share| micros(&mut beside.times, share));
        println!(
            "| {} | {p50_alone:.0} | {p50:.0} | {p99_alone:.0} | {p99:.0} | {:.1} | {} |",
            attack.name,
            p99 / p99_alone,
            beside.rejected
        );
    }
}
