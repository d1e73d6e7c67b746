//! Everything at once for a given time: load, reloads, hostile rules, and killed compilers. It ends with a table and
//! fails if a request was lost or an answer wrong.
//!
//! `cargo bench --workspace --bench soak -- --seconds 60`
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
#[allow(dead_code, unused_imports, reason = "shared with the tests")]
#[path = "../faults.rs"]
mod faults;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../hostile_guests.rs"]
mod hostile_guests;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../support.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ordinance_engine::digest::sha256;
use serde_json::{Value, json};

use crate::hostile_guests::{Guest, failing_guests};
use crate::support::{Server, agent, run, scratch, text_of};

/// How many clients ask for the good rule, and how many for hostile ones.
const CLIENTS: usize = 6;
const HOSTILE_CLIENTS: usize = 2;
/// How long the good rule is asked alone first.
const ALONE: Duration = Duration::from_secs(5);
const BETWEEN_RELOADS: Duration = Duration::from_millis(300);
const BETWEEN_KILLS: Duration = Duration::from_millis(1700);

/// The answers that the good rule gives by turns.
const ANSWERS: [&str; 2] = ["ineligible", "eligible"];

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    lost: AtomicU64,
    wrong: AtomicU64,
    shed: AtomicU64,
    hostile: AtomicU64,
    in_use: AtomicU64,
    refused: AtomicU64,
    killed: AtomicU64,
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// The good rule of a turn: other bytes each time, so that it has to be compiled.
fn good(turn: u64) -> Vec<u8> {
    let nonce = format!("(data (i32.const 8192) \"turn {turn}\")");
    let answer = u8::from(turn.is_multiple_of(2));
    let body = format!("(i32.store8 (i32.const 1024) (i32.const {answer})) (i32.const 1024)");
    Guest { data: nonce, ..Guest::with_body(body) }.component()
}

/// Builds the rulebook of a turn into the folder that is served; its digest.
fn publish(source: &Path, served: &Path, turn: u64) -> String {
    fs::write(source.join("XX-GOOD/probe/rule.wasm"), good(turn)).unwrap();
    let built = run(&["build", source.to_str().unwrap(), "--out", served.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    sha256(&fs::read(served.join("index.json")).unwrap()).hex()
}

fn resident_kb(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--seconds");
    let seconds = arguments.nth(1).map_or(30, |text| text.parse().unwrap());
    let folder = scratch();
    let mut rules: Vec<(&str, Vec<u8>)> =
        failing_guests().into_iter().map(|(code, _, guest)| (code, guest.component())).collect();
    rules.push(("GOOD", good(0)));
    let source = faults::write_rulebook(&folder.path().join("source"), &rules);
    let served = folder.path().join("served");
    let answers = Mutex::new(BTreeMap::new());
    answers.lock().unwrap().insert(publish(&source, &served, 0), ANSWERS[0]);
    let server = Server::start(&served, "[reload]\nwatch = false\n[rules]\ncode-cache = \"\"\n");
    let alone = alone(&server, &answers);
    let (counts, is_over, times) = (Counts::default(), AtomicBool::new(false), Mutex::new(Vec::new()));
    let mut begin_kb = 0;
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let own = load(&server, &counts, &is_over, &answers);
                times.lock().unwrap().extend(own);
            });
        }
        for _ in 0..HOSTILE_CLIENTS {
            scope.spawn(|| ask_hostile(&server, &counts, &is_over));
        }
        scope.spawn(|| kill_compilers(&server, &counts, &is_over));
        scope.spawn(|| {
            let mut turn = 0;
            while !is_over.load(Ordering::Relaxed) {
                turn += 1;
                let digest = publish(&source, &served, turn);
                answers.lock().unwrap().insert(digest, ANSWERS[usize::try_from(turn % 2).unwrap()]);
                let reply = agent().post(format!("{}/admin/reload", server.operations)).send_empty().unwrap();
                add(if reply.status() == 200 { &counts.in_use } else { &counts.refused });
                thread::sleep(BETWEEN_RELOADS);
            }
        });
        let end = Instant::now() + Duration::from_secs(seconds);
        thread::sleep(Duration::from_secs(seconds).min(Duration::from_secs(3)));
        begin_kb = resident_kb(&server);
        thread::sleep(end.saturating_duration_since(Instant::now()));
        is_over.store(true, Ordering::Relaxed);
    });
    let beside = percentiles(times.into_inner().unwrap());
    tell(seconds, &counts, [alone, beside], [begin_kb, resident_kb(&server)]);
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    assert_eq!(of(&counts.lost), 0);
    assert_eq!(of(&counts.wrong), 0);
    assert!(of(&counts.in_use) > 0);
}

