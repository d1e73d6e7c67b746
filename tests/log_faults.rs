//! A decision log under load, while its host is killed and its disk is full: what was answered is in it, and its audit
//! finds nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::assertions::assert_contains;
use crate::log_proofs::{decide, key_of};
use crate::support::{Server, agent, plugins_rulebook, run, scratch, text_of, until};

/// How often the host is killed.
const KILLS: usize = 6;

/// The ids of the records of a file.
fn ids(log: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(log).unwrap();
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    text.lines().filter(|line| !line.is_empty()).map(id).collect()
}

#[test]
fn a_host_that_is_killed_under_load_loses_nothing_that_it_answered() {
    let folder = scratch();
    let log = folder.path().join("decisions.ndjson");
    let settings = format!("[decision-log]\npath = {log:?}\n[http]\ndrain-delay-ms = 0\n");
    let answered = Mutex::new(BTreeSet::new());
    let body = json!({"jurisdiction": "CN-3706", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": {"disability_grade": 1}})
    .to_string();
    for kill in 1..=KILLS {
        let server = Server::start(plugins_rulebook(), &settings);
        let (url, is_over) = (format!("{}/v1/decisions", server.address), AtomicBool::new(false));
        let enough = answered.lock().unwrap().len() + 40 * kill;
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        let request = agent().post(&url).header("content-type", "application/json");
                        let Ok(mut response) = request.send(&body) else { continue };
                        // An answer that the kill broke off was not given.
                        let Ok(text) = response.body_mut().read_to_string() else { continue };
                        let reply: Value = serde_json::from_str(&text).unwrap();
                        answered.lock().unwrap().insert(reply["id"].as_str().unwrap().to_owned());
                    }
                });
            }
            until(|| answered.lock().unwrap().len() >= enough);
            // SIGKILL, as whatever drops a server sends.
            drop(server);
            is_over.store(true, Ordering::Relaxed);
        });
        // A crash may have cut the last line, which the next start removes.
        let mut server = Server::start(plugins_rulebook(), &settings);
        answered.lock().unwrap().insert(decide(&server));
        let (found, answered) = (ids(&log), answered.lock().unwrap().clone());
        assert!(answered.is_subset(&found), "{:?} are lost", answered.difference(&found));
        server.terminate();
        assert!(server.wait().success());
        let audited = run(&["log", "audit", log.to_str().unwrap(), "--key", &key_of(&log)]);
        assert_contains(&text_of(&audited), &format!("records 0 to {} are whole", found.len() - 1));
        assert_eq!(audited.status.code(), Some(0), "{}", text_of(&audited));
    }
}

#[test]
fn a_full_disk_leaves_a_log_that_is_as_it_must_be() {
    let folder = scratch();
    let log = folder.path().join("decisions.ndjson");
    let settings = format!("[decision-log]\npath = {log:?}\n[http]\ndrain-delay-ms = 0\n");
    // No file may have more than 16 KiB.
    let mut server = Server::start_under("ulimit -f 32", plugins_rulebook(), &settings);
    let body = r#"{"jurisdiction":"CN","service":"disability-care-subsidy","as_of":"2026-01-01","facts":{}}"#;
    let mut recorded = 0;
    let refused = loop {
        let reply = server.post("/v1/decisions", body);
        if reply.status != 200 {
            break reply;
        }
        recorded += 1;
    };
    refused.assert_problem(503, "log-unavailable");
    assert_eq!(ids(&log).len(), recorded);
    let first = folder.path().join("first.ndjson");
    fs::rename(&log, &first).unwrap();
    decide(&server);
    server.terminate();
    assert!(server.wait().success());
    let files = [first.to_str().unwrap(), log.to_str().unwrap()];
    let audited = run(&["log", "audit", files[0], files[1], "--key", &key_of(&log)]);
    assert_contains(&text_of(&audited), &format!("records 0 to {recorded} are whole"));
    assert_eq!(audited.status.code(), Some(0), "{}", text_of(&audited));
}
