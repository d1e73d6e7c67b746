//! Who objects without the receipt, with somebody else's, too late, too often or too long: nothing of that is kept.

use std::fs;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::country::Country;
use crate::objections::{REASON, ReviewedHost, list_key, object, state, taken};
use crate::receipts::{decide_with_receipt, host_of};
use crate::support::{Server, plugins_rulebook};

fn set(receipt: &Value, member: &str, value: Value) -> Value {
    let mut forged = receipt.clone();
    *forged.pointer_mut(member).unwrap() = value;
    forged
}

fn altered(receipt: &Value, member: &str, from: &str, to: &str) -> Value {
    let before = receipt.pointer(member).unwrap().as_str().unwrap().to_owned();
    assert_contains(&before, from);
    set(receipt, member, json!(before.replacen(from, to, 1)))
}

#[test]
fn only_the_whole_receipt_of_a_decision_of_this_host_counts() {
    let host = ReviewedHost::new("");
    let [own, other] = [80, 85].map(|age| host.receipt(age));
    let elsewhere = host_of(&host.country, "");
    let foreign = decide_with_receipt(&elsewhere, 80)["receipt"].clone();
    let count = host.server.decision_log().len();
    let refused: &[(Value, &str)] = &[
        (altered(&own, "/request", "\"age\":80", "\"age\":91"), "commits to another request"),
        (altered(&own, "/answer", "150.00", "950.00"), "commits to another request"),
        (set(&own, "/salt", other["salt"].clone()), "commits to another request"),
        (set(&own, "/salt", json!("AAAA")), "its salt hasn't 32 bytes"),
        (set(&own, "/leaf", other["leaf"].clone()), "contradicts its leaf"),
        (set(&own, "/log/index", other["log"]["index"].clone()), "contradicts its leaf"),
        (set(&own, "/leaf", json!("ninety-one")), "no record of a decision"),
        (set(&own, "/request", json!("[\"ninety-one\"]")), "no JSON object"),
    ];
    for (forged, reason) in refused {
        let reply = object(&host.server, forged, REASON);
        reply.assert_problem(422, "unprocessable-request");
        assert_contains(&reply.text, reason);
        assert_lacks(&reply.text, "ninety-one");
    }
    for not_of_this_log in [foreign, altered(&own, "/leaf", "\"open-door\"", "\"open-dook\"")] {
        let reply = object(&host.server, &not_of_this_log, REASON);
        reply.assert_problem(404, "unknown-record");
        assert_contains(&reply.text, "to the host that handed it out");
    }
    // What the QR code of the page and the log have.
    let known = json!({"id": own["id"], "leaf": own["leaf"], "log": own["log"]});
    let reply = object(&host.server, &known, REASON);
    reply.assert_problem(400, "invalid-request");
    for member in ["/receipt/request", "/receipt/answer", "/receipt/salt"] {
        assert_contains(&reply.text, member);
    }
    assert!(!host.folder.exists(), "something is kept");
    assert_eq!(host.server.decision_log().len(), count, "something is recorded");
    // A record beyond the end of the log, by an index that the leaf has too.
    let index = own["log"]["index"].as_u64().unwrap();
    let beyond = altered(&own, "/leaf", &format!("{{\"index\":{index},"), "{\"index\":9007199254740991,");
    let beyond = set(&beyond, "/log/index", json!(9_007_199_254_740_991_u64));
    object(&host.server, &beyond, REASON).assert_problem(404, "unknown-record");
    taken(&host.server, &own);
}

