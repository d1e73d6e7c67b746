//! An objection from a citizen's receipt to the authority's answer and the decision after it, what becomes of it over
//! time, and that neither the folder nor the log shows what a person said.

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_engine::digest::sha256;
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::country::{Country, only_file};
use crate::receipts::{decide_with_receipt, host_of};
use crate::support::{Reply, Server, agent, edit, get, run, scratch, text_of, until};

pub(crate) const REASON: &str = "I turned ninety-one in May.\nThe parish register proves it.";
pub(crate) const CONTACT: &str = "Wang, Box 7, Yantai";

/// A host of the three authorities that takes objections, and where it keeps them.
pub(crate) struct ReviewedHost {
    pub(crate) country: Country,
    pub(crate) server: Server,
    pub(crate) folder: PathBuf,
}

impl ReviewedHost {
    /// The province has listed its key, and the host has these settings of objections.
    pub(crate) fn new(settings: &str) -> Self {
        let country = Country::that_publishes();
        list_key(&country);
        let folder = country.path("objections");
        let server = host_of(&country, &format!("[objections]\nfolder = {folder:?}\n{settings}\n"));
        Self { country, server, folder }
    }

    /// A receipt without the proof of publication, which an objection doesn't need.
    pub(crate) fn receipt(&self, age: u32) -> Value {
        let mut receipt = decide_with_receipt(&self.server, age)["receipt"].clone();
        receipt.as_object_mut().unwrap().remove("publication").unwrap();
        receipt
    }

    /// Starts the host again, with the same folders and what `change` does to them meanwhile.
    pub(crate) fn restart(self, change: impl FnOnce(&Path)) -> Self {
        let Self { country, mut server, folder } = self;
        server.terminate();
        assert!(server.wait().success(), "{}", server.said());
        change(&folder);
        let config = server.folder.path().join("host.toml");
        let kept = scratch();
        crate::support::copy_folder(server.folder.path(), kept.path());
        edit(&config, &server.folder.path().display().to_string(), &kept.path().display().to_string());
        fs::copy(&config, kept.path().join("host.toml")).unwrap();
        let mut command = crate::support::ordinance();
        command.args(["serve", "--config", kept.path().join("host.toml").to_str().unwrap(), "--open-door"]);
        Self { country, server: Server::spawn(command, kept), folder }
    }

    pub(crate) fn metrics(&self) -> String {
        get(&format!("{}/metrics", self.server.operations), "").text
    }
}

pub(crate) fn list_key(country: &Country) {
    country.good("ordinance objections key keys/sd-objections");
    country.good("ordinance trust objections-key keys/sd-objections.pub --to repositories/CN-37 --key keys/sd-publish");
}

pub(crate) fn object(server: &Server, receipt: &Value, reason: &str) -> Reply {
    let body = json!({"receipt": receipt, "reason": reason, "contact": CONTACT});
    server.post("/v1/objections", &body.to_string())
}

/// An objection that is taken.
pub(crate) fn taken(server: &Server, receipt: &Value) -> Value {
    let reply = object(server, receipt, REASON);
    reply.assert_status(201);
    reply.json()
}