/// The table.
fn tell(seconds: u64, counts: &Counts, [alone, beside]: [[u64; 2]; 2], [begin_kb, end_kb]: [u64; 2]) {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    println!("| | |\n|---|---|");
    for (what, number) in [
        ("seconds", seconds),
        ("requests for the good rule", of(&counts.requests)),
        ("lost", of(&counts.lost)),
        ("wrong", of(&counts.wrong)),
        ("shed", of(&counts.shed)),
        ("requests for hostile rules, all failed as they must", of(&counts.hostile)),
        ("reloads in use", of(&counts.in_use)),
        ("reloads refused, as their compiler was killed", of(&counts.refused)),
        ("compilers killed", of(&counts.killed)),
        ("p50 of the good rule alone (microseconds)", alone[0]),
        ("p99 of the good rule alone (microseconds)", alone[1]),
        ("p50 beside all else (microseconds)", beside[0]),
        ("p99 beside all else (microseconds)", beside[1]),
        ("memory after 3 s (KiB)", begin_kb),
        ("memory at the end (KiB)", end_kb),
    ] {
        println!("| {what} | {number} |");
    }
}

/// The p50 and p99 of the good rule with nothing beside it, in microseconds.
fn alone(server: &Server, answers: &Mutex<BTreeMap<String, &'static str>>) -> [u64; 2] {
    let (counts, is_over, times) = (Counts::default(), AtomicBool::new(false), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let own = load(server, &counts, &is_over, answers);
                times.lock().unwrap().extend(own);
            });
        }
        thread::sleep(ALONE);
        is_over.store(true, Ordering::Relaxed);
    });
    percentiles(times.into_inner().unwrap())
}

/// The p50 and p99 of times, in microseconds.
fn percentiles(mut times: Vec<Duration>) -> [u64; 2] {
    times.sort_unstable();
    [50, 99].map(|share| u64::try_from(times[times.len() * share / 100].as_micros()).unwrap())
}

/// Asks for the good rule until it is over; the times of the answers.
fn load(
    server: &Server,
    counts: &Counts,
    is_over: &AtomicBool,
    answers: &Mutex<BTreeMap<String, &'static str>>,
) -> Vec<Duration> {
    let (agent, mut times) = (agent(), Vec::new());
    let body =
        json!({"jurisdiction": "XX-GOOD", "service": "probe", "as_of": "2026-01-01", "facts": {"n": 7}}).to_string();
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let request = agent.post(format!("{}/v1/decisions", server.address)).header("content-type", "application/json");
        add(&counts.requests);
        let Ok(mut response) = request.send(&body) else {
            add(&counts.lost);
            continue;
        };
        let text = response.body_mut().read_to_string().unwrap_or_default();
        times.push(begun.elapsed());
        if response.status() == 503 {
            add(&counts.shed);
            continue;
        }
        let decision: Value = serde_json::from_str(&text).unwrap_or_default();
        let digest = decision["rulebook"].as_str().unwrap_or_default().trim_start_matches("sha256:");
        let expected = answers.lock().unwrap().get(digest).copied();
        if expected.is_none() || decision["outcome"].as_str() != expected {
            add(&counts.wrong);
            eprintln!("wrong: {text}");
        }
    }
    times
}

fn ask_hostile(server: &Server, counts: &Counts, is_over: &AtomicBool) {
    let guests: Vec<(&str, &str)> = failing_guests().iter().map(|(code, expected, _)| (*code, *expected)).collect();
    for (code, expected) in guests.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let place = format!("XX-{code}");
        let reply = server.decide(&place, "probe", "2026-01-01", &json!({"n": 7}));
        if reply.status == 503 {
            add(&counts.shed);
            assert!(reply.text.contains("overloaded"), "{}", reply.text);
            continue;
        }
        add(&counts.hostile);
        let found = reply.layer(&place)["failure"]["code"].clone();
        // On a busy machine the clock may come before the fuel.
        if found != *expected && found != "deadline-passed" {
            add(&counts.wrong);
            eprintln!("{code}: {}", reply.text);
        }
    }
}

/// Kills the processes that the host has its rules compiled by, now and then.
fn kill_compilers(server: &Server, counts: &Counts, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        let until = Instant::now() + BETWEEN_KILLS;
        // They live for a few milliseconds: look closely.
        while Instant::now() < until && !is_over.load(Ordering::Relaxed) {
            let children = children_of(server.id());
            let all: Vec<&str> = children.split_whitespace().collect();
            if !all.is_empty()
                && Command::new("kill").arg("-9").args(&all).status().is_ok_and(|status| status.success())
            {
                add(&counts.killed);
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(until.saturating_duration_since(Instant::now()));
    }
}

/// The children of all threads of a process.
fn children_of(process: u32) -> String {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return String::new() };
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).ok();
    threads.filter_map(Result::ok).filter_map(children).collect()
}