#[test]
fn the_token_of_another_tells_nothing() {
    let host = ReviewedHost::new("");
    let [one, two] = [80, 85].map(|age| taken(&host.server, &host.receipt(age)));
    let text = |value: &Value, member: &str| value[member].as_str().unwrap().to_owned();
    let (id, own, other) = (text(&one, "id"), text(&one, "token"), text(&two, "token"));
    state(&host.server, &id, &own).assert_status(200);
    let nobody = state(&host.server, "01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b", &own);
    for token in [other.as_str(), "AAAA", &own[1..], &one["decision"].to_string()] {
        let refused = state(&host.server, &id, token);
        refused.assert_problem(404, "unknown-objection");
        assert_eq!(refused.text, nobody.text, "the answer tells that there is one");
    }
    host.server.get(&format!("/v1/objections/{id}")).assert_problem(400, "invalid-request");
}

#[test]
fn a_decision_is_objected_to_once() {
    let host = ReviewedHost::new("");
    let receipt = host.receipt(80);
    taken(&host.server, &receipt);
    object(&host.server, &receipt, "Another reason.").assert_problem(409, "objection-exists");
    let files = fs::read_dir(&host.folder).unwrap().count();
    assert_eq!(files, 2, "the sealed file and its notice");
}

#[test]
fn an_objection_after_the_time_is_refused_and_says_when_it_was_over() {
    let host = ReviewedHost::new("");
    let receipt = host.receipt(80);
    let leaf: Value = serde_json::from_str(receipt["leaf"].as_str().unwrap()).unwrap();
    let index = format!("{{\"index\":{},", receipt["log"]["index"]);
    // The same record as if it had been written years ago: the first one of a log.
    let old = altered(&receipt, "/leaf", leaf["time"].as_str().unwrap(), "2020-03-01T00:00:00Z");
    let old = set(&altered(&old, "/leaf", &index, "{\"index\":0,"), "/log/index", json!(0));
    let host = host.restart(|_| {});
    let ReviewedHost { country, server, folder } = host;
    let config = fs::read_to_string(server.folder.path().join("host.toml")).unwrap();
    let log = country.path("old.ndjson");
    fs::write(&log, format!("{}\n", old["leaf"].as_str().unwrap())).unwrap();
    let own = server.folder.path().join("decisions.ndjson");
    fs::write(country.path("old.toml"), config.replace(&format!("{own:?}"), &format!("{log:?}"))).unwrap();
    let mut command = crate::support::ordinance();
    command.args(["serve", "--config", country.path("old.toml").to_str().unwrap(), "--open-door"]);
    let later = Server::spawn(command, crate::support::scratch());
    let refused = object(&later, &old, REASON);
    refused.assert_problem(422, "unprocessable-request");
    assert_contains(&refused.text, "the time to object to this decision was over after 2020-04-30");
    assert!(!folder.exists());
}

#[test]
fn what_is_too_long_or_says_nothing_is_refused() {
    let host = ReviewedHost::new("body-bytes-max = 100000\n");
    let receipt = host.receipt(80);
    let long = "省".repeat(8_001);
    let refused = object(&host.server, &receipt, &long);
    refused.assert_problem(400, "invalid-request");
    assert_lacks(&refused.text, "省");
    let contact = json!({"receipt": receipt, "reason": REASON, "contact": "x".repeat(501)});
    host.server.post("/v1/objections", &contact.to_string()).assert_problem(400, "invalid-request");
    object(&host.server, &receipt, "  \n ").assert_problem(422, "unprocessable-request");
    object(&host.server, &receipt, &"x".repeat(100_000)).assert_problem(413, "body-too-large");
    let wish = json!({"receipt": receipt, "reason": REASON, "wish": 1});
    host.server.post("/v1/objections", &wish.to_string()).assert_problem(400, "invalid-request");
    assert!(!host.folder.exists());
    object(&host.server, &receipt, &"省".repeat(8_000)).assert_status(201);
}

