//! What a host does where less, as much and more is asked than it can do: how much it gives, and how long those wait
//! that it takes. The host and its clients have cores of their own.
//!
//! `cargo bench --workspace --bench overload`
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
#[allow(dead_code, reason = "shared with other benchmarks")]
mod load_generator;
mod statistics;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../support.rs"]
mod support;

use std::thread;
use std::time::Duration;

use crate::connection::post;
use crate::cores::stay_on;
use crate::load_generator::LoadGenerator;
use crate::statistics::median;
use crate::support::{Server, plugins_rulebook};

/// How long a round is, and how long before it the host may find out what is asked of it.
const ROUND: Duration = Duration::from_millis(1500);
const BEFORE: Duration = Duration::from_millis(500);
const ROUNDS: usize = 5;
/// Connections for the requests.
const MANY: usize = 256;

/// A case whose `mode` is to be said.
const CASE: &str = r#"{"jurisdiction":"CN-3706","service":"disability-care-subsidy","as_of":"2026-03-01","mode":"MODE","facts":{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}}"#;

/// What a round gave.
struct Round {
    /// Answers with a decision, in a second.
    good: f64,
    /// Rejections, in a second.
    rejected: f64,
    /// Requests that weren't sent, as every connection waited, in a second.
    unsent: f64,
    /// The microseconds that 50 and 99 of a hundred with a decision took at most.
    micros: [f64; 2],
}

fn round(address: &str, request: &[u8], per_second: f64) -> Round {
    let between = Duration::from_secs_f64(1.0 / per_second);
    let mut answers = LoadGenerator::connect(address, MANY, request).open_loop(between, [BEFORE, ROUND]);
    answers.times.sort_unstable();
    let at = |share: usize| answers.times.get(answers.times.len() * share / 100).map_or(f64::NAN, micros);
    let in_a_second = |count: f64| count / ROUND.as_secs_f64();
    Round {
        good: in_a_second(answers.times.len() as f64),
        rejected: in_a_second(answers.rejected.into()),
        unsent: in_a_second(answers.unsent.into()),
        micros: [at(50), at(99)],
    }
}

fn micros(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The most that the host gives in a second, however much is asked.
fn peak(address: &str, request: &[u8]) -> f64 {
    let (mut most, mut asked) = (0.0, 500.0);
    loop {
        most = round(address, request, asked).good.max(most);
        if asked > most * 2.5 {
            return most;
        }
        asked *= 1.2;
    }
}

/// The host on the first half of the cores and the clients on the other: clients that take the host's time would be
/// measured too.
fn start_apart(settings: &str) -> Server {
    let rulebook = plugins_rulebook();
    let cores = thread::available_parallelism().unwrap().get();
    assert!(cores > 1, "one core for the host and one for its clients");
    stay_on(0..cores / 2);
    let server = Server::start(rulebook, &format!("[concurrency]\n{settings}\n"));
    stay_on(cores / 2..cores);
    server
}

fn main() {
    // Such as OVERLOAD_SETTINGS='overload-queue-max = 2'.
    let server = start_apart(&std::env::var("OVERLOAD_SETTINGS").unwrap_or_default());
    for mode in ["official", "simulation"] {
        measure(server.host(), mode);
    }
}

fn measure(address: &str, mode: &str) {
    let request = post("/v1/decisions", &CASE.replace("MODE", mode));
    let peak = peak(address, &request);
    let shares = [0.2, 0.5, 0.8, 1.0, 2.0, 3.0];
    let mut rounds: Vec<Vec<Round>> = shares.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (share, rounds) in shares.iter().zip(&mut rounds) {
            rounds.push(round(address, &request, peak * share));
        }
    }
    // The machine may have other work at times: each round is compared to the best beside it.
    let best = |turn: usize| rounds.iter().map(|of_share| of_share[turn].good).fold(0.0, f64::max);
    println!("{mode}: {peak:.0} decisions/s at most; the medians of {ROUNDS} rounds, to the best beside them");
    println!("| requested | decided | rejected | not sent | p50 (us) | p99 (us) | p99 to p50 | p99 to unloaded |");
    println!("|---|---|---|---|---|---|---|---|");
    for (share, of_share) in shares.iter().zip(&rounds) {
        let all = |number: fn(&Round) -> f64| median(of_share.iter().map(number).collect());
        let to_best = |number: fn(&Round) -> f64| {
            median(of_share.iter().enumerate().map(|(turn, round)| number(round) / best(turn)).collect())
        };
        let to_unloaded =
            of_share.iter().zip(&rounds[0]).map(|(loaded, unloaded)| loaded.micros[1] / unloaded.micros[1]);
        println!(
            "| {share:.1} | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} | {:.1} | {:.1} |",
            to_best(|round| round.good),
            to_best(|round| round.rejected),
            to_best(|round| round.unsent),
            all(|round| round.micros[0]),
            all(|round| round.micros[1]),
            all(|round| round.micros[1] / round.micros[0]),
            median(to_unloaded.collect()),
        );
    }
}
