//! Three hosts of one signed repository behind HAProxy, by the settings in `host/deploy`, while clients ask: each host
//! is killed and started again, stopped in order, and all move to a new rulebook. It ends with a table, and fails if an
//! answer was lost, wrong or of another revision than the rest of its batch, or isn't in the log of a host.
//!
//! Needs `haproxy`. `cargo bench --workspace --bench hosts -- --seconds 60`
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected ends"
)]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../../assertions.rs"]
mod assertions;
mod balancer;
mod clients;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../../country.rs"]
mod country;
mod fleet;
mod ledger;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../../support.rs"]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::balancer::Balancer;
use crate::clients::{Client, case, pinned, sent_in};
use crate::country::Country;
use crate::fleet::{Fleet, HOSTS};
use crate::ledger::{Ledger, LoggedRecords};

/// Clients that ask for official decisions with a key, that send batches, and that simulate.
const OFFICIAL_CLIENTS: usize = 3;
const BATCH_CLIENTS: usize = 1;
const SIMULATING_CLIENTS: usize = 1;
/// How many requests are pinned to each revision while hosts have two.
const PINNED: u64 = 100;
/// How many keys are repeated in each way of writing.
const REPEATED: u64 = 60;

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--seconds");
    let seconds = arguments.nth(1).map_or(20, |text| text.parse().unwrap());
    // Each disturbance has its share of the time: a death and a stop of each host, and one new rulebook.
    let pause = Duration::from_secs(seconds) / u32::try_from(2 * HOSTS + 1).unwrap();
    let country = Country::that_publishes();
    fleet::take_objections(&country);
    let single = fleet::single_host(&country);
    let ledger = Ledger::default();
    let first = ledger.expect_answers_of(&single);
    let mut fleet = Fleet::start(&country);
    let balancer = Balancer::start(&fleet);
    assert_eq!(fleet.roll_out(), first);
    balancer.wait_for_hosts();
    assert!(use_receipts(&balancer) > 1, "all receipts are of one host");
    repeat_keys(&balancer);

    let begun = Instant::now();
    let mut second = String::new();
    let clients = Client::all(&balancer, &ledger);
    thread::scope(|scope| {
        let _over = clients.stop_at_the_end();
        for _ in 0..OFFICIAL_CLIENTS {
            scope.spawn(|| clients.decide_officially());
        }
        for _ in 0..BATCH_CLIENTS {
            scope.spawn(|| clients.send_batches());
        }
        for _ in 0..SIMULATING_CLIENTS {
            scope.spawn(|| clients.simulate());
        }
        for host in 0..HOSTS {
            thread::sleep(pause);
            fleet.kill(host);
            thread::sleep(pause / 2);
            fleet.start_again(host);
            fleet.roll_out();
            balancer.wait_for_hosts();
        }
        fleet::publish_more(&country);
        second = single_moves(&single, &ledger);
        fleet.prepare();
        fleet.activate(0, &second);
        ask_pinned(&balancer, &first, &second);
        assert_eq!(fleet.roll_out(), second);
        ledger.only_now(&second);
        thread::sleep(pause);
        for host in 0..HOSTS {
            fleet.stop(host);
            fleet.start_again(host);
            fleet.roll_out();
            balancer.wait_for_hosts();
            thread::sleep(pause);
        }
    });
    let elapsed = begun.elapsed();
    assert_eq!(sent_in(&pinned(&balancer, &case(80), &first)), (503, second.clone()), "no host has it any more");
    fleet.stop_all();
    ledger.tell(elapsed, &LoggedRecords::read(&fleet));
}

/// The single host takes what was published now; the digest.
fn single_moves(single: &support::Server, ledger: &Ledger) -> String {
    let reloaded = support::agent().post(format!("{}/admin/reload", single.operations)).send_empty();
    assert_eq!(reloaded.unwrap().status(), 200);
    ledger.expect_answers_of(single)
}

/// Requests pinned to each of two revisions while one host has the second and the others the first.
fn ask_pinned(balancer: &Balancer, first: &str, second: &str) {
    for turn in 0..PINNED {
        for revision in [first, second] {
            let answered = sent_in(&pinned(balancer, &case(60 + turn % 40), revision));
            assert_eq!(answered, (200, revision.to_owned()), "pinned request {turn}");
        }
    }
}

/// Receipts from each host: the balancer finds the host that has the record, and takes an objection to it there. How
/// many hosts gave one.
fn use_receipts(balancer: &Balancer) -> usize {
    let mut hosts = std::collections::BTreeSet::new();
    for turn in 0..100 {
        let mut asked = case(80);
        asked["receipt"] = json!(true);
        let receipt = balancer.post("/v1/decisions", &asked).json()["receipt"].clone();
        let id = receipt["id"].as_str().unwrap().to_owned();
        hosts.insert(id[id.len() - 2..].to_owned());
        let proof = balancer.get(&format!("/v1/receipts/{id}"));
        assert_eq!(proof.json()["log"], receipt["log"]["key"].as_str().unwrap().split('+').next().unwrap());
        if turn < 10 {
            let objection = json!({"receipt": receipt, "reason": "I am older."});
            let taken = balancer.post("/v1/objections", &objection).assert_status(201).json();
            assert_eq!(taken["decision"], id.as_str());
            let (objection, token) = (taken["id"].as_str().unwrap(), taken["token"].as_str().unwrap());
            assert_eq!(balancer.objection(objection, token).assert_status(200).json()["state"], "received");
        }
    }
    hosts.len()
}

/// Each key, however it is written, goes to the host that has the first reply.
fn repeat_keys(balancer: &Balancer) {
    for number in 0..REPEATED {
        let key = format!("00000000-0000-4000-9000-{number:012x}");
        let first = balancer.decide_with_key(&case(60 + number % 40), &key);
        assert!(first.is_ok_and(|reply| reply.status == 200), "{key}");
        for written in [key.to_uppercase(), key.replace('-', ""), format!("\"{key}\"")] {
            let again = balancer.repeat(&case(60 + number % 40), &written);
            assert_eq!(again, (200, Value::Bool(true)), "{written}");
        }
    }
}