#[test]
fn a_host_takes_so_many_in_an_hour_and_keeps_so_many_bytes() {
    let host = ReviewedHost::new("per-hour = 1\n");
    let [one, two] = [80, 85].map(|age| host.receipt(age));
    taken(&host.server, &one);
    let refused = object(&host.server, &two, REASON);
    refused.assert_problem(429, "too-many-requests");
    let wait: u64 = refused.retry_after.unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    // The first one is known still.
    object(&host.server, &one, REASON).assert_status(200);

    let full = ReviewedHost::new("bytes-max = 100\n");
    let refused = object(&full.server, &full.receipt(80), REASON);
    refused.assert_problem(503, "objections-unavailable");
    assert!(refused.retry_after.is_some());
    assert!(!full.folder.exists());
}

#[test]
fn a_folder_that_cant_be_written_keeps_and_records_nothing() {
    let country = Country::that_publishes();
    list_key(&country);
    // The folder can be made only by whoever may write to the one above it, which is a file by then.
    let above = country.path("above");
    let server = host_of(&country, &format!("[objections]\nfolder = {:?}\n", above.join("objections")));
    let receipt = decide_with_receipt(&server, 80)["receipt"].clone();
    fs::write(&above, "").unwrap();
    let count = server.decision_log().len();
    object(&server, &receipt, REASON).assert_problem(503, "objections-unavailable");
    assert_eq!(server.decision_log().len(), count);
    assert_contains(&server.said(), "can't be made");
    assert_lacks(&server.said(), "ninety-one");
    fs::remove_file(&above).unwrap();
    taken(&server, &receipt);
}

#[test]
fn a_service_without_the_terms_or_an_authority_without_a_key_takes_none() {
    let country = Country::that_publishes();
    let server = host_of(&country, &format!("[objections]\nfolder = {:?}\n", country.path("objections")));
    let receipt = decide_with_receipt(&server, 80)["receipt"].clone();
    object(&server, &receipt, REASON).assert_problem(503, "no-objections-key");
    let elsewhere = Server::start(plugins_rulebook(), "");
    let body = json!({"jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": {"disability_grade": 1}, "receipt": true});
    let reply = elsewhere.post("/v1/decisions", &body.to_string()).json();
    let refused = object(&elsewhere, &reply["receipt"], REASON);
    refused.assert_problem(422, "unprocessable-request");
    assert_contains(&refused.text, "has no [objections]");
    assert!(elsewhere.get("/v1/services/disability-care-subsidy").json().get("objections").is_none());
}

#[test]
fn a_caller_objects_only_for_the_services_and_places_of_its_own() {
    let country = Country::that_publishes();
    list_key(&country);
    let key = |name: &str| ordinance_engine::digest::sha256(name.as_bytes()).hex();
    let caller = |id: &str, places: &str| {
        format!(
            "[[callers]]\nid = {id:?}\nkind = \"portal\"\nkey-sha256 = \"{}\"\nservices = [\"*\"]\npurposes = [\"*\"]\n\
             jurisdictions = [{places:?}]\n",
            key(id)
        )
    };
    let settings = format!("{}{}", caller("yantai", "CN-37"), caller("canton", "CN-44"));
    let folder = country.path("objections");
    let recipient = fs::read_to_string(country.path("keys/sd-objections.pub")).unwrap();
    let server = Server::start_for_callers(
        &country.path("yantai/target/rulebook"),
        &format!("{settings}[objections]\nfolder = {folder:?}\nrecipients = {{ CN-37 = {:?} }}\n", recipient.trim()),
    );
    let body = json!({"jurisdiction": "CN-3706", "service": "old-age-allowance", "as_of": "2026-03-01",
        "facts": {"age": 80}, "receipt": true});
    let receipt = server.post_with("yantai", "/v1/decisions", &body).json()["receipt"].clone();
    let objection = json!({"receipt": receipt, "reason": REASON});
    server.post("/v1/objections", &objection.to_string()).assert_problem(401, "unauthorized");
    server.post_with("canton", "/v1/objections", &objection).assert_problem(403, "forbidden");
    assert!(!folder.exists());
    server.post_with("yantai", "/v1/objections", &objection).assert_status(201);
}
