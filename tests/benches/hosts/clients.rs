//! What asks the balancer all the time.

use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Body;
use ureq::http::Response;

use crate::balancer::Balancer;
use crate::ledger::Ledger;
use crate::support::agent;

/// How often a request is sent before it counts as lost, and how long a client waits in between.
const ATTEMPTS: usize = 40;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);
/// The lines of a batch.
const BATCH_LINES: u64 = 200;
/// The ages that people have.
pub(crate) const AGES: std::ops::Range<u64> = 60..100;

/// A case of a person in the city.
pub(crate) fn case(age: u64) -> Value {
    json!({"jurisdiction": "CN-3706", "service": "old-age-allowance", "as_of": "2026-03-01", "facts": {"age": age}})
}

/// Simulates a case by a pinned revision.
pub(crate) fn pinned(balancer: &Balancer, case: &Value, revision: &str) -> Response<Body> {
    let mut case = case.clone();
    case["mode"] = json!("simulation");
    let request = agent().post(format!("{}/v1/decisions", balancer.address)).header("content-type", "application/json");
    request.header("ordinance-rulebook", revision).send(case.to_string()).unwrap()
}

/// The status of a response, and the revision that its header names.
pub(crate) fn sent_in(response: &Response<Body>) -> (u16, String) {
    (response.status().as_u16(), revision_of(response))
}

fn revision_of(response: &Response<Body>) -> String {
    let revision = response.headers().get("ordinance-rulebook").map(|value| value.to_str().unwrap().to_owned());
    revision.unwrap_or_default()
}

/// The clients of a balancer.
pub(crate) struct Client<'a> {
    balancer: &'a Balancer,
    ledger: &'a Ledger,
    is_over: AtomicBool,
    keys: AtomicU64,
}

/// Stops the clients when it is dropped, also by a benchmark that fails.
pub(crate) struct AtTheEnd<'a>(&'a AtomicBool);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'a> Client<'a> {
    pub(crate) fn all(balancer: &'a Balancer, ledger: &'a Ledger) -> Self {
        Self { balancer, ledger, is_over: AtomicBool::new(false), keys: AtomicU64::new(0) }
    }

    pub(crate) fn stop_at_the_end(&self) -> AtTheEnd<'_> {
        AtTheEnd(&self.is_over)
    }

    /// A number that no other request has.
    fn next(&self) -> Option<u64> {
        (!self.is_over.load(Ordering::Relaxed)).then(|| self.keys.fetch_add(1, Ordering::Relaxed))
    }

    fn age_of(number: u64) -> u64 {
        AGES.start + number % (AGES.end - AGES.start)
    }

    /// Official decisions, each with a key and repeated until it is answered.
    pub(crate) fn decide_officially(&self) {
        while let Some(number) = self.next() {
            let (age, key) = (Self::age_of(number), format!("00000000-0000-4000-8000-{number:012x}"));
            let only = self.ledger.only();
            let answered = (0..ATTEMPTS).find_map(|attempt| {
                if attempt > 0 {
                    self.ledger.repeated();
                    thread::sleep(BETWEEN_ATTEMPTS);
                }
                self.ledger.sent();
                match self.balancer.decide_with_key(&case(age), &key) {
                    Ok(reply) if reply.status == 200 => Some(reply.json()),
                    Ok(reply) if matches!(reply.status, 502..=504) => None,
                    Ok(reply) => panic!("{}: {}", reply.status, reply.text),
                    Err(_) => None,
                }
            });
            match answered {
                Some(reply) => self.ledger.answered(age, &reply, Some(key), only.as_deref()),
                None => self.ledger.lost(),
            }
        }
    }

    /// Simulations without a key.
    pub(crate) fn simulate(&self) {
        while let Some(number) = self.next() {
            let age = Self::age_of(number);
            let (mut asked, only) = (case(age), self.ledger.only());
            asked["mode"] = json!("simulation");
            let answered = (0..ATTEMPTS).find_map(|attempt| {
                if attempt > 0 {
                    self.ledger.repeated();
                    thread::sleep(BETWEEN_ATTEMPTS);
                }
                self.ledger.sent();
                let request = agent().post(format!("{}/v1/decisions", self.balancer.address));
                let response = request.header("content-type", "application/json").send(asked.to_string());
                let mut response = response.ok().filter(|response| response.status() == 200)?;
                let revision = revision_of(&response);
                let reply: Value = serde_json::from_reader(response.body_mut().as_reader()).ok()?;
                assert_eq!(reply["rulebook"], revision.as_str(), "the header names another revision");
                Some(reply)
            });
            match answered {
                Some(reply) => self.ledger.answered(age, &reply, None, only.as_deref()),
                None => self.ledger.lost(),
            }
        }
    }

    /// Batches of official decisions. What a batch that broke off left unanswered is sent in the next one.
    pub(crate) fn send_batches(&self) {
        while let Some(number) = self.next() {
            let mut left: Vec<u64> = (0..BATCH_LINES).map(|line| Self::age_of(number + line)).collect();
            for attempt in 0..ATTEMPTS {
                if attempt > 0 {
                    self.ledger.batch_broke_off();
                    thread::sleep(BETWEEN_ATTEMPTS);
                }
                self.send_batch(&mut left);
                if left.is_empty() {
                    break;
                }
            }
            left.iter().for_each(|_| self.ledger.lost());
        }
    }

    /// Sends one batch, and takes from `left` what it answered.
    fn send_batch(&self, left: &mut Vec<u64>) {
        let only = self.ledger.only();
        let lines: Vec<String> = left.iter().map(|age| case(*age).to_string()).collect();
        self.ledger.sent();
        let request = agent().post(format!("{}/v1/decisions/batch", self.balancer.address));
        let sent = request.header("content-type", "application/x-ndjson").send(lines.join("\n"));
        let Some(mut response) = sent.ok().filter(|response| response.status() == 200) else { return };
        let revision = revision_of(&response);
        let mut answered = 0;
        for line in BufReader::new(response.body_mut().as_reader()).lines().map_while(Result::ok) {
            // The last line of a batch that broke off may be cut.
            let Ok(answer) = serde_json::from_str::<Value>(&line) else { break };
            let decision = &answer["decision"];
            assert!(decision.is_object(), "{line}");
            if decision["rulebook"] != revision.as_str() {
                self.ledger.mixed();
            }
            self.ledger.answered(left[answered], decision, None, only.as_deref());
            answered += 1;
        }
        left.drain(..answered);
    }
}