pub(crate) fn state(server: &Server, id: &str, token: &str) -> Reply {
    let request = agent().get(format!("{}/v1/objections/{id}", server.address)).header("objection-token", token);
    Reply::read(request.call())
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

#[test]
fn a_citizen_objects_by_the_receipt_and_the_province_answers_and_decides_anew() {
    let host = ReviewedHost::new("");
    let receipt = host.receipt(80);
    let objection = taken(&host.server, &receipt);
    assert_eq!(objection["state"], "received");
    assert_eq!(objection["by"], json!({"jurisdiction": "CN-37", "name": "Shandong"}));
    assert_eq!(objection["decision"], receipt["id"]);
    let (id, token) = (text(&objection, "id"), text(&objection, "token"));
    let record = host.server.decision_log().pop().unwrap();
    assert_eq!(
        record.to_string(),
        serde_json::from_str::<Value>(text(&objection["record"], "leaf")).unwrap().to_string()
    );
    let sealed = fs::read(host.folder.join(format!("{id}.age"))).unwrap();
    assert_eq!(record["objection"], sha256(&sealed).to_string());
    let members: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["answer_by", "by", "decision", "id", "index", "jurisdiction", "objection", "service", "time"];
    assert_eq!(members.iter().copied().collect::<std::collections::BTreeSet<_>>(), expected.into_iter().collect());
    state(&host.server, id, token).assert_status(200).assert_includes(json!({"id": id, "state": "received"}));

    // The province reads it without the host.
    let country = &host.country;
    let listed = country.good("ordinance objections list --dir objections");
    assert_contains(&listed, &format!("{id}  received  old-age-allowance  CN-3706"));
    let shown = country.good(&format!(
        "ordinance objections show {id} --dir objections --key keys/sd-objections --receipt receipt.json"
    ));
    for words in ["I turned ninety-one in May.", "The parish register proves it.", CONTACT, "facts: age = 80"] {
        assert_contains(&shown, words);
    }
    let key = text(&receipt["log"], "key");
    country.good("ordinance objections list --dir objections --key keys/sd-objections");
    country.good(&format!("ordinance receipt verify receipt.json --log-key '{key}'"));

    // The city decides anew, and refers to the objection.
    let request = json!({"jurisdiction": "CN-3706", "service": "old-age-allowance", "as_of": "2026-03-01",
        "facts": {"age": 91}, "receipt": true, "objection": id});
    let decided = host.server.post("/v1/decisions", &request.to_string());
    decided.assert_status(200).assert_includes(json!({"objection": id, "replaces": receipt["id"]}));
    let decided = decided.json();
    let record = host.server.decision_log().pop().unwrap();
    assert_eq!([&record["objection"], &record["replaces"]], [&json!(id), &receipt["id"]]);
    fs::write(country.path("new.json"), decided.to_string()).unwrap();
    country.good(&format!("ordinance receipt verify new.json --log-key '{key}'"));
    let root = "repositories/CN/metadata/1.root.json";
    let replay = format!("ordinance replay new.json --repository repositories/CN --trust {root}");
    assert_contains(&country.good(&replay), "the same answer");

    // The province answers, once.
    fs::write(country.path("answer.txt"), "The register counts.\n").unwrap();
    let answer = format!(
        "ordinance objections answer {id} --dir objections --outcome changed --text answer.txt --decision {}",
        text(&decided, "id")
    );
    country.good(&answer);
    assert_contains(&country.ends(2, &answer), "is answered already; an answer is final");
    let answered = state(&host.server, id, token);
    answered.assert_status(200).assert_includes(json!({"state": "answered",
        "answer": {"outcome": "changed", "text": "The register counts.", "decision": decided["id"]}}));
    let record = host.server.decision_log().pop().unwrap();
    let file = fs::read(host.folder.join(format!("{id}.answer.json"))).unwrap();
    assert_eq!([&record["answers"], &record["answer"]], [&json!(id), &json!(sha256(&file).to_string())]);
    let count = host.server.decision_log().len();
    state(&host.server, id, token).assert_status(200);
    assert_eq!(host.server.decision_log().len(), count, "an answer is recorded once");
    let log = host.server.folder.path().join("decisions.ndjson");
    let audited = || country.shell(&format!("ordinance log audit {} --key '{key}'", log.display()));
    until(|| text_of(&audited()).contains(&format!("records 0 to {} are whole", count - 1)));
    assert_contains(&host.metrics(), "ordinance_objections{state=\"answered\"} 1");
}

#[test]
fn neither_the_folder_nor_the_log_nor_a_metric_shows_what_a_person_said() {
    let host = ReviewedHost::new("[log]\nlevel = \"trace\"\n");
    let receipt = host.receipt(80);
    let objection = taken(&host.server, &receipt);
    object(&host.server, &receipt, "Something else.").assert_problem(409, "objection-exists");
    let mut shown = vec![host.metrics(), host.server.said(), objection.to_string()];
    shown.push(get(&format!("{}/readyz?verbose", host.server.operations), "").text);
    for entry in fs::read_dir(&host.folder).unwrap() {
        shown.push(String::from_utf8_lossy(&fs::read(entry.unwrap().path()).unwrap()).into_owned());
    }
    let log = fs::read_to_string(host.server.folder.path().join("decisions.ndjson")).unwrap();
    shown.push(log.lines().last().unwrap().to_owned());
    for shown in shown {
        for secret in ["ninety-one", "parish", "Something else", "Wang", "\"age\"", text(&receipt, "salt")] {
            assert_lacks(&shown, secret);
        }
    }
}

#[test]
fn the_same_objection_is_answered_as_before_also_after_the_host_started_again() {
    let host = ReviewedHost::new("");
    let receipt = host.receipt(80);
    let first = taken(&host.server, &receipt);
    let host = host.restart(|_| {});
    let again = object(&host.server, &receipt, REASON);
    again.assert_status(200);
    for member in ["id", "token", "answer_by", "received", "decision"] {
        assert_eq!(again.json()[member], first[member], "{member}");
    }
    assert_eq!(again.json()["record"]["leaf"], first["record"]["leaf"]);
    let records = host.server.decision_log();
    assert_eq!(records.iter().filter(|record| record.get("answer_by").is_some()).count(), 1);
}

#[test]
fn what_is_overdue_is_listed_first_counted_and_told_to_the_person() {
    let host = ReviewedHost::new("");
    let [late, fresh] = [80, 85].map(|age| taken(&host.server, &host.receipt(age)));
    let (id, token) = (text(&late, "id").to_owned(), text(&late, "token").to_owned());
    let answer_by = text(&late, "answer_by").to_owned();
    let host = host.restart(|folder| edit(&folder.join(format!("{id}.json")), &answer_by, "2020-01-01"));
    state(&host.server, &id, &token).assert_status(200).assert_includes(json!({"state": "overdue"}));
    assert_contains(&host.metrics(), "ordinance_objections_overdue 1");
    let ready = get(&format!("{}/readyz?verbose", host.server.operations), "").json();
    assert_eq!(ready["objections"], json!({"received": 1, "overdue": 1, "answered": 0, "unreadable": 0}));
    let listed = host.country.ends(1, "ordinance objections list --dir objections");
    let first = listed.lines().next().unwrap();
    assert_contains(first, &format!("{id}  overdue"));
    assert_contains(&listed, &format!("{}  received", text(&fresh, "id")));
    assert_contains(&listed, "1 objection is overdue");
}

#[test]
fn after_the_time_of_retention_the_host_removes_an_objection_and_leaves_its_records() {
    let host = ReviewedHost::new("");
    let objection = taken(&host.server, &host.receipt(80));
    let (id, token) = (text(&objection, "id").to_owned(), text(&objection, "token").to_owned());
    fs::write(host.country.path("answer.txt"), "It stands.").unwrap();
    host.country.good(&format!("ordinance objections answer {id} --dir objections --outcome upheld --text answer.txt"));
    let answered = state(&host.server, &id, &token).json();
    let on = text(&answered["answer"], "on").to_owned();
    let long_ago = format!("\"on\": \"{on}\"");
    let host = host.restart(|folder| edit(&folder.join(format!("{id}.json")), &long_ago, "\"on\": \"2015-01-01\""));
    until(|| fs::read_dir(&host.folder).unwrap().count() == 0);
    until(|| state(&host.server, &id, &token).status == 404);
    state(&host.server, &id, &token).assert_problem(404, "unknown-objection");
    let log = host.server.decision_log();
    assert!(log.iter().any(|record| record["id"] == json!(id)), "the record is gone");
    assert!(log.iter().any(|record| record["answers"] == json!(id)), "the record of the answer is gone");
}

#[test]
fn a_damaged_file_or_another_key_opens_nothing_and_says_why() {
    let host = ReviewedHost::new("");
    let id = text(&taken(&host.server, &host.receipt(80)), "id").to_owned();
    let show = |key: &str| format!("ordinance objections show {id} --dir objections --key {key}");
    host.country.good("ordinance objections key keys/other");
    assert_contains(&host.country.ends(1, &show("keys/other")), "it is sealed to another key");
    assert_contains(&host.country.ends(2, &show("keys/sd-publish")), "no key that `ordinance objections key` made");
    let path = host.folder.join(format!("{id}.age"));
    let mut sealed = fs::read(&path).unwrap();
    let middle = sealed.len() - 40;
    sealed[middle] ^= 1;
    fs::write(&path, sealed).unwrap();
    let said = host.country.ends(1, &show("keys/sd-objections"));
    assert_contains(&said, "isn't the one whose digest the log has");
    assert_contains(&said, "it is damaged");
    assert_lacks(&said, "ninety-one");
    let listed = host.country.ends(1, "ordinance objections list --dir objections --key keys/sd-objections");
    assert_contains(&listed, "it can't be opened: it is damaged");
    let missing =
        host.country.ends(2, &show("keys/sd-objections").replace(&id, "01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b"));
    assert_contains(&missing, "has no objection 01980d42");
}

#[test]
fn an_answer_has_an_outcome_that_fits_and_words() {
    let host = ReviewedHost::new("");
    let id = text(&taken(&host.server, &host.receipt(80)), "id").to_owned();
    fs::write(host.country.path("answer.txt"), "It stands.").unwrap();
    fs::write(host.country.path("empty.txt"), " \n").unwrap();
    let answer = |rest: &str| format!("ordinance objections answer {id} --dir objections {rest}");
    for (rest, expected) in [
        ("--outcome changed --text answer.txt", "needs --decision"),
        ("--outcome upheld --text answer.txt --decision 01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b", "leave out --decision"),
        ("--outcome upheld --text empty.txt", "says nothing"),
        ("--outcome upheld --text nowhere.txt", "can't be read"),
        ("--outcome perhaps --text answer.txt", "upheld, dismissed, changed"),
    ] {
        assert_contains(&host.country.ends(2, &answer(rest)), expected);
    }
    assert_contains(&host.country.ends(2, "ordinance objections list --dir nowhere"), "there is no folder `nowhere`");
    host.country.good(&answer("--outcome dismissed --text answer.txt"));
}

#[test]
fn a_file_that_is_no_answer_leaves_the_objection_open() {
    let host = ReviewedHost::new("");
    let objection = taken(&host.server, &host.receipt(80));
    let (id, token) = (text(&objection, "id"), text(&objection, "token"));
    let count = host.server.decision_log().len();
    fs::write(host.folder.join(format!("{id}.answer.json")), "{\"text\": \"ninety-one\"}").unwrap();
    state(&host.server, id, token).assert_status(200).assert_includes(json!({"state": "received"}));
    assert_eq!(host.server.decision_log().len(), count);
    until(|| host.server.said().contains("can't be used"));
    assert_lacks(&host.server.said(), "ninety-one");
}

#[test]
fn a_decision_refers_only_to_an_objection_of_this_host_on_its_service_and_place() {
    let host = ReviewedHost::new("");
    let objection = taken(&host.server, &host.receipt(80));
    let decide = |changes: Value| {
        let mut body = json!({"jurisdiction": "CN-3706", "service": "old-age-allowance", "as_of": "2026-03-01",
            "facts": {"age": 91}, "objection": objection["id"]});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        host.server.post("/v1/decisions", &body.to_string())
    };
    let count = host.server.decision_log().len();
    for (changes, expected) in [
        (json!({"objection": "01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b"}), "this host has no such objection"),
        (json!({"jurisdiction": "CN-37"}), "on another service or in another place"),
        (json!({"mode": "simulation"}), "a simulation replaces no decision"),
    ] {
        let refused = decide(changes);
        refused.assert_problem(422, "unprocessable-request");
        assert_contains(&refused.text, expected);
    }
    decide(json!({"objection": "first"})).assert_problem(400, "invalid-request");
    assert_eq!(host.server.decision_log().len(), count);
    for explain in ["none", "short", "full"] {
        decide(json!({"explain": explain}))
            .assert_status(200)
            .assert_includes(json!({"replaces": objection["decision"]}));
    }
}

#[test]
fn without_signatures_the_operator_says_whose_key_counts() {
    let country = Country::that_publishes();
    country.good("ordinance objections key keys/sd-objections");
    let recipient = fs::read_to_string(country.path("keys/sd-objections.pub")).unwrap();
    let folder = country.path("objections");
    let rulebook = country.path("yantai/target/rulebook");
    let settings = |place: &str| {
        format!("[objections]\nfolder = {folder:?}\nrecipients = {{ {place} = {:?} }}\n", recipient.trim())
    };
    let server = Server::start(&rulebook, &settings("CN-37"));
    let receipt = decide_with_receipt(&server, 80)["receipt"].clone();
    assert_eq!(taken(&server, &receipt)["by"], json!({"jurisdiction": "CN-37"}));
    let terms = server.get("/v1/services/old-age-allowance").json()["objections"].clone();
    assert_eq!(terms["by"], "CN-37");
    assert_eq!([&terms["within_days"], &terms["answer_days"], &terms["keep_days"]], [60, 60, 1825]);
    let shown = country.good(&format!(
        "ordinance objections show {} --dir objections --key keys/sd-objections",
        only_file_id(&folder)
    ));
    assert_contains(&shown, "ninety-one");
    let other = Server::start(&rulebook, &settings("CN-44"));
    let receipt = decide_with_receipt(&other, 80)["receipt"].clone();
    let refused = object(&other, &receipt, REASON);
    refused.assert_problem(503, "no-objections-key");
    assert!(refused.retry_after.is_some());
    // A key that is none is told when the host starts.
    let config = country.path("bad.toml");
    fs::write(&config, settings("CN-37").replace("age1", "age2")).unwrap();
    let ran = run(&["serve", rulebook.to_str().unwrap(), "--config", config.to_str().unwrap(), "--open-door"]);
    assert_eq!(ran.status.code(), Some(2));
    assert_contains(&text_of(&ran), "`CN-37` has no public key of an authority");
}

/// The id of the one objection of a folder.
fn only_file_id(folder: &Path) -> String {
    let sealed = scratch();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "age") {
            fs::copy(&path, sealed.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    only_file(sealed.path()).file_stem().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_contract_that_sets_no_sensible_times_or_an_unknown_authority_is_told_where() {
    let country = Country::new();
    let service = country.path("nation/services/old-age-allowance.toml");
    let good = fs::read_to_string(&service).unwrap();
    for (from, to, expected) in [
        ("within-days = 60", "within-days = 0", "0 is no number of days from 1 to 3660"),
        ("keep-days = 1825", "keep-days = 99999", "99999 is no number of days from 1 to 36600"),
        ("answer-days = 60\n", "", "missing field `answer-days`"),
        (
            "[objections]\nby = \"CN-37\"",
            "[objections]\nby = \"CN-99\"",
            "the place `CN-99`, whose authority reviews objections",
        ),
    ] {
        fs::write(&service, good.replace(from, to)).unwrap();
        let said = country.ends(1, "ordinance build nation");
        assert_contains(&said, expected);
        assert_contains(&said, "services/old-age-allowance.toml");
    }
}
