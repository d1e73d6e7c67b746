//! What was answered, held against a host alone and against the logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clients::{AGES, case};
use crate::fleet::Fleet;
use crate::support::Server;

/// What the law gives: by revision and age.
type Expected = BTreeMap<String, BTreeMap<u64, Value>>;

/// What was answered.
#[derive(Default)]
pub(crate) struct Ledger {
    expected: Mutex<Expected>,
    /// The revision that alone may answer from now on, once all hosts have it.
    only: Mutex<Option<String>>,
    /// The ids of official decisions with their keys.
    official: Mutex<Vec<(String, Option<String>)>>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    answered: AtomicU64,
    repeated: AtomicU64,
    broken_batches: AtomicU64,
    lost: AtomicU64,
    wrong: AtomicU64,
    mixed: AtomicU64,
    late: AtomicU64,
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// What a decision says of the law: all but what is of this one request.
fn law_of(reply: &Value) -> Value {
    let mut law = reply.clone();
    for member in ["id", "mode", "recorded_at", "time"] {
        law.as_object_mut().unwrap().remove(member);
    }
    law
}

impl Ledger {
    /// Asks a host alone for every age; the revision that it has.
    pub(crate) fn expect_answers_of(&self, single: &Server) -> String {
        let mut revision = String::new();
        let mut by_age = BTreeMap::new();
        for age in AGES {
            let mut asked = case(age);
            asked["mode"] = json!("simulation");
            let reply = single.post("/v1/decisions", &asked.to_string()).assert_status(200).json();
            revision = reply["rulebook"].as_str().unwrap().to_owned();
            by_age.insert(age, law_of(&reply));
        }
        self.expected.lock().unwrap().insert(revision.clone(), by_age);
        revision
    }

    /// The revision that must answer a request that begins now, if all hosts have one.
    pub(crate) fn only(&self) -> Option<String> {
        self.only.lock().unwrap().clone()
    }

    /// From now on all requests that begin must be answered by one revision.
    pub(crate) fn only_now(&self, revision: &str) {
        *self.only.lock().unwrap() = Some(revision.to_owned());
    }

    /// Notes an answer about a person of this age. `only` is the revision that alone could give it when its request
    /// began.
    pub(crate) fn answered(&self, age: u64, reply: &Value, key: Option<String>, only: Option<&str>) {
        let revision = reply["rulebook"].as_str().unwrap();
        let is_right = {
            let expected = self.expected.lock().unwrap();
            expected.get(revision).is_some_and(|by_age| by_age[&age] == law_of(reply))
        };
        if !is_right {
            println!("wrong: {reply}");
            add(&self.counts.wrong);
        }
        if only.is_some_and(|only| only != revision) {
            add(&self.counts.late);
        }
        if let Some(id) = reply["id"].as_str() {
            self.official.lock().unwrap().push((id.to_owned(), key));
        }
        add(&self.counts.answered);
    }

    /// Notes that a request is sent.
    pub(crate) fn sent(&self) {
        add(&self.counts.requests);
    }

    pub(crate) fn repeated(&self) {
        add(&self.counts.repeated);
    }

    pub(crate) fn batch_broke_off(&self) {
        add(&self.counts.broken_batches);
    }

    pub(crate) fn lost(&self) {
        add(&self.counts.lost);
    }

    pub(crate) fn mixed(&self) {
        add(&self.counts.mixed);
    }

    /// Prints the table, and fails if anything is lost, wrong or mixed.
    pub(crate) fn tell(&self, elapsed: Duration, logged: &LoggedRecords) {
        let official = self.official.lock().unwrap();
        let unlogged = official.iter().filter(|(id, _)| !logged.ids.contains(id)).count();
        let keys = official.iter().filter_map(|(_, key)| key.as_ref());
        let twice = keys.filter(|key| logged.by_key.get(*key).is_some_and(|count| *count > 1)).count();
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        println!("| | |\n|---|---|");
        for (what, number) in [
            ("seconds", elapsed.as_secs()),
            ("requests", of(&self.counts.requests)),
            ("decisions answered", of(&self.counts.answered)),
            ("of them official, each in the log of a host", u64::try_from(official.len() - unlogged).unwrap()),
            ("requests that a client had to repeat", of(&self.counts.repeated)),
            ("batches that broke off and were sent on", of(&self.counts.broken_batches)),
            ("keys with a second record, since their host was killed", u64::try_from(twice).unwrap()),
            ("lost", of(&self.counts.lost)),
            ("decided otherwise than by one host", of(&self.counts.wrong)),
            ("of another revision than their batch", of(&self.counts.mixed)),
            ("of the old revision in requests that began after the rollout", of(&self.counts.late)),
            ("official and in no log", u64::try_from(unlogged).unwrap()),
        ] {
            println!("| {what} | {number} |");
        }
        for (what, count) in [
            ("lost", of(&self.counts.lost)),
            ("wrong", of(&self.counts.wrong)),
            ("mixed", of(&self.counts.mixed)),
            ("of the old revision", of(&self.counts.late)),
            ("in no log", u64::try_from(unlogged).unwrap()),
        ] {
            assert_eq!(count, 0, "{what}");
        }
        let revisions = self.expected.lock().unwrap().len();
        assert_eq!(revisions, 2, "the hosts moved to a new rulebook");
    }
}

/// What the logs of all hosts have.
pub(crate) struct LoggedRecords {
    ids: BTreeSet<String>,
    /// The number of records of each key.
    by_key: BTreeMap<String, usize>,
}

impl LoggedRecords {
    pub(crate) fn read(fleet: &Fleet) -> Self {
        let (mut ids, mut by_key) = (BTreeSet::new(), BTreeMap::new());
        for log in fleet.logs() {
            for line in fs::read_to_string(log).unwrap().lines() {
                let record: Value = serde_json::from_str(line).unwrap();
                assert!(ids.insert(record["id"].as_str().unwrap().to_owned()), "an id twice: {line}");
                if let Some(key) = record["idempotency_key"].as_str() {
                    *by_key.entry(key.to_owned()).or_default() += 1;
                }
            }
        }
        Self { ids, by_key }
    }
}
