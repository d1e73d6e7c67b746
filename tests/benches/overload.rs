//! What a host does at twice its capacity: how much it still gives, and how long those wait that it takes.
//!
//! `cargo bench -p ordinance-tests --bench overload`
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected ends"
)]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

mod connection;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../support.rs"]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use crate::connection::{Connection, request};
use crate::support::{Server, plugins_rulebook};

const ROUND: Duration = Duration::from_secs(4);
/// Clients that ask as fast as they are answered.
const BUSY: usize = 16;
/// Clients that ask at given times.
const MANY: usize = 256;

const BODY: &str = r#"{"jurisdiction":"CN-3706","service":"disability-care-subsidy","as_of":"2026-03-01","mode":"simulation","facts":{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}}"#;

/// What a round gave.
struct Round {
    /// Answers with a decision, in a second.
    good: f64,
    /// Answers that sent away, in a second.
    shed: f64,
    /// The time that 50 and 99 of a hundred with a decision took at most.
    times: [Duration; 2],
}

/// A round of so many clients, each with so long between two requests (none: at once).
fn round(address: &str, clients: usize, between: Option<Duration>) -> Round {
    let begun = Instant::now();
    let client = |number: usize| {
        let (mut connection, request) = (Connection::open(address), request(BODY));
        let (mut times, mut shed, mut turn) = (Vec::new(), 0_u32, 0_u32);
        while begun.elapsed() < ROUND {
            if let Some(between) = between {
                let share = between * u32::try_from(number).unwrap() / u32::try_from(clients).unwrap();
                thread::sleep((between * turn + share).saturating_sub(begun.elapsed()));
            }
            turn += 1;
            let sent = Instant::now();
            match connection.ask(&request) {
                200 => times.push(sent.elapsed()),
                _ => shed += 1,
            }
        }
        (times, shed)
    };
    let results: Vec<(Vec<Duration>, u32)> = thread::scope(|scope| {
        let running: Vec<_> = (0..clients).map(|number| scope.spawn(move || client(number))).collect();
        running.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let shed: u32 = results.iter().map(|(_, shed)| shed).sum();
    let mut times: Vec<Duration> = results.into_iter().flat_map(|(times, _)| times).collect();
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    Round { good: times.len() as f64 / seconds, shed: f64::from(shed) / seconds, times: [at(50), at(99)] }
}

fn main() {
    // Such as OVERLOAD_LANE='lag-ms = 2'.
    let lane = std::env::var("OVERLOAD_LANE").unwrap_or_default();
    let server = Server::start(plugins_rulebook(), &format!("[lane]\n{lane}\n"));
    let address = server.host();
    let row = |what: &str, round: &Round, peak: f64, unloaded: Duration| {
        println!(
            "| {what} | {:.0} | {:.2} | {:.0} | {} | {} | {:.1} |",
            round.good,
            round.good / peak,
            round.shed,
            round.times[0].as_micros(),
            round.times[1].as_micros(),
            round.times[1].as_secs_f64() / unloaded.as_secs_f64(),
        );
    };
    let peak = round(address, BUSY, None);
    let between = |share: f64| Some(Duration::from_secs_f64(MANY as f64 / (peak.good * share)));
    let unloaded = round(address, MANY, between(0.2));
    println!(
        "| | decisions/s | of the peak | shed/s | p50 (us) | p99 (us) | p99 of unloaded |\n|---|---|---|---|---|---|---|"
    );
    row("a fifth of the peak", &unloaded, peak.good, unloaded.times[1]);
    row("as fast as 16 clients can", &peak, peak.good, unloaded.times[1]);
    for share in [1.0, 2.0, 3.0] {
        let loaded = round(address, MANY, between(share));
        row(&format!("{share:.0} times the peak is asked for"), &loaded, peak.good, unloaded.times[1]);
    }
}
